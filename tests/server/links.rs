//! Set-up links through the web door: what a preview does not use up, who gets the password and who does not, and how far a phone is.

use crate::support::{
    Answer, Credentials, Home, Phone, Server, an_admin, eventually, form_urlencoded, location, now_s,
};
use futures::future::join_all;
use http::header;
use serde_json::{Value, json};

/// How often browsers press at the same moment.
const ROUNDS: i64 = 24;

/// Makes a link with the form of the page, and returns its token.
async fn link(server: &Server, cookie: &str, friend: &str) -> String {
    let answer = add(server, cookie, friend, "link").await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let kept = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let kept: Vec<String> = kept.map(|line| line.split(';').next().unwrap_or_default().to_owned()).collect();
    let cookies = std::iter::once(cookie.to_owned()).chain(kept).collect::<Vec<_>>().join("; ");
    let listed = server.get("/api/device_links").cookie(cookie).send().await.json();
    let id = listed[0]["id"].as_str().expect("is listed").to_owned();
    let shown = server
        .get(&format!("/api/link_card?id={}", id.replace('-', "")))
        .cookie(&cookies)
        .send()
        .await
        .json();
    let url = shown["url"].as_str().expect("its address is shown").to_owned();
    url.rsplit('/').next().expect("ends with the token").to_owned()
}

async fn add(server: &Server, cookie: &str, friend: &str, how: &str) -> Answer {
    let form = form_urlencoded(&[("friend", friend), ("device", "phone"), ("how", how)]);
    server.post("/api/add_device").cookie(cookie).form(form).send().await
}

async fn page(server: &Server, token: &str, cookie: Option<&str>) -> Answer {
    let asked = server.get(&format!("/phone/{token}"));
    if let Some(cookie) = cookie { asked.cookie(cookie).send().await } else { asked.send().await }
}

/// Presses the button, as a browser without script does; what it keeps then.
async fn press(server: &Server, token: &str, cookie: Option<&str>) -> (Answer, Option<String>) {
    let form = form_urlencoded(&[("token", token), ("share", "")]);
    let asked = server.post("/api/use_device_link").header(header::ACCEPT, "text/html").form(form);
    let answer =
        if let Some(cookie) = cookie { asked.cookie(cookie).send().await } else { asked.send().await };
    let kept = answer.headers.get(header::SET_COOKIE).and_then(|line| line.to_str().ok());
    let kept = kept.and_then(|line| line.split(';').next()).map(str::to_owned);
    (answer, kept)
}

async fn setup(server: &Server, kept: &str) -> Value {
    let file = server.get("/phone/whereabouts.otrc").cookie(kept).send().await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"whereabouts.otrc\"");
    assert_eq!(file.header("cache-control"), "no-store");
    file.json()
}

const GONE: &str = "This link does not work any more";

#[tokio::test]
async fn a_phone_gets_on_the_map_by_a_link_that_a_preview_does_not_use_up() {
    let (_home, server, ann) = an_admin("ann").await;
    let token = link(&server, &ann, "tom").await;
    for _ in 0..3 {
        let offer = page(&server, &token, None).await;
        assert_eq!(offer.status, 200);
        assert_eq!((offer.header("x-robots-tag"), offer.header("cache-control")), ("noindex", "no-store"));
        let text = offer.text();
        let (shares, button) = (text.find("Nobody sees anything"), text.find("Set up this phone</button>"));
        assert!(shares.is_some() && shares < button, "what will be seen is said first: {text}");
    }
    let (pressed, kept) = press(&server, &token, None).await;
    assert_eq!(pressed.header("location"), format!("/phone/{token}"));
    let kept = kept.expect("this browser keeps it");
    let ready = page(&server, &token, Some(&kept)).await.text();
    assert!(ready.contains("Open in OwnTracks") && ready.contains("owntracks:///config?inline="), "{ready}");
    assert!(ready.contains("Waiting for the phone"), "{ready}");
    // Nobody else, not even who made the link.
    for other in [None, Some(ann.as_str())] {
        assert!(page(&server, &token, other).await.text().contains(GONE));
        assert!(press(&server, &token, other).await.1.is_none(), "it works once");
    }

    let file = setup(&server, &kept).await;
    let text = |member: &str| file[member].as_str().expect("is there").to_owned();
    let credentials =
        Credentials { username: text("username"), password: text("password"), topic: text("pubTopicBase") };
    let wrong = server.post("/pub").basic("tom", "wrong").bytes(b"{}".to_vec()).send().await;
    assert_eq!(wrong.status, 401);
    let looked = page(&server, &token, Some(&kept)).await.text();
    assert!(looked.contains("Somebody tried this user name with a wrong password"), "{looked}");
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    let looked = page(&server, &token, Some(&kept)).await.text();
    assert!(looked.contains("The phone has signed in"), "{looked}");
    phone.publish("", r#"{"_type":"lwt","tst":1}"#).await;
    let looked = page(&server, &token, Some(&kept)).await.text();
    assert!(looked.contains("has only sent lwt so far"), "{looked}");
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    let looked = page(&server, &token, Some(&kept)).await.text();
    assert!(looked.contains("The phone is on the map") && !looked.contains("lwt so far"), "{looked}");
    // What is read out is said once: by the line about the connection, and by how far the phone is.
    assert_eq!(looked.matches("role=\"status\"").count(), 2, "{looked}");

    let funnel = server.get("/friends").cookie(&ann).send().await.text();
    assert!(funnel.contains("Of 1 made: 1 opened, 1 used, 1 on the map; 0 can still be used."), "{funnel}");
    assert!(!server.log().contains(&token), "the token is not in the log");
}

#[tokio::test]
async fn an_admin_never_gets_the_password_of_who_can_sign_in() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    let refused = add(&server, &ann, "ben", "here").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("can sign in") && !refused.headers.contains_key(header::SET_COOKIE));
    let token = link(&server, &ann, "ben").await;
    let asks = page(&server, &token, None).await.text();
    assert!(asks.contains("Sign in first") && asks.contains("ben"), "{asks}");
    assert!(page(&server, &token, Some(&ann)).await.text().contains("Somebody else is signed in here"));
    assert!(
        press(&server, &token, None).await.1.is_none()
            && press(&server, &token, Some(&ann)).await.1.is_none()
    );
    let offer = page(&server, &token, Some(&ben)).await.text();
    assert!(offer.contains("From now on") && offer.contains("Set up this phone"), "{offer}");
    let (_, kept) = press(&server, &token, Some(&ben)).await;
    assert_eq!(setup(&server, &kept.expect("it is his")).await["username"], "ben");

    // Nor by an order that would have the phone tell it, or go elsewhere.
    let token = home.token("admin", &["--user", "ann"]).await;
    let id = home.texts("SELECT lower(hex(id)) FROM devices").await;
    let path = format!("/api/v1/devices/{}/orders", id[0]);
    for settings in [
        json!({"password": "mine"}),
        json!({"url": "https://evil.example"}),
        json!({"encryptionKey": "mine"}),
    ] {
        let order = json!({"errand": "configure", "settings": settings});
        server.post(&path).bearer(&token).json(&order).send().await.assert_problem(422, Some("settings"));
    }
}

#[tokio::test]
async fn a_link_that_is_worth_nothing_has_one_page_whatever_the_reason() {
    let (home, server, ann) = an_admin("ann").await;
    let taken_back = link(&server, &ann, "tom").await;
    let id = server.get("/api/device_links").cookie(&ann).send().await.json()[0]["id"].clone();
    let form = form_urlencoded(&[("id", id.as_str().expect("is an id"))]);
    let revoked = server.post("/api/revoke_device_link").cookie(&ann).form(form).send().await;
    assert!(revoked.status.is_success(), "{}", revoked.text());
    let replaced = link(&server, &ann, "eve").await;
    link(&server, &ann, "eve").await;
    let late = link(&server, &ann, "kim").await;
    let mut database = home.database().await;
    let over = "UPDATE device_links SET expires_at = 1 WHERE device_name = 'phone' AND friend_id = (SELECT id FROM friends WHERE name = 'kim')";
    sqlx::query(over).execute(&mut database).await.expect("the query is right");
    let plain = |answer: Answer, token: &str| {
        let text = answer.text();
        assert!(answer.status == 200 && text.contains(GONE), "{text}");
        // What differs is the address itself, and what no two pages share.
        let main = text.split("<main").nth(1).and_then(|rest| rest.split("</main>").next());
        main.expect("there is a page").replace(token, "")
    };
    let unknown = plain(page(&server, "aaaaaaaaaaaaaaaaaaaaaaaa", None).await, "aaaaaaaaaaaaaaaaaaaaaaaa");
    for token in [&taken_back, &replaced, &late] {
        assert_eq!(plain(page(&server, token, None).await, token), unknown);
        let (pressed, kept) = press(&server, token, None).await;
        assert!(pressed.status.is_redirection() && kept.is_none(), "{}", pressed.text());
    }
    for hostile in
        ["%27%20OR%201%3D1", "..%2F..%2Fetc", "%00", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "%F0%9F%99%82"]
    {
        let answer = page(&server, hostile, None).await;
        let text = answer.text();
        assert!(!answer.status.is_server_error() && !text.contains("<script>alert"), "{hostile}: {text}");
        assert!(!text.contains("Set up this phone</button>"));
    }
    let none = server.get("/phone/whereabouts.otrc").send().await;
    assert!(none.status.is_redirection() && none.body.is_empty());
}

#[tokio::test]
async fn the_settings_of_a_phone_are_given_to_who_may_set_it_up_while_they_hold() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    let made = add(&server, &ann, "tom", "").await;
    let kept = made.header("set-cookie").split(';').next().expect("has a value").to_owned();
    assert!(kept.starts_with("whereabouts_new_phone="), "{kept}");
    let asks = async |cookies: String| server.get("/phone/whereabouts.otrc").cookie(&cookies).send().await;
    assert_eq!(setup(&server, &kept).await["username"], "tom");
    assert_eq!(setup(&server, &format!("{ann}; {kept}")).await["username"], "tom");
    let another = asks(format!("{ben}; {kept}")).await;
    assert!(another.status.is_redirection() && another.body.is_empty(), "who is signed in has another phone");
    add(&server, &ann, "tom", "").await;
    let old = asks(kept).await;
    assert!(old.status.is_redirection() && old.body.is_empty(), "there is a new password");
}

#[tokio::test]
async fn friends_without_rights_make_no_links_for_others() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let ben = server.sign_in("ben").await;
    for friend in ["ann", "tom"] {
        assert_eq!(add(&server, &ben, friend, "link").await.status, 403);
    }
    // One's own link needs no sign-in on the phone.
    let token = link(&server, &ben, "ben").await;
    assert!(page(&server, &token, None).await.text().contains("Set up this phone"));
    let guessed = eventually("guessing gets slow", async || {
        let form = form_urlencoded(&[("token", "guess")]);
        let answer = server.post("/api/phone_page").form(form).send().await;
        (answer.status == 429).then_some(())
    });
    guessed.await;
}

#[tokio::test]
async fn links_are_made_listed_and_taken_back_over_the_interface_and_at_the_terminal() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let ann = home.token("admin", &["--user", "ann"]).await;
    let (ben, reader) =
        (home.token("write", &["--user", "ben"]).await, home.token("read", &["--user", "ann"]).await);
    let server = home.serve().await;
    let create = async |who: &str, body: Value| {
        server.post("/api/v1/device-links").bearer(who).json(&body).send().await
    };
    let toms = json!({"friend": "tom", "device": "phone"});
    let made = create(&ann, toms.clone()).await;
    assert_eq!((made.status.as_u16(), &made.json()["signs_in"]), (201, &json!(false)));
    assert_eq!(create(&ann, json!({"friend": "ben", "device": "phone"})).await.json()["signs_in"], true);
    create(&reader, toms.clone()).await.assert_problem(403, None);
    create(&ben, toms).await.assert_problem(403, None);
    create(&ann, json!({"friend": "tom"})).await.assert_problem(422, Some("device"));
    create(&ann, json!({"friend": "t/m", "device": "phone"})).await.assert_problem(422, Some("friend"));
    let url = made.json()["url"].as_str().expect("is told").to_owned();
    let (_, token) = url.rsplit_once("/phone/").expect("is the page of a phone");
    assert!(page(&server, token, None).await.text().contains("Set up this phone"));
    let listed = server.items("/api/v1/device-links", &ann).await;
    let states: Vec<_> = listed.iter().map(|link| (link["friend"].clone(), link["state"].clone())).collect();
    assert_eq!(states, [(json!("ben"), json!("made")), (json!("tom"), json!("opened"))]);
    assert!(!listed.iter().any(|link| link.to_string().contains(token)), "its address is told once");
    assert_eq!(server.items("/api/v1/device-links", &ben).await.len(), 1, "the one for his own phone");
    let path = format!("/api/v1/device-links/{}", made.json()["id"].as_str().expect("is told"));
    let revoke = async |who: &str| server.ask(http::Method::DELETE, &path).bearer(who).send().await;
    revoke(&ben).await.assert_problem(404, None);
    assert_eq!(revoke(&ann).await.status, 204);
    revoke(&ann).await.assert_problem(404, None);
    assert!(page(&server, token, None).await.text().contains(GONE));

    let out = home.command_ok(&["device", "invite", "eve", "phone", "--share", "city"], "").await;
    let names: Vec<&str> = out.lines().map(|line| line.split(": ").next().expect("has a name")).collect();
    assert_eq!(names, ["link", "expires"]);
    let token = out.lines().next().and_then(|line| line.rsplit_once("/phone/")).expect("is a link").1;
    let offer = page(&server, token, None).await.text();
    assert!(offer.contains("to the town"), "{offer}");
    let told = server.items("/api/v1/audit?act=link-made", &ann).await;
    assert!(told.len() == 3 && told.iter().all(|entry| !entry.to_string().contains(token)), "{told:?}");
}

#[tokio::test]
async fn the_page_of_a_phone_says_how_well_it_reports_and_to_others_no_more_than_it_shows() {
    let home = Home::new();
    let phone = home.device("ben", "phone", &["--share", "names"]).await;
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    let mut phone = Phone::connect(server.broker(), &phone).await;
    for minute in (0..12).rev() {
        let (tst, acc) = (now_s() - minute * 60, if minute < 6 { 400 } else { 10 });
        let fix = json!({"_type": "location", "lat": 48.2, "lon": 16.37, "acc": acc, "tst": tst, "tid": "be", "m": 0});
        phone.publish("", fix.to_string()).await;
    }
    let page = async |cookie: &str| server.get("/friends/ben/phone").cookie(cookie).send().await.text();
    let report = async |cookie: &str| {
        server.get("/api/device_report?friend=ben&device=phone").cookie(cookie).send().await.json()
    };
    let own = report(&ben).await;
    assert_eq!((&own["measured"]["fixes"], &own["measured"]["inexact_pct"]), (&json!(12), &json!(50)));
    let own = page(&ben).await;
    assert!(
        own.contains("manual: only by hand") && own.contains("Many of its positions are inexact"),
        "{own}"
    );
    assert!(own.contains("Put it into significant mode"), "{own}");
    let seen = report(&ann).await;
    assert_eq!((&seen["measured"], &seen["expected"]), (&Value::Null, &Value::Null), "{seen}");
    assert!(page(&ann).await.contains("manual: only by hand"), "the health of the app admins see");
}

#[tokio::test]
async fn of_browsers_that_use_one_link_at_the_same_moment_one_gets_the_phone() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let ann = home.token("admin", &["--user", "ann"]).await;
    let server = home.serve_with(&["--trusted-proxies", "127.0.0.1"]).await;
    for round in 0..ROUNDS {
        // Each second time the phone is there already, and gets another password.
        let wanted = json!({"friend": "tom", "device": format!("phone{}", round / 2)});
        let made = server.post("/api/v1/device-links").bearer(&ann).json(&wanted).send().await.json();
        let token = made["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("is told").to_owned();
        let pressed = join_all((0..4).map(async |browser| {
            let form = form_urlencoded(&[("token", &*token), ("share", "")]);
            let asked = server.post("/api/use_device_link").header(header::ACCEPT, "text/html").form(form);
            let from = format!("192.0.2.{}", (round * 4 + browser) % 250 + 1);
            asked.header(header::HeaderName::from_static("x-forwarded-for"), &from).send().await
        }));
        let kept: Vec<String> = pressed
            .await
            .into_iter()
            .filter_map(|answer| {
                assert!(answer.status.is_redirection(), "{}", answer.text());
                let kept = answer.headers.get(header::SET_COOKIE).and_then(|line| line.to_str().ok());
                kept.and_then(|line| line.split(';').next()).map(str::to_owned)
            })
            .collect();
        let [kept] = kept.as_slice() else { unreachable!("it works once, not {} times", kept.len()) };
        let file = setup(&server, kept).await;
        let password = file["password"].as_str().expect("is told");
        let said =
            server.post("/pub").basic("tom", password).bytes(location(now_s(), 48.2, 16.37).into_bytes());
        assert_eq!(said.send().await.status, 200, "its password is the phone's");
    }
    assert_eq!(home.count("SELECT count(*) FROM device_links WHERE used_at IS NOT NULL").await, ROUNDS);
    assert_eq!(home.count("SELECT count(*) FROM audit WHERE act = 'link-used'").await, ROUNDS);
    assert_eq!(home.count("SELECT count(*) FROM devices").await, ROUNDS / 2);
}
