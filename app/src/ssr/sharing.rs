//! From the forms of the page about privacy to what is said, and back to what the page shows. Decides nothing: `service` does.

use super::{Cx, answered, refused};
use crate::{
    api::{ApiError, BotChoice, Other, Privacy, TypedTerms, Watching},
    draft,
};
use domain::{
    Friend, FriendId, Level, Party, Sharing, Timestamp,
    alert::Which,
    live::{LiveFriend, Snapshot},
};
use service::{Day, Days, GrantDraft, WatcherReport, Zone};

const HOUR_MS: i64 = 3_600_000;

/// Whose privacy it is about, with what is known around it.
pub struct Owner {
    /// Who.
    pub friend: Friend,
    /// The other friends of the group that are no demonstration.
    pub others: Vec<LiveFriend>,
    sharing: Sharing,
    own: bool,
    now: Timestamp,
}

/// What is to be said of one party.
pub struct Terms {
    /// Of whom.
    pub to: Party,
    /// What; `None` for nothing any more: they see what the group sees.
    pub draft: Option<GrantDraft>,
}

/// The friend of this name or id, of whom whoever asks may decide; without any, whoever asks.
///
/// # Errors
/// [`ApiError::NotFound`], [`ApiError::Forbidden`], [`ApiError::Unauthorised`].
pub fn owner(cx: &Cx, friend: &str) -> Result<Owner, ApiError> {
    let viewer = cx.viewer()?;
    let own = viewer.friend();
    if own.is_none() && friend.is_empty() {
        return Err(answered(ApiError::Unauthorised));
    }
    let Snapshot { friends, now, .. } = cx.service().snapshot(viewer);
    let id = if friend.is_empty() { own } else { friend.parse().ok() };
    let is_meant = |known: &Friend| id == Some(known.id) || known.name.as_str() == friend;
    let gone = || answered(ApiError::NotFound { what: "friend".to_owned() });
    let found = friends.iter().find(|live| is_meant(&live.friend)).ok_or_else(gone)?.friend.clone();
    let sharing = cx.service().sharing(viewer, found.id).map_err(refused)?;
    let is_other = |live: &LiveFriend| {
        let shared = live.friend.memberships.shared_with(&found.memberships).next();
        live.friend.id != found.id && shared.is_some() && !live.friend.demo
    };
    Ok(Owner {
        own: own == Some(found.id),
        others: friends.into_iter().filter(is_other).collect(),
        friend: found,
        sharing,
        now,
    })
}

/// Who is told when they come or go, for themselves alone.
///
/// # Errors
/// When the server is out of order.
pub async fn watchers(cx: &Cx, owner: &Owner) -> Result<Vec<Watching>, ApiError> {
    if !owner.own {
        return Ok(Vec::new());
    }
    let watchers = cx.service().watchers(cx.viewer()?).await.map_err(refused)?;
    let watching = |WatcherReport { friend, regions, watcher }: WatcherReport| Watching {
        friend: friend.name.to_string(),
        regions: match regions {
            Which::All => None,
            Which::These(known) => Some(known.iter().map(|region| region.name.to_string()).collect()),
        },
        others: watcher.others,
        direction: watcher.direction,
        hours: watcher
            .hours
            .map(|schedule| schedule.hours.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
    };
    Ok(watchers.into_iter().map(watching).collect())
}

/// What the page shows.
///
/// # Errors
/// As [`owner`].
pub fn privacy(cx: &Cx, owner: &Owner) -> Result<Privacy, ApiError> {
    let viewer = cx.viewer()?;
    let now = owner.now;
    let other = |live: &LiveFriend| {
        let looked = cx.service().view_as(viewer, owner.friend.id, live.friend.id, None);
        let (sees, _) = looked.map_err(refused)?;
        Ok(Other { friend: live.friend.id, name: live.shown_name().to_owned(), sees })
    };
    let named = |group| {
        let name = cx.service().group_name(viewer, group);
        name.map_or_else(|| "The group".to_owned(), |name| name.to_string())
    };
    let bots = cx.service().bots(viewer);
    let choice = |known: service::BotChoice| BotChoice {
        group: known.group,
        name: known.name.to_string(),
        since: known.since,
        bots: bots
            .iter()
            .filter(|bot| bot.bot.group == known.group)
            .map(|bot| bot.bot.name.to_string())
            .collect(),
    };
    let choices = cx.service().bots_of(viewer, owner.friend.id).map_err(refused)?;
    let holds = owner.sharing.grants.iter().filter(|grant| grant.until.is_none_or(|until| now < until));
    Ok(Privacy {
        friend: owner.friend.id,
        name: owner.friend.name.to_string(),
        own: owner.own,
        group: owner.friend.group,
        groups: owner.friend.memberships.groups().map(|group| (group, named(group))).collect(),
        grants: holds.cloned().collect(),
        paused: owner.sharing.paused(now).copied(),
        bots: choices.into_iter().map(choice).collect(),
        by_others: cx
            .service()
            .set_up_by_others(viewer, owner.friend.id)
            .into_iter()
            .map(String::from)
            .collect(),
        others: owner.others.iter().map(other).collect::<Result<_, ApiError>>()?,
        seen: Vec::new(),
        watchers: Vec::new(),
    })
}

impl Owner {
    /// The page about it.
    pub fn page(&self) -> String {
        if self.own { "/privacy".to_owned() } else { format!("/friends/{}/privacy", self.friend.id) }
    }

    /// The page about what is stored.
    pub fn data_page(&self) -> String {
        format!("{}/data", self.page())
    }

    /// Whether it is whoever asks.
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Until when a pause is to be.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] for `span`.
    pub fn pause_until(&self, span: &str, zone: &str) -> Result<Option<Timestamp>, ApiError> {
        match span {
            "" => Ok(None),
            "hour" => Ok(Some(self.now.plus_millis(HOUR_MS))),
            "tomorrow" => {
                let tomorrow = day(day(self.now, zone)?.to, zone)?;
                let morning = moment(&format!("{}T08:00", tomorrow.name), zone);
                Ok(Some(morning.unwrap_or(tomorrow.from)))
            }
            _ => Err(answered(ApiError::invalid("span", "must be one of those offered"))),
        }
    }
}

impl Terms {
    /// The draft; in place of none, one that shows what the group is shown.
    pub fn or_as_group(self, owner: &Owner) -> GrantDraft {
        let to = self.to;
        self.draft.unwrap_or_else(|| {
            let other = owner.others.iter().find(|live| Party::Friend(live.friend.id) == to);
            let of = other.map(|live| &live.friend.memberships);
            let shared = of.into_iter().flat_map(|of| owner.friend.memberships.shared_with(of));
            let group = owner.sharing.widest(shared, owner.now);
            GrantDraft {
                to,
                level: group.map_or(Level::Off, |group| group.level.clone()),
                since: group.map(|group| group.since),
                until: group.and_then(|group| group.until),
            }
        })
    }
}

/// Reads what stands in the form. Does not set the status of the reply.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
pub fn terms(owner: &Owner, party: &str, typed: &TypedTerms) -> Result<Terms, ApiError> {
    let now = owner.now;
    let to = match party {
        "group" => Party::Group(owner.friend.group),
        of if of.starts_with("group:") => Party::Group(draft::id(of.trim_start_matches("group:"), "group")?),
        id => Party::Friend(draft::id::<FriendId>(id, "friend")?),
    };
    let level = match (&*typed.level, to) {
        ("group", Party::Friend(_)) => return Ok(Terms { to, draft: None }),
        ("delayed", _) => {
            let minutes = typed.delay_min.trim().parse();
            Level::Delayed(minutes.map_err(|_none| ApiError::invalid("level", "needs how much later"))?)
        }
        ("inside", _) => {
            let regions = typed.regions.iter().map(|id| draft::id(id, "region"));
            Level::Inside(regions.collect::<Result<_, _>>()?)
        }
        (word, _) => Level::named(word).ok_or_else(|| ApiError::invalid("level", "must be chosen"))?,
    };
    let since = match &*typed.since {
        "" => None,
        "now" => Some(now),
        "all" => Some(Timestamp::MIN),
        "day" => {
            let days = Days::read(&typed.since_day, "", known_zone(&typed.zone)).ok();
            let day = days.and_then(|days| days.range().0).filter(|day| *day <= now);
            Some(day.ok_or_else(|| {
                ApiError::invalid("since_day", "must be a day like 2026-05-17, and not in the future")
            })?)
        }
        _ => return Err(ApiError::invalid("since", "must be one of those offered")),
    };
    let until = match &*typed.until {
        "" => None,
        "keep" => owner.sharing.grant(to, now).and_then(|grant| grant.until),
        "hour" => Some(now.plus_millis(HOUR_MS)),
        "tonight" => Some(day(now, &typed.zone)?.to),
        "tomorrow" => Some(day(day(now, &typed.zone)?.to, &typed.zone)?.to),
        "at" => {
            let at = moment(&typed.until_at, &typed.zone).filter(|at| *at > now);
            Some(at.ok_or_else(|| {
                ApiError::invalid("until_at", "must be a time like 2026-05-17T17:42, in the future")
            })?)
        }
        _ => return Err(ApiError::invalid("until", "must be one of those offered")),
    };
    Ok(Terms { to, draft: Some(GrantDraft { to, level, since, until }) })
}

/// What an admin says that the group is to see of a friend who gets a phone; `None` when nothing was said.
///
/// # Errors
/// [`ApiError::Invalid`] for `share`: when it is no level, or theirs to say.
pub fn level_for(cx: &Cx, friend: &str, word: &str) -> Result<Option<Level>, ApiError> {
    if word.is_empty() {
        return Ok(None);
    }
    let viewer = cx.viewer()?;
    let known = cx.service().friend_named(viewer, friend.trim()).ok();
    if known.is_some_and(|known| known.role.is_some() && !viewer.is(known.id)) {
        return Err(answered(ApiError::invalid("share", "is for them to say: they can sign in")));
    }
    let level = Level::named(word);
    level.map(Some).ok_or_else(|| answered(ApiError::invalid("share", "must be one of those offered")))
}

/// Says what the group sees of a friend.
///
/// # Errors
/// [`ApiError::Forbidden`] when it is theirs to say.
pub async fn show_to_group(cx: &Cx, friend: &str, level: Level) -> Result<(), ApiError> {
    let viewer = cx.viewer()?;
    let friend = cx.service().friend_named(viewer, friend).map_err(refused)?;
    let draft = GrantDraft { to: Party::Group(friend.group), level, since: None, until: None };
    cx.service().share(viewer, friend.id, draft).await.map_err(refused)
}

/// The zone out of the form; one that nobody knows is UTC, because the field is the browser's and not for people to put right.
fn known_zone(text: &str) -> &str {
    if Zone::read(text).is_ok() { text } else { "" }
}

fn moment(text: &str, zone: &str) -> Option<Timestamp> {
    Zone::read(known_zone(zone)).ok()?.moment(text.trim()).ok()
}

/// The day that a moment is in, and when it is over.
fn day(at: Timestamp, zone: &str) -> Result<Day, ApiError> {
    let days = Days::read("", "", known_zone(zone)).and_then(|days| days.each(at, 7)).map_err(refused)?;
    days.into_iter().last().ok_or_else(|| ApiError::invalid("until", "must be one of those offered"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Name;

    fn owner(now: &str) -> Owner {
        let id = "00000000-0000-7000-8000-000000000001";
        let friend = Friend {
            id: id.parse().expect("is an id"),
            group: id.parse().expect("is an id"),
            memberships: domain::Memberships::one(id.parse().expect("is an id"), domain::Role::Friend),
            name: Name::new("Ann").expect("is a name"),
            role: None,
            demo: false,
            added_at: Timestamp::MIN,
        };
        let now = Timestamp::parse(now).expect("is a time");
        Owner { friend, others: Vec::new(), sharing: Sharing::default(), own: true, now }
    }

    fn until(span: &str, now: &str, zone: &str) -> Option<String> {
        let typed = TypedTerms {
            level: "street".to_owned(),
            until: span.to_owned(),
            until_at: "2026-05-18T09:30".to_owned(),
            zone: zone.to_owned(),
            ..TypedTerms::default()
        };
        let owner = owner(now);
        let draft = terms(&owner, "group", &typed).ok()?.draft?;
        Some(draft.until?.to_string())
    }

    #[test]
    fn nights_and_mornings_are_those_of_who_asks() {
        let evening = "2026-05-17T21:30:00Z";
        assert_eq!(until("hour", evening, "").as_deref(), Some("2026-05-17T22:30:00.000Z"));
        assert_eq!(until("tonight", evening, "").as_deref(), Some("2026-05-18T00:00:00.000Z"));
        assert_eq!(until("tonight", evening, "Europe/Zurich").as_deref(), Some("2026-05-17T22:00:00.000Z"));
        assert_eq!(until("tomorrow", evening, "Europe/Zurich").as_deref(), Some("2026-05-18T22:00:00.000Z"));
        assert_eq!(until("at", evening, "120").as_deref(), Some("2026-05-18T07:30:00.000Z"));
        assert_eq!(until("tonight", evening, "Middle/Earth").as_deref(), Some("2026-05-18T00:00:00.000Z"));
        assert_eq!(until("", evening, ""), None);
        let pause = owner(evening).pause_until("tomorrow", "Europe/Zurich").expect("is offered");
        assert_eq!(pause.map(|until| until.to_string()).as_deref(), Some("2026-05-18T06:00:00.000Z"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_beside_its_field() {
        let typed = |level: &str, since: &str, until: &str| TypedTerms {
            level: level.to_owned(),
            since: since.to_owned(),
            since_day: "2026-06-01".to_owned(),
            until: until.to_owned(),
            until_at: "2026-05-01T10:00".to_owned(),
            ..TypedTerms::default()
        };
        let owner = owner("2026-05-17T12:00:00Z");
        let refused = |typed: TypedTerms| {
            terms(&owner, "group", &typed).err().and_then(|error| error.told()).map(|told| told.field)
        };
        assert_eq!(refused(typed("", "", "")).as_deref(), Some("level"));
        assert_eq!(
            refused(typed("group", "", "")).as_deref(),
            Some("level"),
            "the group is not as the group"
        );
        assert_eq!(refused(typed("delayed", "", "")).as_deref(), Some("level"));
        assert_eq!(refused(typed("city", "day", "")).as_deref(), Some("since_day"), "in the future");
        assert_eq!(refused(typed("city", "", "at")).as_deref(), Some("until_at"), "in the past");
        assert_eq!(refused(typed("city", "all", "hour")), None);
    }
}
