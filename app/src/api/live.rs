//! The live link: first everything, then what changes, for as long as the page listens.

use super::ApiError;
use domain::live::LiveMessage;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::{BoxedStream, Websocket, codec::JsonEncoding};

/// What a browser may say while it listens. There is nothing to say yet; its silence ending is what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookingAt;

/// Snapshot, deltas and heartbeats for whoever the cookie stands for. To somebody who is not signed in it
/// says so in the stream: an error before the stream would reach the browser as a bare "connection failed".
///
/// # Errors
/// When the server is not set up to answer at all.
#[server(protocol = Websocket<JsonEncoding, JsonEncoding>, endpoint = "live")]
pub async fn live(
    /// What the browser says; the answer ends when this does.
    input: BoxedStream<LookingAt, ApiError>,
) -> Result<BoxedStream<LiveMessage, ApiError>, ApiError> {
    use futures::{Stream, StreamExt as _, future::ready, stream};
    use std::pin::Pin;

    // Everything is taken out of the request here: while the stream lives there is no request any more.
    let cx = crate::ssr::cx()?;
    let Some(viewer) = cx.viewer else {
        return Ok(stream::once(ready(Err(ApiError::Unauthorised))).into());
    };
    let session = cx.signed_in.map(|signed_in| signed_in.session);
    let input: Pin<Box<dyn Stream<Item = Result<LookingAt, ApiError>> + Send>> = input.into();
    let departed = input.for_each(|_| ready(()));
    Ok(cx
        .site
        .service
        .live(viewer, session)
        .map(|message| message.map_err(crate::ssr::refused))
        .take_until(departed)
        .into())
}
