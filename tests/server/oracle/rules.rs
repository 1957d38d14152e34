//! Who says what, what they do, and what of that may appear before whom: the rules of sharing once more, small enough to be read at a glance,
//! and without a line of the program.

use serde_json::{Value, json};

/// What a friend says that somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Also of the time before anybody could consent.
    Everything,
    Precise,
    Street,
    District,
    City,
    Names,
    /// Only in the friend's own nest.
    Inside,
    /// Half an hour late.
    Delayed,
    Off,
    /// Nothing was ever said.
    Nothing,
}

/// When a friend shows nothing to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pauses {
    Never,
    /// For a second or two; it is over.
    Over,
    On,
    /// On, and nobody is to know.
    Quiet,
}

/// A friend who reports.
pub(crate) struct Owner {
    pub(crate) name: &'static str,
    pub(crate) to_group: Said,
    /// To ben alone.
    pub(crate) to_ben: Option<Said>,
    /// What was said to ben is over.
    pub(crate) expired: bool,
    pub(crate) pauses: Pauses,
    /// Signs in, too, and has a page open all the time.
    pub(crate) signs_in: bool,
    /// Says nothing any more after the pause; in it the connection broke.
    pub(crate) silent: bool,
}

const fn owner(name: &'static str, to_group: Said) -> Owner {
    Owner {
        name,
        to_group,
        to_ben: None,
        expired: false,
        pauses: Pauses::Over,
        signs_in: false,
        silent: false,
    }
}

/// One for each way of showing oneself.
pub(crate) const OWNERS: &[Owner] = &[
    Owner { pauses: Pauses::Never, ..owner("control", Said::Everything) },
    Owner { signs_in: true, ..owner("precise", Said::Precise) },
    Owner { signs_in: true, ..owner("street", Said::Street) },
    owner("district", Said::District),
    owner("city", Said::City),
    owner("names", Said::Names),
    owner("inside", Said::Inside),
    Owner { signs_in: true, ..owner("delayed", Said::Delayed) },
    Owner { signs_in: true, ..owner("off", Said::Off) },
    owner("nothing", Said::Nothing),
    Owner { pauses: Pauses::On, signs_in: true, ..owner("paused", Said::Precise) },
    Owner { pauses: Pauses::Quiet, ..owner("quiet", Said::Precise) },
    Owner { to_ben: Some(Said::Precise), signs_in: true, ..owner("benonly", Said::Off) },
    Owner { to_ben: Some(Said::Off), ..owner("notben", Said::Precise) },
    Owner { to_ben: Some(Said::Precise), expired: true, ..owner("expired", Said::City) },
    Owner { silent: true, ..owner("silent", Said::Precise) },
];

/// Something that a friend writes.
pub(crate) struct Letter {
    /// To whom, as the interface takes it: the member and the name.
    pub(crate) to: (&'static str, &'static str),
    pub(crate) text: &'static str,
    /// Who of those who look may read it.
    pub(crate) readers: &'static [&'static str],
}

/// Who writes them.
pub(crate) const WRITER: &str = "precise";
/// All of them: what is written is for whom it was written to, and for nobody else, whatever else they are shown.
pub(crate) const LETTERS: [Letter; 2] = [
    Letter {
        to: ("group", "Family"),
        text: "Marmots for all of the family",
        readers: &["ben", "cid", "ada", "street"],
    },
    Letter { to: ("friend", "ben"), text: "Marmots for ben alone", readers: &["ben"] },
];

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eyes {
    /// Of whom some say something else than of the group.
    Ben,
    /// Any other friend of the group, an admin too, and whoever reads an outlet's broker.
    Group,
    /// Of the other group, an admin there.
    Stranger,
    /// A token of the whole server.
    Server,
    /// A bot of the group, which nobody lets know anything.
    Bot,
    /// One of those who report.
    Owner(&'static str),
}

/// Somebody who looks at something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) eyes: Eyes,
    /// Before anybody paused.
    pub(crate) early: bool,
    /// An admin who looks at the raw messages, and may see when they came.
    pub(crate) raw: bool,
}

/// In which part of the story something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Before the consent.
    Old,
    Past,
    /// Less than half an hour ago.
    Recent,
    Pause,
    After,
}

/// Where the friend is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A small region.
    Nest,
    /// A large one.
    County,
    Away,
}

/// Something a phone says.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) owner: usize,
    pub(crate) when: When,
    pub(crate) place: Place,
    /// Second since 1970.
    pub(crate) second: i64,
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    /// It is by this that the friend is seen to come or go.
    pub(crate) crossing: bool,
    /// A place that only the phone knows, entered or drawn: its name.
    pub(crate) word: Option<String>,
    /// How long they were there then, seconds; 0 where nobody is to count that.
    pub(crate) stay_s: i64,
    /// It is no position: the phone is gone.
    pub(crate) gone: bool,
    /// Their second device says it.
    pub(crate) slate: bool,
    /// When the message was made, if not then.
    pub(crate) made: Option<i64>,
}

impl Owner {
    /// When they report last, of several turns: who does not show that shares its second with nobody who does.
    pub(crate) fn turn(&self) -> usize {
        let hides = matches!(self.pauses, Pauses::On | Pauses::Quiet);
        match (self.to_ben, self.to_group) {
            (None, Said::Off | Said::Nothing | Said::Delayed) => 0,
            _ if hides => 0,
            (Some(Said::Precise), _) if !self.expired => 1,
            (Some(Said::Off), _) => 2,
            _ => 3,
        }
    }

    /// Whether they have a second device, which lies elsewhere since it was last heard.
    pub(crate) const fn has_slate(&self) -> bool {
        matches!(self.to_group, Said::Everything | Said::Names | Said::Inside)
    }

    /// What they said of somebody, as far as it holds.
    fn said(&self, eyes: Eyes) -> Option<Said> {
        match eyes {
            Eyes::Server => None,
            Eyes::Owner(name) if name == self.name => None,
            Eyes::Ben => Some(self.to_ben.filter(|_| !self.expired).unwrap_or(self.to_group)),
            Eyes::Group | Eyes::Owner(_) => Some(self.to_group),
            Eyes::Stranger | Eyes::Bot => Some(Said::Nothing),
        }
    }

    /// Whether anything of a time may be known.
    fn covers(&self, said: Said, when: When, look: Look) -> bool {
        let hidden_now = !look.early && matches!(self.pauses, Pauses::On | Pauses::Quiet);
        let nothing = matches!(said, Said::Off | Said::Nothing) || hidden_now;
        let before = when == When::Old && said != Said::Everything;
        let in_pause = when == When::Pause && self.pauses != Pauses::Never;
        let too_new = said == Said::Delayed && !matches!(when, When::Old | When::Past);
        !(nothing || before || in_pause || too_new)
    }

    /// Whether where exactly somebody was, how fast and with which battery may appear.
    pub(crate) fn may_show_point(&self, look: Look, fact: &Fact) -> bool {
        let Some(said) = self.said(look.eyes) else { return true };
        let is_exact = match said {
            Said::Everything | Said::Precise | Said::Delayed => true,
            Said::Inside => fact.place == Place::Nest,
            Said::Street | Said::District | Said::City | Said::Names | Said::Off | Said::Nothing => false,
        };
        is_exact && self.covers(said, fact.when, look)
    }

    /// Whether it may appear that there was something at that second.
    pub(crate) fn may_show_time(&self, look: Look, fact: &Fact) -> bool {
        let Some(said) = self.said(look.eyes) else { return true };
        if look.raw && fact.came_at_once() {
            return true;
        }
        let is_seen = match said {
            Said::Everything | Said::Precise | Said::Delayed => true,
            Said::Street | Said::District | Said::City => fact.word.is_none(),
            Said::Names => fact.crossing,
            Said::Inside => fact.crossing || fact.place == Place::Nest,
            Said::Off | Said::Nothing => false,
        };
        is_seen && self.covers(said, fact.when, look)
    }

    /// Whether it may appear by what it was settled that they came or went: that says how far from an edge they were, and when. And which of
    /// their devices are elsewhere than they.
    pub(crate) fn may_tell_why(&self, look: Look) -> bool {
        let Some(said) = self.said(look.eyes) else { return true };
        matches!(said, Said::Everything | Said::Precise | Said::Delayed)
    }

    /// Whether it may appear that they have a page open: that is of now.
    pub(crate) fn may_tell_online(&self, look: Look) -> bool {
        let Some(said) = self.said(look.eyes) else { return true };
        self.covers(said, When::After, look)
    }

    /// Whether nothing may appear of the times at which they paused.
    pub(crate) fn hides_pauses(&self, look: Look) -> bool {
        self.pauses != Pauses::Never && self.said(look.eyes).is_some()
    }

    /// Whether the name of a place that only the phone knows may appear.
    pub(crate) fn may_show_word(&self, look: Look, fact: &Fact) -> bool {
        let Some(said) = self.said(look.eyes) else { return true };
        matches!(said, Said::Everything | Said::Precise | Said::Delayed) && self.covers(said, fact.when, look)
    }

    /// Whether it may ever appear that they are, or were, in a region of theirs.
    pub(crate) fn may_tell_region(&self, look: Look, place: Place) -> bool {
        let Some(said) = self.said(look.eyes) else { return true };
        let tells = match said {
            Said::Everything | Said::Precise | Said::Delayed | Said::Names => true,
            Said::Inside => place == Place::Nest,
            Said::Street | Said::District | Said::City | Said::Off | Said::Nothing => false,
        };
        tells && self.covers(said, When::Past, look)
    }
}

impl Said {
    /// As the interface takes it.
    pub(crate) fn body(self, nest: &str, since: &str, until: Option<&str>) -> Option<Value> {
        let mut body = match self {
            Self::Everything | Self::Nothing => return None,
            Self::Precise => json!({"level": "precise"}),
            Self::Street => json!({"level": "street"}),
            Self::District => json!({"level": "district"}),
            Self::City => json!({"level": "city"}),
            Self::Names => json!({"level": "names"}),
            Self::Inside => json!({"level": "inside", "regions": [nest]}),
            Self::Delayed => json!({"level": "delayed", "delay_min": 30}),
            Self::Off => json!({"level": "off"}),
        };
        body["since"] = json!(since);
        body["until"] = json!(until);
        Some(body)
    }
}

/// With this begins what only phones call places.
pub(crate) const WORD: &str = "Lair";
/// And with this what is not only spoken of, but drawn on a phone.
const DRAWN: &str = "Lairdrawn";

/// Numbers that nobody else has; none is a multiple of what speed and battery are rounded to.
const BATTERIES: [u8; 16] = [31, 33, 34, 36, 37, 38, 39, 41, 42, 43, 44, 46, 47, 48, 49, 51];

impl Fact {
    /// Whether it came when it happened.
    fn came_at_once(&self) -> bool {
        matches!(self.when, When::Pause | When::After)
    }

    fn number(&self) -> i64 {
        number(self.owner)
    }

    pub(crate) fn battery(&self) -> u8 {
        BATTERIES[self.owner]
    }

    pub(crate) fn speed(&self) -> i64 {
        113 + 2 * self.number()
    }

    pub(crate) fn course(&self) -> i64 {
        201 + self.number()
    }

    pub(crate) fn altitude(&self) -> i64 {
        1031 + self.number()
    }

    /// As the phone says it, and below which topic.
    pub(crate) fn message(&self) -> (&'static str, String) {
        let Self { second, lat, lon, .. } = self;
        if self.gone {
            return ("", json!({"_type": "lwt", "tst": second}).to_string());
        }
        match &self.word {
            None => {
                let mut said = json!({"_type": "location", "tid": "xx", "lat": lat, "lon": lon, "acc": 10, "tst": second,
                    "alt": self.altitude(), "vel": self.speed(), "cog": self.course(), "batt": self.battery()});
                if let Some(made) = self.made {
                    said["created_at"] = json!(made);
                }
                ("", said.to_string())
            }
            Some(word) if word.starts_with(DRAWN) => {
                let said = json!({"_type": "waypoint", "desc": word, "lat": lat, "lon": lon, "rad": 50, "tst": second});
                ("/waypoint", said.to_string())
            }
            Some(word) => {
                let said = json!({"_type": "transition", "event": "enter", "desc": word, "tid": "xx", "lat": lat, "lon": lon,
                    "acc": 10, "t": "c", "tst": second, "wtst": second - 1_000_000});
                ("/event", said.to_string())
            }
        }
    }
}

/// Since when everybody consents, minutes ago.
pub(crate) const CONSENT: i64 = 400;
/// A stay that began before it, and ended after it.
const LONG_STAY: (i64, i64) = (430, 300);
/// How long a phone keeps a position that it cannot send, seconds.
const KEPT_S: i64 = 4 * 60;
/// When a second device is heard, minutes ago: far from the region in which they are later.
const SLATE: i64 = 105;
/// What is believed only with the next report, twenty minutes later: then one who is seen late is not seen yet.
const FIRST_SIGN: i64 = 40;

/// Where the homes of the owners are, far from each other.
pub(crate) fn home(owner: usize) -> (f64, f64) {
    let number = f64::from(u8::try_from(owner).expect("is small"));
    (44.183_457 + number * 0.613, 7.438_912 + number * 0.217)
}

/// The middle of an owner's county.
pub(crate) fn county(owner: usize) -> (f64, f64) {
    let (lat, lon) = home(owner);
    (lat + 0.4, lon)
}

/// Everything an owner's phone says until the pause, oldest first.
pub(crate) fn past(owner: usize, now: i64) -> Vec<Fact> {
    use Place::{Away, County, Nest};
    use When::{Old, Past, Recent};
    let offset = 17 * number(owner);
    let minutes = |ago: i64| now - ago * 60 + offset;
    // Minutes ago; what is reported a minute later again is by which the friend is seen to come or go.
    let story = [
        (600, Old, Nest, true, None),
        (590, Old, Nest, false, Some("old")),
        (585, Old, Nest, false, Some("drawnold")),
        (540, Old, Away, true, None),
        (LONG_STAY.0, Old, Nest, true, None),
        (LONG_STAY.1, Past, Away, true, None),
        (240, Past, Nest, true, None),
        (230, Past, Nest, false, None),
        (225, Past, Nest, false, Some("past")),
        (220, Past, Nest, false, Some("drawn")),
        (180, Past, County, true, None),
        (170, Past, County, false, None),
        (120, Past, Away, true, None),
        (110, Past, Away, false, None),
        (50, Past, Nest, true, None),
        (FIRST_SIGN, Past, Away, true, None),
        (20, Recent, Away, false, None),
        (15, Recent, Away, false, Some("recent")),
        (10, Recent, Nest, true, None),
    ];
    let mut facts = Vec::new();
    for (ago, when, place, crossing, word) in story {
        let mut fact = fact(owner, when, place, minutes(ago), crossing, word);
        if ago == LONG_STAY.0 {
            // As long as nobody else's.
            fact.second = apart(fact.second + offset);
            fact.stay_s = apart(minutes(LONG_STAY.1)) - fact.second;
        }
        // Where the friend is seen first there is nobody who comes.
        let again = (crossing && ago != FIRST_SIGN).then(|| Fact {
            second: apart(fact.second + 60),
            stay_s: 0,
            ..fact.clone()
        });
        facts.push(fact);
        facts.extend(again);
    }
    if OWNERS[owner].has_slate() {
        let lies = fact(owner, Past, Away, minutes(SLATE), false, None);
        facts.push(Fact { slate: true, ..lies });
    }
    facts
}

/// What an owner's phone says at one moment of the pause, or after it.
pub(crate) fn present(owner: usize, when: When, second: i64) -> Vec<Fact> {
    if when == When::Pause {
        let place = fact(owner, when, Place::Nest, second, false, None);
        // What it kept since before the pause, and sends only now.
        let kept = fact(owner, When::Recent, Place::Nest, second - KEPT_S - 17 * number(owner), false, None);
        let kept = Fact { made: Some(second), ..kept };
        let word = |word| fact(owner, when, Place::Nest, second, false, Some(word));
        let mut said = vec![kept, place, word("pause"), word("drawnpause")];
        if OWNERS[owner].silent {
            said.push(Fact { gone: true, ..fact(owner, when, Place::Nest, second, false, None) });
        }
        said
    } else {
        vec![fact(owner, when, Place::Nest, second, true, None)]
    }
}

/// What an owner's phone is said to be when its connection breaks.
pub(crate) fn gone(owner: usize, second: i64) -> Fact {
    Fact { gone: true, ..fact(owner, When::After, Place::Nest, second, false, None) }
}

/// No whole hour: to one the server rounds when a token was last used.
fn apart(second: i64) -> i64 {
    if second % 3600 == 0 { second + 1 } else { second }
}

fn number(owner: usize) -> i64 {
    i64::try_from(owner).expect("is small")
}

fn fact(owner: usize, when: When, place: Place, second: i64, crossing: bool, word: Option<&str>) -> Fact {
    let (lat, lon) = if place == Place::County { county(owner) } else { home(owner) };
    // No two of these are near each other, or in the middle of a cell of any grid.
    let (up, right) = match (when, place) {
        (When::Old, Place::Away) => (-0.083_277, 0.031_713),
        (When::Recent, Place::Away) => (-0.131_717, -0.042_979),
        (When::Pause, _) => (0.000_599, -0.000_497),
        (When::Recent, Place::Nest) => (0.000_149, 0.000_421),
        (_, Place::Away) => (0.061_531, 0.052_377),
        (_, Place::County) => (0.013_719, 0.017_233),
        (When::Old, Place::Nest) => (0.000_417, 0.000_383),
        (When::Past, Place::Nest) => (0.000_312, -0.000_277),
        (_, Place::Nest) => (-0.000_391, 0.000_259),
    };
    let micro = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let word = word.map(|word| format!("{WORD}{word} of {}", OWNERS[owner].name));
    let (lat, lon) = (micro(lat + up), micro(lon + right));
    let second = apart(second);
    let (stay_s, gone, slate, made) = (0, false, false, None);
    Fact { owner, when, place, second, lat, lon, crossing, word, stay_s, gone, slate, made }
}
