//! The console, for admins: messages as they are committed, and one to publish.

use super::ApiError;
use domain::{ConsoleLine, ConsoleNews};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::{
    BoxedStream, Websocket,
    codec::{GetUrl, JsonEncoding},
};

/// What a console wants to see; both may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleWish {
    /// A topic filter.
    pub topic: String,
    /// A `_type`.
    pub kind: String,
}

/// What came last, newest first.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins, [`ApiError::Invalid`] for `topic`.
#[server(name = AskConsole, prefix = "/api", endpoint = "console", input = GetUrl)]
pub async fn console(
    /// A topic filter.
    #[server(default)]
    topic: String,
    /// A `_type`.
    #[server(default)]
    kind: String,
) -> Result<Vec<ConsoleLine>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let filter = service::ConsoleFilter::parse(&topic, &kind).map_err(ssr::refused)?;
    cx.service().console(cx.viewer()?, &filter).await.map_err(ssr::refused)
}

/// What came last and then what comes, for as long as the page listens. The first thing that the page says is what it wants to see. Who
/// may not look is told so in the stream.
///
/// # Errors
/// When the server is not set up to answer at all.
#[server(protocol = Websocket<JsonEncoding, JsonEncoding>, endpoint = "console_live")]
pub async fn console_live(
    /// What the page says; the answer ends when this does.
    input: BoxedStream<ConsoleWish, ApiError>,
) -> Result<BoxedStream<ConsoleNews, ApiError>, ApiError> {
    use futures::{Stream, StreamExt as _, TryStreamExt as _, future::ready, stream};
    use service::Error;
    use std::pin::Pin;

    // Everything is taken out of the request here: while the stream lives there is no request any more.
    let cx = crate::ssr::cx()?;
    let session = cx.signed_in.map(|signed_in| signed_in.session);
    let mut input: Pin<Box<dyn Stream<Item = Result<ConsoleWish, ApiError>> + Send>> = input.into();
    let opened = async move {
        let viewer = cx.viewer.ok_or(Error::Unauthorised)?;
        let Some(Ok(wish)) = input.next().await else { return Err(Error::Stopping) };
        let filter = service::ConsoleFilter::parse(&wish.topic, &wish.kind)?;
        let news = cx.site.service.console_live(viewer, session, filter)?;
        Ok(news.take_until(input.for_each(|_| ready(()))))
    };
    Ok(stream::once(opened).try_flatten().map_err(crate::ssr::refused).into())
}

/// Publishes a message in the name of whoever is signed in, and says what became of it.
///
/// # Errors
/// [`ApiError::Invalid`] names the field and holds what was typed.
#[server(prefix = "/api", endpoint = "publish_message")]
pub async fn publish_message(
    /// Where.
    topic: String,
    /// What.
    #[server(default)]
    payload: String,
    /// How safely: 0, 1 or 2.
    #[server(default)]
    qos: String,
    /// Ticked for a message that the broker keeps.
    #[server(default)]
    retained: Option<String>,
    /// The query of the page to go back to.
    #[server(default)]
    back: String,
) -> Result<String, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let draft = service::PublishDraft {
        topic: topic.clone(),
        payload: payload.clone(),
        // What is no number is refused as no quality of service.
        qos: qos.parse().unwrap_or(u8::MAX),
        retained: retained.is_some(),
    };
    let done = cx.service().publish(cx.viewer()?, draft).await;
    // Without script this goes back in an address, and those are remembered: not what was to be said.
    let kept = [("topic", &*topic), ("qos", &*qos)];
    let verdict = done.map_err(|error| ssr::refused(error).keeping(kept))?;
    ssr::go(&format!("/admin/console?{back}&published"));
    Ok(verdict)
}
