//! Where a region is drawn: between the form, whose fields are the truth, and the map, whose handles change them.
//!
//! A hand on the map or in a field becomes a gesture, the gesture the next sketch; what the sketch says is written into
//! the fields, and what they say is drawn. Nothing else is remembered.

use super::sheet;
use crate::{
    browser::{self, NoPosition},
    map::{Command, Draft, Gesture, Sketch, Typed},
    ui::metres_words,
};
use domain::{Colour, Pace, RegionId};
use leptos::{html, prelude::*, task::spawn_local};

/// The desk of a page. It can be handed around.
#[derive(Clone, Copy)]
pub struct Desk {
    sketch: RwSignal<Sketch>,
    /// What is being drawn; none while there is no form.
    subject: RwSignal<Option<Subject>>,
    /// What it is drawn in.
    colour: RwSignal<Colour>,
    /// How quickly it is judged.
    pace: RwSignal<Pace>,
    /// How exact positions in it and around usually are.
    usual: RwSignal<Usual>,
    form: RwSignal<NodeRef<html::Section>>,
    /// The last thing that happened and cannot be seen where one is.
    said: RwSignal<String>,
    /// What the map is asked for.
    command: RwSignal<Option<Command>>,
}

/// How exact positions in a region and around it usually are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Usual {
    /// Nobody looked yet.
    #[default]
    Unseen,
    /// Metres, if there were enough to tell.
    Seen(Option<f64>),
}

/// What is being drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Subject {
    /// The region as it is; none for a new one.
    region: Option<RegionId>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            sketch: RwSignal::default(),
            subject: RwSignal::new(None),
            colour: RwSignal::default(),
            pace: RwSignal::default(),
            usual: RwSignal::default(),
            form: RwSignal::new(NodeRef::new()),
            said: RwSignal::default(),
            command: RwSignal::new(None),
        }
    }
}

impl Desk {
    /// Draws what stands in a form, from when it is on the page until it goes; `first` is what stands in it at first.
    pub fn attend(self, form: NodeRef<html::Section>, region: Option<RegionId>, first: Typed) {
        self.form.set(form);
        self.sketch.set(Sketch::of(first));
        self.usual.set(Usual::Unseen);
        // In the browser only. It may have kept what was typed before the page ran; the inputs know best.
        Effect::new(move |_| {
            let Some(section) = form.get() else { return };
            self.sketch.set(Sketch::of(sheet::read(&section)));
            self.dress(&section);
            self.said.set(String::new());
            self.subject.set(Some(Subject { region }));
            if region.is_some() {
                self.command.set(Some(Command::Frame));
            }
        });
        on_cleanup(move || {
            self.subject.try_set(None);
            self.sketch.try_set(Sketch::default());
        });
    }

    /// Hears that something was typed or chosen in the form.
    pub fn hear(self) {
        let Some(section) = self.form.get_untracked().get_untracked() else { return };
        self.dress(&section);
        let typed = sheet::read(&section);
        // What was just written comes back as typed.
        if self.sketch.with_untracked(|sketch| *sketch.typed() != typed) {
            self.act(Gesture::Type(typed));
        }
    }

    /// Does what a hand does, and writes it down.
    pub fn act(self, gesture: Gesture) {
        if self.subject.get_untracked().is_none() {
            return;
        }
        let back = [(Gesture::Undo, "Taken back"), (Gesture::Redo, "Done again")];
        let back = back.into_iter().find_map(|(known, words)| (known == gesture).then_some(words));
        self.sketch.update(|sketch| *sketch = std::mem::take(sketch).take(gesture));
        if let Some(section) = self.form.get_untracked().get_untracked() {
            let typed = self.sketch.with_untracked(|sketch| sketch.typed().clone());
            sheet::write(&section, &typed);
        }
        if let Some(back) = back {
            self.said.set(format!("{back}: {}", self.sketch.with_untracked(Sketch::words)));
        }
    }

    /// Sets the middle, or a corner, where this browser is.
    pub fn from_here(self) {
        self.said.set("Looking for this device…".to_owned());
        spawn_local(async move {
            let found = browser::position().await;
            if self.subject.try_get_untracked().flatten().is_none() {
                return;
            }
            self.said.set(match &found {
                Ok((_, accuracy_m)) => {
                    format!("This device is here, give or take {}.", metres_words(*accuracy_m))
                }
                Err(NoPosition::Refused | NoPosition::Insecure) => {
                    "This browser does not tell where it is. Allow it, and use HTTPS.".to_owned()
                }
                Err(NoPosition::Unknown) => "This device does not know where it is.".to_owned(),
            });
            if let Ok((at, _)) = found {
                self.act(Gesture::Click(at));
                self.command.set(Some(Command::Frame));
            }
        });
    }

    /// What is drawn.
    pub fn draft(self) -> Memo<Option<Draft>> {
        Memo::new(move |_| {
            let Subject { region } = self.subject.get()?;
            self.sketch.with(|sketch| sketch.draft(region, self.colour.get()))
        })
    }

    /// Whether something is being drawn.
    pub fn is_open(self) -> bool {
        self.subject.with(Option::is_some)
    }

    /// The state of the drawing.
    pub fn sketch(self) -> Signal<Sketch> {
        self.sketch.into()
    }

    /// How quickly the region is judged.
    pub fn pace(self) -> Signal<Pace> {
        self.pace.into()
    }

    /// How exact positions in it and around usually are.
    pub(super) fn usual(self) -> RwSignal<Usual> {
        self.usual
    }

    /// What was last said.
    pub(super) fn said(self) -> Signal<String> {
        self.said.into()
    }

    /// Where the map is asked for something.
    pub fn command(self) -> RwSignal<Option<Command>> {
        self.command
    }

    fn dress(self, section: &web_sys::Element) {
        let word = |name| sheet::word(section, name).unwrap_or_default();
        self.colour.set(Colour::named(&word("colour")).unwrap_or_default());
        self.pace.set(Pace::named(&word("pace")).unwrap_or_default());
    }
}
