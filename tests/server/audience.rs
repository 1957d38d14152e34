//! A region that is not for everybody: nobody else learns of it, by no way out of the server.

use crate::support::{
    Home, Live, Mosquitto, Phone, Server, circle, eventually, form_urlencoded, location, now_s, rfc3339,
};
use domain::live::LiveMessage;
use http::Method;
use serde_json::{Value, json};

/// What must not be read anywhere.
const HIDDEN: &str = "Therapist";

/// A region of that name at 48.2, 16.37, for some.
fn hidden(audience: &Value) -> Value {
    let mut region = circle(HIDDEN, 48.2, 16.37, 150.0);
    region["audience"] = audience.clone();
    region
}

/// Everything the pages and the JSON interface say to somebody with a cookie.
async fn all_pages(server: &Server, cookie: &str, region: &str) -> String {
    let mut said = String::new();
    let (of_region, one) =
        (format!("/api/v1/transitions?region={region}"), format!("/api/v1/regions/{region}"));
    let why = format!("/api/v1/friends/tom/regions/{region}/why");
    let pages =
        ["/", "/regions", "/history", "/friends", "/api/v1/friends", "/api/v1/presence", "/api/v1/regions"];
    let functions = ["/api/v1/transitions", "/api/transitions", "/api/latest"];
    let then = format!("/api/v1/presence?at={}", rfc3339(now_s() - 20));
    let past = [
        "/history/time",
        "/history/presence",
        "/api/time_spent",
        "/api/presence_at",
        "/api/v1/transitions.csv",
        "/api/v1/transitions.json?superseded=include",
        &*then,
    ];
    for path in pages.into_iter().chain(functions).chain(past).chain([&*of_region, &*one, &*why]) {
        said.push_str(&server.get(path).cookie(cookie).send().await.text());
    }
    // The address of the question itself is repeated by nobody.
    said
}

/// Tom comes to the place, and his phone says so, too.
async fn come(phone: &mut Phone, second: i64) {
    phone.publish("", location(second - 600, 48.3, 16.37)).await;
    let listed = json!({"_type": "location", "tid": "ph", "lat": 48.2, "lon": 16.37, "acc": 10, "tst": second - 120,
        "inregions": [HIDDEN], "inrids": ["x1"]});
    phone.publish("", listed.to_string()).await;
    phone.publish("", location(second - 60, 48.2, 16.37)).await;
    let claim = json!({"_type": "transition", "event": "enter", "desc": "therapist", "tid": "ph", "lat": 48.2, "lon": 16.37,
        "acc": 10, "t": "c", "tst": second - 60, "wtst": second - 9000});
    phone.publish("/event", claim.to_string()).await;
    phone.publish("", location(second - 30, 48.2, 16.37)).await;
}

/// What a phone hears until a position of that second.
async fn heard(phone: &mut Phone, second: i64) -> String {
    let mut all = String::new();
    loop {
        let publish = phone.receive().await;
        let text = String::from_utf8_lossy(&publish.payload).into_owned();
        all.push_str(&text);
        if text.contains(&format!("\"tst\":{second}")) {
            return all;
        }
    }
}

#[tokio::test]
async fn a_region_for_some_is_unknown_to_everybody_else() {
    let home = Home::new();
    home.user("ada", &["--admin"]).await;
    let (mut phones, mut https) = (Vec::new(), Vec::new());
    for name in ["ben", "cid"] {
        home.user(name, &[]).await;
        phones.push(home.device(name, "phone", &[]).await);
        https.push(home.device(name, "old", &[]).await);
    }
    let tom = home.device("tom", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let region = server.draw(&token, &hidden(&json!(["ben"]))).await;
    let (ada, ben, cid) =
        (server.sign_in("ada").await, server.sign_in("ben").await, server.sign_in("cid").await);
    let mut live = Live::of(&server, &cid).await;
    assert!(live.snapshot().await.regions.is_empty());
    let now = now_s();
    // A phone in HTTP mode is told what comes after its first message.
    let post = async |of: usize, second: i64| {
        let credentials = &https[of];
        let asked = server.post("/pub").basic(&credentials.username, &credentials.password);
        asked.bytes(location(second, 10.0, 10.0).into_bytes()).send().await.text()
    };
    let (_, _) = (post(0, now - 900).await, post(1, now - 900).await);
    let mut bens = Phone::connect(server.broker(), &phones[0]).await;
    let mut cids = Phone::connect(server.broker(), &phones[1]).await;
    for phone in [&mut bens, &mut cids] {
        phone.subscribe("owntracks/#").await;
    }
    let mut toms = Phone::connect(server.broker(), &tom).await;
    come(&mut toms, now).await;

    for cookie in [&ada, &ben] {
        eventually("it is known to those whom it is for", async || {
            let presence = server.get("/api/v1/presence").cookie(cookie).send().await.json();
            (presence["items"][0]["friends"][0]["friend"] == "tom").then_some(())
        })
        .await;
        let all = all_pages(&server, cookie, &region).await;
        assert!(all.contains(HIDDEN), "and on the pages");
    }
    let all = all_pages(&server, &cid, &region).await;
    assert!(!all.contains(HIDDEN) && !all.contains(&region), "cid reads of it:\n{all}");
    let one = server.get(&format!("/api/v1/regions/{region}")).cookie(&cid).send().await;
    one.assert_problem(404, None);

    let said = heard(&mut bens, now - 30).await;
    assert!(said.contains(HIDDEN) && said.contains("therapist") && said.contains("inrids"), "{said}");
    let said = heard(&mut cids, now - 30).await;
    assert!(said.contains("48.2") && !said.contains("transition"), "{said}");
    assert!(!said.to_lowercase().contains("therapist") && !said.contains("inr"), "{said}");

    assert!(post(0, now).await.contains(HIDDEN), "ben's phone is told");
    let told = post(1, now).await;
    assert!(told.contains("48.2") && !told.contains(HIDDEN) && !told.contains("transition"), "{told}");

    // What is asked for afterwards marks the end of what was to come.
    server.draw(&token, &circle("Park", 47.0, 16.0, 100.0)).await;
    loop {
        let message = live.message().await;
        let said = format!("{message:?}");
        assert!(!said.contains(HIDDEN) && !said.contains(&region), "{said}");
        assert!(!matches!(message, LiveMessage::Snapshot(_)), "nothing calls for one");
        if said.contains("Park") {
            break;
        }
    }
    assert!(!all_pages(&server, &cid, &region).await.contains(HIDDEN));

    let path = format!("/api/v1/regions/{region}");
    let removed = server.ask(Method::DELETE, &path).bearer(&token).send().await;
    assert_eq!(removed.status, 204);
    server.kill();
    let server = home.serve().await;
    let (ben, cid) = (server.sign_in("ben").await, server.sign_in("cid").await);
    assert!(
        all_pages(&server, &ben, &region).await.contains(HIDDEN),
        "the history of what is gone is for whom it was"
    );
    assert!(!all_pages(&server, &cid, &region).await.contains(HIDDEN), "and for nobody else");
}

#[tokio::test]
async fn a_browser_that_looks_learns_of_a_region_when_it_becomes_for_all_and_forgets_it_again() {
    let home = Home::new();
    home.user("cid", &[]).await;
    let tom = home.device("tom", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let region = server.draw(&token, &hidden(&json!("admins"))).await;
    let mut phone = Phone::connect(server.broker(), &tom).await;
    come(&mut phone, now_s()).await;
    let mut live = Live::of(&server, &server.sign_in("cid").await).await;
    let before = live.snapshot().await;
    assert!(before.regions.is_empty() && before.friends.iter().all(|live| live.stays.is_empty()));
    let path = format!("/api/v1/regions/{region}");
    let put = async |audience: Value| {
        let changed = server.ask(Method::PUT, &path).bearer(&token).json(&hidden(&audience)).send().await;
        assert_eq!(changed.status, 200, "{}", changed.text());
    };
    put(json!("group")).await;
    let said = format!("{:?}", live.delta().await);
    assert!(said.contains(HIDDEN) && said.contains("Stays") && said.contains("since"), "{said}");
    put(json!("admins")).await;
    let said = format!("{:?}", live.delta().await);
    assert!(said.contains("RegionGone") && !said.contains(HIDDEN), "{said}");
}

#[tokio::test]
async fn outside_of_its_hours_a_region_tells_nothing() {
    let home = Home::new();
    home.user("ada", &["--admin"]).await;
    let tom = home.device("tom", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let ada = server.sign_in("ada").await;
    let mut region = circle("School", 48.2, 16.37, 150.0);
    // It is open on the days before and after alone.
    let day = |offset: i64| {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let index = (now_s() / 86_400 + offset).rem_euclid(7);
        days[usize::try_from(index).expect("is below seven")]
    };
    let closed = json!({"zone": "UTC", "hours": [format!("{} 00:00-24:00", day(3))]});
    let open = json!({"zone": "UTC", "hours": ["daily 00:00-24:00"]});
    region["schedule"] = closed.clone();
    let id = server.draw(&token, &region).await;
    let mut live = Live::of(&server, &ada).await;
    assert_eq!(live.snapshot().await.regions.len(), 1, "the region itself is known");
    let mut phone = Phone::connect(server.broker(), &tom).await;
    let now = now_s();
    phone.publish("", location(now - 600, 48.3, 16.37)).await;
    phone.publish("", location(now - 120, 48.2, 16.37)).await;
    phone.publish("", location(now - 60, 48.2, 16.37)).await;
    let quiet = async |token: &str| {
        let here = &server.items("/api/v1/presence", token).await[0]["friends"];
        let crossed = server.items("/api/v1/transitions", token).await;
        (here.as_array().map(Vec::len), crossed.len())
    };
    assert_eq!(quiet(&token).await, (Some(0), 0), "not even to whoever sees everything");

    region["schedule"] = open;
    let path = format!("/api/v1/regions/{id}");
    let put = async |region: &Value| {
        let changed = server.ask(Method::PUT, &path).bearer(&token).json(region).send().await;
        assert_eq!(changed.status, 200, "{}", changed.text());
    };
    put(&region).await;
    assert_eq!(quiet(&token).await, (Some(1), 1), "it was judged all the same");
    loop {
        let said = format!("{:?}", live.delta().await);
        assert!(!said.contains("Crossed"), "{said}");
        if said.contains("since") {
            break;
        }
    }
    region["schedule"] = closed;
    put(&region).await;
    assert_eq!(quiet(&token).await, (Some(0), 0));
}

/// Hours of each day from and to a moment, by the clocks of UTC.
fn hours(from_s: i64, to_s: i64) -> Value {
    let clock = |second: i64| {
        let minute = second.rem_euclid(86_400) / 60;
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    json!({"zone": "UTC", "hours": [format!("daily {}-{}", clock(from_s), clock(to_s))]})
}

#[tokio::test]
async fn what_was_before_the_hours_of_a_region_is_not_told_within_them() {
    let home = Home::new();
    home.user("ada", &["--admin"]).await;
    let tom = home.device("tom", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let ada = server.sign_in("ada").await;
    let now = now_s();
    let begin = now / 60 * 60 - 3600;
    let mut region = circle("School", 48.2, 16.37, 150.0);
    region["schedule"] = hours(begin, begin + 7200);
    let id = server.draw(&token, &region).await;
    let mut phone = Phone::connect(server.broker(), &tom).await;
    let came = now - 3 * 3600;
    for (second, lat) in [(came - 600, 48.3), (came, 48.2), (came + 60, 48.2), (now - 600, 48.2)] {
        phone.publish("", location(second, lat, 16.37)).await;
    }
    let here = json!({"friend": "tom", "since": rfc3339(begin), "since_or_before": true});
    let path = "/api/v1/presence";
    assert_eq!(server.items(path, &token).await[0]["friends"], json!([here]));
    let then = format!("/api/v1/presence?at={}", rfc3339(now - 900));
    assert_eq!(server.items(&then, &token).await[0]["friends"], json!([here]));
    let friends = server.items("/api/v1/friends", &token).await;
    let regions = &friends.iter().find(|friend| friend["name"] == "tom").expect("tom is there")["regions"];
    assert_eq!((&regions[0]["since"], &regions[0]["since_or_before"]), (&here["since"], &json!(true)));
    let snapshot = Live::of(&server, &ada).await.snapshot().await;
    let stay = snapshot.friends.iter().find_map(|live| live.stays.first()).expect("tom is there");
    assert!(stay.or_before && stay.since.as_millis() == begin * 1000, "{stay:?}");
    let page =
        server.get(&format!("/history/presence?zone=UTC&region={id}")).cookie(&ada).send().await.text();
    assert!(page.contains(" or before"), "{page}");

    for second in [now - 120, now - 60] {
        phone.publish("", location(second, 48.3, 16.37)).await;
    }
    let left = server.items("/api/v1/transitions", &token).await;
    let [leave] = &left[..] else { panic!("it came before the hours: {left:?}") };
    assert_eq!((&leave["kind"], &leave["stay_s"]), (&json!("leave"), &Value::Null), "{leave}");
    let all = all_pages(&server, &ada, &id).await;
    let hour = &rfc3339(came)[..16];
    assert!(!all.contains(hour) && !all.contains("stayed"), "when he came is told nowhere: {all}");
    assert!(!server.get("/").cookie(&ada).send().await.text().contains("stayed"));

    // The hours of a moment may be over by now.
    region["schedule"] = hours(came - 1800, came + 1800);
    let changed =
        server.ask(Method::PUT, &format!("/api/v1/regions/{id}")).bearer(&token).json(&region).send().await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let then = format!("/api/v1/presence?at={}", rfc3339(came + 600));
    let was = server.items(&then, &token).await[0]["friends"][0].clone();
    assert_eq!((&was["since"], &was["until_or_later"]), (&json!(rfc3339(came)), &json!(true)), "{was}");
    let end = (came + 1800) / 60 * 60;
    assert_eq!(was["until"], json!(rfc3339(end)));
}

#[tokio::test]
async fn outlets_say_nothing_of_a_region_that_is_not_for_the_whole_group() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "").await;
    home.user("ada", &["--admin"]).await;
    let tom = home.device("tom", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let ada = server.sign_in("ada").await;
    server.draw(&token, &hidden(&json!("admins"))).await;
    server.draw(&token, &circle("Park", 48.4, 16.37, 150.0)).await;
    let mut listener = mosquitto.connect("listener").await;
    listener.subscribe("out/#").await;
    let url = mosquitto.url();
    let fields = [
        ("id", ""),
        ("broker", &*url),
        ("base", "out"),
        ("positions", "yes"),
        ("transitions", "yes"),
        ("on", "yes"),
    ];
    let saved = server.post("/api/save_outlet").cookie(&ada).form(form_urlencoded(&fields)).send().await;
    assert!(saved.status.as_u16() < 400, "{}", saved.text());
    let mut phone = Phone::connect(server.broker(), &tom).await;
    let now = now_s();
    come(&mut phone, now - 600).await;
    for (second, lat) in [(300, 48.3), (120, 48.4), (60, 48.4)] {
        phone.publish("", location(now - second, lat, 16.37)).await;
    }
    loop {
        let publish = listener.receive().await;
        let said = String::from_utf8_lossy(&publish.payload).into_owned();
        assert!(!said.contains(HIDDEN), "{}: {said}", publish.topic);
        if publish.topic == "out/tom/event" {
            assert!(said.contains("Park") && said.contains("enter"), "{said}");
            break;
        }
    }
    eventually("nothing waits any more", async || {
        let outlets = server.get("/api/outlets").cookie(&ada).send().await.json();
        (outlets[0]["waiting"] == 0 || outlets[0]["state"]["waiting"] == 0).then_some(())
    })
    .await;
}
