//! What the strip wants to know, and how it gets it: fixes near the region, which it judges itself, or a year judged by the server.

use super::Hind;
use crate::{
    api,
    map::Typed,
    screens::regions::{Desk, desk::Usual},
    state::{
        Live,
        hindsight::{DAYS, Ground, Past, YEAR_DAYS, unpack},
    },
};
use domain::{
    FriendId, Pace,
    hindsight::{Better, Hindsight, Look, Span, Trace},
};
use geodesy::Area;
use leptos::{prelude::*, task::spawn_local};

/// What is to be looked back on with which region.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    pub(super) area: Area,
    pub(super) pace: Pace,
    pub(super) past: Past,
}

/// What there is to judge.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fixes {
    /// Not asked for yet, or on their way.
    Awaited,
    /// On this ground; whether there were too many.
    There(Ground, Vec<Trace>, bool),
    /// They could not be had.
    Failed,
}

impl Fixes {
    /// Those that tell all about an area.
    pub(super) fn of(&self, area: &Area) -> Option<(&[Trace], bool)> {
        match self {
            Self::There(ground, traces, cut_off) if ground.holds(area) => Some((traces, *cut_off)),
            Self::Awaited | Self::There(..) | Self::Failed => None,
        }
    }
}

/// All that the strip keeps.
#[derive(Clone, Copy)]
pub(super) struct Inquiry {
    pub(super) desk: Desk,
    pub(super) live: Live,
    /// What is to be known now; none while there is no region.
    pub(super) question: Memo<Option<Question>>,
    pub(super) fixes: RwSignal<Fixes>,
    pub(super) told: RwSignal<Hind>,
    pub(super) advice: RwSignal<Option<Better>>,
}

impl Inquiry {
    pub(super) fn now(self) -> Option<Question> {
        self.question.try_get_untracked().flatten()
    }

    fn tell(self, hindsight: Hindsight) {
        self.desk.usual().try_set(Usual::Seen(hindsight.usual_m));
        self.told.try_set(Hind::There(hindsight));
    }

    /// Looks back on the days of which the fixes are here.
    pub(super) fn look(self, of: &Question, advised: bool) -> Option<Hindsight> {
        let look = Look::new(&of.area, of.pace, Span::days(DAYS, self.live.now.get_untracked()));
        let mut look = if advised { look.with_advice() } else { look };
        self.fixes.with_untracked(|fixes| {
            let (traces, cut_off) = fixes.of(&of.area)?;
            for trace in traces {
                look.take(trace);
            }
            if cut_off {
                look.is_cut_off();
            }
            Some(look.hindsight())
        })
    }

    /// Judges those days as the region is now.
    pub(super) fn judge(self) {
        let of = self.now().filter(|of| of.past == Past::Days);
        if let Some(hindsight) = of.and_then(|of| self.look(&of, false)) {
            self.tell(hindsight);
        }
    }

    /// Asks the server for what is lacking.
    pub(super) fn ask(self) {
        let Some(of) = self.now() else { return };
        match of.past {
            Past::Days => spawn_local(self.fetch(of.area)),
            Past::Year(friend) => {
                let typed = self.desk.sketch().with_untracked(|sketch| sketch.typed().clone());
                spawn_local(self.look_far(of, typed, friend));
            }
        }
    }

    async fn fetch(self, area: Area) {
        let ground = Ground::around(&area);
        let answer = api::tracks(ground.at.lat(), ground.at.lon(), ground.reach_m, DAYS).await;
        if answer.is_err() && self.now().is_some_and(|now| now.past == Past::Days) {
            self.told.try_set(Hind::Failed);
        }
        self.fixes.try_set(answer.map_or(Fixes::Failed, |tracks| {
            let cut_off = tracks.iter().any(|track| track.cut_off);
            let trace = |track: api::Track| Trace { friend: track.friend, fixes: unpack(&track.fixes) };
            Fixes::There(ground, tracks.into_iter().map(trace).collect(), cut_off)
        }));
    }

    async fn look_far(self, of: Question, typed: Typed, friend: FriendId) {
        let Typed { figure, lat, lon, radius_m, points } = typed;
        let (shape, pace) = (figure.word().to_owned(), of.pace.as_str().to_owned());
        let asked = api::look_back(shape, lat, lon, radius_m, points, pace, YEAR_DAYS, friend.to_string());
        let answer = asked.await;
        // Unless something else is asked by now.
        if self.now() != Some(of) {
            return;
        }
        if let Ok(hindsight) = answer {
            self.advice.try_set(hindsight.better);
            self.tell(hindsight);
        } else {
            self.told.try_set(Hind::Failed);
        }
    }
}
