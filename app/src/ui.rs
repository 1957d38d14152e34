//! Parts of pages. They know their props and nothing else: no state, no server functions.

mod action_form;
mod area;
mod at;
mod banner;
mod battery;
mod confirm;
mod distance;
mod empty;
mod face;
mod field;
mod icon;
mod linked;
mod online;
mod source;
mod time;

pub use action_form::ActionForm;
pub use area::{Area, escaped};
pub use at::{at, base, within};
pub use banner::{Banner, Tone};
pub use battery::Battery;
pub use confirm::Confirm;
pub use distance::{
    bytes_words, distance_words, duration_words, hours_words, metres_words, size_words, walk_words,
};
pub use empty::Empty;
pub use face::Face;
pub use field::{Field, Told};
pub use icon::{Icon, Sign};
pub use linked::Linked;
pub use online::Online;
pub use source::Source;
pub use time::{Age, Clock, ClockWrong, Day, Moment, day_of, day_words, provide_clock};
