//! Two groups on one server: by no way out does one learn of the other, and whoever is of both is seen by each as they say.

use crate::support::{
    Credentials, Home, Live, Phone, Server, circle, eventually, form_urlencoded, location, now_s,
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
async fn heard(phone: &mut Phone, second: i64) -> String {
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
fn assert_unread(said: &str, names: &[&str], who: &str) {
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
async fn the_page_of_groups_and_its_forms_work_without_script() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--group", "Family"]).await;
    let server = home.serve().await;
    let (sam, ben) = (server.sign_in("sam").await, server.sign_in("ben").await);
    let page = async |path: &str, cookie: &str| server.get(path).cookie(cookie).send().await.text();
    let send = async |action: &str, cookie: &str, fields: &[(&str, &str)]| {
        let sent = server.post(action).cookie(cookie).form(form_urlencoded(fields)).send().await;
        assert!(sent.status.as_u16() < 400, "{action}: {}", sent.text());
        sent.header("location").to_owned()
    };
    assert_eq!(send("/api/add_group", &sam, &[("name", "Band")]).await, "/groups?made");
    let group = server.get("/api/v1/groups").cookie(&sam).send().await.json()["items"][0]["id"].clone();
    let group = group.as_str().expect("it is there").to_owned();
    let invite = [("group", group.as_str()), ("name", "ben")];
    assert_eq!(send("/api/invite_member", &sam, &invite).await, "/groups?invited");
    assert!(page("/groups", &sam).await.contains("Take back the invitation of ben"));

    assert!(page("/groups", &ben).await.contains("You are invited to"));
    let yes = [("group", group.as_str()), ("answer", "yes")];
    assert_eq!(send("/api/answer_invitation", &ben, &yes).await, "/groups?accepted");
    let privacy = page("/privacy", &ben).await;
    assert!(privacy.contains("Change what the group Band sees"), "a row for each group: {privacy}");
    assert!(privacy.contains("Change what the group Family sees"));
    let party = format!("group:{group}");
    let me = server.get("/api/v1/friends").cookie(&ben).send().await.json();
    let me = me["items"].as_array().expect("is a list").iter().find(|friend| friend["name"] == "ben");
    let me = me.expect("is there")["id"].as_str().expect("is an id").to_owned();
    let share = [("friend", me.as_str()), ("party", party.as_str()), ("level", "city")];
    assert_eq!(send("/api/share", &ben, &share).await, "/privacy?shared");
    let said = server.get("/api/v1/friends/me/sharing").cookie(&ben).send().await.json();
    let band = said["grants"].as_array().expect("is a list").iter().find(|grant| grant["to"] == "group:Band");
    assert_eq!(band.expect("was said")["level"], "city");

    let admin = [("group", group.as_str()), ("name", "ben"), ("role", "admin")];
    assert_eq!(send("/api/set_member_role", &sam, &admin).await, "/groups?role");
    assert!(page("/groups", &ben).await.contains("Invite a friend of this server"));
    let leave = [("group", group.as_str()), ("friend", me.as_str())];
    assert_eq!(send("/api/leave_group", &ben, &leave).await, "/groups?left");
    assert!(!page("/groups", &ben).await.contains("Band"));
}
