//! Invitations: a link lets in once, as whom an admin said, and nobody sees anything of who came until they say so.

use crate::support::{Answer, Home, PASSWORD, Server, an_admin, form_urlencoded};
use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// How often somebody else comes at the same moment.
const ROUNDS: usize = 10;

fn token_of(link: &str) -> String {
    let (_, token) = link.trim().rsplit_once("/invitation?token=").expect("is a link");
    token.to_owned()
}

async fn accept(server: &Server, token: &str, name: &str) -> Answer {
    let fields = [("token", token), ("name", name), ("password", PASSWORD)];
    server.post("/api/accept_invitation").form(form_urlencoded(&fields)).send().await
}

fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().expect("has a value").to_owned()
}

async fn is_open(server: &Server, token: &str) -> bool {
    server.get(&format!("/invitation?token={token}")).send().await.text().contains("You are invited")
}

#[tokio::test]
async fn an_invitation_lets_in_once_and_shows_nothing_of_who_came() {
    let (home, server, root) = an_admin("root").await;
    let made = server.post("/api/v1/invitations").cookie(&root).json(&json!({"days": 3})).send().await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let token = token_of(made.json()["link"].as_str().expect("has a link"));
    assert!(is_open(&server, &token).await && !is_open(&server, "abcdefghijkmnpqrstuvwxyz").await);

    assert!(!accept(&server, &token, "root").await.status.is_success(), "nobody becomes another");
    let short = [("token", &*token), ("name", "ann"), ("password", "short")];
    server.post("/api/accept_invitation").form(form_urlencoded(&short)).send().await;
    assert!(is_open(&server, &token).await, "a mistake costs nothing");
    // Two at once: one of them.
    let (first, second) = tokio::join!(accept(&server, &token, "ann"), accept(&server, &token, "eve"));
    let came: Vec<_> =
        [first, second].into_iter().filter(|answer| !answer.header("set-cookie").is_empty()).collect();
    let [came] = came.as_slice() else { unreachable!("it lets in once") };
    let cookie = cookie_of(came);
    assert_eq!(home.count("SELECT count(*) FROM friends").await, 2);
    assert!(!is_open(&server, &token).await);
    assert!(accept(&server, &token, "carl").await.header("set-cookie").is_empty());

    let shared = server.get("/api/v1/friends/me/sharing").cookie(&cookie).send().await;
    assert_eq!(shared.json()["grants"], json!([]), "nothing is seen of them until they choose");
    let refused = server.get("/api/v1/invitations").cookie(&cookie).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "as a friend");
    let listed = server.get("/api/v1/invitations").cookie(&root).send().await.json();
    assert_eq!((&listed["items"][0]["state"], listed["items"][0].get("link")), (&json!("used"), None));
    assert_eq!(home.count("SELECT count(*) FROM audit WHERE act = 'invitation-accepted'").await, 1);
    let everything =
        home.texts("SELECT lower(hex(hash)) || note || subject FROM audit JOIN invitations").await;
    assert!(!everything.concat().contains(&token), "what is in the link is nowhere but in the link");
    assert!(!server.log().contains(&token));
}

#[tokio::test]
async fn invitations_are_made_at_the_terminal_and_taken_back_on_the_page() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    home.device("tom", "phone", &[]).await;
    let terminal = home.command_ok(&["user", "invite", "tom", "--admin"], "").await;
    let other = home.command_ok(&["user", "invite", "ann", "--group", "Others"], "").await;
    assert!(!home.run(&["--data", "data", "user", "invite", "root"], "").await.err.is_empty());
    let server = home.serve().await;
    let root = server.sign_in("root").await;
    let tom = token_of(terminal.lines().last().expect("a line"));
    // Whoever opens it comes as whom the admin named, whatever they type.
    let came = accept(&server, &tom, "somebody else").await;
    let cookie = cookie_of(&came);
    let me: Value = server.get("/api/v1/friends/me/sharing").cookie(&cookie).send().await.json();
    assert_eq!(me["friend"], "tom", "with the phone that they had");
    assert_eq!(
        server.get("/api/v1/audit").cookie(&cookie).send().await.status,
        StatusCode::OK,
        "as an admin"
    );
    // Whoever set his phone up before may know its password.
    let privacy = async |cookie: &str| server.get("/privacy?welcome").cookie(cookie).send().await.text();
    assert!(privacy(&cookie).await.contains("Make a new set-up link for "));
    let form = form_urlencoded(&[("friend", "tom"), ("device", "phone"), ("how", "link")]);
    let made = server.post("/api/add_device").cookie(&cookie).form(form).send().await;
    assert!(made.header("location").starts_with("/friends?link="), "{}", made.text());
    let kept = format!("{cookie}; {}", cookie_of(&made));
    let page = server.get(made.header("location")).cookie(&kept).send().await.text();
    let (_, link) = page.split_once("/phone/").expect("the link is shown");
    let link: String = link.chars().take_while(char::is_ascii_alphanumeric).collect();
    assert!(privacy(&cookie).await.contains("Make a new set-up link for "), "until it is used");
    let form = form_urlencoded(&[("token", &link), ("share", "")]);
    server.post("/api/use_device_link").cookie(&cookie).form(form).send().await;
    assert!(!privacy(&cookie).await.contains("Make a new set-up link for "));

    let form = form_urlencoded(&[("name", "ben"), ("days", "2")]);
    let made = server.post("/api/invite").cookie(&root).form(form).send().await;
    let kept = cookie_of(&made);
    let page = server.get("/admin/invitations").cookie(&format!("{root}; {kept}")).send().await.text();
    let (_, link) = page.split_once("/invitation?token=").expect("the link is shown to who made it");
    let ben: String = link.chars().take_while(char::is_ascii_alphanumeric).collect();
    assert!(is_open(&server, &ben).await);
    let page = server.get("/admin/invitations").cookie(&root).send().await.text();
    assert!(page.contains("ben") && !page.contains(&ben), "and to nobody else");
    let listed = server.get("/api/v1/invitations").cookie(&root).send().await.json();
    let items = listed["items"].as_array().expect("is a list");
    assert!(!items.iter().any(|item| item["name"] == "ann"), "that is another group's");
    let id = items.iter().find(|item| item["name"] == "ben").expect("is there")["id"].as_str().expect("text");
    let form = form_urlencoded(&[("id", id)]);
    server.post("/api/revoke_invitation").cookie(&root).form(form).send().await;
    assert!(!is_open(&server, &ben).await);
    let again = server.ask(Method::DELETE, &format!("/api/v1/invitations/{id}")).cookie(&root).send().await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let ann = token_of(other.lines().last().expect("a line"));
    let cookie = cookie_of(&accept(&server, &ann, "").await);
    let seen = server.get("/api/v1/friends").cookie(&cookie).send().await.json();
    assert_eq!(seen["items"].as_array().map(Vec::len), Some(1), "she is alone in her group");
}

#[tokio::test]
async fn who_comes_by_an_invitation_ends_the_session_that_the_browser_had() {
    let (_home, server, root) = an_admin("root").await;
    let made = server.post("/api/v1/invitations").cookie(&root).json(&json!({})).send().await;
    let token = token_of(made.json()["link"].as_str().expect("has a link"));
    let asks = async |cookie: &str| server.get("/api/v1/friends").cookie(cookie).send().await.status;
    assert_eq!(asks(&root).await, StatusCode::OK);
    let form = form_urlencoded(&[("token", &token), ("name", "ann"), ("password", PASSWORD)]);
    let came = server.post("/api/accept_invitation").cookie(&root).form(form).send().await;
    assert_eq!(asks(&cookie_of(&came)).await, StatusCode::OK, "{}", came.text());
    assert_eq!(asks(&root).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_is_no_admin_invites_nobody_and_wishes_are_checked() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    home.user("ann", &[]).await;
    let reader = home.token("read", &[]).await;
    let server = home.serve().await;
    let (root, ann) = (server.sign_in("root").await, server.sign_in("ann").await);
    let refused = server.post("/api/v1/invitations").cookie(&ann).json(&json!({})).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = server.post("/api/v1/invitations").bearer(&reader).json(&json!({})).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for (body, status, field) in [
        (json!({"days": 0}), 422, "days"),
        (json!({"days": 61}), 422, "days"),
        (json!({"days": "soon"}), 422, "days"),
        (json!({"admin": "yes"}), 422, "admin"),
        (json!({"name": "a/b"}), 422, "name"),
        (json!({"name": "ann"}), 409, "name"),
    ] {
        let answer = server.post("/api/v1/invitations").cookie(&root).json(&body).send().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (status, &json!(field)), "{body}");
    }
}

#[tokio::test]
async fn of_those_who_come_at_the_same_moment_one_is_let_in() {
    let (home, server, root) = an_admin("root").await;
    let invite = async |body: Value| {
        let made = server.post("/api/v1/invitations").cookie(&root).json(&body).send().await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        token_of(made.json()["link"].as_str().expect("has a link"))
    };
    let came = async |all: Vec<(&str, String)>| {
        let answers = join_all(all.iter().map(|(token, name)| accept(&server, token, name))).await;
        let let_in = answers.iter().filter(|answer| !answer.header("set-cookie").is_empty());
        let cookies: Vec<_> = let_in.map(cookie_of).collect();
        let [cookie] = cookies.as_slice() else { unreachable!("one is let in, not {}", cookies.len()) };
        let me = server.get("/api/v1/friends/me/sharing").cookie(cookie).send().await;
        assert_eq!(me.status, StatusCode::OK, "and stays in");
        me.json()["friend"].as_str().expect("has a name").to_owned()
    };
    for round in 0..ROUNDS {
        // By one invitation, each as somebody else.
        let token = invite(json!({})).await;
        let name = came((0..3).map(|who| (&*token, format!("ann{round}of{who}"))).collect()).await;
        assert!(name.starts_with(&format!("ann{round}of")), "{name}");
        // By an invitation each, as the same friend.
        let tom = format!("tom{round}");
        let form = form_urlencoded(&[("friend", &*tom), ("device", "phone"), ("how", "link")]);
        let added = server.post("/api/add_device").cookie(&root).form(form).send().await;
        assert!(added.status.is_success(), "{}", added.text());
        let (one, other) = (invite(json!({"name": tom})).await, invite(json!({"name": tom})).await);
        assert_eq!(came(vec![(&*one, String::new()), (&*other, String::new())]).await, tom);
    }
    assert_eq!(
        home.count("SELECT count(*) FROM friends WHERE role IS NOT NULL").await,
        1 + 2 * i64::try_from(ROUNDS).expect("is small")
    );
    let used = "SELECT count(*) FROM invitations WHERE used_at IS NOT NULL";
    assert_eq!(home.count(used).await, 2 * i64::try_from(ROUNDS).expect("is small"));
}
