//! The workbench of `trunk serve`: every part on one page, with made-up data and without a server.
#![expect(unreachable_pub, reason = "the component macro writes a public function beside each component")]

use app::{
    Router, fixture,
    map::MapCanvas,
    screens::{
        Message, Password, ThemeChoice,
        friends::{AddPhone, AddUser, Demo, People, PhoneSteps},
        history::Entry,
        live::{Card, Controls, FriendList, Sheet, Sight},
        regions::{Cautions, Desk, Hind, RegionForm, RegionList, StripView, Swatches, Tools, colours, signs},
    },
    state::{Looks, View, hindsight::Past, provide_live, use_live, world::apply},
    ui::{Banner, Battery, Confirm, Empty, Face, Field, Icon, Sign, Told, Tone, provide_clock},
};
use leptos::prelude::*;

/// Every part.
#[component]
pub(crate) fn Workbench() -> impl IntoView {
    provide_clock();
    let live = provide_live();
    // Not seeded: that would look for a server.
    live.world.update(|world| {
        apply(world, fixture::message());
    });
    live.now.set(fixture::NOW);
    document_root_has_script();
    view! {
        <Router>
            <main class="column column-wide">
                <h1>"Workbench"</h1>
                <section class="card"><ThemeChoice /></section>
                <Small />
                <Live />
                <Lists />
                <Forms />
            </main>
        </Router>
    }
}

/// What `/theme.js` does on the product's pages.
fn document_root_has_script() {
    if let Some(root) = document().document_element() {
        root.set_class_name("js");
    }
}

#[component]
fn Small() -> impl IntoView {
    let signs = [
        Sign::Map,
        Sign::Region,
        Sign::History,
        Sign::Friends,
        Sign::Settings,
        Sign::Log,
        Sign::Phone,
        Sign::Browser,
        Sign::Server,
        Sign::Both,
        Sign::Disagree,
        Sign::Arrive,
        Sign::Leave,
        Sign::Follow,
        Sign::Directions,
        Sign::Fit,
        Sign::Theme,
        Sign::Plus,
        Sign::Pencil,
        Sign::Bin,
        Sign::Check,
        Sign::Alert,
        Sign::Info,
        Sign::Eye,
        Sign::Exit,
        Sign::Cross,
        Sign::Chevron,
        Sign::Undo,
        Sign::Redo,
        Sign::Here,
        Sign::Pin,
        Sign::Home,
        Sign::Work,
        Sign::School,
        Sign::Shop,
        Sign::Sport,
        Sign::Health,
        Sign::Heart,
        Sign::Train,
        Sign::Tree,
        Sign::Water,
        Sign::Star,
    ];
    let names = ["Ann", "Bruno Keller", "Chiara", "Déo", "Eva", "Finn", "Gül", "Henri"];
    let told =
        Signal::derive(|| Some(Told { field: "wrong".to_owned(), why: "must be a number".to_owned() }));
    view! {
        <section class="card stack">
            <h2>"Small parts"</h2>
            <p class="actions">{signs.map(|sign| view! { <Icon sign /> }).collect_view()}</p>
            <p class="actions">{names.map(|name| view! { <Face looks=Looks::of_name(name) /> }).collect_view()}</p>
            <p class="actions">{[100, 54, 19, 3].map(|percent| view! { <Battery percent /> }).collect_view()}</p>
            <p class="actions">
                <button class="button button-strong">"Strong"</button>
                <button class="button">"Plain"</button>
                <button class="button button-quiet">"Quiet"</button>
                <button class="button button-bad">"Bad"</button>
            </p>
            <Banner tone=Tone::Note>"Worth knowing."</Banner>
            <Banner tone=Tone::Good>"It worked."</Banner>
            <Banner tone=Tone::Warning>"Be careful."</Banner>
            <Banner tone=Tone::Bad>"It did not work."</Banner>
            <Field name="right" label="A field" hint="With a hint." />
            <Field name="wrong" label="Another field" value="abc" told />
            <Password name="password" label="A password" autocomplete="new-password" fresh=true />
            <Confirm label="Remove" about="Home"><p>"Really?"</p></Confirm>
            <Empty sign=Sign::History title="Nothing yet"><p>"What to do about it."</p></Empty>
        </section>
    }
}

#[component]
fn Live() -> impl IntoView {
    let live = use_live();
    let sight = Sight::from_address(live.world);
    let command = RwSignal::new(None);
    view! {
        <section class="bench">
            <div class="live">
                <Sheet><Card sight /><FriendList sight admin=true /></Sheet>
                <div class="map-frame">
                    <MapCanvas world=live.world now=live.now view=sight.view command />
                    <Controls command />
                </div>
            </div>
        </section>
    }
}

#[component]
fn Lists() -> impl IntoView {
    view! {
        <section class="day">
            <h2>"History"</h2>
            <ol class="entries">{fixture::transitions().into_iter().map(|transition| view! { <Entry transition /> }).collect_view()}</ol>
        </section>
        <ol class="log">{fixture::messages().into_iter().map(|message| view! { <Message message /> }).collect_view()}</ol>
        <RegionList admin=true />
        <People />
    }
}

/// What a region would have said in each of its states, what is warned of, and what is chosen from.
#[component]
fn RegionParts() -> impl IntoView {
    let live = use_live();
    let people = Signal::derive(move || {
        live.world.with(|world| {
            let friends = world.friends.iter();
            friends.map(|live| (live.friend.id, live.shown_name().to_owned())).collect::<Vec<_>>()
        })
    });
    let year = people.with_untracked(|people| people.first().map(|(id, _)| Past::Year(*id)));
    let [nobody, some, cut_off] = fixture::hinds();
    let states = [
        (Hind::Awaited, None),
        (Hind::Awaited, year),
        (Hind::Failed, None),
        (nobody, None),
        (some, None),
        (cut_off, year),
    ];
    let strip = move |(shown, past): (Hind, Option<Past>)| {
        let past = RwSignal::new(past.unwrap_or_default());
        view! { <StripView shown=Signal::stored(shown) past people heard=Signal::stored(String::new()) on_radius=|_| () /> }
    };
    view! {
        {states.map(strip).into_iter().collect_view()}
        <section class="card stack">
            <h2>"Of regions"</h2>
            <Cautions cautions=Signal::stored(fixture::cautions()) />
            <Swatches name="bench-icon" label="Sign" swatches=signs() chosen="home" />
            <Swatches name="bench-colour" label="Colour" swatches=colours() chosen="violet" />
        </section>
    }
}

#[component]
fn Forms() -> impl IntoView {
    let desk = Desk::default();
    let live = use_live();
    view! {
        <RegionForm region=None desk />
        <div class="bench">
            <MapCanvas
                world=live.world
                now=live.now
                view=RwSignal::new(View::default())
                draft=desk.draft()
                command=desk.command()
                on_gesture=Callback::new(move |gesture| desk.act(gesture))
            />
            <Tools desk />
        </div>
        <RegionParts />
        {fixture::phone().map(|card| view! { <PhoneSteps card /> })}
        <AddPhone admin=true name="Ann".to_owned() />
        <AddUser />
        <Demo />
    }
}
