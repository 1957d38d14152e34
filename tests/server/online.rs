//! Who is online, by pages that are open in browsers: told to those to whom they show something of now, on the live line and over the interface.

use crate::support::{Home, Live, Server, circle, eventually};
use domain::{
    FriendId,
    live::{Change, LiveMessage, Snapshot},
};
use http::Method;
use serde_json::{Value, json};

fn named<'s>(snapshot: &'s Snapshot, name: &str) -> &'s domain::live::LiveFriend {
    snapshot.friends.iter().find(|live| live.friend.name.as_str() == name).expect("is known")
}

/// What a message says of a friend's being online, oldest first.
fn said_of(message: &LiveMessage, friend: FriendId) -> Vec<bool> {
    let of_change = |change: &Change| {
        if let Change::Online(of, online) = change {
            return Some(*online).filter(|_| *of == friend);
        }
        let Change::Friend(live) = change else { return None };
        Some(live.online).filter(|_| live.friend.id == friend)
    };
    match message {
        LiveMessage::Snapshot(snapshot) => {
            snapshot.friends.iter().filter(|live| live.friend.id == friend).map(|live| live.online).collect()
        }
        LiveMessage::Delta(delta) => delta.changes.iter().filter_map(of_change).collect(),
        LiveMessage::Heartbeat(_) => Vec::new(),
    }
}

/// The next that a line says of a friend's being online; and how many signs of life came before.
async fn told(live: &mut Live, friend: FriendId) -> (bool, usize) {
    let mut beats = 0;
    loop {
        let message = live.message().await;
        beats += usize::from(matches!(message, LiveMessage::Heartbeat(_)));
        match said_of(&message, friend).as_slice() {
            [] => {}
            [online] => return (*online, beats),
            more => unreachable!("it is said once: {more:?}"),
        }
    }
}

/// A line that says nothing of a friend's being online for so many signs of life.
async fn says_nothing(live: &mut Live, friend: FriendId, beats: usize) {
    let mut left = beats;
    while left > 0 {
        let message = live.message().await;
        assert!(said_of(&message, friend).is_empty(), "{message:?}");
        left -= usize::from(matches!(message, LiveMessage::Heartbeat(_)));
    }
}

/// Whether a friend is online, by the interface and by the question of a page.
async fn asked(server: &Server, cookie: &str, name: &str) -> Option<bool> {
    let list = server.get("/api/v1/friends").cookie(cookie).send().await.json();
    let items = list["items"].as_array().expect("is a list").clone();
    let listed = items.into_iter().find(|friend| friend["name"] == name);
    let listed = listed.map(|friend| friend["online"].as_bool().expect("is always said"));
    let latest = server.get("/api/latest").cookie(cookie).send().await;
    let latest: Snapshot = serde_json::from_slice(&latest.body).expect("is a snapshot");
    let seen = latest.friends.iter().find(|live| live.friend.name.as_str() == name);
    assert_eq!(listed, seen.map(|live| live.online), "both say the same");
    listed
}

async fn shares(server: &Server, cookie: &str, with: &str, body: Value) {
    let path = format!("/api/v1/friends/me/sharing/{with}");
    let answer = server.ask(Method::PUT, &path).cookie(cookie).json(&body).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn pauses(server: &Server, cookie: &str, method: Method) {
    let asked = server.ask(method, "/api/v1/friends/me/pause").cookie(cookie);
    let answer = asked.json(&json!({"until": null, "quiet": false})).send().await;
    assert!(answer.status.is_success(), "{}", answer.text());
}

#[tokio::test]
async fn a_friend_comes_and_goes_before_those_to_whom_they_show_something_of_now() {
    let home = Home::new();
    for name in ["ann", "ben", "cid", "dan"] {
        home.user(name, &["--group", "Family"]).await;
    }
    home.user("ada", &["--group", "Family", "--admin"]).await;
    home.user("eve", &["--group", "Club", "--admin"]).await;
    let club = home.token("admin", &["--user", "eve"]).await;
    let family = home.token("admin", &["--user", "ada"]).await;
    let server = home.serve().await;
    let ann = server.sign_in("ann").await;
    shares(&server, &ann, "cid", json!({"level": "off"})).await;
    shares(&server, &ann, "ada", json!({"level": "off"})).await;
    shares(&server, &ann, "dan", json!({"level": "delayed", "delay_min": 1})).await;

    // Ben sees her; the others of the group, an admin too, and of another one do not.
    let (mut cookies, mut lines, mut anns_id) = (Vec::new(), Vec::new(), None);
    for name in ["ben", "cid", "dan", "ada", "eve"] {
        let cookie = server.sign_in(name).await;
        let mut live = Live::of(&server, &cookie).await;
        let first = live.snapshot().await;
        assert!(named(&first, name).online, "who looks is online");
        if name != "eve" {
            assert!(!named(&first, "ann").online);
            anns_id = Some(named(&first, "ann").friend.id);
        }
        cookies.push(cookie);
        lines.push(live);
    }
    let id = anns_id.expect("was seen");
    let mut others = lines.split_off(1);
    let mut bens = lines.pop().expect("was opened");
    let seen = async || {
        let mut all = Vec::new();
        for cookie in &cookies {
            all.push(asked(&server, cookie, "ann").await);
        }
        all
    };
    let only_ben = |online| vec![Some(online), Some(false), Some(false), Some(false), None];
    assert_eq!(seen().await, only_ben(false));

    // She comes, with two pages; one of them is closed, and the other one loaded again.
    let mut first = Live::of(&server, &ann).await;
    assert!(named(&first.snapshot().await, "ann").online);
    assert!(told(&mut bens, id).await.0);
    assert_eq!(seen().await, only_ben(true));
    let mut second = Live::of(&server, &ann).await;
    second.snapshot().await;
    drop(first);
    drop(second);
    let mut page = Live::of(&server, &ann).await;
    page.snapshot().await;
    // Signs of life come every five seconds: these are longer than the grace.
    says_nothing(&mut bens, id, 4).await;
    assert_eq!(seen().await, only_ben(true));

    // A pause takes it back, and its end gives it again.
    pauses(&server, &ann, Method::POST).await;
    assert!(!told(&mut bens, id).await.0);
    assert_eq!(seen().await, only_ben(false));
    pauses(&server, &ann, Method::DELETE).await;
    assert!(told(&mut bens, id).await.0);
    assert_eq!(seen().await, only_ben(true));

    // She goes.
    drop(page);
    let (online, beats) = told(&mut bens, id).await;
    assert!(!online && beats > 0, "after a grace: {beats}");
    assert_eq!(seen().await, only_ben(false));

    // Whatever the others were told meanwhile, it was never that.
    for (token, name) in [(&family, "Mark of all"), (&club, "Mark of the club")] {
        server.draw(token, &circle(name, 1.0, 1.0, 100.0)).await;
    }
    for live in &mut others {
        loop {
            let message = live.message().await;
            let said = said_of(&message, id);
            assert!(said.iter().all(|online| !online), "{message:?}");
            let is_mark = |change: &Change| matches!(change, Change::Region(_));
            if matches!(&message, LiveMessage::Delta(delta) if delta.changes.iter().any(is_mark)) {
                break;
            }
        }
    }
}

#[tokio::test]
async fn who_signs_out_is_online_no_more_and_a_token_never_is() {
    let home = Home::new();
    home.user("ann", &[]).await;
    home.user("ben", &[]).await;
    let token = home.token("read", &["--user", "ann"]).await;
    let server = home.serve().await;
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    assert!(!server.items("/api/v1/friends", &token).await.is_empty());
    assert_eq!(asked(&server, &ben, "ann").await, Some(false), "who asks by a token has no page open");
    let mut page = Live::of(&server, &ann).await;
    page.snapshot().await;
    assert_eq!(asked(&server, &ben, "ann").await, Some(true));
    server.post("/api/sign_out").cookie(&ann).form(String::new()).send().await;
    eventually("she is gone", async || (asked(&server, &ben, "ann").await == Some(false)).then_some(()))
        .await;
}
