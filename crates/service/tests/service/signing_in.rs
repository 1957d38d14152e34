//! Passwords, sessions, the set-up link, tokens: who gets in, and who is slowed down.

use crate::{
    support::{PASSWORD, ROOT},
    whole::{House, assert_not_found, seconds_ago},
};
use domain::{Role, Viewer};
use service::{Error, TokenScope};
use std::time::Duration;

#[tokio::test]
async fn guessing_is_slowed_down_by_name_and_by_where_it_comes_from() {
    let house = House::new().await;
    let service = &house.service;
    house.user("Friends", "ann", Role::Friend).await;
    assert!(service.sign_in(" ANN ", PASSWORD, "peer 0").await.is_ok());
    // From one place, always the same name: told by both.
    let mut tries = 0;
    let busy = loop {
        match service.sign_in("ann", "a wrong guess", "a guesser").await.err() {
            Some(Error::Unauthorised) => tries += 1,
            // Until it is so long that the next one comes before that, on a slow machine, too.
            Some(Error::Busy { retry_after_s: ..8 }) => tokio::task::yield_now().await,
            other => break other,
        }
        assert!(tries < 100, "one name may not be guessed for ever");
    };
    assert!(matches!(busy, Some(Error::Busy { retry_after_s: 8.. })), "{busy:?}");
    let right = service.sign_in("Ann", PASSWORD, "a guesser").await.err();
    assert!(matches!(right, Some(Error::Busy { .. })), "the right one does not help there: {right:?}");
    assert!(service.sign_in("ann", PASSWORD, "her own place").await.is_ok(), "she is not locked out");
    house.user("Friends", "ben", Role::Friend).await;
    assert!(service.sign_in("ben", PASSWORD, "peer 98").await.is_ok(), "others are not held up");

    let mut tries = 0;
    loop {
        // One name after the other from one place: told by the place.
        match service.sign_in(&format!("nobody {tries}"), "guess", "one place").await.err() {
            Some(Error::Unauthorised) => tries += 1,
            other => {
                assert!(matches!(other, Some(Error::Busy { .. })), "{other:?}");
                break;
            }
        }
        assert!(tries < 100, "one place may not guess for ever");
    }
}

#[tokio::test]
async fn guessing_from_everywhere_is_slow_and_locks_nobody_out() {
    let house = House::new().await;
    let service = &house.service;
    house.user("Friends", "ann", Role::Friend).await;
    for number in 0..40 {
        let peer = format!("peer {number}");
        let guess = service.sign_in("ann", "a wrong guess", &*peer);
        // Nobody waits for the answers that come late.
        let _refused_or_slow = tokio::time::timeout(Duration::from_millis(200), guess).await;
    }
    let begun = tokio::time::Instant::now();
    let refused = service.sign_in("ann", "a wrong guess", "peer 99").await.err();
    assert!(matches!(refused, Some(Error::Unauthorised)), "{refused:?}");
    assert!(begun.elapsed() >= Duration::from_secs(1), "slowed down, wherever it comes from");
    assert!(service.sign_in("ann", PASSWORD, "her own place").await.is_ok(), "and ann gets in");
}

#[tokio::test]
async fn only_who_has_a_password_signs_in_and_sessions_end_when_they_should() {
    let house = House::new().await;
    let service = &house.service;
    house.user("Friends", "ann", Role::Admin).await;
    house.device("Friends", "ben").await;
    for (name, password) in
        [("ann", "wrong"), ("ann", ""), ("ben", ""), ("ben", PASSWORD), ("", ""), ("nobody", PASSWORD)]
    {
        let refused = service.sign_in(name, password, name).await.err();
        assert!(matches!(refused, Some(Error::Unauthorised)), "{name} {password}: {refused:?}");
    }
    let session = service.sign_in("ann", PASSWORD, "here").await.expect("is right").token;
    let other = service.sign_in("ann", PASSWORD, "there").await.expect("is right").token;
    let who = service.session(&session).await.expect("the store answers").expect("is signed in");
    assert_eq!(who.name.as_str(), "ann");
    service.sign_out(&session).await.expect("the store writes");
    assert!(service.session(&session).await.expect("the store answers").is_none());
    assert!(service.session(&other).await.expect("the store answers").is_some());
    service.change_password(&who, PASSWORD, "another password").await.expect("the old one is right");
    assert!(
        service.session(&other).await.expect("the store answers").is_none(),
        "a new password ends all sessions"
    );
    assert!(service.remove_user(&ROOT, "ann").await.is_err(), "the last admin stays");
}

#[tokio::test]
async fn the_set_up_link_works_once() {
    let house = House::new().await;
    let service = &house.service;
    let token = service.set_up_token().expect("nobody can sign in yet");
    assert!(service.set_up("wrong", "ann", PASSWORD, "here").await.is_err());
    assert!(service.set_up(&token, "ann", "short", "here").await.is_err());
    assert!(service.needs_set_up());
    service.set_up(&token, "ann", PASSWORD, "here").await.expect("is right");
    assert!(service.set_up(&token, "eve", PASSWORD, "here").await.is_err());
    assert_eq!(service.set_up_token(), None);
}

#[tokio::test]
async fn the_set_up_link_works_once_however_many_come_at_once() {
    let house = House::new().await;
    let service = &house.service;
    let token = service.set_up_token().expect("nobody can sign in yet");
    let names = ["ann", "eve", "joe"];
    let all = names.map(|name| service.set_up(&token, name, PASSWORD, "here"));
    let made = futures::future::join_all(all).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert_eq!(service.users(&ROOT).expect("may").len(), 1);
}

#[tokio::test]
async fn wrong_passwords_of_devices_do_not_break_up_commits() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let before = house.service.stats().commits;
    let reports = (0..300).map(|second| house.report(&ann, seconds_ago(1000 - second), 48.2));
    let places: Vec<_> = (0..300).map(|number| format!("place {number}")).collect();
    let guesses = places.iter().map(|place| house.service.sign_in_device("ann", "a wrong guess", place));
    let both = reports.zip(guesses).map(|(report, guess)| futures::future::join(report, guess));
    for (verdict, guess) in futures::future::join_all(both).await {
        assert_eq!((verdict.as_str(), guess.expect("the store answers")), ("location", None));
    }
    let commits = house.service.stats().commits - before;
    assert!(commits < 50, "{commits} commits for 300 messages that came at once");
}

#[tokio::test]
async fn the_rights_of_a_token_are_those_of_its_scope_and_its_user() {
    let house = House::new().await;
    let service = &house.service;
    let (ann, of_ann) = house.user("Family", "ann", Role::Admin).await;
    let make = async |scope, user| service.create_token(&ROOT, "script", scope, user).await.expect("may");
    for (scope, user, wanted) in [
        (TokenScope::Admin, None, ROOT),
        (TokenScope::Read, None, Viewer::Server { role: Role::Friend }),
        (TokenScope::Admin, Some("ann"), of_ann),
        (TokenScope::Write, Some("ann"), Viewer::member(ann.id, ann.group, Role::Friend)),
    ] {
        let bearer =
            service.bearer(&make(scope, user).await).await.expect("the store answers").expect("is known");
        assert_eq!((bearer.viewer, bearer.scope), (wanted, scope));
    }
    assert!(service.bearer("wa_unknown").await.expect("the store answers").is_none());
}

#[tokio::test]
async fn the_token_of_somebody_who_may_not_sign_in_any_more_is_void() {
    let house = House::new().await;
    let service = &house.service;
    house.user("Family", "ann", Role::Admin).await;
    house.user("Family", "carl", Role::Friend).await;
    house.device("Family", "carl").await;
    let token = service.create_token(&ROOT, "x", TokenScope::Read, Some("carl")).await.expect("may");
    assert!(service.bearer(&token).await.expect("the store answers").is_some());
    service.remove_user(&ROOT, "carl").await.expect("is there");
    assert!(service.bearer(&token).await.expect("the store answers").is_none());
    assert_not_found(service.create_token(&ROOT, "x", TokenScope::Read, Some("carl")).await);
    service.add_user(&ROOT, "carl", PASSWORD, Role::Friend).await.expect("may sign in again");
    assert!(service.bearer(&token).await.expect("the store answers").is_none(), "it does not come back");
}

#[tokio::test]
async fn tokens_are_listed_and_revoked_by_name() {
    let house = House::new().await;
    let service = &house.service;
    let (_, ann) = house.user("Family", "ann", Role::Admin).await;
    house.user("Club", "dan", Role::Friend).await;
    let make =
        async |name, user| service.create_token(&ROOT, name, TokenScope::Read, user).await.expect("may");
    let (of_ann, of_dan, of_all) =
        (make("script", Some("ann")).await, make("script", Some("dan")).await, make("root", None).await);
    let listed = async |by: &Viewer| -> Vec<(String, Option<String>)> {
        let tokens = service.tokens(by).await.expect("may");
        tokens.into_iter().map(|token| (token.name, token.user.map(String::from))).collect()
    };
    let entry = |name: &str, user: Option<&str>| (name.to_owned(), user.map(str::to_owned));
    assert_eq!(
        listed(&ROOT).await,
        [entry("root", None), entry("script", Some("ann")), entry("script", Some("dan"))]
    );
    assert_eq!(listed(&ann).await, [entry("script", Some("ann"))], "an admin knows those of the own group");
    assert_not_found(service.remove_tokens(&ann, "root").await);
    assert_eq!(service.remove_tokens(&ann, "script").await.expect("may"), 1);
    let known = async |token: &str| service.bearer(token).await.expect("the store answers").is_some();
    assert_eq!((known(&of_ann).await, known(&of_dan).await, known(&of_all).await), (false, true, true));
    assert_eq!(service.remove_tokens(&ROOT, "script").await.expect("may"), 1);
    assert_not_found(service.remove_tokens(&ROOT, "script").await);
    assert!(!known(&of_dan).await);
}

#[tokio::test]
async fn who_may_not_sign_in_any_more_is_nobody_elsewhere_and_no_admin_when_they_are_let_in_again() {
    let house = House::new().await;
    let service = &house.service;
    for name in ["ann", "ben"] {
        service.add_user(&ROOT, name, PASSWORD, Role::Admin).await.expect("is new");
    }
    service.add_device(&ROOT, "ben", "phone").await.expect("is new");
    let (issuer, subject, here) = ("https://id.example.org", "ben at home", "here".into());
    let began = service.sign_in("ben", PASSWORD, "here").await.expect("is right");
    let ben = service.session(&began.token).await.expect("answers").expect("is signed in");
    service.link_identity(&ben, issuer, subject).await.expect("is nobody's");
    service.sign_in_identity(issuer, subject, &here).await.expect("is known");
    service.remove_user(&ROOT, "ben").await.expect("ann is an admin, too");
    assert!(service.sign_in_identity(issuer, subject, &here).await.is_err());
    service.reset_password(&ROOT, "ben", "another password").await.expect("may sign in again");
    assert!(service.sign_in_identity(issuer, subject, &here).await.is_err(), "by what they are told alone");
    let began = service.sign_in("ben", "another password", "here").await.expect("is right");
    let ben = service.session(&began.token).await.expect("answers").expect("is signed in");
    assert!(!ben.viewer.administers_any() && !ben.viewer.is_server_admin(), "nobody said that they are");
}

#[tokio::test]
async fn who_was_taken_out_does_not_come_back_by_an_invitation_they_made() {
    let house = House::new().await;
    let service = &house.service;
    for name in ["ann", "eve"] {
        service.add_user(&ROOT, name, PASSWORD, Role::Admin).await.expect("is new");
    }
    let eve = service.friend_named(&ROOT, "eve").expect("is there").viewer();
    let draft = service::InvitationDraft { group: None, name: String::new(), role: Role::Admin, days: 60 };
    let (_, kept) = service.invite_by_link(&eve, draft.clone()).await.expect("is an admin");
    let (_, of_terminal) = service.invite_by_link(&ROOT, draft).await.expect("may");
    assert!(service.welcome(&kept).await.expect("answers").is_some());
    service.remove_user(&ROOT, "eve").await.expect("ann is an admin, too");
    assert!(service.welcome(&kept).await.expect("answers").is_none());
    let here = "here".into();
    assert!(service.accept_invitation(&kept, "mallory", PASSWORD, &here).await.is_err());
    service.accept_invitation(&of_terminal, "cid", PASSWORD, &here).await.expect("holds");
}
