//! What whoever draws a region should know of it, in words.

use super::{Desk, desk::Usual};
use crate::{
    api::{region_cautions, usual_accuracy},
    draft::number,
    map::{Figure, Sketch, Typed},
    state::use_live,
    ui::{Icon, Sign, distance_words},
};
use domain::{Caution, Region, RegionId};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The same of the region that was saved a moment ago, by all that the server knows.
#[component]
pub(super) fn OfSaved(
    /// Whether an admin looks.
    admin: bool,
) -> impl IntoView {
    let query = use_query_map();
    let saved = Memo::new(move |_| query.with(|query| query.get("saved").filter(|_| admin)));
    let asked = Resource::new_blocking(
        move || saved.get(),
        |saved| async move {
            match saved {
                // A caution that cannot be had is none: the region is saved.
                Some(id) => region_cautions(id).await.unwrap_or_default(),
                None => Vec::new(),
            }
        },
    );
    let shown = move || {
        Suspend::new(async move {
            let cautions = asked.await;
            view! { <Cautions cautions=Signal::stored(cautions) /> }
        })
    };
    view! { <Suspense>{shown}</Suspense> }
}

/// What is to be said of the region in a form, beside its fields and with each change of them.
#[component]
pub(super) fn OfDrawn(
    /// Where it is drawn.
    desk: Desk,
    /// The region as it is; none for a new one.
    own: Option<RegionId>,
) -> impl IntoView {
    let live = use_live();
    let first = desk.sketch().with_untracked(|sketch| sketch.typed().clone());
    let is_area = desk.sketch().with_untracked(|sketch| sketch.area().is_some());
    // How exact positions are there, the server says for what stands in the form at first, which is all that one has without script.
    // From then on the strip knows.
    let usual = Resource::new_blocking(
        || (),
        move |()| {
            let Typed { figure, lat, lon, radius_m, points } = first.clone();
            async move {
                if !is_area {
                    return None;
                }
                let asked = usual_accuracy(figure.word().to_owned(), lat, lon, radius_m, points);
                asked.await.ok().flatten()
            }
        },
    );
    let shown = move || {
        Suspend::new(async move {
            let at_first = usual.await;
            let cautions = Memo::new(move |_| {
                let usual_m = match desk.usual().get() {
                    Usual::Unseen => at_first,
                    Usual::Seen(usual_m) => usual_m,
                };
                desk.sketch()
                    .with(|sketch| live.world.with(|world| of_sketch(sketch, own, &world.regions, usual_m)))
            });
            view! { <Cautions cautions /> }
        })
    };
    view! { <Suspense>{shown}</Suspense> }
}

/// Of what is drawn; of a circle without a middle, by its radius alone.
fn of_sketch(
    sketch: &Sketch,
    own: Option<RegionId>,
    regions: &[Region],
    usual_m: Option<f64>,
) -> Vec<Caution> {
    if let Some(area) = sketch.area() {
        return Caution::of(&area, own, regions, usual_m);
    }
    let typed = sketch.typed();
    let radius_m = number(&typed.radius_m).filter(|_| typed.figure == Figure::Circle);
    let is_small = radius_m.is_some_and(|radius_m| radius_m > 0.0 && radius_m < Caution::EXACT_ENOUGH_M);
    is_small.then_some(Caution::Small).into_iter().collect()
}

/// A line for each. Who hears the page is told when one comes, and not again while it stays.
#[component]
pub fn Cautions(
    /// What to say.
    #[prop(into)]
    cautions: Signal<Vec<Caution>>,
) -> impl IntoView {
    let banners = move || {
        let each = |caution: Caution| {
            view! { <p class="banner banner-warning"><Icon sign=Sign::Alert /> <span>{words(&caution)}</span></p> }
        };
        cautions.get().into_iter().map(each).collect::<Vec<_>>()
    };
    view! { <div class="cautions" role="status" aria-live="polite">{banners}</div> }
}

fn words(caution: &Caution) -> String {
    match caution {
        Caution::Small => {
            "Phones are not that exact: below 100 metres, comings and goings may be missed or late."
                .to_owned()
        }
        Caution::Blurred { accuracy_m } => format!(
            "Positions here are usually exact to {}, which is more than this region's radius.",
            distance_words(*accuracy_m)
        ),
        Caution::Overlaps(name) => {
            format!("It overlaps {name}: somebody between the two may seem to go to and fro.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::Gesture;

    fn circle(lat: &str, radius_m: &str) -> Sketch {
        let typed = Typed {
            lat: lat.to_owned(),
            lon: "8.55".to_owned(),
            radius_m: radius_m.to_owned(),
            ..Typed::default()
        };
        Sketch::of(typed)
    }

    fn said(sketch: &Sketch, usual_m: Option<f64>) -> Vec<Caution> {
        of_sketch(sketch, None, &[], usual_m)
    }

    #[test]
    fn a_radius_is_warned_of_before_the_circle_has_a_middle() {
        assert_eq!(said(&circle("", "99"), None), [Caution::Small]);
        assert_eq!(said(&circle("", "100"), None), []);
        assert_eq!(said(&circle("", "1e"), None), []);
    }

    #[test]
    fn what_is_typed_or_pulled_is_warned_of_each_time_anew() {
        let small = circle("10", "60");
        assert_eq!(said(&small, Some(80.0)), [Caution::Small, Caution::Blurred { accuracy_m: 80.0 }]);
        assert_eq!(said(&small.take(Gesture::Radius(150.0)), Some(80.0)), []);
    }
}
