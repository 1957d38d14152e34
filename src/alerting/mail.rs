//! Mail, by the server of whoever runs this one.

use super::{for_good, for_now};
use crate::config::Mistake;
use domain::alert::Told;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use service::AlertTrouble;
use std::time::Duration;
use url::Url;

/// How long a mail server may take for each step.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server, and who writes.
#[derive(Clone)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The mail server's host, to be told.
    host: String,
}

impl Mail {
    /// Reads where mail is handed in, `smtp://user:password@host:port` or `smtps://…`, and who writes. Without the `s` it is encrypted
    /// after the greeting (STARTTLS), but for a server on this machine, or with `?tls=none`.
    ///
    /// # Errors
    /// When either makes no sense. The URL is not in it: it has a password.
    pub fn read(url: &str, from: &str) -> Result<Self, Mistake> {
        let wrong = || {
            Mistake::new("mail-url", "(hidden)", "write it as smtp://user:password@host:port or smtps://…")
        };
        let mut url = Url::parse(url).map_err(|_no_url| wrong())?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let is_none = asked == [("tls".to_owned(), "none".to_owned())];
        if host.is_empty() || !matches!(url.scheme(), "smtp" | "smtps") || !(asked.is_empty() || is_none) {
            return Err(wrong());
        }
        let is_here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        let is_plain = url.scheme() == "smtp" && (is_here || is_none);
        url.set_query((url.scheme() == "smtp" && !is_plain).then_some("tls=required"));
        let transport =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).map_err(|_why| wrong())?;
        let from = from.parse().map_err(|_no_address| {
            Mistake::new("mail-from", from, "write an address, such as Whereabouts <where@example.org>")
        })?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from, host })
    }

    /// The mail server's host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address that writes.
    pub fn address(&self) -> String {
        self.from.email.to_string()
    }

    /// Sends something to an address. Sent again it has the same identifier, by which mail programs know it.
    pub(super) async fn send(&self, to: &str, told: &Told, public_url: &str) -> Result<(), AlertTrouble> {
        let address: Address = to.parse().map_err(|_no_address| for_good("the address is none"))?;
        let host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
        let host: String =
            host.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
        let text = format!(
            "{}\n\n{public_url}{}\n\n-- \nYou get this because you asked Whereabouts for it.\n",
            told.notice.body, told.notice.link
        );
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(told.notice.title.as_str())
            .message_id(Some(format!("<{}@{host}>", told.id)))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(|_why| for_good("no mail can be made of it"))?;
        let sent = self.transport.send(message).await;
        sent.map(drop).map_err(|why| match why.status() {
            // What else the server says may name people.
            Some(code) if why.is_permanent() => for_good(format!("the mail server refused it: {code}")),
            Some(code) => for_now(format!("the mail server did not take it: {code}")),
            None => for_now("the mail server does not answer"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Mail;

    #[test]
    fn a_mail_server_is_written_as_a_url_and_never_repeated() {
        for url in [
            "smtp://localhost:2525",
            "smtps://me:geheim@mail.example.org",
            "smtp://mail.example.org:587",
            "smtp://mail.lan?tls=none",
        ] {
            assert!(Mail::read(url, "Where <where@example.org>").is_ok(), "{url}");
        }
        for url in [
            "",
            "mail.example.org",
            "http://me:geheim@mail.example.org",
            "smtp://me:geheim@/",
            "smtp://me:geheim@h?tls=maybe",
        ] {
            let why =
                Mail::read(url, "where@example.org").err().map(|why| why.to_string()).unwrap_or_default();
            assert!(why.contains("mail-url") && !why.contains("geheim"), "{url}: {why}");
        }
        assert!(Mail::read("smtp://localhost", "nobody").is_err());
    }
}
