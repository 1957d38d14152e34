//! From what the service knows of a device to what its page shows, and what an app's `status` means in sentences.

use crate::api::{Asked, DeviceReport, OwnPlace, RegionReceipt, Remark, What};
use domain::{DeviceId, Errand, Order, live::Snapshot};
use serde_json::{Map, Value};
use service::{PlaceOnPhone, RegionOnPhone};

/// The device of that name, of the friend of that name, among those the viewer sees; each also by its id.
pub fn device_called(seen: &Snapshot, friend: &str, device: &str) -> Option<DeviceId> {
    let whose = seen.friends.iter().find(|known| is_called(&known.friend.name, &known.friend.id, friend))?;
    let devices = whose.devices.iter().map(|known| &known.device);
    devices.into_iter().find(|known| is_called(&known.name, &known.id, device)).map(|known| known.id)
}

fn is_called(name: &domain::Name, id: &impl ToString, called: &str) -> bool {
    name.as_str() == called || id.to_string() == called
}

/// The page of a device.
pub fn report(known: service::DeviceReport) -> DeviceReport {
    DeviceReport {
        device: known.device.id,
        name: known.device.name.to_string(),
        owner: known.owner.id,
        owner_name: known.owner.name.to_string(),
        topic: known.topic,
        door: known.door,
        seen_at: known.seen_at,
        clock_wrong: known.clock_wrong,
        lost_at: known.lost_at,
        encrypts: known.encrypts,
        sealed: known.sealed,
        status: known.status.map(|(said, at)| (explained(&said), at)),
        regions: known.places.regions.into_iter().map(receipt).collect(),
        own_places: known.places.own.into_iter().map(own).collect(),
        listed_at: known.places.listed_at,
        orders: known.orders.into_iter().map(asked).collect(),
        mode: known.mode,
        expected: known.expected,
        measured: known.measured,
        troubles: known.troubles,
    }
}

fn receipt(known: RegionOnPhone) -> RegionReceipt {
    let service::RegionOnPhone { region, name, circle_m, receipt } = known;
    RegionReceipt { region, name, circle_m, receipt }
}

fn own(known: PlaceOnPhone) -> OwnPlace {
    OwnPlace { name: known.name, is_region: known.region.is_some() }
}

fn asked(order: Order) -> Asked {
    let what = match order.errand {
        Errand::Report => What::Position,
        Errand::Monitor(mode) => What::Mode(mode),
        Errand::Status => What::Status,
        Errand::Waypoints => What::Regions,
        Errand::Keep(places) => What::Keep(places.len()),
        Errand::Forget => What::Forget,
        Errand::Configure(settings) => {
            let settings: Map<String, Value> = serde_json::from_str(&settings).unwrap_or_default();
            What::Settings(
                settings.into_iter().map(|(name, _)| name).filter(|name| name != "_type").collect(),
            )
        }
    };
    Asked {
        id: order.id,
        what,
        made_at: order.made_at,
        expires_at: order.expires_at,
        delivered_at: order.delivered_at,
        settled: order.settled,
    }
}

/// What an app says of itself, in sentences: first what keeps the phone from reporting.
fn explained(said: &str) -> Vec<Remark> {
    let said: Map<String, Value> = serde_json::from_str(said).unwrap_or_default();
    let mut remarks = Vec::new();
    for (member, value) in said {
        match (member.as_str(), value) {
            ("_type" | "_id" | "topic", _) => {}
            ("android", Value::Object(android)) => remarks.extend(of_android(android)),
            ("iOS", Value::Object(ios)) => remarks.extend(of_ios(ios)),
            (_, value) => remarks.push(plainly(&member, &value)),
        }
    }
    remarks.sort_by_key(|remark| !remark.hinders);
    remarks
}

/// Android leaves out what is 0.
fn of_android(mut said: Map<String, Value>) -> Vec<Remark> {
    let mut number = |member: &str| {
        said.remove(member)
            .and_then(|value| value.as_i64().or_else(|| value.as_bool().map(i64::from)))
            .unwrap_or(0)
    };
    let location = number("loc");
    let access = match location {
        0 => fine("May know the position always and exactly."),
        -1 => hinders("May know the position always, but only roughly: allow the precise location."),
        -2 => hinders(
            "May know the position only while the app is open: allow the location \u{201c}all the time\u{201d}.",
        ),
        -3 => hinders(
            "May know the position only while the app is open, and only roughly: allow the precise location \u{201c}all the time\u{201d}.",
        ),
        -4 => hinders("May not know the position at all: allow the location \u{201c}all the time\u{201d}."),
        other => plainly("loc", &Value::from(other)),
    };
    let mut remarks = vec![
        access,
        either(
            number("ps") == 0,
            "The phone does not save power.",
            "The phone saves power, and lets the app report less: switch power saving off.",
        ),
        either(
            number("bo") == 0,
            "The system lets the app run in the background.",
            "The system puts the app to sleep to spare the battery: take it out of the battery optimisation.",
        ),
        either(
            number("hib") == 0,
            "The system does not take rights away from the app.",
            "The system takes rights away from the app when nobody opens it: switch off \u{201c}pause app activity if unused\u{201d}.",
        ),
        fine(if number("wifi") == 0 {
            "Wi-Fi is off; with it positions are found faster and cost less."
        } else {
            "Wi-Fi is on, which helps to find the position."
        }),
    ];
    let version = number("version");
    if version != 0 {
        let flavour = match said.remove("flavour").as_ref().and_then(Value::as_str) {
            Some("gms") => ", with Google\u{2019}s services".to_owned(),
            Some("oss") => ", without Google\u{2019}s services".to_owned(),
            Some(other) => format!(", {other}"),
            None => String::new(),
        };
        remarks.push(fine(format!("OwnTracks for Android, build {version}{flavour}.")));
    }
    remarks.extend(said.iter().map(|(member, value)| plainly(member, value)));
    remarks
}

fn of_ios(mut said: Map<String, Value>) -> Vec<Remark> {
    let mut text = |member: &str| said.remove(member).and_then(|value| value.as_str().map(str::to_owned));
    let mut remarks = Vec::new();
    if let Some(status) = text("locationManagerAuthorizationStatus") {
        remarks.push(match status.trim_start_matches("kCLAuthorizationStatus") {
            "AuthorizedAlways" => fine("May know the position always."),
            "AuthorizedWhenInUse" => {
                hinders("May know the position only while the app is open: choose \u{201c}Always\u{201d} under Location.")
            }
            "Denied" => hinders("May not know the position: choose \u{201c}Always\u{201d} under Location."),
            "Restricted" => hinders("May not know the position: a restriction of this phone, such as Screen Time, forbids it."),
            "NotDetermined" => hinders("Nobody has allowed the position yet: open the app and choose \u{201c}Always\u{201d}."),
            other => plainly("location authorization", &Value::from(other)),
        });
    }
    if let Some(status) = text("backgroundRefreshStatus") {
        remarks.push(match status.trim_start_matches("UIBackgroundRefreshStatus") {
            "Available" => fine("May refresh in the background."),
            "Denied" => {
                hinders("May not refresh in the background: switch Background App Refresh on for OwnTracks.")
            }
            "Restricted" => {
                hinders("May not refresh in the background: a restriction of this phone forbids it.")
            }
            other => plainly("background refresh", &Value::from(other)),
        });
    }
    if let Some(version) = text("version") {
        let on =
            ["deviceModel", "deviceSystemName", "deviceSystemVersion"].map(&mut text).into_iter().flatten();
        let on = on.collect::<Vec<_>>().join(" ");
        let on = if on.is_empty() { on } else { format!(" on {on}") };
        remarks.push(fine(format!("OwnTracks {version}{on}.")));
    }
    // Tells one phone from all others, and nobody anything.
    said.remove("deviceIdentifierForVendor");
    remarks.extend(said.iter().map(|(member, value)| plainly(member, value)));
    remarks
}

fn fine(text: impl Into<String>) -> Remark {
    Remark { hinders: false, text: text.into() }
}

fn hinders(text: impl Into<String>) -> Remark {
    Remark { hinders: true, text: text.into() }
}

fn either(is_fine: bool, good: &str, bad: &str) -> Remark {
    if is_fine { fine(good) } else { hinders(bad) }
}

/// What nobody has explained to us yet.
fn plainly(member: &str, value: &Value) -> Remark {
    let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fine(format!("{member}: {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn first(said: &str) -> (bool, String) {
        explained(said).into_iter().next().map(|remark| (remark.hinders, remark.text)).unwrap_or_default()
    }

    #[rstest]
    #[case(r#"{"_type":"status","android":{}}"#, false, "May know the position always and exactly.")]
    #[case(r#"{"android":{"loc":-2}}"#, true, "May know the position only while the app is open")]
    #[case(r#"{"android":{"loc":-4}}"#, true, "May not know the position at all")]
    #[case(r#"{"android":{"ps":1}}"#, true, "The phone saves power")]
    #[case(r#"{"android":{"bo":true}}"#, true, "The system puts the app to sleep")]
    #[case(r#"{"android":{"hib":1}}"#, true, "The system takes rights away")]
    #[case(
        r#"{"iOS":{"backgroundRefreshStatus":"UIBackgroundRefreshStatusDenied"}}"#,
        true,
        "May not refresh"
    )]
    #[case(
        r#"{"iOS":{"locationManagerAuthorizationStatus":"kCLAuthorizationStatusAuthorizedWhenInUse"}}"#,
        true,
        "May know the position only while"
    )]
    #[case(
        r#"{"iOS":{"locationManagerAuthorizationStatus":"kCLAuthorizationStatusAuthorizedAlways"}}"#,
        false,
        "May know the position always."
    )]
    #[case("not JSON", false, "")]
    fn what_an_app_says_is_said_in_sentences_the_worst_first(
        #[case] said: &str,
        #[case] bad: bool,
        #[case] begins: &str,
    ) {
        let (hinders, text) = first(said);
        assert!(text.starts_with(begins), "{text}");
        assert_eq!(hinders, bad);
    }

    #[test]
    fn an_iphone_says_which_it_is_but_not_its_number_and_the_unknown_is_listed() {
        let said = r#"{"_type":"status","iOS":{"version":"26.3.1","deviceModel":"iPhone","deviceSystemName":"iOS",
            "deviceSystemVersion":"26.1","deviceIdentifierForVendor":"A-1","noMap":1},"more":"to come"}"#;
        let texts: Vec<String> = explained(said).into_iter().map(|remark| remark.text).collect();
        assert!(texts.contains(&"OwnTracks 26.3.1 on iPhone iOS 26.1.".to_owned()), "{texts:?}");
        assert!(
            texts.contains(&"noMap: 1".to_owned()) && texts.contains(&"more: to come".to_owned()),
            "{texts:?}"
        );
        assert!(!texts.iter().any(|text| text.contains("A-1")), "{texts:?}");
    }
}
