//! Somebody else's broker: a real Mosquitto that is stopped and started, with us as its subscriber.

use crate::support::{Home, Mosquitto, Phone, Server, a_phone, eventually, location, now_s};

/// Waits until so many fixes are stored.
async fn stored(home: &Home, wanted: usize) {
    let wanted = i64::try_from(wanted).expect("is small");
    eventually("every message has arrived", async || {
        (home.count("SELECT count(*) FROM fixes").await >= wanted).then_some(())
    })
    .await;
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, wanted, "nothing is stored twice");
}

/// Publishes one message, and waits until it is stored: from then on we are subscribed.
async fn subscribed(home: &Home, server: &Server, publisher: &mut Phone, tst: i64) {
    eventually("we are subscribed", async || {
        server.log().contains("connected to the MQTT broker").then_some(())
    })
    .await;
    eventually("the first message arrives", async || {
        publisher.publish("", location(tst, 1.0, 1.0)).await;
        (home.count("SELECT count(*) FROM fixes").await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn positions_arrive_and_make_their_friends() {
    let home = Home::new();
    let token = home.token("read", &[]).await;
    let mosquitto = Mosquitto::start(&home, "").await;
    let mut early = mosquitto.connect("owntracks/old/phone").await;
    early.retain("", location(now_s() - 9000, 47.0, 16.37)).await;
    let server = home.serve_behind(&mosquitto).await;
    let mut publisher = mosquitto.connect("owntracks/Ann/Phone").await;
    stored(&home, 1).await;
    publisher.publish("", location(now_s(), 48.2, 16.37)).await;
    publisher
        .publish("/event", r#"{"_type":"transition","event":"enter","desc":"X","tst":1,"wtst":1}"#)
        .await;
    publisher.try_publish("owntracks/short", b"{}", false).await.expect("Mosquitto takes it");
    publisher
        .try_publish("elsewhere/ann/phone", location(1, 1.0, 1.0).as_bytes(), false)
        .await
        .expect("as above");
    publisher.try_publish("owntracks/nobody/phone", b"garbage", false).await.expect("as above");
    publisher.publish("", location(now_s() + 1, 48.3, 16.37)).await;
    stored(&home, 3).await;
    let friends = server.items("/api/v1/friends", &token).await;
    let names: Vec<_> = friends.iter().filter_map(|friend| friend["name"].as_str()).collect();
    assert_eq!(names, ["Ann", "old"]);
    assert_eq!(server.items("/api/v1/fixes?friend=ann&device=phone", &token).await.len(), 2);
    let log = home.texts("SELECT topic || ' ' || verdict FROM messages WHERE trouble = 1 ORDER BY id").await;
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].starts_with("owntracks/short unreadable: "), "{log:?}");
    assert!(log[1].starts_with("owntracks/nobody/phone "), "{log:?}");
}

#[tokio::test]
async fn every_acknowledged_message_is_stored_once_although_the_broker_restarts() {
    const MESSAGES: i64 = 400;
    let home = Home::new();
    let mut mosquitto = Mosquitto::start(&home, "").await;
    let server = home.serve_behind(&mosquitto).await;
    let start = now_s() - 10_000;
    let mut publisher = mosquitto.connect("owntracks/ann/phone").await;
    subscribed(&home, &server, &mut publisher, start).await;
    for number in 1..MESSAGES {
        if number % 150 == 0 {
            // In mid-flow: nobody has waited until we have had everything.
            mosquitto.stop().await;
            mosquitto.start_again().await;
        }
        // Not acknowledged means once more, as phones do.
        let payload = location(start + number, 48.2, 16.37);
        while publisher.try_publish("owntracks/ann/phone", payload.as_bytes(), false).await.is_err() {
            publisher = mosquitto.connect("owntracks/ann/phone").await;
        }
    }
    stored(&home, usize::try_from(MESSAGES).expect("is small")).await;
    assert_eq!(server.stop().await.code(), Some(0));
}

#[tokio::test]
async fn what_queues_up_while_the_server_is_away_arrives() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    let start = now_s() - 10_000;
    let mut publisher = mosquitto.connect("owntracks/ann/phone").await;
    let mut server = home.serve_behind(&mosquitto).await;
    subscribed(&home, &server, &mut publisher, start).await;
    let mut sent = 1;
    for is_polite in [true, false] {
        // Some still on their way while it ends, some while it is away.
        for number in 0..200 {
            if number == 100 {
                if is_polite {
                    assert_eq!(server.stop().await.code(), Some(0));
                } else {
                    server.kill();
                }
                server = home.serve_with(&["--mqtt-url", "mqtt://127.0.0.1:1"]).await;
            }
            publisher
                .publish("", location(start + i64::try_from(sent).expect("is small"), 48.2, 16.37))
                .await;
            sent += 1;
        }
        assert_eq!(server.stop().await.code(), Some(0), "an absent broker does not keep it");
        server = home.serve_behind(&mosquitto).await;
        stored(&home, sent).await;
    }
}

#[tokio::test]
async fn a_broker_that_comes_later_is_found() {
    let home = Home::new();
    let mut mosquitto = Mosquitto::start(&home, "").await;
    mosquitto.stop().await;
    let server = home.serve_behind(&mosquitto).await;
    assert_eq!(server.get("/readyz").send().await.status, 200, "the web page does not wait for it");
    mosquitto.start_again().await;
    let mut publisher = mosquitto.connect("owntracks/ann/phone").await;
    subscribed(&home, &server, &mut publisher, now_s()).await;
}

/// A Mosquitto that joins itself to our broker, in both directions, as its manual says.
async fn joined(home: &Home, server: &Server, token: &str) -> Mosquitto {
    let lines = [
        "connection whereabouts".to_owned(),
        format!("address {}", server.broker()),
        "remote_username home".to_owned(),
        format!("remote_password {token}"),
        "remote_clientid home-bridge".to_owned(),
        "topic owntracks/# both 1".to_owned(),
        "notifications false\ntry_private false\ncleansession false\nrestart_timeout 1".to_owned(),
    ];
    let mosquitto = Mosquitto::start(home, &lines.join("\n")).await;
    eventually("it has signed in", async || {
        let figures = server.get("/metrics").send().await.text();
        figures.contains("whereabouts_mqtt_connections 1\n").then_some(())
    })
    .await;
    mosquitto
}

#[tokio::test]
async fn a_mosquitto_may_join_itself_to_us_in_both_directions() {
    let (home, ann, token, server) = a_phone("write").await;
    let mosquitto = joined(&home, &server, &token).await;
    // From us to there.
    let mut there = mosquitto.connect("owntracks/ben/phone").await;
    there.subscribe("owntracks/#").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let position = location(now_s(), 48.2, 16.37);
    eventually("it arrives over there", async || {
        phone.publish("", &position).await;
        let wait = std::time::Duration::from_millis(300);
        tokio::time::timeout(wait, there.receive()).await.ok().filter(|publish| publish.topic == ann.topic)
    })
    .await;
    // From there to us, also to a friend who listens here.
    phone.subscribe("owntracks/+/+").await;
    let position = location(now_s(), 48.3, 16.37);
    there.publish("", &position).await;
    loop {
        let heard = phone.receive().await;
        if heard.topic == "owntracks/ben/phone" {
            assert_eq!(heard.payload, position);
            break;
        }
    }
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 2);
    // What is nobody's is not passed on, and does not end the connection.
    there.try_publish("owntracks", b"nobody's", false).await.expect("Mosquitto takes it");
    there.publish("", location(now_s() + 1, 48.3, 16.37)).await;
    eventually("the next one arrives", async || {
        (home.count("SELECT count(*) FROM fixes").await == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn joined_and_subscribed_at_the_same_time_nothing_goes_round_in_circles() {
    const EACH: i64 = 20;
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let token = home.token("write", &[]).await;
    // Our own subscription needs the other broker's address, and its connection needs ours.
    let first = home.serve().await;
    let address = first.broker().to_string();
    let mosquitto = joined(&home, &first, &token).await;
    assert_eq!(first.stop().await.code(), Some(0));
    let server = home.serve_with(&["--mqtt-listen", &address, "--mqtt-url", &mosquitto.url()]).await;
    eventually("we are subscribed, and it has joined again", async || {
        let figures = server.get("/metrics").send().await.text();
        let joined = figures.contains("whereabouts_mqtt_connections 1\n");
        (joined && server.log().contains("connected to the MQTT broker")).then_some(())
    })
    .await;
    let mut there = mosquitto.connect("owntracks/ben/phone").await;
    let mut listener = mosquitto.connect("owntracks/cid/phone").await;
    listener.subscribe("owntracks/#").await;
    let mut here = Phone::connect(server.broker(), &ann).await;
    let start = now_s() - 1_000;
    for number in 0..EACH {
        here.publish("", location(start + number, 48.2, 16.37)).await;
        there.publish("", location(start + number, 48.3, 16.37)).await;
    }
    // Each message comes to us twice at most: by its own door, and by the other broker's.
    let most = 4 * EACH;
    let all = async || home.count("SELECT count(*) FROM messages").await;
    eventually("everything has come both ways", async || (all().await >= most).then_some(())).await;
    // Whatever goes round would still be going while these follow.
    for number in EACH..2 * EACH {
        here.publish("", location(start + number, 48.2, 16.37)).await;
    }
    eventually("these as well", async || (all().await >= most + 2 * EACH).then_some(())).await;
    assert_eq!(all().await, most + 2 * EACH, "nothing more than twice");
    stored(&home, usize::try_from(3 * EACH).expect("is small")).await;
    let mut heard = std::collections::HashMap::<String, usize>::new();
    for _ in 0..3 * EACH {
        let publish = listener.receive().await;
        *heard.entry(publish.topic).or_default() += 1;
    }
    assert_eq!(
        (heard.get(&ann.topic), heard.get("owntracks/ben/phone")),
        (Some(&40), Some(&20)),
        "each once"
    );
}

#[tokio::test]
async fn only_a_token_of_the_whole_server_that_may_write_joins_brokers() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let wrong = [home.token("read", &[]).await, home.token("admin", &["--user", "ann"]).await, "wa_x".into()];
    let right = home.token("write", &[]).await;
    let server = home.serve().await;
    let sign_in = async |password: &str| {
        let credentials = crate::support::Credentials {
            username: "bridge".into(),
            password: password.into(),
            topic: "bridge".into(),
        };
        Phone::connect_with(Phone::options(server.broker(), &credentials), "bridge").await.is_ok()
    };
    for token in wrong {
        assert!(!sign_in(&token).await);
    }
    assert!(sign_in(&right).await);
}
