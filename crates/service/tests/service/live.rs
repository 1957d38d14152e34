//! The live line: what a viewer is told, once and in order, whatever happens meanwhile.

use crate::{
    support::{PASSWORD, ROOT, START as NOW},
    whole::{House, seconds_ago},
};
use domain::{
    Role,
    live::{Change, LiveMessage},
};
use futures::{Stream, StreamExt};
use service::Error;
use std::{pin::pin, time::Duration};

/// The next item of a live line that is not a sign of life.
pub(crate) async fn next(
    live: &mut (impl Stream<Item = Result<LiveMessage, Error>> + Unpin),
) -> Option<Result<LiveMessage, Error>> {
    let news = async {
        loop {
            let item = live.next().await;
            if !matches!(item, Some(Ok(LiveMessage::Heartbeat(_)))) {
                return item;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), news).await.expect("something comes in time")
}

#[tokio::test]
async fn a_crossing_that_a_phone_tells_again_is_told_to_viewers_once() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let mut live = pin!(house.service.live(ROOT, None));
    assert!(matches!(next(&mut live).await, Some(Ok(LiveMessage::Snapshot(_)))));
    let said = br#"{"_type":"transition","event":"enter","desc":"Gym","lat":48.2,"lon":16.37,"acc":10,"tst":1699999999,"wtst":1}"#;
    for _ in 0..3 {
        house.say(&ann, said.to_vec()).await;
    }
    house.report(&ann, NOW, 48.2).await;
    let mut crossed = Vec::new();
    loop {
        let Some(Ok(LiveMessage::Delta(delta))) = next(&mut live).await else { unreachable!("only news") };
        for change in delta.changes {
            match change {
                Change::Crossed(transition) => crossed.push(transition.id),
                Change::Moved(..) => {
                    let stored: Vec<_> =
                        house.transitions(&ROOT).await.iter().map(|transition| transition.id).collect();
                    assert_eq!(crossed, stored);
                    return;
                }
                Change::Lost(..)
                | Change::Stays(..)
                | Change::Card(..)
                | Change::Friend(_)
                | Change::Superseded { .. }
                | Change::Online(..)
                | Change::Alert(_)
                | Change::BotConnected(..)
                | Change::Range(_)
                | Change::Chat(_)
                | Change::ChatGone(_)
                | Change::Unread(_)
                | Change::Region(_)
                | Change::RegionGone(_)
                | Change::Sensor(_) => unreachable!("{change:?} did not happen"),
            }
        }
    }
}

#[tokio::test]
async fn whoever_falls_behind_gets_a_snapshot_and_misses_nothing() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let mut live = pin!(house.service.live(ROOT, None));
    assert!(matches!(next(&mut live).await, Some(Ok(LiveMessage::Snapshot(_)))));
    for second in 0..600 {
        house.report(&ann, seconds_ago(2000 - second), 48.2).await;
    }
    let Some(Ok(LiveMessage::Snapshot(snapshot))) = next(&mut live).await else {
        unreachable!("it has fallen behind")
    };
    assert_eq!(snapshot.friends[0].devices[0].spot.as_ref().map(|spot| spot.at), Some(seconds_ago(1401)));
    // What is in the snapshot does not come again.
    house.report(&ann, NOW, 48.2).await;
    let Some(Ok(LiveMessage::Delta(delta))) = next(&mut live).await else {
        unreachable!("only news follows")
    };
    assert!(matches!(&delta.changes[..], [Change::Moved(_, spot)] if spot.at == NOW), "{delta:?}");
}

#[tokio::test]
async fn who_signs_out_while_the_line_is_behind_is_told_all_the_same() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let (_, viewer) = house.user("Friends", "ben", Role::Friend).await;
    let session = house.service.sign_in("ben", PASSWORD, "here").await.expect("is right").token;
    let mut live = pin!(house.service.live(viewer, Some(session.clone())));
    assert!(matches!(next(&mut live).await, Some(Ok(LiveMessage::Snapshot(_)))));
    house.service.sign_out(&session).await.expect("the store writes");
    for second in 0..600 {
        house.report(&ann, seconds_ago(2000 - second), 48.2).await;
    }
    assert!(matches!(next(&mut live).await, Some(Err(Error::Unauthorised))));
    assert!(next(&mut live).await.is_none());
}
