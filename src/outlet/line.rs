//! The line to an outlet's broker: what is heard on it.

use super::{client, words};
use rumqttc::{
    Outgoing,
    v5::{
        Event, EventLoop,
        mqttbytes::v5::{Packet, PubAckReason},
    },
};
use tokio::sync::mpsc;

/// Packets between line and desk; more than can be under way, so it is never full for long.
pub(super) const HEARD: usize = 256;

/// What the line hears.
pub(super) enum Heard {
    Connected,
    /// The next message was sent, with this packet id.
    Sent(u16),
    Answered(u16, PubAckReason),
    /// There is no connection any more; why, in words.
    Lost(String),
}

/// Drives the connection and passes on what matters; ends with it. It must be a future of its own: giving up a half-done
/// poll of the connection could lose a packet.
pub(super) async fn line(mut events: EventLoop, ears: mpsc::Sender<Heard>) {
    let mut greeted = false;
    loop {
        let (heard, ends) = match events.poll().await {
            Ok(event) if !client::may_come(&event, &mut greeted) => {
                (vec![Heard::Lost(client::UNASKED.to_owned())], true)
            }
            Ok(event) => {
                let ends = matches!(event, Event::Outgoing(Outgoing::Disconnect));
                (Heard::of(&event).into_iter().collect(), ends)
            }
            Err(why) => {
                // A broker may refuse a message and hang up at once: what it said lies unread behind the error.
                let lost = if greeted { words::of(&why, &events) } else { words::of_stranger(&why) };
                let unread = events.state.events.iter().filter_map(Heard::of);
                (unread.chain([Heard::Lost(lost)]).collect::<Vec<_>>(), true)
            }
        };
        for heard in heard {
            // When nobody hears any more, only the goodbye is left to do.
            let _nobody_hears = ears.send(heard).await;
        }
        if ends {
            return;
        }
    }
}

impl Heard {
    /// What matters of an event.
    fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => Some(Self::Connected),
            Event::Incoming(Packet::PubAck(answer)) => Some(Self::Answered(answer.pkid, answer.reason)),
            Event::Outgoing(Outgoing::Publish(packet)) => Some(Self::Sent(*packet)),
            Event::Incoming(_) | Event::Outgoing(_) => None,
        }
    }
}
