//! What the MQTT standards demand of a server, byte by byte, for 3.1.1 and 5. The numbers are those of the standards' statements.
//!
//! Where the embedded broker does otherwise, [`EXCEPTIONS`] says so, and why we live with it; a test fails as well when an exception is not
//! needed any more.

use std::time::Duration;

use crate::support::{
    Credentials, DEADLINE, Home, Server,
    wire::{Connect, Packet, Wire, nothing, packet, publish, subscribe, text},
};

const LEVELS: [u8; 2] = [4, 5];

/// What the embedded broker (rmqtt 0.24) does otherwise than the standard says, and why we live with it.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "MQTT-3.1.2-2 an unknown level is answered with its code",
        "closed without a word; no phone speaks such a level",
    ),
    ("MQTT-3.3.1-2 DUP without QoS (4)", "taken as if DUP were not there"),
    ("MQTT-3.3.1-2 DUP without QoS (5)", "taken as if DUP were not there"),
    (
        "MQTT-1.5.3-2 a topic with NUL (4)",
        "refused by us, logged and delivered to nobody; the connection stays",
    ),
    (
        "MQTT-1.5.3-2 a topic with NUL (5)",
        "refused by us, logged and delivered to nobody; the connection stays",
    ),
    ("MQTT-4.7.3-1 an empty filter (5)", "granted, and matches nothing"),
    (
        "MQTT-3.14.4 DISCONNECT closes the connection (4)",
        "the client closes it, or its keep-alive does; the will is gone at once",
    ),
    (
        "MQTT-3.14.4 DISCONNECT closes the connection (5)",
        "the client closes it, or its keep-alive does; the will is gone at once",
    ),
    ("MQTT-3.11.3 UNSUBACK says that there was no subscription (5)", "always says success"),
    (
        "MQTT-3.1.4-3 a client that is taken over is told why (5)",
        "rmqtt closes before it sends its DISCONNECT",
    ),
    ("MQTT-3.3.2-9 a topic alias above the maximum (5)", "rmqtt counts the aliases, whatever their numbers"),
    ("MQTT-3.3.4-6 a subscription identifier from a client (5)", "taken as if it were not there"),
    (
        "MQTT-3.8.3-4 no local on a shared subscription (5)",
        "shared subscriptions are not offered, and the filter matches nothing",
    ),
];

/// What was found to be otherwise than expected.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    /// Whether the standard is kept here, or is known not to be.
    fn check(&mut self, case: impl Into<String>, is_kept: bool) {
        let case = case.into();
        match EXCEPTIONS.iter().find(|(name, _)| *name == case) {
            None if !is_kept => self.0.push(format!("not kept: {case}")),
            Some(_) if is_kept => self.0.push(format!("kept, no exception any more: {case}")),
            _ => {}
        }
    }
}

impl Drop for Findings {
    fn drop(&mut self) {
        assert!(self.0.is_empty() || std::thread::panicking(), "{:#?}", self.0);
    }
}

struct Floor {
    server: Server,
    ann: Credentials,
    ben: Credentials,
    home: Home,
}

async fn floor() -> Floor {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    Floor { server: home.serve().await, ann, ben, home }
}

impl Floor {
    async fn ann(&self, level: u8, client: &str) -> Wire {
        Wire::sign_in(self.server.broker(), &Connect::new(level, &self.ann, client)).await.0
    }

    async fn ben(&self, level: u8, client: &str) -> Wire {
        Wire::sign_in(self.server.broker(), &Connect::new(level, &self.ben, client)).await.0
    }
}

/// How long an answer is waited for: as long as for anything, or for a moment where it is known that none comes.
fn patience(case: &str) -> Duration {
    let is_known = EXCEPTIONS.iter().any(|(name, _)| *name == case);
    if is_known { Duration::from_secs(3) } else { DEADLINE }
}

/// What comes in answer to something; a ping after it makes sure that there is an answer to whatever is a whole packet.
async fn answer(wire: &mut Wire, case: &str, bytes: &[u8]) -> Option<Packet> {
    wire.send(bytes).await;
    tokio::time::timeout(patience(case), wire.ask(&[0xC0, 0])).await.unwrap_or(Some((0xD0, vec![])))
}

/// Whether the connection is closed in answer to something, perhaps after a DISCONNECT (MQTT 5) that says why.
async fn closes(wire: &mut Wire, case: &str, bytes: &[u8]) -> bool {
    answer(wire, case, bytes).await.is_none_or(|(first, _)| first == 0xE0)
}

/// The topic and payload of a PUBLISH.
fn message(level: u8, (first, body): &Packet) -> (String, String) {
    assert_eq!(first & 0xF0, 0x30, "a message was expected, not {first:#x}");
    let end = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
    let mut start = end + if first & 0b110 == 0 { 0 } else { 2 };
    if level == 5 {
        start += 1 + usize::from(body[start]);
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&body[2..end]), text(&body[start..]))
}

#[tokio::test]
async fn before_the_sign_in_only_a_right_connect_counts() {
    let (floor, mut findings) = (floor().await, Findings::default());
    let broker = floor.server.broker();
    for level in LEVELS {
        let right = Connect::new(level, &floor.ann, "c").bytes();
        let changed = |at: usize, byte: u8| {
            let mut bytes = right.clone();
            bytes[at] = byte;
            bytes
        };
        // The header is two bytes, the name six, then the level and the flags.
        let wrong = [
            ("MQTT-3.1.0-1 the first packet is a CONNECT", vec![0xC0, 0]),
            (
                "MQTT-3.1.0-1 the first packet is not a PUBLISH",
                publish(level, 0, &floor.ann.topic, None, "x"),
            ),
            ("MQTT-3.1.2-1 the name of the protocol", changed(4, b'X')),
            ("MQTT-3.1.2-3 the reserved flag is zero", changed(9, right[9] | 1)),
            ("MQTT-3.1.2-14 a will has a QoS of 0, 1 or 2", changed(9, right[9] | 0b0001_1100)),
            ("MQTT-2.2.2-2 the reserved bits of the header are zero", changed(0, 0x11)),
            ("a remaining length has four bytes at most", vec![0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ];
        for (case, bytes) in wrong {
            let (mut wire, case) = (Wire::open(broker).await, format!("{case} ({level})"));
            let kept = match answer(&mut wire, &case, &bytes).await {
                None => true,
                // Refusing first is allowed.
                Some((0x20, body)) => body[1] != 0 && wire.next().await.is_none(),
                Some(_) => false,
            };
            findings.check(case, kept);
        }
    }
    // A level nobody knows.
    let mut bytes = Connect::new(4, &floor.ann, "c").bytes();
    bytes[8] = 9;
    let case = "MQTT-3.1.2-2 an unknown level is answered with its code";
    let answer = answer(&mut Wire::open(broker).await, case, &bytes).await;
    findings.check(case, answer.is_some_and(|(_, body)| matches!(body[..], [_, 1 | 0x84, ..])));
}

#[tokio::test]
async fn a_client_id_may_be_left_to_the_server() {
    let (floor, mut findings) = (floor().await, Findings::default());
    let broker = floor.server.broker();
    for level in LEVELS {
        let (_, present) = Wire::sign_in(broker, &Connect::new(level, &floor.ann, "")).await;
        assert!(!present);
    }
    let stays = Connect { clean: false, ..Connect::new(4, &floor.ann, "") };
    let mut wire = Wire::open(broker).await;
    assert_eq!(wire.ask(&stays.bytes()).await, Some((0x20, vec![0, 2])), "MQTT-3.1.3-8");
    assert_eq!(wire.next().await, None, "MQTT-3.1.3-8");
    // Level 5 is told its name.
    let mut wire = Wire::open(broker).await;
    let (_, body) = wire.ask(&Connect::new(5, &floor.ann, "").bytes()).await.expect("a CONNACK comes");
    findings.check("MQTT-3.1.3-7 the assigned client id is told (5)", body.contains(&0x12));
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_connection_and_nothing_else() {
    let (floor, mut findings) = (floor().await, Findings::default());
    let mut witness = floor.ben(4, "witness").await;
    for level in LEVELS {
        let topic = &floor.ann.topic;
        let none = nothing(level);
        let wrong = [
            ("MQTT-3.1.0-2 a second CONNECT", Connect::new(level, &floor.ann, "c").bytes()),
            ("MQTT-3.3.1-4 QoS 3", publish(level, 0b0110, topic, Some(1), "x")),
            ("MQTT-2.2.1-3 a PUBLISH with packet id 0", publish(level, 0b0010, topic, Some(0), "x")),
            ("MQTT-2.2.1-3 a SUBSCRIBE with packet id 0", packet(0x82, &[&[0, 0], none, &text("a"), &[0]])),
            ("MQTT-3.3.1-2 DUP without QoS", publish(level, 0b1000, topic, None, "x")),
            ("MQTT-3.8.3-2 a SUBSCRIBE without filters", packet(0x82, &[&[0, 1], none])),
            ("MQTT-3.8.1-1 the flags of SUBSCRIBE", packet(0x80, &[&[0, 1], none, &text("a"), &[0]])),
            ("MQTT-3.8.3-4 subscribing with QoS 3", packet(0x82, &[&[0, 1], none, &text("a"), &[3]])),
            ("MQTT-3.10.1-1 the flags of UNSUBSCRIBE", packet(0xA0, &[&[0, 1], none, &text("a")])),
            ("MQTT-3.10.3-2 an UNSUBSCRIBE without filters", packet(0xA2, &[&[0, 1], none])),
            ("MQTT-1.5.3-1 a topic that is not UTF-8", packet(0x30, &[&text([0xC3, 0x28]), none, b"x"])),
            ("MQTT-1.5.3-2 a topic with NUL", packet(0x30, &[&text("owntracks/\0"), none, b"x"])),
            ("MQTT-4.7.3-1 an empty filter", packet(0x82, &[&[0, 1], none, &text(""), &[0]])),
            ("a topic longer than its packet", packet(0x30, &[&[0xFF, 0xFF], b"x"])),
            ("a remaining length of five bytes", vec![0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
            ("a packet type that is not there", vec![0x00, 0x00]),
            ("a CONNACK from a client", vec![0x20, 2, 0, 0]),
        ];
        for (case, bytes) in wrong {
            let (mut wire, case) = (floor.ann(level, case).await, format!("{case} ({level})"));
            let closes = closes(&mut wire, &case, &bytes).await;
            findings.check(case, closes);
        }
        // A wildcard in a topic: nobody gets it; closing is one way to say so.
        let mut wire = floor.ann(level, "c").await;
        wire.send(&publish(level, 0b0010, &format!("{topic}/+"), Some(1), "x")).await;
        let answer = wire.next().await;
        assert!(
            answer.is_none_or(|(first, body)| first == 0xE0 || level == 4 || body[2] >= 0x80),
            "MQTT-3.3.2-2"
        );
    }
    assert_eq!(witness.rest().await, [], "the others noticed nothing");
    let believed = "SELECT count(*) FROM messages WHERE trouble = 0";
    assert_eq!(floor.home.count(believed).await, 0);
}

#[tokio::test]
async fn pings_unknown_subscriptions_and_goodbyes_are_answered() {
    let (floor, mut findings) = (floor().await, Findings::default());
    for level in LEVELS {
        let mut wire = floor.ann(level, "c").await;
        assert_eq!(wire.ask(&[0xC0, 0]).await, Some((0xD0, vec![])), "MQTT-3.12.4-1");
        let (first, body) = wire
            .ask(&packet(0xA2, &[&[0, 7], nothing(level), &text("never/subscribed")]))
            .await
            .expect("it is answered");
        assert_eq!((first, &body[..2]), (0xB0, &[0, 7][..]), "MQTT-3.10.4-5");
        if level == 5 {
            findings.check(
                "MQTT-3.11.3 UNSUBACK says that there was no subscription (5)",
                body.last() == Some(&0x11),
            );
        }
        // Each filter gets its code, in order.
        let filters = [text("owntracks/+/+"), vec![0], text("#"), vec![1], text("owntracks/ann/#"), vec![2]];
        let filters: Vec<&[u8]> = filters.iter().map(Vec::as_slice).collect();
        let (first, body) = wire
            .ask(&packet(0x82, &[&[&[0, 9][..], nothing(level)], &filters[..]].concat()))
            .await
            .expect("it is answered");
        assert_eq!(
            (first, &body[..2], &body[body.len() - 3..]),
            (0x90, &[0, 9][..], &[0, 1, 2][..]),
            "MQTT-3.8.4-5"
        );
        wire.send(&[0xE0, 0]).await;
        let case = format!("MQTT-3.14.4 DISCONNECT closes the connection ({level})");
        let ended = tokio::time::timeout(patience(&case), wire.next()).await;
        findings.check(case, ended == Ok(None));
    }
}

#[tokio::test]
async fn wills_goodbyes_and_silence() {
    let floor = floor().await;
    let broker = floor.server.broker();
    for level in LEVELS {
        let mut friend = floor.ben(level, "friend").await;
        friend.ask(&subscribe(level, "owntracks/#", 1)).await.expect("a SUBACK comes");
        let with_will =
            Connect { will: Some((&floor.ann.topic, "gone")), ..Connect::new(level, &floor.ann, "c") };
        // A goodbye takes the will along.
        let (mut wire, _) = Wire::sign_in(broker, &with_will).await;
        wire.send(&[0xE0, 0]).await;
        drop(wire);
        // Silence for one and a half times what was promised does not.
        let begun_ms = whereabouts::clock::now().as_millis();
        let (mut wire, _) = Wire::sign_in(broker, &Connect { keep_alive_s: 2, ..with_will.clone() }).await;
        let ended = wire.next().await;
        assert!(ended.is_none_or(|(first, _)| first == 0xE0), "MQTT-3.1.2-22");
        let silence_ms = whereabouts::clock::now().as_millis() - begun_ms;
        assert!(silence_ms >= 2_900, "MQTT-3.1.2-22: {silence_ms} ms");
        let (topic, payload) = message(level, &friend.next().await.expect("the will comes"));
        assert_eq!((topic, payload.as_str()), (floor.ann.topic.clone(), "gone"), "MQTT-3.1.2-8");
        assert_eq!(friend.rest().await, [], "MQTT-3.14.4-3: one will, not two");
    }
}

#[tokio::test]
async fn the_same_client_again_takes_the_session_over() {
    let (floor, mut findings) = (floor().await, Findings::default());
    for level in LEVELS {
        let mut first = floor.ann(level, "same").await;
        let mut second = floor.ann(level, "same").await;
        let ended = first.next().await;
        assert!(ended.as_ref().is_none_or(|(first, _)| *first == 0xE0), "MQTT-3.1.4-2");
        if level == 5 {
            findings.check("MQTT-3.1.4-3 a client that is taken over is told why (5)", ended.is_some());
        }
        assert_eq!(second.ask(&[0xC0, 0]).await, Some((0xD0, vec![])));
        // Another friend's client of that name is not the same.
        let mut foreign = floor.ben(level, "same").await;
        assert_eq!(foreign.ask(&[0xC0, 0]).await, Some((0xD0, vec![])));
    }
}

#[tokio::test]
async fn messages_arrive_with_the_smaller_quality_in_order_and_not_from_dollar_topics() {
    let floor = floor().await;
    for level in LEVELS {
        let mut sender = floor.ann(level, "sender").await;
        let mut once = floor.ben(level, "once").await;
        let mut all = floor.ben(level, "all").await;
        once.ask(&subscribe(level, "owntracks/+/+", 0)).await.expect("a SUBACK comes");
        all.ask(&subscribe(level, "#", 2)).await.expect("a SUBACK comes");
        all.ask(&subscribe(level, "$SYS/#", 0)).await.expect("a SUBACK comes");
        for id in 1..=3 {
            let (first, body) = sender
                .ask(&publish(level, 0b0010, &floor.ann.topic, Some(id), &id.to_string()))
                .await
                .expect("it is acknowledged");
            assert_eq!((first, &body[..2]), (0x40, &id.to_be_bytes()[..]), "MQTT-4.3.2-2");
        }
        for expected in ["1", "2", "3"] {
            let packet = once.next().await.expect("it comes");
            assert_eq!(packet.0 & 0b0110, 0, "MQTT-3.8.4-6: QoS 0 was asked for");
            assert_eq!(message(level, &packet).1, expected, "MQTT-4.6.0-6");
            let packet = all.next().await.expect("it comes");
            assert_eq!(packet.0 & 0b0110, 0b0010, "MQTT-3.8.4-6: it was published with QoS 1");
            assert_eq!(message(level, &packet).1, expected, "MQTT-4.6.0-6");
        }
        assert_eq!(once.rest().await, []);
        // Exactly once: the same again before its end is not a second one.
        let twice = publish(level, 0b0100, &floor.ann.topic, Some(9), "exactly");
        assert_eq!(sender.ask(&twice).await.expect("it is received").0, 0x50, "MQTT-4.3.3-2");
        let again = publish(level, 0b1100, &floor.ann.topic, Some(9), "exactly");
        assert_eq!(sender.ask(&again).await.expect("it is received").0, 0x50, "MQTT-4.3.3-2");
        let (first, body) = sender.ask(&packet(0x62, &[&[0, 9]])).await.expect("it is complete");
        assert_eq!((first, &body[..2]), (0x70, &[0, 9][..]), "MQTT-4.3.3-2");
        let received = once.next().await.expect("it comes");
        assert_eq!(message(level, &received).1, "exactly", "MQTT-4.3.3-2");
        assert_eq!(once.rest().await, [], "MQTT-4.3.3-2");
    }
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again() {
    let (floor, mut findings) = (floor().await, Findings::default());
    let broker = floor.server.broker();
    for level in LEVELS {
        // A session that stays: level 5 says for how long.
        let properties: &[u8] = if level == 5 { &[0x11, 0, 0, 0x0E, 0x10] } else { &[] };
        let client = format!("asleep{level}");
        let stays = Connect { clean: false, properties, ..Connect::new(level, &floor.ben, &client) };
        let (mut wire, present) = Wire::sign_in(broker, &stays).await;
        assert!(!present, "MQTT-3.2.2-3");
        wire.ask(&subscribe(level, "owntracks/+/+", 1)).await.expect("a SUBACK comes");
        let mut sender = floor.ann(level, "sender").await;
        sender
            .ask(&publish(level, 0b0010, &floor.ann.topic, Some(1), "twice"))
            .await
            .expect("is acknowledged");
        let first = wire.next().await.expect("it comes");
        assert_eq!(first.0 & 0b1000, 0, "MQTT-3.3.1-1: the first time");
        drop(wire);
        let (mut wire, present) = Wire::sign_in(broker, &stays).await;
        assert!(present, "MQTT-3.2.2-2");
        let second = wire.next().await.expect("it comes again");
        assert_eq!(message(level, &second), message(level, &first), "MQTT-4.4.0-1");
        assert_eq!(second.0 & 0b1000, 0b1000, "MQTT-3.3.1-1: DUP");
        let id = |packet: &Packet| {
            let at = 2 + usize::from(u16::from_be_bytes([packet.1[0], packet.1[1]]));
            [packet.1[at], packet.1[at + 1]]
        };
        findings.check(format!("MQTT-4.4.0-1 with the same packet id ({level})"), id(&second) == id(&first));
        wire.send(&packet(0x40, &[&id(&second)])).await;
        assert_eq!(wire.rest().await, []);
        // A clean start forgets it all.
        let (mut wire, present) = Wire::sign_in(broker, &Connect { clean: true, ..stays.clone() }).await;
        assert!(!present, "MQTT-3.2.2-2");
        sender
            .ask(&publish(level, 0b0010, &floor.ann.topic, Some(2), "unheard"))
            .await
            .expect("is acknowledged");
        assert_eq!(wire.rest().await, [], "MQTT-3.1.2-6");
    }
}

#[tokio::test]
async fn retained_messages_come_with_the_subscription_and_go_with_an_empty_one() {
    let floor = floor().await;
    for level in LEVELS {
        let mut sender = floor.ann(level, "sender").await;
        let mut early = floor.ben(level, "early").await;
        early.ask(&subscribe(level, &floor.ann.topic, 1)).await.expect("a SUBACK comes");
        sender
            .ask(&publish(level, 0b0011, &floor.ann.topic, Some(1), "kept"))
            .await
            .expect("is acknowledged");
        let live = early.next().await.expect("it comes");
        assert_eq!(live.0 & 1, 0, "MQTT-3.3.1-9: live, not retained");
        let mut late = floor.ben(level, "late").await;
        late.ask(&subscribe(level, "owntracks/+/+", 1)).await.expect("a SUBACK comes");
        let packet = late.next().await.expect("it comes");
        assert_eq!((packet.0 & 1, message(level, &packet).1.as_str()), (1, "kept"), "MQTT-3.3.1-8");
        sender.ask(&publish(level, 0b0011, &floor.ann.topic, Some(2), "")).await.expect("is acknowledged");
        let mut later = floor.ben(level, "later").await;
        later.ask(&subscribe(level, "owntracks/+/+", 1)).await.expect("a SUBACK comes");
        assert_eq!(later.rest().await, [], "MQTT-3.3.1-10");
    }
}

#[tokio::test]
async fn what_only_mqtt_5_knows() {
    let (floor, mut findings) = (floor().await, Findings::default());
    let broker = floor.server.broker();
    let topic = &floor.ann.topic;
    let wrong_connects: [(&str, &[u8]); 4] = [
        ("MQTT-3.1.2 a receive maximum of 0 (5)", &[0x21, 0, 0]),
        ("MQTT-3.1.2 a property twice (5)", &[0x21, 0, 1, 0x21, 0, 1]),
        ("MQTT-3.1.2 a property that does not belong here (5)", &[0x23, 0, 1]),
        ("MQTT-3.1.2 a maximum packet size of 0 (5)", &[0x27, 0, 0, 0, 0]),
    ];
    for (case, properties) in wrong_connects {
        let mut wire = Wire::open(broker).await;
        let answer = wire.ask(&Connect { properties, ..Connect::new(5, &floor.ann, "c") }.bytes()).await;
        findings.check(case, answer.is_none_or(|(first, body)| first != 0x20 || body[1] >= 0x80));
    }
    // Enhanced authentication is not offered.
    let method = Connect { properties: &[0x15, 0, 1, b'X'], ..Connect::new(5, &floor.ann, "c") };
    let (_, body) = Wire::open(broker).await.ask(&method.bytes()).await.expect("a CONNACK comes");
    assert_eq!(body[1], 0x8C, "MQTT-4.12.0-1");
    let wrong = [
        ("MQTT-3.3.2-8 a topic alias of 0 (5)", packet(0x30, &[&text(topic), &[3, 0x23, 0, 0], b"x"])),
        (
            "MQTT-3.3.2-9 a topic alias above the maximum (5)",
            packet(0x30, &[&text(topic), &[3, 0x23, 1, 0], b"x"]),
        ),
        (
            "MQTT-3.3.4-6 a subscription identifier from a client (5)",
            packet(0x30, &[&text(topic), &[2, 0x0B, 1], b"x"]),
        ),
        ("MQTT-4.12.0 an AUTH packet (5)", vec![0xF0, 0]),
        ("MQTT-3.8.3-5 reserved subscription options (5)", packet(0x82, &[&[0, 1, 0], &text("a"), &[0xC0]])),
        (
            "MQTT-3.8.3-4 no local on a shared subscription (5)",
            packet(0x82, &[&[0, 1, 0], &text("$share/g/a"), &[4]]),
        ),
    ];
    for (case, bytes) in wrong {
        let mut wire = floor.ann(5, case).await;
        let kept = match answer(&mut wire, case, &bytes).await {
            None | Some((0xE0, _)) => true,
            Some((_, body)) => body.last().is_some_and(|code| *code >= 0x80),
        };
        findings.check(case, kept);
    }
    let mut sender = floor.ann(5, "sender").await;
    // No local, and retain as published.
    sender.ask(&subscribe(5, "owntracks/#", 0b0100)).await.expect("a SUBACK comes");
    let mut friend = floor.ben(5, "friend").await;
    let identified = packet(0x82, &[&[0, 1], &[2, 0x0B, 7], &text("owntracks/#"), &[0b1000]]);
    friend.ask(&identified).await.expect("a SUBACK comes");
    sender.ask(&publish(5, 0b0011, topic, Some(1), "kept")).await.expect("it is acknowledged");
    assert_eq!(sender.rest().await, [], "MQTT-3.8.3-3: no local");
    let packet = friend.next().await.expect("it comes");
    assert_eq!(packet.0 & 1, 1, "MQTT-3.8.4: retain as published");
    findings.check(
        "MQTT-3.3.4-3 the subscription's identifier comes along (5)",
        packet.1.windows(2).any(|two| two == [0x0B, 7]),
    );
    // Retain handling: 2 never, 1 only for a new subscription, 0 always.
    for (handling, times) in [(2_u8, [0, 0]), (1, [1, 0]), (0, [1, 1])] {
        let mut wire = floor.ben(5, "late").await;
        for expected in times {
            wire.ask(&subscribe(5, topic, handling << 4)).await.expect("a SUBACK comes");
            if expected == 1 {
                let kept = wire.next().await.expect("it comes");
                assert_eq!(kept.0 & 0xF1, 0x31, "MQTT-3.3.1-9 to 11: handling {handling}");
            }
            assert_eq!(wire.rest().await, [], "MQTT-3.3.1-9 to 11: handling {handling}");
        }
    }
    friend.rest().await;
    // A shared subscription is granted, or refused with its code.
    let shared = friend.ask(&subscribe(5, "$share/g/owntracks/#", 0)).await.expect("a SUBACK comes");
    assert_eq!(shared.0, 0x90);
    // Whoever asks for small packets gets no large ones.
    let small = Connect { properties: &[0x27, 0, 0, 0, 64], ..Connect::new(5, &floor.ben, "small") };
    let (mut small, _) = Wire::sign_in(broker, &small).await;
    small.ask(&subscribe(5, "owntracks/+/+", 0b10_0000)).await.expect("a SUBACK comes");
    sender.ask(&publish(5, 0b0010, topic, Some(2), &"x".repeat(200))).await.expect("it is acknowledged");
    sender.ask(&publish(5, 0b0010, topic, Some(3), "short")).await.expect("it is acknowledged");
    let first = small.next().await;
    findings.check(
        "MQTT-3.1.2-24 no packet larger than the client takes (5)",
        first.is_some_and(|packet| message(5, &packet).1 == "short"),
    );
}
