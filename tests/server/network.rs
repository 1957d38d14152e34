//! A network that goes away under everybody at once, and comes back: the loopback interface of a network of the test's own is taken
//! down, so that no connection is told anything. Where the system gives nobody such a network, the cut lines of `cut` must do.

use crate::support::{Choir, Home, Mosquitto, Transport, eventually, silence};
use rumqttc::QoS;
use std::{
    io::Write,
    process::{Command, Stdio},
};
use tokio::sync::watch;

/// Set for the test within its network.
const INSIDE: &str = "WHEREABOUTS_TEST_INSIDE";
/// How often the network goes away.
const CUTS: usize = 4;

/// Runs something in a network that has nothing but a loopback interface.
fn apart(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["-rn", "sh", "-ec", &format!("ip link set lo up && {script}"), "sh"]);
    command
}

/// Takes our network up or down.
fn network(state: &str) {
    let done = Command::new("ip").args(["link", "set", "lo", state]).status().expect("there is `ip`");
    assert!(done.success(), "the network goes {state}");
}

#[tokio::test]
async fn a_network_that_goes_away_loses_nothing_at_any_door() {
    if std::env::var_os(INSIDE).is_some() {
        return inside().await;
    }
    if !apart("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        let said = writeln!(std::io::stderr(), "\n*** SKIPPED: this system gives us no network of our own");
        said.expect("standard error is open");
        return;
    }
    let test = std::env::current_exe().expect("has a name");
    let mut again = apart("exec \"$@\"");
    again.arg(test).args([
        "network::a_network_that_goes_away_loses_nothing_at_any_door",
        "--exact",
        "--nocapture",
    ]);
    let ran = again.env(INSIDE, "1").stdin(Stdio::null()).output().expect("it starts");
    let said = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

async fn inside() {
    let home = Home::new();
    let mosquitto = Mosquitto::start(&home, "log_type subscribe").await;
    let mut voices = Vec::new();
    let phones = [
        ("ann", Transport::Mqtt(QoS::AtLeastOnce)),
        ("ben", Transport::Mqtt(QoS::ExactlyOnce)),
        ("cid", Transport::Http),
    ];
    for (name, transport) in phones {
        voices.push((home.device(name, "phone", &[]).await, transport));
    }
    let server = home.serve_with(&["--mqtt-url", &format!("mqtt://{}", mosquitto.address())]).await;
    eventually("we are subscribed", async || mosquitto.has_subscriber().then_some(())).await;
    let outside = (Mosquitto::anybody("owntracks/dan/phone"), Transport::Mqtt(QoS::AtLeastOnce));
    let doors = [server.broker(), server.broker(), server.http, mosquitto.address()];
    let (open, doors): (Vec<_>, Vec<_>) = doors.into_iter().map(|door| watch::channel(Some(door))).unzip();
    let mut choir = Choir::of(voices.into_iter().chain([outside]).zip(doors));
    for _ in 0..CUTS {
        choir.reaches(choir.total() + 60).await;
        network("down");
        silence(&choir).await;
        network("up");
    }
    choir.reaches(choir.total() + 60).await;
    for open in open {
        open.send_replace(None);
    }
    eventually("everything that was acknowledged is there", async || {
        (choir.look(home.database().await, "after the network was away").await == 0).then_some(())
    })
    .await;
    assert_eq!(server.stop().await.code(), Some(0));
}
