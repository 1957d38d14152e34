//! Signing in with somebody else: npm's `oidc-provider`, run here as another process, with a browser's redirects and cookies.

use crate::support::{
    Answer, DEADLINE, Guarded, Home, NOBODY, PASSWORD, Question, Server, eventually, form_urlencoded,
    free_port,
};
use http::{Method, StatusCode, header};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const SECRET: &str = "what only the two of us know";

fn end2end() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("end2end")
}

/// Whether the provider is installed, which `make test` does; else these tests try nothing, and say so.
fn is_installed() -> bool {
    let is_there = end2end().join("node_modules/oidc-provider").exists();
    if !is_there {
        assert!(option_env!("CI").is_none(), "npm ci in end2end installs the provider");
        eprintln!("not tried: npm ci in end2end installs the provider");
    }
    is_there
}

/// A provider that runs, and the server that uses it.
struct House {
    server: Server,
    issuer: String,
    _provider: Guarded,
}

/// A browser: it keeps cookies, of each host its own.
#[derive(Default)]
struct Browser(BTreeMap<(String, String), String>);

fn host(url: &str) -> String {
    let url = url::Url::parse(url).expect("is an address");
    format!("{}:{}", url.host_str().expect("has a host"), url.port_or_known_default().expect("has a port"))
}

impl Browser {
    async fn ask(&mut self, method: Method, url: &str, form: Option<String>) -> Answer {
        let here = host(url);
        let cookies = self.0.iter().filter(|((host, _), _)| *host == here);
        let cookies: Vec<_> = cookies.map(|((_, name), value)| format!("{name}={value}")).collect();
        let mut question = Question::new(method, url.to_owned()).cookie(&cookies.join("; "));
        if let Some(form) = form {
            question = question.form(form);
        }
        let answer = question.send().await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().expect("is text").split(';').next().expect("has a value");
            let (name, value) = pair.split_once('=').expect("is a pair");
            self.0.insert((here.clone(), name.to_owned()), value.to_owned());
        }
        answer
    }

    /// Goes where it is sent, signs in at the provider as `account` and agrees there, until a page of `until` is shown. Where that was.
    async fn follow(&mut self, start: &str, account: &str, until: &str) -> (String, Answer) {
        let mut url = url::Url::parse(start).expect("is an address");
        let mut answer = self.ask(Method::GET, url.as_str(), None).await;
        for _ in 0..20 {
            let sent_to = answer.header("location").to_owned();
            if !sent_to.is_empty() {
                url = url.join(&sent_to).expect("is an address");
                answer = self.ask(Method::GET, url.as_str(), None).await;
                continue;
            }
            let page = answer.text();
            if url.as_str().starts_with(until) {
                if let Some((_, rest)) = page.split_once("http-equiv=\"refresh\" content=\"0;url=") {
                    let (to, _) = rest.split_once('"').expect("ends");
                    url = url::Url::parse(&to.replace("&amp;", "&")).expect("is an address");
                    answer = self.ask(Method::GET, url.as_str(), None).await;
                    continue;
                }
                return (url.to_string(), answer);
            }
            let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
            url =
                url.join(action.unwrap_or_else(|| unreachable!("no form on {url}: {page}"))).expect("is one");
            let form = if page.contains("value=\"login\"") {
                form_urlencoded(&[("prompt", "login"), ("login", account), ("password", "x")])
            } else {
                form_urlencoded(&[("prompt", "consent")])
            };
            answer = self.ask(Method::POST, url.as_str(), Some(form)).await;
        }
        unreachable!("sent about for ever: {url}")
    }

    async fn sign_in(&mut self, server: &Server, name: &str) {
        let form = form_urlencoded(&[("name", name), ("password", PASSWORD)]);
        self.ask(Method::POST, &format!("{}/api/sign_in", base(server)), Some(form)).await;
    }

    async fn me(&mut self, server: &Server) -> Option<String> {
        let me = self.ask(Method::GET, &format!("{}/api/me", base(server)), None).await;
        serde_json::from_slice::<Value>(&me.body).ok()?["name"].as_str().map(str::to_owned)
    }
}

fn base(server: &Server) -> String {
    format!("http://{}", server.http)
}

/// Starts both. The server has to know its address before: the provider sends people back there.
async fn house(home: &Home) -> House {
    let port = free_port();
    let back = format!("http://127.0.0.1:{port}/oidc/callback");
    let out = std::fs::File::create(home.path("provider.out")).expect("can be made");
    let mut node = Command::new("node");
    node.arg("fixtures/provider.mjs").args(["whereabouts", SECRET, &back]).current_dir(end2end());
    let node = node.stdout(Stdio::from(out)).stderr(Stdio::null()).stdin(Stdio::null()).spawn();
    let provider = Guarded(node.expect("node is there"));
    let issuer = eventually("the provider is there", async || {
        let said = std::fs::read_to_string(home.path("provider.out")).expect("was made");
        said.lines().find(|line| line.starts_with("http")).map(str::to_owned)
    })
    .await;
    std::fs::write(home.path("secret"), format!("{SECRET}\n")).expect("can be written");
    let listen = format!("127.0.0.1:{port}");
    let more = [
        "--listen",
        &listen,
        "--oidc-issuer",
        &issuer,
        "--oidc-client-id",
        "whereabouts",
        "--oidc-client-secret-file",
        "secret",
        "--oidc-name",
        "the club",
    ];
    let server = home.serve_with(&more).await;
    House { server, issuer, _provider: provider }
}

async fn link(browser: &mut Browser, server: &Server, account: &str) -> String {
    let base = base(server);
    let page = browser.ask(Method::GET, &format!("{base}/settings"), None).await.text();
    let (_, rest) = page.split_once("/oidc/start?link=").expect("it can be linked");
    let proof: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    browser.follow(&format!("{base}/oidc/start?link={proof}"), account, &base).await.0
}

#[tokio::test]
async fn who_has_linked_an_account_elsewhere_signs_in_with_it_and_nobody_else_does() {
    if !is_installed() {
        return;
    }
    let home = Home::new();
    home.user("ann", &[]).await;
    home.user("ben", &[]).await;
    let House { server, issuer, _provider } = house(&home).await;
    let base = base(&server);
    let page = server.get("/sign-in").send().await.text();
    assert!(
        page.contains("the club") && page.contains("/oidc/start?next=") && page.contains("name=\"password\""),
        "{page}"
    );

    let mut stranger = Browser::default();
    let (shown, answer) =
        stranger.follow(&format!("{base}/oidc/start?next=%2Fhistory"), "ann@club", &base).await;
    assert!(shown.contains("/sign-in?oidc=unknown"), "{shown}");
    assert!(answer.text().contains("linked to nobody here"), "{}", answer.text());
    assert_eq!(home.count("SELECT count(*) FROM friends").await, 2, "nobody is made by that");

    let mut ann = Browser::default();
    ann.sign_in(&server, "ann").await;
    assert!(link(&mut ann, &server, "ann@club").await.ends_with("/settings?linked"));
    let kept = home.texts("SELECT issuer || ' ' || subject FROM identities").await;
    assert_eq!(kept, [format!("{issuer} ann@club")]);
    let mut ben = Browser::default();
    ben.sign_in(&server, "ben").await;
    assert!(link(&mut ben, &server, "ann@club").await.ends_with("/settings?oidc=taken"));

    let mut phone = Browser::default();
    let (shown, _) = phone.follow(&format!("{base}/oidc/start?next=%2Fhistory"), "ann@club", &base).await;
    assert_eq!((shown, phone.me(&server).await.as_deref()), (format!("{base}/history"), Some("ann")));
    // Nobody is sent elsewhere afterwards.
    let next = form_urlencoded(&[("next", "//evil.example/")]);
    let (shown, _) = phone.follow(&format!("{base}/oidc/start?{next}"), "ann@club", &base).await;
    assert_eq!(shown, format!("{base}/"));

    let unlinked = ann.ask(Method::POST, &format!("{base}/api/unlink_identity"), Some(String::new())).await;
    assert!(unlinked.status.is_redirection() || unlinked.status.is_success(), "{}", unlinked.text());
    let (shown, _) = Browser::default().follow(&format!("{base}/oidc/start"), "ann@club", &base).await;
    assert!(shown.contains("oidc=unknown"), "{shown}");
    let acts = home.texts("SELECT act FROM audit WHERE act LIKE 'identity%' ORDER BY id").await;
    assert_eq!(acts, ["identity-linked", "identity-removed"]);
    assert!(!server.log().contains(SECRET) && !server.log().contains("ann@club"));
}

#[tokio::test]
async fn an_answer_that_this_browser_did_not_ask_for_is_not_believed() {
    if !is_installed() {
        return;
    }
    let home = Home::new();
    home.user("ann", &[]).await;
    let House { server, _provider, .. } = house(&home).await;
    let base = base(&server);
    let mut ann = Browser::default();
    ann.sign_in(&server, "ann").await;
    link(&mut ann, &server, "ann@club").await;
    // Somebody has an answer for themselves, and has another browser bring it.
    let mut eve = Browser::default();
    let began = eve.ask(Method::GET, &format!("{base}/oidc/start"), None).await;
    let callback = format!("{base}/oidc/callback");
    let mut url = began.header("location").to_owned();
    assert!(
        ["code_challenge_method=S256", "state=", "nonce="].iter().all(|part| url.contains(part)),
        "{url}"
    );
    // As far as the provider sends her back, and no further.
    let mut answer = eve.ask(Method::GET, &url, None).await;
    let brought = loop {
        let at = url::Url::parse(&url).expect("is an address");
        let sent_to = answer.header("location").to_owned();
        if sent_to.is_empty() {
            let page = answer.text();
            let action =
                page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
            url = at.join(action).expect("is an address").to_string();
            let login = page.contains("value=\"login\"");
            let form = [
                ("prompt", if login { "login" } else { "consent" }),
                ("login", "ann@club"),
                ("password", "x"),
            ];
            answer = eve.ask(Method::POST, &url, Some(form_urlencoded(&form))).await;
            continue;
        }
        url = at.join(&sent_to).expect("is an address").to_string();
        if url.starts_with(&callback) {
            break url;
        }
        answer = eve.ask(Method::GET, &url, None).await;
    };
    let mut victim = Browser::default();
    let refused = victim.ask(Method::GET, &brought, None).await;
    assert!(refused.header("location").contains("oidc=stale"), "{}", refused.header("location"));
    assert_eq!(victim.me(&server).await, None);
    // Nor with what the victim began themself.
    victim.ask(Method::GET, &format!("{base}/oidc/start"), None).await;
    let refused = victim.ask(Method::GET, &brought, None).await;
    assert!(refused.header("location").contains("oidc=stale"));
    // A link that began on another site's page.
    let refused = ann.ask(Method::GET, &format!("{base}/oidc/start?link=made-up"), None).await;
    assert!(refused.header("location").contains("oidc=stale"));
    // In the browser that asked it works, once.
    let came = eve.ask(Method::GET, &brought, None).await;
    assert_eq!((came.header("location"), eve.me(&server).await.as_deref()), ("/", Some("ann")));
    let again = eve.ask(Method::GET, &brought, None).await;
    assert!(again.header("location").contains("oidc="));
}

#[tokio::test]
async fn an_invitation_can_be_accepted_with_an_account_elsewhere() {
    if !is_installed() {
        return;
    }
    let home = Home::new();
    home.user("root", &["--admin"]).await;
    let invited = home.command_ok(&["user", "invite"], "").await;
    let named = home.command_ok(&["user", "invite", "tom"], "").await;
    let House { server, _provider, .. } = house(&home).await;
    let base = base(&server);
    let token = |link: &str| link.trim().rsplit_once("token=").expect("is a link").1.to_owned();
    for (link, name, account, called) in
        [(&invited, "ann", "ann@club", "ann"), (&named, "", "tom@club", "tom")]
    {
        let query = form_urlencoded(&[("token", &token(link)), ("name", name)]);
        let mut browser = Browser::default();
        let (shown, _) = browser.follow(&format!("{base}/oidc/start?{query}"), account, &base).await;
        assert!(shown.contains("/privacy?welcome"), "{shown}");
        assert_eq!(browser.me(&server).await.as_deref(), Some(called));
        // They have no password, and cannot lose the only way in.
        browser.ask(Method::POST, &format!("{base}/api/unlink_identity"), Some(String::new())).await;
        let mut again = Browser::default();
        again.follow(&format!("{base}/oidc/start"), account, &base).await;
        assert_eq!(again.me(&server).await.as_deref(), Some(called));
    }
    assert_eq!(
        home.count("SELECT count(*) FROM friends WHERE password_hash IS NULL AND role = 'friend'").await,
        2
    );
}

#[tokio::test]
async fn without_the_provider_passwords_go_on_working_and_the_page_says_so() {
    let home = Home::new();
    home.user("ann", &[]).await;
    let server = home.serve_with(&["--oidc-issuer", NOBODY, "--oidc-client-id", "whereabouts"]).await;
    let asked = tokio::time::timeout(DEADLINE, server.get("/oidc/start").send()).await.expect("it answers");
    assert!(asked.header("location").starts_with("/sign-in?oidc=down"), "{}", asked.header("location"));
    let page = server.get(asked.header("location")).send().await.text();
    assert!(page.contains("cannot be reached") && page.contains("name=\"password\""), "{page}");
    let cookie = server.sign_in("ann").await;
    assert_eq!(server.get("/settings").cookie(&cookie).send().await.status, StatusCode::OK);

    let wrong = |more: &[&str]| {
        let arguments = [&["--data", "data", "--listen", "127.0.0.1:0"], more].concat();
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for more in [
        wrong(&["--oidc-issuer", "http://id.example.org", "--oidc-client-id", "x"]),
        wrong(&["--oidc-issuer", "https://id.example.org"]),
        wrong(&["--oidc-client-id", "x"]),
    ] {
        let more: Vec<_> = more.iter().map(String::as_str).collect();
        let ran = home.run(&more, "").await;
        assert!(ran.code == Some(2) && ran.err.contains("oidc-"), "{:?}: {}", ran.code, ran.err);
    }
}
