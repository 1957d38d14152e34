//! Who may know whom (ARCHITECTURE.md), as a table that a machine can hold against the manifests.
//!
//! Looked at are direct dependencies, switched on or not, without those for tests: what a crate names itself.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::command;

/// A crate of ours, and what it may not depend on. A name that ends in `*` stands for all that begin like it.
const MAY_NOT_KNOW: &[(&str, &[&str])] = &[
    (
        "geodesy",
        &[
            "domain",
            "owntracks",
            "store",
            "service",
            "app",
            "jiff",
            "serde_json",
            "leptos*",
            "tokio*",
            "sqlx",
        ],
    ),
    (
        "owntracks",
        &[
            "geodesy", "domain", "store", "service", "app", "leptos*", "tokio*", "sqlx", "axum*", "rumqttc",
            "rmqtt",
        ],
    ),
    (
        "domain",
        &[
            "owntracks",
            "store",
            "service",
            "app",
            "serde_json",
            "leptos*",
            "tokio*",
            "sqlx",
            "axum*",
            "rumqttc",
            "rmqtt",
        ],
    ),
    (
        "judgement",
        &[
            "owntracks",
            "store",
            "schema",
            "service",
            "app",
            "leptos*",
            "tokio*",
            "sqlx",
            "axum*",
            "rmqtt",
            "rumqttc",
        ],
    ),
    ("schema", &["domain", "owntracks", "store", "service", "app", "leptos*", "axum*", "rumqttc", "rmqtt"]),
    (
        "dynamodb",
        &[
            "geodesy",
            "domain",
            "owntracks",
            "store",
            "schema",
            "service",
            "app",
            "leptos*",
            "sqlx",
            "axum*",
            "rumqttc",
            "rmqtt*",
        ],
    ),
    ("store", &["owntracks", "service", "app", "leptos*", "axum*", "rumqttc", "rmqtt"]),
    ("service", &["app", "sqlx", "schema", "leptos*", "axum*", "tower*", "rumqttc", "rmqtt*"]),
    ("app", &["store", "schema", "owntracks", "sqlx", "tokio*", "axum*", "rumqttc", "rmqtt*"]),
    (
        "frontend",
        &[
            "domain",
            "geodesy",
            "owntracks",
            "store",
            "schema",
            "service",
            "tokio*",
            "sqlx",
            "axum*",
            "leptos_axum",
        ],
    ),
];

/// What must never be part of what the browser downloads.
const NOT_IN_THE_BROWSER: &[&str] = &[
    "tokio",
    "sqlx*",
    "rumqttc",
    "rmqtt*",
    "axum",
    "hyper",
    "rustls",
    "store",
    "schema",
    "service",
    "whereabouts",
];

/// Holds every crate of the workspace against [`MAY_NOT_KNOW`].
pub(crate) fn check_direct() -> Result<()> {
    let metadata = command::output(&mut command::cargo_line("metadata --format-version 1 --no-deps"))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let packages =
        metadata.get("packages").and_then(Value::as_array).context("cargo metadata names no packages")?;
    let mut broken = Vec::new();
    for (room, forbidden) in MAY_NOT_KNOW {
        let package = packages.iter().find(|package| text(package, "name") == *room);
        let package = package.with_context(|| format!("the table has `{room}`, the workspace has not"))?;
        let dependencies = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        for dependency in dependencies.filter(|dependency| text(dependency, "kind") != "dev") {
            let name = text(dependency, "name");
            if matches(forbidden, name) {
                broken.push(format!("`{room}` may not know `{name}`"));
            }
        }
    }
    if !broken.is_empty() {
        bail!("{} (see ARCHITECTURE.md, and the table in xtask/src/rooms.rs)", broken.join("; "));
    }
    Ok(())
}

/// Looks through everything that is linked into the page, however indirectly.
pub(crate) fn check_bundle() -> Result<()> {
    for features in ["", "--no-default-features --features csr"] {
        let tree = command::output(&mut command::cargo_line(&format!(
            "tree --package frontend {features} --target wasm32-unknown-unknown --edges normal,no-proc-macro --prefix none --format {{p}}"
        )))?;
        let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
        ensure!(
            names.contains("leptos"),
            "`cargo tree` does not show leptos in the page: this check sees nothing"
        );
        let found: Vec<&str> = names.into_iter().filter(|name| matches(NOT_IN_THE_BROWSER, name)).collect();
        ensure!(found.is_empty(), "the page would carry {} to the browser", found.join(", "));
    }
    Ok(())
}

fn matches(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    })
}

/// A field of an object that holds text; absent and `null` are empty (a normal dependency's `kind` is `null`).
fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_the_rest_of_the_name() {
        assert!(matches(&["leptos*"], "leptos_axum"));
        assert!(matches(&["leptos*"], "leptos"));
        assert!(!matches(&["axum"], "axum-server"));
    }
}
