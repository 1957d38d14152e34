//! TLS with an authority of our own: at our doors, and to an outside broker that wants to see a certificate.

use crate::support::{Home, Mosquitto, Phone, eventually, location, now_s};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rumqttc::{TlsConfiguration, Transport};

/// Writes an authority and what it has signed: `ca.pem`, `server.pem` with `server.key`, `client.pem` with `client.key`.
fn certificates(home: &Home) {
    // For the clients of this test; the server is another process. That another test has done it already is fine.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let write = |name: &str, pem: String| std::fs::write(home.path(name), pem).expect("can be written");
    let mut authority = CertificateParams::new(vec![]).expect("no names are fine");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("the machine has randomness");
    write("ca.pem", authority.self_signed(&key).expect("can be signed").pem());
    let issuer = Issuer::new(authority, key);
    for (name, usage) in
        [("server", ExtendedKeyUsagePurpose::ServerAuth), ("client", ExtendedKeyUsagePurpose::ClientAuth)]
    {
        let mut params =
            CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("are names");
        params.extended_key_usages = vec![usage];
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = KeyPair::generate().expect("the machine has randomness");
        write(&format!("{name}.pem"), params.signed_by(&key, &issuer).expect("can be signed").pem());
        write(&format!("{name}.key"), key.serialize_pem());
    }
}

#[tokio::test]
async fn our_own_doors_speak_tls() {
    let home = Home::new();
    certificates(&home);
    let ann = home.device("ann", "phone", &[]).await;
    let server = home
        .serve_with(&["--tls-cert", "server.pem", "--tls-key", "server.key", "--mqtts-listen", "127.0.0.1:0"])
        .await;
    let mqtts = server.mqtts.expect("the door with TLS is open");
    let ca = std::fs::read(home.path("ca.pem")).expect("was written");
    let mut options = Phone::options(mqtts, &ann);
    options.set_transport(Transport::tls_with_config(TlsConfiguration::Simple {
        ca,
        alpn: None,
        client_auth: None,
    }));
    let mut phone = Phone::connect_with(options, &ann.topic).await.expect("the device is let in");
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 1);

    // Without TLS there is no talking at either door.
    assert!(Phone::connect_with(Phone::options(mqtts, &ann), "x").await.is_err());
}

#[tokio::test]
async fn an_outside_broker_is_reached_with_its_own_authority_and_our_certificate() {
    let home = Home::new();
    certificates(&home);
    let lines = ["ca", "cert", "key"].into_iter().zip(["ca.pem", "server.pem", "server.key"]);
    let lines = lines.map(|(what, file)| format!("{what}file {}", home.path(file).display()));
    let secure = lines.chain(["require_certificate true".to_owned()]).collect::<Vec<_>>().join("\n");
    let mosquitto = Mosquitto::start(&home, &secure).await;
    let url = format!("mqtts://127.0.0.1:{}", mosquitto.port);
    let with = |more: &[&'static str]| {
        [
            &["--mqtt-url".to_owned(), url.clone()],
            &more.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()[..],
        ]
        .concat()
    };

    let stranger = with(&["--mqtt-ca", "ca.pem"]);
    let server = home.serve_with(&stranger.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("without a certificate it is refused", async || {
        server.log().contains("no connection to the MQTT broker").then_some(())
    })
    .await;
    drop(server);

    let known = with(&["--mqtt-ca", "ca.pem", "--mqtt-cert", "client.pem", "--mqtt-key", "client.key"]);
    let server = home.serve_with(&known.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("it is connected", async || {
        server.log().contains("connected to the MQTT broker").then_some(())
    })
    .await;
    let read = |file: &str| std::fs::read(home.path(file)).expect("was written");
    let tls = TlsConfiguration::Simple {
        ca: read("ca.pem"),
        alpn: None,
        client_auth: Some((read("client.pem"), read("client.key"))),
    };
    let mut options = rumqttc::MqttOptions::new("publisher", "127.0.0.1", mosquitto.port);
    options.set_transport(Transport::tls_with_config(tls));
    let mut publisher = Phone::connect_with(options, "owntracks/ann/phone").await.expect("it is let in");
    eventually("the message arrives", async || {
        publisher.publish("", location(now_s(), 48.2, 16.37)).await;
        (home.count("SELECT count(*) FROM fixes").await > 0).then_some(())
    })
    .await;
}
