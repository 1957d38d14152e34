//! Set-up links: who may make and use them, how long they are worth something, and how far a phone has come by one. Time is a value here.

use crate::support::{ROOT, START, Work, now, said, set_clock};
use domain::{
    Attempt, DeviceLink, Errand, Friend, Level, LinkState, Party, Refused, Role, Viewer,
    arrival::{Line, Trouble},
};
use service::{
    DeviceCredentials, Error, InvitationDraft, NewLink, Principal, Refusal, Service, Standing, WRONG_PASSWORD,
};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

static ODD: AtomicI64 = AtomicI64::new(0);

/// It is so many milliseconds after the start.
fn it_is_ms(after: i64) {
    set_clock(START.plus_millis(after));
}

struct House {
    work: Work,
    service: Service,
    ann: Viewer,
    ben: Friend,
}

impl House {
    async fn new() -> Self {
        let work = Work::new().await;
        let (_, ann) = work.user(None, "ann", Role::Admin).await;
        let (ben, _) = work.user(None, "ben", Role::Friend).await;
        Self { service: work.service.clone(), work, ann, ben }
    }

    async fn link(&self, by: &Viewer, friend: &str) -> NewLink {
        self.service.make_link(by, None, friend, "phone").await.expect("may be made")
    }

    async fn state(&self, link: &NewLink) -> LinkState {
        let all = self.service.device_links(&self.ann).await.expect("the store answers");
        all.into_iter().find(|known| known.link.id == link.link.id).expect("is listed").state
    }

    async fn use_it(&self, link: &NewLink, by: Option<&Viewer>) -> Result<DeviceCredentials, Error> {
        self.service.use_link(&link.token, by, &peer(), None).await.map(|(_, made)| made)
    }

    async fn standing(&self, link: &NewLink, by: Option<&Viewer>) -> Option<Standing> {
        self.service.open_link(&link.token, by, &peer()).await.ok().map(|offer| offer.standing)
    }

    async fn say(&self, made: &DeviceCredentials, refusal: Option<Refusal>, payload: &str) {
        let account = self.service.sign_in_device(&made.username, &made.password, "here").await;
        let account = account.expect("the store answers").expect("is right");
        let mut inbound = said(&account, payload, now());
        if let Some(refusal) = refusal {
            inbound.principal = Principal::Refused(account, refusal);
        }
        self.service.submit(inbound).await.expect("is committed");
    }
}

/// Somewhere else each time, so that nobody is slowed down.
fn peer() -> String {
    format!("192.0.2.{}", ODD.fetch_add(1, Relaxed))
}

fn viewer(friend: &Friend) -> Viewer {
    friend.viewer()
}

#[tokio::test]
async fn looking_does_not_use_a_link_up_and_using_it_does() {
    let house = House::new().await;
    let link = house.link(&house.ann, "tom").await;
    assert_eq!(house.state(&link).await, LinkState::Made);
    for _ in 0..5 {
        assert_eq!(house.standing(&link, None).await, Some(Standing::Ready));
    }
    assert_eq!(house.state(&link).await, LinkState::Opened);
    let made = house.use_it(&link, None).await.expect("is worth something");
    assert_eq!((made.username.as_str(), made.topic.as_str()), ("tom", "owntracks/tom/phone"));
    assert!(house.service.sign_in_device("tom", &made.password, "here").await.expect("answers").is_some());
    assert_eq!(house.state(&link).await, LinkState::Used);
    assert!(matches!(house.use_it(&link, None).await, Err(Error::NotFound("link"))));
    assert_eq!(house.standing(&link, None).await, None);
    assert!(house.service.sign_in_device("tom", &made.password, "here").await.expect("answers").is_some());
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_gets_the_password() {
    let house = House::new().await;
    let link = house.link(&house.ann, "tom").await;
    let (one, other) = tokio::join!(house.use_it(&link, None), house.use_it(&link, None));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn a_link_is_worth_nothing_after_a_day_when_it_was_taken_back_or_made_anew() {
    let house = House::new().await;
    let link = house.link(&house.ann, "tom").await;
    it_is_ms(DeviceLink::LIVES_MS - 1);
    assert_eq!(house.standing(&link, None).await, Some(Standing::Ready));
    it_is_ms(DeviceLink::LIVES_MS);
    assert_eq!(house.standing(&link, None).await, None);
    assert!(matches!(house.use_it(&link, None).await, Err(Error::NotFound("link"))));
    assert_eq!(house.state(&link).await, LinkState::Expired);

    let first = house.link(&house.ann, "tom").await;
    let second = house.link(&house.ann, "TOM").await;
    assert_eq!((house.state(&first).await, house.standing(&first, None).await), (LinkState::Revoked, None));
    house.service.revoke_link(&house.ann, second.link.id).await.expect("is there");
    assert_eq!((house.state(&second).await, house.standing(&second, None).await), (LinkState::Revoked, None));
    let again = house.service.revoke_link(&house.ann, second.link.id).await;
    assert!(matches!(again, Err(Error::NotFound("link"))));
}

#[tokio::test]
async fn the_password_of_who_can_sign_in_is_told_to_nobody_else() {
    let house = House::new().await;
    let ben = viewer(&house.ben);
    let add = async |by: &Viewer| house.service.add_device(by, "ben", "phone").await;
    assert!(matches!(add(&house.ann).await, Err(Error::Invalid { field: "friend", .. })), "an admin may not");
    let link = house.link(&house.ann, "ben").await;
    assert_eq!(house.standing(&link, None).await, Some(Standing::SignIn));
    assert_eq!(house.standing(&link, Some(&house.ann)).await, Some(Standing::Another));
    assert!(matches!(house.use_it(&link, None).await, Err(Error::Unauthorised)));
    assert!(matches!(house.use_it(&link, Some(&house.ann)).await, Err(Error::Forbidden)));
    assert!(matches!(house.use_it(&link, Some(&ROOT)).await, Err(Error::Unauthorised)));
    let seen = house.service.open_link(&link.token, Some(&house.ann), &peer()).await.expect("is there");
    assert!(seen.sharing.grants.is_empty(), "whom he shows what is not the admin's to read");
    let made = house.use_it(&link, Some(&ben)).await.expect("it is his");

    // Nor by renewing it, and the terminal may as before.
    assert!(add(&house.ann).await.is_err());
    let still = house.service.sign_in_device("ben", &made.password, "here").await;
    assert!(still.expect("answers").is_some(), "nothing was renewed");
    assert!(add(&ROOT).await.is_ok() && add(&ben).await.is_ok());
    // One's own link needs no sign-in on the phone, but others cannot make one for oneself that does not.
    let own = house.link(&ben, "ben").await;
    assert_eq!(house.standing(&own, None).await, Some(Standing::Ready));
    let at_the_terminal = house.link(&ROOT, "ben").await;
    assert_eq!(house.standing(&at_the_terminal, None).await, Some(Standing::SignIn));
}

#[tokio::test]
async fn an_account_given_meanwhile_asks_for_the_sign_in() {
    let house = House::new().await;
    let link = house.link(&house.ann, "tom").await;
    assert_eq!(house.standing(&link, None).await, Some(Standing::Ready));
    house.service.add_user(&house.ann, "tom", "correct horse", Role::Friend).await.expect("can sign in now");
    assert_eq!(house.standing(&link, None).await, Some(Standing::SignIn));
    assert!(matches!(house.use_it(&link, None).await, Err(Error::Unauthorised)));
}

#[tokio::test]
async fn friends_make_links_for_themselves_alone_and_see_only_theirs() {
    let house = House::new().await;
    let ben = viewer(&house.ben);
    let refused = async |friend: &str| house.service.make_link(&ben, None, friend, "phone").await.err();
    assert!(matches!(refused("ann").await, Some(Error::Forbidden)));
    assert!(matches!(refused("zoe").await, Some(Error::Forbidden)));
    let (anns, bens) = (house.link(&house.ann, "tom").await, house.link(&ben, "ben").await);
    let seen = house.service.device_links(&ben).await.expect("answers");
    assert_eq!(seen.iter().map(|known| known.link.id).collect::<Vec<_>>(), [bens.link.id]);
    assert!(matches!(house.service.revoke_link(&ben, anns.link.id).await, Err(Error::NotFound("link"))));
    assert!(matches!(house.service.device_links(&Viewer::Guest).await, Err(Error::Forbidden)));
}

#[tokio::test]
async fn who_decides_for_themself_says_it_with_the_link_and_others_cannot() {
    let house = House::new().await;
    let ben = viewer(&house.ben);
    let shows = async |friend: &Friend| {
        let sharing = house.service.sharing(&viewer(friend), friend.id).expect("is his");
        sharing.grant(Party::Group(friend.group), now()).map(|grant| grant.level.clone())
    };
    let link = house.link(&house.ann, "ben").await;
    let city = Some(Level::City);
    house.service.use_link(&link.token, Some(&ben), &peer(), city).await.expect("it is his");
    assert_eq!(shows(&house.ben).await, Some(Level::City));
    let link = house.link(&house.ann, "tom").await;
    let street = Some(Level::Street);
    house.service.use_link(&link.token, None, &peer(), street).await.expect("is worth something");
    let tom = house.service.friend_named(&house.ann, "tom").expect("is there");
    assert!(house.service.sharing(&house.ann, tom.id).expect("she decides").grants.is_empty());
}

#[tokio::test]
async fn tokens_that_are_none_are_all_answered_alike_and_soon_slowly() {
    let house = House::new().await;
    let used = house.link(&house.ann, "tom").await;
    house.use_it(&used, None).await.expect("is worth something");
    let long = "a".repeat(100_000);
    for token in ["", "x", "' OR 1=1 --", "../../etc/passwd", "\0", "🙂", &used.token, &long] {
        let opened = house.service.open_link(token, Some(&house.ann), &peer()).await;
        assert!(matches!(opened, Err(Error::NotFound("link"))), "{token:.40}");
    }
    let mut last = None;
    for _ in 0..100 {
        last = house.service.open_link("guess", None, "192.0.2.200").await.err();
    }
    assert!(matches!(last, Some(Error::Busy { .. })));
}

#[tokio::test]
async fn a_phone_is_followed_from_the_link_to_the_map_by_who_has_its_password() {
    let house = House::new().await;
    let link = house.link(&house.ann, "tom").await;
    it_is_ms(1000);
    let made = house.use_it(&link, None).await.expect("is worth something");
    let look = async |password: &str| {
        let asked = (made.username.as_str(), password);
        house.service.arrival_by_link(&link.token, asked, &peer()).await.map(|(_, arrival)| arrival)
    };
    assert!(
        matches!(look("wrong").await, Err(Error::NotFound("link"))),
        "the link alone tells nothing any more"
    );
    assert_eq!(look(&made.password).await.expect("answers").signed_in_at, None);
    it_is_ms(2000);
    house.service.note_refusal(Refused {
        at: now(),
        attempt: Attempt::SignIn,
        username: "Tom".to_owned(),
        client_id: "x".to_owned(),
        address: None,
        topic: None,
        reason: WRONG_PASSWORD.to_owned(),
    });
    let arrival = look(&made.password).await.expect("answers");
    assert_eq!(arrival.troubles, [Trouble::Password { count: 1, last: now() }]);
    it_is_ms(3000);
    house.service.note_sign_in(made.device, Line::Encrypted);
    let arrival = look(&made.password).await.expect("answers");
    assert_eq!(
        (arrival.line, arrival.signed_in_at, &*arrival.troubles),
        (Some(Line::Encrypted), Some(now()), &[][..])
    );
    house.say(&made, Some(Refusal::ForeignTopic), "hello").await;
    let arrival = look(&made.password).await.expect("answers");
    assert_eq!((arrival.heard_at, arrival.troubles), (None, vec![Trouble::Topic { last: now() }]));
    it_is_ms(4000);
    house.say(&made, None, r#"{"_type":"lwt","tst":1700000000}"#).await;
    let arrival = look(&made.password).await.expect("answers");
    assert_eq!(arrival.troubles, [Trouble::NoPosition { words: vec!["lwt".to_owned()] }]);
    let position =
        |tst: i64| format!(r#"{{"_type":"location","lat":48.2,"lon":16.37,"tid":"to","tst":{tst}}}"#);
    it_is_ms(5000);
    house.say(&made, None, &position(START.as_millis() / 1000 + 1200)).await;
    let arrival = look(&made.password).await.expect("answers");
    assert_eq!(
        (arrival.placed_at, arrival.troubles),
        (Some(now()), vec![Trouble::ClockAhead { by_s: 1195 }])
    );
    it_is_ms(6000);
    house.say(&made, None, &position(START.as_millis() / 1000 + 6)).await;
    let listed = house.service.device_links(&house.ann).await.expect("answers").remove(0);
    let arrival = listed.arrival.expect("was used");
    assert!(arrival.is_there() && arrival.troubles.is_empty(), "{arrival:?}");
}

#[tokio::test]
async fn nobody_else_points_the_phone_of_who_can_sign_in_elsewhere() {
    let house = House::new().await;
    let ben = viewer(&house.ben);
    let made = house.service.add_device(&ben, "ben", "phone").await.expect("is his");
    let order = async |by: &Viewer, settings: &str| {
        house.service.give_order(by, made.device, Errand::Configure(settings.to_owned())).await
    };
    for settings in [r#"{"host":"x"}"#, r#"{"password":"x"}"#, r#"{"url":"x"}"#] {
        assert!(order(&house.ann, settings).await.is_err() && order(&ben, settings).await.is_err());
    }
    for settings in [r#"{"encryptionKey":"x"}"#, r#"{"httpHeaders":"x"}"#, r#"{"allowinvalidcerts":true}"#] {
        assert!(matches!(order(&house.ann, settings).await, Err(Error::Invalid { field: "settings", .. })));
        assert!(order(&ben, settings).await.is_ok());
    }
    assert!(order(&house.ann, r#"{"locatorInterval":60}"#).await.is_ok());
}

#[tokio::test]
async fn who_is_no_admin_any_more_sets_up_nobodys_phone_by_a_link_they_kept() {
    let house = House::new().await;
    let service = &house.service;
    service.add_user(&ROOT, "eve", "correct horse battery", Role::Admin).await.expect("is new");
    service.add_device(&ROOT, "kid", "watch").await.expect("is new");
    let eve = |service: &Service| service.friend_named(&ROOT, "eve").expect("is there").viewer();
    let (kept, another) =
        (house.link(&eve(service), "kid").await, service.make_link(&house.ann, None, "kid", "tablet").await);
    assert_eq!(house.standing(&kept, None).await, Some(Standing::Ready));
    service.remove_user(&house.ann, "eve").await.expect("ann is an admin, too");
    assert_eq!(house.standing(&kept, None).await, None);
    assert!(house.use_it(&kept, None).await.is_err());
    house.use_it(&another.expect("may be made"), None).await.expect("ann is one still");
}

#[tokio::test]
async fn a_link_that_is_used_while_who_made_it_is_taken_out_is_worth_nothing() {
    let house = House::new().await;
    let service = &house.service;
    service.add_device(&ROOT, "kid", "watch").await.expect("is new");
    for round in 0..8 {
        service.add_user(&ROOT, "eve", "correct horse battery", Role::Admin).await.expect("is new");
        let eve = service.friend_named(&ROOT, "eve").expect("is there").viewer();
        // Who has a phone stays when they may not sign in any more, and so do the links that they made.
        service.add_device(&eve, "eve", "phone").await.expect("is hers");
        let kept = house.link(&eve, "kid").await;
        // While the writer has something else to do both wait for it, one behind the other.
        let copy = house.work.path(&format!("copy{round}.db"));
        let (copied, removed, used) = tokio::join!(
            service.back_up(&ROOT, copy),
            service.remove_user(&house.ann, "eve"),
            house.use_it(&kept, None)
        );
        copied.expect("the copy is written");
        removed.expect("ann is an admin, too");
        assert!(matches!(used, Err(Error::NotFound("link"))), "{used:?}");
    }
}

#[tokio::test]
async fn a_link_that_is_used_while_its_device_comes_another_way_gives_a_password_that_works() {
    let house = House::new().await;
    let service = &house.service;
    for round in 0..8 {
        let phone = format!("phone{round}");
        let link = service.make_link(&house.ann, None, "tom", &phone).await.expect("may be made");
        let copy = house.work.path(&format!("copy{round}.db"));
        let (copied, added, used) = tokio::join!(
            service.back_up(&ROOT, copy),
            service.add_device(&house.ann, "tom", &phone),
            house.use_it(&link, None)
        );
        copied.expect("the copy is written");
        added.expect("she decides for him");
        // The link holds still if it was too late for it.
        let made = match used {
            Err(Error::Conflict { field: "device", .. }) => house.use_it(&link, None).await,
            used => used,
        };
        let made = made.expect("is worth something");
        let signed_in = service.sign_in_device("tom", &made.password, "here").await.expect("answers");
        assert_eq!(signed_in.map(|account| account.device), Some(made.device));
    }
}

#[tokio::test]
async fn who_can_sign_in_from_now_on_is_told_whose_hands_their_phones_went_through() {
    let house = House::new().await;
    let service = &house.service;
    let here = "here".into();
    for (number, name) in ["kid", "tom", "zoe"].into_iter().enumerate() {
        let given = service.add_device(&house.ann, name, "watch").await.expect("cannot sign in");
        match number {
            0 => drop(service.add_user(&house.ann, name, "correct horse", Role::Friend).await.expect("may")),
            1 => service.reset_password(&house.ann, name, "correct horse").await.expect("may"),
            _ => {
                let draft = InvitationDraft { group: None, name: name.into(), role: Role::Friend, days: 7 };
                let (_, link) = service.invite_by_link(&house.ann, draft).await.expect("may");
                service.accept_invitation(&link, "", "correct horse", &here).await.expect("is open");
            }
        }
        let own = service.friend_named(&ROOT, name).expect("is there");
        let told = |by: &Viewer| -> Vec<String> {
            service.set_up_by_others(by, own.id).into_iter().map(String::from).collect()
        };
        assert_eq!(told(&own.viewer()), ["watch"], "{name}");
        assert!(told(&house.ann).is_empty(), "it is theirs to know");
        // Another password does not change whose hands they went through.
        service.reset_password(&house.ann, name, "correct mule!").await.expect("may");
        assert_eq!(told(&own.viewer()), ["watch"], "{name}");
        let link = service.make_link(&own.viewer(), None, name, "watch").await.expect("is theirs");
        house.use_it(&link, Some(&own.viewer())).await.expect("is theirs");
        assert!(told(&own.viewer()).is_empty(), "{name}");
        let old = service.sign_in_device(name, &given.password, "here").await;
        assert!(old.expect("answers").is_none(), "{name}");
        service.add_device(&own.viewer(), name, "tablet").await.expect("is theirs");
        assert!(told(&own.viewer()).is_empty(), "what they set up themselves is theirs alone: {name}");
    }
}
