//! What only the server's half of the pages has: the site, who is asking, cookies, and the document around a page.

mod alert;
mod chat;
mod cx;
mod invitation;
mod link;
mod member;
mod outlet;
mod phone;
mod reply;
mod report;
mod sensor;
mod sharing;
mod shell;
mod stored;

pub use alert::{alert_channel, alerts_shown, forget_webhook, keep_webhook, which};
pub use chat::{chat_told, fresh_client_id};
pub use cx::{Base, Cx, Encrypted, OidcProvider, Peer, Site, cx, provide};
pub use invitation::{fresh_invitation, invitation, keep_invitation};
pub use link::{FreshLink, link_card, link_line, link_url, make_link, phone_page, ready_phone, use_link};
pub use member::member_known;
pub use outlet::outlet;
pub use phone::{Setup, card};
pub use reply::{
    FRESH_S, answered, change_session, cookie_line, forget_session, fresh_link, fresh_phone, go, go_back,
    go_back_plainly, go_plainly, host_cookie, keep_link, keep_phone, keep_session, local_path, phone_in,
    refused, session_cookie, session_line, unlisted, with_refusal,
};
pub use report::{device_called, report};
pub use sensor::{shown, typed_values};
pub use sharing::{Owner, level_for, owner, privacy, show_to_group, terms, watchers};
pub use shell::shell;
pub use stored::erasing;
