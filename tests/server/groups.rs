//! Two groups on one server: by no way out does one learn of the other, and whoever is of both is seen by each as they say.

mod pages;

use crate::support::{
    Credentials, Home, Live, Phone, Server, circle, eventually, location, next_second, now_s,
};
use http::Method;
use serde_json::{Value, json};

/// Names that nobody of the other group may read anywhere.
const OF_THE_CLUB: [&str; 3] = ["dora", "Clubhouse", "Club"];
const OF_THE_FAMILY: [&str; 3] = ["ben", "Cottage", "Family"];

/// Everything that the pages, the interface and its files say to somebody.
async fn all_of(server: &Server, name: &str, token: &str) -> String {
    let cookie = server.sign_in(name).await;
    let mut said = String::new();
    for path in ["/", "/regions", "/history", "/friends", "/privacy", "/history/time", "/history/presence"] {
        said.push_str(&server.get(path).cookie(&cookie).send().await.text());
    }
    for path in [
        "friends",
        "presence",
        "regions",
        "transitions",
        "groups",
        "group-invitations",
        "sensors",
        "places",
        "regions.geojson",
        "regions.otrw",
        "transitions.csv",
        "transitions.json",
        "friends/me/sharing",
    ] {
        said.push_str(&server.get(&format!("/api/v1/{path}")).bearer(token).send().await.text());
    }
    said
}

/// What a phone in HTTP mode is answered.
async fn post(server: &Server, credentials: &Credentials, second: i64) -> String {
    let asked = server.post("/pub").basic(&credentials.username, &credentials.password);
    asked.bytes(location(second, 10.0, 10.0).into_bytes()).send().await.text()
}

/// Comes from far away to a place; the phone says that it is in a region there.
async fn come(phone: &mut Phone, second: i64, listed: &str) {
    for (ago, lat) in [(600, 48.3), (300, 48.3), (90, 48.2), (60, 48.2)] {
        phone.publish("", location(second - ago, lat, 16.37)).await;
    }
    let last = json!({"_type": "location", "tid": "fa", "lat": 48.2, "lon": 16.37, "acc": 10, "tst": second - 30,
        "inregions": [listed]});
    phone.publish("", last.to_string()).await;
}

/// What a phone hears until a position of that second.
pub(crate) async fn heard(phone: &mut Phone, second: i64) -> String {
    let mut all = String::new();
    loop {
        let publish = phone.receive().await;
        all.push_str(&publish.topic);
        let text = String::from_utf8_lossy(&publish.payload).into_owned();
        all.push_str(&text);
        if text.contains(&format!("\"tst\":{second}")) {
            return all;
        }
    }
}

#[track_caller]
pub(crate) fn assert_unread(said: &str, names: &[&str], who: &str) {
    for name in names {
        assert!(!said.contains(name), "{who} reads {name} in {said}");
    }
}

#[tokio::test]
async fn two_groups_and_one_friend_of_both() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--admin", "--group", "Family"]).await;
    home.user("fay", &["--group", "Family"]).await;
    home.user("dora", &["--admin", "--group", "Club"]).await;
    for name in ["ben", "dora"] {
        home.command_ok(&["group", "server", name, "--role", "friend"], "").await;
    }
    let said = home.command_ok(&["user", "add", "fay", "--group", "Club"], "").await;
    assert!(said.contains("fay is of Club"), "{said}");
    let listed = home.command_ok(&["group", "list"], "").await;
    assert!(listed.contains("Club\tdora (admin), fay\nFamily\tben (admin), fay\n"), "{listed}");
    let fays = home.device("fay", "phone", &[]).await;
    let (bens, doras) = (home.device("ben", "phone", &[]).await, home.device("dora", "phone", &[]).await);
    let (bens_old, doras_old) = (home.device("ben", "old", &[]).await, home.device("dora", "old", &[]).await);
    let token = async |name: &str| home.token("admin", &["--user", name]).await;
    let (ben, dora, fay, sam) =
        (token("ben").await, token("dora").await, token("fay").await, token("sam").await);
    let server = home.serve().await;
    server.draw(&ben, &circle("Cottage", 48.2, 16.37, 150.0)).await;
    server.draw(&dora, &circle("Clubhouse", 48.2, 16.37, 150.0)).await;
    let share = server.ask(Method::PUT, "/api/v1/friends/me/sharing/group:Club").bearer(&fay);
    let share = share.json(&json!({"level": "precise", "since": "2020-01-01T00:00:00Z"})).send().await;
    assert_eq!((share.status.as_u16(), &share.json()["grants"][1]["to"]), (200, &json!("group:Club")));

    let now = now_s();
    let mut lines = Vec::new();
    for name in ["ben", "dora", "sam"] {
        let mut line = Live::of(&server, &server.sign_in(name).await).await;
        line.snapshot().await;
        lines.push(line);
    }
    let (_, _) = (post(&server, &bens_old, now - 900).await, post(&server, &doras_old, now - 900).await);
    let mut listeners = Vec::new();
    for credentials in [&bens, &doras] {
        let mut phone = Phone::connect(server.broker(), credentials).await;
        phone.subscribe("#").await;
        listeners.push(phone);
    }
    let mut fays = Phone::connect(server.broker(), &fays).await;
    come(&mut fays, now, "Cottage").await;

    for (token, region) in [(&ben, "Cottage"), (&dora, "Clubhouse")] {
        eventually("she is seen where each group has a region", async || {
            let presence = server.items("/api/v1/presence", token).await;
            let known: Vec<&Value> = presence.iter().map(|found| &found["region"]["name"]).collect();
            assert_eq!(known, [region]);
            (presence[0]["friends"][0]["friend"] == "fay").then_some(())
        })
        .await;
    }
    let to_ben = all_of(&server, "ben", &ben).await + &post(&server, &bens_old, now - 20).await;
    let to_dora = all_of(&server, "dora", &dora).await + &post(&server, &doras_old, now - 20).await;
    assert!(to_ben.contains("fay") && to_ben.contains("Cottage"));
    assert!(to_dora.contains("fay") && to_dora.contains("Clubhouse"));
    assert_unread(&to_ben, &OF_THE_CLUB, "ben");
    assert_unread(&to_dora, &OF_THE_FAMILY, "dora");
    for (listener, names) in listeners.iter_mut().zip([OF_THE_CLUB, OF_THE_FAMILY]) {
        let heard = heard(listener, now - 30).await;
        assert!(heard.contains("owntracks/fay/phone"), "{heard}");
        assert_unread(&heard, &names, "a phone");
    }
    // An admin of the server is of neither, and sees neither.
    let to_sam = all_of(&server, "sam", &sam).await;
    assert_unread(&to_sam, &["fay", "ben", "dora", "Cottage", "Clubhouse"], "sam");
    assert_eq!(server.items("/api/v1/friends", &sam).await.len(), 1);

    // She leaves the club, and is gone there at once: for who looks, and for phones that listen.
    let left = server.ask(Method::DELETE, "/api/v1/groups/Club/members/me").bearer(&fay).send().await;
    assert_eq!(left.status, 204);
    let snapshot = lines[1].snapshot().await;
    assert!(snapshot.friends.iter().all(|live| live.friend.name.as_str() != "fay"));
    loop {
        let publish = listeners[1].receive().await;
        if publish.payload.is_empty() {
            assert_eq!(publish.topic, "owntracks/fay/phone");
            break;
        }
    }
    assert_unread(&all_of(&server, "dora", &dora).await, &["fay"], "dora");
    fays.publish("", location(now_s(), 48.3, 16.37)).await;
    assert_unread(&post(&server, &doras_old, now).await, &["fay"], "dora's phone");
    let again = server.ask(Method::DELETE, "/api/v1/groups/Family/members/me").bearer(&fay).send().await;
    again.assert_problem(409, Some("group"));
}

#[tokio::test]
async fn groups_and_their_members_are_kept_over_the_interface() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--group", "Family"]).await;
    let (sam, ben) =
        (home.token("admin", &["--user", "sam"]).await, home.token("admin", &["--user", "ben"]).await);
    let server = home.serve().await;
    let ask = |method: Method, path: &str, token: &str, body: Value| {
        server.ask(method, &format!("/api/v1/{path}")).bearer(token).json(&body).send()
    };
    ask(Method::POST, "groups", &ben, json!({"name": "Mine"})).await.assert_problem(403, None);
    let made = ask(Method::POST, "groups", &sam, json!({"name": "Band"})).await;
    assert_eq!((made.status.as_u16(), &made.json()["role"]), (201, &json!("admin")));
    assert_eq!(made.json()["members"][0]["name"], "sam");
    ask(Method::POST, "groups", &sam, json!({"name": "band"})).await.assert_problem(409, Some("name"));

    // Whether there is somebody of a name is not said.
    for name in ["ben", "nobody"] {
        let invited = ask(Method::PUT, &format!("groups/Band/members/{name}"), &sam, json!({})).await;
        assert_eq!((invited.status.as_u16(), &invited.json()["state"]), (202, &json!("invited")));
    }
    let band = server.items("/api/v1/groups", &sam).await;
    assert_eq!((&band[0]["name"], band[0]["invited"].as_array().map(Vec::len)), (&json!("Band"), Some(2)));
    let withdrawn = ask(Method::DELETE, "groups/Band/invitations/nobody", &sam, json!({})).await;
    assert_eq!(withdrawn.status, 204);
    ask(Method::PUT, "groups/Band/members/ben", &ben, json!({})).await.assert_problem(404, None);

    let mine = server.items("/api/v1/group-invitations", &ben).await;
    assert_eq!((mine.len(), &mine[0]["name"]), (1, &json!("Band")));
    ask(Method::PUT, "group-invitations/Nothing", &ben, json!({})).await.assert_problem(404, None);
    assert_eq!(ask(Method::PUT, "group-invitations/Band", &ben, json!({})).await.status, 204);
    let named = |groups: &[Value]| groups.iter().map(|group| group["name"].clone()).collect::<Vec<_>>();
    assert_eq!(named(&server.items("/api/v1/groups", &ben).await), ["Band", "Family"]);

    ask(Method::PUT, "groups/Band/members/ben", &sam, json!({"role": "king"}))
        .await
        .assert_problem(422, Some("role"));
    let admin = ask(Method::PUT, "groups/Band/members/ben", &sam, json!({"role": "admin"})).await;
    assert_eq!((admin.status.as_u16(), &admin.json()["state"]), (200, &json!("member")));
    let drawn = json!({"name": "Studio", "group": "Band", "shape": {"type": "circle", "lat": 48.2, "lon": 16.37, "radius_m": 99}});
    assert_eq!(ask(Method::POST, "regions", &ben, drawn).await.status, 201);
    assert_eq!(server.items("/api/v1/regions", &sam).await[0]["name"], "Studio");
    let full = ask(Method::DELETE, "groups/Band", &sam, json!({})).await;
    full.assert_problem(409, Some("group"));
    assert_eq!(ask(Method::DELETE, "groups/Band/members/me", &sam, json!({})).await.status, 204);
    ask(Method::DELETE, "groups/Band", &sam, json!({})).await.assert_problem(409, Some("group"));
    assert_eq!(ask(Method::DELETE, "groups/Family/members/me", &ben, json!({})).await.status, 204);
    ask(Method::DELETE, "groups/Band/members/me", &ben, json!({})).await.assert_problem(409, Some("group"));
}

#[tokio::test]
async fn admins_of_the_server_are_kept_over_the_interface() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--admin", "--group", "Family"]).await;
    home.user("fay", &["--group", "Staff"]).await;
    home.device("tom", "phone", &["--group", "Staff"]).await;
    let token = async |scope: &str, name: &str| home.token(scope, &["--user", name]).await;
    let (sam, fay, reads) =
        (token("admin", "sam").await, token("admin", "fay").await, token("read", "sam").await);
    let server = home.serve().await;
    let ask = async |method: Method, path: &str, token: &str| {
        server.ask(method, &format!("/api/v1/server-admins{path}")).bearer(token).send().await
    };
    ask(Method::GET, "", &fay).await.assert_problem(403, None);
    ask(Method::PUT, "/fay", &fay).await.assert_problem(403, None);
    ask(Method::PUT, "/fay", &reads).await.assert_problem(403, None);
    let names = |found: &Value| {
        let of = |field: &str| {
            let people = found[field].as_array().expect("is a list").iter();
            people.map(|known| known["name"].as_str().expect("is a name").to_owned()).collect::<Vec<_>>()
        };
        (of("items"), found["others"].as_u64().expect("is a number"), of("candidates"))
    };
    let asked = async |token: &str| names(&ask(Method::GET, "", token).await.json());
    let who = |known: &[&str]| known.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(asked(&sam).await, (who(&["sam"]), 1, who(&["fay"])));

    ask(Method::PUT, "/tom", &sam).await.assert_problem(422, Some("friend"));
    for unknown in ["ben", "nobody"] {
        ask(Method::PUT, &format!("/{unknown}"), &sam).await.assert_problem(404, None);
        ask(Method::DELETE, &format!("/{unknown}"), &sam).await.assert_problem(404, None);
    }
    for _again in 0..2 {
        assert_eq!(ask(Method::PUT, "/fay", &sam).await.status, 204);
        assert_eq!(asked(&fay).await, (who(&["fay", "sam"]), 1, who(&[])));
    }
    assert_eq!(ask(Method::DELETE, "/me", &sam).await.status, 204);
    ask(Method::GET, "", &sam).await.assert_problem(403, None);
    assert_eq!(asked(&fay).await, (who(&["fay"]), 1, who(&["sam"])));
    let told = server.items("/api/v1/audit", &sam).await;
    let changed: Vec<_> = told.iter().filter(|entry| entry["act"] == "role-changed").collect();
    assert_eq!(changed.len(), 2, "one for each change: {told:?}");
}

#[tokio::test]
async fn of_two_admins_of_the_server_who_remove_each_other_at_once_one_stays() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--admin", "--group", "Staff"]).await;
    let (sam, ben) =
        (home.token("admin", &["--user", "sam"]).await, home.token("admin", &["--user", "ben"]).await);
    let server = home.serve().await;
    let ask = async |method: Method, name: &str, token: &str| {
        let asked = server.ask(method, &format!("/api/v1/server-admins/{name}")).bearer(token);
        asked.send().await.status.as_u16()
    };
    for _round in 0..20 {
        let _answers = tokio::join!(ask(Method::DELETE, "ben", &sam), ask(Method::DELETE, "sam", &ben));
        let (by_sam, by_ben) = (ask(Method::PUT, "ben", &sam).await, ask(Method::PUT, "sam", &ben).await);
        assert!(by_sam == 204 || by_ben == 204, "one of them is left to bring the other back");
        if by_ben == 204 {
            assert_eq!(ask(Method::PUT, "ben", &sam).await, 204);
        }
    }
}

#[tokio::test]
async fn a_group_is_renamed_and_its_phones_go_on_reporting() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--admin", "--group", "Family"]).await;
    home.command_ok(&["group", "server", "ben", "--role", "friend"], "").await;
    let templates = ["--topic-templates", "owntracks/{group}/{user}/{device}"];
    let credentials = home.device("ben", "phone", &templates).await;
    let (sam, ben) =
        (home.token("admin", &["--user", "sam"]).await, home.token("admin", &["--user", "ben"]).await);
    let server = home.serve_with(&templates).await;
    assert_eq!(credentials.topic, "owntracks/Family/ben/phone");
    let rename = |token: &str, to: &str| {
        server.ask(Method::PUT, "/api/v1/groups/Family").bearer(token).json(&json!({"name": to})).send()
    };
    let mut line = Live::of(&server, &server.sign_in("ben").await).await;
    assert_eq!(line.snapshot().await.groups[0].name.as_str(), "Family");
    rename(&sam, "Ours").await.assert_problem(403, None);
    rename(&ben, "staff").await.assert_problem(409, Some("name"));
    rename(&ben, "a/b").await.assert_problem(422, Some("name"));
    assert_eq!(rename(&ben, "Home").await.status, 204);
    assert_eq!(line.snapshot().await.groups[0].name.as_str(), "Home", "open pages are told");
    let again = server.post("/api/v1/groups").bearer(&sam).json(&json!({"name": "family"})).send().await;
    again.assert_problem(409, Some("name"));
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    eventually("the phone is seen where it always reported", async || {
        let friends = server.items("/api/v1/friends", &ben).await;
        (!friends[0]["devices"][0]["seen_at"].is_null() || friends[0].to_string().contains("48.2"))
            .then_some(())
    })
    .await;
    let told = server.items("/api/v1/audit", &ben).await;
    assert!(
        told.iter().any(|entry| entry["act"] == "group-renamed" && entry["subject"] == "Family"),
        "{told:?}"
    );
    server.stop().await;
    let listed = home.command_ok(&["group", "list"], "").await;
    assert!(listed.contains("Home\tben (admin)"), "{listed}");
}

#[tokio::test]
async fn a_group_goes_with_what_is_in_it_and_nobody_is_left_without_one() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--admin", "--group", "Family"]).await;
    for (name, group) in [("ben", "Club"), ("sam", "Club")] {
        home.command_ok(&["user", "add", name, "--group", group], "").await;
    }
    home.command_ok(&["group", "join", "Club", "ben", "--role", "admin"], "").await;
    home.command_ok(&["group", "server", "ben", "--role", "friend"], "").await;
    let phone = home.device("ben", "phone", &[]).await;
    home.device("kid", "phone", &["--group", "Club"]).await;
    let (sam, ben) =
        (home.token("admin", &["--user", "sam"]).await, home.token("admin", &["--user", "ben"]).await);
    let all = home.token("admin", &[]).await;
    let server = home.serve().await;
    let send = async |method: Method, path: &str, token: &str, body: Value| {
        server.ask(method, &format!("/api/v1/{path}")).bearer(token).json(&body).send().await
    };
    let region = json!({"name": "Clubhouse", "group": "Club", "shape": {"type": "circle", "lat": 48.2, "lon": 16.37, "radius_m": 150}});
    assert_eq!(send(Method::POST, "regions", &ben, region).await.status, 201);
    let sensor = json!({"name": "roof", "group": "Club", "topic": "weather/roof", "form": "csv", "values": [{"name": "Wind"}]});
    assert_eq!(send(Method::POST, "sensors", &ben, sensor).await.status, 201);
    assert_eq!(send(Method::PUT, "groups/Club/members/nobody", &ben, json!({})).await.status, 202);
    let mut phone = Phone::connect(server.broker(), &phone).await;
    for _ in 0..2 {
        phone.publish("", location(next_second().await, 48.203, 16.37)).await;
    }
    eventually("he came to the club", async || {
        phone.publish("", location(next_second().await, 48.2, 16.37)).await;
        (server.items("/api/v1/transitions", &ben).await.len() == 1).then_some(())
    })
    .await;

    send(Method::DELETE, "groups/Club", &ben, json!({})).await.assert_problem(409, Some("group"));
    let why = send(Method::DELETE, "groups/Club?all=true", &ben, json!({})).await;
    why.assert_problem(409, Some("group"));
    assert!(why.text().contains("of no other: kid"), "{}", why.text());
    send(Method::DELETE, "groups/Club?all=true", &sam, json!({})).await.assert_problem(409, Some("group"));
    home.command_ok(&["group", "join", "Family", "kid"], "").await;
    eventually("the server has taken it up", async || {
        let taken = send(Method::PUT, "groups/Family/members/kid", &ben, json!({})).await;
        (taken.json()["state"] == "member").then_some(())
    })
    .await;
    assert_eq!(send(Method::DELETE, "groups/Club?all=true", &ben, json!({})).await.status, 204);

    assert!(server.items("/api/v1/regions", &ben).await.is_empty());
    assert!(server.items("/api/v1/sensors", &ben).await.is_empty());
    assert!(
        server.items("/api/v1/transitions", &ben).await.is_empty(),
        "what happened there is seen by nobody"
    );
    assert_eq!(server.items("/api/v1/transitions", &all).await.len(), 1, "but by who has the whole server");
    let groups = server.items("/api/v1/groups", &ben).await;
    assert_eq!(groups.iter().map(|group| &group["name"]).collect::<Vec<_>>(), ["Family"]);
    // The name is free.
    assert_eq!(send(Method::POST, "groups", &sam, json!({"name": "Club"})).await.status, 201);
    assert!(server.items("/api/v1/regions", &sam).await.is_empty());
    // The last group of all stays.
    phone.publish("", location(now_s(), 48.3, 16.37)).await;
    server.stop().await;
    home.command_ok(&["rebuild"], "").await;
}

#[tokio::test]
async fn a_phone_that_was_away_when_somebody_left_is_told_when_it_listens_again() {
    let home = Home::new();
    home.user("ben", &["--admin", "--group", "Family"]).await;
    home.user("fay", &["--group", "Family"]).await;
    home.command_ok(&["group", "add", "Club"], "").await;
    home.command_ok(&["group", "join", "Club", "fay"], "").await;
    let (bens, fays) = (home.device("ben", "phone", &[]).await, home.device("fay", "phone", &[]).await);
    let fay = home.token("write", &["--user", "fay"]).await;
    let server = home.serve().await;
    let mut listener = Phone::connect(server.broker(), &bens).await;
    listener.subscribe("owntracks/+/+").await;
    let mut reporter = Phone::connect(server.broker(), &fays).await;
    reporter.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(listener.receive().await.topic, fays.topic);
    listener.leave().await;
    let left = server.ask(Method::DELETE, "/api/v1/groups/Family/members/me").bearer(&fay).send().await;
    assert_eq!(left.status, 204);
    // Nor does it help that the server was not there meanwhile.
    server.stop().await;
    let server = home.serve().await;
    let mut listener = Phone::connect(server.broker(), &bens).await;
    listener.subscribe("owntracks/+/+").await;
    let told = listener.receive().await;
    assert_eq!((told.topic.as_str(), told.payload.len()), (fays.topic.as_str(), 0));
}

#[tokio::test]
async fn nobody_has_the_letters_of_somebody_whom_they_meet_in_a_further_group() {
    let home = Home::new();
    for (name, group) in [("anna", "Family"), ("anke", "Club")] {
        home.user(name, &["--group", group]).await;
        home.device(name, "phone", &[]).await;
    }
    let letters = async || home.texts("SELECT tid FROM friends ORDER BY name").await;
    assert_eq!(letters().await, ["AN", "AN"], "they do not know of each other");
    home.command_ok(&["group", "join", "Club", "anna"], "").await;
    let now = letters().await;
    assert!(now[0] != now[1] && now[1] == "AN", "who was there first keeps hers: {now:?}");
}
