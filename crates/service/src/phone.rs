//! What the server says to phones: orders, and what friends' phones are shown of each other. The way back in is the pipeline's.

mod answer;
mod card;
mod glimpse;
mod hearsay;
mod line;
mod order;
mod region;
pub(crate) mod tid;
mod veil;

pub use card::CardDraft;
pub use glimpse::{Gaze, Glimpse};
pub use hearsay::Hearsay;
pub use line::{DeviceReport, LineDraft};
pub use order::Outgoing;
pub use region::{PhoneOfRegion, PhonePlaces, PlaceOffer, PlaceOnPhone, RegionOnPhone};

pub(crate) use answer::{CardsSent, SpotsSent};
pub(crate) use card::{for_page as card_for_page, for_phones as card_for_phones, read as read_card};
pub(crate) use hearsay::{is_guarded_place, tells_of_others};
pub(crate) use line::unseal;
