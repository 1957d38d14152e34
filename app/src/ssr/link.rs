//! Set-up links, from what the service knows to what their pages show. Decides nothing: `service` does.

use super::{Cx, Setup, Site, answered, card, fresh_phone, go, keep_link, keep_phone, phone::qr, refused};
use crate::{
    api::{ApiError, Decides, LinkCard, LinkLine, PhoneOffer, PhonePage, ReadyPhone, Shows},
    screens::device_path,
};
use domain::{Friend, Level, LinkId, LinkState, Party, Sharing, Timestamp, Viewer};
use serde::{Deserialize, Serialize};
use service::{Error, LinkReport, NewLink, Offer, Standing};

/// How long a phone's credentials stay in the browser that set it up, seconds: an hour.
const READY_S: i64 = 3_600;

/// What is known only while a link is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FreshLink {
    /// Which.
    pub id: LinkId,
    token: String,
    friend: String,
    device: String,
    expires_at: Timestamp,
    signs_in: bool,
}

impl From<NewLink> for FreshLink {
    fn from(new: NewLink) -> Self {
        let signs_in = new.link.needs_sign_in(&new.friend);
        let NewLink { link, token, friend } = new;
        let device = link.device_name.to_string();
        Self {
            id: link.id,
            token,
            friend: friend.name.to_string(),
            device,
            expires_at: link.once.ends_at,
            signs_in,
        }
    }
}

/// The address of a link's page.
pub fn link_url(site: &Site, token: &str) -> String {
    format!("{}/phone/{token}", site.public_url)
}

/// What its maker sends to whoever holds the phone.
pub fn link_card(site: &Site, fresh: FreshLink) -> LinkCard {
    let url = link_url(site, &fresh.token);
    let FreshLink { id, friend, device, expires_at, signs_in, .. } = fresh;
    LinkCard { id, friend, device, qr: qr(&url), url, expires_at, signs_in }
}

/// A link in the list of those who look after its phone.
pub fn link_line(known: LinkReport) -> LinkLine {
    let LinkReport { link, friend, made_by, state, arrival } = known;
    let device = link.device.filter(|_| state == LinkState::Used);
    let page = device.map(|device| device_path((&friend.name, friend.id), (&link.device_name, device)));
    LinkLine {
        id: link.id,
        page,
        friend: friend.name.to_string(),
        device: link.device_name.to_string(),
        made_by: made_by.map(String::from),
        made_at: link.made_at,
        expires_at: link.once.ends_at,
        opened_at: link.opened_at,
        used_at: link.once.used_at,
        state,
        arrival,
    }
}

/// Makes a link and remembers it in this browser for a while. A friend who is new is of that group, or of the first that whoever asks manages.
///
/// # Errors
/// As the service refuses it.
pub async fn make_link(
    cx: &Cx,
    group: Option<&str>,
    friend: &str,
    device: &str,
) -> Result<FreshLink, ApiError> {
    let made = cx.service().make_link(cx.viewer()?, group, friend, device).await.map_err(refused)?;
    let fresh = FreshLink::from(made);
    keep_link(cx, &fresh);
    Ok(fresh)
}

/// What the page of a link says to who has not set up its phone here.
///
/// # Errors
/// [`ApiError::Unavailable`] after too many tries.
pub async fn phone_page(cx: &Cx, token: &str) -> Result<PhonePage, ApiError> {
    let offer = match cx.service().open_link(token, viewer(cx), &cx.peer.0).await {
        Ok(offer) => offer,
        Err(Error::NotFound(_)) => return Ok(PhonePage::Gone),
        Err(error) => return Err(refused(error)),
    };
    Ok(match offer.standing {
        Standing::SignIn => PhonePage::SignIn { friend: offer.friend.name.to_string(), another: false },
        Standing::Another => PhonePage::SignIn { friend: offer.friend.name.to_string(), another: true },
        Standing::Ready => PhonePage::Offer(said(cx, offer)),
    })
}

fn said(cx: &Cx, offer: Offer) -> PhoneOffer {
    let now = cx.service().snapshot(&Viewer::Guest).now;
    let Offer { link, friend, groups, sharing, named, renews, .. } = offer;
    let group = groups.first().map(|(_, name)| name.to_string()).unwrap_or_default();
    let who = |to: Party| match to {
        Party::Group(id) => {
            let name = groups.iter().find(|(known, _)| *known == id).map(|(_, name)| name);
            name.map(|name| format!("Everybody in {name}"))
        }
        Party::Friend(id) => named.iter().find(|(known, _)| *known == id).map(|(_, name)| name.to_string()),
    };
    PhoneOffer {
        shows: shows(&sharing, now, who),
        paused: sharing.paused(now).is_some(),
        decides: decides(cx, &friend),
        friend: friend.name.to_string(),
        device: link.device_name.to_string(),
        renews,
        expires_at: link.once.ends_at,
        https: cx.site.secure_cookies,
        group,
    }
}

fn shows(sharing: &Sharing, now: Timestamp, who: impl Fn(Party) -> Option<String>) -> Vec<Shows> {
    let mut grants: Vec<_> =
        sharing.grants.iter().filter(|grant| grant.until.is_none_or(|until| now < until)).collect();
    grants.sort_by_key(|grant| matches!(grant.to, Party::Friend(_)));
    let line = |grant: &&domain::Grant| {
        Some(Shows { to: who(grant.to)?, what: words(&grant.level), until: grant.until })
    };
    grants.iter().filter_map(line).collect()
}

fn words(level: &Level) -> String {
    match level {
        Level::Precise => "precisely where this phone is".to_owned(),
        Level::Street => "where it is, to the street (a square of 250 m)".to_owned(),
        Level::District => "where it is, to the part of town (a square of 2 km)".to_owned(),
        Level::City => "where it is, to the town (a square of 15 km)".to_owned(),
        Level::Names => "only the names of the regions it is in".to_owned(),
        Level::Inside(regions) if regions.len() == 1 => "where it is, only inside one region".to_owned(),
        Level::Inside(regions) => format!("where it is, only inside {} regions", regions.len()),
        Level::Delayed(minutes) => format!("precisely where it was {minutes} minutes ago"),
        Level::Off => "nothing".to_owned(),
    }
}

fn viewer(cx: &Cx) -> Option<&Viewer> {
    cx.signed_in.as_ref().map(|who| &who.viewer)
}

fn decides(cx: &Cx, friend: &Friend) -> Decides {
    match (friend.role, viewer(cx)) {
        (None, _) => Decides::Admins,
        (Some(_), Some(viewer)) if viewer.is(friend.id) => Decides::Here,
        (Some(_), _) => Decides::Friend,
    }
}

/// Sets a phone up by its link, and goes back to the link's page.
///
/// # Errors
/// [`ApiError::Invalid`] for `share`; [`ApiError::Unavailable`].
pub async fn use_link(cx: &Cx, token: &str, share: &str) -> Result<(), ApiError> {
    let level = Some(share).filter(|word| !word.is_empty());
    let level = level.map(|word| {
        Level::named(word).ok_or_else(|| answered(ApiError::invalid("share", "must be one of those offered")))
    });
    let level = level.transpose()?;
    match cx.service().use_link(token, viewer(cx), &cx.peer.0, level).await {
        Ok((link, made)) => {
            let setup = Setup {
                device: made.device,
                friend: made.username.clone(),
                name: link.device_name.to_string(),
                username: made.username,
                password: made.password,
                topic: made.topic,
            };
            keep_phone(cx, &setup, READY_S);
        }
        // Its page says so.
        Err(Error::NotFound(_) | Error::Unauthorised | Error::Forbidden) => {}
        Err(error) => return Err(refused(error)),
    }
    let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    go(&format!("/phone/{}", if plain { token } else { "-" }));
    Ok(())
}

/// The phone that was set up by a link in this browser, while its password is the one that was given then.
///
/// # Errors
/// [`ApiError::Unavailable`] after too many tries.
pub async fn ready_phone(cx: &Cx, token: &str) -> Result<Option<ReadyPhone>, ApiError> {
    let Some(setup) = fresh_phone(cx) else { return Ok(None) };
    let asked = (setup.username.as_str(), setup.password.as_str());
    let arrival = match cx.service().arrival_by_link(token, asked, &cx.peer.0).await {
        Ok((_, arrival)) => arrival,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(refused(error)),
    };
    let friend = cx.service().friend_named(&Viewer::Server { role: domain::Role::Friend }, &setup.username);
    let decides = friend.map_or(Decides::Admins, |friend| decides(cx, &friend));
    Ok(Some(ReadyPhone { card: card(&cx.site, setup), arrival, decides, https: cx.site.secure_cookies }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Grant;

    const IDS: [&str; 3] = [
        "00000000-0000-7000-8000-000000000001",
        "00000000-0000-7000-8000-000000000002",
        "00000000-0000-7000-8000-000000000003",
    ];

    #[test]
    fn who_sees_what_is_said_while_it_holds_the_group_first() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let friend = Party::Friend(IDS[1].parse().expect("is an id"));
        let group = Party::Group(IDS[0].parse().expect("is an id"));
        let gone = Party::Friend(IDS[2].parse().expect("is an id"));
        let grant = |to, level, until| Grant { to, level, since: now, until };
        let sharing = Sharing {
            grants: vec![
                grant(friend, Level::Precise, Some(now.plus_millis(1))),
                grant(gone, Level::Precise, Some(now)),
                grant(group, Level::Inside(Vec::new()), None),
            ],
            ..Sharing::default()
        };
        let said = shows(&sharing, now, |to| Some(if to == group { "all" } else { "ben" }.to_owned()));
        let said: Vec<_> = said.iter().map(|line| (line.to.as_str(), line.until.is_some())).collect();
        assert_eq!(said, [("all", false), ("ben", true)]);
    }
}
