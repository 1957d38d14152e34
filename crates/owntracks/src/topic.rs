//! Whose message it is: MQTT topics, and the templates that give their levels a meaning.
//!
//! A topic says who and which device; what the message is, `_type` says. Levels are plain texts: `..`, blanks and emoji are names
//! like others, so never use one as a file name, nor unescaped in HTML. Spelling is kept; compare users and devices without case.

mod suffix;
mod template;

pub use suffix::SUFFIXES;
pub use template::{Template, TemplateError};

use suffix::kind_of;

/// The device of a topic whose template has no `{device}` level.
pub const DEFAULT_DEVICE: &str = "default";

/// A topic that fits a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic {
    /// The topic of the device's locations, spelt as received; `base` + `/cmd` is where it listens for commands.
    pub base: String,
    /// The level at `{group}`, if the template has one.
    pub group: Option<String>,
    /// The level at `{user}`. Never empty.
    pub user: String,
    /// The level at `{device}`, else [`DEFAULT_DEVICE`]. Never empty.
    pub device: String,
    /// The level behind the base if there is one: one of [`SUFFIXES`].
    pub suffix: Option<String>,
}

/// The reading of a topic that fits best, or `None` when no template fits.
///
/// Several fit only when one level could be a name or a suffix (`owntracks/jane/phone/event` is either the events of Jane's
/// phone or a device called "event"). Then a suffix that agrees with the message's `kind` ([`crate::Message::kind`]) wins, next
/// the reading without a suffix, next the order of the templates. A ciphertext and an empty payload agree with every suffix.
pub fn resolve(templates: &[Template], topic: &str, kind: &str) -> Option<Topic> {
    let readings = templates.iter().filter_map(|template| template.matches(topic));
    readings.min_by_key(|reading| match reading.suffix.as_deref() {
        Some(suffix) if kind_of(suffix) == Some(kind) || matches!(kind, "encrypted" | "cleared") => 0,
        None => 1,
        Some(_) => 2,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn templates() -> Vec<Template> {
        ["owntracks/{user}/{device}", "owntracks/{group}/{user}/{device}"]
            .map(|template| Template::parse(template).expect("the template is well formed"))
            .to_vec()
    }

    #[rstest]
    #[case::suffix_agrees("owntracks/jane/phone/event", "transition", "phone", Some("event"))]
    #[case::device_called_event("owntracks/jane/phone/event", "location", "event", None)]
    #[case::too_short_for_a_suffix("owntracks/jane/event", "transition", "event", None)]
    #[case::ciphertext("owntracks/jane/phone/event", "encrypted", "phone", Some("event"))]
    #[case::group("owntracks/fam/jane/phone", "location", "phone", None)]
    #[case::both_names_and_suffix("owntracks/fam/jane/info/info", "card", "info", Some("info"))]
    fn the_type_decides_between_a_suffix_and_a_name(
        #[case] topic: &str,
        #[case] kind: &str,
        #[case] device: &str,
        #[case] suffix: Option<&str>,
    ) {
        let reading = resolve(&templates(), topic, kind).expect("a template fits");
        assert_eq!((reading.device.as_str(), reading.suffix.as_deref()), (device, suffix));
    }

    #[test]
    fn without_a_fitting_template_there_is_no_reading() {
        assert_eq!(resolve(&templates(), "owntracks/jane", "location"), None);
        assert_eq!(resolve(&[], "owntracks/jane/phone", "location"), None);
    }
}
