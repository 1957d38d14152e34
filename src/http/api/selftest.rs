//! `/self-test`: the server as phones see it, and what to do.

use super::Caller;
use crate::http::problem::Problem;
use axum::Json;
use domain::{Check, SelfTest};
use serde::Serialize;
use utoipa::ToSchema;

/// What was found.
#[derive(Serialize, ToSchema)]
pub(super) struct SelfTestView {
    /// When, RFC 3339.
    at: String,
    /// The worst of all: `good`, `unknown`, `warning` or `bad`.
    health: &'static str,
    /// In the order in which things depend on each other.
    checks: Vec<CheckView>,
}

/// One thing that was looked at.
#[derive(Serialize, ToSchema)]
struct CheckView {
    /// A short name that stays: `https-names`.
    id: String,
    /// What it is about.
    name: String,
    /// `good`, `unknown`, `warning` or `bad`.
    health: &'static str,
    /// What was seen.
    seen: String,
    /// What to do; empty when there is nothing.
    advice: String,
}

impl From<SelfTest> for SelfTestView {
    fn from(found: SelfTest) -> Self {
        let view = |check: Check| CheckView {
            id: check.id,
            name: check.name,
            health: check.health.word(),
            seen: check.seen,
            advice: check.advice,
        };
        Self {
            at: found.at.to_string(),
            health: found.worst().word(),
            checks: found.checks.into_iter().map(view).collect(),
        }
    }
}

/// The server looks at itself as phones see it. For admins of the server; takes some seconds.
#[utoipa::path(get, path = "/api/v1/self-test",
    responses((status = 200, body = SelfTestView), (status = 403, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn look(caller: Caller) -> Result<Json<SelfTestView>, Problem> {
    Ok(Json(caller.site.service.self_test(&caller.viewer).await?.into()))
}
