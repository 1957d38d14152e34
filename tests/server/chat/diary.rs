//! What happened to a friend, over the interface and on its page: all of it to themself; to an admin who looks after them where they came and went,
//! and when there was a message; to others nothing.

use super::{sent, tokens};
use crate::support::{Home, Phone, circle, eventually, location, now_s};
use serde_json::json;

#[tokio::test]
async fn what_happened_to_a_friend_is_theirs_and_an_admin_is_told_when_there_was_a_message() {
    let home = Home::new();
    let [ann, ben] = tokens(&home, ["ann", "ben"]).await;
    home.user("ada", &["--group", "Family", "--admin"]).await;
    let ada = home.token("admin", &["--user", "ada"]).await;
    let credentials = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    server.draw(&ada, &circle("Home", 48.2, 16.37, 150.0)).await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    for (ago, lat) in [(300, 48.3), (200, 48.2), (100, 48.2)] {
        phone.publish("", location(now_s() - ago, lat, 16.37)).await;
    }
    sent(&server, &ann, 1, json!({"friend": "ben"}), "of <Ann>").await;
    sent(&server, &ben, 1, json!({"group": "Family"}), "of Ben").await;

    let log = server.items("/api/v1/friends/me/log", &ann).await;
    let words: Vec<_> = log.iter().map(|one| (&one["what"], &one["message"]["text"])).collect();
    let (got, sent) = (json!("got"), json!("sent"));
    let (of_ben, of_ann) = (json!("of Ben"), json!("of <Ann>"));
    assert_eq!(words.get(..2), Some(&[(&got, &of_ben), (&sent, &of_ann)][..]));
    assert_eq!((words.len(), &log[2]["transition"]["kind"]), (3, &json!("enter")));
    let mut cursor = String::new();
    for expected in &log {
        let page = server.json(&format!("/api/v1/friends/me/log?limit=1{cursor}"), &ann).await;
        assert_eq!(page["items"], json!([expected]));
        cursor = format!("&cursor={}", page["next"].as_str().unwrap_or_default());
    }
    assert_eq!(cursor, "&cursor=", "the last one has no next");
    let told = json!(server.items("/api/v1/friends/ann/log", &ada).await);
    assert_eq!((&told[0]["what"], &told[1]["what"], told[3].is_null()), (&got, &sent, true));
    let told = told.to_string();
    assert!(!told.contains("of ") && !told.contains("ben") && !told.contains("message"), "{told}");
    server.get("/api/v1/friends/ann/log").bearer(&ben).send().await.assert_problem(403, None);
    let wrong = server.get("/api/v1/friends/me/log?cursor=soon").bearer(&ann).send().await;
    wrong.assert_problem(422, Some("cursor"));

    let (ann, ben, ada) =
        (server.sign_in("ann").await, server.sign_in("ben").await, server.sign_in("ada").await);
    let page = async |cookie: &str, path: &str| server.get(path).cookie(cookie).send().await.text();
    let mine = page(&ann, "/privacy/log").await;
    for words in ["You to ben: of &lt;Ann&gt;", "ben to Family: of Ben", "ann arrived at Home", "?with="] {
        assert!(mine.contains(words), "{words}: {mine}");
    }
    assert!(page(&ann, "/privacy").await.contains("/privacy/log"));
    assert!(page(&ada, "/friends").await.contains("/friends/ann/log"));
    let told = page(&ada, "/friends/ann/log").await;
    assert!(told.contains("wrote a message") && told.contains("got a message"), "{told}");
    assert!(!told.contains("of Ben") && !told.contains("Ann&gt;") && !told.contains("Ann>"), "{told}");
    assert!(page(&ben, "/friends/ann/log").await.contains("is for them to read"));
    assert!(!page(&ben, "/friends").await.contains("/log"));
    assert_eq!(server.get("/api/diary?friend=nobody").cookie(&ada).send().await.status, 404);
    assert_eq!(server.get("/api/diary?friend=ann").cookie(&ben).send().await.status, 403);
    assert_eq!(server.get("/api/diary").send().await.status, 401);

    // More than a page: the rest is one step further, and back again.
    for number in 0..26 {
        for event in ["enter", "leave"] {
            let said = json!({"_type": "transition", "event": event, "desc": "Kiosk", "lat": 48.2, "lon": 16.37, "acc": 10,
                              "tst": now_s() - 90_000 + number * 60, "wtst": 1, "t": "c"});
            phone.publish("/event", said.to_string()).await;
        }
    }
    let first = eventually("a second page", async || {
        let first = page(&ann, "/privacy/log").await;
        first.contains("/privacy/log?before=").then_some(first)
    })
    .await;
    let (_, rest) = first.split_once("/privacy/log?before=").expect("has one");
    let cursor = rest.split('"').next().unwrap_or_default().replace("&amp;", "&");
    let second = page(&ann, &format!("/privacy/log?before={cursor}")).await;
    assert!(second.contains("Newest") && second.contains("Kiosk") && !second.contains("of Ben"), "{second}");
}
