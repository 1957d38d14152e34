//! Markup in every text that somebody can say, looked for in every page and every answer. What a browser does with them is tried by
//! `end2end/tests/markup.spec.ts`.

use crate::{
    oracle::surfaces::{SURFACES, Way},
    support::{Home, Phone, circle, form_urlencoded, location, now_s},
};
use serde_json::json;

const EVIL: &str = "<img src=x onerror=window.intruder=1>";
const WORSE: &str = "\"><script>window.intruder=1</script>";
/// Ends a script in which JSON is put.
const WORST: &str = "</script><svg onload=window.intruder=1>";
/// The same of a title.
const TITLE: &str = "</title><svg onload=window.intruder=1>";

#[tokio::test]
async fn whatever_somebody_says_is_text_in_every_page() {
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    let credentials = home.device(EVIL, EVIL, &[]).await;
    let token = home.token("admin", &["--user", "root"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("root").await;
    let mut regions = Vec::new();
    for (number, name) in [EVIL, WORSE, WORST, TITLE].into_iter().enumerate() {
        let north = 48.2 + f64::from(u8::try_from(number).expect("is small")) * 0.1;
        regions.push(server.draw(&token, &circle(name, north, 16.37, 150.0)).await);
    }
    let sensor =
        [("name", EVIL), ("topic", "weather/\"><b>"), ("form", "csv"), ("values", EVIL), ("public", "yes")];
    server.post("/api/save_sensor").cookie(&cookie).form(form_urlencoded(&sensor)).send().await;
    let outlet = [
        ("id", ""),
        ("broker", "mqtt://127.0.0.1:1"),
        ("base", "out/<b>"),
        ("user", EVIL),
        ("positions", "yes"),
    ];
    server.post("/api/save_outlet").cookie(&cookie).form(form_urlencoded(&outlet)).send().await;

    let mut phone = Phone::connect(server.broker(), &credentials).await;
    let now = now_s();
    for (ago, lat) in [(900, 49.0), (600, 48.2), (500, 48.2), (400, 48.3), (300, 48.3), (60, 48.2), (0, 48.2)]
    {
        phone.publish("", location(now - ago, lat, 16.37)).await;
    }
    let card = json!({"_type": "card", "name": TITLE, "face": "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"});
    phone.retain("/info", card.to_string()).await;
    for desc in [EVIL, WORSE, WORST, TITLE] {
        let event = json!({"_type": "transition", "event": "enter", "desc": desc, "lat": 48.5, "lon": 16.37, "acc": 10, "t": "c",
            "tid": "<b", "tst": now - 10, "wtst": 1});
        phone.publish("/event", event.to_string()).await;
        let place = json!({"_type": "waypoint", "desc": desc, "lat": 48.7, "lon": 16.37, "rad": 100, "tst": now - 20});
        phone.publish("/waypoint", place.to_string()).await;
        let odd = json!({"_type": desc, "x": desc, "inregions": [desc], "SSID": desc, "tag": desc});
        phone.publish("", odd.to_string()).await;
        phone.publish(&format!("/{desc}"), desc).await;
        let fix = json!({"_type": "location", "lat": 48.2, "lon": 16.37, "acc": 10, "tst": now, "tid": "<b", "inregions": [desc],
            "SSID": desc, "BSSID": desc, "tag": desc, "poi": desc, "t": desc, "conn": desc});
        phone.publish("", fix.to_string()).await;
        let status =
            json!({"_type": "status", "iOS": {"version": desc}, "android": {"hib": desc}, "_id": desc});
        phone.publish("/status", status.to_string()).await;
    }
    let friends = server.items("/api/v1/friends", &token).await;
    let friend = friends.iter().find(|friend| friend["name"] == EVIL).expect("is there");
    let (id, device) = (&friend["id"], &friend["devices"][0]["id"]);
    let (id, device) = (id.as_str().expect("is text"), device.as_str().expect("is text"));
    let mut pages = 0;
    for surface in SURFACES.iter().filter(|surface| surface.way == Way::Get) {
        for region in &regions {
            let name = form_urlencoded(&[("", EVIL)]);
            let path = surface.path.replace("{id}", id).replace("{device}", device);
            let path = path
                .replace("{name}", name.trim_start_matches('='))
                .replace("{nest}", region)
                .replace("{county}", region);
            let path = path.replace("{lat}", "48.2").replace("{lon}", "16.37");
            if path.contains('{') {
                continue;
            }
            let answer = server.get(&path).cookie(&cookie).send().await;
            let (kind, said) = (answer.header("content-type").to_owned(), answer.text());
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert!(!kind.contains("svg") && !kind.contains("xml"), "{path}: {kind}");
            if !kind.starts_with("text/html") {
                continue;
            }
            pages += 1;
            for markup in ["<img src=x", "<script>window", "<svg onload"] {
                let at = said.find(markup).map(|at| said.get(at.saturating_sub(80)..at + 60));
                assert!(at.is_none(), "{path}: {at:?}");
            }
            let policy = said.split("Content-Security-Policy").nth(1).expect("the page has a policy");
            let policy = policy.split('>').next().unwrap_or_default();
            assert!(
                policy.contains("script-src")
                    && !policy.contains("unsafe-inline")
                    && !policy.contains("'unsafe-eval'"),
                "{policy}"
            );
        }
    }
    assert!(pages > 20, "there are pages: {pages}");
}
