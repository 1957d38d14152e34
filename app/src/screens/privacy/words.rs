//! What the page says of levels, in words. Pure.

/// A level as it is offered: its word in the form, what it is called, and what it means in one sentence.
pub(super) struct Offered {
    pub(super) word: &'static str,
    pub(super) name: &'static str,
    pub(super) means: &'static str,
}

const fn offered(word: &'static str, name: &'static str, means: &'static str) -> Offered {
    Offered { word, name, means }
}

/// What may be said of a friend alone.
pub(super) const AS_GROUP: Offered =
    offered("group", "As the group", "Whatever the whole group sees, also when that changes.");

/// From the most to nothing.
pub(super) const LEVELS: [Offered; 8] = [
    offered("precise", "Precisely", "Where the phone is, how fast and how charged, as soon as it says so."),
    offered(
        "street",
        "To the street",
        "The middle of a square of 250 m. No direction; speed to 10 km/h and charge to 10 %.",
    ),
    offered(
        "district",
        "To the part of town",
        "The middle of a square of 2 km. No direction; speed to 50 km/h and charge to 25 %.",
    ),
    offered("city", "To the town", "The middle of a square of 15 km. No direction, speed or charge."),
    offered(
        "names",
        "Only names of regions",
        "No position: only in which region, since when, and the comings and goings.",
    ),
    offered(
        "inside",
        "Only inside these regions",
        "Precisely in there; everywhere else \u{201c}away\u{201d}.",
    ),
    offered("delayed", "Later", "Precisely, but only so much later:"),
    offered(
        "off",
        "Nothing",
        "Neither where, nor when, nor how charged; only that there is somebody of that name.",
    ),
];

/// How much later something may be shown, minutes.
pub(super) const DELAYS: [u32; 4] = [15, 60, 360, 1440];
