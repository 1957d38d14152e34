//! The self-test: what is wrong is found, and told with what to do; at the page, by the interface and at the terminal.

use crate::support::{Home, Phone, Server, a_phone, a_token, eventually, location, now_s};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::Value;

/// What was found, by the names of the checks.
struct Found(Value);

impl Found {
    async fn at(server: &Server, token: &str) -> Self {
        Self(server.json("/api/v1/self-test", token).await)
    }

    /// How something is.
    #[track_caller]
    fn health(&self, id: &str) -> &str {
        self.check(id)["health"].as_str().expect("is a word")
    }

    #[track_caller]
    fn check(&self, id: &str) -> &Value {
        let checks = self.0["checks"].as_array().expect("is a list");
        checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| unreachable!("{id} in {}", self.0))
    }
}

/// Files of a certificate for `name` in `home`, signed by an authority below one that this machine trusts.
fn certify(home: &Home, name: &str, whole: bool, expired: bool) {
    let authority = |name: &str| {
        let mut params = CertificateParams::new(vec![]).expect("no names are fine");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        (params, KeyPair::generate().expect("the machine has randomness"))
    };
    let (root, root_key) = authority("root");
    let trusted = root.self_signed(&root_key).expect("can be signed").pem();
    let root = Issuer::new(root, root_key);
    let (between, between_key) = authority("between");
    let link = between.signed_by(&between_key, &root).expect("can be signed").pem();
    let between = Issuer::new(between, between_key);
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).expect("is a name");
    leaf.not_before = date_time_ymd(2020, 1, 1);
    leaf.not_after = if expired { date_time_ymd(2020, 2, 1) } else { date_time_ymd(2060, 1, 1) };
    let key = KeyPair::generate().expect("the machine has randomness");
    let mut chain = leaf.signed_by(&key, &between).expect("can be signed").pem();
    if whole {
        chain.push_str(&link);
    }
    std::fs::create_dir_all(home.path("data/tls")).expect("can be made");
    for (file, text) in
        [("data/tls/ca.pem", trusted), ("server.pem", chain), ("server.key", key.serialize_pem())]
    {
        std::fs::write(home.path(file), text).expect("can be written");
    }
}

#[tokio::test]
async fn a_server_for_this_machine_alone_is_no_server_for_phones() {
    let (_home, token, server) = a_token("admin").await;
    let found = Found::at(&server, &token).await;
    assert_eq!(found.0["health"], "bad");
    assert_eq!(found.health("listen"), "bad", "{}", found.0);
    assert!(found.check("listen")["advice"].as_str().is_some_and(|advice| advice.contains("--public-url")));
    for (id, health) in [
        ("public-url", "good"),
        ("mqtt-listen", "warning"),
        ("broker", "good"),
        ("database", "good"),
        ("database-writes", "good"),
        ("backup", "warning"),
        ("mail", "unknown"),
        ("push", "unknown"),
    ] {
        assert_eq!(found.health(id), health, "{}", found.check(id));
    }
}

#[tokio::test]
async fn whoever_else_answers_at_the_public_address_is_noticed() {
    let (home, other) = (Home::new(), Home::new());
    let token = home.token("admin", &[]).await;
    let stranger = other.serve().await;
    let server = home.serve_with(&["--public-url", &format!("http://{}", stranger.http)]).await;
    let found = Found::at(&server, &token).await;
    assert_eq!(found.health("public-url"), "bad", "{}", found.check("public-url"));
    assert!(found.check("public-url")["seen"].as_str().is_some_and(|seen| seen.contains("somebody else")));
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told_for_both_doors() {
    let doors = [
        "--tls-cert",
        "server.pem",
        "--tls-key",
        "server.key",
        "--mqtts-listen",
        "127.0.0.1:0",
        "--public-url",
        "https://where.example.org",
    ];
    // The host of the public URL is nobody's: what our own doors show is judged.
    for (name, whole, expired, expected) in [
        ("where.example.org", true, false, ["good", "good", "warning"]),
        ("where.example.org", false, false, ["good", "bad", "warning"]),
        ("elsewhere.example.org", true, false, ["bad", "good", "warning"]),
        ("where.example.org", true, true, ["good", "bad", "bad"]),
    ] {
        let home = Home::new();
        certify(&home, name, whole, expired);
        let server = home.serve_with(&doors).await;
        let ran =
            home.run(&["--data", "data", "self-test", "--public-url", "https://where.example.org"], "").await;
        for (door, word) in
            [("HTTPS", 0), ("MQTTS", 0), ("HTTPS", 1), ("MQTTS", 1), ("HTTPS", 2), ("MQTTS", 2)]
        {
            let what = ["names", "chain", "time"][word];
            let line = ran.out.lines().find(|line| line.contains(&format!("{door} {what}:")));
            let line = line.unwrap_or_else(|| unreachable!("{door} {what} in {}{}", ran.out, ran.err));
            assert!(line.starts_with(expected[word]), "{name} {whole} {expired}: {line}");
        }
        drop(server);
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_told_while_the_old_ones_go_on() {
    let home = Home::new();
    certify(&home, "localhost", true, false);
    let token = home.token("admin", &[]).await;
    let server = home
        .serve_with(&[
            "--tls-cert",
            "server.pem",
            "--tls-key",
            "server.key",
            "--https",
            "off",
            "--mqtts-listen",
            "127.0.0.1:0",
        ])
        .await;
    assert_eq!(Found::at(&server, &token).await.health("certificate-files"), "good");
    std::fs::write(home.path("server.pem"), "nonsense").expect("can be written");
    eventually("it is told", async || {
        let found = Found::at(&server, &token).await;
        (found.health("certificate-files") == "bad").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_every_phone_is_ahead_of_is_doubted() {
    let (_home, ann, token, server) = a_phone("admin").await;
    let mut phone = Phone::connect(server.broker(), &ann).await;
    phone.publish("", location(now_s() + 600, 48.2, 16.37)).await;
    let found = Found::at(&server, &token).await;
    assert_eq!(found.health("clock"), "warning", "{}", found.check("clock"));
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    let found = Found::at(&server, &token).await;
    assert_eq!(found.health("clock"), "good", "one that agrees is enough: {}", found.check("clock"));
}

#[tokio::test]
async fn it_is_for_admins_and_readable_without_script() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("bob", &[]).await;
    let bob = home.token("read", &["--user", "bob"]).await;
    let server = home.serve().await;
    server.get("/api/v1/self-test").send().await.assert_problem(401, None);
    server.get("/api/v1/self-test").bearer(&bob).send().await.assert_problem(403, None);
    let cookie = server.sign_in("ann").await;
    let page = server.get("/admin/self-test").cookie(&cookie).send().await;
    assert_eq!(page.status, 200);
    for text in ["Something does not work.", "Run again", "Web address", "Set --public-url"] {
        assert!(page.text().contains(text), "{text}");
    }
    let cookie = server.sign_in("bob").await;
    let page = server.get("/admin/self-test").cookie(&cookie).send().await;
    assert!(!page.text().contains("Run again"));
}

#[tokio::test]
async fn at_the_terminal_it_works_without_a_server_and_knows_of_backups() {
    let home = Home::new();
    home.command_ok(&["backup", "copy.db"], "").await;
    let ran = home.run(&["--data", "data", "self-test"], "").await;
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("bad      Server: no server works on this data directory"), "{}", ran.out);
    assert!(ran.out.contains("good     Backup: the last was made at"), "{}", ran.out);
    let server = home.serve().await;
    let ran = home.run(&["--data", "data", "self-test"], "").await;
    assert!(ran.out.contains("good     Broker: it answers, and refuses strangers"), "{}", ran.out);
    assert!(ran.out.contains("good     Public URL:"), "{}", ran.out);
    drop(server);
}
