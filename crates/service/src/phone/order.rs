//! Orders: given by people, kept until the phone can get them, handed out by the doors.

use crate::{
    Error, Service, audit::Deed, board::Reporter, command::Command, hub::Call, id, request::self_or_carer,
    secret,
};
use domain::{
    Act, DeviceId, Door, Errand, Friend, Order, OrderId, Outcome, Timestamp, TopicFilter, Viewer,
    waypoint::{Given, Place, rid, tst_s},
};
use futures::{Stream, StreamExt, future};
use geodesy::Circle;
use owntracks::{Epoch, Waypoint, secretbox};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio_stream::wrappers::BroadcastStream;

/// How long an order waits for its phone: a position is wanted now, the rest may wait for the evening.
const REPORT_WAITS_MS: i64 = 3_600_000;
const OTHERS_WAIT_MS: i64 = 24 * 3_600_000;
/// How many orders may wait for one phone.
const MOST_ORDERS: usize = 20;
/// How many of the orders to a phone are shown.
const SHOWN: u32 = 20;
/// The largest settings that may be sent, bytes.
const LARGEST_SETTINGS: usize = 16_384;
/// Settings that are not sent this way: with any of them changed by mistake the phone would never be heard of again, or its unsent
/// positions are lost (Android wipes its queue when one of them changes).
const UNTOUCHABLE: [&str; 13] = [
    "mode",
    "url",
    "host",
    "port",
    "tls",
    "ws",
    "auth",
    "username",
    "password",
    "clientId",
    "deviceId",
    "pubTopicBase",
    "tlsClientCrt",
];

/// Settings besides those that nobody but its owner changes on the phone of a friend who can sign in: with them it would sign in as somebody
/// else, be understood by somebody else, or believe a server that is not this one.
const THEIRS: [&str; 11] = [
    "usePassword",
    "httpHeaders",
    "encryptionKey",
    "clientpkcs",
    "passphrase",
    "tlsClientCrtPassword",
    "tlsCaCrt",
    "allowinvalidcerts",
    "allowIntentControl",
    "intentAuthKey",
    "allowConfigurationByURIAndConfigFile",
];

/// Where iOS takes a place that it knows for deleted.
const BEYOND_EARTH: f64 = -1_000_000.0;

/// An order as it goes to the phone. Never to be retained: whoever connects later would be ordered again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Which.
    pub order: OrderId,
    /// The phone's own topic for orders.
    pub topic: String,
    /// Ready to be sent; encrypted if the phone encrypts.
    pub payload: Vec<u8>,
}

impl Service {
    /// Asks something of a phone.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin or its owner, [`Error::Invalid`] for `settings`,
    /// [`Error::Conflict`] when too many wait already.
    pub async fn give_order(&self, by: &Viewer, device: DeviceId, errand: Errand) -> Result<Order, Error> {
        let owner = self.owner_for(by, device)?;
        match &errand {
            Errand::Configure(settings) => {
                let own = matches!(by, Viewer::Friend { friend, .. } if *friend == owner.id);
                check(settings, if own || owner.role.is_none() { &[] } else { &THEIRS })?;
            }
            Errand::Keep(_) | Errand::Forget => {
                return Err(Error::invalid("errand", "is nothing that people ask for"));
            }
            Errand::Report | Errand::Monitor(_) | Errand::Status | Errand::Waypoints => {}
        }
        let made_at = self.shared.now();
        let waiting = self
            .shared
            .board()
            .devices
            .get(&device)
            .map_or(0, |reporter| reporter.orders.iter().filter(|order| order.is_due(made_at)).count());
        if waiting >= MOST_ORDERS {
            return Err(Error::Conflict {
                field: "order",
                why: "would be one too many: others wait for this phone".into(),
            });
        }
        let waits = if errand == Errand::Report { REPORT_WAITS_MS } else { OTHERS_WAIT_MS };
        let order = Order {
            id: OrderId::new(id::new(made_at)),
            device,
            errand,
            made_at,
            expires_at: made_at.plus_millis(waits),
            delivered_at: None,
            deliveries: 0,
            settled: None,
        };
        let new = order.clone();
        let deed = self.order_deed(&owner, &new);
        self.command_told(by, deed, |reply| Command::AddOrder { order: new, reply }).await?;
        Ok(order)
    }

    fn order_deed(&self, owner: &Friend, order: &Order) -> Deed {
        let asked = match &order.errand {
            Errand::Report => "where it is",
            Errand::Monitor(_) => "how often it reports",
            Errand::Configure(_) => "settings",
            Errand::Status => "its status",
            Errand::Waypoints => "its regions",
            Errand::Keep(_) => "regions to keep",
            Errand::Forget => "to forget its regions",
        };
        let known = self.shared.board().devices.get(&order.device).map(|known| known.device.clone());
        match known {
            Some(device) => Deed::of_device(Act::OrderSent, owner, &device).note(asked),
            None => Deed::to(Act::OrderSent, owner).note(asked),
        }
    }

    /// Takes an order back that the phone has not got yet.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when it has ended or the phone has it; [`Error::Forbidden`].
    pub async fn withdraw_order(&self, by: &Viewer, device: DeviceId, order: OrderId) -> Result<(), Error> {
        self.owner_for(by, device)?;
        let waits = self.shared.board().devices.get(&device).is_some_and(|reporter| {
            reporter.orders.iter().any(|known| known.id == order && known.delivered_at.is_none())
        });
        if !waits {
            return Err(Error::NotFound("order"));
        }
        let at = self.shared.now();
        self.command(|reply| Command::SettleOrder { order, outcome: Outcome::Withdrawn, at, reply }).await
    }

    /// The orders to a phone, newest first, and what became of them.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin or its owner.
    pub async fn orders(&self, by: &Viewer, device: DeviceId) -> Result<Vec<Order>, Error> {
        self.owner_for(by, device)?;
        let now = self.shared.now();
        let mut orders = self.shared.reader.orders(device, SHOWN).await?;
        for order in &mut orders {
            if order.settled.is_none() && order.delivered_at.is_none() && order.expires_at <= now {
                order.settled = Some((Outcome::Expired, order.expires_at));
            }
        }
        Ok(orders)
    }

    /// Which devices have orders, as they are given. Whoever falls behind hears of a device later, when it comes by.
    pub fn order_news(&self) -> impl Stream<Item = DeviceId> + Send + use<> {
        BroadcastStream::new(self.shared.hub.calls()).filter_map(|news| {
            future::ready(match news {
                Ok(Call::Order(device)) => Some(device),
                Ok(Call::Publish(_) | Call::Clear(_)) | Err(_) => None,
            })
        })
    }

    /// What the broker is to publish and to retain, as it comes up.
    pub fn publications(&self) -> impl Stream<Item = Arc<store::Retained>> + Send + use<> {
        BroadcastStream::new(self.shared.hub.calls()).filter_map(|news| {
            future::ready(match news {
                Ok(Call::Publish(message)) => Some(message),
                Ok(Call::Order(_) | Call::Clear(_)) | Err(_) => None,
            })
        })
    }

    /// Topics of which nothing is retained any more, as they come up.
    pub fn cleared_topics(&self) -> impl Stream<Item = TopicFilter> + Send + use<> {
        BroadcastStream::new(self.shared.hub.calls()).filter_map(|news| {
            future::ready(match news {
                Ok(Call::Clear(topics)) => Some(topics),
                Ok(Call::Order(_) | Call::Publish(_)) | Err(_) => None,
            })
        })
    }

    /// Through which door a device last came, since the start.
    pub fn door_of(&self, device: DeviceId) -> Option<Door> {
        self.shared.board().devices.get(&device)?.door
    }

    /// The device that a door serves, and its orders that are due now.
    pub fn due_orders(&self, device: DeviceId) -> Vec<Outgoing> {
        let (board, now) = (self.shared.board(), self.shared.now());
        let Some(reporter) = board.devices.get(&device) else { return Vec::new() };
        due(reporter, now).filter_map(|order| outgoing(reporter, order).ok()).collect()
    }

    /// A phone was given an order; `confirmed` when it said that it got it, so that it need not be given again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order_delivered(&self, order: OrderId, confirmed: bool) -> Result<(), Error> {
        let at = self.shared.now();
        self.command(|reply| Command::DeliverOrder { order, at, confirmed, reply }).await
    }

    /// Whose device it is; only for admins and the owner.
    pub(crate) fn owner_for(&self, by: &Viewer, device: DeviceId) -> Result<Friend, Error> {
        let board = self.shared.board();
        let owner = board.devices.get(&device).and_then(|known| board.friends.get(&known.device.friend));
        let owner = owner
            .map(|on_board| &on_board.friend)
            .filter(|owner| by.may_see(owner))
            .ok_or(Error::NotFound("device"))?;
        self_or_carer(by, owner)?;
        Ok(owner.seen_by(by))
    }
}

/// The orders to hand out now.
pub(super) fn due(reporter: &Reporter, now: Timestamp) -> impl Iterator<Item = &Order> {
    reporter.orders.iter().filter(move |order| order.is_due(now))
}

fn outgoing(reporter: &Reporter, order: &Order) -> Result<Outgoing, Error> {
    let plain = command(order).to_string().into_bytes();
    let payload = match &reporter.secret {
        Some(secret) => {
            let sealed = secretbox::seal(&plain, secret, secret::bytes()?);
            owntracks::encode(&owntracks::Message::Encrypted(sealed))
        }
        None => plain,
    };
    Ok(Outgoing { order: order.id, topic: format!("{}/cmd", reporter.topic), payload })
}

/// The order in the words of the apps (`cmd`).
pub(super) fn command(order: &Order) -> Value {
    let action = |action: &str| json!({"_type": "cmd", "action": action});
    let configure = |mut settings: Map<String, Value>| {
        settings.insert("_type".into(), "configuration".into());
        json!({"_type": "cmd", "action": "setConfiguration", "configuration": settings})
    };
    match &order.errand {
        Errand::Report => action("reportLocation"),
        Errand::Status => action("status"),
        Errand::Waypoints => action("waypoints"),
        Errand::Monitor(mode) => {
            configure(Map::from_iter([("monitoring".to_owned(), Value::from(mode.number()))]))
        }
        Errand::Configure(settings) => configure(serde_json::from_str(settings).unwrap_or_default()),
        Errand::Forget => action("clearWaypoints"),
        Errand::Keep(places) => {
            let command = owntracks::Command::set_waypoints(places.iter().map(waypoint).collect());
            serde_json::to_value(owntracks::Message::from(command)).unwrap_or_default()
        }
    }
}

/// A place in the words of the apps. iOS goes by `rid` and skips what has no `tst`, Android goes by `tst`; a radius is never below 1.
fn waypoint(place: &Place) -> Waypoint {
    let named = |tst_s: i64, name: &str| Waypoint {
        desc: Some(name.to_owned()),
        tst: Some(Epoch::from_millis(tst_s.saturating_mul(1000))),
        ..Waypoint::default()
    };
    let at = |waypoint: Waypoint, circle: &Circle| Waypoint {
        lat: Some(circle.centre().lat()),
        lon: Some(circle.centre().lon()),
        radius_m: Some(circle.radius_m()),
        ..waypoint
    };
    match place {
        Place::Region(Given { region, name, circle }) => {
            at(Waypoint { region_id: Some(rid(*region)), ..named(tst_s(*region), name) }, circle)
        }
        Place::Gone { region, name } => Waypoint {
            region_id: Some(rid(*region)),
            lat: Some(BEYOND_EARTH),
            lon: Some(BEYOND_EARTH),
            ..named(tst_s(*region), name)
        },
        Place::Own { tst_s, name, circle } => at(named(*tst_s, name), circle),
    }
}

/// Settings that may be sent; `theirs` only by the owner of the phone.
fn check(settings: &str, theirs: &[&str]) -> Result<(), Error> {
    if settings.len() > LARGEST_SETTINGS {
        return Err(Error::invalid("settings", "are longer than 16 kB"));
    }
    let read: Map<String, Value> = serde_json::from_str(settings)
        .map_err(|why| Error::invalid("settings", format!("must be a JSON object: {why}")))?;
    if read.is_empty() {
        return Err(Error::invalid("settings", "must name at least one"));
    }
    if let Some(key) = read.keys().find(|key| UNTOUCHABLE.contains(&key.as_str())) {
        return Err(Error::invalid(
            "settings",
            format!("must leave {key} alone: the phone could be lost by it; make a new set-up link instead"),
        ));
    }
    if let Some(key) = read.keys().find(|key| theirs.contains(&key.as_str())) {
        let why = format!("must leave {key} alone: its owner can sign in, and nobody else changes that");
        return Err(Error::invalid("settings", why));
    }
    // Both apps read null as "back to the default", and iOS deletes the setting.
    if let Some((key, _)) = read.iter().find(|(_, value)| value.is_null()) {
        return Err(Error::invalid("settings", format!("must give {key} a value")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_must_be_an_object_that_keeps_the_phone_on_the_line() {
        let good = [r#"{"locatorInterval":60}"#, r#"{"_type":"configuration","cmd":true}"#];
        for settings in good {
            assert!(check(settings, &THEIRS).is_ok(), "{settings}");
        }
        let bad = [
            "",
            "{}",
            "[1]",
            "null",
            "{",
            r#"{"host":"example.org"}"#,
            r#"{"cmd":true,"mode":3}"#,
            r#"{"cmd":null}"#,
        ];
        for settings in bad {
            assert!(
                matches!(check(settings, &[]), Err(Error::Invalid { field: "settings", .. })),
                "{settings}"
            );
        }
    }

    #[test]
    fn what_a_phone_signs_in_and_encrypts_with_is_its_owners() {
        for key in THEIRS {
            let settings = format!(r#"{{"{key}":"x"}}"#);
            assert!(check(&settings, &[]).is_ok(), "{key}");
            assert!(check(&settings, &THEIRS).is_err(), "{key}");
        }
    }
}
