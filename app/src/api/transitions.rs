//! The history: who entered and left where, and when.

use super::{ApiError, Page};
use domain::Transition;
use leptos::server;
use server_fn::codec::GetUrl;

/// A part of the history, newest first. Filters come as they stand in the address and may be empty: ids of a friend and a
/// region, a day such as `2026-05-17`, and how far ahead of UTC that day is, in minutes.
///
/// # Errors
/// [`ApiError::Invalid`] names a filter that is none.
#[server(prefix = "/api", endpoint = "transitions", input = GetUrl)]
pub async fn transitions(
    /// A friend's id.
    #[server(default)]
    friend: String,
    /// A region's id.
    #[server(default)]
    region: String,
    /// A day.
    #[server(default)]
    day: String,
    /// How far ahead of UTC that day is, minutes.
    #[server(default)]
    zone: String,
    /// Where this part starts.
    cursor: Option<String>,
) -> Result<Page<Transition>, ApiError> {
    use crate::{draft::day_range, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let none =
        |field: &'static str| move |_no_id| ssr::answered(ApiError::invalid(field, "is not known here"));
    let no_day = || ssr::answered(ApiError::invalid("day", "is not a day like 2026-05-17"));
    let chosen = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let range = match chosen(&day) {
        Some(day) => Some(day_range(&day, &zone).ok_or_else(no_day)?),
        None => None,
    };
    let question = service::TransitionQuery {
        friend: chosen(&friend).map(|id| id.parse()).transpose().map_err(none("friend"))?,
        region: chosen(&region).map(|id| id.parse()).transpose().map_err(none("region"))?,
        from: range.map(|(from, _)| from),
        to: range.map(|(_, to)| to),
        belief: service::Belief::Held,
        limit: 50,
        cursor,
    };
    let page = cx.service().transitions(viewer, &question).await.map_err(ssr::refused)?;
    Ok(Page { items: page.items, next: page.next })
}
