//! What is looked at, kept in step with the address of the page.

use crate::{
    state::{View, World},
    ui::at,
};
use domain::FriendId;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// What is looked at on the live map.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// The map reads and writes it.
    pub view: RwSignal<View>,
    /// Who there is, to tell names from ids.
    pub world: RwSignal<World>,
}

impl Sight {
    /// Starts from the address and keeps the two in step: a link changes what is looked at, and what is looked at can be sent.
    pub fn from_address(world: RwSignal<World>) -> Self {
        let search = use_location().search;
        let view = RwSignal::new(
            search.with_untracked(|search| world.with_untracked(|world| View::from_query(search, world))),
        );
        // In the browser only. The address first, so that a link just followed is not written over with the view before it.
        Effect::new(move |_| {
            let asked = search.with(|search| world.with_untracked(|world| View::from_query(search, world)));
            view.maybe_update(|view| std::mem::replace(view, asked) != asked);
        });
        let navigate = use_navigate();
        Effect::new(move |_| {
            let wanted = world.with_untracked(|world| view.with(|view| view.to_query(world)));
            let shown = world.with_untracked(|world| {
                search.with_untracked(|search| View::from_query(search, world).to_query(world))
            });
            if wanted != shown {
                let address = if wanted.is_empty() { "/".to_owned() } else { format!("/?{wanted}") };
                navigate(
                    &at(&address),
                    NavigateOptions {
                        resolve: false,
                        replace: true,
                        scroll: false,
                        ..NavigateOptions::default()
                    },
                );
            }
        });
        Self { view, world }
    }

    /// The address that shows what is looked at after a change.
    pub fn address(self, change: impl FnOnce(View) -> View) -> String {
        let query = self.world.with(|world| change(self.view.get()).to_query(world));
        if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
    }

    /// Whether this friend's card is open.
    pub fn is_selected(self, friend: FriendId) -> bool {
        self.view.with(|view| view.selected == Some(friend))
    }
}
