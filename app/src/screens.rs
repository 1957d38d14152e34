//! The pages, one file each, and what they share: the frame around them and the data they start from.

mod address;
mod admin;
mod device;
mod form;
mod frame;
mod fresh;
pub mod friends;
pub mod history;
pub mod live;
mod not_found;
mod password;
pub mod regions;
mod sensors;
mod set_up;
mod settings;
mod sign_in;
mod start;
mod theme;

pub use address::{card_path, device_path, sensor_path};
pub use admin::{Admin, BrokerPage, ConsolePage, Message};
pub use device::DevicePage;
pub use form::{Problem, Trouble, error_of, refusal_of, told_of, when_done};
pub use frame::Frame;
pub use friends::{FriendCard, Friends};
pub use history::History;
pub use live::LiveMap;
pub use not_found::NotFound;
pub use password::Password;
pub use regions::Regions;
pub use sensors::{SensorPage, Sensors};
pub use set_up::SetUp;
pub use settings::Settings;
pub use sign_in::SignIn;
pub use start::{Start, known, provide_start};
pub use theme::{ThemeButton, ThemeChoice};
