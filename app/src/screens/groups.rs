//! My groups: who is of them, invitations, and the way out; for admins of one also who comes in, and for admins of the server new ones.

mod fate;

use super::{Problem, Trouble, error_of, known, taken, told_of};
use crate::{
    api::{self, GroupKnown, GroupsKnown, Me, MemberKnown, MembersPart},
    ui::{ActionForm, Banner, Confirm, Field, Tone, at},
};
use domain::{FriendId, GroupId, Role};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn Groups() -> impl IntoView {
    view! {
        <Title text="Groups" />
        <div class="column">
            <p class="crumb"><a href=at("/settings")>"Settings"</a></p>
            <h1>"Groups"</h1>
            {known(|me| view! { <Asked me /> })}
        </div>
    }
}

/// The groups; of the one that is looked into, the members that are asked for.
async fn known_groups(wanted: Option<(String, String, usize)>) -> Result<GroupsKnown, api::ApiError> {
    let mut known = api::groups().await?;
    if let Some((id, find, from)) = wanted
        && let Some(group) = known.mine.iter_mut().find(|group| group.id.to_string() == id)
    {
        group.part = api::members(id, find, from).await?;
    }
    Ok(known)
}

/// What can be done here, each by a form.
#[derive(Clone, Copy)]
struct Doing {
    invite: ServerAction<api::InviteMember>,
    withdraw: ServerAction<api::WithdrawInvitation>,
    answer: ServerAction<api::AnswerInvitation>,
    role: ServerAction<api::SetMemberRole>,
    leave: ServerAction<api::LeaveGroup>,
    make: ServerAction<api::AddGroup>,
    rename: ServerAction<api::RenameGroup>,
    remove: ServerAction<api::RemoveGroup>,
}

#[component]
fn Asked(me: Me) -> impl IntoView {
    let doing = Doing {
        invite: ServerAction::new(),
        withdraw: ServerAction::new(),
        answer: ServerAction::new(),
        role: ServerAction::new(),
        leave: ServerAction::new(),
        make: ServerAction::new(),
        rename: ServerAction::new(),
        remove: ServerAction::new(),
    };
    let query = use_query_map();
    // What was refused changes nothing, and what is typed elsewhere stays.
    let tries = [
        taken(doing.invite),
        taken(doing.withdraw),
        taken(doing.answer),
        taken(doing.role),
        taken(doing.leave),
        taken(doing.make),
        taken(doing.rename),
        taken(doing.remove),
    ];
    let changed = move || (tries.map(|tries| tries.get()), query.get().to_query_string());
    let wanted = move || {
        query.with(|query| {
            let group = query.get("in")?;
            let from = query.get("from").and_then(|from| from.parse::<usize>().ok()).unwrap_or_default();
            Some((group, query.get("find").unwrap_or_default(), from))
        })
    };
    let asked = Resource::new_blocking(move || (changed(), wanted()), |(_, wanted)| known_groups(wanted));
    let own = me.friend;
    let page = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(known) => view! { <Page known own doing /> }.into_any(),
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    let done = move || {
        let says = [
            ("made", "The group is made. You are its first admin."),
            (
                "invited",
                "If there is a friend of that name who can sign in, they find the invitation on this page.",
            ),
            ("joined", "They are of the group now."),
            ("withdrawn", "The invitation is taken back."),
            (
                "accepted",
                "You are of the group now. It sees nothing of you until you say what, under My privacy.",
            ),
            ("declined", "The invitation is declined."),
            ("role", "Saved."),
            ("renamed", "The group is called so from now on."),
            ("gone", "The group is gone. Its friends are in their other groups."),
            ("out", "They are not of the group any more: neither sees the other there."),
            ("left", "Done. What was shown there is not seen there any more."),
        ];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    view! {
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <Trouble error=error_of(doing.withdraw) fields=&[] />
        <Trouble error=error_of(doing.answer) fields=&[] />
        <Trouble error=error_of(doing.role) fields=&[] />
        <Trouble error=error_of(doing.leave) fields=&[] />
        <Trouble error=error_of(doing.rename) fields=&["name"] />
        <Trouble error=error_of(doing.remove) fields=&["name"] />
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition>
    }
}

#[component]
fn Page(known: GroupsKnown, own: Option<FriendId>, doing: Doing) -> impl IntoView {
    let GroupsKnown { mine, others, invitations, may_make } = known;
    let is_only = mine.len() < 2;
    let managed = mine.iter().filter(|group| group.manages).map(|group| (group.id, group.name.clone()));
    let managed: Vec<_> = managed.collect();
    let invitation =
        |(group, name, role): (GroupId, String, Role)| view! { <Invitation group name role doing /> };
    let others = (!others.is_empty()).then(|| {
        let names = others.join(", ");
        view! { <p class="hint">"Other groups of this server, which you are not of: " {names} "."</p> }
    });
    view! {
        {invitations.into_iter().map(invitation).collect_view()}
        {mine.into_iter().map(|group| view! { <Group group own is_only doing /> }).collect_view()}
        {(!managed.is_empty()).then(|| view! { <Invite managed doing /> })}
        {may_make.then(|| view! { <New doing /> })}
        {others}
    }
}

#[component]
fn Invitation(group: GroupId, name: String, role: Role, doing: Doing) -> impl IntoView {
    let about = name.clone();
    view! {
        <section class="card stack" aria-label=format!("Invitation to {name}")>
            <h2>"You are invited to " {name.clone()} {(role == Role::Admin).then_some(" as an admin")}</h2>
            <p class="hint">"Its friends will know that you are there, and see nothing else until you say what."</p>
            <ActionForm action=doing.answer>
                <input type="hidden" name="group" value=group.to_string() />
                <div class="actions">
                    <button class="button button-strong" type="submit" name="answer" value="yes" aria-label=format!("Accept {about}")>"Accept"</button>
                    <button class="button" type="submit" name="answer" value="no" aria-label=format!("Decline {about}")>"Decline"</button>
                </div>
            </ActionForm>
        </section>
    }
}

#[component]
fn Group(group: GroupKnown, own: Option<FriendId>, is_only: bool, doing: Doing) -> impl IntoView {
    let GroupKnown { id, name, home, manages, count, part, stays, rooted, invited } = group;
    let (about, called, has_invited) = (name.clone(), name.clone(), !invited.is_empty());
    let leave = own.filter(|_| !is_only).map(|friend| {
        view! {
            <Confirm label="Leave" about=about.clone()>
                <p>"What you showed this group, it does not see any more, and you do not see it. You stay in your others."</p>
                <ActionForm action=doing.leave>
                    <input type="hidden" name="group" value=id.to_string() />
                    <input type="hidden" name="friend" value=friend.to_string() />
                    <button class="button button-bad" type="submit">"Leave " {about.clone()}</button>
                </ActionForm>
            </Confirm>
        }
    });
    view! {
        <section class="card stack" aria-label=name.clone()>
            <h2>{name.clone()} {(home && !is_only).then(|| view! { " " <span class="tag">"home group"</span> })}</h2>
            {(count > MembersPart::MOST).then(|| view! { <Find group=id name=name.clone() count part=part.clone() /> })}
            <Members group=id part own manages doing />
            {has_invited.then(|| view! { <Waiting group=id invited doing /> })}
            {leave}
            {manages.then(|| view! { <fate::Fate group=id name=called.clone() is_only stays rooted doing /> })}
        </section>
    }
}

/// How many are of a group that has many, and the form that finds one.
#[component]
fn Find(group: GroupId, name: String, count: usize, part: MembersPart) -> impl IntoView {
    let field = format!("find-{group}");
    view! {
        <p class="hint">{count} " friends are of it."</p>
        <form class="filters" method="get" action=at("/groups") role="search" aria-label=format!("Find in {name}")>
            <input type="hidden" name="in" value=group.to_string() />
            <div class="field">
                <label for=field.clone()>"Name"</label>
                <input id=field type="search" name="find" value=part.find autocomplete="off" />
            </div>
            <button class="button" type="submit">"Find"</button>
        </form>
    }
}

/// A part of who is of a group, and the way to the others.
#[component]
fn Members(
    group: GroupId,
    part: MembersPart,
    own: Option<FriendId>,
    manages: bool,
    doing: Doing,
) -> impl IntoView {
    let MembersPart { find, found, from, members } = part;
    let to = from + members.len();
    let member = |member: MemberKnown| {
        let is_own = own == Some(member.friend);
        view! { <Member group member manages is_own doing /> }
    };
    let members = members.into_iter().map(member).collect_view();
    let find: String = form_urlencoded::byte_serialize(find.as_bytes()).collect();
    let turn = move |label: &'static str, from: usize| {
        let way = format!("/groups?in={group}&find={find}&from={from}");
        view! { <a class="button button-quiet" href=at(&way)>{label}</a> }
    };
    let earlier = (from > 0).then(|| turn("Before these", from.saturating_sub(MembersPart::MOST)));
    let later = (to < found).then(|| turn("More", to));
    let is_part = earlier.is_some() || later.is_some();
    view! {
        {(found == 0).then(|| view! { <p>"Nobody here is called like that."</p> })}
        <ul class="devices">{members}</ul>
        {is_part.then(|| view! { <p class="actions">{earlier} <span class="hint">{from + 1} " to " {to} " of " {found}</span> {later}</p> })}
    }
}

#[component]
fn Member(group: GroupId, member: MemberKnown, manages: bool, is_own: bool, doing: Doing) -> impl IntoView {
    let MemberKnown { friend, name, role, signs_in, demo, only_here: _ } = member;
    let is_admin = role == Role::Admin;
    let (next, label) = match (is_admin, is_own) {
        (true, true) => ("friend", "Step down as admin"),
        (true, false) => ("friend", "Remove as admin"),
        (false, _) => ("admin", "Make admin"),
    };
    let about = name.clone();
    let change = (manages && signs_in).then(|| {
        view! {
            <ActionForm action=doing.role>
                <input type="hidden" name="group" value=group.to_string() />
                <input type="hidden" name="name" value=about.clone() />
                <input type="hidden" name="role" value=next />
                <button class="button button-quiet" type="submit" aria-label=format!("{label}: {about}")>{label}</button>
            </ActionForm>
        }
    });
    let whose = name.clone();
    let out = (manages && !is_own && !demo).then(|| {
        view! {
            <Confirm label="Take out" about=whose.clone()>
                <p>"They stay in their other groups. Whoever is of no other is removed on the page Friends instead."</p>
                <ActionForm action=doing.leave>
                    <input type="hidden" name="group" value=group.to_string() />
                    <input type="hidden" name="friend" value=friend.to_string() />
                    <button class="button button-bad" type="submit">"Take " {whose.clone()} " out"</button>
                </ActionForm>
            </Confirm>
        }
    });
    view! {
        <li class="device">
            <span class="device-text">
                <span>{name} {is_own.then_some(" (you)")}</span>
                <span class="hint">{if is_admin { "Admin" } else { "Friend" }}</span>
            </span>
            {change}
            {out}
        </li>
    }
}

/// Who is invited.
#[component]
fn Waiting(group: GroupId, invited: Vec<(String, Role)>, doing: Doing) -> impl IntoView {
    let waiting = invited.into_iter().map(|(name, role)| {
        let about = name.clone();
        let says = if role == Role::Admin { "invited as an admin" } else { "invited" };
        view! {
            <li class="device">
                <span class="device-text"><span>{name.clone()}</span> <span class="hint">{says}</span></span>
                <ActionForm action=doing.withdraw>
                    <input type="hidden" name="group" value=group.to_string() />
                    <input type="hidden" name="name" value=name />
                    <button class="button button-quiet" type="submit" aria-label=format!("Take back the invitation of {about}")>"Take back"</button>
                </ActionForm>
            </li>
        }
    });
    let waiting = waiting.collect_view();
    view! { <ul class="devices" aria-label="Invited">{waiting}</ul> }
}

/// The form that invites into one of these groups.
#[component]
fn Invite(managed: Vec<(GroupId, String)>, doing: Doing) -> impl IntoView {
    let error = error_of(doing.invite);
    let told = told_of(error);
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let chosen = kept("group");
    let option = |(id, name): (GroupId, String)| {
        let id = id.to_string();
        let is_chosen = chosen.as_ref() == Some(&id);
        view! { <option value=id selected=is_chosen>{name}</option> }
    };
    let options = managed.into_iter().map(option).collect_view();
    view! {
        <section class="card stack" aria-labelledby="invite-title">
            <h2 id="invite-title">"Invite a friend of this server"</h2>
            <Trouble error />
            <ActionForm action=doing.invite>
                <div class="stack">
                    <div class="field">
                        <label for="invite-group">"Into which group"</label>
                        <select id="invite-group" name="group">{options}</select>
                    </div>
                    <Field
                        name="name"
                        label="Name"
                        form="invite"
                        value=kept("name").unwrap_or_default()
                        hint="The name they sign in with. Whether there is somebody of that name is not said."
                        told
                    />
                    <button class="button" type="submit" disabled=doing.invite.pending()>"Invite"</button>
                </div>
            </ActionForm>
        </section>
    }
}

/// The form that makes a group.
#[component]
fn New(doing: Doing) -> impl IntoView {
    let error = error_of(doing.make);
    let told = told_of(error);
    let kept = error.with_untracked(|error| error.as_ref().and_then(|error| error.kept("name")));
    view! {
        <section class="card stack" aria-labelledby="new-title">
            <h2 id="new-title">"New group"</h2>
            <Trouble error />
            <ActionForm action=doing.make>
                <div class="stack">
                    <Field
                        name="name"
                        label="Name"
                        form="group"
                        value=kept.unwrap_or_default()
                        hint="Friends of different groups do not know of each other. You are its first admin."
                        told
                    />
                    <button class="button button-strong" type="submit" disabled=doing.make.pending()>"Make the group"</button>
                </div>
            </ActionForm>
        </section>
    }
}
