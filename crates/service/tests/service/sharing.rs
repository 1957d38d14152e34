//! What friends say about who sees what, on a real store: it holds over a restart, viewers are told at once, and what is for a time runs out
//! without anybody doing anything. Time is a value that each test moves by itself.

use crate::support::{
    LAT, LON, MINUTE_MS, PASSWORD, ROOT, Work, circle, it_is, minute, next, said, set_clock,
};
use domain::{
    Eyes, Friend, Level, Party, RegionId, Role, Sharing, Shown, Surface, Timestamp, Viewer,
    live::{Change, LiveFriend, LiveMessage},
};
use futures::Stream;
use service::{DeviceAccount, Error, FixQuery, GrantDraft, RegionDraft, Service, TransitionQuery};
use std::pin::pin;

/// Somebody of the house.
struct Person {
    friend: Friend,
    viewer: Viewer,
}

/// A service at work, with ann, ben and the admin cid, who may sign in, dan, who only carries a phone, and eve of another group, an admin
/// there. Ann and dan have phones.
struct House {
    work: Work,
    service: Service,
    ann: Person,
    ben: Person,
    cid: Person,
    eve: Person,
    phone: DeviceAccount,
    dan: Friend,
    home: RegionId,
}

impl House {
    async fn new() -> Self {
        let work = Work::new().await;
        let service = work.service.clone();
        let user = async |group: &str, name: &str, role| {
            let (friend, viewer) = work.user(Some(group), name, role).await;
            Person { friend, viewer }
        };
        let ann = user("Family", "ann", Role::Friend).await;
        let ben = user("Family", "ben", Role::Friend).await;
        let cid = user("Family", "cid", Role::Admin).await;
        let eve = user("Club", "eve", Role::Admin).await;
        let phone = work.device(Some("Family"), "ann", "phone").await;
        work.device(Some("Family"), "dan", "phone").await;
        let dan = service.friend_named(&ROOT, "dan").expect("is there");
        let draft = circle("Home", (LAT, LON), 100.0);
        let home = service.put_region(&cid.viewer, None, draft).await.expect("is drawn").id;
        Self { work, service, ann, ben, cid, eve, phone, dan, home }
    }

    /// The same after a restart of the server.
    async fn again(self) -> Self {
        let work = self.work.again().await;
        Self { service: work.service.clone(), work, ..self }
    }

    fn group(&self) -> Party {
        Party::Group(self.ann.friend.group)
    }

    async fn share(&self, to: Party, level: Level, until: Option<Timestamp>) {
        let draft = GrantDraft { to, level, since: Some(Timestamp::MIN), until };
        self.service.share(&self.ann.viewer, self.ann.friend.id, draft).await.expect("is hers to say");
    }

    /// Ann's phone reports from this latitude at this minute, at once.
    async fn report(&self, at: i64, lat: f64) {
        let payload = format!(
            r#"{{"_type":"location","lat":{lat},"lon":{LON},"acc":10,"batt":57,"vel":3,"tst":{}}}"#,
            minute(at).as_millis() / 1000
        );
        self.service.submit(said(&self.phone, payload, minute(at))).await.expect("it is committed");
    }

    /// Ann as somebody sees her.
    fn ann_as(&self, viewer: &Viewer) -> LiveFriend {
        let mut friends = self.service.snapshot(viewer).friends.into_iter();
        friends
            .find(|live| live.friend.id == self.ann.friend.id)
            .expect("friends of a group know of each other")
    }

    fn shown_to(&self, viewer: &Viewer) -> Shown {
        self.ann_as(viewer).shown
    }

    /// The minutes of ann's fixes that somebody sees, read in pages of this size, and what the pages say of where they go on.
    async fn minutes_seen(&self, viewer: &Viewer, limit: u32) -> (Vec<i64>, Vec<String>) {
        let (mut minutes, mut cursors) = (Vec::new(), Vec::new());
        let mut cursor = None;
        loop {
            let device = self.phone.device;
            let query = FixQuery { device, from: None, to: None, limit, cursor };
            let page = self.service.fixes(viewer, &query).await.expect("the device is known");
            minutes.extend(page.items.iter().map(|fix| fix.at.millis_since(minute(0)) / MINUTE_MS));
            cursor = page.next;
            match &cursor {
                Some(next) => cursors.push(next.clone()),
                None => return (minutes, cursors),
            }
        }
    }

    async fn transitions(&self, viewer: &Viewer) -> usize {
        let all = TransitionQuery { limit: 1000, ..TransitionQuery::default() };
        self.service.transitions(viewer, &all).await.expect("the store answers").items.len()
    }
}

/// How ann is shown by the next change of a friend.
async fn next_shown<S: Stream<Item = Result<LiveMessage, Error>> + Unpin>(live: &mut S) -> LiveFriend {
    loop {
        match next(live).await {
            LiveMessage::Delta(delta) => match delta.changes.as_slice() {
                [Change::Friend(live)] => return live.as_ref().clone(),
                other => unreachable!("only that is new: {other:?}"),
            },
            LiveMessage::Heartbeat(_) => {}
            LiveMessage::Snapshot(_) => unreachable!("nothing calls for one"),
        }
    }
}

/// The field that an answer refuses.
#[track_caller]
fn field<T: std::fmt::Debug>(answer: Result<T, Error>) -> &'static str {
    match answer {
        Err(Error::Invalid { field, why }) => {
            assert!(!why.is_empty());
            field
        }
        other => unreachable!("it must be refused by its field, not {other:?}"),
    }
}

#[tokio::test]
async fn what_a_friend_says_holds_after_a_restart() {
    let house = House::new().await;
    house.share(house.group(), Level::Street, None).await;
    house.share(Party::Friend(house.ben.friend.id), Level::Inside(vec![house.home]), Some(minute(90))).await;
    house.share(Party::Friend(house.cid.friend.id), Level::Delayed(15), None).await;
    it_is(5);
    house
        .service
        .pause(&house.ann.viewer, house.ann.friend.id, Some(minute(20)), true)
        .await
        .expect("is hers");
    let before = house.service.sharing(&house.ann.viewer, house.ann.friend.id).expect("is hers");
    assert_eq!((before.grants.len(), before.pauses.len()), (3, 1));
    let house = house.again().await;
    let after = house.service.sharing(&house.ann.viewer, house.ann.friend.id).expect("is hers");
    assert_eq!(after, before);
    assert_eq!(house.shown_to(&house.ben.viewer), Shown::Off, "a pause that is quiet, and on");
    it_is(20);
    assert_eq!(house.shown_to(&house.ben.viewer), Shown::Inside);
    assert_eq!(house.shown_to(&house.cid.viewer), Shown::Delayed(15));
    it_is(90);
    assert_eq!(house.shown_to(&house.ben.viewer), Shown::Street, "what the group sees");
    house.service.unshare(&house.ann.viewer, house.ann.friend.id, house.group()).await.expect("is hers");
    let house = house.again().await;
    assert_eq!(house.shown_to(&house.ben.viewer), Shown::Off);
    assert_eq!(house.shown_to(&house.cid.viewer), Shown::Delayed(15), "of him something else was said");
}

#[tokio::test]
async fn who_is_added_at_the_terminal_shows_all_and_who_is_added_by_an_admin_shows_nothing_yet() {
    let house = House::new().await;
    assert_eq!(house.shown_to(&house.ben.viewer), Shown::Precise);
    let fay = house.service.add_user(&house.cid.viewer, "fay", PASSWORD, Role::Friend).await.expect("is new");
    house.service.add_device(&house.cid.viewer, "gus", "phone").await.expect("is new");
    // An admin knows of the devices that they look after.
    for (viewer, of_gus) in [(&house.ben.viewer, 0), (&house.cid.viewer, 1)] {
        let friends = house.service.snapshot(viewer).friends;
        let new = friends.iter().filter(|live| ["fay", "gus"].contains(&live.friend.name.as_str()));
        let shown: Vec<_> = new.map(|live| (live.shown, live.devices.len())).collect();
        assert_eq!(shown, [(Shown::Off, 0), (Shown::Off, of_gus)], "there, and nothing else");
    }
    let viewer = Viewer::member(fay.id, fay.group, Role::Friend);
    assert_eq!(house.service.sharing(&viewer, fay.id).expect("is hers"), Sharing::default());
    let house = house.again().await;
    let friends = house.service.snapshot(&house.ben.viewer).friends;
    assert!(friends.iter().any(|live| live.friend.id == fay.id && live.shown == Shown::Off), "still nothing");
}

#[tokio::test]
async fn whoever_looks_is_told_at_once_when_somebody_shows_otherwise() {
    let house = House::new().await;
    house.report(0, LAT).await;
    it_is(1);
    let mut bens = pin!(house.service.live(house.ben.viewer.clone(), None));
    let mut anns = pin!(house.service.live(house.ann.viewer.clone(), None));
    let mut eves = pin!(house.service.live(house.eve.viewer.clone(), None));
    for live in [&mut bens, &mut anns, &mut eves] {
        assert!(matches!(next(live).await, LiveMessage::Snapshot(_)), "a snapshot is first");
    }
    house.share(house.group(), Level::Street, None).await;
    let seen = next_shown(&mut bens).await;
    let spot = seen.devices[0].spot.as_ref().expect("is seen");
    assert_eq!(seen.shown, Shown::Street);
    assert!(spot.accuracy_m.is_some_and(|m| m > 100.0) && spot.battery_pct == Some(50), "{spot:?}");
    assert!(seen.stays.is_empty(), "Home is finer than that");
    house.report(1, LAT + 0.000_1).await;
    let moved = next_shown(&mut bens).await.devices[0].spot.clone().expect("is seen");
    assert_eq!((moved.point, moved.at), (spot.point, minute(1)), "in the same cell, a minute later");
    it_is(2);
    house.service.pause(&house.ann.viewer, house.ann.friend.id, None, false).await.expect("is hers");
    let seen = next_shown(&mut bens).await;
    assert_eq!((seen.shown, seen.devices.len(), seen.stays.len()), (Shown::Paused, 0, 0));
    it_is(3);
    house.report(3, LAT).await;
    it_is(4);
    house.service.resume(&house.ann.viewer, house.ann.friend.id).await.expect("is hers");
    let seen = next_shown(&mut bens).await;
    assert_eq!((seen.shown, seen.devices.len()), (Shown::Street, 0), "where she was meanwhile is not seen");
    it_is(5);
    house.report(5, LAT).await;
    assert!(next_shown(&mut bens).await.devices[0].spot.is_some());
    house.share(house.group(), Level::Precise, None).await;
    let seen = next_shown(&mut bens).await;
    assert_eq!(seen.devices[0].spot.as_ref().map(|spot| spot.point.lat()), Some(LAT));
    assert_eq!(seen.stays.len(), 1);
    // To herself nothing was ever hidden, and to the other group there never was anything.
    let mut steps = 0;
    while steps < 3 {
        match next(&mut anns).await {
            LiveMessage::Delta(delta) => {
                assert!(!delta.changes.iter().any(|change| matches!(change, Change::Friend(_))), "{delta:?}");
                steps += delta.changes.iter().filter(|change| matches!(change, Change::Moved(..))).count();
            }
            LiveMessage::Heartbeat(_) => {}
            LiveMessage::Snapshot(_) => unreachable!("nothing calls for one"),
        }
    }
    assert!(matches!(next(&mut eves).await, LiveMessage::Heartbeat(_)));
}

#[tokio::test]
async fn what_is_for_a_time_runs_out_without_anybody_doing_anything() {
    let house = House::new().await;
    house.share(house.group(), Level::Off, None).await;
    house.share(Party::Friend(house.ben.friend.id), Level::Precise, Some(minute(10))).await;
    house.report(1, LAT).await;
    it_is(2);
    let mut live = pin!(house.service.live(house.ben.viewer.clone(), None));
    assert!(matches!(next(&mut live).await, LiveMessage::Snapshot(_)), "a snapshot is first");
    assert_eq!(
        (house.shown_to(&house.ben.viewer), house.shown_to(&house.cid.viewer)),
        (Shown::Precise, Shown::Off)
    );
    assert_eq!(house.minutes_seen(&house.ben.viewer, 10).await.0, [1]);
    set_clock(minute(10).plus_millis(-1));
    assert_eq!(house.shown_to(&house.ben.viewer), Shown::Precise, "to the last moment");
    it_is(10);
    let seen = house.ann_as(&house.ben.viewer);
    assert_eq!((seen.shown, seen.devices.len(), seen.stays.len()), (Shown::Off, 0, 0));
    assert_eq!(house.minutes_seen(&house.ben.viewer, 10).await.0, [] as [i64; 0]);
    assert_eq!(next_shown(&mut live).await.shown, Shown::Off, "with the next sign of life");
    // The same of a pause that ends, and of one that begins and ends while nobody looks.
    house.share(house.group(), Level::Precise, None).await;
    assert_eq!(next_shown(&mut live).await.shown, Shown::Precise);
    house
        .service
        .pause(&house.ann.viewer, house.ann.friend.id, Some(minute(30)), false)
        .await
        .expect("is hers");
    assert_eq!(next_shown(&mut live).await.shown, Shown::Paused);
    it_is(30);
    assert_eq!(next_shown(&mut live).await.shown, Shown::Precise);
}

#[tokio::test]
async fn of_a_pause_and_of_before_nothing_is_ever_read() {
    let house = House::new().await;
    let ann = &house.ann;
    house.share(house.group(), Level::Off, None).await;
    // Comes, goes and comes: before the consent, in a pause, and after it.
    for (at, lat) in [(1, 48.3), (2, LAT), (3, LAT), (10, 48.3), (11, 48.3)] {
        it_is(at);
        house.report(at, lat).await;
    }
    it_is(20);
    let draft = GrantDraft { to: house.group(), level: Level::Precise, since: None, until: None };
    house.service.share(&ann.viewer, ann.friend.id, draft).await.expect("is hers");
    it_is(21);
    house.report(21, 48.3).await;
    it_is(30);
    house.service.pause(&ann.viewer, ann.friend.id, None, false).await.expect("is hers");
    for (at, lat) in [(31, LAT), (32, LAT), (38, 48.3), (39, 48.3)] {
        it_is(at);
        house.report(at, lat).await;
    }
    it_is(40);
    house.service.resume(&ann.viewer, ann.friend.id).await.expect("is hers");
    for (at, lat) in [(41, LAT), (42, LAT)] {
        it_is(at);
        house.report(at, lat).await;
    }
    for viewer in [&house.ben.viewer, &house.cid.viewer] {
        assert_eq!(house.minutes_seen(viewer, 100).await.0, [42, 41, 21]);
        // Neither do pages of one tell more, nor where they say that it goes on.
        let (minutes, cursors) = house.minutes_seen(viewer, 1).await;
        assert_eq!(minutes, [42, 41, 21]);
        let hidden = [1, 2, 3, 10, 11, 31, 32, 38, 39].map(|at| minute(at).as_millis().to_string());
        assert!(
            !cursors.iter().any(|cursor| hidden.iter().any(|millis| cursor.contains(millis.as_str()))),
            "{cursors:?}"
        );
        assert_eq!(house.transitions(viewer).await, 1, "the one after the pause");
        assert_eq!(house.ann_as(viewer).stays.first().map(|stay| stay.since), Some(minute(41)));
    }
    assert_eq!(house.minutes_seen(&ann.viewer, 100).await.0.len(), 12, "to herself everything is there");
    assert_eq!(house.transitions(&ann.viewer).await, 5);
    assert_eq!(house.minutes_seen(&ROOT, 100).await.0.len(), 12);
    for level in [Level::Off, Level::Names] {
        house.share(house.group(), level, None).await;
        assert_eq!(
            house.minutes_seen(&house.ben.viewer, 1).await,
            (vec![], vec![]),
            "not even how many there are"
        );
    }
}

#[tokio::test]
async fn everybody_decides_for_themselves_and_an_admin_for_who_cannot_sign_in() {
    let house = House::new().await;
    let service = &house.service;
    let draft = || GrantDraft { to: house.group(), level: Level::City, since: None, until: None };
    let ann = house.ann.friend.id;
    // Neither a friend nor an admin of the same group; whoever is of another group does not even know of her.
    for viewer in [&house.ben.viewer, &house.cid.viewer] {
        assert!(matches!(service.sharing(viewer, ann), Err(Error::Forbidden)));
        assert!(matches!(service.share(viewer, ann, draft()).await, Err(Error::Forbidden)));
        assert!(matches!(service.unshare(viewer, ann, house.group()).await, Err(Error::Forbidden)));
        assert!(matches!(service.pause(viewer, ann, None, false).await, Err(Error::Forbidden)));
        assert!(matches!(service.resume(viewer, ann).await, Err(Error::Forbidden)));
        let looked = service.view_as(viewer, ann, house.ben.friend.id, None);
        assert!(matches!(looked, Err(Error::Forbidden)));
    }
    for viewer in [&house.eve.viewer, &Viewer::Guest, &Viewer::Outlet { group: house.eve.friend.group }] {
        assert!(matches!(service.sharing(viewer, ann), Err(Error::NotFound(_))), "{viewer:?}");
        assert!(matches!(service.share(viewer, ann, draft()).await, Err(Error::NotFound(_))));
        assert!(matches!(service.pause(viewer, ann, None, false).await, Err(Error::NotFound(_))));
    }
    let outlet = Viewer::Outlet { group: house.ann.friend.group };
    assert!(matches!(service.share(&outlet, ann, draft()).await, Err(Error::Forbidden)));
    let reader = Viewer::Server { role: Role::Friend };
    assert!(matches!(service.share(&reader, ann, draft()).await, Err(Error::Forbidden)));
    assert_eq!(house.shown_to(&house.ben.viewer), Shown::Precise, "nothing of that did anything");

    let dan = house.dan.id;
    assert!(matches!(service.share(&house.ben.viewer, dan, draft()).await, Err(Error::Forbidden)));
    assert!(matches!(service.share(&house.eve.viewer, dan, draft()).await, Err(Error::NotFound(_))));
    service.share(&house.cid.viewer, dan, draft()).await.expect("dan cannot sign in");
    let friends = service.snapshot(&house.ben.viewer).friends;
    assert!(friends.iter().any(|live| live.friend.id == dan && live.shown == Shown::City));
    let nobody = house.home.to_string().parse().expect("is an identifier");
    assert!(matches!(service.share(&ROOT, nobody, draft()).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_by_its_field() {
    let house = House::new().await;
    let (service, ann) = (&house.service, &house.ann);
    let hidden = {
        let details = domain::Details { audience: domain::Audience::Admins, ..domain::Details::default() };
        let draft = RegionDraft { details: Some(details), ..circle("Hidden", (LAT, LON), 90.0) };
        service.put_region(&house.cid.viewer, None, draft).await.expect("is drawn").id
    };
    let unknown: RegionId = ann.friend.id.to_string().parse().expect("is an identifier");
    let draft = || GrantDraft { to: house.group(), level: Level::Precise, since: None, until: None };
    let soon = Some(minute(1));
    let wrong = [
        ("to", GrantDraft { to: Party::Group(house.eve.friend.group), ..draft() }),
        ("to", GrantDraft { to: Party::Friend(house.eve.friend.id), ..draft() }),
        ("to", GrantDraft { to: Party::Friend(ann.friend.id), ..draft() }),
        ("level", GrantDraft { level: Level::Delayed(0), ..draft() }),
        ("level", GrantDraft { level: Level::Delayed(Level::MOST_MINUTES + 1), ..draft() }),
        ("level", GrantDraft { level: Level::Inside(vec![]), ..draft() }),
        ("level", GrantDraft { level: Level::Inside(vec![house.home, unknown]), ..draft() }),
        ("level", GrantDraft { level: Level::Inside(vec![hidden]), ..draft() }),
        ("level", GrantDraft { level: Level::Inside(vec![house.home; Level::MOST_REGIONS + 1]), ..draft() }),
        ("since", GrantDraft { since: soon, ..draft() }),
        ("until", GrantDraft { until: Some(minute(0)), ..draft() }),
        ("until", GrantDraft { until: Some(Timestamp::MIN), ..draft() }),
    ];
    let before = service.sharing(&ann.viewer, ann.friend.id).expect("is hers");
    for (expected, draft) in wrong {
        assert_eq!(
            field(service.share(&ann.viewer, ann.friend.id, draft.clone()).await),
            expected,
            "{draft:?}"
        );
        let looked = service.view_as(&ann.viewer, ann.friend.id, house.ben.friend.id, Some(draft));
        assert_eq!(field(looked), expected);
    }
    for until in [minute(0), minute(-1)] {
        assert_eq!(field(service.pause(&ann.viewer, ann.friend.id, Some(until), false).await), "until");
    }
    assert_eq!(service.sharing(&ann.viewer, ann.friend.id).expect("is hers"), before);
}

#[tokio::test]
async fn how_far_back_is_as_before_only_where_less_is_shown() {
    let house = House::new().await;
    let (service, ann) = (&house.service, &house.ann);
    let since = async |at: i64, level: Level| {
        it_is(at);
        let draft = GrantDraft { to: house.group(), level, since: None, until: None };
        service.share(&ann.viewer, ann.friend.id, draft).await.expect("is hers");
        let sharing = service.sharing(&ann.viewer, ann.friend.id).expect("is hers");
        sharing.grant(house.group(), minute(at)).map(|grant| grant.since)
    };
    assert_eq!(since(1, Level::District).await, Some(Timestamp::MIN), "it was precise from the beginning");
    assert_eq!(since(2, Level::City).await, Some(Timestamp::MIN));
    assert_eq!(since(3, Level::Street).await, Some(minute(3)), "more than before, so from now on");
    assert_eq!(since(4, Level::Off).await, Some(minute(3)));
    assert_eq!(since(5, Level::City).await, Some(minute(5)), "after nothing, everything is more");
    assert_eq!(since(6, Level::Names).await, Some(minute(6)), "something else is more");
}

#[tokio::test]
async fn one_sees_oneself_as_another_does_before_one_says_it() {
    let house = House::new().await;
    let (service, ann) = (&house.service, &house.ann);
    house.report(0, LAT).await;
    it_is(1);
    let level = Level::District;
    let draft = GrantDraft { to: house.group(), level, since: Some(Timestamp::MIN), until: None };
    let eyes = house.ben.friend.id;
    let (now, after) =
        service.view_as(&ann.viewer, ann.friend.id, eyes, Some(draft.clone())).expect("is hers");
    assert_eq!(now, house.ann_as(&house.ben.viewer));
    assert_eq!((now.shown, house.shown_to(&house.ben.viewer)), (Shown::Precise, Shown::Precise));
    service.share(&ann.viewer, ann.friend.id, draft).await.expect("is hers");
    assert_eq!(after, Some(house.ann_as(&house.ben.viewer)), "it comes as it was shown");
    let stranger = service.view_as(&ann.viewer, ann.friend.id, house.eve.friend.id, None);
    assert!(matches!(stranger, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn who_looked_is_counted_by_day_and_who_is_shown_nothing_did_not_look() {
    let house = House::new().await;
    house.report(0, LAT).await;
    let (ann, ben, cid) = (&house.ann, &house.ben, &house.cid);
    house.share(Party::Friend(cid.friend.id), Level::Off, None).await;
    for viewer in [&ben.viewer, &cid.viewer, &house.eve.viewer, &ann.viewer] {
        let mut live = pin!(house.service.live(viewer.clone(), None));
        assert!(matches!(next(&mut live).await, LiveMessage::Snapshot(_)));
        house.transitions(viewer).await;
    }
    // A question that follows at once is the same look; one later is another.
    house.minutes_seen(&ben.viewer, 1).await;
    it_is(3);
    house.minutes_seen(&ben.viewer, 1).await;
    house.service.look_around(&ROOT, Surface::Lists);
    let told = async |house: &House| {
        let seen = house.service.looks_at(&house.ann.viewer, house.ann.friend.id).await.expect("is hers");
        let mut told: Vec<_> =
            seen.into_iter().map(|(who, seen)| (who, seen.surface, seen.day, seen.count)).collect();
        told.sort();
        told
    };
    let day = minute(0).as_millis() / (24 * 60 * MINUTE_MS);
    let by_ben = |surface, day, count| ("ben".to_owned(), surface, day, count);
    let by_root = ("another broker, or the terminal".to_owned(), Surface::Lists, day, 1);
    let expected = [by_root.clone(), by_ben(Surface::Map, day, 1), by_ben(Surface::History, day, 2)];
    assert_eq!(told(&house).await, expected);
    let of_ann = house.ann.friend.id;
    assert!(matches!(house.service.looks_at(&cid.viewer, of_ann).await, Err(Error::Forbidden)));

    let house = house.again().await;
    assert_eq!(told(&house).await, expected, "it is written when the server stops");
    it_is(24 * 60);
    house.service.look_around(&house.ben.viewer, Surface::Map);
    let seen = house.service.looks_at(&house.ann.viewer, of_ann).await.expect("is hers");
    assert_eq!(
        (seen[0].1.day, &seen[0].1.eyes),
        (day + 1, &Eyes::Friend(house.ben.friend.id)),
        "newest first"
    );
    it_is(30 * 24 * 60);
    assert_eq!(told(&house).await.len(), 1, "thirty days are told of");
    house.service.erase(&house.ann.viewer, of_ann, service::Erasing::Everything).await.expect("is hers");
    assert!(told(&house).await.is_empty());
}
