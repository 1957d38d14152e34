//! What bots post and hear of messages, where time matters: who is inside by what holds now, and for how long somebody who wrote may be answered.

use crate::support::{AWAY, Family, LAT, LON, ROOT, START, Work, it_is, minute, said};
use domain::{
    Bot, BotId, Level, Party, Role, Viewer,
    chat::{Audience, Thread},
};
use service::{
    BotDraft, ChatDraft, ChatQuery, DeviceAccount, Error, GrantDraft, PostDraft, PostReport, PostTo, Service,
};
use uuid::Uuid;

/// In minutes.
const DAY: i64 = 24 * 60;

async fn comes_home(service: &Service, account: &DeviceAccount, first: i64) {
    for (at, lat) in [(first, AWAY), (first + 10, LAT), (first + 11, LAT), (first + 12, LAT)] {
        it_is(at);
        let tst = minute(at).as_millis() / 1000;
        let payload = format!(r#"{{"_type":"location","lat":{lat},"lon":{LON},"acc":10,"tst":{tst}}}"#);
        service.submit(said(account, payload, minute(at))).await.expect("it is committed");
    }
}

/// A bot for Home, and how it posts.
async fn greeter(service: &Service, by: &Viewer) -> (BotId, Viewer) {
    let draft = BotDraft { name: "Greeter".into(), group: None, regions: vec!["Home".into()] };
    let (bot, token) = service.add_bot(by, draft).await.expect("is made");
    let bearer = service.bearer(&token).await.expect("can be asked").expect("is valid");
    (bot.bot.id, bearer.viewer)
}

async fn post(service: &Service, bot: &Viewer, number: u128, to: PostTo) -> Result<PostReport, Error> {
    let draft = PostDraft { client_id: Uuid::from_u128(number), to, text: format!("post {number}") };
    service.post(bot, draft).await
}

fn home() -> PostTo {
    PostTo::Region("home".into())
}

fn ann() -> PostTo {
    PostTo::Friend("ANN".into())
}

fn is_unknown(done: &Result<PostReport, Error>) -> bool {
    matches!(done, Err(Error::NotFound("friend")))
}

fn is_nobody(done: &Result<PostReport, Error>) -> bool {
    matches!(done, Err(Error::Invalid { field: "to", .. }))
}

async fn texts(service: &Service, viewer: &Viewer, thread: Option<Thread>) -> Vec<String> {
    let query = ChatQuery { thread, limit: 100, ..ChatQuery::default() };
    let page = service.chat(viewer, &query).await.expect("takes part");
    page.items.into_iter().map(|message| message.text.into()).collect()
}

fn writes(number: u128, bot: BotId) -> ChatDraft {
    let (client_id, to) = (Uuid::from_u128(number), Audience::Bot(bot));
    ChatDraft { client_id, to, text: "who are you?".into(), lives_s: None }
}

#[tokio::test]
async fn a_bot_posts_to_who_is_there_by_what_holds_now() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann: anns, cid, dan } = work.family().await;
    let service = &work.service;
    let (id, bot) = greeter(service, &cid.1).await;
    let group = anns.0.group;
    let share = async |level| {
        let grant = GrantDraft { to: Party::Group(group), level, since: Some(START), until: None };
        service.share(&anns.1, anns.0.id, grant).await.expect("is hers to say");
    };
    share(Level::Precise).await;
    comes_home(service, &anns.2, 1).await;
    // Who carries a phone and cannot sign in gets nothing, whatever is said for them.
    comes_home(service, &dan.1, 20).await;
    service.allow_bots(&ROOT, dan.0.id, group).await.expect("is said for him");
    assert!(is_nobody(&post(service, &bot, 1, home()).await), "nobody lets it know");
    assert!(is_unknown(&post(service, &bot, 2, ann()).await));

    service.allow_bots(&anns.1, anns.0.id, group).await.expect("is hers to say");
    it_is(40);
    let done = post(service, &bot, 3, home()).await.expect("she is there");
    assert_eq!((done.count, done.is_new, done.sent_at), (1, true, minute(40)));
    let again = post(service, &bot, 3, home()).await.expect("is the same");
    assert_eq!((again.count, again.is_new, again.sent_at), (1, false, minute(40)));
    assert!(matches!(post(service, &bot, 3, ann()).await, Err(Error::Conflict { field: "client_id", .. })));
    post(service, &bot, 4, ann()).await.expect("she is there");
    assert_eq!(texts(service, &anns.1, None).await, ["post 4", "post 3"]);
    assert_eq!(texts(service, &anns.1, Some(Thread::Bot(id))).await.len(), 2);
    assert_eq!(service.snapshot(&anns.1).unread, 2);
    assert_eq!(texts(service, &cid.1, None).await, [""; 0]);
    let threads = service.threads(&anns.1).await.expect("takes part");
    assert_eq!((threads.len(), threads[0].thread, threads[0].unread), (1, Thread::Bot(id), 2));

    // The group sees where she is, and not to the edge of a region; or later; or nothing at all.
    for (number, level) in [(5, Level::Street), (6, Level::Delayed(60)), (7, Level::Off)] {
        share(level).await;
        assert!(is_nobody(&post(service, &bot, number, home()).await), "{number}");
        assert!(is_unknown(&post(service, &bot, number, ann()).await), "{number}");
    }
    share(Level::Names).await;
    post(service, &bot, 8, home()).await.expect("names of regions are seen");
    service.refuse_bots(&anns.1, anns.0.id, group).await.expect("is hers to say");
    assert!(is_nobody(&post(service, &bot, 9, home()).await));
    assert!(is_unknown(&post(service, &bot, 9, ann()).await));
    // What it did before the end of its memory stands.
    assert!(!post(service, &bot, 3, home()).await.expect("is the same").is_new);
    assert_eq!(service.snapshot(&anns.1).unread, 3);

    // Both are there after a restart, and after a rebuild; with the bot all of it is gone.
    work.assert_rebuilds().await;
    let work = work.again().await;
    let service = &work.service;
    assert_eq!(texts(service, &anns.1, None).await, ["post 8", "post 4", "post 3"]);
    service.remove_bot(&cid.1, id).await.expect("is theirs");
    assert_eq!((texts(service, &anns.1, None).await.len(), service.snapshot(&anns.1).unread), (0, 0));
    assert!(matches!(post(service, &bot, 10, home()).await, Err(Error::Unauthorised)));
}

#[tokio::test]
async fn who_wrote_to_a_bot_is_answered_within_a_day() {
    it_is(0);
    let work = Work::new().await;
    let Family { ann: anns, cid, .. } = work.family().await;
    let service = &work.service;
    let (id, bot) = greeter(service, &cid.1).await;
    let (_, eve) = work.user(Some("Club"), "eve", Role::Admin).await;
    assert!(matches!(service.send(&eve, writes(1, id)).await, Err(Error::NotFound("bot"))));
    assert!(matches!(service.block_bot(&eve, id).await, Err(Error::NotFound("bot"))));
    assert!(is_unknown(&post(service, &bot, 1, ann()).await));
    let sent = service.send(&anns.1, writes(1, id)).await.expect("is sent");
    assert!(sent.is_new && sent.message.deliveries.is_empty());
    assert!(!service.send(&anns.1, writes(1, id)).await.expect("is the same").is_new);
    assert!(is_unknown(&post(service, &bot, 2, PostTo::Friend("cid".into())).await), "she wrote, not he");
    let day = Bot::ANSWER_MS / 60_000;
    assert_eq!(day, DAY);
    it_is(DAY);
    post(service, &bot, 3, ann()).await.expect("is an answer");
    it_is(DAY + 1);
    assert!(is_unknown(&post(service, &bot, 4, ann()).await), "that is long ago");
    let expected = ["post 3", "who are you?"];
    assert_eq!(texts(service, &anns.1, Some(Thread::Bot(id))).await, expected);

    // She wants nothing of it any more, and it cannot tell.
    service.send(&anns.1, writes(2, id)).await.expect("is sent");
    service.block_bot(&anns.1, id).await.expect("she knows it");
    assert!(service.bots(&anns.1)[0].blocked && !service.bots(&cid.1)[0].blocked);
    assert_eq!(post(service, &bot, 5, ann()).await.expect("counts as before").count, 1);
    let work = work.again().await;
    let service = &work.service;
    assert_eq!(post(service, &bot, 6, ann()).await.expect("counts as before").count, 1);
    service.unblock_bot(&anns.1, id).await.expect("she knows it");
    post(service, &bot, 7, ann()).await.expect("is an answer");
    let thread = Some(Thread::Bot(id));
    assert_eq!(texts(service, &anns.1, thread).await, ["post 7", "who are you?", "post 3", "who are you?"]);

    // What she deletes is gone: also what allowed an answer.
    let query = ChatQuery { limit: 100, ..ChatQuery::default() };
    for message in service.chat(&anns.1, &query).await.expect("takes part").items {
        service.remove_chat(&anns.1, message.id).await.expect("is hers");
    }
    assert_eq!(texts(service, &anns.1, None).await, [""; 0]);
    assert!(is_unknown(&post(service, &bot, 8, ann()).await));
    assert!(matches!(post(service, &anns.1, 9, home()).await, Err(Error::Forbidden)));
    assert!(matches!(service.send(&bot, writes(3, id)).await, Err(Error::Forbidden)));
}
