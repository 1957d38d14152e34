//! Those who are made up, and the guests who see nobody else.

use crate::{
    live::next,
    support::{ROOT, START as NOW, TOPICS, circle, directory},
    whole::{House, assert_not_found},
};
use domain::{Role, Viewer, live::LiveMessage};
use service::{Error, MessageQuery};
use std::pin::pin;

#[tokio::test]
async fn a_guest_sees_only_what_is_made_up() {
    let house = House::new().await;
    let service = &house.service;
    let (ann, _) = house.device("Friends", "ann").await;
    house.report(&ann, NOW, 48.2).await;
    house.draw(&ROOT, "Real home").await;
    assert!(service.snapshot(&Viewer::Guest).friends.is_empty());
    service.add_demo(&ROOT).await.expect("may");
    let snapshot = service.snapshot(&Viewer::Guest);
    assert!(!snapshot.friends.is_empty() && snapshot.friends.iter().all(|live| live.friend.demo));
    assert!(!snapshot.regions.is_empty() && snapshot.regions.iter().all(|region| region.demo));
    let real =
        house.transitions(&Viewer::Guest).await.iter().filter(|item| item.friend == ann.friend).count();
    assert_eq!(real, 0);
    assert!(!house.transitions(&Viewer::Guest).await.is_empty(), "there is a history to look at");
    assert_not_found(service.friend_named(&Viewer::Guest, "ann"));
    let forbidden = service.messages(&Viewer::Guest, &MessageQuery::default()).await;
    assert!(matches!(forbidden.err(), Some(Error::Forbidden)));
    assert!(matches!(service.remove_demo(&Viewer::Guest).await.err(), Some(Error::Forbidden)));
}

#[tokio::test]
async fn a_guest_sees_the_demonstration_move_although_another_group_is_far_ahead() {
    let directory = directory();
    let (mut writer, _) = store::open(&directory.path().join("test.db")).await.expect("the store opens");
    for (number, name, seq) in [(1, "Friends", 1), (2, "Club", 1_000_000)] {
        let group = domain::GroupId::new(uuid::Uuid::from_u128(number));
        writer.add_group(group, &domain::Name::new(name).expect("is a name")).await.expect("it is new");
        let mut batch = store::Batch { seqs: vec![(group, domain::Seq(seq))], ..store::Batch::default() };
        writer.commit(&mut batch).await.expect("it is written");
    }
    writer.close().await.expect("it closes");
    let house = House::open(directory, TOPICS).await;
    let service = &house.service;
    service.add_demo(&ROOT).await.expect("may");
    let mut live = pin!(service.live(Viewer::Guest, None));
    let Some(Ok(LiveMessage::Snapshot(snapshot))) = next(&mut live).await else {
        unreachable!("a snapshot is first")
    };
    service.report_demo(NOW.plus_millis(3000)).await.expect("is committed");
    let Some(Ok(LiveMessage::Delta(delta))) = next(&mut live).await else { unreachable!("there is news") };
    assert!(delta.seq > snapshot.seq, "{:?} after {:?}", delta.seq, snapshot.seq);
}

#[tokio::test]
async fn a_guest_learns_nothing_of_real_regions_from_those_who_are_made_up() {
    let house = House::new().await;
    let service = &house.service;
    let draft = |name: &str| circle(name, (46.9519, 7.4386), 3000.0);
    let before = service.put_region(&ROOT, None, draft("Private before")).await.expect("is drawn");
    service.add_demo(&ROOT).await.expect("may");
    let after = service.put_region(&ROOT, None, draft("Private after")).await.expect("is drawn");
    for seconds in (0..3600).step_by(30) {
        service.report_demo(NOW.plus_millis(seconds * 1000)).await.expect("is committed");
    }
    let all = house.transitions(&Viewer::Guest).await;
    assert!(all.len() > 5, "there is a history");
    assert!(all.iter().all(|one| one.region != before.id && one.region != after.id), "{all:?}");
    for viewer in [Viewer::Guest, ROOT] {
        let snapshot = service.snapshot(&viewer);
        let stays: Vec<_> = snapshot.friends.iter().flat_map(|live| &live.stays).collect();
        assert!(!stays.is_empty(), "somebody is somewhere");
        assert!(stays.iter().all(|stay| stay.region != before.id && stay.region != after.id), "{stays:?}");
    }
}

#[tokio::test]
async fn a_demonstration_that_is_asked_for_many_times_at_once_is_added_once() {
    let house = House::new().await;
    let all = futures::future::join_all((0..4).map(|_| house.service.add_demo(&ROOT))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let snapshot = house.service.snapshot(&ROOT);
    assert_eq!((snapshot.friends.len(), snapshot.regions.len()), (5, 4));
}

#[tokio::test]
async fn a_demonstration_leaves_nothing_behind() {
    let house = House::new().await;
    let (_, ann) = house.user("Friends", "ann", Role::Admin).await;
    let before = house.rows().await;
    for by in [&ann, &ROOT] {
        house.service.add_demo(by).await.expect("may");
        house.service.add_demo(by).await.expect("a second time changes nothing");
        house.service.report_demo(NOW.plus_millis(3000)).await.expect("is committed");
        let during = house.rows().await;
        for table in ["fixes", "transitions", "regions", "messages"] {
            assert!(during.iter().any(|(name, _)| name == table), "{table} has something made up");
        }
        house.service.remove_demo(by).await.expect("may");
        assert_eq!(house.rows().await, before);
        assert!(!house.service.has_demo(by));
        house.service.report_demo(NOW.plus_millis(6000)).await.expect("nothing to do is fine");
        assert_eq!(house.rows().await, before);
    }
}
