//! Two groups on one server: by no way out does one learn of the other, and whoever is of both is seen by each as they say.

use crate::support::{
    Credentials, Home, Live, Phone, Server, circle, eventually, form_urlencoded, location, next_second, now_s,
};
use domain::Role;
use http::{Method, header};
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

/// What the page says after a form on it was sent by a browser without script.
async fn told(server: &Server, cookie: &str, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let here = format!("http://{}", server.http);
    let sent = server.post(action).cookie(cookie).header(header::ACCEPT, "text/html");
    let sent = sent.header(header::REFERER, &format!("{here}{page}")).form(form_urlencoded(fields));
    let to = sent.send().await.header("location").replacen(&here, "", 1);
    server.get(&to).cookie(cookie).send().await.text()
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

/// The group that somebody is of, as its admin reads it.
async fn members(server: &Server, token: &str, group: &str) -> Vec<String> {
    let groups = server.items("/api/v1/groups", token).await;
    let found = groups.iter().find(|known| known["name"] == group).expect("is one of theirs");
    let members = found["members"].as_array().expect("is a list").iter();
    members.map(|member| member["name"].as_str().expect("is a name").to_owned()).collect()
}

#[tokio::test]
async fn an_admin_of_two_groups_says_on_the_pages_of_which_somebody_new_is() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--admin", "--group", "Family"]).await;
    let token = home.token("admin", &["--user", "sam"]).await;
    let server = home.serve().await;
    let (sam, ben) = (server.sign_in("sam").await, server.sign_in("ben").await);
    let send = async |path: &str, cookie: &str, fields: &[(&str, &str)]| {
        server.post(path).cookie(cookie).form(form_urlencoded(fields)).send().await
    };
    let page = async |path: &str| server.get(path).cookie(&sam).send().await.text();
    for path in ["/friends", "/admin/invitations"] {
        assert!(!page(path).await.contains("name=\"group\""), "there is nothing to choose: {path}");
    }
    assert_eq!(send("/api/add_group", &sam, &[("name", "Band")]).await.header("location"), "/groups?made");
    for (path, fields) in [("/friends", 2), ("/admin/invitations", 1)] {
        assert_eq!(page(path).await.matches("name=\"group\"").count(), fields, "{path}");
    }
    let groups = server.items("/api/v1/groups", &token).await;
    let id = |name: &str| {
        let found = groups.iter().find(|known| known["name"] == name).expect("is theirs");
        found["id"].as_str().expect("is an id").to_owned()
    };
    let band = id("Band");
    let password = ("password", "a long sentence");
    let phone = |friend: &'static str, how: &'static str| {
        [("friend", friend), ("device", "phone"), ("share", ""), ("how", how)]
    };
    let in_band = |fields: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> {
        fields.iter().copied().chain([("group", band.as_str())]).collect()
    };
    for (path, fields) in [
        ("/api/add_device", phone("tom", "here").to_vec()),
        ("/api/add_device", phone("eve", "link").to_vec()),
        ("/api/add_user", vec![("name", "zoe"), password]),
    ] {
        let answer = send(path, &sam, &in_band(&fields)).await;
        assert!(answer.header("location").starts_with("/friends?"), "{path}: {}", answer.header("location"));
        assert!(!answer.header("location").contains("__err"), "{path}: {}", answer.header("location"));
    }
    assert_eq!(members(&server, &token, "Band").await, ["eve", "sam", "tom", "zoe"]);
    assert_eq!(members(&server, &token, "Staff").await, ["sam"]);
    let invited = send("/api/invite", &sam, &in_band(&[("name", "kim"), ("days", "7")])).await;
    assert_eq!(invited.header("location"), "/admin/invitations?made");
    assert_eq!(server.items("/api/v1/invitations", &token).await[0]["group"], "Band");
    // Without a word it is the home group.
    send("/api/add_device", &sam, &phone("una", "here")).await;
    assert_eq!(members(&server, &token, "Staff").await, ["sam", "una"]);
    // Of another's group nothing is found.
    for (path, fields) in [
        ("/api/add_device", phone("ida", "here").to_vec()),
        ("/api/add_user", vec![("name", "ida"), password]),
    ] {
        send(path, &ben, &in_band(&fields)).await;
    }
    assert!(!server.items("/api/v1/friends", &token).await.iter().any(|friend| friend["name"] == "ida"));
    assert_eq!(members(&server, &token, "Band").await, ["eve", "sam", "tom", "zoe"]);
}

#[tokio::test]
async fn an_open_page_is_told_who_has_become_an_admin() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("fay", &["--group", "Staff"]).await;
    let token = home.token("admin", &["--user", "sam"]).await;
    let server = home.serve().await;
    let mut fay = Live::of(&server, &server.sign_in("fay").await).await;
    let standing = |snapshot: domain::live::Snapshot| (snapshot.groups[0].role, snapshot.server_admin);
    assert_eq!(standing(fay.snapshot().await), (Role::Friend, false));
    for (method, path, told) in [
        (Method::PUT, "groups/Staff/members/fay", (Role::Admin, false)),
        (Method::PUT, "server-admins/fay", (Role::Admin, true)),
        (Method::DELETE, "server-admins/fay", (Role::Admin, false)),
    ] {
        let asked = server.ask(method, &format!("/api/v1/{path}")).bearer(&token);
        let sent = asked.json(&json!({"role": "admin"})).send().await;
        assert!(sent.status.is_success(), "{path}");
        while standing(fay.snapshot().await) != told {}
    }
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

#[tokio::test]
async fn who_accepts_an_invitation_is_in_the_audit_log_of_the_group_and_comes_once() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--group", "Family"]).await;
    home.user("mia", &["--group", "Family"]).await;
    let token = async |name: &str| home.token("admin", &["--user", name]).await;
    let (sam, ben, mia) = (token("sam").await, token("ben").await, token("mia").await);
    let server = home.serve().await;
    let ask = async |method: Method, path: &str, token: &str| {
        server.ask(method, &format!("/api/v1/{path}")).bearer(token).json(&json!({})).send().await
    };
    for name in ["ben", "mia"] {
        assert_eq!(ask(Method::PUT, &format!("groups/Staff/members/{name}"), &sam).await.status, 202);
    }
    // Two answers at once: one of them counts.
    let accept = || ask(Method::PUT, "group-invitations/Staff", &ben);
    let (one, two) = tokio::join!(accept(), accept());
    let mut answers = [one.status.as_u16(), two.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [204, 404]);
    assert_eq!(ask(Method::DELETE, "group-invitations/Staff", &mia).await.status, 204);
    let told = server.items("/api/v1/audit", &sam).await;
    let accepted: Vec<_> = told.iter().filter(|entry| entry["act"] == "invitation-accepted").collect();
    assert_eq!((accepted.len(), &accepted[0]["subject"]), (1, &json!("ben")), "{told:?}");
    assert!(accepted[0].to_string().contains("Staff"), "{accepted:?}");
    // Whether there is somebody who declined is not said.
    let said = told.iter().filter(|entry| entry.to_string().contains("mia")).count();
    assert_eq!(said, 1, "the invitation alone: {told:?}");
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
async fn admins_of_the_server_are_made_on_their_page_and_the_last_one_stays() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--group", "Staff"]).await;
    home.user("dora", &["--admin", "--group", "Club"]).await;
    let server = home.serve().await;
    let (sam, ben) = (server.sign_in("sam").await, server.sign_in("ben").await);
    let page = async |cookie: &str| server.get("/admin/server").cookie(cookie).send().await.text();
    let first = page(&sam).await;
    assert!(first.contains("sam") && first.contains("And one more") && !first.contains("dora"), "{first}");
    assert!(!page(&ben).await.contains("And one more"));
    let friends = server.get("/api/v1/friends").cookie(&sam).send().await.json();
    let id = |name: &str| {
        let friends = friends["items"].as_array().expect("is a list");
        friends.iter().find(|friend| friend["name"] == name).expect("is there")["id"]
            .as_str()
            .expect("is an id")
            .to_owned()
    };
    let send = async |cookie: &str, name: &str, admin: &str| {
        let (id, admin) = (id(name), admin.to_owned());
        let fields = [("friend", id.as_str()), ("admin", admin.as_str())];
        let sent =
            server.post("/api/set_server_admin").cookie(cookie).form(form_urlencoded(&fields)).send().await;
        (sent.status.as_u16(), sent.header("location").to_owned())
    };
    // Not for who is none, also without the page.
    assert_eq!(send(&ben, "ben", "yes").await, (403, String::new()));
    assert_eq!(send(&sam, "ben", "yes").await.1, "/admin/server?added");
    assert!(page(&ben).await.contains("And one more"), "he sees the page now");
    assert_eq!(send(&ben, "sam", "").await.1, "/admin/server?removed");
    home.command_ok(&["group", "server", "dora", "--role", "friend"], "").await;
    eventually("he is the last one", async || page(&ben).await.contains("The last one stays").then_some(()))
        .await;
    let bens = id("ben");
    let fields = [("friend", bens.as_str()), ("admin", "")];
    let last = told(&server, &ben, "/admin/server", "/api/set_server_admin", &fields).await;
    assert!(last.contains("This friend is the only admin of the server."), "{last}");
    assert!(page(&ben).await.contains("The last one stays"));
    let told = server.get("/api/v1/audit").cookie(&sam).send().await.json();
    assert_eq!(
        told["items"].as_array().map(|all| all.iter().filter(|entry| entry["act"] == "role-changed").count()),
        Some(2),
        "{told}"
    );
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

#[tokio::test]
async fn who_is_of_several_groups_chooses_on_the_pages_which_is_meant() {
    let home = Home::new();
    home.user("ben", &["--admin", "--group", "Family"]).await;
    home.user("fay", &["--group", "Family"]).await;
    home.user("dora", &["--admin", "--group", "Club"]).await;
    home.command_ok(&["group", "join", "Club", "ben", "--role", "admin"], "").await;
    let server = home.serve().await;
    let (ben, dora) = (server.sign_in("ben").await, server.sign_in("dora").await);
    let page = async |path: &str, cookie: &str| server.get(path).cookie(cookie).send().await.text();
    let groups = server.get("/api/v1/groups").cookie(&ben).send().await.json();
    let id = |name: &str| {
        let groups = groups["items"].as_array().expect("is a list");
        let found = groups.iter().find(|group| group["name"] == name);
        found.expect("is there")["id"].as_str().expect("is an id").to_owned()
    };
    let (club, family) = (id("Club"), id("Family"));

    for path in ["/regions?new", "/sensors?new", "/admin/outlets?new"] {
        assert!(page(path, &ben).await.contains("name=\"group\""), "{path}");
        assert!(!page(path, &dora).await.contains("name=\"group\""), "she has no choice: {path}");
    }
    let send = async |action: &str, cookie: &str, fields: &[(&str, &str)]| {
        let sent = server.post(action).cookie(cookie).form(form_urlencoded(fields)).send().await;
        sent.header("location").to_owned()
    };
    let drawn = |group: &str, name: &str| {
        [
            ("name", name),
            ("shape", "circle"),
            ("lat", "48.2"),
            ("lon", "16.37"),
            ("radius_m", "99"),
            ("group", group),
        ]
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
    };
    for (group, name) in [(club.as_str(), "Clubhouse"), (family.as_str(), "Cottage"), ("", "Garden")] {
        let fields = drawn(group, name);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(field, value)| (&**field, &**value)).collect();
        assert!(send("/api/save_region", &ben, &fields).await.starts_with("/regions?saved"), "{name}");
    }
    let read = |answer: Value| {
        let regions = answer["items"].as_array().expect("is a list").clone();
        regions
            .into_iter()
            .map(|region| region["name"].as_str().expect("is a text").to_owned())
            .collect::<Vec<_>>()
    };
    let hers = read(server.get("/api/v1/regions").cookie(&dora).send().await.json());
    assert_eq!(hers, ["Clubhouse"], "the home group is meant where nothing is said");
    let foreign = drawn(&family, "Elsewhere");
    let foreign: Vec<(&str, &str)> = foreign.iter().map(|(field, value)| (&**field, &**value)).collect();
    let refused = server.post("/api/save_region").cookie(&dora).form(form_urlencoded(&foreign)).send().await;
    assert_eq!(refused.status, 404, "{}", refused.text());

    let friends = page("/friends", &ben).await;
    assert!(
        friends.contains("Friends of which group")
            && friends.contains(" · Family")
            && friends.contains("Remove dora"),
        "{friends}"
    );
    let of_family = page(&format!("/friends?group={family}"), &ben).await;
    assert!(of_family.contains("Remove fay") && !of_family.contains("Remove dora"), "{of_family}");
    assert!(!page("/friends", &dora).await.contains("Friends of which group"));

    let renamed = send("/api/rename_group", &ben, &[("group", &club), ("name", "Choir")]).await;
    assert_eq!(renamed, "/groups?renamed");
    assert!(page("/groups", &dora).await.contains("Choir"));
    // She is of no other group.
    assert!(page("/groups", &ben).await.contains("Of no other group are dora"));
    let remove = async |name: &str| {
        told(&server, &ben, "/groups", "/api/remove_group", &[("group", &club), ("name", name)]).await
    };
    let rooted = remove("choir").await;
    assert!(rooted.contains("This group ") && rooted.contains("of no other: dora"), "{rooted}");
    home.command_ok(&["group", "join", "Family", "dora"], "").await;
    eventually("she is of another, too", async || {
        page("/groups", &ben).await.contains("and so do dora").then_some(())
    })
    .await;
    let unconfirmed = remove("Club").await;
    assert!(unconfirmed.contains("must be the name of the group, to confirm"), "{unconfirmed}");
    let gone = send("/api/remove_group", &ben, &[("group", &club), ("name", "choir")]).await;
    assert_eq!(gone, "/groups?gone");
    let hers = read(server.get("/api/v1/regions").cookie(&dora).send().await.json());
    assert_eq!(hers, ["Cottage", "Garden"]);
}

#[tokio::test]
async fn of_a_large_group_the_page_says_how_many_are_of_it_and_shows_some_and_whoever_is_looked_for() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("eve", &["--group", "Other"]).await;
    // As many friends as the terminal would take long to add.
    let mut aside = home.database().await;
    sqlx::query(
        "INSERT INTO friends (id, group_id, name, name_key, demo, added_at)
         WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 79)
         SELECT unhex('00000000000000000000000000aa00' || i), group_id, 'friend ' || i, 'friend ' || i, 0, added_at
         FROM n, friends WHERE name = 'sam'",
    )
    .execute(&mut aside)
    .await
    .expect("are written");
    sqlx::query(
        "INSERT INTO memberships (friend_id, group_id, role, since)
         SELECT id, group_id, 'friend', added_at FROM friends WHERE name LIKE 'friend %'",
    )
    .execute(&mut aside)
    .await
    .expect("are written");
    drop(aside);
    let server = home.serve().await;
    let (sam, eve) = (server.sign_in("sam").await, server.sign_in("eve").await);
    let page = async |path: &str| server.get(path).cookie(&sam).send().await.text();
    let groups = server.get("/api/v1/groups").cookie(&sam).send().await.json();
    let mut groups = groups["items"].as_array().expect("a list").iter();
    let group = groups.find(|group| group["name"] == "Staff").expect("is listed");
    assert_eq!(group["members"].as_array().map(Vec::len), Some(71));
    let id = group["id"].as_str().expect("is an id");

    // Beside the list lies what the page shows live: everybody.
    let lists = |page: &str, number: u32| page.contains(&format!("<span>friend {number}<"));
    let first = page("/groups").await;
    assert!(first.contains("friends are of it") && lists(&first, 10) && lists(&first, 59), "{first}");
    assert!(!lists(&first, 60) && !lists(&first, 79));
    assert!(first.contains(">More<"));
    let rest = page(&format!("/groups?in={id}&find=&from=50")).await;
    assert!(lists(&rest, 60) && lists(&rest, 79) && !lists(&rest, 30), "{rest}");
    assert!(rest.contains("Before these") && !rest.contains(">More<"));
    let found = page(&format!("/groups?in={id}&find=FRIEND%2065")).await;
    assert!(lists(&found, 65) && !lists(&found, 66) && !found.contains(">More<"));
    assert!(page(&format!("/groups?in={id}&find=nobody")).await.contains("Nobody here is called like that"));

    let ask = async |cookie: &str| server.get("/api/members?group=Staff&find=5").cookie(cookie).send().await;
    assert_eq!(ask(&sam).await.json()["found"], 16);
    assert_eq!(ask(&eve).await.status, 404, "it does not exist for her");
}
