//! Where the pages of a friend, of a device and of a sensor are: by their names, which can be read and kept, or by their ids where a name would
//! not come through an address unharmed.

use domain::{DeviceId, FriendId, Name, RegionId, SensorId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The page of a device.
pub fn device_path(friend: (&Name, FriendId), device: (&Name, DeviceId)) -> String {
    format!("/friends/{}/{}", part(friend.0, friend.1), part(device.0, device.1))
}

/// The page on which an admin changes how a friend is shown.
pub fn card_path(friend: (&Name, FriendId)) -> String {
    format!("/friends/{}/card", part(friend.0, friend.1))
}

/// The page that says why a friend is thought to be in a region.
pub fn why_path(friend: (&Name, FriendId), region: RegionId) -> String {
    format!("/friends/{}/regions/{region}", part(friend.0, friend.1))
}

/// The page on which an admin says for who cannot sign in what others see of them.
pub fn privacy_path(friend: (&Name, FriendId)) -> String {
    format!("/friends/{}/privacy", part(friend.0, friend.1))
}

/// The page on which an admin sees what happened to a friend whom they look after.
pub fn log_path(friend: (&Name, FriendId)) -> String {
    format!("/friends/{}/log", part(friend.0, friend.1))
}

/// The page of a sensor.
pub fn sensor_path(sensor: (&Name, SensorId)) -> String {
    format!("/sensors/{}", part(sensor.0, sensor.1))
}

fn part(name: &Name, id: impl ToString) -> String {
    let text = name.as_str();
    // Browsers take `.` and `..` for steps, whatever they are written as; `card`, `log` and `privacy` are pages of a friend.
    let is_step = text.chars().all(|c| c == '.');
    let is_plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '\''));
    if is_plain && !is_step && !matches!(text, "card" | "log" | "privacy") {
        utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
    } else {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{device_id, friend_id, name};

    #[test]
    fn a_page_is_found_by_names_and_where_they_would_not_come_through_by_ids() {
        let path = |friend: &str, device: &str| {
            device_path((&name(friend), friend_id(1)), (&name(device), device_id(2)))
        };
        assert_eq!(path("Zoë", "old phone"), "/friends/Zo%C3%AB/old%20phone");
        assert_eq!(path("tom-2", "card"), format!("/friends/tom%2D2/{}", device_id(2)));
        assert_eq!(path("tom-2", "privacy"), format!("/friends/tom%2D2/{}", device_id(2)));
        assert_eq!(path("tom-2", "log"), format!("/friends/tom%2D2/{}", device_id(2)));
        assert_eq!(path("..", "100%"), format!("/friends/{}/{}", friend_id(1), device_id(2)));
        assert_eq!(card_path((&name("tom"), friend_id(1))), "/friends/tom/card");
    }
}
