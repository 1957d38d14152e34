//! The commands at the terminal, with the server running and without.

use crate::support::{Home, Live, PASSWORD, Phone, an_admin, eventually, location, now_s};

#[tokio::test]
async fn people_are_added_listed_given_a_password_and_removed() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &["--group", "Family"]).await;
    assert_eq!(home.command_ok(&["user", "list"], "").await, "ann\tadmin\nben\tfriend\n");

    let server = home.serve().await;
    let cookie = server.sign_in("ben").await;
    home.command_ok(&["user", "password", "ben", "--password-stdin"], "another password").await;
    let asked = server.get("/api/v1/friends").cookie(&cookie);
    assert_eq!(asked.send().await.status, 401, "a new password ends the sessions");

    home.command_ok(&["user", "remove", "ben"], "").await;
    assert_eq!(home.command_ok(&["user", "list"], "").await, "ann\tadmin\n");
}

#[tokio::test]
async fn what_cannot_be_done_with_people_is_told() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    for (arguments, input, named) in [
        (&["user", "add", "ann", "--password-stdin"][..], PASSWORD, "name"),
        (&["user", "add", "ANN", "--password-stdin"], PASSWORD, "name"),
        (&["user", "add", "a/b", "--password-stdin"], PASSWORD, "name"),
        (&["user", "add", "ben", "--password-stdin"], "short", "password"),
        (&["user", "remove", "nobody"], "", "user"),
        (&["user", "remove", "ann"], "", "admin"),
        (&["user", "password", "nobody", "--password-stdin"], PASSWORD, "user"),
        (&["device", "add", "ann", "#"], "", "device"),
        (&["token", "create", "x", "--scope", "all"], "", "read"),
        (&["token", "create", "x", "--scope", "read", "--user", "nobody"], "", "user"),
    ] {
        let ran = home.run(&[&["--data", "data"], arguments].concat(), input).await;
        assert!(ran.code.is_some_and(|code| code != 0), "{arguments:?}");
        assert!(ran.err.contains(named) && !ran.err.contains("panicked"), "{arguments:?}: {}", ran.err);
    }
    assert_eq!(home.command_ok(&["user", "list"], "").await, "ann\tadmin\n");
}

#[tokio::test]
async fn a_new_device_prints_four_lines_and_a_token_stands_alone_on_the_last() {
    let home = Home::new();
    let out = home.command_ok(&["device", "add", "ann", "phone"], "").await;
    let names: Vec<&str> = out.lines().map(|line| line.split(": ").next().expect("has a name")).collect();
    assert_eq!(names, ["username", "password", "topic", "link"]);
    assert!(out.contains("topic: owntracks/ann/phone\n"), "{out}");
    assert!(out.contains("link: owntracks:///config?"), "{out}");
    let token = home.command_ok(&["token", "create", "script", "--scope", "read"], "").await;
    let last = token.lines().last().expect("there is one");
    assert!(
        last.len() > 20 && last.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        "{last}"
    );
}

#[tokio::test]
async fn a_running_server_knows_at_once_what_was_added_at_the_terminal() {
    let (home, server, cookie) = an_admin("ann").await;
    let mut live = Live::of(&server, &cookie).await;
    assert_eq!(live.snapshot().await.friends.len(), 1);

    let credentials = home.device("ben", "phone", &[]).await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    eventually("the viewer sees the new friend where he is", async || {
        let snapshot = live.snapshot().await;
        let ben = snapshot.friends.iter().find(|live| live.friend.name.as_str() == "ben")?;
        ben.devices.first().map(|_| ())
    })
    .await;
    assert!(home.count("SELECT count(*) FROM fixes").await == 1);

    home.user("cid", &[]).await;
    server.sign_in("cid").await;
    let token = home.token("read", &[]).await;
    eventually("everybody is told of the third friend", async || {
        (server.items("/api/v1/friends", &token).await.len() == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_device_that_is_added_again_gets_a_new_password_and_the_old_one_is_void() {
    let home = Home::new();
    let old = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let new = home.device("ann", "phone", &[]).await;
    assert_ne!(old.password, new.password);
    Phone::connect(server.broker(), &new).await;
    let stale = Phone::connect_with(Phone::options(server.broker(), &old), "x").await;
    assert!(stale.is_err(), "the old password is void");
    let posted = server.post("/pub").basic(&old.username, &old.password).bytes(b"{}".to_vec());
    assert_eq!(posted.send().await.status, 401);
}

#[tokio::test]
async fn tokens_are_listed_and_revoked_at_the_terminal() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let token = home.token("read", &["--user", "ann"]).await;
    let server = home.serve().await;
    let known = async || server.get("/api/v1/friends").bearer(&token).send().await.status == 200;
    assert!(known().await);
    let listed = home.command_ok(&["token", "list"], "").await;
    assert!(listed.starts_with("test\tread\tann\t20"), "{listed}");
    assert!(!listed.contains(&token), "the token itself is nowhere");
    assert_eq!(home.command_ok(&["token", "remove", "test"], "").await, "1 token is revoked\n");
    assert!(!known().await);
    assert_eq!(home.command_ok(&["token", "list"], "").await, "");
    let again = home.run(&["--data", "data", "token", "remove", "test"], "").await;
    assert!(again.code.is_some_and(|code| code != 0) && again.err.contains("no such token"), "{}", again.err);
}

#[tokio::test]
async fn a_backup_is_a_whole_database_and_never_overwrites() {
    let home = Home::new();
    let credentials = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    home.command_ok(&["backup", "copy.db"], "").await;
    let second = home.run(&["--data", "data", "backup", "copy.db"], "").await;
    assert!(second.code.is_some_and(|code| code != 0), "a backup must not be overwritten");

    let other = Home::new();
    std::fs::create_dir(other.path("data")).expect("can be made");
    std::fs::copy(home.path("copy.db"), other.path("data/whereabouts.db")).expect("can be copied");
    let server = other.serve().await;
    let token = other.token("read", &[]).await;
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 1);
}
