//! A client for the web door.

use super::{DEADLINE, PASSWORD, Server};
use axum::body::{Body, to_bytes};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, Method, StatusCode, header, request::Builder};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;

/// A request that is being put together.
pub(crate) struct Question {
    builder: Builder,
    body: Vec<u8>,
    http2: bool,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Server {
    pub(crate) fn ask(&self, method: Method, path: &str) -> Question {
        Question::new(method, format!("http://{}{path}", self.http))
    }

    pub(crate) fn get(&self, path: &str) -> Question {
        self.ask(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Question {
        self.ask(Method::POST, path)
    }

    /// Asks the JSON interface, which must have an answer.
    pub(crate) async fn json(&self, path: &str, token: &str) -> Value {
        let answer = self.get(path).bearer(token).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    /// The items of a list of the JSON interface.
    pub(crate) async fn items(&self, path: &str, token: &str) -> Vec<Value> {
        let mut list = self.json(path, token).await;
        serde_json::from_value(list["items"].take()).expect("a list has items")
    }

    /// Draws a region, and returns its identifier.
    pub(crate) async fn draw(&self, token: &str, region: &Value) -> String {
        let answer = self.post("/api/v1/regions").bearer(token).json(region).send().await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()["id"].as_str().expect("a region has an identifier").to_owned()
    }

    /// Signs in, and returns the cookie.
    pub(crate) async fn sign_in(&self, name: &str) -> String {
        let form = form_urlencoded(&[("name", name), ("password", PASSWORD), ("next", "/")]);
        let answer = self.post("/api/sign_in").form(form).send().await;
        let cookie = answer.headers.get(header::SET_COOKIE).expect("signing in gives a cookie");
        cookie.to_str().expect("is text").split(';').next().expect("has a value").to_owned()
    }
}

/// A form's body.
pub(crate) fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

impl Question {
    pub(crate) fn new(method: Method, uri: String) -> Self {
        Self { builder: http::Request::builder().method(method).uri(uri), body: vec![], http2: false }
    }

    pub(crate) fn header(mut self, name: header::HeaderName, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    pub(crate) fn basic(self, username: &str, password: &str) -> Self {
        let encoded = BASE64_STANDARD.encode(format!("{username}:{password}"));
        self.header(header::AUTHORIZATION, &format!("Basic {encoded}"))
    }

    pub(crate) fn cookie(self, cookie: &str) -> Self {
        self.header(header::COOKIE, cookie)
    }

    pub(crate) fn form(self, form: String) -> Self {
        self.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").bytes(form.into_bytes())
    }

    pub(crate) fn json(self, value: &Value) -> Self {
        self.header(header::CONTENT_TYPE, "application/json").bytes(value.to_string().into_bytes())
    }

    pub(crate) fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// By HTTP/2, as browsers do behind TLS.
    pub(crate) fn http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    /// Sends it and reads the whole answer.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.expect("the server answers, and the answer arrives whole")
    }

    /// The same of a server that may end meanwhile.
    pub(crate) async fn try_send(self) -> Option<Answer> {
        let request = self.builder.body(Body::from(self.body)).expect("the request is well formed");
        let client = Client::builder(TokioExecutor::new()).http2_only(self.http2).build_http::<Body>();
        let asking = async {
            let (parts, body) = client.request(request).await.ok()?.into_parts();
            let body = to_bytes(Body::new(body), usize::MAX).await.ok()?;
            Some(Answer { status: parts.status, headers: parts.headers, body: body.into() })
        };
        tokio::time::timeout(DEADLINE, asking).await.expect("the server answers in time")
    }
}

impl Answer {
    /// As people read it: without the marks between the texts of a page, which are for its script.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).replace("<!>", "")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("is text"))
    }

    /// Asserts that this is a problem document with that status, about that field.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, field: Option<&str>) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["field"].as_str(), field, "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    }
}
