//! The map: one component that mounts Leaflet and draws differences. What is to be seen is decided in
//! [`scene()`], what must change in [`diff()`], both without a browser; [`driver`] does it.

pub mod diff;
pub mod draft;
pub mod driver;
pub mod outline;
pub mod scene;
pub mod sketch;

pub use diff::{MapOp, Travel, diff};
pub use draft::{Draft, Handle};
pub use scene::{Scene, scene};
pub use sketch::{Figure, Gesture, Sketch, Typed};

use crate::{
    api::Tiles,
    browser,
    state::{Camera, View, World},
};
use domain::{FriendId, Timestamp};
use driver::{Driver, Hands};
use leptos::{html::Div, prelude::*};

/// What the page may ask of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Show all friends.
    Fit,
    /// Show this friend, from near.
    Focus(FriendId),
    /// Keep this friend in the middle until the map is moved by hand.
    Follow(FriendId),
    /// Show the region in the making, from near.
    Frame,
}

/// What two quick clicks on a map mean that hears of clicks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DoubleClick {
    /// Two clicks: two corners of a region.
    #[default]
    Points,
    /// A nearer look, as on any map.
    Zooms,
}

enum Mount {
    /// Until the page has the element.
    Waiting,
    Done(Box<Driver>),
    /// There is no Leaflet; the page does without.
    Failed,
}

impl Mount {
    fn now(driver: Option<Driver>) -> Self {
        if let Some(driver) = driver {
            return Self::Done(Box::new(driver));
        }
        leptos::logging::warn!("there is no map: the script at /vendor/leaflet/leaflet.js has not come");
        Self::Failed
    }
}

/// The map. Empty on the server and without script; the list of friends says the same in words.
///
/// Reads and writes `view`: a click on a face selects, moving the map by hand ends following and is
/// remembered as the camera. A view that has a camera is shown as it was left, otherwise the first data is
/// fitted into the picture; after that only a command, or following, moves the map.
#[component]
pub fn MapCanvas(
    /// Who and what there is.
    #[prop(into)]
    world: Signal<World>,
    /// The server's time.
    #[prop(into)]
    now: Signal<Timestamp>,
    /// What is looked at.
    view: RwSignal<View>,
    /// Map pictures; without them the map draws the outlines of the countries.
    #[prop(default = None)]
    tiles: Option<Tiles>,
    /// Set it to ask for something; the map takes it out.
    #[prop(optional, into)]
    command: RwSignal<Option<Command>>,
    /// A region in the making, with its handles.
    #[prop(optional, into)]
    draft: Signal<Option<Draft>>,
    /// Told what hands do to the handles, and where the map is clicked beside the faces.
    #[prop(optional, into)]
    on_gesture: Option<Callback<Gesture>>,
    /// What two quick clicks mean.
    #[prop(optional)]
    double_click: DoubleClick,
    /// Told who was clicked, after `view` knows.
    #[prop(optional, into)]
    on_select: Option<Callback<FriendId>>,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let hands = Hands {
        select: Callback::new(move |friend| {
            view.try_update(|view| *view = view.select(Some(friend)));
            if let Some(told) = on_select {
                told.run(friend);
            }
        }),
        grab: Callback::new(move |()| {
            view.try_maybe_update(|view| (view.followed.take().is_some(), ()));
        }),
        settle: Callback::new(move |camera: Camera| {
            view.try_update(|view| view.camera = Some(camera));
        }),
        gesture: on_gesture,
        double_click,
    };
    // Runs in the browser only. The driver lives in the effect, so it goes when the component goes, and with
    // it the map.
    Effect::new(move |mount: Option<Mount>| {
        let mut mount = match (mount.unwrap_or(Mount::Waiting), node.get()) {
            (Mount::Waiting, Some(element)) => {
                let camera = view.with_untracked(|view| view.camera);
                Mount::now(Driver::mount(&element, tiles.as_ref(), camera, hands))
            }
            (mount, _) => mount,
        };
        let scene = world.with(|world| view.with(|view| scene(world, view, now.get())));
        let scene = scene.with_draft(draft.get());
        let order = command.get();
        if let Mount::Done(driver) = &mut mount {
            driver.show(scene, browser::wants_less_motion());
            if let Some(order) = order {
                // Taken without telling anybody: it was only for us.
                command.try_update_untracked(Option::take);
                match order {
                    Command::Fit => driver.fit(true),
                    Command::Focus(friend) => driver.focus(friend),
                    Command::Frame => driver.frame(),
                    Command::Follow(friend) => view.update(|view| *view = view.follow(friend)),
                }
            }
        }
        mount
    });
    view! {
        <div node_ref=node class="map" role="application" aria-label="Map"></div>
    }
}
