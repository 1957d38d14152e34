//! Events for scripts: what happens, on a websocket and by questions that wait; as each friend shows it, and to nobody by the group alone.

use crate::support::{
    Answer, Events, Home, Live, Phone, Server, circle, eventually, location, next_second, now_s, rfc3339,
};
use http::{Method, header};
use serde_json::{Value, json};

const LAT: f64 = 48.200_137;
const LON: f64 = 16.370_259;

/// What an event says, without when and which.
fn said(event: &Value) -> (String, String) {
    let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
    (text("event"), text("friend"))
}

fn is_of<'e>(friend: &'e str, what: &'e str) -> impl Fn(&Value) -> bool + use<'e> {
    move |event| event["event"] == what && event["friend"] == friend
}

async fn shares(server: &Server, token: &str, with: &str, body: Value) {
    let path = format!("/api/v1/friends/me/sharing/{with}");
    let answer = server.ask(Method::PUT, &path).bearer(token).json(&body).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn asks(server: &Server, token: &str, query: &str) -> Answer {
    server.get(&format!("/api/v1/events/next{query}")).bearer(token).send().await
}

/// Asks until there are so many events, and returns them with the last cursor.
async fn collects(server: &Server, token: &str, after: &str, count: usize) -> (Vec<Value>, String) {
    let (mut all, mut after) = (Vec::new(), after.to_owned());
    eventually("so many events", async || {
        let answer = asks(server, token, &format!("?after={after}&wait_s=5")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let told = answer.json();
        all.extend(told["events"].as_array().expect("is a list").iter().cloned());
        told["after"].as_str().expect("is a cursor").clone_into(&mut after);
        (all.len() >= count).then_some(())
    })
    .await;
    (all, after)
}

#[tokio::test]
async fn what_happens_is_told_as_each_friend_shows_it_on_a_socket_and_by_questions() {
    let home = Home::new();
    for name in ["ann", "ben", "cid", "dan"] {
        home.user(name, &["--group", "Family"]).await;
    }
    home.user("eve", &["--group", "Club", "--admin"]).await;
    let (phone, eves) = (home.device("ann", "phone", &[]).await, home.device("eve", "phone", &[]).await);
    let token = async |name: &str| home.token("write", &["--user", name]).await;
    let (ann, ben, cid) = (token("ann").await, token("ben").await, token("cid").await);
    let (dan, eve, root) = (token("dan").await, token("eve").await, home.token("admin", &[]).await);
    let server = home.serve().await;
    for (with, level) in [("ben", "precise"), ("cid", "street"), ("dan", "off")] {
        shares(&server, &ann, with, json!({"level": level, "since": "2020-01-01T00:00:00Z"})).await;
    }
    let region = json!({"group": "Family", "name": "Home",
        "shape": {"type": "circle", "lat": LAT, "lon": LON, "radius_m": 100.0}});
    server.draw(&root, &region).await;
    let (mut bens, first) = Events::from_now(&server, &ben).await;
    let (mut cids, _) = Events::from_now(&server, &cid).await;
    let (mut dans, _) = Events::from_now(&server, &dan).await;
    let (mut eves_ear, _) = Events::from_now(&server, &eve).await;
    let (mut roots, _) = Events::from_now(&server, &root).await;

    // She comes home: three reports, the last two of which say so.
    let mut phone = Phone::connect(server.broker(), &phone).await;
    let start = now_s() - 3600;
    for (second, lat) in [(0, LAT + 0.1), (600, LAT), (660, LAT)] {
        phone.publish("", location(start + second, lat, LON)).await;
    }
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(bens.event().await);
    }
    let moved: Vec<_> = told.iter().filter(|event| event["event"] == "new_movement").collect();
    assert_eq!(moved.len(), 3, "each of them: {told:?}");
    let newest = moved[2];
    assert_eq!(newest["at"], rfc3339(start + 660));
    assert_eq!((&newest["device"], newest.get("shown")), (&json!("phone"), None));
    assert_eq!(
        (newest["position"]["lat"].as_f64(), newest["position"]["lon"].as_f64()),
        (Some(LAT), Some(LON))
    );
    let arrived = told.iter().find(|event| event["event"] == "arrived").expect("she came");
    assert_eq!((&arrived["region"]["name"], &arrived["at"]), (&json!("Home"), &json!(rfc3339(start + 600))));
    assert!(arrived.get("position").is_none(), "{arrived}");
    roots.until(is_of("ann", "arrived")).await;

    // The same by questions, with the same cursors.
    let (asked, last) = collects(&server, &ben, &first, told.len()).await;
    assert_eq!(asked, told);
    assert_eq!(told[3]["id"], last);
    let nothing = asks(&server, &ben, &format!("?after={last}&wait_s=0")).await.json();
    assert_eq!(nothing, json!({"events": [], "after": last}), "nothing new, and the same cursor");

    // She opens a page, and closes it.
    let cookie = server.sign_in("ann").await;
    let page = Live::of(&server, &cookie).await;
    assert_eq!(said(&bens.event().await), ("online".into(), "ann".into()));
    drop(page);
    assert_eq!(said(&bens.event().await), ("offline".into(), "ann".into()));
    // A pause takes it back at once; and a movement in it is nobody's.
    let page = Live::of(&server, &cookie).await;
    assert_eq!(said(&bens.event().await).0, "online");
    let pause = async |method: Method| {
        let asked = server.ask(method, "/api/v1/friends/me/pause").bearer(&ann);
        assert!(asked.json(&json!({"until": null})).send().await.status.is_success());
    };
    pause(Method::POST).await;
    assert_eq!(said(&bens.event().await).0, "offline");
    let hidden = next_second().await;
    phone.publish("", location(hidden, LAT + 0.01, LON)).await;
    next_second().await;
    pause(Method::DELETE).await;
    assert_eq!(said(&bens.event().await).0, "online");
    drop(page);
    assert_eq!(said(&bens.event().await).0, "offline");
    let mark = next_second().await;
    phone.publish("", location(mark, LAT + 0.02, LON)).await;
    let next = bens.event().await;
    assert_eq!((said(&next).0, &next["at"]), ("new_movement".into(), &json!(rfc3339(mark))));

    // Who sees her to the street hears that she moves, and no edge that she crosses.
    let is_mark = |event: &Value| event["at"] == rfc3339(mark);
    let coarse = cids.until(is_mark).await;
    assert!(coarse.iter().all(|event| !["arrived", "departed"].contains(&&*said(event).0)), "{coarse:?}");
    let moved: Vec<_> = coarse.iter().filter(|event| event["event"] == "new_movement").collect();
    assert!(!moved.is_empty() && moved.iter().all(|event| event["shown"] == "street"), "{coarse:?}");
    assert!(coarse.iter().all(|event| event["at"] != rfc3339(hidden)), "{coarse:?}");
    assert!(!format!("{coarse:?}").contains("48.200137"), "{coarse:?}");

    // To whom she shows nothing, and who does not know her, hears nothing of her; what they do hear is of others.
    Phone::connect(server.broker(), &eves).await.publish("", location(mark, 47.0, 8.0)).await;
    let club = eves_ear.until(is_of("eve", "new_movement")).await;
    assert_eq!(club.len(), 1, "{club:?}");
    let _bens_page = Live::of(&server, &server.sign_in("ben").await).await;
    let family = dans.until(is_of("ben", "online")).await;
    assert_eq!(family.len(), 1, "{family:?}");
}

#[tokio::test]
async fn who_comes_again_misses_nothing_and_whose_cursor_says_nothing_begins_anew() {
    let home = Home::new();
    home.user("ann", &[]).await;
    home.user("ben", &[]).await;
    let credentials = home.device("ann", "phone", &[]).await;
    let (ann, ben) =
        (home.token("write", &["--user", "ann"]).await, home.token("read", &["--user", "ben"]).await);
    let other = home.token("read", &["--user", "ben"]).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    let (mut bens, first) = Events::from_now(&server, &ben).await;
    let start = now_s() - 600;
    phone.publish("", location(start, LAT, LON)).await;
    let heard = bens.event().await;
    let after = heard["id"].as_str().expect("is a cursor").to_owned();
    drop(bens);
    // While nobody listens, two things happen.
    for second in [60, 120] {
        phone.publish("", location(start + second, LAT, LON)).await;
    }
    let mut again = Events::of(&server, &ben, Some(&after)).await;
    for second in [60, 120] {
        assert_eq!(again.event().await["at"], rfc3339(start + second));
    }
    let mut all = Events::of(&server, &ben, Some(&first)).await;
    assert_eq!(all.event().await, heard, "from the beginning, too");
    // A cursor of somebody else, of another token, of none.
    let (mut others, theirs) = Events::from_now(&server, &other).await;
    for cursor in [&theirs, "nonsense", &format!("{after}0"), "", "a.b", "%00"] {
        let answer = asks(&server, &ben, &format!("?after={cursor}")).await.json();
        assert_eq!(answer["events"][0]["event"], "reset", "{cursor:?}");
        assert_eq!(answer["events"][0]["id"], answer["after"]);
    }
    let mut stranger = Events::of(&server, &ben, Some(&theirs)).await;
    assert_eq!(stranger.event().await["event"], "reset");
    // What one is told does not count in what another is: ann hears nothing of ben's feed in her cursors.
    let mine = asks(&server, &ann, "").await.json();
    let number = |cursor: &Value| {
        cursor.as_str().expect("is a cursor").rsplit_once('.').expect("has a place").1.to_owned()
    };
    assert_eq!(number(&mine["after"]), "0", "a feed begins with its first reader");
    phone.publish("", location(start + 180, LAT, LON)).await;
    assert_eq!(others.event().await["at"], rfc3339(start + 180));
    server.stop_at_once().await;
    // After a start nothing is known any more.
    let server = home.serve().await;
    let answer = asks(&server, &ben, &format!("?after={after}&wait_s=0")).await.json();
    assert_eq!(answer["events"][0]["event"], "reset");
}

#[tokio::test]
async fn a_token_or_a_session_that_ends_closes_its_sockets_with_a_reason() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let (admin, read) =
        (home.token("admin", &["--user", "ann"]).await, home.token("read", &["--user", "ann"]).await);
    let server = home.serve().await;
    let tokens = server.items("/api/v1/tokens", &admin).await;
    let id_of = |scope: &str| {
        let token = tokens.iter().find(|token| token["scope"] == scope).expect("is there");
        token["id"].as_str().expect("has one").to_owned()
    };
    let (mut by_header, after) = Events::from_now(&server, &read).await;
    // As the first message, for who cannot set headers.
    let mut by_word = Events::open(&server, &[], None).await.expect("it opens");
    by_word.say(&json!({"token": read, "after": after}).to_string()).await;
    let cookie = server.sign_in("ann").await;
    let mut by_cookie = Events::open(&server, &[(header::COOKIE, &cookie)], None).await.expect("it opens");
    assert_eq!(by_cookie.event().await["event"], "reset");
    let from_there = format!("?after={after}&wait_s=60");
    let waiting = asks(&server, &read, &from_there);
    let revoking = async {
        let path = format!("/api/v1/tokens/{}", id_of("read"));
        // The socket that came by a word is let in before that: else it would be refused for another reason.
        let page = Live::of(&server, &cookie).await;
        assert_eq!(by_word.event().await["event"], "online");
        drop(page);
        assert_eq!(server.ask(Method::DELETE, &path).bearer(&admin).send().await.status, 204);
    };
    let (answer, ()) = tokio::join!(waiting, revoking);
    // It may have heard of the page first.
    assert!(answer.status == 200 || answer.status == 401, "{}", answer.text());
    for events in [&mut by_header, &mut by_word] {
        let (code, reason) = events.end().await;
        assert_eq!((code, reason.as_str()), (1008, "the token or session holds no longer"));
    }
    asks(&server, &read, "").await.assert_problem(401, None);
    server.post("/api/sign_out").cookie(&cookie).form(String::new()).send().await;
    assert_eq!(by_cookie.end().await.0, 1008);
    // What is revoked at the terminal, by another process, holds no longer either.
    let (mut admins, _) = Events::from_now(&server, &admin).await;
    home.command_ok(&["token", "remove", "test"], "").await;
    assert_eq!(admins.end().await.0, 1008);
}

#[tokio::test]
async fn who_has_no_token_or_too_much_to_say_is_refused() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let token = home.token("read", &["--user", "ann"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let wrong = [(header::AUTHORIZATION, "Bearer wa_nobodys")];
    assert_eq!(Events::open(&server, &wrong, None).await.err().map(|status| status.as_u16()), Some(401));
    let foreign = [(header::COOKIE, &*cookie), (header::ORIGIN, "https://elsewhere.example")];
    assert_eq!(Events::open(&server, &foreign, None).await.err().map(|status| status.as_u16()), Some(403));
    for said in [r#"{"token":"wa_nobodys"}"#, r#"{"token":7}"#, "hello", r#"{"after":"x"}"#] {
        let mut events = Events::open(&server, &[], None).await.expect("it opens");
        events.say(said).await;
        assert_eq!(events.end().await.0, 1008, "{said}");
    }
    // So many from one place may wait with their token.
    let mut silent = Vec::new();
    let refused = eventually("there are too many", async || {
        match Events::open(&server, &[], None).await {
            Ok(events) => silent.push(events),
            Err(status) => return Some(status),
        }
        None
    })
    .await;
    assert_eq!((refused.as_u16(), silent.len()), (429, 8));
    drop(silent);
    server.get("/api/v1/events").bearer(&token).send().await.assert_problem(400, None);
    asks(&server, &token, "?wait_s=soon").await.assert_problem(422, Some("wait_s"));
    asks(&server, &token, "?wait_s=61").await.assert_problem(422, Some("wait_s"));
    server.get("/api/v1/events/next").send().await.assert_problem(401, None);
    // A client has nothing to say.
    let (mut loud, _) = Events::from_now(&server, &token).await;
    assert_eq!(loud.say_until_the_end("hello").await, (1008, "too many messages".to_owned()));
    drop(loud);
    // Each token may listen so often.
    let mut open = Vec::new();
    let refused = eventually("there are too many", async || {
        let bearer = format!("Bearer {token}");
        let headers = [(header::AUTHORIZATION, &*bearer)];
        match Events::open(&server, &headers, None).await {
            Ok(events) => open.push(events),
            Err(status) => return Some(status),
        }
        None
    })
    .await;
    assert_eq!((refused.as_u16(), open.len()), (429, 8));
    let answer = asks(&server, &token, "").await;
    answer.assert_problem(429, None);
    assert!(!answer.header("retry-after").is_empty());
    drop(open);
    eventually("there is room again", async || (asks(&server, &token, "").await.status == 200).then_some(()))
        .await;
}

#[tokio::test]
async fn a_friend_who_comes_to_a_group_or_leaves_it_is_heard_of_from_then_on_or_no_more() {
    let home = Home::new();
    home.user("ada", &["--admin", "--group", "Family"]).await;
    home.user("zoe", &["--admin", "--group", "Club"]).await;
    let credentials = home.device("tom", "phone", &["--group", "Club"]).await;
    home.user("eva", &["--group", "Family"]).await;
    let (ada, root) = (home.token("read", &["--user", "ada"]).await, home.token("admin", &[]).await);
    let server = home.serve().await;
    let (mut adas, first) = Events::from_now(&server, &ada).await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    phone.publish("", location(now_s() - 300, LAT, LON)).await;
    let put = server.ask(Method::PUT, "/api/v1/groups/Family/members/tom").bearer(&root);
    assert_eq!(put.json(&json!({"role": "friend"})).send().await.status, 200);
    let shown = server.ask(Method::PUT, "/api/v1/friends/tom/sharing/group:Family").bearer(&root);
    assert_eq!(shown.json(&json!({"level": "precise"})).send().await.status, 200);
    let second = next_second().await;
    phone.publish("", location(second, LAT, LON)).await;
    let told = adas.until(is_of("tom", "new_movement")).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["at"], rfc3339(second), "nothing of before");
    let gone = server.ask(Method::DELETE, "/api/v1/groups/Family/members/tom").bearer(&root);
    assert!(gone.send().await.status.is_success());
    phone.publish("", location(next_second().await, LAT + 0.1, LON)).await;
    let _page = Live::of(&server, &server.sign_in("eva").await).await;
    let told = adas.until(is_of("eva", "online")).await;
    assert_eq!((told.len(), &told[0]["event"]), (2, &json!("reset")), "{told:?}");
    // Nor is what was told of him before told again.
    let answer = asks(&server, &ada, &format!("?after={first}&wait_s=0")).await.json();
    assert_eq!(
        (answer["events"].as_array().map(Vec::len), &answer["events"][0]["event"]),
        (Some(1), &json!("reset"))
    );
    server.draw(&root, &circle("Mark", 1.0, 1.0, 100.0)).await;
}
