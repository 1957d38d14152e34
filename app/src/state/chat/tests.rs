use super::*;
use crate::state::fixture::{NOW, friend_id, region_id};
use domain::chat::{ChatDelivery, ChatText};

fn chat_id(number: u64) -> ChatId {
    format!("{number:032x}").parse().expect("is an id")
}

/// A message of Ben's to whoever reads, so many minutes old.
fn message(number: u64, minutes_ago: i64) -> ChatMessage {
    let at = NOW.plus_millis(-60_000 * minutes_ago);
    ChatMessage {
        id: chat_id(number),
        client_id: None,
        from: friend_id(2),
        by_bot: None,
        to: Audience::Person(friend_id(1)),
        thread: THREAD,
        text: ChatText::new("bread!").expect("is a text"),
        sent_at: at,
        at,
        ends_at: None,
        delivered_at: None,
        read_at: None,
        deliveries: Vec::new(),
    }
}

const THREAD: Thread = Thread::Places;

fn page(messages: &[ChatMessage], next: Option<&str>) -> Page<ChatMessage> {
    Page { items: messages.iter().rev().cloned().collect(), next: next.map(str::to_owned) }
}

fn ids(shown: &ShownThread) -> Vec<ChatId> {
    shown.messages.iter().map(|message| message.id).collect()
}

fn told(message: ChatMessage) -> ChatNews {
    ChatNews::Told(Box::new(message))
}

#[test]
fn what_is_new_comes_in_at_its_place_once_and_what_is_gone_goes() {
    let mut shown = ShownThread::of(page(&[message(1, 30), message(3, 10)], None));
    assert!(shown.hear(THREAD, told(message(4, 5)), true));
    assert!(shown.hear(THREAD, told(message(2, 20)), true));
    assert!(!shown.hear(THREAD, told(message(2, 20)), true), "it is there");
    assert_eq!(ids(&shown), [1, 2, 3, 4].map(chat_id));
    let mut read = message(2, 20);
    read.read_at = Some(NOW);
    assert!(shown.hear(THREAD, told(read), true));
    assert_eq!(shown.unread(), [1, 3, 4].map(chat_id));
    assert!(shown.hear(THREAD, ChatNews::Gone(chat_id(3)), true));
    assert!(!shown.hear(THREAD, ChatNews::Gone(chat_id(3)), true));
    let elsewhere = ChatMessage { thread: Thread::Person(friend_id(2)), ..message(9, 1) };
    assert!(!shown.hear(THREAD, told(elsewhere), true));
    assert_eq!(ids(&shown), [1, 2, 4].map(chat_id));
}

#[test]
fn an_older_part_takes_nothing_new_but_what_became_of_what_it_shows() {
    let mut shown = ShownThread::of(page(&[message(1, 30)], None));
    assert!(!shown.hear(THREAD, told(message(2, 1)), false));
    let read = ChatMessage { read_at: Some(NOW), ..message(1, 30) };
    assert!(shown.hear(THREAD, told(read), false));
}

#[test]
fn earlier_ones_come_before_and_what_belongs_to_them_waits_for_them() {
    let mut shown = ShownThread::of(page(&[message(3, 10)], Some("more")));
    assert!(!shown.hear(THREAD, told(message(1, 30)), true), "there may be others between");
    shown.put_earlier(page(&[message(1, 30), message(2, 20), message(3, 10)], None));
    assert_eq!((ids(&shown), &shown.earlier), ([1, 2, 3].map(chat_id).to_vec(), &None));
}

#[test]
fn what_is_asked_for_again_keeps_what_was_put_before_it_unless_something_may_be_missing() {
    let mut shown = ShownThread::of(page(&[message(2, 20), message(3, 10)], Some("before 2")));
    shown.put_earlier(page(&[message(1, 30)], Some("before 1")));
    shown.refresh(page(&[message(3, 10), message(4, 5)], Some("before 3")));
    assert_eq!(ids(&shown), [1, 2, 3, 4].map(chat_id));
    assert_eq!(shown.earlier.as_deref(), Some("before 1"));
    shown.refresh(page(&[message(8, 2), message(9, 1)], Some("before 8")));
    assert_eq!(ids(&shown), [8, 9].map(chat_id));
    assert_eq!(shown.earlier.as_deref(), Some("before 8"));
    shown.refresh(page(&[message(9, 1)], None));
    assert_eq!((ids(&shown), &shown.earlier), (vec![chat_id(9)], &None));
}

#[test]
fn a_day_and_a_sender_are_said_once_and_what_is_over_is_not_shown() {
    let of_cid = ChatMessage { from: friend_id(3), ..message(3, 20) };
    let over = ChatMessage { ends_at: Some(NOW), ..message(4, 10) };
    let all = [message(1, 3000), message(2, 30), of_cid, over, message(5, 5)];
    let shown = ShownThread::of(page(&all, None));
    let day = |at: Timestamp| if at < NOW.plus_millis(-86_400_000) { "before" } else { "today" }.to_owned();
    let entries = shown.entries(NOW, day);
    let told: Vec<_> =
        entries.iter().map(|entry| (entry.id, entry.day.as_deref(), entry.is_headed)).collect();
    assert_eq!(
        told,
        [
            (chat_id(1), Some("before"), true),
            (chat_id(2), Some("today"), true),
            (chat_id(3), None, true),
            (chat_id(5), None, true),
        ]
    );
    let same = ShownThread::of(page(&[message(1, 2), message(2, 1)], None));
    assert_eq!(
        same.entries(NOW, |_| String::new()).iter().map(|entry| entry.is_headed).collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn a_sender_reads_what_became_of_it() {
    let mut sent = message(1, 1);
    let words = |message: &ChatMessage| Fate::of(message).words();
    let went = |delivered: bool, read: bool| ChatDelivery {
        friend: friend_id(3),
        delivered_at: delivered.then_some(NOW),
        read_at: read.then_some(NOW),
    };
    sent.deliveries = vec![went(false, false)];
    assert_eq!(words(&sent), "Sent");
    sent.deliveries = vec![went(true, false)];
    assert_eq!(words(&sent), "Delivered");
    sent.deliveries = vec![went(true, false), went(false, false)];
    assert_eq!(words(&sent), "Delivered to 1 of 2");
    sent.deliveries = vec![went(true, true), went(true, false)];
    assert_eq!(words(&sent), "Read by 1 of 2");
    sent.deliveries = vec![went(true, true)];
    assert_eq!(words(&sent), "Read");
    sent.to = Audience::Left { region: region_id(1), to: None };
    assert_eq!(words(&sent), "Read");
    sent.deliveries.clear();
    assert_eq!(words(&sent), "Waits there");
}
