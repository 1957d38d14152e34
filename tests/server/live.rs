//! The live link, as a browser opens it.

use crate::support::{Home, Live, Phone, an_admin, circle, location, now_s};
use domain::{
    Care,
    live::{Change, LiveFriend, LiveMessage, Snapshot},
};
use serde_json::json;

#[tokio::test]
async fn first_everything_then_what_changes_in_growing_order_and_signs_of_life() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", location(now_s() - 100, 48.0, 16.37)).await;
    let mut live = Live::of(&server, &cookie).await;
    let snapshot = live.snapshot().await;
    let spot = snapshot.friends[0].devices[0].spot.as_ref().expect("was seen");
    assert!((spot.point.lat() - 48.0).abs() < 1e-9);

    let mut last = snapshot.seq;
    for second in 1..=10 {
        phone.publish("", location(now_s() - 100 + second, 48.2, 16.37)).await;
        let delta = live.delta().await;
        assert!(delta.seq > last, "{:?} after {last:?}", delta.seq);
        assert!(matches!(delta.changes[..], [Change::Moved(..)]), "{delta:?}");
        last = delta.seq;
    }
    while !matches!(live.message().await, LiveMessage::Heartbeat(_)) {}
    let viewers = server.get("/metrics").send().await.text();
    assert!(viewers.contains("whereabouts_viewers 1\n"), "{viewers}");
    drop(live);
    crate::support::eventually("the departed viewer is noticed", async || {
        let figures = server.get("/metrics").send().await.text();
        figures.contains("whereabouts_viewers 0\n").then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so_in_the_stream() {
    let home = Home::new();
    let server = home.serve().await;
    for cookie in [None, Some("whereabouts_session=forged")] {
        let mut live = Live::open(&server, cookie, None).await.expect("the upgrade itself works");
        assert_eq!(live.next().await, Some(Err(json!("Unauthorised"))));
        assert_eq!(live.next().await, None);
    }
}

#[tokio::test]
async fn a_foreign_page_gets_no_link() {
    let (_home, server, cookie) = an_admin("ann").await;
    let port = server.http.port();
    for origin in
        ["https://evil.example", "null", &format!("http://evil.example:{port}"), "http://127.0.0.1:1"]
    {
        let refused = Live::open(&server, Some(&cookie), Some(origin)).await.err();
        assert_eq!(refused.map(|status| status.as_u16()), Some(403), "{origin}");
    }
    let own = format!("http://{}", server.http);
    let mut live = Live::open(&server, Some(&cookie), Some(&own)).await.expect("our own page gets one");
    live.snapshot().await;
}

#[tokio::test]
async fn signing_out_ends_the_link_of_that_session_alone() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let (leaving, staying) = (server.sign_in("ann").await, server.sign_in("ann").await);
    let mut ends = Live::of(&server, &leaving).await;
    let mut stays = Live::of(&server, &staying).await;
    ends.snapshot().await;
    stays.snapshot().await;
    server.post("/api/sign_out").cookie(&leaving).form(String::new()).send().await;
    let refusal = loop {
        match ends.next().await.expect("the reason comes before the end") {
            Ok(LiveMessage::Heartbeat(_)) => {}
            other => break other,
        }
    };
    assert_eq!(refusal, Err(json!("Unauthorised")));
    assert_eq!(ends.next().await, None);
    assert_eq!(server.get("/api/v1/friends").cookie(&leaving).send().await.status, 401);
    while !matches!(stays.message().await, LiveMessage::Heartbeat(_)) {}
}

#[tokio::test]
async fn two_viewers_see_the_same_and_another_group_sees_nothing() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &["--group", "Family"]).await;
    let cid = home.device("cid", "phone", &["--group", "Club"]).await;
    home.user("ann", &["--admin"]).await;
    home.user("ben", &["--group", "Family"]).await;
    home.user("cid", &[]).await;
    let token = home.token("admin", &["--user", "ann"]).await;
    let server = home.serve().await;
    let (of_ann, of_ben, of_cid) =
        (server.sign_in("ann").await, server.sign_in("ben").await, server.sign_in("cid").await);
    let mut first = Live::of(&server, &of_ann).await;
    let mut second = Live::of(&server, &of_ben).await;
    let mut stranger = Live::of(&server, &of_cid).await;
    // What they may decide for a friend is not the same, of one's own and as an admin; and who looks first does not find the other there yet.
    let seen = |snapshot: Snapshot| {
        let alike = |live| LiveFriend { care: Care::None, online: false, ..live };
        snapshot.friends.into_iter().map(alike).collect::<Vec<_>>()
    };
    assert_eq!(seen(first.snapshot().await), seen(second.snapshot().await));
    let alone = stranger.snapshot().await;
    let names: Vec<&str> = alone.friends.iter().map(|live| live.friend.name.as_str()).collect();
    assert_eq!(names, ["cid"]);

    server.draw(&token, &circle("Home", 48.2, 16.37, 100.0)).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    let now = now_s();
    for (second_of, lat) in [(-600, 49.0), (-300, 48.2), (-200, 48.2), (-100, 49.0), (-10, 49.0)] {
        phone.publish("", location(now + second_of, lat, 16.37)).await;
    }
    phone.publish("", location(now, 50.0, 16.37)).await;
    // Both end up with the same changes, however they were cut into deltas.
    let mut seen = Vec::new();
    for live in [&mut first, &mut second] {
        let mut changes = Vec::new();
        while !changes
            .iter()
            .any(|change| matches!(change, Change::Moved(_, spot) if spot.at.as_millis() == now * 1000))
        {
            changes.extend(live.delta().await.changes);
        }
        changes.retain(|change| !matches!(change, Change::Online(..)));
        seen.push(changes);
    }
    assert_eq!(seen[0], seen[1]);
    let crossed = seen[0].iter().filter(|change| matches!(change, Change::Crossed(_))).count();
    assert_eq!(crossed, 2, "an enter and a leave");

    // The stranger's next piece of news is their own.
    let mut theirs = Phone::connect(server.broker(), &cid).await;
    theirs.publish("", location(now, 1.0, 1.0)).await;
    let delta = stranger.delta().await;
    let [Change::Moved(device, _)] = delta.changes[..] else { unreachable!("{delta:?}") };
    assert_eq!(device, alone.friends[0].devices[0].device.id);
}

#[tokio::test]
async fn a_guest_sees_the_demonstration_move_however_busy_another_group_is() {
    let home = Home::new();
    home.device("ann", "phone", &[]).await;
    home.device("cid", "phone", &["--group", "Club"]).await;
    let mut database = home.database().await;
    let busy =
        sqlx::query("UPDATE groups SET seq = 1000000 WHERE name = 'Club'").execute(&mut database).await;
    assert_eq!(busy.expect("the group is there").rows_affected(), 1);
    let server = home.serve_with(&["--demo"]).await;
    let mut live = Live::open(&server, None, None).await.expect("a guest may look");
    live.snapshot().await;
    while !live.delta().await.changes.iter().any(|change| matches!(change, Change::Moved(..))) {}
}

#[tokio::test]
async fn the_page_has_the_same_snapshot_by_question() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    assert_eq!(server.get("/api/latest").send().await.status, 401);
    let cookie = server.sign_in("ann").await;
    let mut live = Live::of(&server, &cookie).await;
    let by_link = live.snapshot().await;
    let answer = server.get("/api/latest").cookie(&cookie).send().await;
    let by_question: domain::live::Snapshot = serde_json::from_slice(&answer.body).expect("is a snapshot");
    assert_eq!(
        (by_question.friends, by_question.regions, by_question.seq),
        (by_link.friends, by_link.regions, by_link.seq)
    );
}
