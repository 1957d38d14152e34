//! Speaking as somebody else, and listening to what is meant for others.

use crate::support::{
    Credentials, Home, Phone, Server, eventually, location, now_s,
    wire::{Connect, Wire, publish, subscribe},
};

/// Ann and Ben of one family, Eve of a club.
async fn three(home: &Home) -> [Credentials; 3] {
    [
        home.device("ann", "phone", &["--group", "Family"]).await,
        home.device("ben", "phone", &["--group", "Family"]).await,
        home.device("eve", "phone", &["--group", "Club"]).await,
    ]
}

/// What a friend is known to have reported.
async fn fixes(server: &Server, friend: &str, token: &str) -> usize {
    server.items(&format!("/api/v1/fixes?friend={friend}"), token).await.len()
}

#[tokio::test]
async fn whoever_takes_the_client_identifier_of_another_gets_nothing_of_theirs() {
    let home = Home::new();
    let [ann, ben, eve] = three(&home).await;
    let server = home.serve().await;
    for level in [4, 5] {
        // A session that is kept (MQTT 5: for an hour), with something in its queue.
        let kept: &[u8] = if level == 5 { &[0x11, 0, 0, 0x0e, 0x10] } else { &[] };
        let connect = |credentials| Connect {
            clean: false,
            properties: kept,
            ..Connect::new(level, credentials, "the-same")
        };
        let (mut phone, _) = Wire::sign_in(server.broker(), &connect(&ann)).await;
        phone.ask(&subscribe(level, "owntracks/#", 1)).await;
        drop(phone);
        let mut speaker = Phone::connect(server.broker(), &ben).await;
        speaker.publish("", location(now_s(), 48.123_456, 16.37)).await;
        let (mut thief, had_session) = Wire::sign_in(server.broker(), &connect(&eve)).await;
        let heard = thief.rest().await;
        assert!(!had_session && heard.is_empty(), "level {level}: {heard:?}");
        speaker.publish("", location(now_s(), 48.123_457, 16.37)).await;
        assert!(thief.rest().await.is_empty(), "level {level}: nor later");
        drop(thief);
    }
}

#[tokio::test]
async fn neither_a_last_will_nor_a_topic_with_tricks_speaks_for_another() {
    let home = Home::new();
    let [ann, ben, _] = three(&home).await;
    let token = home.token("read", &[]).await;
    let server = home.serve().await;
    let lie = location(now_s(), 1.0, 1.0);
    let mut lies = 0;
    for (number, topic) in [
        "owntracks/ann/phone",
        "owntracks/ann/phone/",
        "owntracks//ann/phone",
        "owntracks/ben/phone/../../ann/phone",
        "owntracks/ben/../ann/phone",
        "OWNTRACKS/ann/phone",
        "owntracks/ann/PHONE",
        "owntracks/ann%2Fphone",
        "owntracks/ann/phone\u{0}",
        "$SYS/owntracks/ann/phone",
        "$share/x/owntracks/ann/phone",
        "$delayed/0/owntracks/ann/phone",
        "$exclusive/owntracks/ann/phone",
        "owntracks/ann/phone/event",
    ]
    .into_iter()
    .enumerate()
    {
        // Published; and left behind as a last will. Whether it is let in with such a will is the broker's.
        let (mut wire, _) = Wire::sign_in(server.broker(), &Connect::new(4, &ben, "liar")).await;
        lies += i64::from(wire.ask(&publish(4, 0b0010, topic, Some(1), &lie)).await.is_some());
        drop(wire);
        let mut dying = Wire::open(server.broker()).await;
        let name = format!("dying-{number}");
        let will = Connect { will: Some((topic, &lie)), ..Connect::new(4, &ben, &name) };
        lies += i64::from(dying.ask(&will.bytes()).await == Some((0x20, vec![0, 0])));
        drop(dying);
    }
    assert!(lies > 14, "{lies}");
    // Each is in the log, those let in too, and one of them is below ben's own topic, whatever its levels are called.
    eventually("the last of the wills has come", async || {
        (home.count("SELECT count(*) FROM messages").await == lies).then_some(())
    })
    .await;
    let mut phone = Phone::connect(server.broker(), &ben).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(fixes(&server, "ann", &token).await, 1, "nobody but her own phone");
    let told = server.json("/api/v1/friends", &token).await.to_string();
    assert!(!told.contains("\"lat\":1.0"), "{told}");
}

#[tokio::test]
async fn no_subscription_leads_to_another_group_or_into_the_broker() {
    let home = Home::new();
    let [ann, _, eve] = three(&home).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.retain("", location(now_s(), 48.123_456, 16.37)).await;
    for (number, filter) in [
        "#",
        "+/#",
        "+/+/+",
        "owntracks/#",
        "owntracks/ann/#",
        "owntracks/ann/phone",
        "/#",
        "$SYS/#",
        "$SYS/brokers/+/clients/#",
        "$share/mine/owntracks/#",
        "$share/mine/#",
        "$exclusive/owntracks/ann/phone",
        "$limit/9/owntracks/#",
        "$queue/owntracks/#",
    ]
    .into_iter()
    .enumerate()
    {
        for level in [4, 5] {
            let name = format!("ear-{number}-{level}");
            let (mut ear, _) = Wire::sign_in(server.broker(), &Connect::new(level, &eve, &name)).await;
            let answered = ear.ask(&subscribe(level, filter, 1)).await;
            phone.publish("", location(now_s(), 48.123_456, 16.37)).await;
            // What is refused may cost the connection; then there is nothing more to hear.
            let (heard, _) = ear.heard().await;
            for (_, body) in answered.iter().chain(&heard) {
                let said = String::from_utf8_lossy(body);
                assert!(!said.contains("48.123456") && !said.contains("ann"), "{filter}: {said}");
            }
        }
    }
}
