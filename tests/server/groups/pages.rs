//! The pages of groups and of those who administer them: which group is meant, who is of it, and that no form needs script.

use crate::support::{Home, Live, Server, eventually, form_urlencoded};
use domain::Role;
use http::{Method, header};
use serde_json::{Value, json};

/// What the page says after a form on it was sent by a browser without script.
async fn told(server: &Server, cookie: &str, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let here = format!("http://{}", server.http);
    let sent = server.post(action).cookie(cookie).header(header::ACCEPT, "text/html");
    let sent = sent.header(header::REFERER, &format!("{here}{page}")).form(form_urlencoded(fields));
    let to = sent.send().await.header("location").replacen(&here, "", 1);
    server.get(&to).cookie(cookie).send().await.text()
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
