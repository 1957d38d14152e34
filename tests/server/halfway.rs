//! `kill -9` in the middle of a change of who sees what, of a group, of an invitation, of a deletion: afterwards it has happened or it has not,
//! and every way out says the same of it.

use crate::support::{
    Chance, Credentials, Home, Live, PASSWORD, Phone, Question, Server, eventually, form_urlencoded,
    location, now_s, rfc3339,
};
use http::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How often each is killed; another number may be given in the environment variable `KILLS`.
const KILLS: u64 = 6;
/// Where somebody is whom nobody takes for anybody else.
const LAT: f64 = 48.123_457;

fn kills() -> u64 {
    std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().expect("KILLS is a number"))
}

/// Has something done by a server that is killed somewhere in the time that this takes, and starts it again. Says whether it was answered
/// that it is done.
async fn cut_short(
    home: &Home,
    server: Server,
    question: Question,
    chance: &mut Chance,
    takes: Duration,
) -> (Server, bool) {
    let asking = tokio::spawn(question.try_send());
    let most = u64::try_from(takes.as_micros()).expect("is short");
    tokio::time::sleep(Duration::from_micros(chance.below(most.max(1)))).await;
    server.kill();
    let answer = asking.await.expect("it is asked");
    (home.serve().await, answer.is_some_and(|answer| answer.status.is_success()))
}

/// Does something undisturbed; says how long that took.
async fn done(question: Question) -> Duration {
    let begun = Instant::now();
    let answer = question.send().await;
    assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
    begun.elapsed()
}

/// What all say is so.
#[track_caller]
fn agreed(said: &BTreeMap<&'static str, bool>, why: &str) -> bool {
    let is_so = *said.values().next().expect("somebody says something");
    assert!(said.values().all(|other| *other == is_so), "{why}: {said:?}");
    is_so
}

/// Somebody with everything one can look with.
struct Looker {
    token: String,
    name: &'static str,
    ear: Credentials,
    old: Credentials,
}

impl Looker {
    async fn new(home: &Home, name: &'static str, options: &[&str]) -> Self {
        home.user(name, options).await;
        let token = home.token("admin", &["--user", name]).await;
        let (ear, old) = (home.device(name, "ear", &[]).await, home.device(name, "old", &[]).await);
        Self { token, name, ear, old }
    }

    /// Where they see a friend's place, by each way out.
    async fn sees(&self, server: &Server, friend: &str) -> BTreeMap<&'static str, bool> {
        let place = LAT.to_string();
        let has = |text: &str| text.contains(&place);
        let mut seen = BTreeMap::new();
        seen.insert("friends", has(&server.json("/api/v1/friends", &self.token).await.to_string()));
        let fixes = server.get(&format!("/api/v1/fixes?friend={friend}&device=phone")).bearer(&self.token);
        seen.insert("positions", has(&fixes.send().await.text()));
        let cookie = server.sign_in(self.name).await;
        seen.insert("page", has(&server.get("/api/latest").cookie(&cookie).send().await.text()));
        let snapshot = Live::of(server, &cookie).await.snapshot().await;
        seen.insert("live", has(&serde_json::to_string(&snapshot).expect("is JSON")));
        let asked = server.post("/pub").basic(&self.old.username, &self.old.password);
        let posted = asked.bytes(location(now_s(), 1.0, 1.0).into_bytes()).send().await;
        seen.insert("HTTP mode", has(&posted.text()));
        let mut ear = Phone::connect(server.broker(), &self.ear).await;
        ear.subscribe("owntracks/#").await;
        ear.publish("/mark", r#"{"_type":"mark"}"#).await;
        let mut heard = String::new();
        loop {
            let publish = ear.receive().await;
            if publish.topic.ends_with("/mark") {
                break;
            }
            heard += &String::from_utf8_lossy(&publish.payload);
        }
        seen.insert("MQTT", has(&heard));
        ear.leave().await;
        seen
    }
}

/// A phone says where it is, and was.
async fn report(server: &Server, credentials: &Credentials) {
    let mut phone = Phone::connect(server.broker(), credentials).await;
    for ago in [1200, 900, 600] {
        phone.publish("", location(now_s() - ago, LAT, 16.37)).await;
    }
    phone.retain("", location(now_s() - 300, LAT, 16.37)).await;
    phone.leave().await;
}

#[tokio::test]
async fn who_sees_somebody_is_one_or_the_other_after_a_kill_and_everywhere_the_same() {
    let home = Home::new();
    let phone = home.device("ann", "phone", &[]).await;
    home.user("ann", &[]).await;
    let ann = home.token("write", &["--user", "ann"]).await;
    let ben = Looker::new(&home, "ben", &[]).await;
    let mut server = home.serve().await;
    report(&server, &phone).await;
    let say = |server: &Server, shows: bool| {
        let level = if shows { "precise" } else { "off" };
        let body = json!({"level": level, "since": rfc3339(now_s() - 3600)});
        server.ask(Method::PUT, "/api/v1/friends/me/sharing/group").bearer(&ann).json(&body)
    };
    let takes = done(say(&server, true)).await;
    let (mut shows, mut chance) = (true, Chance::new());
    for round in 0..kills() {
        let wanted = !shows;
        let question = say(&server, wanted);
        let (next, answered) = cut_short(&home, server, question, &mut chance, takes).await;
        server = next;
        let mut said = ben.sees(&server, "ann").await;
        let own = server.json("/api/v1/friends/me/sharing", &ann).await;
        said.insert("what she said", own["grants"][0]["level"] == "precise");
        shows = agreed(&said, &format!("round {round}, {chance}"));
        assert!(!answered || shows == wanted, "what was answered is lost, round {round}, {chance}");
    }
}

/// Whether somebody is of the club, by each way out; and whether they are invited.
async fn membership(server: &Server, ann: &str, eve: &str) -> (BTreeMap<&'static str, bool>, bool) {
    let mut said = BTreeMap::new();
    let names = |items: &[Value]| items.iter().map(|item| item["name"].clone()).collect::<Vec<_>>();
    said.insert("her groups", names(&server.items("/api/v1/groups", ann).await).contains(&json!("Club")));
    let groups = server.items("/api/v1/groups", eve).await;
    let club = groups.iter().find(|group| group["name"] == "Club").expect("is hers");
    let members = club["members"].as_array().expect("is a list").clone();
    said.insert("its members", names(&members).contains(&json!("ann")));
    said.insert("its friends", names(&server.items("/api/v1/friends", eve).await).contains(&json!("ann")));
    said.insert("her friends", names(&server.items("/api/v1/friends", ann).await).contains(&json!("eve")));
    let invited = names(club["invited"].as_array().expect("is a list")).contains(&json!("ann"));
    let open = !server.items("/api/v1/group-invitations", ann).await.is_empty();
    // Whoever came in by it has used it up.
    let is_member = said["its members"];
    assert!(is_member || invited == open, "of one invitation both say the same");
    (said, invited)
}

#[tokio::test]
async fn who_comes_into_a_group_or_leaves_it_is_in_or_out_after_a_kill() {
    let home = Home::new();
    home.user("eve", &["--admin", "--group", "Club"]).await;
    home.user("ann", &["--group", "Family"]).await;
    home.device("ann", "phone", &[]).await;
    let token = async |name: &str| home.token("admin", &["--user", name]).await;
    let (ann, eve) = (token("ann").await, token("eve").await);
    let mut server = home.serve().await;
    let path = "/api/v1/groups/Club/members/ann";
    let invite = |server: &Server| server.ask(Method::PUT, path).bearer(&eve).json(&json!({}));
    let join = |server: &Server| server.ask(Method::PUT, "/api/v1/group-invitations/Club").bearer(&ann);
    let leave = |server: &Server| server.ask(Method::DELETE, "/api/v1/groups/Club/members/me").bearer(&ann);
    let remove = |server: &Server| server.ask(Method::DELETE, path).bearer(&eve);
    done(invite(&server)).await;
    let takes = done(join(&server)).await;
    let (mut is_member, mut chance) = (true, Chance::new());
    for round in 0..kills() * 2 {
        let question = match (is_member, round % 4 < 2) {
            (true, true) => leave(&server),
            (true, false) => remove(&server),
            (false, _) => {
                done(invite(&server)).await;
                join(&server)
            }
        };
        let (next, answered) = cut_short(&home, server, question, &mut chance, takes).await;
        server = next;
        let why = format!("round {round}, {chance}");
        let (said, invited) = membership(&server, &ann, &eve).await;
        let now = agreed(&said, &why);
        assert!(!answered || now != is_member, "what was answered is lost, {why}");
        assert!(
            is_member || now != invited,
            "an invitation is open, or was accepted: {now} {invited}, {why}"
        );
        is_member = now;
    }
}

#[tokio::test]
async fn an_invitation_that_is_being_accepted_when_the_server_dies_is_there_or_used() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--group", "Family"]).await;
    let (sam, ben) =
        (home.token("admin", &["--user", "sam"]).await, home.token("admin", &["--user", "ben"]).await);
    for wait_ms in [0, 2, 5, 9, 14] {
        let server = home.serve().await;
        let invited = server.ask(Method::PUT, "/api/v1/groups/Staff/members/ben").bearer(&sam);
        assert!(invited.json(&json!({})).send().await.status.is_success());
        let accepted = server.ask(Method::PUT, "/api/v1/group-invitations/Staff").bearer(&ben).send();
        let accepted = tokio::spawn(accepted);
        // How far it has come by then is left to chance.
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        server.kill();
        let _cut_off = accepted.await;
        let (invitations, members) = (
            home.count("SELECT count(*) FROM group_invitations").await,
            home.count("SELECT count(*) FROM memberships m JOIN groups g ON g.id = m.group_id WHERE g.name = 'Staff' AND until IS NULL").await,
        );
        assert_eq!(invitations + members, 2, "after {wait_ms} ms");
        if members == 2 {
            home.command_ok(&["group", "leave", "Staff", "ben"], "").await;
        }
    }
}

#[tokio::test]
async fn who_is_invited_by_a_link_has_come_or_can_still_come_after_a_kill() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    let names: Vec<String> = (0..=kills()).map(|round| format!("tom{round}")).collect();
    for name in &names {
        home.device(name, "phone", &[]).await;
    }
    let root = home.token("admin", &["--user", "root"]).await;
    let mut server = home.serve().await;
    let accept = |server: &Server, link: &str| {
        let fields = [("token", link), ("name", ""), ("password", PASSWORD)];
        server.post("/api/accept_invitation").form(form_urlencoded(&fields))
    };
    let (mut takes, mut chance) = (None, Chance::new());
    for name in &names {
        let body = json!({"name": name, "admin": true});
        let made = server.post("/api/v1/invitations").bearer(&root).json(&body).send().await.json();
        let link =
            made["link"].as_str().expect("has a link").rsplit_once('=').expect("has a token").1.to_owned();
        let Some(takes) = takes else {
            let begun = Instant::now();
            accept(&server, &link).send().await;
            takes = Some(begun.elapsed());
            continue;
        };
        let question = accept(&server, &link);
        let (next, _) = cut_short(&home, server, question, &mut chance, takes).await;
        server = next;
        let mut came = BTreeMap::new();
        let invitations = server.items("/api/v1/invitations", &root).await;
        let invitation = invitations.iter().find(|known| known["name"] == json!(name)).expect("is listed");
        came.insert("the invitation is used", invitation["state"] == "used");
        let form = form_urlencoded(&[("name", name), ("password", PASSWORD), ("next", "/")]);
        let entered = server.post("/api/sign_in").form(form).send().await;
        came.insert("they sign in", entered.headers.contains_key("set-cookie"));
        let groups = server.items("/api/v1/groups", &root).await;
        let members = groups[0]["members"].as_array().expect("is a list");
        let member = members.iter().find(|member| member["name"] == json!(name)).expect("has a phone");
        came.insert("they are an admin", member["role"] == "admin");
        let shared = server.get(&format!("/api/v1/friends/{name}/sharing")).bearer(&root).send().await;
        came.insert("they decide for themselves", shared.status == 403);
        agreed(&came, &format!("{name}, {chance}"));
    }
}

#[tokio::test]
async fn what_somebody_deleted_is_all_there_or_all_gone_after_a_kill() {
    let home = Home::new();
    let ben = Looker::new(&home, "ben", &[]).await;
    let mut friends = Vec::new();
    for round in 0..=kills() {
        let name = format!("ann{round}");
        let phone = home.device(&name, "phone", &[]).await;
        home.user(&name, &[]).await;
        friends.push((home.token("write", &["--user", &name]).await, name, phone));
    }
    let mut server = home.serve().await;
    let erase = |server: &Server, token: &str| {
        server.ask(Method::DELETE, "/api/v1/friends/me/stored?all=true").bearer(token)
    };
    let (mut takes, mut chance) = (None, Chance::new());
    for (token, name, phone) in &friends {
        report(&server, phone).await;
        let Some(takes) = takes else {
            takes = Some(done(erase(&server, token)).await);
            continue;
        };
        let question = erase(&server, token);
        let (next, answered) = cut_short(&home, server, question, &mut chance, takes).await;
        server = next;
        let mut there = ben.sees(&server, name).await;
        let count = async |server: &Server, what: &str| {
            let stored = server.json("/api/v1/friends/me/stored", token).await;
            let kinds = stored["stored"].as_array().expect("is a list").clone();
            let kind = kinds.iter().find(|kind| kind["what"] == what).cloned().expect("is told of");
            kind["count"].as_i64().expect("is a number")
        };
        for what in ["positions", "retained"] {
            there.insert(what, count(&server, what).await > 0);
        }
        let why = format!("{name}, {chance}");
        let is_there = agreed(&there, &why);
        assert!(!answered || !is_there, "what was answered is lost, {why}");
        if is_there {
            assert_eq!(count(&server, "messages").await, 4, "{why}");
            // Nobody after them is to be taken for them.
            done(erase(&server, token)).await;
        } else {
            eventually("the raw log follows", async || (count(&server, "messages").await == 0).then_some(()))
                .await;
        }
    }
}
