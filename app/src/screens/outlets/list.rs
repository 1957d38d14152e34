//! All outlets: where they go, how they are doing, and the ways to test, change and remove them.

use crate::{
    api::{self, OutletView},
    screens::{Trouble, error_of},
    state::use_live,
    ui::{ActionForm, Banner, Confirm, Empty, Icon, Moment, Sign, Tone, at},
};
use domain::OutletId;
use leptos::{either::Either, prelude::*};

/// All outlets.
#[component]
pub(super) fn OutletList(
    /// What is known of them.
    list: RwSignal<Vec<OutletView>>,
    /// Tests one.
    test: ServerAction<api::TestOutlet>,
) -> impl IntoView {
    let ids =
        Memo::new(move |_| list.with(|list| list.iter().map(|outlet| outlet.id).collect::<Vec<OutletId>>()));
    let empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let remove = ServerAction::<api::RemoveOutlet>::new();
    let item = move |id: OutletId| {
        let known = Memo::new(move |_| list.with(|list| list.iter().find(|outlet| outlet.id == id).cloned()));
        view! { <li class="region-item">{known.get_untracked().map(|first| view! { <Line first known test remove /> })}</li> }
    };
    view! {
        <Trouble error=error_of(test) fields=&[] />
        <Trouble error=error_of(remove) fields=&[] />
        {move || if empty.get() {
            Either::Left(view! {
                <Empty sign=Sign::Log title="No outlets yet"><p>"Nothing goes out to other brokers."</p></Empty>
            })
        } else {
            Either::Right(view! { <ul class="regions" aria-label="Outlets"><For each=move || ids.get() key=|id| *id children=item /></ul> })
        }}
    }
}

/// One outlet. What changes is drawn by itself: an open question or a pressed button is nobody's to take away.
#[component]
fn Line(
    first: OutletView,
    known: Memo<Option<OutletView>>,
    test: ServerAction<api::TestOutlet>,
    remove: ServerAction<api::RemoveOutlet>,
) -> impl IntoView {
    let id = first.id.to_string();
    let which = format!("{} at {}", first.base, first.broker);
    let (edit, edits) = (format!("/admin/outlets?edit={id}"), format!("Edit {which}"));
    let tests = format!("Test {which}");
    let (tested, removed) = (id.clone(), StoredValue::new(id));
    let title = move || known.with(|known| known.as_ref().map(|outlet| outlet.base.clone()));
    let facts = move || known.get().map(|outlet| view! { <Facts outlet /> });
    view! {
        <h2><code>{title}</code></h2>
        {facts}
        <div class="actions">
            <ActionForm action=test>
                <input type="hidden" name="id" value=tested />
                <button class="button" type="submit" disabled=test.pending() aria-label=tests>"Test"</button>
            </ActionForm>
            <a class="button button-quiet" href=at(&edit) aria-label=edits>
                <Icon sign=Sign::Pencil /> "Edit"
            </a>
            <Confirm label="Remove" about=which>
                <p>"Nothing goes there any more. What that broker retains is cleared if it is reached at once; to be sure, switch the outlet off first and wait until nothing waits."</p>
                <ActionForm action=remove>
                    <input type="hidden" name="id" value=removed.get_value() />
                    <button class="button button-bad" type="submit">"Remove the outlet"</button>
                </ActionForm>
            </Confirm>
        </div>
    }
}

#[component]
fn Facts(outlet: OutletView) -> impl IntoView {
    let live = use_live();
    let state = match (outlet.on, outlet.connected) {
        (true, true) => "connected",
        (true, false) => "not connected",
        (false, _) => "off",
    };
    let kinds = [
        (outlet.positions, "positions"),
        (outlet.transitions, "comings and goings"),
        (outlet.observations, "observations"),
    ];
    let kinds: Vec<_> = kinds.into_iter().filter(|(goes, _)| *goes).map(|(_, what)| what).collect();
    let kinds = if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") };
    let delivered = match outlet.delivered_at {
        Some(at) => Either::Left(view! { <Moment at now=live.now /> }),
        None => Either::Right("never"),
    };
    let error = outlet.error.map(|(at, why)| {
        view! {
            <Banner tone=Tone::Warning>"No delivery: " {why} ". " <Moment at now=live.now /></Banner>
        }
    });
    let tested = outlet.tested.map(|(at, why)| match why {
        None => Either::Left(view! {
            <Banner tone=Tone::Good>"The test worked: the broker has taken the message. " <Moment at now=live.now /></Banner>
        }),
        Some(why) => Either::Right(view! {
            <Banner tone=Tone::Bad>"The test did not work: " {why} ". " <Moment at now=live.now /></Banner>
        }),
    });
    let group =
        Memo::new(move |_| live.world.with(|world| world.group_name(outlet.group).map(ToOwned::to_owned)));
    let access = match (outlet.user.is_empty(), outlet.has_password) {
        (true, _) => "nobody".to_owned(),
        (false, true) => format!("{}, with a password", outlet.user),
        (false, false) => format!("{}, without a password", outlet.user),
    };
    view! {
        <dl class="facts">
            {move || group.get().map(|group| view! { <dt>"Group"</dt><dd>{group}</dd> })}
            <dt>"Broker"</dt><dd><code>{outlet.broker}</code></dd>
            <dt>"Signs in as"</dt><dd>{access}</dd>
            <dt>"What goes out"</dt><dd>{kinds}</dd>
            <dt>"State"</dt><dd>{state}</dd>
            <dt>"Last success"</dt><dd>{delivered}</dd>
            <dt>"Waiting"</dt><dd>{outlet.waiting} " messages"</dd>
        </dl>
        {error}
        {tested}
    }
}
