//! What bots post and answer: to those who are inside their regions and let them, and to who wrote to them; to nobody else, and not for ever.

use super::{AWAY, HOME, come, fast, made, put, text};
use crate::support::{
    Answer, Credentials, Events, Guarded, Home, Phone, Server, circle, eventually, location, now_s,
};
use http::Method;
use serde_json::{Value, json};
use std::process::Command;

fn called(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn post_of(number: u32, to: &Value, words: &str) -> Value {
    json!({"client_id": called(number), "to": to, "text": words})
}

async fn post(server: &Server, token: &str, number: u32, to: &Value, words: &str) -> Answer {
    server.post("/api/v1/messages").bearer(token).json(&post_of(number, to, words)).send().await
}

/// The texts that somebody has, newest first.
async fn texts(server: &Server, token: &str, query: &str) -> Vec<String> {
    let items = server.items(&format!("/api/v1/messages{query}"), token).await.into_iter();
    items.map(|item| text(&item, "text").to_owned()).collect()
}

/// A phone comes from afar to a place, and stays.
async fn is_at(server: &Server, credentials: &Credentials, (lat, lon): (f64, f64)) {
    let (mut phone, now) = (Phone::connect(server.broker(), credentials).await, now_s());
    for (ago, lat) in [(900, AWAY.0), (600, AWAY.0), (300, lat), (200, lat)] {
        phone.publish("", location(now - ago, lat, lon)).await;
    }
    phone.leave().await;
}

/// A family and its bot for Home, where Ann, Ben and Cid are, and not Dan. All but Ben let it know, and Cid is seen to the street. Eve is of another group.
struct Family {
    server: Server,
    root: String,
    tokens: [String; 5],
    bot: Value,
}

impl Family {
    async fn new(home: &Home) -> Self {
        home.user("ada", &["--admin", "--group", "Family"]).await;
        let (mut tokens, mut phones) = (Vec::new(), Vec::new());
        for name in ["ann", "ben", "cid", "dan", "eve"] {
            home.user(name, &["--group", if name == "eve" { "Club" } else { "Family" }]).await;
            tokens.push(home.token("write", &["--user", name]).await);
            phones.push(home.device(name, "phone", &[]).await);
        }
        let root = home.token("admin", &[]).await;
        let ada = home.token("admin", &["--user", "ada"]).await;
        let server = home.serve().await;
        for (name, level, allows) in [
            ("ann", "precise", true),
            ("ben", "precise", false),
            ("cid", "street", true),
            ("dan", "precise", true),
            ("eve", "precise", true),
        ] {
            let said = json!({"level": level, "since": "2020-01-01T00:00:00Z"});
            assert_eq!(
                put(&server, &root, &format!("friends/{name}/sharing/group"), &said).await.status,
                200
            );
            put(&server, &root, &format!("friends/{name}/bots"), &json!({"allowed": allows})).await;
        }
        for (name, (lat, lon)) in [("Home", HOME), ("Nest", HOME)] {
            server.draw(&ada, &circle(name, lat, lon, 150.0)).await;
        }
        for (phone, place) in phones.iter().zip([HOME, HOME, HOME, AWAY, HOME]) {
            is_at(&server, phone, place).await;
        }
        eventually("all are there", async || {
            let inside = server.items("/api/v1/presence", &root).await;
            let home = inside.iter().find(|here| here["region"]["name"] == "Home")?;
            (home["friends"].as_array()?.len() == 3).then_some(())
        })
        .await;
        let bot = made(&server, &ada, &json!({"name": "Greeter", "regions": ["Home"]})).await;
        let tokens = tokens.try_into().expect("one for each");
        Self { server, root, tokens, bot }
    }

    fn token(&self) -> &str {
        text(&self.bot, "token")
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/bots/{}{rest}", text(&self.bot, "id"))
    }
}

#[tokio::test]
async fn a_bot_posts_to_those_who_are_inside_and_let_it_and_to_nobody_else() {
    let home = Home::new();
    let family = Family::new(&home).await;
    let (server, root, bot) = (&family.server, &family.root, family.token());
    let [ann, ben, cid, dan, eve] = &family.tokens;
    let inside = json!({"region": "home"});
    let first = post(server, bot, 1, &inside, "  Tea is ready.\r\n").await;
    assert_eq!(first.status, 201, "{}", first.text());
    let done = first.json();
    assert_eq!((&done["to"], &done["text"], &done["count"]), (&inside, &json!("Tea is ready."), &json!(1)));
    assert!(done.get("friends").is_none() && done.get("deliveries").is_none(), "{done}");
    let got = server.items("/api/v1/messages", ann).await.remove(0);
    assert_eq!((text(&got, "from"), &got["bot"]), ("Greeter", &json!(true)));
    assert_eq!((&got["to"], &got["read_at"]), (&json!({"friend": "ann"}), &Value::Null));
    for other in [ben, cid, dan, eve] {
        assert_eq!(texts(server, other, "").await, [""; 0]);
    }

    // The same again is the same post, and another one needs a name of its own.
    let again = post(server, bot, 1, &inside, "Tea is ready.").await;
    assert_eq!((again.status.as_u16(), again.json()), (200, done));
    post(server, bot, 1, &inside, "another").await.assert_problem(409, Some("client_id"));
    post(server, bot, 1, &json!({"friend": "ann"}), "Tea is ready.")
        .await
        .assert_problem(409, Some("client_id"));
    assert_eq!(post(server, bot, 2, &json!({"friend": "ANN"}), "for you").await.status, 201);
    assert_eq!(texts(server, ann, "?bot=greeter").await, ["for you", "Tea is ready."]);

    // Who is not there, who does not let it know, who is not shown there, whom it does not know, and who is nobody: all the same.
    let mut answers = Vec::new();
    for (number, name) in (10..).zip(["ben", "cid", "dan", "eve", "nobody", "ada"]) {
        answers.push(post(server, bot, number, &json!({"friend": name}), "hello").await);
    }
    for answer in &answers {
        answer.assert_problem(404, None);
        assert_eq!(answer.body, answers[0].body);
    }
    let answers = [
        post(server, bot, 20, &json!({"region": "Nest"}), "hello").await,
        post(server, bot, 20, &json!({"region": "Nowhere"}), "hello").await,
    ];
    for answer in &answers {
        answer.assert_problem(404, None);
        assert_eq!(answer.body, answers[0].body);
    }

    // What is no post says why.
    for (wrong, field) in [
        (json!({"text": " \n"}), "text"),
        (json!({"text": "ü".repeat(2001)}), "text"),
        (json!({"text": 5}), "text"),
        (json!({"client_id": "1"}), "client_id"),
        (json!({"to": null}), "to"),
        (json!({"to": {}}), "to"),
        (json!({"to": {"here": true}}), "to"),
        (json!({"to": {"group": "Family"}}), "to"),
        (json!({"to": {"bot": "Greeter"}}), "to"),
        (json!({"to": {"region": "Home", "friend": "ann"}}), "to"),
        (json!({"to": {"region": 5}}), "region"),
    ] {
        let mut body = post_of(30, &inside, "well");
        for (member, value) in wrong.as_object().expect("is one") {
            body[member] = value.clone();
        }
        let answer = server.post("/api/v1/messages").bearer(bot).json(&body).send().await;
        answer.assert_problem(422, Some(field));
    }
    assert_eq!(
        server.items("/api/v1/messages", bot).await,
        [] as [Value; 0],
        "what others write is not for it"
    );
    for path in ["messages/new", "threads"] {
        server.get(&format!("/api/v1/{path}")).bearer(bot).send().await.assert_problem(403, None);
    }

    // She wants nothing of it, and it cannot tell.
    assert_eq!(server.ask(Method::PUT, &family.path("/block")).bearer(ann).send().await.status, 204);
    server.ask(Method::PUT, &family.path("/block")).bearer(eve).send().await.assert_problem(404, None);
    assert_eq!(server.items("/api/v1/bots", ann).await[0]["blocked"], true);
    assert_eq!(post(server, bot, 40, &inside, "do you hear me?").await.json()["count"], 1);
    assert_eq!(server.ask(Method::DELETE, &family.path("/block")).bearer(ann).send().await.status, 204);
    assert_eq!(texts(server, ann, "").await.len(), 2);

    // She takes it back, or pauses: nothing more.
    put(server, ann, "friends/me/bots", &json!({"allowed": false})).await;
    post(server, bot, 41, &inside, "hello").await.assert_problem(422, Some("to"));
    post(server, bot, 41, &json!({"friend": "ann"}), "hello").await.assert_problem(404, None);
    put(server, ann, "friends/me/bots", &json!({"allowed": true})).await;
    assert_eq!(post(server, bot, 41, &inside, "hello").await.status, 201);
    let paused = server.post("/api/v1/friends/me/pause").bearer(ann).json(&json!({})).send().await;
    assert_eq!(paused.status, 200);
    post(server, bot, 42, &inside, "hello").await.assert_problem(422, Some("to"));

    // With the bot all that it wrote is gone.
    assert_eq!(server.ask(Method::DELETE, &family.path("")).bearer(root).send().await.status, 204);
    post(server, bot, 43, &inside, "hello").await.assert_problem(401, None);
    assert_eq!(texts(server, ann, "").await, [""; 0]);
    assert_eq!(home.count("SELECT (SELECT count(*) FROM chats) + (SELECT count(*) FROM bot_posts)").await, 0);
}

#[tokio::test]
async fn a_bot_hears_who_writes_to_it_and_answers_on_its_line() {
    let home = Home::new();
    let family = Family::new(&home).await;
    let (server, bot) = (&family.server, family.token());
    let [_ann, ben, _cid, dan, eve] = &family.tokens;
    let (mut line, _) = Events::from_now(server, bot).await;
    let (mut bens, _) = Events::from_now(server, ben).await;
    let to_bot = json!({"bot": "greeter"});
    post(server, eve, 1, &to_bot, "hello").await.assert_problem(404, None);
    let asks = server.post("/api/v1/messages/audience").bearer(ben).json(&json!({"to": to_bot})).send().await;
    assert_eq!(asks.json(), json!({"count": 1, "friends": [], "bot": "Greeter"}));
    // What is to the group, or to friends who are there, is not for it.
    for (number, to) in
        [(1, json!({"group": "Family"})), (2, json!({"here": true})), (3, json!({"friend": "dan"}))]
    {
        assert_eq!(post(server, ben, number, &to, "not for programs").await.status, 201, "{to}");
    }
    let sent = post(server, ben, 4, &to_bot, "who are you?").await;
    assert_eq!(
        (sent.status.as_u16(), &sent.json()["to"]),
        (201, &json!({"bot": "Greeter"})),
        "{}",
        sent.text()
    );
    assert_eq!(post(server, ben, 4, &to_bot, "who are you?").await.status, 200);
    let heard = line.event().await;
    let mut members: Vec<&String> = heard.as_object().expect("is an object").keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["at", "event", "friend", "id", "message"], "{heard}");
    assert_eq!((text(&heard, "event"), text(&heard, "friend")), ("new_message", "ben"));
    let id = sent.json()["id"].clone();
    assert_eq!(heard["message"], json!({"id": id, "to": "bot", "text": "who are you?"}));

    // It can be asked for, too, by a program that did not listen.
    let asked = async |query: &str| server.items(&format!("/api/v1/messages{query}"), bot).await;
    let letter =
        json!({"id": id, "friend": "ben", "text": "who are you?", "sent_at": sent.json()["sent_at"]});
    assert_eq!(asked("").await, std::slice::from_ref(&letter));

    // It answers him, and cannot write to who did not write to it.
    let mut say = async |number: u32, to: Value, words: &str| {
        line.say(&json!({"say": post_of(number, &to, words)}).to_string()).await;
        let answer = line.event().await;
        assert_eq!(
            (text(&answer, "event"), text(&answer, "client_id")),
            ("said", &*called(number)),
            "{answer}"
        );
        answer
    };
    let answer = say(1, json!({"friend": "ben"}), "a program").await;
    assert_eq!((&answer["status"], &answer["post"]["count"]), (&json!(201), &json!(1)), "{answer}");
    assert_eq!(say(1, json!({"friend": "ben"}), "a program").await["status"], 200);
    let refused = say(2, json!({"friend": "dan"}), "and you?").await;
    assert_eq!((&refused["status"], refused.get("post")), (&json!(404), None), "{refused}");
    assert_eq!(refused["problem"], say(3, json!({"friend": "nobody"}), "and you?").await["problem"]);
    let escaped = "\u{1f9c1}".repeat(2000);
    assert_eq!(say(4, json!({"friend": "ben"}), &escaped).await["status"], 201, "as long as it may be");
    assert_eq!(say(5, json!({"friend": "ben"}), "").await["problem"]["field"], "text");
    line.say(r#"{"say": 5}"#).await;
    assert_eq!(line.event().await["status"], 422);

    assert_eq!(asked("").await, std::slice::from_ref(&letter));
    assert_eq!(post(server, ben, 5, &to_bot, "and what for?").await.status, 201);
    let first = server.json("/api/v1/messages?limit=1", bot).await;
    assert_eq!((&first["items"][0]["text"], &first["items"][1]), (&json!("and what for?"), &Value::Null));
    let cursor = first["next"].as_str().expect("there is more");
    assert_eq!(asked(&format!("?limit=1&cursor={cursor}")).await, [letter]);
    let wrong = server.get("/api/v1/messages?cursor=soon").bearer(bot).send().await;
    wrong.assert_problem(422, Some("cursor"));

    let told = bens.until(|event| event.get("bot").is_some()).await;
    let told = told.last().expect("there is one");
    assert_eq!(
        (text(told, "event"), text(told, "bot"), told.get("friend")),
        ("new_message", "Greeter", None)
    );
    assert_eq!(
        texts(server, ben, "?bot=Greeter").await,
        ["and what for?", &*escaped, "a program", "who are you?"]
    );
    let threads = server.items("/api/v1/threads", ben).await;
    let thread = threads.iter().find(|thread| thread["thread"] == json!({"bot": "Greeter"}));
    assert_eq!(thread.expect("is one of his")["unread"], 2);
    assert_eq!(texts(server, dan, "").await.len(), 2, "those of Ben");

    // He deletes all that is stored of him, and the bot may not answer any more.
    let gone = server.ask(Method::DELETE, "/api/v1/friends/me/stored?all=true").bearer(ben).send().await;
    assert_eq!(gone.status, 200, "{}", gone.text());
    assert_eq!(home.count("SELECT count(*) FROM chats WHERE bot_id IS NOT NULL").await, 0);
    assert_eq!(asked("").await, [] as [Value; 0]);
    post(server, bot, 9, &json!({"friend": "ben"}), "still there?").await.assert_problem(404, None);
}

#[tokio::test]
async fn a_bot_that_floods_is_slowed_down_alone() {
    let home = Home::new();
    let family = Family::new(&home).await;
    let (server, bot) = (&family.server, family.token());
    let (inside, mut number) = (json!({"region": "Home"}), 0);
    let slowed = eventually("it is slowed down", async || {
        number += 1;
        let answer = post(server, bot, number, &inside, "and another").await;
        (answer.status.as_u16() == 429).then_some(answer)
    })
    .await;
    assert!(slowed.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    let (mut line, _) = Events::from_now(server, bot).await;
    let said = json!({"say": post_of(number + 1, &inside, "and another")}).to_string();
    let answer = eventually("it is slowed down there, too", async || {
        line.say(&said).await;
        let answer = line.event().await;
        (answer["status"] == 429).then_some(answer)
    })
    .await;
    assert!(answer["retry_after_s"].as_u64().is_some_and(|seconds| seconds > 0), "{answer}");
    let [ann, ..] = &family.tokens;
    assert_eq!(post(server, ann, 1, &json!({"friend": "ben"}), "such a noise").await.status, 201);
    assert_eq!(line.say_until_the_end(&said).await.0, 1008, "and who goes on is cut off");
}

/// The program of the documentation, as it stands there.
fn greeter() -> String {
    let docs =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bots.md")).expect("is there");
    let program = docs.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
    program.expect("has a program").to_owned()
}

#[tokio::test]
async fn the_bot_of_the_documentation_greets_who_comes_and_answers_who_writes() {
    let home = Home::new();
    home.user("ada", &["--admin"]).await;
    home.user("Zoë", &[]).await;
    let zoe = home.token("write", &["--user", "Zoë"]).await;
    let credentials = home.device("Zoë", "phone", &[]).await;
    let root = home.token("admin", &[]).await;
    let server = home.serve().await;
    server.draw(&root, &fast("Home", HOME)).await;
    let bot = made(&server, &root, &json!({"name": "Greeter", "regions": ["Home"]})).await;
    put(&server, &root, "friends/Zo%C3%AB/bots", &json!({"allowed": true})).await;
    std::fs::write(home.path("greeter.py"), greeter()).expect("can be written");
    let mut command = Command::new("python3");
    command
        .arg(home.path("greeter.py"))
        .env("WHEREABOUTS_URL", format!("http://{}/", server.http))
        .env("WHEREABOUTS_TOKEN", text(&bot, "token"));
    let mut program = Guarded(command.spawn().expect("there is Python 3"));
    eventually("it listens", async || {
        server.items("/api/v1/bots", &root).await[0]["connected"].as_bool().filter(|connected| *connected)
    })
    .await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    phone.publish("", location(now_s() - 3600, AWAY.0, AWAY.1)).await;
    come(&mut phone, "Home", HOME).await;
    let got = async |count: usize| {
        eventually("it says something", async || {
            let got = server.items("/api/v1/messages", &zoe).await;
            (got.len() >= count).then_some(got)
        })
        .await
    };
    let greeting = got(1).await.remove(0);
    assert_eq!((text(&greeting, "from"), &greeting["bot"]), ("Greeter", &json!(true)));
    assert_eq!(text(&greeting, "text"), "Welcome to Home, Zoë!");
    let asks = json!({"client_id": "00000000-0000-4000-8000-000000000001", "to": {"bot": "Greeter"}, "text": "Who are you?"});
    let asked = server.post("/api/v1/messages").bearer(&zoe).json(&asks).send().await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    let all = got(3).await;
    let from: Vec<&str> = all.iter().map(|message| text(message, "from")).collect();
    assert_eq!(from, ["Greeter", "Zoë", "Greeter"]);
    assert!(text(&all[0], "text").contains("program"), "{all:?}");
    // It ends by itself when it is not wanted any more.
    let gone = server.ask(Method::DELETE, &format!("/api/v1/bots/{}", text(&bot, "id"))).bearer(&root);
    assert_eq!(gone.send().await.status, 204);
    assert!(!program.ended("it ends").await.success());
}
