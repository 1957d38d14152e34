//! The levels apps put behind the base topic.

/// The levels known to follow a base topic, in the spelling of the apps. Origin: both apps (`event` to `request`), third parties
/// (`lwt`), and trackers of the Recorder's family (`pico`).
pub const SUFFIXES: [&str; 13] = [
    "event",
    "waypoint",
    "waypoints",
    "info",
    "cmd",
    "dump",
    "status",
    "step",
    "steps",
    "beacon",
    "request",
    "lwt",
    "pico",
];

/// The `_type` that belongs to a suffix.
pub(super) fn kind_of(suffix: &str) -> Option<&'static str> {
    match suffix {
        "event" => Some("transition"),
        "waypoint" => Some("waypoint"),
        "waypoints" => Some("waypoints"),
        "info" => Some("card"),
        "cmd" => Some("cmd"),
        "dump" => Some("dump"),
        "status" => Some("status"),
        "step" | "steps" => Some("steps"),
        "beacon" => Some("beacon"),
        "request" => Some("request"),
        "lwt" => Some("lwt"),
        "pico" => Some("location"),
        _ => None,
    }
}
