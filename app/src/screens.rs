//! The pages, one file each, and what they share: the frame around them and the data they start from.

mod address;
mod admin;
mod alerted;
mod alerts;
mod audit;
mod device;
mod form;
mod frame;
mod fresh;
pub mod friends;
mod group_field;
mod groups;
pub mod history;
mod identity;
mod invitation;
mod keep_fields;
pub mod live;
mod not_found;
mod outlets;
mod password;
mod phone;
mod privacy;
mod receipt;
pub mod regions;
mod sensors;
mod sessions;
mod set_up;
mod settings;
mod sign_in;
mod start;
mod theme;
mod why;

pub use address::{card_path, device_path, privacy_path, sensor_path, why_path};
pub use admin::{
    Admin, AuditPage, BrokerPage, ConsolePage, InvitationsPage, Message, SelfTestPage, ServerPage,
    StoragePage,
};
pub use alerted::Alerted;
pub use alerts::Alerts;
pub use audit::{AuditLine, DoneToMe};
pub use device::DevicePage;
pub use form::{Problem, Trouble, error_of, refusal_of, taken, told_of, when_done};
pub use frame::Frame;
pub use friends::{FriendCard, Friends};
pub use group_field::GroupField;
pub use groups::Groups;
pub use history::{History, PastPresence, TimeSpent};
pub use identity::{IdentityLink, OidcTrouble};
pub use invitation::Invitation;
pub use keep_fields::KeepFields;
pub use live::LiveMap;
pub use not_found::NotFound;
pub use outlets::Outlets;
pub use password::Password;
pub use phone::{PhoneSetUp, trouble_words};
pub use privacy::{FriendPrivacy, FriendPrivacyData, Privacy, PrivacyData};
pub use regions::Regions;
pub use sensors::{SensorPage, Sensors};
pub use sessions::{Sessions, Tokens};
pub use set_up::SetUp;
pub use settings::Settings;
pub use sign_in::SignIn;
pub use start::{Start, known, provide_start};
pub use theme::{ThemeButton, ThemeChoice};
pub use why::{AskedWhy, WhyLine, WhyPage, note_words};
