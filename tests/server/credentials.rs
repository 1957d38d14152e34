//! A device's connection follows its credentials: a new password or its removal ends its sessions, wherever that was done.

use crate::support::{Credentials, Home, Phone, Phone5, Server, eventually, location, now_s};
use rumqttc::v5::mqttbytes::v5::PublishProperties;

async fn is_let_in(server: &Server, credentials: &Credentials) -> bool {
    Phone::connect_with(Phone::options(server.broker(), credentials), &credentials.topic).await.is_ok()
}

/// What a friend who subscribes now finds retained on a topic; `marker` is published after the subscription.
async fn kept(server: &Server, friend: &Credentials, topic: &str) -> Vec<String> {
    let mut phone = Phone::connect(server.broker(), friend).await;
    phone.subscribe(topic).await;
    phone.subscribe(&friend.topic).await;
    phone.publish("", "the end").await;
    let mut found = Vec::new();
    loop {
        let publish = phone.receive().await;
        if publish.payload == "the end" {
            return found;
        }
        found.push(String::from_utf8_lossy(&publish.payload).into_owned());
    }
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_the_old_one() {
    let home = Home::new();
    let (old, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let tablet = home.device("ann", "tablet", &[]).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &old).await;
    phone.retain("", location(now_s(), 48.2, 16.37)).await;
    let mut others =
        [Phone::connect(server.broker(), &ben).await, Phone::connect(server.broker(), &tablet).await];
    // At the terminal, that is in another process; nobody asks the server anything.
    let new = home.device("ann", "phone", &[]).await;
    phone.cut_off().await;
    assert!(!is_let_in(&server, &old).await, "the old password is worth nothing");
    let mut phone = Phone::connect(server.broker(), &new).await;
    phone.publish("", location(now_s(), 48.3, 16.37)).await;
    for other in &mut others {
        other.publish("", location(now_s(), 48.4, 16.37)).await;
    }
    assert_eq!(kept(&server, &ben, &old.topic).await.len(), 1, "it is still the same device");
}

#[tokio::test]
async fn a_sleeping_session_does_not_outlive_its_password() {
    let home = Home::new();
    let (old, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve().await;
    let options = |credentials| {
        let mut options = Phone5::options(server.broker(), credentials);
        options.set_clean_start(false).set_session_expiry_interval(Some(3600));
        options
    };
    let mut asleep = Phone5::connect_with(options(&old)).await.expect("is let in");
    asleep.subscribe("owntracks/+/+").await;
    drop(asleep);
    let new = home.device("ann", "phone", &[]).await;
    Phone::connect(server.broker(), &ben).await.publish("", location(now_s(), 48.2, 16.37)).await;
    eventually("the session is gone", async || {
        let figures = server.get("/metrics").send().await.text();
        figures.contains("whereabouts_mqtt_connections 0\n").then_some(())
    })
    .await;
    let back = Phone5::connect_with(options(&new)).await.expect("the new password is right");
    assert!(!back.greeting.session_present, "whoever has the new password starts afresh");
}

#[tokio::test]
async fn a_removed_device_is_cut_off_and_leaves_nothing_behind() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve().await;
    let cookie = server.sign_in("root").await;
    for by_page in [true, false] {
        let ann = if by_page { ann.clone() } else { home.device("ann", "phone", &[]).await };
        eventually("it is known", async || is_let_in(&server, &ann).await.then_some(())).await;
        let mut phone = Phone5::connect(server.broker(), &ann).await;
        phone
            .publish_with(&ann.topic, true, &location(now_s(), 48.2, 16.37), PublishProperties::default())
            .await;
        assert_eq!(kept(&server, &ben, &ann.topic).await.len(), 1);
        if by_page {
            let id = home.texts("SELECT lower(hex(devices.id)) FROM devices JOIN friends ON friends.id = friend_id WHERE friends.name = 'ann'").await;
            let form = format!("id={}", id[0]);
            let answer = server.post("/api/remove_device").cookie(&cookie).form(form).send().await;
            assert!(answer.status.is_success() || answer.status.is_redirection(), "{}", answer.text());
        } else {
            home.command_ok(&["device", "remove", "ann", "phone"], "").await;
        }
        while phone.answer().await.is_some() {}
        assert!(!is_let_in(&server, &ann).await);
        // Not even when there is a device of that name again.
        let again = home.device("ann", "phone", &[]).await;
        eventually("it is known", async || is_let_in(&server, &again).await.then_some(())).await;
        assert_eq!(kept(&server, &ben, &ann.topic).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_removal_at_the_terminal_does_not_disturb_the_others() {
    let home = Home::new();
    let (ann, ben) = (home.device("ann", "phone", &[]).await, home.device("ben", "phone", &[]).await);
    let server = home.serve().await;
    let broker = server.broker();
    let walking = tokio::spawn(async move {
        let mut phone = Phone::connect(broker, &ann).await;
        let mut second = now_s() - 100_000;
        while phone.try_publish(&ann.topic, location(second, 48.2, 16.37).as_bytes(), true).await.is_ok() {
            second += 1;
        }
    });
    eventually("it walks", async || (home.count("SELECT count(*) FROM fixes").await > 10).then_some(()))
        .await;
    home.command_ok(&["device", "remove", "ann", "phone"], "").await;
    walking.await.expect("the phone is cut off");
    let mut phone = Phone::connect(server.broker(), &ben).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 1, "nothing of the removed device is left");
    assert_eq!(home.count("SELECT count(*) FROM retained").await, 0, "neither is what it had retained");
}
