//! What is wrong with a new phone, and what to do, in plain words. Pure.

use domain::arrival::Trouble;

/// What is wrong, and what to do about it.
pub fn words(trouble: &Trouble) -> (String, &'static str) {
    match trouble {
        Trouble::Password { count: 1, .. } => {
            ("Somebody tried this user name with a wrong password.".to_owned(), PASSWORD)
        }
        Trouble::Password { count, .. } => {
            (format!("This user name was tried {count} times with a wrong password."), PASSWORD)
        }
        Trouble::Topic { .. } => (
            "The phone publishes on a topic that is not its own, so nothing of that is believed.".to_owned(),
            "In the app, set the topic (\u{201c}pubTopicBase\u{201d}) to the one below, or leave it empty.",
        ),
        Trouble::Sealed => (
            "What the phone sends is encrypted, and there is no key here that fits.".to_owned(),
            "In the app, empty the encryption key; or tell an admin the key, who types it on the page of this phone.",
        ),
        Trouble::Unreadable => (
            "The last message could not be understood.".to_owned(),
            "Update the app from the store. If it stays so, an admin sees in the message log what came.",
        ),
        Trouble::NoPosition { words } => (
            format!(
                "The phone is connected, but has only sent {} so far, and no position.",
                words.join(", ")
            ),
            "Allow the location \u{201c}Always\u{201d} and precisely, set the mode to \u{201c}significant\u{201d} or \u{201c}move\u{201d}, and press the button in the app that sends the position.",
        ),
        Trouble::ClockWrong => (
            "The phone\u{2019}s clock is wrong by so much that nobody knows when a position was taken."
                .to_owned(),
            "In the phone\u{2019}s settings, let the date and time be set automatically.",
        ),
        Trouble::ClockAhead { by_s } => (
            format!("The phone\u{2019}s clock is {} ahead.", span(u64::from(*by_s))),
            "In the phone\u{2019}s settings, let the date and time be set automatically.",
        ),
        Trouble::Old { by_min } => (
            format!("The newest position was {} old already when it came.", span(u64::from(*by_min) * 60)),
            "The phone had no newer one, or could not send it: go near a window, and take the app out of the battery saving.",
        ),
        Trouble::NoTid => (
            "The phone sends no \u{201c}tid\u{201d}, the two letters by which other phones know it."
                .to_owned(),
            "In the app, set the tracker ID to two letters of your own. The map here does without.",
        ),
        Trouble::SeveralTids => (
            "Positions come with different \u{201c}tids\u{201d}: two phones or two apps use this password."
                .to_owned(),
            "Sign the old one out: make a new set-up link, and use it on one phone alone.",
        ),
    }
}

const PASSWORD: &str = "Compare user name and password with those below, letter by letter: l, o, 0 and 1 are never in it. An old phone of that name may try, too.";

/// So many seconds as people say them.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let last = Timestamp::from_millis(0);
        assert!(words(&Trouble::Password { count: 3, last }).0.contains("3 times"));
        assert!(
            words(&Trouble::NoPosition { words: vec!["lwt".into(), "status".into()] })
                .0
                .contains("lwt, status")
        );
        assert!(words(&Trouble::ClockAhead { by_s: 600 }).0.contains("10 minutes ahead"));
        assert!(words(&Trouble::Old { by_min: 180 }).0.contains("3 hours old"));
    }
}
