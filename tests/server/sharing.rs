//! Two groups on one server: who sees what, through every door.

use crate::support::{Home, Live, Phone, circle, location, now_s};
use http::Method;

#[tokio::test]
async fn one_group_learns_nothing_of_another() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &["--group", "Family"]).await;
    let cid = home.device("cid", "phone", &["--group", "Club"]).await;
    home.user("ben", &["--group", "Family", "--admin"]).await;
    home.user("dan", &["--group", "Club", "--admin"]).await;
    let ours = home.token("admin", &["--user", "ben"]).await;
    let theirs = home.token("admin", &["--user", "dan"]).await;
    let all = home.token("read", &[]).await;
    let server = home.serve().await;
    let region = server.draw(&theirs, &circle("Clubhouse", 48.2, 16.37, 100.0)).await;
    let now = now_s();
    for credentials in [&ann, &cid] {
        let mut phone = Phone::connect(server.broker(), credentials).await;
        phone.publish("", location(now - 600, 49.0, 16.37)).await;
        phone.publish("", location(now - 300, 48.2, 16.37)).await;
        phone.publish("", location(now - 200, 48.2, 16.37)).await;
    }

    let names = async |token: &str| -> Vec<String> {
        let friends = server.items("/api/v1/friends", token).await;
        friends.iter().filter_map(|friend| friend["name"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(names(&ours).await, ["ann", "ben"]);
    assert_eq!(names(&theirs).await, ["cid", "dan"]);
    assert_eq!(names(&all).await, ["ann", "ben", "cid", "dan"]);

    assert_eq!(server.items("/api/v1/transitions", &theirs).await.len(), 1, "cid came to the clubhouse");
    for list in ["transitions", "presence", "regions"] {
        assert!(server.items(&format!("/api/v1/{list}"), &ours).await.is_empty(), "{list}");
    }
    let of_region = format!("/api/v1/transitions?region={region}");
    assert!(server.items(&of_region, &ours).await.is_empty());
    for path in [
        "/api/v1/fixes?friend=cid",
        "/api/v1/fixes?friend=cid&device=phone",
        "/api/v1/transitions?friend=cid",
    ] {
        server.get(path).bearer(&ours).send().await.assert_problem(404, None);
    }
    let path = format!("/api/v1/regions/{region}");
    server.get(&path).bearer(&ours).send().await.assert_problem(404, None);
    let put = server.ask(Method::PUT, &path).bearer(&ours).json(&circle("Ours", 1.0, 1.0, 10.0));
    put.send().await.assert_problem(404, None);
    server.ask(Method::DELETE, &path).bearer(&ours).send().await.assert_problem(404, None);
    assert_eq!(server.json(&path, &theirs).await["name"], "Clubhouse");
}

#[tokio::test]
async fn a_cookie_is_worth_what_its_friend_may() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let server = home.serve().await;
    let region = circle("Home", 48.2, 16.37, 100.0);
    let (admin, friend) = (server.sign_in("ann").await, server.sign_in("ben").await);
    server.post("/api/v1/regions").cookie(&friend).json(&region).send().await.assert_problem(403, None);
    let drawn = server.post("/api/v1/regions").cookie(&admin).json(&region).send().await;
    assert_eq!(drawn.status, 201);
    assert_eq!(server.get("/api/v1/regions").cookie(&friend).send().await.status, 200);
    for path in ["/api/messages?only_trouble=false", "/api/messages?only_trouble=true"] {
        assert_eq!(server.get(path).cookie(&friend).send().await.status, 403, "{path}");
        assert_eq!(server.get(path).cookie(&admin).send().await.status, 200, "{path}");
        assert_eq!(server.get(path).send().await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_guest_of_a_demonstration_sees_only_what_is_made_up() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve_with(&["--demo"]).await;
    server.draw(&token, &circle("Real home", 48.2, 16.37, 100.0)).await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", location(now_s(), 48.2, 16.37)).await;

    let as_guest = async |path: &str| server.get(path).send().await;
    let friends = as_guest("/api/v1/friends").await.json();
    let friends = friends["items"].as_array().expect("is a list");
    assert!(!friends.is_empty() && friends.iter().all(|friend| friend["demo"] == true), "{friends:?}");
    for path in ["/api/v1/regions", "/api/v1/presence", "/api/v1/transitions", "/"] {
        let answer = as_guest(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text().contains("Real home") && !answer.text().contains("\"ann\""), "{path}");
    }
    as_guest("/api/v1/fixes?friend=ann").await.assert_problem(404, None);
    let drawing = server.post("/api/v1/regions").json(&circle("x", 1.0, 1.0, 10.0)).send().await;
    assert_eq!(drawing.status, 403);

    let mut live = Live::open(&server, None, None).await.expect("a guest may look");
    let snapshot = live.snapshot().await;
    assert!(
        snapshot.friends.iter().all(|live| live.friend.demo)
            && snapshot.regions.iter().all(|region| region.demo)
    );
    live.delta().await;
}
