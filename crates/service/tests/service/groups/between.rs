//! What one group must not learn of another by the way: from numbers, and from names that happen to be the same.

use super::House;
use crate::support::{LAT, LON, ROOT, bridged, circle, it_is, minute, now, said};
use domain::{Audience, Details, Level, Role, Viewer};
use service::{MessageQuery, RegionDraft};

/// The whole log as somebody reads it, a line at a time: what came, and how many pages that took.
async fn read(house: &House, by: &Viewer) -> (Vec<String>, usize) {
    let (mut lines, mut pages, mut cursor) = (Vec::new(), 0, None);
    loop {
        let asked = MessageQuery { limit: 1, cursor, ..MessageQuery::default() };
        let page = house.service.messages(by, &asked).await.expect("is an admin");
        pages += 1;
        lines.extend(page.items.into_iter().map(|line| line.id));
        cursor = page.next;
        if cursor.is_none() {
            return (lines, pages);
        }
    }
}

#[tokio::test]
async fn nobody_counts_by_their_own_lines_what_others_report() {
    let house = House::new().await;
    let other = house.work.device(Some("Club"), "gus", "phone").await;
    for at in [10, 20] {
        house.report(at, LAT).await;
        for second in 0..5 {
            let tst = minute(at).as_millis() / 1000 + second;
            let payload = format!(r#"{{"_type":"location","lat":{LAT},"lon":{LON},"acc":10,"tst":{tst}}}"#);
            house.service.submit(said(&other, payload, minute(at))).await.expect("it is committed");
        }
        let nobodys = bridged("nobodys/thing", at.to_string(), now());
        house.service.submit(nobodys).await.expect("it is committed");
    }
    house.report(30, LAT).await;
    let ada = house.eyes("ada").await;
    let (lines, pages) = read(&house, &ada).await;
    assert_eq!((lines.len(), pages), (3, 3), "no page is empty where others speak");
    assert!(lines.iter().all(|line| line.parse::<i64>().is_err()), "no number: {lines:?}");
    assert_eq!(read(&house, &ada).await.0, lines, "a line is the same one again");
    assert_eq!(read(&house, &ROOT).await.0.len(), 15, "who may read everything does");
    let made_up = MessageQuery { limit: 1, cursor: Some("7".to_owned()), ..MessageQuery::default() };
    let refused = house.service.messages(&ada, &made_up).await;
    assert!(matches!(refused, Err(service::Error::Invalid { field: "cursor", .. })), "{refused:?}");
    house.work.end().await;
}

#[tokio::test]
async fn a_place_called_like_a_hidden_region_of_the_other_group_is_for_nobody_who_may_not_know_of_it() {
    let house = House::new().await;
    let service = &house.service;
    let details = Some(Details { audience: Audience::Admins, ..Details::default() });
    let vault = RegionDraft { details, ..circle("Vault", (LAT + 1.0, LON), 100.0) };
    service.put_region(&house.eyes("cleo").await, None, vault).await.expect("is drawn");
    service.put_member(&ROOT, house.family, "cleo", Role::Friend).await.expect("is put there");
    for group in [house.family, house.club] {
        house.share(group, Level::Precise).await;
    }
    it_is(20);
    for (number, name) in ["Vault", "Attic"].into_iter().enumerate() {
        let tst = minute(10).as_millis() / 1000 + i64::try_from(number).expect("is small");
        let payload = format!(
            r#"{{"_type":"transition","event":"enter","desc":"{name}","tst":{tst},"t":"c","acc":10,"lat":{LAT},"lon":{LON},"wtst":5}}"#
        );
        let mut event = said(&house.phone, payload, minute(20));
        event.topic.push_str("/event");
        service.submit(event).await.expect("it is committed");
    }
    assert_eq!(house.places("fay").await, ["Attic", "Vault"], "what her phone says is hers");
    assert_eq!(house.places("ada").await, ["Attic"], "nor does who is of one group alone hear of it");
    assert_eq!(house.places("cleo").await, ["Attic", "Vault"], "who may know of the region may hear of this");
    house.work.end().await;
}
