//! The console: messages as they are committed, and one that an admin publishes.
//!
//! Who may see which message is decided as for the message log. What an admin publishes is theirs, and the log says so: below a topic of
//! a device of their own it counts as that device's word; on a topic that is nobody's it is kept and forwarded; where somebody else's
//! phone reports it is refused, so nobody's position can be forged.

mod payload;
mod watch;

use crate::{
    Error, Inbound, Service,
    audit::Deed,
    broker::BrokerRequest,
    inbound::{Author, Principal, Standing},
    query::MessageQuery,
    request::some_admin,
    sensor::sensor_on,
};
use domain::{Act, ConsoleLine, Door, LoggedMessage, TopicFilter, Viewer};
use payload::{kind_of, pretty};

/// How far back a console looks when it is opened, and how many lines it is shown then at the most.
const LOOKS_BACK: u32 = 500;
const SHOWN: usize = 50;

/// Which messages a console shows.
#[derive(Clone, Debug, Default)]
pub struct ConsoleFilter {
    topic: Option<TopicFilter>,
    kind: Option<String>,
}

/// What an admin wants to publish, as typed.
#[derive(Clone, Debug)]
pub struct PublishDraft {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: String,
    /// How safely: 0, 1 or 2.
    pub qos: u8,
    /// Whether the broker is to keep it for those who subscribe later.
    pub retained: bool,
}

impl ConsoleFilter {
    /// A topic filter and a `_type`, each empty for all.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `topic`.
    pub fn parse(topic: &str, kind: &str) -> Result<Self, Error> {
        let chosen = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let topic = chosen(topic).map(|topic| TopicFilter::new(&topic)).transpose();
        let topic = topic.map_err(|why| Error::invalid("topic", why.to_string()))?;
        Ok(Self { topic, kind: chosen(kind) })
    }

    fn lets_pass(&self, line: &ConsoleLine) -> bool {
        self.topic.as_ref().is_none_or(|topic| topic.matches(&line.message.topic))
            && self.kind.as_ref().is_none_or(|kind| line.kind.as_ref() == Some(kind))
    }
}

impl Service {
    /// What came last, newest first: as much as a console shows when it is opened.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; when the database fails.
    pub async fn console(&self, by: &Viewer, filter: &ConsoleFilter) -> Result<Vec<ConsoleLine>, Error> {
        let question = MessageQuery { limit: LOOKS_BACK, ..MessageQuery::default() };
        let page = self.logged(by, &question).await?;
        let lines = page.items.into_iter().map(|message| self.console_line(message));
        let lines: Vec<_> = lines.filter(|line| filter.lets_pass(line)).take(SHOWN).collect();
        self.count_payloads(by, "console", lines.iter().map(|line| &line.message));
        Ok(lines)
    }

    /// Publishes a message in an admin's own name through the embedded broker, which commits and judges it like any other. Returns the
    /// verdict.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin who is somebody; [`Error::Invalid`] names the field. What is refused for its topic is in the log
    /// even so.
    pub async fn publish(&self, by: &Viewer, draft: PublishDraft) -> Result<String, Error> {
        some_admin(by)?;
        let Viewer::Friend { friend, .. } = by else { return Err(Error::Forbidden) };
        let topic = draft.topic.trim().to_owned();
        publishable(&topic).map_err(|why| Error::invalid("topic", why))?;
        if draft.qos > 2 {
            return Err(Error::invalid("qos", "must be 0, 1 or 2"));
        }
        // Before the board is held here: it looks there itself.
        let is_somebodys = self.is_somebodys(&topic);
        let own_group = self.group_for(by, None).await?;
        let (author, group) = {
            let board = self.shared.board();
            let on_board = board.friends.get(friend).ok_or(Error::Forbidden)?;
            let below = |base: &str| {
                topic.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let own = board.devices_of(on_board).find(|reporter| below(&reporter.topic));
            let foreign = || is_somebodys || board.devices.values().any(|reporter| below(&reporter.topic));
            let standing = match own {
                Some(reporter) => Standing::Own(reporter.account()),
                None if foreign() => Standing::Foreign,
                None => Standing::Nobodys,
            };
            // It is written down for the group that the topic is of, as far as the author is of it.
            let of_sensor =
                sensor_on(&board, &self.shared.settings.templates, &topic).map(|sensor| sensor.group);
            let reporter = board.devices.values().find(|reporter| below(&reporter.topic));
            let owner = reporter.and_then(|reporter| board.friends.get(&reporter.device.friend));
            let shared = owner
                .and_then(|owner| owner.friend.memberships.shared_with(&on_board.friend.memberships).next());
            let group = of_sensor.filter(|group| by.is_of(*group)).or(shared).unwrap_or(own_group);
            (Author::new(on_board.friend.name.as_str(), standing), group)
        };
        let is_foreign = author.standing == Standing::Foreign;
        let deed = Deed::new(Act::Published, &topic).of(group);
        let inbound = Inbound {
            door: Door::Broker,
            principal: Principal::Admin(author),
            topic,
            payload: draft.payload.into_bytes(),
            retained: draft.retained,
            qos: draft.qos,
            received_at: self.shared.now(),
        };
        let asked = self.shared.ask_broker(|reply| BrokerRequest::Publish(Box::new(inbound), reply)).await?;
        let off = || Error::invalid("topic", "cannot be published to: the embedded broker is off");
        let receipt = asked.ok_or_else(off)??;
        self.tell(by, deed.note(if is_foreign { "refused" } else { "" })).await?;
        if is_foreign {
            let why =
                "is where a phone reports that is not yours; nobody speaks for somebody else\u{2019}s phone";
            return Err(Error::invalid("topic", why));
        }
        Ok(receipt.verdict)
    }

    fn console_line(&self, mut message: LoggedMessage) -> ConsoleLine {
        let board = self.shared.board();
        let reporter = message.device.and_then(|device| board.devices.get(&device));
        let whose = reporter.and_then(|reporter| {
            let owner = board.friends.get(&reporter.device.friend)?;
            Some(format!("{}: {}", owner.friend.name, reporter.device.name))
        });
        let kind = kind_of(&message.payload);
        message.payload = pretty(&message.payload);
        ConsoleLine { message, kind, whose }
    }
}

/// Why a text is no topic to publish to.
fn publishable(topic: &str) -> Result<(), &'static str> {
    if topic.is_empty() {
        Err("must not be empty")
    } else if topic.contains(['+', '#']) {
        Err("must have no wildcard: + and # are for listening")
    } else if topic.starts_with('$') {
        Err("must not begin with $, which is the broker\u{2019}s own")
    } else if topic.chars().any(char::is_control) {
        Err("must not contain control characters")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::publishable;

    #[test]
    fn what_is_published_has_a_plain_topic() {
        for topic in ["", "a/+", "#", "$SYS/x", "a\nb"] {
            assert!(publishable(topic).is_err(), "{topic:?}");
        }
        assert!(publishable("owntracks/test").is_ok());
    }
}
