//! The link of an invitation, which is shown to who made it for a while, and what its page shows of one.

use super::{
    Cx, Site,
    reply::{cookie, host_cookie, set_cookie},
};
use crate::api::{InvitationFate, InvitationView};
use domain::{InvitationId, Role};
use service::{InvitationNow, InvitationState};

/// The cookie that holds what is in the link of a new invitation for a quarter of an hour; it is kept nowhere else in the clear.
fn name(site: &Site) -> String {
    host_cookie(site, "whereabouts_new_invitation", site.secure_cookies)
}

const COOKIE_S: i64 = 900;

/// Keeps a new invitation's link in the browser of the admin who made it, for a while.
pub fn keep_invitation(cx: &Cx, id: InvitationId, link: &str) {
    set_cookie(cx, &name(&cx.site), &format!("{id}.{link}"), COOKIE_S, "Strict");
}

/// The whole link of the invitation that was made last in this browser.
pub fn fresh_invitation(cx: &Cx) -> Option<(InvitationId, String)> {
    let kept = cookie(&name(&cx.site))?;
    let (id, link) = kept.split_once('.')?;
    let is_plain = link.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Some((id.parse().ok()?, format!("{}/invitation?token={link}", cx.site.public_url))).filter(|_| is_plain)
}

/// What the page shows of an invitation.
pub fn invitation(known: InvitationNow) -> InvitationView {
    InvitationView {
        id: known.id,
        group: known.group,
        name: known.name.map(String::from),
        admin: known.role == Role::Admin,
        made_by: known.made_by,
        made_at: known.made_at,
        ends_at: known.ends_at,
        fate: match known.state {
            InvitationState::Open => InvitationFate::Open,
            InvitationState::Used(by, at) => InvitationFate::Used(by, at),
            InvitationState::Revoked(at) => InvitationFate::Revoked(at),
            InvitationState::Over => InvitationFate::Over,
        },
    }
}
