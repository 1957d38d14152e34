//! Who is told that somebody came or went, when, and when not. Time is a value that each test moves by itself; what is told is told within a
//! second of the commit.

use crate::support::{AWAY, LAT, LON, PASSWORD, ROOT, Work, circle, it_is, minute, next, said, set_clock};
use domain::{
    Audience, Details, Friend, FriendId, Holding, Level, Party, RegionId, Role, RuleId, Schedule, Timestamp,
    Viewer,
    alert::{Alert, AlertState, Channel, Direction, Which},
    live::{Change, LiveMessage},
};
use service::{
    AlertAbilities, AlertTarget, AlertTask, AlertTrials, AlertTrouble, ChannelDraft, DeviceAccount, Erasing,
    Error, GrantDraft, Posted, RegionDraft, RuleDraft, Service,
};
use std::time::Duration;

/// Where alerts of the tests go.
const HOOK: &str = "https://hook.example.org/alerts";

/// A service at work with ann, who has a phone, with ben, the admin cid, and eve of another group.
struct House {
    work: Work,
    service: Service,
    ann: (Friend, Viewer),
    ben: Viewer,
    cid: Viewer,
    eve: Viewer,
    phone: DeviceAccount,
    home: RegionId,
    _trials: AlertTrials,
}

/// What the tests can send.
fn open(service: &Service) -> AlertTrials {
    service.open_outlets("key", Vec::new()).expect("is the first time");
    let abilities =
        AlertAbilities { mail: true, push_key: "key".to_owned(), allows: Box::new(|_any| Ok(())) };
    service.open_alerts(abilities).expect("is the first time")
}

impl House {
    async fn new() -> Self {
        let work = Work::new().await;
        let service = work.service.clone();
        let trials = open(&service);
        let ann = work.user(Some("Family"), "ann", Role::Friend).await;
        let (_, ben) = work.user(Some("Family"), "ben", Role::Friend).await;
        let (_, cid) = work.user(Some("Family"), "cid", Role::Admin).await;
        let (_, eve) = work.user(Some("Club"), "eve", Role::Admin).await;
        let phone = work.device(Some("Family"), "ann", "phone").await;
        let home = service.put_region(&cid, None, circle("Home", (LAT, LON), 100.0)).await;
        let home = home.expect("is drawn").id;
        let house = Self { work, service, ann, ben, cid, eve, phone, home, _trials: trials };
        house.share(Level::Precise).await;
        house
    }

    /// The same after a restart of the server.
    async fn again(self) -> Self {
        let work = self.work.again().await;
        let service = work.service.clone();
        let trials = open(&service);
        Self { work, service, _trials: trials, ..self }
    }

    async fn share(&self, level: Level) {
        let (id, to) = (self.ann.0.id, Party::Group(self.ann.0.group));
        let draft = GrantDraft { to, level, since: Some(Timestamp::MIN), until: None };
        self.service.share(&self.ann.1, id, draft).await.expect("is hers to say");
    }

    /// Ann's phone was at this latitude at this minute; it comes in now.
    async fn late(&self, at: i64, lat: f64) {
        let tst = minute(at).as_millis() / 1000;
        let payload =
            format!(r#"{{"_type":"location","lat":{lat},"lon":{LON},"acc":10,"batt":57,"tst":{tst}}}"#);
        let now = crate::support::now();
        self.service.submit(said(&self.phone, payload, now)).await.expect("it is committed");
    }

    /// It is that minute, and ann's phone is at this latitude.
    async fn report(&self, at: i64, lat: f64) {
        it_is(at);
        self.late(at, lat).await;
    }

    /// Ann is somewhere at a minute and was elsewhere before: two fixes at each place, so that there is no doubt.
    async fn comes(&self, at: i64) {
        self.report(at - 2, AWAY).await;
        self.report(at - 1, AWAY).await;
        self.report(at, LAT).await;
        self.report(at + 1, LAT).await;
        self.settled().await;
    }

    async fn goes(&self, at: i64) {
        self.report(at, AWAY).await;
        self.report(at + 1, AWAY).await;
        self.settled().await;
    }

    async fn rule(&self, by: &Viewer, change: impl FnOnce(&mut RuleDraft)) -> RuleId {
        let mut draft = RuleDraft {
            friends: Which::All,
            regions: Which::All,
            direction: Direction::Both,
            hours: None,
            channels: [Channel::Page].into(),
            on: true,
        };
        change(&mut draft);
        self.service.put_alert_rule(by, None, draft).await.expect("may be").rule.id
    }

    async fn hook(&self, by: &Viewer) {
        let draft = ChannelDraft::Webhook(HOOK.to_owned());
        self.service.put_alert_channel(by, draft).await.expect("may be").expect("has a secret");
    }

    /// Everything that is known of is told: nothing waits to be looked at.
    async fn settled(&self) {
        let mut aside = self.work.aside().await;
        for _ in 0..600 {
            let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM alert_events")
                .fetch_one(&mut aside)
                .await
                .expect("the statement is right");
            if waiting == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        unreachable!("the pipeline looks each second");
    }

    /// What somebody was told, oldest first: what, and what became of it.
    async fn told(&self, viewer: &Viewer) -> Vec<(String, Vec<String>)> {
        self.settled().await;
        let alerts = self.service.alerts(viewer, 100).await.expect("the store answers");
        alerts.into_iter().rev().map(|alert| (alert.told.notice.title.clone(), states(&alert))).collect()
    }

    /// The database takes no note of what became of anything, or does again.
    async fn refuse(&self, refuses: bool) {
        let said = if refuses {
            "CREATE TRIGGER nobody BEFORE UPDATE ON alert_deliveries BEGIN SELECT raise(ABORT, 'no'); END"
        } else {
            "DROP TRIGGER nobody"
        };
        let mut aside = self.work.aside().await;
        sqlx::raw_sql(said).execute(&mut aside).await.expect("the statement is right");
    }

    /// Hands out what is to go out now.
    async fn tasks(&self) -> Vec<(i64, AlertTask)> {
        self.settled().await;
        self.service.alert_tasks(100).await.expect("the store answers").0
    }
}

fn states(alert: &Alert) -> Vec<String> {
    let state = |delivery: &domain::alert::Delivery| {
        format!("{} {} {}", delivery.channel.as_str(), delivery.state.as_str(), delivery.why)
            .trim()
            .to_owned()
    };
    alert.deliveries.iter().map(state).collect()
}

fn lines(expected: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let line = |(title, states): &(&str, &[&str])| {
        ((*title).to_owned(), states.iter().map(|state| (*state).to_owned()).collect())
    };
    expected.iter().map(line).collect()
}

fn hours(hours: &str) -> Schedule {
    let hours = vec![hours.parse().expect("are hours")];
    Schedule { zone: "UTC".to_owned(), hours }
}

const CAME: &str = "ann arrived at Home";
const WENT: &str = "ann left Home";

#[tokio::test]
async fn who_asked_for_it_is_told_once_of_what_they_may_see_and_nobody_else() {
    let house = House::new().await;
    house.rule(&house.ben, |_| {}).await;
    // Two rules of one friend are one alert.
    house.rule(&house.ben, |rule| rule.friends = Which::These(vec![house.ann.0.id])).await;
    house.rule(&house.cid, |rule| rule.direction = Direction::Leave).await;
    house.rule(&house.eve, |_| {}).await;
    house.rule(&house.ann.1, |_| {}).await;
    house.comes(10).await;
    assert_eq!(house.told(&house.ben).await, lines(&[(CAME, &["page sent"])]));
    house.goes(20).await;
    assert_eq!(house.told(&house.ben).await, lines(&[(CAME, &["page sent"]), (WENT, &["page sent"])]));
    assert_eq!(house.told(&house.cid).await, lines(&[(WENT, &["page sent"])]));
    assert_eq!(house.told(&house.eve).await, [], "she is of another group");
    assert_eq!(house.told(&house.ann.1).await, [], "it is about nobody else");
    let alerts = house.service.alerts(&house.ben, 1).await.expect("the store answers");
    let notice = &alerts[0].told.notice;
    assert!(notice.body.starts_with("At 22:3") && notice.body.ends_with(" UTC."), "{notice:?}");
    assert_eq!(notice.link, format!("/history?friend={}", house.ann.0.id));

    // What comes again is no news, and a restart tells nothing twice.
    house.late(20, AWAY).await;
    let house = house.again().await;
    house.late(20, AWAY).await;
    assert_eq!(house.told(&house.ben).await.len(), 2);
    house.work.end().await;
}

#[tokio::test]
async fn rules_mean_friends_regions_and_hours() {
    let house = House::new().await;
    let elsewhere = house.service.put_region(&house.cid, None, circle("Work", (AWAY, LON), 100.0)).await;
    let elsewhere = elsewhere.expect("is drawn").id;
    let cid = house.service.friend_named(&ROOT, "cid").expect("is there").id;
    // The test begins on a Tuesday at 22:13:20 by UTC.
    house.rule(&house.ben, |rule| rule.regions = Which::These(vec![elsewhere])).await;
    house.rule(&house.cid, |rule| rule.hours = Some(hours("Mon 22:00-23:00"))).await;
    house.comes(10).await;
    assert_eq!(house.told(&house.cid).await, [], "it is another day");
    let off = house.rule(&house.cid, |rule| rule.on = false).await;
    house.goes(20).await;
    assert_eq!(house.told(&house.cid).await, []);
    let told = lines(&[("ann left Work", &["page sent"]), ("ann arrived at Work", &["page sent"])]);
    assert_eq!(house.told(&house.ben).await, told);
    let draft = |friends: Which<FriendId>| RuleDraft {
        friends,
        regions: Which::All,
        direction: Direction::Both,
        hours: Some(hours("Tue 22:00-23:00")),
        channels: [Channel::Page].into(),
        on: true,
    };
    let change = async |by: &Viewer, id, friends| {
        house.service.put_alert_rule(by, Some(id), draft(friends)).await.map(drop)
    };
    change(&house.cid, off, Which::All).await.expect("is his");
    assert!(matches!(change(&house.ben, off, Which::All).await, Err(Error::NotFound("rule"))));
    house.report(30, LAT).await;
    house.report(31, LAT).await;
    let mut told = house.told(&house.cid).await;
    told.sort();
    assert_eq!(told, lines(&[(CAME, &["page sent"]), ("ann left Work", &["page sent"])]));
    // Nobody makes a rule about themself, or about who is not theirs to know.
    for wrong in [Which::These(vec![cid]), Which::These(Vec::new())] {
        assert!(matches!(change(&house.cid, off, wrong).await, Err(Error::Invalid { field: "friends", .. })));
    }
    let of_others = change(&house.eve, house.rule(&house.eve, |_| {}).await, Which::These(vec![cid])).await;
    assert!(matches!(of_others, Err(Error::Invalid { field: "friends", .. })));
    house.service.remove_alert_rule(&house.cid, off).await.expect("is his");
    assert!(matches!(house.service.remove_alert_rule(&house.cid, off).await, Err(Error::NotFound("rule"))));
    house.work.end().await;
}

#[tokio::test]
async fn what_comes_late_is_no_news_and_quiet_hours_are_quiet() {
    let house = House::new().await;
    house.hook(&house.ben).await;
    house.rule(&house.ben, |rule| rule.channels = [Channel::Page, Channel::Webhook].into()).await;
    // All of it comes in an hour later.
    it_is(70);
    for (at, lat) in [(1, AWAY), (2, AWAY), (10, LAT), (11, LAT), (20, AWAY), (21, AWAY)] {
        house.late(at, lat).await;
    }
    let late: &[&str] = &["page skipped late", "webhook skipped late"];
    let mut expected = vec![(CAME, late), (WENT, late)];
    assert_eq!(house.told(&house.ben).await, lines(&expected));
    assert!(house.tasks().await.is_empty());

    let sent: &[&str] = &["page sent", "webhook pending"];
    house.comes(100).await;
    expected.push((CAME, sent));
    assert_eq!(house.told(&house.ben).await, lines(&expected));
    house.goes(120).await;
    expected.push((WENT, sent));
    // From midnight on, and two hours and more have gone.
    let quiet: &[&str] = &["page sent", "webhook skipped quiet hours"];
    house.service.set_quiet_hours(&house.ben, Some(hours("Wed 00:00-02:00"))).await.expect("may be");
    house.comes(150).await;
    house.service.set_quiet_hours(&house.ben, None).await.expect("may be");
    house.goes(170).await;
    expected.extend([(CAME, quiet), (WENT, sent)]);
    assert_eq!(house.told(&house.ben).await, lines(&expected));
    house.work.end().await;
}

#[tokio::test]
async fn who_is_not_shown_a_friend_is_not_told_and_never_earlier_than_they_see() {
    let house = House::new().await;
    house.hook(&house.ben).await;
    house.rule(&house.ben, |rule| rule.channels = [Channel::Page, Channel::Webhook].into()).await;
    let mut at = 10;
    for level in [Level::Off, Level::City, Level::Delayed(2)] {
        house.share(level).await;
        house.comes(at).await;
        house.goes(at + 6).await;
        at += 20;
    }
    assert_eq!(house.told(&house.ben).await, [], "late is not at all");
    house.share(Level::Names).await;
    house.comes(at).await;
    assert_eq!(house.told(&house.ben).await.len(), 1);
    // What has not gone out when she stops showing it does not go out any more.
    house.share(Level::Off).await;
    assert!(house.tasks().await.is_empty());
    // Nor is it to be read what was told.
    assert_eq!(house.told(&house.ben).await, []);
    house.share(Level::Precise).await;
    let told = lines(&[(CAME, &["page sent", "webhook skipped not shown any more"])]);
    assert_eq!(house.told(&house.ben).await, told);
    let (ann, own) = (house.ann.0.id, &house.ann.1);
    house.service.pause(own, ann, None, true).await.expect("is hers to say");
    house.goes(at + 10).await;
    assert_eq!(house.told(&house.ben).await, []);
    house.service.resume(own, ann).await.expect("is hers to say");
    assert_eq!(house.told(&house.ben).await, told);
    house.work.end().await;
}

#[tokio::test]
async fn what_somebody_was_told_they_read_for_as_long_as_they_may_know_of_it() {
    let house = House::new().await;
    let elsewhere = house.service.put_region(&house.cid, None, circle("Work", (AWAY, LON), 100.0)).await;
    elsewhere.expect("is drawn");
    house.rule(&house.ben, |_| {}).await;
    house.comes(10).await;
    house.goes(20).await;
    house.comes(30).await;
    let titles = async |limit| -> Vec<String> {
        let alerts = house.service.alerts(&house.ben, limit).await.expect("the store answers");
        alerts.into_iter().map(|alert| alert.told.notice.title).collect()
    };
    let all = titles(100).await;
    assert_eq!(all.iter().filter(|title| title.ends_with(" Home")).count(), 3, "{all:?}");
    let of_work: Vec<String> = all.iter().filter(|title| title.ends_with(" Work")).cloned().collect();
    assert!(of_work.len() > 1 && all.len() == 3 + of_work.len(), "{all:?}");

    // Home is the admins' now. What is newer and not for him does not shorten what he reads.
    let details = Details { audience: Audience::Admins, ..Details::default() };
    let home = RegionDraft { details: Some(details), ..circle("Home", (LAT, LON), 100.0) };
    house.service.put_region(&house.cid, Some(house.home), home).await.expect("is drawn");
    assert_eq!(titles(100).await, of_work);
    assert_eq!(titles(2).await, of_work[..2]);

    // She is of another group too, and leaves the one that they share.
    let (ann, club) = (house.ann.0.id, house.service.friend_named(&ROOT, "eve").expect("is there").group);
    house.service.put_member(&ROOT, club, "ann", Role::Friend).await.expect("is new there");
    assert_eq!(titles(100).await, of_work);
    house.service.remove_member(&ROOT, house.ann.0.group, ann).await.expect("leaves");
    assert_eq!(titles(100).await, Vec::<String>::new());
    house.work.end().await;
}

#[tokio::test]
async fn what_was_told_and_was_wrong_is_taken_back_once() {
    let house = House::new().await;
    house.hook(&house.ben).await;
    house.rule(&house.ben, |rule| rule.channels = [Channel::Page, Channel::Webhook].into()).await;
    house.rule(&house.cid, |rule| rule.channels = [Channel::Webhook].into()).await;
    house.hook(&house.cid).await;
    house.report(10, AWAY).await;
    house.report(60, LAT).await;
    let tasks = house.tasks().await;
    assert_eq!(tasks.len(), 2);
    // Ben's goes out; cid's has not when the server learns better.
    for (place, task) in tasks {
        let outcome = if is_first(&house, &house.ben, &task).await {
            Ok(())
        } else {
            Err(AlertTrouble { why: "away".to_owned(), may_pass: true })
        };
        house.service.alert_posted(place, Posted { outcome, gone: Vec::new() }).await.expect("is noted");
    }
    it_is(61);
    house.late(30, LAT).await;
    let told = house.told(&house.ben).await;
    let late: &[&str] = &["page skipped late", "webhook skipped late"];
    let moved = "Correction: when ann arrived at Home";
    let mut sorted = told.clone();
    sorted.sort();
    let mut expected = lines(&[
        (CAME, &["page sent", "webhook sent"]),
        (CAME, late),
        (moved, &["page sent", "webhook pending"]),
    ]);
    expected.sort();
    assert_eq!(sorted, expected);
    let told = house.told(&house.cid).await;
    let withdrawn: &[&str] = &["webhook skipped corrected before it was sent"];
    let mut sorted = told.clone();
    sorted.sort();
    let mut expected = lines(&[(CAME, withdrawn), (CAME, &["webhook skipped late"])]);
    expected.sort();
    assert_eq!(sorted, expected, "what was never sent is not taken back");
    let house = house.again().await;
    assert_eq!(house.told(&house.ben).await.len(), 3);

    // That is said however late it is, and tried until an hour after the rest.
    let mut pauses = Vec::new();
    for attempt in 1..=5 {
        let tasks = house.tasks().await;
        let [(place, task)] = &tasks[..] else { unreachable!("one goes out: attempt {attempt}") };
        assert_eq!(task.told.notice.title, moved);
        let outcome = Err(AlertTrouble { why: "answered 500".to_owned(), may_pass: true });
        house.service.alert_posted(*place, Posted { outcome, gone: Vec::new() }).await.expect("is noted");
        let (_, next) = house.service.alert_tasks(10).await.expect("the store answers");
        let Some(next) = next else { break };
        pauses.push(next.millis_since(crate::support::now()));
        set_clock(next);
    }
    assert_eq!(pauses, [30_000, 120_000, 600_000, 3_600_000]);
    house.work.end().await;
}

#[tokio::test]
async fn a_few_minutes_do_not_matter_and_add_up_to_a_correction() {
    let house = House::new().await;
    house.rule(&house.ben, |_| {}).await;
    house.report(10, AWAY).await;
    house.report(60, LAT).await;
    // What is corrected within the second is told as it is.
    house.settled().await;
    it_is(61);
    house.late(57, LAT).await;
    let again: &[&str] = &["page skipped again"];
    let mut expected = vec![(CAME, &["page sent"] as &[&str]), (CAME, again)];
    assert_eq!(house.told(&house.ben).await, lines(&expected));
    house.late(50, LAT).await;
    expected.extend([
        ("Correction: when ann arrived at Home", &["page sent"] as &[&str]),
        (CAME, &["page sent"]),
    ]);
    assert_eq!(house.told(&house.ben).await, lines(&expected), "it is ten minutes, and not late yet");
    house.work.end().await;
}

#[tokio::test]
async fn what_waited_does_not_go_out_in_quiet_hours_or_when_it_is_no_news_any_more() {
    let house = House::new().await;
    for viewer in [&house.ben, &house.cid] {
        house.hook(viewer).await;
        house.rule(viewer, |rule| rule.channels = [Channel::Webhook].into()).await;
    }
    // Minute 46 is 22:59 by UTC, and 47 is 23:00: the server of both does not answer.
    house.comes(46).await;
    house.service.set_quiet_hours(&house.ben, Some(hours("Tue 23:00-23:59"))).await.expect("may be");
    let tasks = house.tasks().await;
    assert_eq!(tasks.len(), 1, "it is quiet for ben by now");
    let outcome = Err(AlertTrouble { why: "answered 503".to_owned(), may_pass: true });
    house.service.alert_posted(tasks[0].0, Posted { outcome, gone: Vec::new() }).await.expect("is noted");
    let quiet: &[&str] = &["webhook skipped quiet hours"];
    assert_eq!(house.told(&house.ben).await, lines(&[(CAME, quiet)]));
    assert_eq!(house.told(&house.cid).await, lines(&[(CAME, &["webhook pending answered 503"])]));
    // The server is down, and comes back when it is no news any more.
    it_is(46 + 16);
    let house = house.again().await;
    assert!(house.tasks().await.is_empty());
    assert_eq!(house.told(&house.ben).await, lines(&[(CAME, quiet)]), "nor afterwards");
    assert_eq!(house.told(&house.cid).await, lines(&[(CAME, &["webhook skipped late"])]));
    house.work.end().await;
}

#[tokio::test]
async fn what_went_out_does_not_go_out_again_while_that_cannot_be_noted() {
    let house = House::new().await;
    house.hook(&house.ben).await;
    house.rule(&house.ben, |rule| rule.channels = [Channel::Webhook].into()).await;
    house.comes(10).await;
    let [(place, _)] = house.tasks().await[..] else { unreachable!("one goes out") };
    let posted = Posted { outcome: Ok(()), gone: Vec::new() };
    house.refuse(true).await;
    for _ in 0..2 {
        house.service.alert_posted(place, posted.clone()).await.expect_err("it is not noted");
        assert!(house.tasks().await.is_empty(), "it went out");
    }
    house.refuse(false).await;
    house.service.alert_posted(place, posted).await.expect("is noted");
    assert!(house.tasks().await.is_empty());
    assert_eq!(house.told(&house.ben).await, lines(&[(CAME, &["webhook sent"])]));
    house.work.end().await;
}

#[tokio::test]
async fn what_is_under_way_holds_up_nothing_else_and_an_error_strands_nothing() {
    let house = House::new().await;
    house.hook(&house.ben).await;
    let address = ChannelDraft::Mail("ben@example.org".to_owned());
    house.service.put_alert_channel(&house.ben, address).await.expect("may be");
    let topic = ChannelDraft::Ntfy("https://ntfy.example.org/ben".to_owned(), None);
    house.service.put_alert_channel(&house.ben, topic).await.expect("may be");
    let of_ben = |rule: &mut RuleDraft| {
        rule.direction = Direction::Enter;
        rule.channels = [Channel::Webhook, Channel::Mail, Channel::Ntfy].into();
    };
    house.rule(&house.ben, of_ben).await;
    let of_cid = |rule: &mut RuleDraft| {
        rule.direction = Direction::Leave;
        rule.channels = [Channel::Webhook].into();
    };
    house.rule(&house.cid, of_cid).await;
    house.comes(10).await;
    house.goes(17).await;

    // Cid has nowhere, and that cannot be noted. What is ben's, and came before, is lost by that as little as his own.
    house.refuse(true).await;
    assert!(house.service.alert_tasks(100).await.is_err(), "it is not noted");
    house.refuse(false).await;
    house.hook(&house.cid).await;

    // Of ben's three two go out at once; what is under way leaves room for what is cid's, also where there is little.
    let one_more = async || -> Vec<_> {
        let tasks = house.service.alert_tasks(1).await.expect("the store answers").0;
        tasks.into_iter().map(|(place, task)| (place, task.channel, task.told.notice.title)).collect()
    };
    let mut begun = Vec::new();
    for _ in 0..4 {
        begun.extend(one_more().await);
    }
    let said: Vec<_> = begun.iter().map(|(_, channel, title)| (*channel, title.as_str())).collect();
    assert_eq!(said, [(Channel::Mail, CAME), (Channel::Ntfy, CAME), (Channel::Webhook, WENT)]);
    let posted = Posted { outcome: Ok(()), gone: Vec::new() };
    house.service.alert_posted(begun[0].0, posted).await.expect("is noted");
    let said: Vec<_> = one_more().await.into_iter().map(|(_, channel, title)| (channel, title)).collect();
    assert_eq!(said, [(Channel::Webhook, CAME.to_owned())]);
    house.work.end().await;
}

/// Whether that is something to go out that a friend was told: by its identifier.
async fn is_first(house: &House, viewer: &Viewer, task: &AlertTask) -> bool {
    let alerts = house.service.alerts(viewer, 10).await.expect("the store answers");
    alerts.iter().any(|alert| alert.told.id == task.told.id)
}

#[tokio::test]
async fn what_does_not_go_out_is_tried_again_and_given_up_after_a_while() {
    let house = House::new().await;
    house.rule(&house.ben, |rule| rule.channels = [Channel::Webhook].into()).await;
    house.comes(10).await;
    assert!(house.tasks().await.is_empty(), "he has none");
    assert_eq!(house.told(&house.ben).await, lines(&[(CAME, &["webhook skipped not set up"])]));
    house.hook(&house.ben).await;
    house.goes(20).await;
    let at_first = crate::support::now();
    let mut at = at_first;
    let mut waited = Vec::new();
    let mut house = house;
    for attempt in 1..=4 {
        set_clock(at);
        let tasks = house.tasks().await;
        let [(place, task)] = &tasks[..] else { unreachable!("one goes out: attempt {attempt}") };
        assert!(matches!(&task.targets[..], [AlertTarget::Webhook { url, .. }] if url == HOOK));
        assert!(house.tasks().await.is_empty(), "it is under way");
        let posted = Posted {
            outcome: Err(AlertTrouble { why: "answered 500".to_owned(), may_pass: true }),
            gone: Vec::new(),
        };
        house.service.alert_posted(*place, posted).await.expect("is noted");
        let (none, next) = house.service.alert_tasks(10).await.expect("the store answers");
        assert!(none.is_empty());
        if let Some(next) = next {
            waited.push(next.millis_since(at));
            at = next;
        }
        // What waits is there after a restart.
        house = house.again().await;
    }
    assert_eq!(waited, [30_000, 120_000, 600_000], "in an hour it is no news");
    let alerts = house.service.alerts(&house.ben, 1).await.expect("the store answers");
    assert_eq!(states(&alerts[0]), ["webhook failed answered 500"]);
    assert_eq!(alerts[0].deliveries[0].state, AlertState::Failed);
    house.work.end().await;
}

#[tokio::test]
async fn a_page_is_told_at_once_and_only_to_whom_it_is_for() {
    let house = House::new().await;
    house.rule(&house.ben, |_| {}).await;
    let session = house.service.sign_in("ben", PASSWORD, "here").await.expect("is right").token;
    let other = house.service.sign_in("cid", PASSWORD, "here").await.expect("is right").token;
    let mut page = Box::pin(house.service.live(house.ben.clone(), Some(session)));
    let mut others = Box::pin(house.service.live(house.cid.clone(), Some(other)));
    for page in [&mut page, &mut others] {
        assert!(matches!(next(page).await, LiveMessage::Snapshot(_)));
    }
    house.comes(10).await;
    house.settled().await;
    let told = loop {
        if let LiveMessage::Delta(delta) = next(&mut page).await
            && let Some(Change::Alert(told)) = delta.changes.first()
        {
            break told.clone();
        }
    };
    assert_eq!(told.notice.title, CAME);
    // By the second heartbeat it would have come.
    let mut heartbeats = 0;
    while heartbeats < 2 {
        match next(&mut others).await {
            LiveMessage::Heartbeat(_) => heartbeats += 1,
            LiveMessage::Delta(delta) => {
                assert!(!delta.changes.iter().any(|change| matches!(change, Change::Alert(_))));
            }
            LiveMessage::Snapshot(_) => {}
        }
    }
    house.work.end().await;
}

#[tokio::test]
async fn who_is_watched_sees_that_and_what_is_deleted_is_gone() {
    let house = House::new().await;
    let secret = house.service.put_region(&house.cid, None, circle("Den", (AWAY, LON), 50.0)).await;
    let secret = secret.expect("is drawn").id;
    house
        .rule(&house.ben, |rule| {
            rule.friends = Which::These(vec![house.ann.0.id]);
            rule.regions = Which::These(vec![house.home, secret]);
            rule.hours = Some(hours("daily 07:00-09:00"));
        })
        .await;
    house.rule(&house.cid, |rule| rule.on = false).await;
    let watchers = house.service.watchers(&house.ann.1).await.expect("the store answers");
    let [watcher] = &watchers[..] else { unreachable!("one watches: {watchers:?}") };
    assert_eq!(watcher.friend.name.as_str(), "ben");
    assert_eq!(watcher.watcher.hours, Some(hours("daily 07:00-09:00")));
    assert!(house.service.watchers(&house.cid).await.expect("the store answers").is_empty());
    assert!(house.service.watchers(&house.eve).await.expect("the store answers").is_empty());
    assert!(matches!(house.service.watchers(&ROOT).await, Err(Error::Forbidden)));

    house.rule(&house.cid, |rule| rule.direction = Direction::Enter).await;
    house.comes(10).await;
    assert!(!house.told(&house.cid).await.is_empty());
    let stored = house.service.stored(&house.ann.1, house.ann.0.id).await.expect("is hers").stored;
    let of = |what| stored.iter().find(|stored| stored.what == what).map(|stored| stored.count);
    assert!(of(Holding::Told) > Some(0), "{stored:?}");
    let erased = house.service.erase(&house.ann.1, house.ann.0.id, Erasing::Everything).await;
    let erased = erased.expect("is hers to say");
    assert!(erased.removed.iter().any(|(what, count)| *what == Holding::Told && *count > 0), "{erased:?}");
    assert!(house.told(&house.cid).await.is_empty(), "what others were told of her goes with it");

    // A rule about her alone goes with her.
    house.service.remove_friend(&ROOT, house.ann.0.id).await.expect("is there");
    assert!(house.service.alert_rules(&house.ben).await.expect("the store answers").is_empty());
    assert_eq!(house.service.alert_rules(&house.cid).await.expect("the store answers").len(), 2);
    house.work.end().await;
}
