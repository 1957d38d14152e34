//! A message that is not an answer in a thread: to whom it is stands in the address, and who would get it is asked for whenever that changes.

use super::{
    compose::Composer,
    wanted::{Target, Wanted},
};
use crate::{
    api::{self, NewChat, Reach, chat_reach},
    draft::chat::{TypedAudience, audience, own_thread, thread_path, to_bot, to_friend, to_group},
    screens::{error_of, told_of, when_done},
    state::{World, near::surroundings, use_live},
    ui::{Icon, Sign, Told, at},
};
use domain::FriendId;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Whom one can choose, a word and a name for each.
type Choices = Vec<(String, String)>;

/// The page for a new message.
#[component]
pub(super) fn NewMessage(
    /// Who writes.
    me: FriendId,
    /// What the address asks for.
    wanted: Memo<Wanted>,
    /// What was answered about it first.
    first: NewChat,
) -> impl IntoView {
    let target = Memo::new(move |_| wanted.with(|wanted| wanted.target.clone()));
    let reach = RwSignal::new(first.reach);
    let hitch = RwSignal::new(None::<String>);
    follow_reach(me, target, reach, hitch);
    let send = ServerAction::<api::SendChat>::new();
    let navigate = use_navigate();
    when_done(send, move || {
        let path = target.with_untracked(|Target { to, region, whom }| {
            let to = audience(TypedAudience { to, region, whom });
            to.map_or_else(|_| "/messages".to_owned(), |to| thread_path(own_thread(&to)))
        });
        navigate(&at(&path), NavigateOptions { resolve: false, replace: true, ..NavigateOptions::default() });
    });
    // What is wrong with the target, as it is asked for, or as it was refused.
    let refused = told_of(error_of(send));
    let told = Signal::derive(move || {
        let hitch = reach.with(|reach| reach.as_ref().and_then(|reach| reach.hitch.clone()));
        hitch.map(|(field, why)| Told { field, why }).or_else(|| refused.get())
    });
    view! {
        <header class="chat-head">
            <a class="button button-quiet button-round chat-back" href=at("/messages") aria-label="All messages"><Icon sign=Sign::Undo /></a>
            <h2>"New message"</h2>
        </header>
        <div class="chat-new">
            <TargetForm me target told />
            {move || hitch.get().map(|why| view! { <p class="error" role="alert">{why}</p> })}
            <Composer send target=target.into() reach=reach.into() client_id=first.client_id is_told_elsewhere=true />
        </div>
    }
}

/// Asks who would get it whenever it is to somebody else, or others are here or around. In the browser only.
fn follow_reach(
    me: FriendId,
    target: Memo<Target>,
    reach: RwSignal<Option<Reach>>,
    hitch: RwSignal<Option<String>>,
) {
    let live = use_live();
    let near = Memo::new(move |_| {
        let now = live.now.get();
        let is_near = target.with(Target::is_fleeting);
        is_near.then(|| live.world.with(|world| who_is_near(world, me, now)))
    });
    Effect::new(move |before: Option<_>| {
        let now = (target.get(), near.get());
        if before.is_some_and(|before| before != now) {
            let asked = now.0.clone();
            spawn_local(async move {
                let Target { to, region, whom } = asked.clone();
                let answer = chat_reach(to, region, whom).await;
                // Somebody may have chosen otherwise meanwhile.
                if target.try_get_untracked() != Some(asked) {
                    return;
                }
                match answer {
                    Ok(fresh) => {
                        reach.try_set(fresh.reach);
                        hitch.try_set(None);
                    }
                    Err(error) => {
                        reach.try_set(None);
                        hitch.try_set(Some(error.to_string()));
                    }
                }
            });
        }
        now
    });
}

/// Who is here or around, as far as whoever writes may see.
fn who_is_near(world: &World, me: FriendId, now: domain::Timestamp) -> Vec<FriendId> {
    let Some(found) = surroundings(world, me, now) else { return Vec::new() };
    let here = found.here.iter().flat_map(|here| here.others.iter().map(|other| other.friend));
    let mut near: Vec<FriendId> = here.chain(found.around.iter().map(|near| near.friend)).collect();
    near.sort_unstable();
    near.dedup();
    near
}

/// To whom it is. A plain form: what is chosen stands in the address.
#[component]
fn TargetForm(me: FriendId, target: Memo<Target>, told: Signal<Option<Told>>) -> impl IntoView {
    let live = use_live();
    let navigate = use_navigate();
    let choose = Callback::new(move |change: (&'static str, String)| {
        let mut chosen = target.get_untracked();
        match change {
            ("to", to) => chosen.to = to,
            ("region", region) => chosen.region = region,
            (_, whom) => chosen.whom = whom,
        }
        let options =
            NavigateOptions { resolve: false, replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&at(&chosen.address()), options);
    });
    let friends = Memo::new(move |_| live.world.with(|world| writable(world, me)));
    let groups = Memo::new(move |_| {
        let group = |group: &domain::live::OwnGroup| (to_group(group.id), group.name.to_string());
        live.world.with(|world| world.groups.iter().map(group).collect::<Choices>())
    });
    let to = Memo::new(move |_| target.with(|target| target.to.clone()));
    let bots = Memo::new(move |_| {
        let bot = |bot: &domain::LiveBot| (to_bot(bot.id), bot.name.to_string());
        live.world.with(|world| world.bots.iter().map(bot).collect::<Choices>())
    });
    let to_bots = move || {
        let found = bots.get();
        (!found.is_empty()).then(|| view! { <optgroup label="Bots">{options(found, &to.get())}</optgroup> })
    };
    let regions = Memo::new(move |_| {
        let region = |region: &domain::Region| (region.id.to_string(), region.name.to_string());
        live.world.with(|world| world.regions.iter().map(region).collect::<Choices>())
    });
    let region = Memo::new(move |_| target.with(|target| target.region.clone()));
    let whom = Memo::new(move |_| target.with(|target| target.whom.clone()));
    let to_friends = move || {
        let named = friends.get().into_iter().map(|(id, name)| (to_friend(id), name)).collect();
        options(named, &to.get())
    };
    let whoms = move || {
        let next = std::iter::once((String::new(), "Whoever comes next".to_owned()));
        let named = friends.get().into_iter().map(|(id, name)| (id.to_string(), name));
        options(next.chain(named).collect(), &whom.get())
    };
    let near = [("here", "Who is here with me"), ("around", "Who is around me")];
    let near = near.map(|(word, name)| (word.to_owned(), name.to_owned()));
    let left = vec![("region".to_owned(), "Who comes to a region…".to_owned())];
    let to_near = move || options(near.to_vec(), &to.get());
    let to_region = move || options(left.clone(), &to.get());
    let first = move || {
        let is_chosen = to.with(String::is_empty);
        view! { <option value="" selected=is_chosen prop:selected=is_chosen>"Choose…"</option> }
    };
    let at_regions = move || {
        let none = std::iter::once((String::new(), "Choose…".to_owned()));
        options(none.chain(regions.get()).collect(), &region.get())
    };
    view! {
        <form class="chat-to" method="get" action=at("/messages")>
            <input type="hidden" name="new" value="" />
            <Choice name="to" label="To" told choose>
                {first}
                <optgroup label="Friends">{to_friends}</optgroup>
                <optgroup label="Everybody of a group">{move || options(groups.get(), &to.get())}</optgroup>
                {to_bots}
                <optgroup label="By place">{to_near}{to_region}</optgroup>
            </Choice>
            <div class="of-region">
                <Choice name="region" label="At" told choose>{at_regions}</Choice>
                <Choice name="whom" label="For" told choose>{whoms}</Choice>
            </div>
            <button class="button plain-only" type="submit">"Who gets it?"</button>
        </form>
    }
}

/// One thing to choose, with what is wrong about it.
#[component]
fn Choice(
    name: &'static str,
    label: &'static str,
    told: Signal<Option<Told>>,
    choose: Callback<(&'static str, String)>,
    children: Children,
) -> impl IntoView {
    let id = format!("chat-{name}");
    let error_id = format!("{id}-error");
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == name).map(|told| told.why.clone()))
    };
    let described = error_id.clone();
    view! {
        <div class="field" class:is-wrong=move || why().is_some()>
            <label for=id.clone()>{label}</label>
            <select
                id=id
                name=name
                aria-invalid=move || why().map(|_| "true")
                aria-describedby=move || why().map(|_| described.clone())
                on:change=move |event| choose.run((name, event_target_value(&event)))
            >
                {children()}
            </select>
            {move || why().map(|why| view! { <p class="error" id=error_id.clone()>{label} " " {why}</p> })}
        </div>
    }
}

/// Whom one can write to: friends who can sign in and are not made up.
fn writable(world: &World, me: FriendId) -> Vec<(FriendId, String)> {
    let friends = world
        .friends
        .iter()
        .filter(|live| live.friend.id != me && live.friend.role.is_some() && !live.friend.demo);
    friends.map(|live| (live.friend.id, live.shown_name().to_owned())).collect()
}

// Values as properties too: an attribute no longer moves a field that somebody has touched.
fn options(choices: Choices, chosen: &str) -> impl IntoView + use<> {
    let option = |(id, name): (String, String)| {
        let selected = id == chosen;
        view! { <option value=id selected=selected prop:selected=selected>{name}</option> }
    };
    choices.into_iter().map(option).collect_view()
}
