//! Messages between friends, where time matters: what is over, what a friend who is seen late may be told to have found, and what waits.

use crate::support::{AWAY, Family, LAT, LON, ROOT, START, Work, it_is, minute, said};
use domain::{
    FriendId, GroupId, Happening, Holding, Level, Party, Role, Span, Viewer,
    chat::{Audience, ChatMessage, Confirm},
};
use futures::{Stream, StreamExt};
use service::{
    ChatDraft, ChatQuery, DeviceAccount, Erasing, Error, GrantDraft, Heard, Key, Service, TokenScope,
    TransitionQuery,
};
use std::{pin::pin, time::Duration};
use uuid::Uuid;

/// In minutes.
const DAY: i64 = 24 * 60;

fn draft(number: u128, to: Audience, text: &str) -> ChatDraft {
    ChatDraft { client_id: Uuid::from_u128(number), to, text: text.into(), lives_s: None }
}

async fn all(service: &Service, viewer: &Viewer) -> Vec<ChatMessage> {
    let query = ChatQuery { limit: 100, ..ChatQuery::default() };
    service.chat(viewer, &query).await.expect("takes part").items
}

async fn texts(service: &Service, viewer: &Viewer) -> Vec<String> {
    all(service, viewer).await.into_iter().map(|message| message.text.into()).collect()
}

/// A phone says in each of some minutes where it is.
async fn says(service: &Service, account: &DeviceAccount, minutes: std::ops::Range<i64>, lat: f64) {
    for at in minutes {
        it_is(at);
        let tst = minute(at).as_millis() / 1000;
        let payload = format!(r#"{{"_type":"location","lat":{lat},"lon":{LON},"acc":10,"tst":{tst}}}"#);
        service.submit(said(account, payload, minute(at))).await.expect("it is committed");
    }
}

fn home(service: &Service, viewer: &Viewer) -> domain::RegionId {
    service.snapshot(viewer).regions[0].id
}

/// What the sender of their only message is told of it.
async fn told(service: &Service, sender: &Viewer) -> Vec<FriendId> {
    let sent = all(service, sender).await;
    sent[0].deliveries.iter().map(|one| one.friend).collect()
}

#[tokio::test]
async fn who_left_something_learns_that_it_was_found_when_they_may_learn_who_came() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann, cid, .. } = work.family().await;
    let service = &work.service;
    let to = Party::Group(ann.0.group);
    let grant = GrantDraft { to, level: Level::Delayed(60), since: Some(START), until: None };
    service.share(&ann.1, ann.0.id, grant).await.expect("is hers to say");
    says(service, &ann.2, 1..4, AWAY).await;
    let left = Audience::Left { region: home(service, &cid.1), to: Some(ann.0.id) };
    service.send(&cid.1, draft(1, left, "bread!")).await.expect("is left");
    let work = work.again().await;
    let service = &work.service;
    assert_eq!(texts(service, &ann.1).await, [""; 0], "it waits");
    says(service, &ann.2, 10..14, LAT).await;
    assert_eq!(texts(service, &ann.1).await, ["bread!"]);
    assert_eq!(service.snapshot(&ann.1).unread, 1);
    let got = all(service, &ann.1).await.remove(0);
    assert!(got.at > got.sent_at && got.client_id.is_none());
    service.confirm(&ann.1, vec![got.id], Confirm::Read).await.expect("is hers");
    assert_eq!(service.snapshot(&ann.1).unread, 0);
    assert!(told(service, &cid.1).await.is_empty(), "she is seen an hour late");
    it_is(80);
    assert_eq!(told(service, &cid.1).await, [ann.0.id]);
    // She comes again: it was given once.
    says(service, &ann.2, 90..94, AWAY).await;
    says(service, &ann.2, 100..104, LAT).await;
    assert_eq!(texts(service, &ann.1).await, ["bread!"]);
    work.assert_rebuilds().await;
    assert_eq!(texts(service, &ann.1).await, ["bread!"]);
}

#[tokio::test]
async fn of_one_friend_so_many_messages_wait_and_who_comes_gets_all_of_them() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann, cid, .. } = work.family().await;
    says(&work.service, &ann.2, 1..4, AWAY).await;
    let left = Audience::Left { region: home(&work.service, &cid.1), to: None };
    let leave = async |service: &Service, numbers: std::ops::Range<u128>| {
        for number in numbers {
            service.send(&cid.1, draft(number, left, "one of many")).await.expect("is left");
        }
    };
    leave(&work.service, 0..25).await;
    // How fast she may write is counted anew after a restart; what waits is not.
    let work = work.again().await;
    let service = &work.service;
    leave(service, 25..50).await;
    let refused = service.send(&cid.1, draft(50, left, "too many")).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "to", .. })), "{refused:?}");
    let last = service.send(&cid.1, draft(49, left, "one of many")).await.expect("is the same");
    assert!(!last.is_new);
    // One is deleted: there is room for another one.
    service.remove_chat(&cid.1, last.message.id).await.expect("is hers");
    leave(service, 51..52).await;
    says(service, &ann.2, 10..14, LAT).await;
    assert_eq!(texts(service, &ann.1).await.len(), 50);
    leave(service, 52..53).await;
}

#[tokio::test]
async fn what_is_over_is_read_by_nobody_and_its_name_is_spent() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann, cid, .. } = work.family().await;
    let service = &work.service;
    let left = Audience::Left { region: home(service, &cid.1), to: None };
    let sent = service.send(&cid.1, draft(1, left, "who finds this?")).await.expect("is left");
    assert_eq!(sent.message.ends_at, Some(minute(30 * DAY)));
    service.send(&cid.1, draft(2, Audience::Person(ann.0.id), "stays")).await.expect("is sent");
    it_is(30 * DAY - 1);
    assert_eq!(texts(service, &cid.1).await, ["stays", "who finds this?"]);
    it_is(30 * DAY);
    assert_eq!(texts(service, &cid.1).await, ["stays"]);
    let again = service.send(&cid.1, draft(1, left, "who finds this?")).await;
    assert!(matches!(again, Err(Error::Conflict { field: "client_id", .. })), "{again:?}");
    // Who comes now finds nothing.
    says(service, &ann.2, 30 * DAY + 1..30 * DAY + 4, AWAY).await;
    says(service, &ann.2, 30 * DAY + 10..30 * DAY + 14, LAT).await;
    assert_eq!(texts(service, &ann.1).await, ["stays"]);
    // And who waits is told nothing, at once.
    let waited = service.wait_chat(&ann.1, None, Duration::ZERO).await.expect("takes part");
    assert_eq!(waited.items.len(), 1);
    let after = waited.next.expect("is always there");
    let waited = service.wait_chat(&ann.1, Some(&after), Duration::ZERO).await.expect("takes part");
    assert!(waited.items.is_empty() && waited.next.as_ref() == Some(&after));
    // To ask changes nothing: that she has it she says by itself.
    let is_delivered = async || all(service, &cid.1).await[0].deliveries[0].delivered_at.is_some();
    assert!(!is_delivered().await);
    service.had_chat(&ann.1, &after).await.expect("takes part");
    assert!(is_delivered().await);
    // One of a database that was put back since leaves nothing out.
    let ahead = service.wait_chat(&ann.1, Some("900"), Duration::ZERO).await.expect("takes part");
    assert_eq!((ahead.items.len(), ahead.next.as_deref()), (0, Some("1")));
}

/// Somebody as they may look now.
async fn eyes(service: &Service, name: &str) -> Viewer {
    let token = service.create_token(&ROOT, "eyes", TokenScope::Admin, Some(name)).await;
    let token = token.expect("can sign in");
    service.bearer(&token).await.expect("the store answers").expect("is theirs").viewer
}

/// Dora is of a club alone, and ann now as well.
async fn club(work: &Work) -> (GroupId, Viewer) {
    let (dora, viewer) = work.user(Some("Club"), "dora", Role::Friend).await;
    work.service.put_member(&ROOT, dora.group, "ann", Role::Friend).await.expect("is put there");
    (dora.group, viewer)
}

#[tokio::test]
async fn what_nobody_was_given_is_not_delivered() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann, .. } = work.family().await;
    let (club, dora) = club(&work).await;
    let service = &work.service;
    service.send(&dora, draft(1, Audience::Group(club), "of the club")).await.expect("is sent");
    service.remove_member(&ROOT, club, ann.0.id).await.expect("has another group");
    // Her program asks on and on, and is given nothing of it.
    let anns = eyes(service, "ann").await;
    let waited = service.wait_chat(&anns, None, Duration::ZERO).await.expect("takes part");
    assert!(waited.items.is_empty());
    let after = waited.next.expect("is always there");
    assert_eq!(after, "1");
    service.had_chat(&anns, &after).await.expect("takes part");
    service.put_member(&ROOT, club, "ann", Role::Friend).await.expect("is put there again");
    let is_delivered = async || all(service, &dora).await[0].deliveries[0].delivered_at.is_some();
    assert!(!is_delivered().await);
    let anns = eyes(service, "ann").await;
    let waited = service.wait_chat(&anns, None, Duration::ZERO).await.expect("takes part");
    assert_eq!(waited.items.len(), 1, "she has not had it");
    service.had_chat(&anns, &after).await.expect("takes part");
    assert!(is_delivered().await);
}

/// What a listener hears next.
async fn hears<S: Stream<Item = Result<Vec<Heard>, Error>> + Unpin>(line: &mut S) -> Vec<Heard> {
    loop {
        let heard = line.next().await.expect("the line stays").expect("it is no error");
        if !heard.is_empty() {
            return heard;
        }
    }
}

fn is_new_message(heard: &[Heard]) -> bool {
    matches!(heard, [Heard::Event(event)] if matches!(event.what, Happening::Wrote(_)))
}

#[tokio::test]
async fn who_listens_learns_what_is_not_to_be_told_again() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann, cid, .. } = work.family().await;
    let (club, _) = club(&work).await;
    let service = &work.service;
    let mut line = pin!(service.listen(eyes(service, "ann").await, Key::None));
    let mut sent = Vec::new();
    for number in 1..4 {
        let message = service.send(&cid.1, draft(number, Audience::Person(ann.0.id), "hello")).await;
        sent.push(message.expect("is sent").message.id);
        assert!(is_new_message(&hears(&mut line).await));
    }
    // Deleted by who sent it, by who got it, and with all else of who sent it.
    service.remove_chat(&cid.1, sent[0]).await.expect("is theirs");
    assert_eq!(hears(&mut line).await, [Heard::Gone(sent[0])]);
    service.remove_chat(&ann.1, sent[1]).await.expect("is hers");
    assert_eq!(hears(&mut line).await, [Heard::Gone(sent[1])]);
    service.erase(&cid.1, cid.0.id, Erasing::Everything).await.expect("is theirs");
    assert_eq!(hears(&mut line).await, [Heard::Gone(sent[2])]);
    // She leaves the club: nothing of before is told again.
    service.remove_member(&ROOT, club, ann.0.id).await.expect("has another group");
    assert_eq!(hears(&mut line).await, [Heard::Anew(minute(0))]);
}

#[tokio::test]
async fn what_is_deleted_with_all_else_does_not_come_again_and_nobody_learns_of_it() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann, cid, .. } = work.family().await;
    let service = &work.service;
    let (to_ann, to_cid) = (Audience::Person(ann.0.id), Audience::Person(cid.0.id));
    service.send(&ann.1, draft(1, to_cid, "of ann")).await.expect("is sent");
    let got = service.send(&cid.1, draft(2, to_ann, "of cid")).await.expect("is sent").message.id;
    service.confirm(&ann.1, vec![got], Confirm::Read).await.expect("is hers");
    let before = all(service, &cid.1).await.remove(0).deliveries;
    assert_eq!(before.len(), 1);
    let erased = service.erase(&ann.1, ann.0.id, Erasing::Everything).await.expect("is hers");
    assert!(erased.removed.contains(&(Holding::Chat, 2)), "{:?}", erased.removed);
    assert_eq!(texts(service, &ann.1).await, [""; 0]);
    let theirs = all(service, &cid.1).await;
    assert_eq!((theirs.len(), &theirs[0].deliveries), (1, &before), "as if nothing had happened");
    // Her program has not heard that it was sent, and sends it again.
    let again = service.send(&ann.1, draft(1, to_cid, "of ann")).await;
    assert!(matches!(again, Err(Error::Conflict { field: "client_id", .. })), "{again:?}");
    // The same of a time.
    it_is(10);
    service.send(&ann.1, draft(3, to_cid, "later")).await.expect("is sent");
    let span = Span { from: minute(9), to: minute(11) };
    service.erase(&ann.1, ann.0.id, Erasing::Time(span)).await.expect("is hers");
    let again = service.send(&ann.1, draft(3, to_cid, "later")).await;
    assert!(matches!(again, Err(Error::Conflict { field: "client_id", .. })), "{again:?}");
    assert_eq!(texts(service, &cid.1).await, ["of cid"]);
}

#[tokio::test]
async fn what_is_left_while_its_sender_is_blocked_is_never_found_by_who_blocked_them() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann, cid, .. } = work.family().await;
    let (_, ben) = work.user(None, "ben", Role::Friend).await;
    let bens = work.device(None, "ben", "phone").await;
    let service = &work.service;
    for phone in [&ann.2, &bens] {
        says(service, phone, 1..4, AWAY).await;
    }
    let at_home = |to| Audience::Left { region: home(service, &cid.1), to };
    let left = |number, to, text: &str| service.send(&cid.1, draft(number, at_home(to), text));
    left(1, Some(ann.0.id), "before").await.expect("is left");
    service.block(&ann.1, cid.0.id).await.expect("is hers to say");
    left(2, Some(ann.0.id), "for ann").await.expect("is left, for all that they can tell");
    left(3, None, "for anybody").await.expect("is left");
    assert_eq!(told(service, &cid.1).await, []);
    let work = work.again().await;
    let service = &work.service;
    service.unblock(&ann.1, cid.0.id).await.expect("is hers to say");
    says(service, &ann.2, 10..14, LAT).await;
    assert_eq!(texts(service, &ann.1).await, ["before"]);
    // It waits for somebody else.
    says(service, &bens, 20..24, LAT).await;
    assert_eq!(texts(service, &ben).await, ["for anybody"]);
}

#[tokio::test]
async fn who_was_there_when_something_was_left_does_not_come_by_what_is_learnt_late() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann, cid, .. } = work.family().await;
    let service = &work.service;
    says(service, &ann.2, 1..4, AWAY).await;
    says(service, &ann.2, 10..14, LAT).await;
    let came_at = async || {
        let query = TransitionQuery { limit: 10, ..TransitionQuery::default() };
        service.transitions(&ann.1, &query).await.expect("the store answers").items[0].at
    };
    assert_eq!(came_at().await, minute(10));
    it_is(20);
    let left = Audience::Left { region: home(service, &cid.1), to: Some(ann.0.id) };
    service.send(&cid.1, draft(1, left, "bread!")).await.expect("is left");
    // What her phone knew before comes now: she was at home earlier.
    it_is(25);
    for at in [7, 8] {
        let tst = minute(at).as_millis() / 1000;
        let payload = format!(r#"{{"_type":"location","lat":{LAT},"lon":{LON},"acc":10,"tst":{tst}}}"#);
        service.submit(said(&ann.2, payload, minute(25))).await.expect("it is committed");
    }
    assert_eq!(came_at().await, minute(7));
    assert_eq!(texts(service, &ann.1).await, [""; 0], "she has been there all along");
    says(service, &ann.2, 30..34, AWAY).await;
    says(service, &ann.2, 40..44, LAT).await;
    assert_eq!(texts(service, &ann.1).await, ["bread!"]);
}
