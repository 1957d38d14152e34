//! Who is online, and to whom that is told. Time is a value that each test moves by itself; the live line alone has heartbeats of its own.

use crate::support::{PASSWORD, ROOT, Work, it_is, minute, next, set_clock};
use domain::{
    Friend, Level, Party, Role, Timestamp, Viewer,
    live::{Change, LiveMessage},
};
use futures::Stream;
use service::{Error, GrantDraft, Service};
use std::pin::Pin;

/// An open page.
type Page = Pin<Box<dyn Stream<Item = Result<LiveMessage, Error>> + Send>>;

/// A service at work with ann, ben and the admin cid, and eve, an admin of another group.
struct House {
    work: Work,
    ann: (Friend, Viewer),
    ben: Viewer,
    cid: Viewer,
    eve: Viewer,
    /// Of ann.
    session: String,
}

impl House {
    async fn new() -> Self {
        let work = Work::new().await;
        let ann = work.user(Some("Family"), "ann", Role::Friend).await;
        let (_, ben) = work.user(Some("Family"), "ben", Role::Friend).await;
        let (_, cid) = work.user(Some("Family"), "cid", Role::Admin).await;
        let (_, eve) = work.user(Some("Club"), "eve", Role::Admin).await;
        let session = work.service.sign_in("ann", PASSWORD, "here").await.expect("is right").token;
        Self { work, ann, ben, cid, eve, session }
    }

    fn service(&self) -> &Service {
        &self.work.service
    }

    /// Ann opens a page.
    fn open(&self) -> Page {
        Box::pin(self.service().live(self.ann.1.clone(), Some(self.session.clone())))
    }

    /// Somebody looks, and is not seen to: by a token.
    async fn looking(&self, viewer: &Viewer) -> Page {
        let mut page: Page = Box::pin(self.service().live(viewer.clone(), None));
        assert!(matches!(next(&mut page).await, LiveMessage::Snapshot(_)), "a snapshot is first");
        page
    }

    async fn share(&self, level: Level, until: Option<Timestamp>) {
        let (id, to) = (self.ann.0.id, Party::Group(self.ann.0.group));
        let draft = GrantDraft { to, level, since: Some(Timestamp::MIN), until };
        self.service().share(&self.ann.1, id, draft).await.expect("is hers to say");
    }

    async fn pause(&self, until: Option<Timestamp>, quiet: bool) {
        self.service().pause(&self.ann.1, self.ann.0.id, until, quiet).await.expect("is hers to say");
    }

    async fn resume(&self) {
        self.service().resume(&self.ann.1, self.ann.0.id).await.expect("is hers to say");
    }

    /// Whether somebody is told that ann is online; `None` for who does not know of her.
    fn seen_by(&self, viewer: &Viewer) -> Option<bool> {
        let friends = self.service().snapshot(viewer).friends;
        friends.iter().find(|live| live.friend.id == self.ann.0.id).map(|live| live.online)
    }

    /// Whether ann is online by the next thing that a page is told; `None` where that is a sign of life.
    async fn told(&self, page: &mut Page) -> Option<bool> {
        let changes = match next(page).await {
            LiveMessage::Heartbeat(_) => return None,
            LiveMessage::Delta(delta) => delta.changes,
            LiveMessage::Snapshot(_) => unreachable!("nothing calls for one"),
        };
        match changes.as_slice() {
            [Change::Online(friend, online)] if *friend == self.ann.0.id => Some(*online),
            [Change::Friend(live)] if live.friend.id == self.ann.0.id => Some(live.online),
            other => unreachable!("only that is new: {other:?}"),
        }
    }
}

#[tokio::test]
async fn who_is_online_is_told_to_whom_they_show_something_of_now_and_to_nobody_else() {
    let house = House::new().await;
    let everybody = [&house.ann.1, &house.ben, &house.cid, &house.eve, &ROOT];
    let seen = || everybody.map(|viewer| house.seen_by(viewer));
    assert_eq!(seen(), [Some(false), Some(false), Some(false), None, Some(false)]);
    let by_token: Page = Box::pin(house.service().live(house.ann.1.clone(), None));
    assert_eq!(house.seen_by(&ROOT), Some(false), "a token is no page");
    drop(by_token);
    let _page = house.open();
    let told = |online| [Some(true), Some(online), Some(online), None, Some(true)];
    assert_eq!(seen(), told(true));
    for (level, online) in [
        (Level::Street, true),
        (Level::City, true),
        (Level::Names, true),
        (Level::Delayed(1), false),
        (Level::Off, false),
        (Level::Precise, true),
    ] {
        house.share(level.clone(), None).await;
        assert_eq!(seen(), told(online), "{level:?}");
    }
    it_is(1);
    for quiet in [false, true] {
        house.pause(None, quiet).await;
        assert_eq!(seen(), told(false));
        house.resume().await;
        assert_eq!(seen(), told(true));
    }
    house.pause(Some(minute(5)), true).await;
    assert_eq!(seen(), told(false));
    it_is(5);
    assert_eq!(seen(), told(true), "a pause ends by itself");
    house.share(Level::Names, Some(minute(7))).await;
    assert_eq!(seen(), told(true));
    it_is(7);
    assert_eq!(seen(), told(false), "and what is shown for a time, too");
    // As another sees them: not more than that.
    let (own, eyes) = (house.ann.0.id, house.service().friend_named(&ROOT, "ben").expect("is there").id);
    let (to, level) = (Party::Group(house.ann.0.group), Level::Street);
    let draft = GrantDraft { to, level, since: Some(Timestamp::MIN), until: None };
    let (now, after) = house.service().view_as(&house.ann.1, own, eyes, Some(draft)).expect("is hers");
    assert_eq!((now.online, after.map(|live| live.online)), (false, Some(true)));
}

#[tokio::test]
async fn a_page_that_is_loaded_again_is_no_leaving_and_the_last_of_several_is() {
    let house = House::new().await;
    let seen = || house.seen_by(&house.ben).expect("ben knows of her");
    let after = |at_ms: i64| set_clock(minute(0).plus_millis(at_ms));
    let (first, second) = (house.open(), house.open());
    drop(first);
    after(60_000);
    assert!(seen(), "there is another one");
    drop(second);
    after(69_999);
    assert!(seen());
    let again = house.open();
    after(90_000);
    assert!(seen(), "she came back in time");
    drop(again);
    after(99_999);
    assert!(seen());
    after(100_000);
    assert!(!seen());
    // Who signs out has left, whatever the page does.
    let mut page = house.open();
    assert!(matches!(next(&mut page).await, LiveMessage::Snapshot(_)));
    assert!(seen());
    house.service().sign_out(&house.session).await.expect("the store writes");
    assert!(matches!(crate::live::next(&mut page).await, Some(Err(Error::Unauthorised))));
    after(110_000);
    assert!(!seen());
    drop(page);
}

#[tokio::test]
async fn whoever_looks_is_told_at_once_who_comes_and_soon_who_goes() {
    let house = House::new().await;
    let mut bens = house.looking(&house.ben).await;
    let mut eves = house.looking(&house.eve).await;
    let first = house.open();
    assert_eq!(house.told(&mut bens).await, Some(true));
    drop((first, house.open()));
    let page = house.open();
    assert_eq!(house.told(&mut bens).await, None, "another page is nothing new");
    it_is(1);
    house.pause(None, false).await;
    assert_eq!(house.told(&mut bens).await, Some(false));
    house.resume().await;
    assert_eq!(house.told(&mut bens).await, Some(true));
    // Of who shows less than everything, too, coming and going alone is told.
    house.share(Level::Street, None).await;
    assert_eq!(house.told(&mut bens).await, Some(true), "she is shown otherwise, and online");
    drop(page);
    assert_eq!(house.told(&mut bens).await, None, "not yet");
    it_is(2);
    assert_eq!(house.told(&mut bens).await, Some(false));
    let page = house.open();
    assert_eq!(house.told(&mut bens).await, Some(true));
    house.share(Level::Off, None).await;
    assert_eq!(house.told(&mut bens).await, Some(false));
    drop(page);
    it_is(3);
    let _unseen = house.open();
    assert_eq!(house.told(&mut bens).await, None, "who shows nothing comes and goes unseen");
    // What was online before somebody looks is in the first that they are told.
    house.share(Level::Names, None).await;
    assert_eq!(house.seen_by(&house.cid), Some(true));
    let mut cids = house.looking(&house.cid).await;
    assert_eq!(house.told(&mut cids).await, None, "and is not told again");
    for _ in 0..2 {
        assert!(matches!(next(&mut eves).await, LiveMessage::Heartbeat(_)), "of another group");
    }
}
