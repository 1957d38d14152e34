//! Two groups and one friend of both, on a real store: what a member of one sees, of the other, of both, an admin of one, and an admin of the
//! server who is of neither; and how somebody comes into a group and leaves it.

mod admins;
mod between;

use crate::support::{
    AWAY, LAT, LON, PASSWORD, ROOT, START, TOPICS, Work, bridged, circle, it_is, minute, next, now, said,
    set_clock, settings,
};
use domain::{
    Act, Friend, GroupId, Keep, Level, Party, RegionId, Retention, Role, Shown, Timestamp, Viewer,
    live::{Change, LiveFriend, LiveMessage},
};
use futures::Stream;
use service::{
    AuditQuery, DeviceAccount, Error, FixQuery, GrantDraft, Hearsay, InvitationDraft, Joined, MessageQuery,
    Removal, Service, TokenScope, TransitionQuery,
};
use std::pin::pin;

/// The family of ada, an admin, and ben; the club of cleo, an admin, and dora; fay, who is of the family and of the club and has a phone;
/// sam, an admin of the server and of the staff alone.
struct House {
    work: Work,
    service: Service,
    family: GroupId,
    club: GroupId,
    phone: DeviceAccount,
    home: RegionId,
    clubhouse: RegionId,
}

impl House {
    async fn new() -> Self {
        let work = Work::new().await;
        let service = work.service.clone();
        for (group, name, role) in [
            ("Staff", "sam", Role::Admin),
            ("Family", "ada", Role::Admin),
            ("Family", "ben", Role::Friend),
            ("Family", "fay", Role::Friend),
            ("Club", "cleo", Role::Admin),
            ("Club", "dora", Role::Friend),
        ] {
            let made = service.add_user_to(&ROOT, Some(group), name, PASSWORD, role).await;
            let made = made.expect("is new");
            if role == Role::Admin && name != "sam" {
                service.set_server_admin(&ROOT, made.id, false).await.expect("sam is another");
            }
        }
        let phone = work.device(None, "fay", "phone").await;
        let group = |name| service.group_named(&ROOT, name).expect("is there");
        let (family, club) = (group("Family"), group("Club"));
        let mut house = Self {
            work,
            service,
            family,
            club,
            phone,
            home: RegionId::new(uuid::Uuid::nil()),
            clubhouse: RegionId::new(uuid::Uuid::nil()),
        };
        house.home = house.draw("ada", "Home").await;
        house.clubhouse = house.draw("cleo", "Clubhouse").await;
        it_is(1);
        let joined = house.service.put_member(&ROOT, club, "fay", Role::Friend).await;
        assert_eq!(joined.expect("is put there"), Joined::Member);
        house
    }

    /// Somebody, looking as they may now.
    async fn eyes(&self, name: &str) -> Viewer {
        let token = self.service.create_token(&ROOT, "eyes", TokenScope::Admin, Some(name)).await;
        let token = token.expect("can sign in");
        self.service.bearer(&token).await.expect("the store answers").expect("is theirs").viewer
    }

    fn friend(&self, name: &str) -> Friend {
        self.service.friend_named(&ROOT, name).expect("is there")
    }

    async fn draw(&self, by: &str, name: &str) -> RegionId {
        let draft = circle(name, (LAT, LON), 100.0);
        self.service.put_region(&self.eyes(by).await, None, draft).await.expect("is drawn").id
    }

    /// Fay lets a group see something, from the beginning on.
    async fn share(&self, group: GroupId, level: Level) {
        let to = Party::Group(group);
        let draft = GrantDraft { to, level, since: Some(Timestamp::MIN), until: None };
        let fay = self.friend("fay");
        self.service.share(&self.eyes("fay").await, fay.id, draft).await.expect("is hers to say");
    }

    /// Fay's phone reports from this latitude at this minute, at once.
    async fn report(&self, at: i64, lat: f64) {
        it_is(at);
        let tst = minute(at).as_millis() / 1000;
        let payload = format!(r#"{{"_type":"location","lat":{lat},"lon":{LON},"acc":10,"tst":{tst}}}"#);
        self.service.submit(said(&self.phone, payload, minute(at))).await.expect("it is committed");
    }

    /// Fay comes to where both groups have a region, and leaves it.
    async fn walk(&self, from: i64) {
        for (step, lat) in [AWAY, AWAY, LAT, LAT, LAT].into_iter().enumerate() {
            self.report(from + i64::try_from(step).expect("is small") * 2, lat).await;
        }
    }

    /// Whom somebody sees.
    async fn names(&self, name: &str) -> Vec<String> {
        let seen = self.service.snapshot(&self.eyes(name).await).friends;
        seen.into_iter().map(|live| live.friend.name.to_string()).collect()
    }

    /// Fay as somebody sees her.
    async fn fay_as(&self, name: &str) -> Option<LiveFriend> {
        let fay = self.friend("fay").id;
        self.service.snapshot(&self.eyes(name).await).friends.into_iter().find(|live| live.friend.id == fay)
    }

    /// Where fay came and went, as somebody sees it.
    async fn places(&self, name: &str) -> Vec<String> {
        let all = TransitionQuery { limit: 1000, ..TransitionQuery::default() };
        let page = self.service.transitions(&self.eyes(name).await, &all).await.expect("the store answers");
        let mut names: Vec<String> = page.items.into_iter().map(|item| item.region_name).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The regions somebody knows, and those of them with somebody in.
    async fn regions(&self, name: &str) -> (Vec<String>, Vec<String>) {
        let eyes = self.eyes(name).await;
        let presence = self.service.presence(&eyes).into_iter();
        let (mut known, mut full) = (Vec::new(), Vec::new());
        for found in presence {
            if !found.friends.is_empty() {
                full.push(found.region.name.to_string());
            }
            known.push(found.region.name.to_string());
        }
        let past = self.service.presence_at(&eyes, now(), None).await;
        let past = past.expect("it is not in the future").into_iter();
        let there = past.filter(|found| !found.friends.is_empty()).map(|found| found.region.name.to_string());
        assert_eq!(there.collect::<Vec<_>>(), full, "the same by the history");
        (known, full)
    }
}

/// What is new until the line says nothing any more. A sign of life that was due already may come before what waits; the next one does not.
async fn news<S: Stream<Item = Result<LiveMessage, Error>> + Unpin>(live: &mut S) -> Vec<Change> {
    let (mut all, mut beats) = (Vec::new(), 0);
    loop {
        match next(live).await {
            LiveMessage::Delta(delta) => all.extend(delta.changes),
            LiveMessage::Heartbeat(_) if beats == 0 => beats += 1,
            LiveMessage::Heartbeat(_) => return all,
            LiveMessage::Snapshot(_) => unreachable!("nothing calls for one"),
        }
    }
}

#[tokio::test]
async fn each_group_sees_what_is_its_own_and_who_is_of_neither_sees_nothing() {
    let house = House::new().await;
    assert_eq!(house.fay_as("ben").await.map(|live| live.shown), Some(Shown::Precise));
    assert_eq!(house.fay_as("dora").await.map(|live| live.shown), Some(Shown::Off), "until she says what");
    house.share(house.club, Level::Precise).await;
    house.walk(10).await;
    for (who, seen, region) in [
        ("ben", vec!["ada", "ben", "fay"], "Home"),
        ("ada", vec!["ada", "ben", "fay"], "Home"),
        ("dora", vec!["cleo", "dora", "fay"], "Clubhouse"),
        ("cleo", vec!["cleo", "dora", "fay"], "Clubhouse"),
    ] {
        assert_eq!(house.names(who).await, seen, "{who}");
        assert_eq!(house.places(who).await, [region], "{who}");
        let known = (vec![region.to_owned()], vec![region.to_owned()]);
        assert_eq!(house.regions(who).await, known, "{who}");
        let fay = house.fay_as(who).await.expect("is seen");
        assert_eq!(fay.stays.len(), 1, "{who}");
        assert_eq!(fay.friend.memberships.len(), 1, "of the other group {who} learns nothing");
        assert!(house.eyes(who).await.is_of(fay.friend.group), "{who}");
    }
    assert_eq!(house.names("fay").await, ["ada", "ben", "cleo", "dora", "fay"]);
    assert_eq!(house.places("fay").await, ["Clubhouse", "Home"]);
    assert_eq!(house.regions("fay").await.1, ["Clubhouse", "Home"]);
    // An admin of the server, and of a group of his own: no more than anybody else.
    let sam = house.eyes("sam").await;
    assert_eq!((house.names("sam").await, house.places("sam").await), (vec!["sam".to_owned()], Vec::new()));
    assert!(matches!(house.service.friend_named(&sam, "fay"), Err(Error::NotFound(_))));
    let query = FixQuery { device: house.phone.device, from: None, to: None, limit: 10, cursor: None };
    assert!(matches!(house.service.fixes(&sam, &query).await, Err(Error::NotFound(_))));
    let log = house.service.messages(&sam, &MessageQuery { limit: 100, ..MessageQuery::default() }).await;
    assert!(log.expect("he is an admin of something").items.is_empty(), "of others' phones he reads nothing");
    let names: Vec<_> = house.service.groups(&sam).await.expect("the store answers");
    let names: Vec<_> = names.iter().map(|group| (group.name.as_str(), group.members.len())).collect();
    assert_eq!(names, [("Club", 0), ("Family", 0), ("Friends", 0), ("Staff", 1)], "what groups are called");
    house.work.end().await;
}

#[tokio::test]
async fn what_moves_reaches_each_viewer_of_either_group_once() {
    let house = House::new().await;
    house.share(house.club, Level::Precise).await;
    let gil = house.service.add_user_to(&ROOT, Some("Club"), "gil", PASSWORD, Role::Friend).await;
    gil.expect("is new");
    house.service.put_member(&ROOT, house.family, "gil", Role::Friend).await.expect("is there");
    house.report(10, AWAY).await;
    let mut eyes = Vec::new();
    for who in ["ben", "dora", "gil", "sam", "fay"] {
        let live = house.service.live(house.eyes(who).await, None);
        eyes.push((who, Box::pin(live)));
    }
    for (who, live) in &mut eyes {
        assert!(matches!(next(live).await, LiveMessage::Snapshot(_)), "{who}");
    }
    house.report(12, LAT).await;
    house.report(14, LAT).await;
    for (who, live) in &mut eyes {
        let news = news(live).await;
        let moves = news.iter().filter(|change| matches!(change, Change::Moved(..))).count();
        let stays: Vec<usize> = news
            .iter()
            .filter_map(|change| if let Change::Stays(_, stays) = change { Some(stays.len()) } else { None })
            .collect();
        let crossed = news.iter().filter(|change| matches!(change, Change::Crossed(_))).count();
        let expected = match *who {
            "sam" => (0, vec![], 0),
            "gil" | "fay" => (2, vec![2], 2),
            _ => (2, vec![1], 1),
        };
        assert_eq!((moves, stays, crossed), expected, "{who}");
    }
    house.work.end().await;
}

#[tokio::test]
async fn who_leaves_a_group_is_gone_from_it_at_once_and_stays_in_the_other() {
    let house = House::new().await;
    house.share(house.club, Level::Precise).await;
    house.walk(10).await;
    let made = house.service.add_device(&ROOT, "dora", "phone").await.expect("is new");
    let doras = house.service.sign_in_device(&made.username, &made.password, "here").await;
    let doras = doras.expect("the store answers").expect("its password is right");
    assert!(house.service.may_receive(&doras, &house.phone.topic));
    let mut live = pin!(house.service.live(house.eyes("dora").await, None));
    assert!(matches!(next(&mut live).await, LiveMessage::Snapshot(_)));

    let (fay, own) = (house.friend("fay").id, house.eyes("fay").await);
    let (dora, doras_own) = (house.friend("dora").id, house.eyes("dora").await);
    let said = GrantDraft { to: Party::Friend(fay), level: Level::Precise, since: None, until: None };
    house.service.share(&doras_own, dora, said).await.expect("they know each other");
    it_is(30);
    house.service.remove_member(&own, house.club, fay).await.expect("anybody may leave");
    let LiveMessage::Snapshot(after) = next(&mut live).await else { unreachable!("everything is new") };
    assert!(after.friends.iter().all(|live| live.friend.id != fay), "gone while dora looks");
    assert_eq!(house.places("dora").await, Vec::<String>::new(), "with all her past there");
    assert!(!house.service.may_receive(&doras, &house.phone.topic));
    assert_eq!(house.places("ben").await, ["Home"]);
    assert_eq!(house.places("fay").await, ["Home"], "nor does she know of the club's regions any more");
    house.report(32, LAT).await;
    assert_eq!(house.regions("fay").await.1, ["Home"]);
    let said = house.service.sharing(&own, fay).expect("is hers");
    assert!(
        said.grants.iter().all(|grant| grant.to != Party::Group(house.club)),
        "nor has she said anything"
    );

    let last = house.service.remove_member(&own, house.family, fay).await;
    assert!(matches!(last, Err(Error::Conflict { field: "group", .. })), "{last:?}");
    // Who comes back begins anew.
    it_is(40);
    house.service.put_member(&ROOT, house.club, "fay", Role::Friend).await.expect("is there again");
    assert_eq!(house.fay_as("dora").await.map(|live| live.shown), Some(Shown::Off));
    assert!(house.places("dora").await.is_empty());
    assert_eq!(house.places("fay").await, ["Home"], "what was before is over for her as well");
    let said = house.service.sharing(&doras_own, dora).expect("is hers");
    assert!(
        said.grants.iter().all(|grant| grant.to != Party::Friend(fay)),
        "and dora has not said anything to her"
    );
    house.work.end().await;
}

#[tokio::test]
async fn nobody_comes_into_a_group_unasked_and_nobody_is_found_out_by_asking() {
    let house = House::new().await;
    let (ada, ben, cleo) = (house.eyes("ada").await, house.eyes("ben").await, house.eyes("cleo").await);
    for (name, who) in [("dora", "is of the club"), ("nobody", "is not there")] {
        let invited = house.service.put_member(&ada, house.family, name, Role::Friend).await;
        assert!(matches!(invited, Ok(Joined::Invited)), "{name} {who}: {invited:?}");
    }
    let by_ben = house.service.put_member(&ben, house.family, "dora", Role::Friend).await;
    assert!(matches!(by_ben, Err(Error::Forbidden)), "{by_ben:?}");
    let by_cleo = house.service.put_member(&cleo, house.family, "dora", Role::Friend).await;
    assert!(matches!(by_cleo, Err(Error::NotFound("group"))), "{by_cleo:?}");
    assert_eq!(house.names("dora").await, ["cleo", "dora", "fay"], "she has not said yes");
    let groups = house.service.groups(&ada).await.expect("the store answers");
    let invited: Vec<_> = groups[0].invited.iter().map(|known| known.name.to_string()).collect();
    assert_eq!(invited, ["dora", "nobody"]);
    assert!(house.service.groups(&ben).await.expect("the store answers")[0].invited.is_empty());

    let dora = house.eyes("dora").await;
    let mine = house.service.group_invitations(&dora).await.expect("the store answers");
    assert_eq!(mine.iter().map(|known| known.name.as_str()).collect::<Vec<_>>(), ["Family"]);
    house.service.answer_invitation(&dora, "family", true).await.expect("she is invited");
    let again = house.service.answer_invitation(&dora, "Family", true).await;
    assert!(matches!(again, Err(Error::NotFound(_))), "{again:?}");
    assert_eq!(house.names("dora").await, ["ada", "ben", "cleo", "dora", "fay"]);
    let seen = house.service.snapshot(&ada).friends.into_iter();
    let shown = seen.filter(|live| live.friend.name.as_str() == "dora").map(|live| live.shown);
    assert_eq!(shown.collect::<Vec<_>>(), [Shown::Off], "she shows nothing until she says what");

    house.service.withdraw_invitation(&ada, house.family, "Nobody").await.expect("was invited");
    let uninvited = house.service.answer_invitation(&house.eyes("sam").await, "Family", true).await;
    assert!(matches!(uninvited, Err(Error::NotFound(_))), "{uninvited:?}");
    house.work.end().await;
}

#[tokio::test]
async fn an_admin_of_one_group_has_no_say_in_another() {
    let house = House::new().await;
    let service = &house.service;
    let (ada, cleo, sam) = (house.eyes("ada").await, house.eyes("cleo").await, house.eyes("sam").await);
    // Whoever sets up a phone of hers, or signs in as her, would look into both groups.
    for admin in [&ada, &cleo] {
        let made = service.add_device(admin, "fay", "another").await;
        assert!(matches!(made, Err(Error::Forbidden)), "{made:?}");
        let reset = service.reset_password(admin, "fay", PASSWORD).await;
        assert!(matches!(reset, Err(Error::Forbidden)), "{reset:?}");
        let token = service.create_token(admin, "mine", TokenScope::Read, Some("fay")).await;
        assert!(matches!(token, Err(Error::NotFound(_))), "{token:?}");
        let removed = service.remove_user(admin, "fay").await;
        assert!(matches!(removed, Err(Error::Forbidden)), "{removed:?}");
        let line = service.send_regions(admin, house.phone.device).await;
        assert!(matches!(line, Err(Error::Forbidden)), "{line:?}");
    }
    let taken = service.add_user(&cleo, "ben", PASSWORD, Role::Friend).await;
    assert!(matches!(taken, Err(Error::Conflict { field: "name", .. })), "{taken:?}");
    let theirs = service.remove_region(&ada, house.clubhouse).await;
    assert!(matches!(theirs, Err(Error::NotFound(_))), "{theirs:?}");
    for group in [house.family, house.club] {
        let by_sam = service.put_member(&sam, group, "sam", Role::Admin).await;
        assert!(matches!(by_sam, Err(Error::Forbidden)), "there is an admin: {by_sam:?}");
    }
    let by_ada = service.add_group(&ada, "Another").await;
    assert!(matches!(by_ada, Err(Error::Forbidden)), "{by_ada:?}");
    assert!(matches!(service.back_up(&ada, "/nowhere".into()).await, Err(Error::Forbidden)));

    // What she can do is take fay out of her own group; of the other she is as before.
    let fay = house.friend("fay").id;
    let ben = service.remove_friend(&house.eyes("ben").await, fay).await;
    assert!(matches!(ben, Err(Error::Forbidden)), "{ben:?}");
    service.remove_friend(&ada, fay).await.expect("is hers to do");
    assert_eq!(house.names("ada").await, ["ada", "ben"]);
    assert_eq!(house.names("dora").await, ["cleo", "dora", "fay"]);
    assert_eq!(house.friend("fay").group, house.club, "her home from now on");
    house.share(house.club, Level::Precise).await;
    house.report(20, LAT).await;
    assert_eq!(house.regions("dora").await.1, ["Clubhouse"]);
    assert_eq!(house.regions("ada").await.1, Vec::<String>::new());
    house.work.end().await;
}

#[tokio::test]
async fn what_a_phone_says_of_a_region_of_one_group_the_other_does_not_hear() {
    let house = House::new().await;
    house.share(house.club, Level::Precise).await;
    let mut phones = Vec::new();
    for name in ["ben", "dora"] {
        let made = house.service.add_device(&ROOT, name, "phone").await.expect("is new");
        let account = house.service.sign_in_device(&made.username, &made.password, "here").await;
        phones.push(account.expect("the store answers").expect("its password is right"));
    }
    let topic = house.phone.topic.to_string();
    let position = format!(
        r#"{{"_type":"location","lat":{LAT},"lon":{LON},"acc":10,"tst":{},"inregions":["Home"]}}"#,
        START.as_millis() / 1000
    );
    let event = format!(
        r#"{{"_type":"transition","event":"enter","desc":"Home","lat":{LAT},"lon":{LON},"acc":10,"tst":{}}}"#,
        START.as_millis() / 1000
    );
    let hears = |phone: &DeviceAccount, topic: &str, said: &str| {
        house.service.hearsay(phone, topic, said.as_bytes(), None)
    };
    assert_eq!(hears(&phones[0], &topic, &position), Hearsay::Same);
    assert_eq!(hears(&phones[0], &format!("{topic}/event"), &event), Hearsay::Same);
    let Hearsay::Instead(rewritten) = hears(&phones[1], &topic, &position) else {
        unreachable!("the position without the region")
    };
    assert!(!String::from_utf8_lossy(&rewritten).contains("Home"));
    assert_eq!(hears(&phones[1], &format!("{topic}/event"), &event), Hearsay::Nothing);
    house.work.end().await;
}

#[tokio::test]
async fn a_group_whose_removal_was_cut_off_is_removed_by_the_next_start() {
    let house = House::new().await;
    for name in ["cleo", "dora"] {
        house.service.put_member(&ROOT, house.family, name, Role::Friend).await.expect("is put there");
    }
    house.draw("cleo", "Boathouse").await;
    let mut aside = house.work.aside().await;
    let stop = "CREATE TRIGGER stop BEFORE DELETE ON regions WHEN OLD.name = 'Clubhouse'
                BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END";
    sqlx::query(stop).execute(&mut aside).await.expect("is made");
    let cleo = house.eyes("cleo").await;
    let cut_off = house.service.remove_group(&cleo, house.club, Removal::WithEverything).await;
    assert!(matches!(cut_off, Err(Error::Store(_))), "{cut_off:?}");
    let left = house.service.groups(&cleo).await.expect("the store answers");
    assert!(left.iter().any(|report| report.id == house.club), "it is not removed yet");
    let (club, family) = (house.club, house.family);
    let directory = house.work.end().await;
    sqlx::query("DROP TRIGGER stop").execute(&mut aside).await.expect("is dropped");

    let work = Work::open(directory, settings(TOPICS)).await;
    // What the start has to do comes before whatever is asked of it.
    work.service.rename_group(&ROOT, family, "Kin").await.expect("is hers to do");
    assert!(work.service.group_named(&ROOT, "Club").is_err());
    let of = |name: &str| work.service.friend_named(&ROOT, name).expect("stays");
    assert!(["cleo", "dora", "fay"].iter().all(|name| !of(name).is_of(club) && of(name).is_of(family)));
    for (sql, count) in [
        ("SELECT count(*) FROM regions", 1),
        ("SELECT count(*) FROM audit WHERE act = 'group-removed' AND actor = 'cleo'", 1),
        ("SELECT count(*) FROM groups WHERE closing_at IS NOT NULL AND closed_at IS NULL", 0),
    ] {
        let found: i64 = sqlx::query_scalar(sql).fetch_one(&mut aside).await.expect("is a number");
        assert_eq!(found, count, "{sql}");
    }
    work.end().await;
}

/// What somebody reads in the audit log, newest first.
async fn told(service: &Service, by: &Viewer) -> Vec<(Act, String)> {
    let query = AuditQuery { limit: 500, ..AuditQuery::default() };
    let page = service.audit(by, &query).await.expect("is an admin");
    page.items.into_iter().map(|entry| (entry.act, format!("{} {}", entry.subject, entry.note))).collect()
}

/// Into which groups somebody is invited, and as what.
async fn invited(house: &House, name: &str) -> Vec<(String, Role)> {
    let found = house.service.group_invitations(&house.eyes(name).await).await.expect("the store answers");
    found.into_iter().map(|known| (known.name.to_string(), known.role)).collect()
}

#[tokio::test]
async fn an_invitation_is_worth_nothing_without_who_made_it_after_its_end_and_for_the_next_of_that_name() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let house = House::new().await;
    let service = &house.service;
    let (ada, ben) = (house.eyes("ada").await, house.friend("ben").id);
    let invite = async |by: &Viewer, name: &str, role: Role| {
        let done = service.put_member(by, house.family, name, role).await;
        assert_eq!(done.expect("is an admin"), Joined::Invited);
    };
    let refused = async |name: &str| {
        let answer = service.answer_invitation(&house.eyes(name).await, "Family", true).await;
        assert!(matches!(answer, Err(Error::NotFound(_))), "{name}: {answer:?}");
        assert_eq!(invited(&house, name).await, []);
    };
    let waiting = async || {
        let groups = service.groups(&ada).await.expect("the store answers");
        groups[0].invited.len()
    };
    service.put_member(&ROOT, house.club, "ben", Role::Friend).await.expect("is there");
    let role = async |role: Role| service.put_member(&ada, house.family, "ben", role).await.expect("may");
    role(Role::Admin).await;
    let bens = house.eyes("ben").await;
    for name in ["zz9", "dora"] {
        invite(&bens, name, Role::Admin).await;
    }
    assert_eq!(invited(&house, "dora").await, [("Family".to_owned(), Role::Admin)]);
    assert_eq!(waiting().await, 2);
    // He is no admin any more, and then gone; a friend of that name is made elsewhere.
    role(Role::Friend).await;
    refused("dora").await;
    assert_eq!(waiting().await, 0);
    service.remove_member(&ada, house.family, ben).await.expect("is hers to do");
    service.add_user_to(&ROOT, Some("Club"), "zz9", PASSWORD, Role::Friend).await.expect("is new");
    refused("zz9").await;
    refused("dora").await;
    // Who comes back invites anew.
    service.put_member(&ROOT, house.family, "ben", Role::Admin).await.expect("is there");
    refused("dora").await;

    invite(&ada, "dora", Role::Friend).await;
    let made = now();
    set_clock(made.plus_millis(60 * DAY_MS - 1));
    assert_eq!(invited(&house, "dora").await.len(), 1);
    set_clock(made.plus_millis(60 * DAY_MS));
    refused("dora").await;
    assert_eq!(waiting().await, 0);

    invite(&ada, "dora", Role::Friend).await;
    service.remove_friend(&ROOT, house.friend("dora").id).await.expect("is there");
    service.add_user_to(&ROOT, Some("Club"), "dora", PASSWORD, Role::Friend).await.expect("is new");
    refused("dora").await;
    house.work.end().await;
}

#[tokio::test]
async fn the_audit_log_of_one_group_says_nothing_of_another_nor_of_the_server() {
    let house = House::new().await;
    let service = &house.service;
    let sal = service.add_user_to(&ROOT, Some("Staff"), "sal", PASSWORD, Role::Admin).await.expect("is new");
    service.set_server_admin(&ROOT, sal.id, false).await.expect("sam is another");
    let sam = house.eyes("sam").await;
    service.add_group(&sam, "Hideout").await.expect("is an admin of the server");
    let kept = Retention { raw: Keep::Days(33), ..Retention::default() };
    service.set_retention(&sam, kept).await.expect("is an admin of the server");
    let (to_sal, heard_by_sam) =
        (told(service, &house.eyes("sal").await).await, told(service, &house.eyes("sam").await).await);
    for act in [Act::GroupMade, Act::RetentionSet] {
        assert!(heard_by_sam.iter().any(|(told, _)| *told == act), "{heard_by_sam:?}");
        assert!(to_sal.iter().all(|(told, _)| *told != act), "{to_sal:?}");
    }
    assert!(to_sal.iter().any(|(_, said)| said.starts_with("sal")), "what is of their own group they read");
    assert!(to_sal.iter().all(|(_, said)| !said.contains("Hideout")), "{to_sal:?}");
    house.work.end().await;
}

#[tokio::test]
async fn whose_group_is_the_last_one_left_reads_nothing_more_by_that() {
    let work = Work::new().await;
    let service = work.service.clone();
    let (ann, _) = work.user(None, "ann", Role::Admin).await;
    let nobodys = async || {
        service.submit(bridged("nobodys/thing", "{}", now())).await.expect("it is committed");
    };
    let eyes = || service.friend_named(&ROOT, "ann").expect("is there").viewer();
    let reads = async || {
        let asked = MessageQuery { limit: 100, ..MessageQuery::default() };
        service.messages(&eyes(), &asked).await.expect("is an admin").items.len()
    };
    nobodys().await;
    assert_eq!(reads().await, 1, "she is the admin of all there is");
    let (eve, _) = work.user(Some("Club"), "eve", Role::Admin).await;
    service.set_server_admin(&ROOT, ann.id, false).await.expect("eve is another");
    let club = service.group_named(&ROOT, "Club").expect("is there");
    let draft = circle("Hideout", (LAT, LON), 100.0);
    service.put_region(&eve.viewer(), None, draft).await.expect("is hers");
    nobodys().await;
    assert_eq!(reads().await, 0);
    service.put_member(&ROOT, ann.group, "eve", Role::Friend).await.expect("is there");
    service.remove_group(&ROOT, club, Removal::WithEverything).await.expect("eve has another");
    let log = told(&service, &eyes()).await;
    assert!(log.iter().any(|(_, said)| said.starts_with("ann")), "{log:?}");
    assert!(log.iter().all(|(_, said)| !said.contains("Hideout")), "{log:?}");
    assert_eq!(reads().await, 0);
    work.end().await;
}

#[tokio::test]
async fn the_links_of_one_group_neither_hide_those_of_another_nor_grow_without_end() {
    let house = House::new().await;
    let service = &house.service;
    let (ada, cleo) = (house.eyes("ada").await, house.eyes("cleo").await);
    let invite = async |by: &Viewer| {
        let draft = InvitationDraft { group: None, name: String::new(), role: Role::Friend, days: 7 };
        service.invite_by_link(by, draft).await.map(|(made, _)| made.id)
    };
    let adas = invite(&ada).await.expect("is an admin");
    for _ in 0..101 {
        let made = invite(&cleo).await.expect("is an admin");
        service.revoke_invitation(&cleo, made).await.expect("is open");
    }
    for _ in 0..100 {
        invite(&cleo).await.expect("is an admin");
    }
    let more = invite(&cleo).await;
    assert!(matches!(more, Err(Error::Invalid { field: "name", .. })), "{more:?}");
    let listed = service.invitations(&ada).await.expect("is an admin");
    assert_eq!(listed.iter().map(|known| known.id).collect::<Vec<_>>(), [adas]);
    let foreign = service.revoke_invitation(&cleo, adas).await;
    assert!(matches!(foreign, Err(Error::NotFound(_))), "{foreign:?}");
    service.revoke_invitation(&ada, adas).await.expect("is open");
    invite(&ada).await.expect("the links of others do not count");
    house.work.end().await;
}

#[tokio::test]
async fn an_admin_of_the_server_does_not_have_the_audit_log_forget_what_they_did() {
    let house = House::new().await;
    let service = &house.service;
    let sam = house.eyes("sam").await;
    let keep = |days| Retention { audit: Keep::Days(days), ..Retention::default() };
    let token = service.with_token("script");
    for refused in [service.set_retention(&sam, keep(29)).await, token.set_retention(&ROOT, keep(1)).await] {
        assert!(matches!(refused, Err(Error::Invalid { field: "audit", .. })), "{refused:?}");
    }
    service.set_retention(&sam, keep(30)).await.expect("is long enough");
    service.set_retention(&ROOT, keep(5)).await.expect("at the terminal");
    let other = Retention { raw: Keep::Days(40), ..keep(5) };
    service.set_retention(&sam, other).await.expect("what was said at the terminal stays");
    it_is(20 * 24 * 60);
    service.sweep(&[]).await.expect("is swept");
    let left = told(service, &ROOT).await;
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left.iter().all(|(act, _)| *act == Act::RetentionSet), "{left:?}");
    it_is(401 * 24 * 60);
    service.sweep(&[]).await.expect("is swept");
    assert_eq!(told(service, &ROOT).await, []);
    house.work.end().await;
}

#[tokio::test]
async fn who_is_added_as_an_admin_is_one_of_the_group_and_not_of_the_server() {
    let house = House::new().await;
    let service = &house.service;
    let sam = house.eyes("sam").await;
    let added = service.add_user(&sam, "tim", PASSWORD, Role::Admin).await.expect("is new");
    assert_eq!(added.role, Some(Role::Friend));
    let tim = house.eyes("tim").await;
    assert!(tim.administers(added.group) && !tim.is_server_admin());
    service.add_device(&ROOT, "kid", "watch").await.expect("is new");
    let staff = service.group_named(&ROOT, "Staff").expect("is there");
    service.put_member(&ROOT, staff, "kid", Role::Friend).await.expect("is there");
    let first = service.friend_named(&ROOT, "kid").expect("is there").group;
    service.remove_member(&ROOT, first, house.friend("kid").id).await.expect("is of another");
    service.add_user(&sam, "kid", PASSWORD, Role::Admin).await.expect("could not sign in");
    let kid = house.eyes("kid").await;
    assert!(kid.administers(staff) && !kid.is_server_admin());
    service.set_server_admin(&sam, added.id, true).await.expect("is said in so many words");
    assert!(house.eyes("tim").await.is_server_admin());
    house.work.end().await;
}

#[tokio::test]
async fn an_event_in_a_region_of_one_name_is_told_to_its_group_by_that_name_alone() {
    let house = House::new().await;
    house.share(house.club, Level::Precise).await;
    let theirs = house.draw("cleo", "Home").await;
    let mut phones = Vec::new();
    for name in ["ben", "dora"] {
        let made = house.service.add_device(&ROOT, name, "phone").await.expect("is new");
        let account = house.service.sign_in_device(&made.username, &made.password, "here").await;
        phones.push(account.expect("the store answers").expect("its password is right"));
    }
    let topic = format!("{}/event", house.phone.topic);
    let event = |region: RegionId, name: &str, at: i64| {
        format!(
            r#"{{"_type":"transition","event":"enter","desc":"{name}","rid":"{region}","lat":{LAT},"lon":{LON},"acc":10,"tst":{}}}"#,
            minute(at).as_millis() / 1000
        )
    };
    let hears =
        |phone: usize, said: &str| match house.service.hearsay(&phones[phone], &topic, said.as_bytes(), None)
        {
            Hearsay::Same => Some("as it was said".to_owned()),
            Hearsay::Nothing => None,
            Hearsay::Instead(payload) => {
                let said: owntracks::Message =
                    owntracks::decode(&payload).remove(0).expect("is a message of a phone");
                let owntracks::Message::Transition(said) = said else { unreachable!("it stays an event") };
                assert_eq!(said.region_id, Some(theirs.to_string()), "by what it is meant");
                said.desc
            }
        };
    let (ours, theirs) = (event(house.home, "Home", 1), event(theirs, "Home (2)", 1));
    assert_eq!((hears(0, &ours).as_deref(), hears(1, &ours)), (Some("as it was said"), None));
    assert_eq!((hears(0, &theirs), hears(1, &theirs).as_deref()), (None, Some("Home")));
    let unkeyed = ours.replace(&house.home.to_string(), "a1b2c3");
    assert_eq!((hears(0, &unkeyed).as_deref(), hears(1, &unkeyed)), (Some("as it was said"), None));

    // What an admin of one group reads of her phone names no region of the other.
    let list = format!(
        r#"{{"_type":"waypoints","waypoints":[{{"_type":"waypoint","desc":"Clubhouse","rid":"{}","tst":1,"lat":{LAT},"lon":{LON},"rad":100}}]}}"#,
        house.clubhouse
    );
    it_is(10);
    house.service.submit(said(&house.phone, list, minute(10))).await.expect("it is committed");
    let read = async |who: &str| {
        let log = MessageQuery { limit: 1, ..MessageQuery::default() };
        let log = house.service.messages(&house.eyes(who).await, &log).await.expect("is an admin");
        log.items.first().is_some_and(|message| message.payload.contains("Clubhouse"))
    };
    assert_eq!((read("ada").await, read("cleo").await), (false, true));

    // The phone still has what was the club's when she leaves it: nobody hears of it by that.
    let (fay, own) = (house.friend("fay").id, house.eyes("fay").await);
    it_is(20);
    house.service.remove_member(&own, house.club, fay).await.expect("anybody may leave");
    let late = event(house.clubhouse, "Clubhouse", 22);
    it_is(22);
    house.service.submit(said(&house.phone, late.clone(), minute(22))).await.expect("it is committed");
    for who in ["ben", "dora", "fay"] {
        assert!(!house.places(who).await.contains(&"Clubhouse".to_owned()), "{who}");
    }
    assert_eq!((hears(0, &late), hears(1, &late)), (None, None));
    assert_eq!((read("ada").await, read("cleo").await), (false, false));
    house.work.end().await;
}
