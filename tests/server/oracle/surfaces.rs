//! Every way out of the server, in one table: what is not in it fails a test below.

use crate::support::Home;
use std::{collections::BTreeSet, fs, path::Path};

/// How a surface is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Asked for.
    Get,
    /// Asked by a form with these fields.
    Form(&'static str),
    /// Listened to while things happen.
    Line,
}

/// A way out of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surface {
    pub(crate) way: Way,
    /// Where; what has a name in braces is asked for every friend who reports. Or what it is called.
    pub(crate) path: &'static str,
    /// Whether admins see there when messages came, of whomever they are: that, and nothing else of them.
    pub(crate) raw: bool,
}

const fn get(path: &'static str) -> Surface {
    Surface { way: Way::Get, path, raw: false }
}

const fn raw(path: &'static str) -> Surface {
    Surface { way: Way::Get, path, raw: true }
}

const fn form(path: &'static str, fields: &'static str) -> Surface {
    Surface { way: Way::Form(fields), path, raw: false }
}

const fn line(path: &'static str) -> Surface {
    Surface { way: Way::Line, path, raw: false }
}

pub(crate) const COMES: Surface = line("MQTT as it comes");
pub(crate) const RETAINED: Surface = line("MQTT retained");
pub(crate) const POSTED: Surface = line("HTTP mode");
pub(crate) const OUTLET: Surface = line("an outlet");
pub(crate) const LIVE: Surface = line("/api/live");
pub(crate) const EVENTS: Surface = line("/api/v1/events");
pub(crate) const CONSOLE: Surface = Surface { raw: true, ..line("/api/console_live") };

/// All there are.
pub(crate) const SURFACES: &[Surface] = &[
    // What is listened to.
    COMES,
    RETAINED,
    POSTED,
    OUTLET,
    LIVE,
    EVENTS,
    CONSOLE,
    // Pages.
    get("/"),
    get("/history"),
    get("/history?friend={id}"),
    get("/history/time"),
    get("/history/time?friend={id}"),
    get("/history/presence"),
    get("/regions"),
    get("/regions?edit={nest}"),
    get("/friends"),
    get("/friends/{id}/card"),
    get("/friends/{id}/regions/{nest}"),
    get("/friends/{id}/regions/{county}"),
    get("/friends/{id}/privacy"),
    get("/friends/{id}/privacy/data"),
    get("/privacy/data"),
    get("/privacy/log"),
    get("/friends/{id}/log"),
    get("/admin/self-test"),
    get("/phone/{name}"),
    get("/friends/{id}/{device}"),
    get("/friends/{name}/phone"),
    get("/privacy"),
    get("/messages"),
    get("/messages?with={id}"),
    get("/messages?places"),
    get("/messages?find=a"),
    get("/messages?new&to=friend-{id}"),
    get("/messages?new&to=here"),
    get("/messages?new&to=around"),
    get("/messages?new&to=region&region={nest}"),
    get("/sensors"),
    get("/sensors/{name}"),
    get("/settings"),
    raw("/admin"),
    raw("/admin/broker"),
    raw("/admin/console"),
    get("/admin/outlets"),
    get("/admin/audit"),
    get("/admin/invitations"),
    get("/admin/server"),
    // What pages ask.
    get("/api/me"),
    get("/api/latest"),
    get("/api/transitions"),
    get("/api/transitions?friend={id}"),
    get("/api/time_spent"),
    get("/api/time_spent?friend={id}"),
    get("/api/presence_at"),
    get("/api/presence_at?at={clock}&zone=UTC"),
    get("/api/why?friend={id}&region={nest}"),
    get("/api/why?friend={id}&region={county}"),
    get("/api/privacy?friend={id}"),
    get("/api/visibility"),
    get("/api/privacy_preview?friend={id}&party={ben}&eyes={ben}&terms[level]=precise&terms[since]=all"),
    raw("/api/messages?only_trouble=false"),
    raw("/api/messages?only_trouble=true"),
    raw("/api/console?topic=&kind="),
    raw("/api/console?topic=owntracks/{name}/%23&kind="),
    get("/api/device_report?friend={id}&device={device}"),
    get("/api/device_report?friend={name}&device=phone"),
    get("/api/phone_card?device={device}"),
    get("/api/offered_places"),
    get("/api/phones_of_region?region={nest}"),
    get("/api/region_cautions?id={nest}"),
    get("/api/region_versions?id={nest}"),
    get("/api/tracks?lat={lat}&lon={lon}&reach_m=30000&days=30"),
    form("/api/look_back", "shape=circle&lat={lat}&lon={lon}&radius_m=100&points=&pace=&days=30&friend={id}"),
    form("/api/usual_accuracy", "shape=circle&lat={lat}&lon={lon}&radius_m=100&points="),
    get("/api/chat_threads?find="),
    get("/api/chat_threads?find=a"),
    get("/api/chat_thread?thread=friend-{id}"),
    get("/api/chat_thread?thread=places"),
    get("/api/chat_reach?to=friend-{id}"),
    get("/api/chat_reach?to=here"),
    get("/api/chat_reach?to=around"),
    get("/api/chat_reach?to=region&region={nest}"),
    get("/api/chat_new"),
    get("/api/stored?friend={id}"),
    form("/api/phone_page", "token={name}"),
    form("/api/phone_arrival", "token={name}"),
    get("/api/link_card?id={device}"),
    get("/api/device_links"),
    get("/api/self_test"),
    get("/api/sensors"),
    get("/api/observations?sensor={name}"),
    raw("/api/broker_report"),
    get("/api/outlets"),
    get("/api/audit?actor=&act="),
    get("/api/audit_of_me"),
    get("/api/diary?friend={id}"),
    get("/api/sessions"),
    get("/api/tokens?all=true"),
    get("/api/identity"),
    get("/api/invitations"),
    get("/api/server_admins"),
    form("/api/welcome", "token=made-up"),
    // The JSON interface.
    get("/api/v1/friends"),
    get("/api/v1/friends/{id}/sharing"),
    get("/api/v1/friends/{id}/bots"),
    get("/api/v1/bots"),
    get("/api/v1/events/next"),
    get("/api/v1/friends/{id}/face"),
    get("/api/v1/friends/{id}/looks"),
    get("/api/v1/friends/{id}/log"),
    get("/api/v1/friends/{id}/stored"),
    get("/api/v1/friends/{id}/stored.jsonl"),
    get("/api/v1/device-links"),
    get("/api/v1/self-test"),
    get("/api/v1/friends/{id}/regions/{nest}/why"),
    get("/api/v1/friends/{id}/regions/{county}/why"),
    get("/api/v1/presence"),
    get("/api/v1/messages"),
    get("/api/v1/messages?friend={name}"),
    get("/api/v1/messages/new"),
    get("/api/v1/threads"),
    get("/api/v1/blocks"),
    get("/api/v1/around"),
    get("/api/v1/here"),
    get("/api/v1/friends/{id}/range"),
    get("/api/v1/presence?at={then}"),
    get("/api/v1/presence?at={past}"),
    get("/api/v1/transitions"),
    get("/api/v1/transitions?superseded=include&limit=3"),
    get("/api/v1/transitions?friend={name}&limit=1"),
    get("/api/v1/transitions.csv"),
    get("/api/v1/transitions.json?superseded=include"),
    get("/api/v1/fixes?friend={name}"),
    get("/api/v1/fixes?friend={name}&device=phone&limit=1"),
    get("/api/v1/regions"),
    get("/api/v1/regions.geojson"),
    get("/api/v1/regions.otrw"),
    get("/api/v1/regions/{nest}"),
    get("/api/v1/regions/{nest}/phones"),
    get("/api/v1/regions/{nest}/versions"),
    get("/api/v1/regions/tracks?lat={lat}&lon={lon}&reach_m=30000"),
    get("/api/v1/places"),
    get("/api/v1/devices/{device}/places"),
    get("/api/v1/devices/{device}/orders"),
    get("/api/v1/sensors"),
    get("/api/v1/observations?sensor={name}"),
    get("/api/v1/audit"),
    get("/alerts"),
    get("/alerts?new"),
    get("/api/alerts_shown"),
    get("/groups"),
    get("/api/groups"),
    get("/api/members?group=Family&find="),
    get("/api/v1/sessions"),
    get("/api/v1/tokens"),
    get("/api/v1/invitations"),
    get("/api/v1/groups"),
    get("/api/v1/group-invitations"),
    get("/api/v1/server-admins"),
    get("/api/v1/alert-rules"),
    get("/api/v1/alerts"),
    get("/api/v1/alerts?limit=500"),
    get("/api/v1/watchers"),
    get("/api/v1/alert-channels"),
    get("/admin/storage"),
    get("/api/storage"),
    get("/api/v1/retention"),
    get("/api/v1/friends/{id}/retention"),
    // What machines ask.
    get("/metrics"),
    get("/healthz"),
    get("/readyz"),
    get("/self-test"),
];

/// Pages on which nobody is signed in.
const BEFORE_SIGNING_IN: [&str; 3] = ["/sign-in", "/set-up", "/invitation"];
/// What pages send that changes something, and answers with that alone.
const ACTS: [&str; 4] = ["/api/add_device", "/api/publish_message", "/api/save_region", "/api/give_order"];

/// A path without what stands in for names in it.
fn plain(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    let part = |part: &str| if part.starts_with(['{', ':']) { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn table() -> BTreeSet<String> {
    SURFACES.iter().map(|surface| plain(surface.path)).collect()
}

/// What stands between one text and another, wherever it does.
fn between<'t>(text: &'t str, before: &'t str, after: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(before).skip(1).filter_map(move |rest| rest.split(after).next())
}

fn source(file: impl AsRef<Path>) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("is there")
}

#[tokio::test]
async fn every_question_of_the_json_interface_is_a_surface() {
    let home = Home::new();
    let server = home.serve().await;
    let document = server.get("/api/v1/openapi.json").send().await.json();
    let paths = document["paths"].as_object().expect("has paths");
    let questions = paths.iter().filter(|(_, methods)| methods.get("get").is_some());
    let missing: Vec<&String> =
        questions.map(|(path, _)| path).filter(|path| !table().contains(&plain(path))).collect();
    assert!(missing.is_empty(), "add these to SURFACES: {missing:?}");

    let routes = source("src/http/api.rs");
    let answered: BTreeSet<String> = between(&routes, ".route(\"", "\"").map(plain).collect();
    let described: BTreeSet<String> = paths.keys().map(|path| plain(&path.replace("/api/v1", ""))).collect();
    let undescribed: Vec<&String> =
        answered.difference(&described).filter(|path| *path != "/openapi.json").collect();
    assert!(undescribed.is_empty(), "describe these, so that they are seen here: {undescribed:?}");
}

#[test]
fn every_page_and_what_it_asks_is_a_surface() {
    let pages = source("app/src/app.rs");
    let mut needed: Vec<String> = between(&pages, "path!(\"", "\"").map(plain).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("app/src/api");
    for file in fs::read_dir(folder).expect("is there") {
        let asked = source(file.expect("can be listed").path());
        for function in between(&asked, "endpoint = \"", "\n}") {
            let name = function.split('"').next().expect("has a name");
            if !function.contains("-> Result<(), ApiError>") {
                needed.push(format!("/api/{name}"));
            }
        }
    }
    assert!(needed.len() > 40, "they are found at all: {needed:?}");
    let known = table();
    let is_missing = |path: &&String| {
        !known.contains(*path)
            && !BEFORE_SIGNING_IN.contains(&path.as_str())
            && !ACTS.contains(&path.as_str())
    };
    let missing: Vec<&String> = needed.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "add these to SURFACES: {missing:?}");
}
