//! What alerts say: names, regions and times. Never where anybody is.

use domain::{Friend, FriendId, Kind, RegionId, Timestamp, alert::Notice};
use jiff::tz::TimeZone;

/// That somebody came or went.
pub(crate) struct Happened<'a> {
    /// Who.
    pub(crate) friend: &'a Friend,
    /// Where.
    pub(crate) region: (RegionId, &'a str),
    /// In or out.
    pub(crate) kind: Kind,
    /// When.
    pub(crate) at: Timestamp,
    /// By whose clock that is told, as far as one is known.
    pub(crate) zone: Option<&'a str>,
}

impl Happened<'_> {
    /// That it did.
    pub(crate) fn notice(&self, now: Timestamp) -> Notice {
        let Self { friend, region: (region, name), .. } = self;
        let title = match self.kind {
            Kind::Enter => format!("{} arrived at {name}", friend.name),
            Kind::Leave => format!("{} left {name}", friend.name),
        };
        let body = format!("At {}.", clock(self.at, now, self.zone));
        Notice { title, body, link: link(friend.id), tag: tag(friend.id, *region) }
    }

    /// That it did not, although it was said; or at another time.
    pub(crate) fn correction(&self, instead: Option<Timestamp>, now: Timestamp) -> Notice {
        let Self { friend, region: (region, name), .. } = self;
        let title = match (self.kind, instead) {
            (Kind::Enter, None) => format!("Correction: {} did not arrive at {name}", friend.name),
            (Kind::Leave, None) => format!("Correction: {} did not leave {name}", friend.name),
            (Kind::Enter, Some(_)) => format!("Correction: when {} arrived at {name}", friend.name),
            (Kind::Leave, Some(_)) => format!("Correction: when {} left {name}", friend.name),
        };
        let not = clock(self.at, now, self.zone);
        let body = match instead {
            None => format!("Not at {not}: what came in later says so."),
            Some(instead) => format!("At {}, and not at {not}.", clock(instead, now, self.zone)),
        };
        Notice { title, body, link: link(friend.id), tag: tag(friend.id, *region) }
    }
}

/// What a test says.
pub(crate) fn test() -> Notice {
    Notice {
        title: "A test of your alerts".to_owned(),
        body: "If you can read this, alerts arrive here.".to_owned(),
        link: "/".to_owned(),
        tag: "test".to_owned(),
    }
}

fn link(friend: FriendId) -> String {
    format!("/history?friend={friend}")
}

fn tag(friend: FriendId, region: RegionId) -> String {
    format!("{friend}-{region}")
}

/// A time as the clock there shows it; with the day where that is another, and by UTC where no clock is known.
fn clock(at: Timestamp, now: Timestamp, zone: Option<&str>) -> String {
    let known = zone.and_then(|zone| TimeZone::get(zone).ok());
    let (zone, after) = known.map_or((TimeZone::UTC, " UTC"), |zone| (zone, ""));
    let there = |moment: Timestamp| {
        Some(jiff::Timestamp::from_millisecond(moment.as_millis()).ok()?.to_zoned(zone.clone()))
    };
    let (Some(then), Some(today)) = (there(at), there(now)) else { return at.to_string() };
    let form = if then.date() == today.date() { "%H:%M" } else { "%H:%M on %-d %B %Y" };
    format!("{}{after}", then.strftime(form))
}

#[cfg(test)]
mod tests {
    use super::clock;
    use domain::Timestamp;

    #[test]
    fn a_time_is_told_by_the_clock_of_its_place() {
        let time = |at: &str| Timestamp::parse(at).expect("is a time");
        let now = time("2026-05-17T06:20:00Z");
        let told = |at: &str, zone| clock(time(at), now, zone);
        assert_eq!(told("2026-05-17T06:10:59Z", Some("Europe/Zurich")), "08:10");
        assert_eq!(told("2026-05-17T06:10:00Z", None), "06:10 UTC");
        assert_eq!(told("2026-05-16T21:59:00Z", Some("Europe/Zurich")), "23:59 on 16 May 2026");
        assert_eq!(told("2026-05-17T06:10:00Z", Some("Europe/Atlantis")), "06:10 UTC");
    }
}
