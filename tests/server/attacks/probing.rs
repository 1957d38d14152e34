//! Having the server look around in its own network: outlets take addresses from admins.

use crate::support::{Home, Server, form_urlencoded};
use futures::future::join_all;
use http::StatusCode;
use serde_json::Value;
use std::{net::TcpListener, time::Duration};
use tokio::time::Instant;

/// How long it takes at the least until it is said that no broker answers.
const SILENCE: Duration = Duration::from_secs(8);

struct Admin<'s> {
    server: &'s Server,
    cookie: String,
}

impl Admin<'_> {
    async fn save(&self, id: &str, broker: &str) -> (StatusCode, String) {
        self.save_at(id, broker, "out").await
    }

    async fn save_at(&self, id: &str, broker: &str, base: &str) -> (StatusCode, String) {
        let fields = [("id", id), ("broker", broker), ("base", base), ("positions", "yes")];
        let asked = self.server.post("/api/save_outlet").cookie(&self.cookie);
        let answer = asked.form(form_urlencoded(&fields)).send().await;
        (answer.status, answer.text())
    }

    async fn outlets(&self) -> Vec<Value> {
        let listed = self.server.get("/api/outlets").cookie(&self.cookie).send().await.json();
        listed.as_array().expect("is a list").clone()
    }

    async fn try_it(&self, id: &str) -> StatusCode {
        let form = form_urlencoded(&[("id", id)]);
        self.server.post("/api/test_outlet").cookie(&self.cookie).form(form).send().await.status
    }
}

#[tokio::test]
async fn an_outlet_leads_nowhere_where_machines_tell_about_themselves_and_says_no_more_than_that() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    let server = home.serve().await;
    let admin = Admin { server: &server, cookie: server.sign_in("ann").await };
    for broker in [
        "mqtt://169.254.169.254:80",
        "mqtts://169.254.0.1",
        "mqtt://0.0.0.0:1883",
        "mqtt://224.0.0.1",
        "mqtt://100.100.100.200:80",
        "mqtt://[::ffff:169.254.169.254]:80",
        "mqtt://[fd00:ec2::254]:80",
        "mqtt://[::]:80",
        "http://127.0.0.1:80",
        "file:///etc/passwd",
        "mqtt://user:password@127.0.0.1",
        "mqtt://127.0.0.1/../x",
    ] {
        let (status, said) = admin.save("", broker).await;
        assert_eq!(status, 422, "{broker}: {said}");
        assert!(said.contains("\"broker\""), "{broker}: {said}");
    }
    // The same address as a name that is looked up, a shut door, an open one behind which is something else, or nobody says anything, and no
    // machine at all.
    let shut = "127.0.0.1:1";
    let silent = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let (web, mute) = (server.http, silent.local_addr().expect("is bound"));
    let brokers = [
        "mqtt://2852039166:80".to_owned(),
        "mqtt://0xa9fea9fe:80".to_owned(),
        format!("mqtt://{shut}"),
        format!("mqtts://{shut}"),
        format!("mqtt://{web}"),
        format!("mqtts://{web}"),
        format!("mqtt://{mute}"),
        "mqtt://nobody.invalid".to_owned(),
    ];
    for (number, broker) in brokers.iter().enumerate() {
        let (status, said) = admin.save_at("", broker, &format!("out{number}")).await;
        assert!(status.is_success() || status.is_redirection(), "{broker}: {said}");
    }
    let outlets = admin.outlets().await;
    assert_eq!(outlets.len(), brokers.len());
    let id = |outlet: &Value| outlet["id"].as_str().expect("is text").to_owned();
    let tests = outlets.iter().map(async |outlet| {
        let begun = Instant::now();
        let status = admin.try_it(&id(outlet)).await;
        (status.as_u16(), begun.elapsed(), &outlet["broker"])
    });
    for (status, long, broker) in join_all(tests).await {
        assert!(status < 400, "{broker}");
        assert!(long >= SILENCE, "{broker}: that nothing answers is said after the same time: {long:?}");
    }
    for outlet in admin.outlets().await {
        let why = outlet["tested"][1].as_str().unwrap_or_default();
        assert!(why.starts_with("no connection: no broker with MQTT 5 answers"), "{outlet}");
        assert_eq!(outlet["tested"][1], admin.outlets().await[0]["tested"][1], "in the same words");
    }
    let first = id(&outlets[0]);
    let tries = join_all((0..60).map(|_| admin.try_it(&first))).await;
    let refused = tries.iter().filter(|status| status.as_u16() >= 400).count();
    assert!(refused >= 30, "nobody tries one address after another: {refused}");
}
