//! Topics and templates: the collection's topics, and what must not confuse them.

mod fixture;

use fixture::by_id;
use owntracks::decode;
use owntracks::topic::{DEFAULT_DEVICE, Template, TemplateError, Topic, resolve};
use rstest::rstest;

fn template(text: &str) -> Template {
    Template::parse(text).expect("the template is well formed")
}

/// The reading of a vector's topic under these templates, with the type of its payload.
fn reading(id: &str, templates: &[&str]) -> Option<Topic> {
    let fixture = by_id(id);
    let templates: Vec<Template> = templates.iter().map(|text| template(text)).collect();
    let messages = decode(&fixture.payload);
    let kind =
        messages.first().and_then(|message| message.as_ref().ok()).map_or("", |message| message.kind());
    resolve(&templates, &fixture.topic, kind)
}

const PLAIN: &str = "owntracks/{user}/{device}";

#[rstest]
#[case::group("p152", "owntracks/{group}/{user}/{device}", "anna", "phone")]
#[case::leading_slash("p153", "/owntracks/{user}/{device}", "jane", "phone")]
#[case::device_named_like_a_suffix("p155", PLAIN, "jane", "event")]
#[case::dots("p156", PLAIN, "..", "etc")]
#[case::unicode("p157", PLAIN, "Jürgen Müller", "Pixel 8 📱")]
#[case::upper_case("p158", PLAIN, "JANE", "Phone")]
#[case::name_and_suffix("p162", PLAIN, "jane", "info")]
#[case::no_device("p163", "owntracks/{group}/{user}", "person", DEFAULT_DEVICE)]
#[case::event("p063", PLAIN, "ce", "phone")]
fn a_topic_that_fits_names_user_and_device_as_spelt(
    #[case] id: &str,
    #[case] template: &str,
    #[case] user: &str,
    #[case] device: &str,
) {
    let topic = reading(id, &[template]).expect("the template fits");
    assert_eq!((topic.user.as_str(), topic.device.as_str()), (user, device));
}

#[rstest]
#[case::four_levels("p152")]
#[case::leading_slash("p153")]
#[case::too_short("p154")]
#[case::empty_user("p159")]
#[case::legacy_branch("p160")]
#[case::unknown_suffix("p161")]
fn a_topic_that_does_not_fit_is_nobodys(#[case] id: &str) {
    assert_eq!(reading(id, &[PLAIN]), None);
}

#[test]
fn a_base_is_spelt_as_received_and_has_no_suffix() {
    let topic = template("owntracks/{group}/{user}/{device}").matches("OwnTracks/Fam/Jane/Phone/waypoints");
    let expected = Topic {
        base: "OwnTracks/Fam/Jane/Phone".to_owned(),
        group: Some("Fam".to_owned()),
        user: "Jane".to_owned(),
        device: "Phone".to_owned(),
        suffix: Some("waypoints".to_owned()),
    };
    assert_eq!(topic, Some(expected));
}

#[rstest]
#[case("")]
#[case("/")]
#[case("owntracks")]
#[case("owntracks/jane/phone/")]
#[case("owntracks/jane/phone/event/event")]
#[case("owntracks/jane/phone/EVENT")]
#[case("owntracks/jane//event")]
#[case("other/jane/phone")]
#[case("owntracks/ja+ne/phone")]
#[case("owntracks/jane/#")]
#[case("owntracks/jane/pho\0ne")]
#[case("$SYS/jane/phone")]
fn odd_topics_fit_nothing(#[case] topic: &str) {
    assert_eq!(template(PLAIN).matches(topic), None);
}

#[test]
fn the_brokers_own_topics_fit_not_even_a_template_of_placeholders() {
    let anything = template("{group}/{user}/{device}");
    assert_eq!(anything.matches("$SYS/broker/uptime"), None);
    assert!(anything.matches("SYS/broker/uptime").is_some());
}

#[test]
fn a_topic_longer_than_mqtt_allows_fits_nothing() {
    let name = |length| format!("owntracks/jane/{}", "x".repeat(length));
    assert!(template(PLAIN).matches(&name(65_000)).is_some());
    assert_eq!(template(PLAIN).matches(&name(65_535)), None);
    assert_eq!(template(PLAIN).base("jane", &"x".repeat(65_535)), Err(TemplateError::TooLong));
}

#[rstest]
#[case("owntracks//{user}", TemplateError::EmptyLevel)]
#[case("owntracks/{user}/", TemplateError::EmptyLevel)]
#[case("", TemplateError::PlaceholderCount)]
#[case("owntracks/{device}", TemplateError::PlaceholderCount)]
#[case("{user}/{user}", TemplateError::PlaceholderCount)]
#[case("{user}/{device}/{device}", TemplateError::PlaceholderCount)]
#[case("{user}/{group}/{group}", TemplateError::PlaceholderCount)]
#[case("owntracks/{name}", TemplateError::UnknownPlaceholder)]
#[case("owntracks/x{user}", TemplateError::UnknownPlaceholder)]
#[case("owntracks/#/{user}", TemplateError::ForbiddenCharacter)]
#[case("+/{user}", TemplateError::ForbiddenCharacter)]
fn a_wrong_template_is_refused(#[case] text: &str, #[case] error: TemplateError) {
    assert_eq!(Template::parse(text), Err(error));
}

#[rstest]
#[case("owntracks/{user}/{device}", Ok("owntracks/jane/phone"))]
#[case("/a/{user}", Ok("/a/jane"))]
#[case("a/{group}/{user}", Err(TemplateError::GroupNeeded))]
fn a_base_is_made_from_names(#[case] text: &str, #[case] base: Result<&str, TemplateError>) {
    assert_eq!(template(text).base("jane", "phone"), base.map(str::to_owned));
}

#[test]
fn names_that_cannot_be_a_level_make_no_base() {
    for (user, error) in [
        ("", TemplateError::BadName),
        ("a/b", TemplateError::BadName),
        ("a+", TemplateError::ForbiddenCharacter),
        ("\0", TemplateError::ForbiddenCharacter),
    ] {
        assert_eq!(template(PLAIN).base(user, "phone"), Err(error), "{user:?}");
    }
    let grouped = template("owntracks/{group}/{user}");
    assert_eq!(grouped.base_in("fam", "jane", "ignored"), Ok("owntracks/fam/jane".to_owned()));
    assert_eq!(grouped.base_in("", "jane", "ignored"), Err(TemplateError::BadName));
}
