//! What only the server's half of the pages has: the site, who is asking, cookies, and the document around a page.

mod cx;
mod outlet;
mod phone;
mod reply;
mod report;
mod sensor;
mod sharing;
mod shell;

pub use cx::{Cx, Encrypted, Peer, Site, cx};
pub use outlet::outlet;
pub use phone::{Setup, card};
pub use reply::{
    PHONE_COOKIE, SESSION_COOKIE, answered, forget_session, fresh_phone, go, go_back, keep_phone,
    keep_session, local_path, refused, with_refusal,
};
pub use report::{device_called, report};
pub use sensor::{shown, typed_values};
pub use sharing::{Owner, level_for, owner, privacy, show_to_group, terms};
pub use shell::shell;
