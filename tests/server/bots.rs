//! Bots: programs of a group that hear who comes and goes, in their regions, of those who let them; and nothing else, anywhere. What they post and answer
//! is in `bots/posts.rs`.

mod posts;

use crate::support::{
    Answer, Events, Home, Live, Phone, Server, circle, eventually, location, next_second, now_s,
};
use domain::live::{Change, LiveMessage};
use http::{Method, header};
use serde_json::{Value, json};

const HOME: (f64, f64) = (48.200_137, 16.370_259);
const WORK: (f64, f64) = (48.210_137, 16.370_259);
const AWAY: (f64, f64) = (48.230_137, 16.370_259);

/// The friends of the family, and what each says: to the group, and to its bots.
const FAMILY: [(&str, &str, bool); 7] = [
    ("ann", "precise", true),
    ("ben", "precise", false),
    ("cid", "street", true),
    ("dan", "off", true),
    ("fay", "names", true),
    ("gil", "inside", true),
    ("hal", "precise", true),
];
/// Of whom a bot may hear.
const HEARD: [&str; 3] = ["ann", "fay", "gil"];

async fn put(server: &Server, token: &str, path: &str, body: &Value) -> Answer {
    server.ask(Method::PUT, &format!("/api/v1/{path}")).bearer(token).json(body).send().await
}

/// A phone comes to a place, and says so itself.
async fn come(phone: &mut Phone, name: &str, (lat, lon): (f64, f64)) {
    let second = next_second().await;
    let said = json!({"_type": "transition", "event": "enter", "desc": name, "lat": lat, "lon": lon, "acc": 10,
                      "tst": second, "wtst": 1_600_000_000, "t": "c", "tid": "ph"});
    phone.publish("/event", said.to_string()).await;
    phone.publish("", location(second, lat, lon)).await;
}

/// Makes a bot over the interface.
async fn made(server: &Server, token: &str, body: &Value) -> Value {
    let answer = server.post("/api/v1/bots").bearer(token).json(body).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// A region in which somebody counts as come at the first good sign: in these tests nobody waits to be sure.
fn fast(name: &str, (lat, lon): (f64, f64)) -> Value {
    let mut region = circle(name, lat, lon, 150.0);
    region["pace"] = json!("fast");
    region
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().expect("is a text")
}

/// Everybody of the family says what they say; `region` is the one inside of which one of them is seen.
async fn say_all(server: &Server, root: &str, region: &str) {
    for (name, level, allows) in FAMILY {
        let mut said = json!({"level": level, "since": "2020-01-01T00:00:00Z"});
        if level == "inside" {
            said["regions"] = json!([region]);
        }
        let answer = put(server, root, &format!("friends/{name}/sharing/group"), &said).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        if allows {
            let answer = put(server, root, &format!("friends/{name}/bots"), &json!({"allowed": true})).await;
            assert_eq!(answer.json()["groups"][0]["allowed"], true);
        }
    }
}

#[tokio::test]
async fn a_bot_hears_who_comes_in_its_regions_of_those_who_let_it_and_nothing_else() {
    let home = Home::new();
    home.user("ada", &["--admin", "--group", "Family"]).await;
    home.user("eve", &["--admin", "--group", "Club"]).await;
    let mut phones = Vec::new();
    for (name, _, _) in FAMILY {
        phones.push(home.device(name, "phone", &["--group", "Family"]).await);
    }
    let eves = home.device("eve", "phone", &[]).await;
    let (root, ada) = (home.token("admin", &[]).await, home.token("admin", &["--user", "ada"]).await);
    let eve = home.token("admin", &["--user", "eve"]).await;
    let server = home.serve().await;
    let region = server.draw(&ada, &fast("Home", HOME)).await;
    server.draw(&ada, &fast("Work", WORK)).await;
    let mut closed = fast("Closed", HOME);
    closed["audience"] = json!("admins");
    server.draw(&ada, &closed).await;
    say_all(&server, &root, &region).await;
    put(&server, &eve, "friends/me/bots", &json!({"allowed": true})).await;
    let paused = server.post("/api/v1/friends/hal/pause").bearer(&root).json(&json!({})).send().await;
    assert_eq!(paused.status, 200);

    let bot = made(&server, &ada, &json!({"name": "Greeter", "regions": ["home"]})).await;
    assert_eq!((text(&bot, "group"), &bot["connected"]), ("Family", &json!(false)));
    assert_eq!(bot["regions"], json!([{"id": region, "name": "Home"}]));
    let token = text(&bot, "token").to_owned();
    let (mut heard, _) = Events::from_now(&server, &token).await;

    for credentials in &phones {
        let mut phone = Phone::connect(server.broker(), credentials).await;
        phone.publish("", location(now_s() - 3600, AWAY.0, AWAY.1)).await;
    }
    // Everybody comes to work and then home; the last of them is one who is heard of.
    let come_to = async |place: &str, at| {
        for credentials in phones.iter().skip(1).chain(phones.first()) {
            let mut phone = Phone::connect(server.broker(), credentials).await;
            come(&mut phone, place, at).await;
        }
    };
    let mut phone = Phone::connect(server.broker(), &eves).await;
    come(&mut phone, "Home", HOME).await;
    come_to("Work", WORK).await;
    come_to("Home", HOME).await;
    let told = heard.until(|event| event["friend"] == "ann").await;
    let mut names: Vec<&str> = told.iter().map(|event| text(event, "friend")).collect();
    names.sort_unstable();
    assert_eq!(names, HEARD, "{told:?}");
    for event in &told {
        assert_eq!((text(event, "event"), text(&event["region"], "name")), ("arrived", "Home"));
        let mut members: Vec<&String> = event.as_object().expect("is an object").keys().collect();
        members.sort_unstable();
        assert_eq!(members, ["at", "event", "friend", "id", "region"], "and nothing else: {event}");
    }
    // All of them did come: whoever may know everything says so.
    let inside = server.items(&format!("/api/v1/presence?region={region}"), &root).await;
    assert_eq!(inside[0]["friends"].as_array().map(Vec::len), Some(FAMILY.len()), "{inside:?}");

    // Who takes it back is heard of no more.
    put(&server, &root, "friends/fay/bots", &json!({"allowed": false})).await;
    come_to("Work", WORK).await;
    let told = heard.until(|event| event["friend"] == "ann").await;
    let mut names: Vec<&str> = told.iter().map(|event| text(event, "friend")).collect();
    names.sort_unstable();
    assert_eq!(names, ["ann", "gil"], "{told:?}");
    assert!(told.iter().all(|event| event["event"] == "departed"), "{told:?}");

    // Its token opens nothing else, and it is nobody's friend.
    for path in [
        "friends",
        "presence",
        "fixes?friend=ann",
        "transitions",
        "regions",
        "bots",
        "friends/ann/bots",
        "groups",
        "here",
    ] {
        server.get(&format!("/api/v1/{path}")).bearer(&token).send().await.assert_problem(403, None);
    }
    assert_eq!(put(&server, &token, "friends/ann/bots", &json!({"allowed": true})).await.status, 403);
    assert_eq!(server.get("/api/latest").bearer(&token).send().await.status, 401);
    let friends = server.items("/api/v1/friends", &ada).await;
    assert!(friends.iter().all(|friend| friend["name"] != "Greeter"), "{friends:?}");
    // That it listens is told to those of whom it hears, and to no others.
    let looked = async |name: &str| {
        let looks = server.items(&format!("/api/v1/friends/{name}/looks"), &root).await;
        looks.iter().any(|look| look["who"] == "token bot Greeter")
    };
    drop(heard);
    let (_again, _) = Events::from_now(&server, &token).await;
    assert!(looked("ann").await && looked("gil").await && looked("fay").await);
    assert!(!looked("ben").await && !looked("dan").await && !looked("hal").await);
}

#[tokio::test]
async fn a_group_knows_its_bots_and_whether_they_listen() {
    let home = Home::new();
    home.user("ada", &["--admin", "--group", "Family"]).await;
    home.user("ben", &["--group", "Family"]).await;
    home.user("eve", &["--admin", "--group", "Club"]).await;
    let token = async |name: &str, scope: &str| home.token(scope, &["--user", name]).await;
    let (ada, ben, eve) =
        (token("ada", "admin").await, token("ben", "write").await, token("eve", "admin").await);
    let server = home.serve().await;
    server.draw(&ada, &circle("Home", HOME.0, HOME.1, 150.0)).await;
    let (bens, eves) = (server.sign_in("ben").await, server.sign_in("eve").await);
    let bot = made(&server, &ada, &json!({"name": "Greeter", "group": "family", "regions": ["Home"]})).await;
    let (mut page, mut strangers) = (Live::of(&server, &bens).await, Live::of(&server, &eves).await);
    let first = page.snapshot().await;
    assert_eq!((first.bots.len(), first.bots[0].connected), (1, false));
    assert!(strangers.snapshot().await.bots.is_empty());
    let connected = async || server.items("/api/v1/bots", &ben).await[0]["connected"].clone();
    assert_eq!(connected().await, false);
    assert!(server.items("/api/v1/bots", &eve).await.is_empty());

    let told = async |page: &mut Live| {
        loop {
            let LiveMessage::Delta(delta) = page.message().await else { continue };
            let of_bot = delta.changes.iter().find_map(|change| {
                let Change::BotConnected(id, connected) = change else { return None };
                Some((id.to_string(), *connected))
            });
            if let Some((id, connected)) = of_bot {
                assert_eq!(id, text(&bot, "id"));
                return connected;
            }
        }
    };
    let (events, _) = Events::from_now(&server, text(&bot, "token")).await;
    assert!(told(&mut page).await);
    assert_eq!(connected().await, true);
    drop(events);
    assert!(!told(&mut page).await, "after a grace");
    assert_eq!(connected().await, false);
    // Who asks is connected as long as they ask.
    let asking = server.get("/api/v1/events/next").bearer(text(&bot, "token"));
    assert_eq!(asking.send().await.status, 200);
    assert!(told(&mut page).await);
    let shown = server.get("/").cookie(&bens).send().await.text();
    assert!(
        shown.contains("Greeter") && shown.contains(">bot</span>"),
        "it is on the map page, as what it is"
    );

    // Only admins of the group make and remove them, and it is written down.
    let asked = |method, path: &str, token: &str| server.ask(method, path).bearer(token);
    let one = format!("/api/v1/bots/{}", text(&bot, "id"));
    let body = json!({"name": "Other", "group": "Family", "regions": ["Home"]});
    asked(Method::POST, "/api/v1/bots", &ben).json(&body).send().await.assert_problem(403, None);
    // She is an admin of the server, and knows that there is such a group; it is not hers.
    asked(Method::POST, "/api/v1/bots", &eve).json(&body).send().await.assert_problem(403, None);
    asked(Method::DELETE, &one, &ben).send().await.assert_problem(403, None);
    asked(Method::DELETE, &one, &eve).send().await.assert_problem(404, None);
    let (mut events, _) = Events::from_now(&server, text(&bot, "token")).await;
    assert_eq!(asked(Method::DELETE, &one, &ada).send().await.status, 204);
    assert_eq!(events.end().await.0, 1008, "its token is worth nothing any more");
    assert!(server.items("/api/v1/bots", &ben).await.is_empty());
    let acts: Vec<Value> = server.items("/api/v1/audit", &ada).await;
    let acts: Vec<_> = acts.iter().map(|entry| (text(entry, "act"), text(entry, "subject"))).collect();
    for act in ["bot-made", "bot-removed"] {
        assert!(acts.contains(&(act, "Greeter")), "{acts:?}");
    }

    // Each says it for themself.
    let mine = server.json("/api/v1/friends/me/bots", &ben).await;
    assert_eq!(mine["groups"], json!([{"group": "Family", "allowed": false, "since": null, "bots": []}]));
    put(&server, &ada, "friends/ben/bots", &json!({"allowed": true})).await.assert_problem(403, None);
    put(&server, &eve, "friends/ben/bots", &json!({"allowed": true})).await.assert_problem(404, None);
    put(&server, &ben, "friends/me/bots", &json!({"allowed": 1})).await.assert_problem(422, Some("allowed"));
    put(&server, &ben, "friends/me/bots", &json!({"allowed": true, "group": "Club"}))
        .await
        .assert_problem(404, None);
    let answer = put(&server, &ben, "friends/me/bots", &json!({"allowed": true, "group": "family"})).await;
    assert!(answer.json()["groups"][0]["since"].is_string(), "{}", answer.text());
}

#[tokio::test]
async fn what_a_bot_is_made_of_is_checked() {
    let home = Home::new();
    home.user("ada", &["--admin"]).await;
    home.device("Tom", "phone", &[]).await;
    let token = home.token("admin", &["--user", "ada"]).await;
    let server = home.serve().await;
    server.draw(&token, &circle("Home", HOME.0, HOME.1, 150.0)).await;
    server.draw(&token, &circle("Twice", HOME.0, HOME.1, 150.0)).await;
    server.draw(&token, &circle("Twice", WORK.0, WORK.1, 150.0)).await;
    let mut closed = circle("Closed", HOME.0, HOME.1, 150.0);
    closed["audience"] = json!(["Tom"]);
    server.draw(&token, &closed).await;
    made(&server, &token, &json!({"name": "Greeter", "regions": ["Home"]})).await;
    for (body, status, field) in [
        (json!({"regions": ["Home"]}), 422, "name"),
        (json!({"name": " ", "regions": ["Home"]}), 422, "name"),
        (json!({"name": 7, "regions": ["Home"]}), 422, "name"),
        (json!({"name": "GREETER", "regions": ["Home"]}), 409, "name"),
        (json!({"name": "tom", "regions": ["Home"]}), 409, "name"),
        (json!({"name": "Other"}), 422, "regions"),
        (json!({"name": "Other", "regions": "Home"}), 422, "regions"),
        (json!({"name": "Other", "regions": []}), 422, "regions"),
        (json!({"name": "Other", "regions": [7]}), 422, "regions"),
        (json!({"name": "Other", "regions": ["Nowhere"]}), 422, "regions"),
        (json!({"name": "Other", "regions": ["Twice"]}), 422, "regions"),
        (json!({"name": "Other", "regions": ["Closed"]}), 422, "regions"),
        (json!({"name": "Other", "regions": vec!["Home"; 51]}), 422, "regions"),
        (json!({"name": "Other", "group": 7, "regions": ["Home"]}), 422, "group"),
    ] {
        let answer = server.post("/api/v1/bots").bearer(&token).json(&body).send().await;
        answer.assert_problem(status, Some(field));
    }
    for number in 1..20 {
        made(&server, &token, &json!({"name": format!("Bot {number}"), "regions": ["Home"]})).await;
    }
    let body = json!({"name": "One more", "regions": ["Home"]});
    server.post("/api/v1/bots").bearer(&token).json(&body).send().await.assert_problem(422, Some("name"));
}

#[tokio::test]
async fn a_bot_is_made_and_removed_at_the_terminal_and_goes_with_its_group() {
    let home = Home::new();
    home.user("ada", &["--admin", "--group", "Family"]).await;
    home.user("eve", &["--admin", "--group", "Club"]).await;
    let root = home.token("admin", &[]).await;
    let server = home.serve().await;
    for group in ["Family", "Club"] {
        let mut region = circle("Home", HOME.0, HOME.1, 150.0);
        region["group"] = json!(group);
        server.draw(&root, &region).await;
    }
    let mut tokens = Vec::new();
    for group in ["Family", "Club"] {
        let said =
            home.command_ok(&["bot", "add", "Greeter", "--group", group, "--region", "Home"], "").await;
        tokens.push(said.lines().last().expect("the token is on the last line").to_owned());
    }
    let listed = home.command_ok(&["bot", "list"], "").await;
    let mut lines: Vec<&str> = listed.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["Greeter\tClub\tHome", "Greeter\tFamily\tHome"]);
    // The server takes it up by itself.
    let (mut family, _) = Events::from_now(&server, &tokens[0]).await;
    let (mut club, _) = Events::from_now(&server, &tokens[1]).await;
    let unclear = home.run(&["--data", "data", "bot", "remove", "Greeter"], "").await;
    assert!(unclear.code != Some(0) && unclear.err.contains("--group"), "{}", unclear.err);
    home.command_ok(&["bot", "remove", "greeter", "--group", "Family"], "").await;
    assert_eq!(family.end().await.0, 1008);
    let bearer = format!("Bearer {}", tokens[0]);
    let refused = [(header::AUTHORIZATION, &*bearer)];
    assert_eq!(Events::open(&server, &refused, None).await.err().map(|status| status.as_u16()), Some(401));
    for wrong in
        [&["bot", "remove", "Nobody"][..], &["bot", "add", "Other", "--group", "Nowhere", "--region", "Home"]]
    {
        let arguments = [&["--data", "data"], wrong].concat();
        assert_ne!(home.run(&arguments, "").await.code, Some(0), "{wrong:?}");
    }
    assert!(
        !home.texts("SELECT name FROM groups").await.contains(&"Nowhere".to_owned()),
        "nothing was made by that"
    );

    // The Club is closed, with everything in it.
    let joined = server.ask(Method::PUT, "/api/v1/groups/Family/members/eve").bearer(&root);
    assert!(joined.json(&json!({"role": "friend"})).send().await.status.is_success());
    let eve = home.token("admin", &["--user", "eve"]).await;
    eventually("eve is of the family", async || {
        let family = server.ask(Method::PUT, "/api/v1/group-invitations/Family").bearer(&eve).send().await;
        let groups = server.items("/api/v1/groups", &eve).await;
        (family.status.is_success() || groups.len() > 1).then_some(())
    })
    .await;
    let closed = server.ask(Method::DELETE, "/api/v1/groups/Club?all=true").bearer(&eve).send().await;
    assert!(closed.status.is_success(), "{}", closed.text());
    assert_eq!(club.end().await.0, 1008);
    assert_eq!(home.count("SELECT count(*) FROM bots").await, 0);
}
