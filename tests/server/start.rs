//! How the program starts and stops, and what it says when it cannot.

use crate::support::{Credentials, Home, Phone, Server, a_phone, an_admin, eventually, location, now_s};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Role, Viewer};
use sqlx::Connection;
use std::os::unix::fs::PermissionsExt;
use tokio::net::TcpListener;
use whereabouts::{App, config::Raw};

#[tokio::test]
async fn the_ready_line_names_every_door_and_is_all_that_is_printed() {
    let home = Home::new();
    let server = home.serve().await;
    let mqtt = server.broker();
    assert_eq!(server.ready, format!("whereabouts ready http={} mqtt={mqtt} mqtts=off", server.http));
    assert_eq!(server.get("/healthz").send().await.text(), "ok");
    assert_eq!(server.said(), format!("{}\n", server.ready));
}

#[tokio::test]
async fn what_the_process_does_can_be_done_without_one() {
    let home = Home::new();
    let lines = [
        format!("data = {:?}", home.text("data")),
        "listen = \"127.0.0.1:0\"\nmqtt-listen = \"127.0.0.1:0\"".to_owned(),
    ];
    std::fs::write(home.path("settings.toml"), lines.join("\n")).expect("can be written");
    let raw = Raw::default().with_file(Some(&home.path("settings.toml"))).expect("the file makes sense");
    let app = App::build(raw.check().expect("the settings make sense")).await.expect("all doors open");
    let made = app.service.add_device(&Viewer::Server { role: Role::Admin }, "ann", "phone").await;
    let made = made.expect("it is new");
    let broker = app.mqtt.expect("the broker's door is open");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(app.run(async {
        let _stopped_or_dropped = stopped.await;
    }));
    let credentials = Credentials { username: made.username, password: made.password, topic: made.topic };
    Phone::connect(broker, &credentials).await.publish("", location(now_s(), 48.2, 16.37)).await;
    stop.send(()).expect("it still runs");
    running.await.expect("it does not panic").expect("it ends well");
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 1);
}

#[tokio::test]
async fn the_broker_can_be_off() {
    let home = Home::new();
    let server = home.serve_with(&["--mqtt-listen", "off"]).await;
    assert!(server.ready.ends_with(" mqtt=off mqtts=off"), "{}", server.ready);
    assert_eq!(server.get("/readyz").send().await.status, 200);
}

#[tokio::test]
async fn a_polite_end_is_exit_code_0_and_keeps_what_was_acknowledged() {
    let (home, credentials, token, server) = a_phone("read").await;
    let mut phone = Phone::connect(server.broker(), &credentials).await;
    let now = now_s();
    for second in 0..20 {
        phone.publish("", location(now - second, 48.2, 16.37)).await;
    }
    // The phone stays connected: the server must not wait for it.
    assert_eq!(server.stop().await.code(), Some(0));
    let server = home.serve().await;
    assert_eq!(server.items("/api/v1/fixes?friend=ann", &token).await.len(), 20);
}

#[tokio::test]
async fn a_signal_right_after_the_ready_line_is_a_polite_end_too() {
    let home = Home::new();
    for _ in 0..5 {
        assert_eq!(home.serve().await.stop().await.code(), Some(0));
    }
}

#[tokio::test]
async fn it_ends_soon_although_a_browser_looks() {
    let (_home, server, cookie) = an_admin("ann").await;
    let mut live = crate::support::Live::of(&server, &cookie).await;
    live.snapshot().await;
    server.stop_at_once().await;
}

/// Starts a server that must refuse to, and looks for the words in what it says.
async fn refused(home: &Home, arguments: &[&str], named: &[&str]) {
    let all = Home::arguments(arguments);
    let ran = home.run(&all, "").await;
    assert_eq!(ran.code, Some(2), "{all:?}: {}", ran.err);
    assert_eq!(ran.out, "", "nothing is ready");
    for word in named {
        assert!(ran.err.contains(word), "{all:?} should be told of {word:?}: {}", ran.err);
    }
}

#[tokio::test]
async fn a_mistake_is_told_with_the_setting_the_value_and_what_would_be_right() {
    let home = Home::new();
    std::fs::write(home.path("file"), "").expect("can be written");
    let below_a_file = home.text("file/data");
    refused(&home, &["--no-such-thing"], &["--no-such-thing"]).await;
    refused(&home, &["--listen", "nowhere"], &["listen", "nowhere", "127.0.0.1:3000"]).await;
    refused(&home, &["--listen", "127.0.0.1:99999"], &["listen", "127.0.0.1:99999"]).await;
    refused(&home, &["--mqtt-listen", "1883"], &["mqtt-listen", "\"1883\"", "address and a port"]).await;
    refused(&home, &["--data", "file"], &["data", "\"file\"", "directory"]).await;
    refused(&home, &["--data", &below_a_file], &["data", "directory"]).await;
    refused(&home, &["--mqtts-listen", "127.0.0.1:0"], &["mqtts-listen", "--tls-cert", "--tls-key"]).await;
    refused(&home, &["--tls-cert", "file"], &["tls-cert", "tls-key"]).await;
    refused(&home, &["--tls-cert", "none.pem", "--tls-key", "file"], &["tls-cert", "none.pem"]).await;
    refused(&home, &["--tls-cert", "file", "--tls-key", "file"], &["tls-cert", "file"]).await;
    refused(&home, &["--public-url", "where.example.org"], &["public-url", "where.example.org", "https://"])
        .await;
    refused(&home, &["--topic-templates", "owntracks/+"], &["topic-templates", "owntracks/+"]).await;
    refused(&home, &["--config", "none.toml"], &["config", "none.toml"]).await;
    refused(&home, &["--mqtt-url", "http://127.0.0.1"], &["mqtt-url", "mqtt://"]).await;
    assert!(!home.path("none.toml").exists());
}

#[tokio::test]
async fn a_wrong_outside_broker_is_told_without_its_password() {
    let home = Home::new();
    let ran = home
        .run(&["--data", "data", "--listen", "127.0.0.1:0", "--mqtt-url", "http://me:geheim@h"], "")
        .await;
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(!ran.err.contains("geheim"), "{}", ran.err);
    // By a flag everybody on the machine reads it.
    assert!(ran.err.contains("WHEREABOUTS_MQTT_URL"), "{}", ran.err);
    let ran = home.run(&["--data", "data", "--listen", "127.0.0.1:0", "--mqtt-url", "http://me@h"], "").await;
    assert!(!ran.err.contains("WHEREABOUTS_MQTT_URL"), "{}", ran.err);
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = taken.local_addr().expect("is bound").to_string();
    refused(&home, &["--listen", &address], &["setting listen", &address, "another"]).await;
    refused(&home, &["--mqtt-listen", &address], &["setting mqtt-listen", &address, "another"]).await;
}

#[tokio::test]
async fn a_settings_file_is_read_and_a_broken_one_is_told() {
    let home = Home::new();
    std::fs::write(home.path("whereabouts.toml"), "mqtt-listen = \"off\"\ndemo = true\n")
        .expect("can be written");
    let arguments = ["--data", "data", "--listen", "127.0.0.1:0"];
    let server = home.serve_with(&["--config", "whereabouts.toml"]).await;
    assert!(server.mqtt.is_some(), "a flag weighs more than the file");
    assert_eq!(server.get("/").send().await.status, 200, "the demonstration of the file is on");
    drop(server);
    for (text, named) in [
        ("listen = ", "whereabouts.toml"),
        ("lissen = \"127.0.0.1:0\"\n", "lissen"),
        ("demo = \"perhaps\"\n", "demo"),
    ] {
        std::fs::write(home.path("whereabouts.toml"), text).expect("can be written");
        let ran = home.run(&arguments, "").await;
        assert_eq!(ran.code, Some(2), "{text}: {}", ran.err);
        assert!(ran.err.contains(named) && ran.err.contains("setting config"), "{text}: {}", ran.err);
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let home = Home::new();
    home.device("ann", "phone", &[]).await;
    let mut database = home.database().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT version + 1000, 'from the future', 1, x'00', 1 FROM _sqlx_migrations ORDER BY version DESC LIMIT 1";
    sqlx::query(newer).execute(&mut database).await.expect("the row is added");
    database.close().await.expect("is closed");
    let ran = home.run(&["--data", "data", "--listen", "127.0.0.1:0", "--mqtt-listen", "off"], "").await;
    assert!(ran.code.is_some_and(|code| code != 0), "{}", ran.err);
    assert!(ran.err.contains("newer version") && ran.err.contains("whereabouts.db"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told() {
    let home = Home::new();
    std::fs::create_dir(home.path("data")).expect("can be made");
    std::fs::write(home.path("data/whereabouts.db"), "no database at all, ".repeat(100))
        .expect("can be written");
    let ran = home.run(&["--data", "data", "--listen", "127.0.0.1:0", "--mqtt-listen", "off"], "").await;
    assert!(ran.code.is_some_and(|code| code != 0), "{}", ran.err);
    assert!(ran.err.contains("whereabouts.db"), "{}", ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
}

#[tokio::test]
async fn the_data_directory_is_for_its_owner_alone() {
    let home = Home::new();
    let _server = home.serve().await;
    let mode = std::fs::metadata(home.path("data")).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "{mode:o}");
}

#[tokio::test]
async fn the_database_and_its_copies_are_for_their_owner_alone() {
    let home = Home::new();
    // A directory that was there before, open to everybody.
    std::fs::create_dir(home.path("data")).expect("can be made");
    std::fs::set_permissions(home.path("data"), std::fs::Permissions::from_mode(0o755)).expect("is ours");
    let _server = home.serve().await;
    home.device("ann", "phone", &[]).await;
    home.command_ok(&["backup", "copy.db"], "").await;
    for file in ["copy.db", "data/whereabouts.db", "data/whereabouts.db-wal", "data/whereabouts.db-shm"] {
        let mode = std::fs::metadata(home.path(file)).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}: {mode:o}");
    }
}

#[tokio::test]
async fn one_server_works_on_a_directory_and_commands_beside_it() {
    let home = Home::new();
    let server = home.serve().await;
    let pid = server.pid().to_string();
    refused(&home, &[], &["setting data", "\"data\"", &pid, "another directory"]).await;
    home.user("ann", &[]).await;
    assert_eq!(server.stop().await.code(), Some(0));
    drop(home.serve().await);
    home.serve().await;
}

#[tokio::test]
async fn a_command_names_the_doors_of_the_server_that_runs() {
    let home = Home::new();
    let server = home.serve_with(&["--public-url", "http://where.example.org"]).await;
    let out = home.command_ok(&["device", "add", "ann", "phone"], "").await;
    let link = out.lines().find_map(|line| line.strip_prefix("link: ")).expect("there is a link");
    let inline = link.rsplit_once("inline=").expect("is inline").1;
    let inline = percent_encoding::percent_decode_str(inline).decode_utf8().expect("is text");
    let document = BASE64_STANDARD.decode(inline.as_bytes()).expect("is base64");
    let document: serde_json::Value = serde_json::from_slice(&document).expect("is JSON");
    assert_eq!(document["host"], "where.example.org");
    assert_eq!(document["port"], server.broker().port());
}

#[tokio::test]
async fn nobody_is_told_a_link_to_set_up_once_there_is_an_admin() {
    let home = Home::new();
    let first = home.serve().await;
    let link = |server: &Server| server.log().lines().any(|line| line.contains("/set-up?token="));
    eventually("the set-up link", async || link(&first).then_some(())).await;
    assert_eq!(first.stop().await.code(), Some(0));
    home.user("ann", &["--admin"]).await;
    let second = home.serve().await;
    assert!(!link(&second), "{}", second.log());
}
