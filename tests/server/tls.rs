//! TLS with an authority of our own: at our doors, and to an outside broker that wants to see a certificate.

use crate::support::{Credentials, DEADLINE, Home, Mosquitto, Phone, Server, eventually, location, now_s};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rumqttc::{TlsConfiguration, Transport};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Command, Output},
    sync::Arc,
};

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

/// Subscribes with a client that many use; whether it was let in.
async fn mosquitto_gets_in(server: &Server, home: &Home, ann: &Credentials, host: &str) -> bool {
    let port = server.mqtts.expect("the door with TLS is open").port().to_string();
    let authority = home.text("fetched.crt");
    let arguments = [
        ["-h", host],
        ["-p", &port],
        ["-u", &ann.username],
        ["-P", &ann.password],
        ["--cafile", &authority],
        ["-t", &ann.topic],
    ];
    let mut command = Command::new("mosquitto_sub");
    // It ends with the acknowledgement of its subscription, or after ten seconds.
    command.args(arguments.iter().flatten()).args(["-E", "-W", "10"]);
    said(command).await.status.success()
}

/// Runs a program to its end.
async fn said(mut command: Command) -> Output {
    let running = tokio::task::spawn_blocking(move || command.output());
    let ended = tokio::time::timeout(DEADLINE, running).await.expect("it ends in time");
    ended.expect("does not panic").expect("these tests need curl and the package `mosquitto-clients`")
}

#[tokio::test]
async fn a_certificate_of_our_own_is_made_served_and_renewed() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let server = home.serve().await;
    server.get("/ca.crt").send().await.assert_problem(404, None);
    let made = home.command_ok(&["cert", "where.example.org", "192.0.2.7"], "").await;
    assert!(made.contains("names: where.example.org, 192.0.2.7, localhost, 127.0.0.1, ::1"), "{made}");
    let fetch = async |server: &Server| {
        let answer = server.get("/ca.crt").send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, "application/x-x509-ca-cert")
        );
        assert!(answer.text().starts_with("-----BEGIN CERTIFICATE-----") && !answer.text().contains("KEY"));
        answer.text()
    };
    let authority = fetch(&server).await;
    std::fs::write(home.path("fetched.crt"), &authority).expect("can be written");
    drop(server);
    for (file, mode) in [("ca.key", 0o600), ("server.key", 0o600), ("", 0o700)] {
        use std::os::unix::fs::PermissionsExt;
        let kept =
            std::fs::metadata(home.path("data/tls").join(file)).expect("is there").permissions().mode();
        assert_eq!(kept & 0o777, mode, "{file}");
    }

    let server = home.serve_with(&["--mqtts-listen", "127.0.0.1:0"]).await;
    assert!(mosquitto_gets_in(&server, &home, &ann, "127.0.0.1").await);
    assert!(mosquitto_gets_in(&server, &home, &ann, "localhost").await);
    // Another address of this machine that the certificate does not name.
    drop(server);
    let server = home.serve_with(&["--mqtts-listen", "127.0.0.2:0"]).await;
    assert!(!mosquitto_gets_in(&server, &home, &ann, "127.0.0.2").await, "not in the certificate");
    drop(server);

    // Made again: for one name more, and by the same authority. Without names, for those it had.
    let before = std::fs::read(home.path("data/tls/server.pem")).expect("is there");
    home.command_ok(&["cert", "127.0.0.2"], "").await;
    let made = home.command_ok(&["cert"], "").await;
    assert!(made.contains("names: 127.0.0.2, localhost"), "{made}");
    assert_ne!(std::fs::read(home.path("data/tls/server.pem")).expect("is there"), before);
    let server = home.serve_with(&["--mqtts-listen", "127.0.0.2:0"]).await;
    assert!(mosquitto_gets_in(&server, &home, &ann, "127.0.0.2").await);
    assert_eq!(fetch(&server).await, authority, "the phones trust it still");
    let wrong = home.run(&["--data", "data", "cert", "no such name"], "").await;
    assert_ne!(wrong.code, Some(0), "{}", wrong.out);
}

#[tokio::test]
async fn https_with_a_certificate_of_our_own_is_one_flag() {
    let home = Home::new();
    let ran = home.run(&["--data", "data", "--mqtts-listen", "127.0.0.1:0"], "").await;
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--tls-cert own"), "{}", ran.err);
    let server = home.serve_with(&["--tls-cert", "own", "--public-url", "https://where.example.org"]).await;
    let port = server.http.port();
    let curl = async |host: &str, authority: Option<&str>| {
        let mut command = Command::new("curl");
        command.args(["--silent", "--fail", "--include", "--resolve"]);
        command.args([
            &format!("where.example.org:{port}:127.0.0.1"),
            &format!("https://{host}:{port}/healthz"),
        ]);
        let authority = authority.map(|file| home.text(file));
        command.args(authority.iter().flat_map(|file| ["--cacert", file]));
        said(command).await
    };
    for host in ["where.example.org", "127.0.0.1", "localhost"] {
        let answer = curl(host, Some("data/tls/ca.pem")).await;
        let text = String::from_utf8_lossy(&answer.stdout).to_lowercase();
        assert!(text.ends_with("\r\n\r\nok"), "{host}: {text}");
        assert!(!text.contains("strict-transport-security"), "nobody gets past a changed authority: {text}");
    }
    assert!(!curl("where.example.org", None).await.status.success(), "nobody else vouches for it");
}

/// An authority, and what it has signed last, in the files that a server reads.
struct Authority<'a> {
    home: &'a Home,
    issuer: Issuer<'static, KeyPair>,
    trusted: Arc<ClientConfig>,
}

impl<'a> Authority<'a> {
    fn new(home: &'a Home) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::new(vec![]).expect("no names are fine");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("the machine has randomness");
        let certificate = params.self_signed(&key).expect("can be signed");
        std::fs::write(home.path("ca.pem"), certificate.pem()).expect("can be written");
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).expect("is an authority");
        let trusted = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Self { home, issuer: Issuer::new(params, key), trusted: Arc::new(trusted) }
    }

    /// Makes a certificate; PEM of it and of its key.
    fn sign(&self) -> [String; 2] {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().expect("the machine has randomness");
        let params = CertificateParams::new(names).expect("are names");
        [params.signed_by(&key, &self.issuer).expect("can be signed").pem(), key.serialize_pem()]
    }

    /// As those do who renew certificates: written elsewhere, then moved here.
    fn put(&self, file: &str, text: &str) {
        let new = self.home.path(&format!("{file}.new"));
        std::fs::write(&new, text).expect("can be written");
        std::fs::rename(new, self.home.path(file)).expect("can be moved");
    }

    /// A connection that trusts this authority alone.
    fn connect(&self, door: SocketAddr) -> StreamOwned<ClientConnection, TcpStream> {
        let name = ServerName::try_from("localhost").expect("is a name");
        let mut line = ClientConnection::new(self.trusted.clone(), name).expect("the settings make sense");
        let mut socket = TcpStream::connect(door).expect("the door is open");
        socket.set_read_timeout(Some(DEADLINE)).expect("is a time");
        while line.is_handshaking() {
            line.complete_io(&mut socket).expect("the server is who it says");
        }
        StreamOwned::new(line, socket)
    }

    /// Whether both doors show this certificate.
    fn is_shown(&self, server: &Server, certificate: &str) -> bool {
        let expected = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("is a certificate");
        [server.http, server.mqtts.expect("the door with TLS is open")].into_iter().all(|door| {
            let line = self.connect(door);
            line.conn.peer_certificates().and_then(|chain| chain.first()) == Some(&expected)
        })
    }
}

/// Asks something on a connection that stays open.
fn ask(line: &mut StreamOwned<ClientConnection, TcpStream>) {
    line.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("is connected");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nok") {
        let mut byte = [0];
        line.read_exact(&mut byte).expect("the server answers");
        answer.push(byte[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_certificates_are_taken_up_while_everybody_stays_connected() {
    let home = Home::new();
    let authority = Authority::new(&home);
    let ann = home.device("ann", "phone", &[]).await;
    let [first, first_key] = authority.sign();
    authority.put("server.pem", &first);
    authority.put("server.key", &first_key);
    let server = home
        .serve_with(&["--tls-cert", "server.pem", "--tls-key", "server.key", "--mqtts-listen", "127.0.0.1:0"])
        .await;
    assert!(authority.is_shown(&server, &first));
    let mut browser = authority.connect(server.http);
    ask(&mut browser);
    let mut options = Phone::options(server.mqtts.expect("is open"), &ann);
    options.set_transport(Transport::tls_with_config(TlsConfiguration::Simple {
        ca: std::fs::read(home.path("ca.pem")).expect("was written"),
        alpn: None,
        client_auth: None,
    }));
    let mut phone = Phone::connect_with(options, &ann.topic).await.expect("the device is let in");
    let complaints = || server.log().matches("cannot be used").count();

    // The key has come, its certificate has not.
    let [second, second_key] = authority.sign();
    authority.put("server.key", &second_key);
    eventually("it is told", async || (complaints() == 1).then_some(())).await;
    assert!(authority.is_shown(&server, &first));
    authority.put("server.pem", &second);
    eventually("both doors show it", async || authority.is_shown(&server, &second).then_some(())).await;

    // Something that is no certificate, then no file at all, then both at once.
    authority.put("server.pem", "nonsense");
    eventually("it is told", async || (complaints() == 2).then_some(())).await;
    std::fs::remove_file(home.path("server.pem")).expect("was there");
    eventually("it is told", async || (complaints() == 3).then_some(())).await;
    assert!(authority.is_shown(&server, &second));
    let [third, third_key] = authority.sign();
    authority.put("server.key", &third_key);
    authority.put("server.pem", &third);
    eventually("both doors show it", async || authority.is_shown(&server, &third).then_some(())).await;

    ask(&mut browser);
    phone.publish("", location(now_s(), 48.2, 16.37)).await;
    assert_eq!(home.count("SELECT count(*) FROM fixes").await, 1);
}

#[tokio::test]
async fn the_port_of_the_broker_is_not_shared_with_another_server() {
    let home = Home::new();
    home.command_ok(&["cert"], "").await;
    let server = home.serve_with(&["--mqtts-listen", "127.0.0.1:0"]).await;
    let taken = server.mqtts.expect("the door with TLS is open").to_string();
    let other = Home::new();
    other.command_ok(&["cert"], "").await;
    let arguments =
        ["--data", "data", "--listen", "127.0.0.1:0", "--mqtt-listen", "off", "--mqtts-listen", &taken];
    let ran = other.run(&arguments, "").await;
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("mqtts-listen") && ran.err.contains("another program"), "{}", ran.err);
}

#[tokio::test]
async fn a_certificate_of_our_own_is_made_again_while_the_server_runs() {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    home.command_ok(&["cert"], "").await;
    std::fs::copy(home.path("data/tls/ca.pem"), home.path("fetched.crt")).expect("is there");
    let server = home.serve_with(&["--mqtts-listen", "127.0.0.2:0"]).await;
    assert!(!mosquitto_gets_in(&server, &home, &ann, "127.0.0.2").await, "not in the certificate");
    home.command_ok(&["cert", "127.0.0.2"], "").await;
    eventually("it is taken up", async || {
        mosquitto_gets_in(&server, &home, &ann, "127.0.0.2").await.then_some(())
    })
    .await;
}
