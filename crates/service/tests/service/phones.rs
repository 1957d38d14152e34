//! Regions on phones over time: what may not have arrived is told again, and what is hidden is not given away by what one hears of it.

use crate::support::{ROOT, START, TOPICS, Work, now, said, set_clock, settings};
use domain::{
    Audience, Details, DeviceId, Kind, Role, Viewer,
    waypoint::{Receipt, Switch},
};
use geodesy::{Area, Circle, Point, Polygon};
use serde_json::{Value, json};
use service::{Belief, DeviceAccount, GrantDraft, RegionDraft, Service, TransitionQuery};

const START_S: i64 = START.as_millis() / 1000;

struct House {
    work: Work,
    service: Service,
    phones: Vec<DeviceAccount>,
}

impl House {
    /// Ann and Ben with a phone each.
    async fn new() -> Self {
        let work = Work::new().await;
        let phones = vec![work.device(None, "ann", "phone").await, work.device(None, "ben", "phone").await];
        Self { service: work.service.clone(), work, phones }
    }

    /// Whether a rebuild finds the same.
    async fn end(self) {
        let rebuilt = self.work.rebuilt(settings(TOPICS), service::AT_ONCE).await;
        self.work.end().await;
        assert!(rebuilt.is_equal(), "{:?}", rebuilt.tables);
    }

    fn viewer(&self, phone: usize) -> Viewer {
        let DeviceAccount { friend, group, .. } = self.phones[phone].clone();
        Viewer::member(friend, group, Role::Friend)
    }

    async fn hear(&self, phone: usize, message: &Value) {
        let inbound = said(&self.phones[phone], message.to_string(), now());
        self.service.submit(inbound).await.expect("is committed");
    }

    /// A message over HTTP: the orders of the answer.
    async fn post(&self, phone: usize, said: &Value) -> Vec<String> {
        self.hear(phone, said).await;
        let answer = self.service.answer(&self.phones[phone]).await.expect("there is an answer");
        let answer: Vec<Value> = serde_json::from_slice(&answer).expect("is a list");
        let orders = answer.iter().filter(|one| one["_type"] == "cmd");
        orders.map(|order| order["action"].as_str().expect("is a text").to_owned()).collect()
    }

    async fn draw(&self, name: &str, area: Area, audience: Audience, to_phones: bool) -> domain::RegionId {
        let details = Some(Details { audience, to_phones, ..Details::default() });
        let draft = RegionDraft { name: name.into(), area, details };
        self.service.put_region(&ROOT, None, draft).await.expect("is drawn").id
    }

    async fn receipt(&self, phone: usize) -> Receipt {
        let device: DeviceId = self.phones[phone].device;
        let places = self.service.places_on(&ROOT, device).await.expect("is known");
        places.regions.first().expect("there is one").receipt
    }

    /// What somebody reads in the history, newest first.
    async fn history(&self, viewer: &Viewer) -> Vec<(String, Kind)> {
        let query = TransitionQuery { limit: 100, belief: Belief::Held, ..TransitionQuery::default() };
        let page = self.service.transitions(viewer, &query).await.expect("can be asked");
        page.items.into_iter().map(|one| (one.region_name, one.kind)).collect()
    }
}

fn home() -> Point {
    Point::new(48.2, 16.37).expect("is a point")
}

fn circle(radius_m: f64) -> Area {
    Area::Circle(Circle::new(home(), radius_m).expect("is a circle"))
}

fn location(at_s: i64) -> Value {
    json!({"_type": "location", "lat": 48.1, "lon": 16.3, "acc": 10, "tst": at_s})
}

fn at(second: i64) -> i64 {
    set_clock(START.plus_millis(second * 1000));
    START_S + second
}

#[tokio::test]
async fn regions_in_an_answer_that_was_lost_are_given_again_and_not_with_each_message() {
    let house = House::new().await;
    let region = house.draw("Home", circle(150.0), Audience::Group, true).await;
    let mut told = Vec::new();
    for minute in 0..180 {
        if house.post(0, &location(at(minute * 60))).await.iter().any(|order| order == "setWaypoints") {
            told.push(minute);
        }
        if minute == 30 {
            assert!(matches!(
                house.receipt(0).await,
                Receipt::Sent(_, 3) | Receipt::Refused(_, Switch::Commands)
            ));
        }
    }
    assert_eq!(told, [0, 1, 11, 71], "each time after a longer while");
    // The app names the region by the key that it was given: it has it.
    let said = json!({"_type": "location", "lat": 48.2, "lon": 16.37, "acc": 10, "tst": at(11_000),
        "inregions": ["Home"], "inrids": [region.to_string()]});
    house.hear(0, &said).await;
    assert_eq!(house.receipt(0).await, Receipt::Confirmed(START.plus_millis(11_000_000)));
    let later: Vec<String> = house.post(0, &location(at(5 * 24 * 3600))).await;
    assert!(!later.iter().any(|order| order == "setWaypoints"), "{later:?}");
    house.end().await;
}

#[tokio::test]
async fn a_phone_that_lists_nothing_of_ours_does_not_allow_it_and_one_whose_owner_took_it_away_has_drifted() {
    let house = House::new().await;
    let region = house.draw("Home", circle(150.0), Audience::Group, true).await;
    let empty = json!({"_type": "waypoints", "waypoints": []});
    let mine = json!({"_type": "waypoints", "waypoints": [{"_type": "waypoint", "desc": "Home", "lat": 48.2, "lon": 16.37,
        "rad": 150, "tst": domain::waypoint::tst_s(region), "rid": region.to_string()}]});
    let mut told = 0;
    let mut second = 0;
    for phone in [0, 1] {
        house.post(phone, &location(at(second))).await;
    }
    for step in 0..8 {
        second += 300;
        at(second);
        told += house.post(0, &empty).await.iter().filter(|order| *order == "setWaypoints").count();
        if step == 0 {
            assert!(matches!(house.receipt(0).await, Receipt::Sent(_, 2)), "it may have been under way");
        }
    }
    assert_eq!(told, 2);
    assert!(matches!(house.receipt(0).await, Receipt::Refused(_, Switch::Configuration)));
    house.post(1, &mine).await;
    assert!(matches!(house.receipt(1).await, Receipt::Confirmed(_)));
    at(second + 600);
    assert!(house.post(1, &empty).await.is_empty(), "what its owner did is left");
    assert!(matches!(house.receipt(1).await, Receipt::Drifted(_)));
    house.end().await;
}

#[tokio::test]
async fn a_polygon_is_given_as_the_circle_round_it_and_entered_only_by_position() {
    let house = House::new().await;
    let corners = [0.0, 120.0, 240.0].map(|bearing| home().destination(bearing, 339.9)).to_vec();
    let park = Area::Polygon(Polygon::new(corners).expect("is a polygon"));
    let region = house.draw("Park", park, Audience::Group, true).await;
    let wide = [0.0, 120.0, 240.0].map(|bearing| home().destination(bearing, 40_000.0)).to_vec();
    house.draw("Wide", Area::Polygon(Polygon::new(wide).expect("is a polygon")), Audience::Group, true).await;
    house.hear(0, &location(at(0))).await;
    let answer = house.service.answer(&house.phones[0]).await.expect("there is an answer");
    let answer: Vec<Value> = serde_json::from_slice(&answer).expect("is a list");
    let given = &answer.iter().find(|one| one["action"] == "setWaypoints").expect("is given")["waypoints"]["waypoints"];
    assert_eq!(
        (given.as_array().map(Vec::len), &given[0]["rad"], &given[0]["desc"]),
        (Some(1), &json!(340), &json!("Park"))
    );
    let places = house.service.places_on(&ROOT, house.phones[0].device).await.expect("is known");
    let receipts: Vec<_> =
        places.regions.iter().map(|known| (known.circle_m, known.receipt.as_str())).collect();
    assert_eq!(receipts, [(Some(340), "sent"), (None, "shape")]);
    let claim = |second: i64, kind: &str, from: Point| {
        json!({"_type": "transition", "event": kind, "desc": "Park", "tst": START_S + second, "t": "c", "acc": 10,
            "lat": from.lat(), "lon": from.lon(), "rid": region.to_string(), "wtst": domain::waypoint::tst_s(region)})
    };
    at(8000);
    house.hear(0, &claim(4000, "enter", home().destination(60.0, 300.0))).await;
    assert!(house.history(&ROOT).await.is_empty(), "it came into the circle, beside the polygon");
    house.hear(0, &claim(6000, "enter", home())).await;
    assert_eq!(house.history(&ROOT).await, [("Park".to_owned(), Kind::Enter)]);
    house.end().await;
}

#[tokio::test]
async fn whoever_speaks_of_a_hidden_region_by_its_name_learns_nothing_and_others_do_not_either() {
    let house = House::new().await;
    let vault = house.draw("Vault", circle(150.0), Audience::Admins, false).await;
    house.draw("vault", circle(5.0), Audience::Admins, false).await;
    at(8000);
    let claim = |name: &str, second: i64, more: Value| {
        let mut said = json!({"_type": "transition", "event": "enter", "desc": name, "tst": START_S + second, "t": "c", "acc": 10,
            "lat": 48.2, "lon": 16.37, "wtst": START_S - 5000});
        for (member, value) in more.as_object().expect("is an object") {
            said[member] = value.clone();
        }
        said
    };
    house.hear(0, &location(START_S + 1000)).await;
    house.hear(0, &claim("Vault", 4000, json!({}))).await;
    house.hear(0, &claim("Attic", 5000, json!({}))).await;
    let own = house.history(&house.viewer(0)).await;
    assert_eq!(
        own,
        [("Attic".to_owned(), Kind::Enter), ("Vault".to_owned(), Kind::Enter)],
        "the one like the other"
    );
    assert_eq!(house.history(&house.viewer(1)).await, [("Attic".to_owned(), Kind::Enter)]);
    // A place drawn where a hidden region is stays a place of its owner's.
    let den = json!({"_type": "waypoint", "desc": "Den", "tst": START_S - 4000, "lat": 48.2, "lon": 16.37, "rad": 150});
    house.hear(0, &den).await;
    house.hear(0, &claim("Den", 6000, json!({"wtst": START_S - 4000}))).await;
    assert_eq!(house.history(&house.viewer(0)).await.len(), 3);
    let places = house.service.places_on(&house.viewer(0), house.phones[0].device).await.expect("is known");
    assert_eq!(places.own.iter().map(|own| own.region).collect::<Vec<_>>(), [None]);
    // Its key only those have who were given it: what they say is about that region, and not for those who may not know of it.
    house.hear(0, &claim("Vault", 7000, json!({"rid": vault.to_string()}))).await;
    assert_eq!(house.history(&house.viewer(0)).await.len(), 3);
    house.end().await;
}

#[tokio::test]
async fn a_region_is_numbered_on_phones_only_for_others_that_its_owner_knows() {
    let house = House::new().await;
    house.draw("Home", circle(100.0), Audience::Admins, true).await;
    let Viewer::Friend { friend: ann, .. } = house.viewer(0) else { return };
    house.draw("Home", circle(400.0), Audience::Friends(vec![ann]), true).await;
    let names =
        house.service.places_on(&house.viewer(0), house.phones[0].device).await.expect("is known").regions;
    assert_eq!(names.iter().map(|known| &*known.name).collect::<Vec<_>>(), ["Home"], "no number");
    house.end().await;
}

#[tokio::test]
async fn of_many_friends_an_answer_tells_those_who_moved_and_now_and_then_all() {
    let mut house = House::new().await;
    for number in 0..60 {
        house.phones.push(house.work.device(None, &format!("friend {number}"), "phone").await);
    }
    let all = house.phones.len();
    for phone in 0..all {
        house.hear(phone, &location(at(0))).await;
    }
    let answer = async |phone: usize, second: i64| {
        house.hear(phone, &location(at(second))).await;
        let answer = house.service.answer(&house.phones[phone]).await.expect("there is an answer");
        let answer: Vec<Value> = serde_json::from_slice(&answer).expect("is a list");
        let told = answer.iter().filter(|one| one["_type"] == "location" && one["tid"].is_string());
        told.map(|one| (one["topic"].clone(), one["tst"].clone())).collect::<Vec<_>>()
    };
    let moves = async |phone: usize, second: i64| {
        house.hear(phone, &location(at(second))).await;
        (json!(*house.phones[phone].topic), json!(START_S + second))
    };
    assert_eq!(answer(0, 10).await.len(), all - 1);
    assert_eq!(answer(0, 20).await, []);
    let news = moves(7, 25).await;
    assert_eq!(answer(0, 30).await, [news]);
    // What one phone was told, another was not; and one that is started afresh has all of them again after a while.
    assert_eq!(answer(1, 40).await.len(), all - 1);
    assert_eq!(answer(0, 50).await.len(), 1, "ben");
    assert_eq!(answer(0, 10 + 600).await.len(), all - 1);
    // Who shows nothing any more is not told of, and who shows again is.
    let friend = house.service.friend_named(&ROOT, "friend 9").expect("is there");
    let show = async |level| {
        let to = domain::Party::Group(friend.group);
        let draft = GrantDraft { to, level, since: None, until: None };
        house.service.share(&ROOT, friend.id, draft).await.expect("is in their care");
    };
    show(domain::Level::Off).await;
    assert_eq!(answer(0, 620).await, []);
    moves(11, 625).await;
    show(domain::Level::Precise).await;
    let shown = moves(11, 628).await;
    assert_eq!(answer(0, 630).await, [shown]);
    house.end().await;
}
