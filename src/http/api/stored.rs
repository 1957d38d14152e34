//! `/friends/{friend}/stored`: what is stored of a friend, all of it as a file, and deleting it. Everybody for themselves; an admin for who
//! cannot sign in.

use super::{Caller, moment, query, sharing::owner};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Body,
    extract::{Path, Query, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use domain::{Erased, Span, Stored, Timestamp};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use service::{Erasing, StoredReport};
use std::{collections::BTreeMap, io};
use utoipa::{IntoParams, ToSchema};

/// What is stored of a friend.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredView {
    /// Of whom, by name.
    friend: String,
    /// How much of each kind.
    stored: Vec<HoldingView>,
    /// Where the same may be besides, a sentence each.
    beyond: Vec<String>,
}

/// How much is stored of a kind.
#[derive(Serialize, ToSchema)]
struct HoldingView {
    /// `messages`, `positions`, `claims`, `history`, `judgements`, `places`, `retained`, `card`, `orders`, `outgoing`, `told` or `alerting`.
    what: &'static str,
    /// How many.
    count: u64,
    /// Of which time the oldest is, RFC 3339.
    oldest: Option<String>,
    /// And the newest.
    newest: Option<String>,
    /// About how much room that takes.
    bytes: u64,
}

/// What was deleted.
#[derive(Serialize, ToSchema)]
pub(super) struct ErasedView {
    /// When, RFC 3339.
    at: String,
    /// How many of each kind; kinds of which there was nothing are left out.
    removed: BTreeMap<&'static str, u64>,
    /// Whether nothing of it is left in the files of the database. If somebody was just reading, that takes some seconds more.
    scrubbed: bool,
    /// Where the same may still be, a sentence each.
    beyond: Vec<String>,
}

/// What is to be deleted: a time, or all.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// The first moment of the time, RFC 3339.
    from: Option<String>,
    /// The first moment after it, RFC 3339.
    to: Option<String>,
    /// `true`: everything.
    all: Option<String>,
}

/// What is stored of a friend. `friend` is a name, an identifier, or `me`.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/stored", params(("friend" = String, Path)),
    responses((status = 200, body = StoredView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn of(caller: Caller, Path(friend): Path<String>) -> Result<Json<StoredView>, Problem> {
    let friend = owner(&caller, &friend)?;
    let report = caller.site.service.stored(&caller.viewer, friend.id).await?;
    let StoredReport { stored, beyond, may_have_file: _, erased: _ } = report;
    let view = |Stored { what, count, oldest, newest, bytes }: Stored| HoldingView {
        what: what.as_str(),
        count,
        oldest: oldest.map(|at| at.to_string()),
        newest: newest.map(|at| at.to_string()),
        bytes,
    };
    Ok(Json(StoredView {
        friend: friend.name.to_string(),
        stored: stored.into_iter().map(view).collect(),
        beyond,
    }))
}

/// Everything that is stored of a friend, one line of JSON for each thing; `type` says what it is.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/stored.jsonl", params(("friend" = String, Path)),
    responses((status = 200, body = String, content_type = "application/jsonl"), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn file(caller: Caller, Path(friend): Path<String>) -> Result<Response, Problem> {
    let friend = owner(&caller, &friend)?;
    let mut parts = Box::pin(caller.site.service.everything_of(&caller.viewer, friend.id)?);
    let first = parts.next().await.transpose()?;
    // A file that ends too early must not look whole: the connection is cut.
    let rest = parts.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a file of stored data ends too early");
        io::Error::other(error)
    });
    let body = stream::iter(first.map(Ok)).chain(rest).map_ok(|lines| {
        let mut text = String::new();
        for line in lines {
            text.push_str(&line.to_string());
            text.push('\n');
        }
        text
    });
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"whereabouts.jsonl\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Deletes what is stored of a friend, at once and for good: of a time, or with `all=true` everything.
#[utoipa::path(delete, path = "/api/v1/friends/{friend}/stored", params(("friend" = String, Path), Which),
    responses((status = 200, body = ErasedView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn erase(
    caller: Caller,
    Path(friend): Path<String>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<ErasedView>, Problem> {
    caller.may_change()?;
    let friend = owner(&caller, &friend)?;
    let Which { from, to, all } = query(which)?;
    let (from, to) = (moment("from", from.as_deref())?, moment("to", to.as_deref())?);
    let what = match (all.as_deref(), from, to) {
        (Some("true"), None, None) => Erasing::Everything,
        (None | Some("false"), Some(from), Some(to)) => Erasing::Time(Span { from, to }),
        // Since ever, or until now.
        (None | Some("false"), None, Some(to)) => Erasing::Time(Span { from: Timestamp::MIN, to }),
        (None | Some("false"), Some(_), None) => {
            return Err(Problem::invalid("to", "must be given together with from"));
        }
        (None | Some("false"), None, None) => {
            return Err(Problem::invalid(
                "all",
                "must be true to delete everything; else from and to must be given",
            ));
        }
        _ => return Err(Problem::invalid("all", "must be true or false, and true alone")),
    };
    let Erased { at, removed, scrubbed, beyond } =
        caller.site.service.erase(&caller.viewer, friend.id, what).await?;
    Ok(Json(ErasedView {
        at: at.to_string(),
        removed: removed.into_iter().map(|(what, count)| (what.as_str(), count)).collect(),
        scrubbed,
        beyond,
    }))
}
