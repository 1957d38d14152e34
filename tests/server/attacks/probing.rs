//! Having the server look around in its own network: outlets take addresses from admins.

use crate::support::{Home, Server, form_urlencoded};
use http::StatusCode;
use std::net::TcpListener;

struct Admin<'s> {
    server: &'s Server,
    cookie: String,
}

impl Admin<'_> {
    async fn save(&self, id: &str, broker: &str) -> (StatusCode, String) {
        let fields = [("id", id), ("broker", broker), ("base", "out"), ("positions", "yes")];
        let asked = self.server.post("/api/save_outlet").cookie(&self.cookie);
        let answer = asked.form(form_urlencoded(&fields)).send().await;
        (answer.status, answer.text())
    }

    async fn outlet(&self) -> serde_json::Value {
        self.server.get("/api/outlets").cookie(&self.cookie).send().await.json()[0].clone()
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
    // The same address as a name that is looked up, a shut door, and one behind which nobody is.
    let shut = TcpListener::bind("127.0.0.1:0").expect("there is a port").local_addr().expect("is bound");
    let mut id = String::new();
    for broker in
        ["mqtt://2852039166:80", "mqtt://0xa9fea9fe:80", &format!("mqtt://{shut}"), "mqtt://nobody.invalid"]
    {
        let (status, said) = admin.save(&id, broker).await;
        assert!(status.is_success() || status.is_redirection(), "{broker}: {said}");
        let outlet = admin.outlet().await;
        outlet["id"].as_str().expect("is text").clone_into(&mut id);
        assert!(admin.try_it(&id).await.as_u16() < 400, "{broker}");
        let outlet = admin.outlet().await;
        let why = outlet["tested"][1].as_str();
        assert_eq!(why, Some("no connection: nothing answers at this address and port"), "{broker}");
    }
    let mut tries = 0;
    while admin.try_it(&id).await.as_u16() < 400 {
        tries += 1;
        assert!(tries < 60, "nobody tries one address after another");
    }
}
