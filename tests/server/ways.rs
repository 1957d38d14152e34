//! The ways that pages show: to nobody one that is closed to them.

use crate::support::{Home, Server, circle};
use std::collections::{BTreeSet, VecDeque};

/// What a page says to who may not see it, where it does not answer so.
const CLOSED: [&str; 5] = [
    "Only admins",
    "This is for admins",
    "Only an admin may do that",
    "not yours to change",
    "is for an admin of all their groups",
];

/// The addresses on this server to which a page leads.
fn ways(page: &str) -> Vec<String> {
    let links = page.split("<a ").skip(1).filter_map(|link| link.split('>').next()?.split("href=\"").nth(1));
    let ways = links.filter_map(|rest| rest.split(['"', '#']).next()).map(|way| way.replace("&amp;", "&"));
    ways.filter(|way| way.starts_with('/') && !way.starts_with("//")).collect()
}

/// Follows every way from the map on; answers where that led.
async fn walk(server: &Server, name: &str) -> BTreeSet<String> {
    let cookie = server.sign_in(name).await;
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut open = VecDeque::from(["/".to_owned()]);
    while let Some(way) = open.pop_front() {
        let answer = server.get(&way).cookie(&cookie).send().await;
        let page = answer.text();
        let code = answer.status.as_u16();
        assert!(code < 400, "{name} is shown the way to {way}, which answers {code}");
        for closed in CLOSED {
            assert!(!page.contains(closed), "{name} is shown the way to {way}, which says: {closed}");
        }
        let is_page = answer.header("content-type").starts_with("text/html");
        let new = ways(&page).into_iter().filter(|_| is_page).filter(|way| seen.insert(way.clone()));
        open.extend(new.collect::<Vec<_>>());
        assert!(seen.len() < 500, "the ways come to no end: {seen:?}");
    }
    seen
}

#[tokio::test]
async fn no_page_shows_a_way_that_is_closed_to_who_looks() {
    let home = Home::new();
    home.user("sam", &["--admin", "--group", "Staff"]).await;
    home.user("ben", &["--admin", "--group", "Family"]).await;
    home.user("dora", &["--admin", "--group", "Club"]).await;
    home.user("fay", &["--group", "Family"]).await;
    home.user("sue", &["--group", "Family"]).await;
    for (name, group) in [("fay", "Club"), ("ben", "Club")] {
        home.command_ok(&["user", "add", name, "--group", group], "").await;
    }
    for (name, role) in [("ben", "friend"), ("dora", "friend"), ("sue", "admin")] {
        home.command_ok(&["group", "server", name, "--role", role], "").await;
    }
    for (name, options) in [
        ("fay", &[][..]),
        ("ben", &[]),
        ("dora", &[]),
        ("kid", &["--group", "Family"]),
        ("kit", &["--group", "Family", "--share", "off"]),
    ] {
        home.device(name, "phone", options).await;
    }
    let (ben, dora) =
        (home.token("admin", &["--user", "ben"]).await, home.token("admin", &["--user", "dora"]).await);
    let server = home.serve().await;
    server.draw(&ben, &circle("Cottage", 48.2, 16.37, 150.0)).await;
    server.draw(&dora, &circle("Clubhouse", 48.3, 16.37, 150.0)).await;

    let walked = async |name: &str| walk(&server, name).await;
    let (friend, admin) = (walked("fay").await, walked("ben").await);
    let (both, server_admin) = (walked("sam").await, walked("sue").await);
    let leads = |ways: &BTreeSet<String>, to: &str| ways.iter().any(|way| way.starts_with(to));
    for (ways, to, does) in [
        (&friend, "/admin", false),
        (&friend, "/friends/fay/phone", true),
        (&friend, "/friends/ben/phone", false),
        (&friend, "/regions?edit", false),
        (&friend, "/regions?versions", true),
        (&admin, "/admin/console", true),
        (&admin, "/admin/self-test", false),
        (&admin, "/friends/kid/privacy", true),
        // Who is of another group, too, is not his alone.
        (&admin, "/friends/fay/", false),
        (&admin, "/regions?edit", true),
        (&both, "/admin/self-test", true),
        (&both, "/admin/console", true),
        (&server_admin, "/admin/self-test", true),
        (&server_admin, "/admin/console", false),
        (&server_admin, "/regions?edit", false),
    ] {
        assert_eq!(leads(ways, to), does, "{to} in {ways:?}");
    }
    // His own region he may change, that of the club he may look at.
    assert_eq!(admin.iter().filter(|way| way.starts_with("/regions?edit")).count(), 1, "{admin:?}");
    // Of who shows him nothing there is no file for him.
    assert_eq!(admin.iter().filter(|way| way.ends_with("stored.jsonl")).count(), 2, "{admin:?}");
}
