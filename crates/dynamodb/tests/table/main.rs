//! The archive in a table, against moto, a server from elsewhere that speaks the language of DynamoDB. `cargo xtask dynamodb` installs
//! it and runs this; without it these tests are skipped, and say so.

mod moto;
mod stingy;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb::{Error, Message, NOBODY, Table};
use moto::{Item, Moto};
use serde_json::{Value, json};
use std::collections::HashSet;
use stingy::Stingy;

const TABLE: &str = "whereabouts";

fn message(id: i64, device_id: Option<&str>, payload: &[u8]) -> Message {
    let about = json!({ "topic": "owntracks/ann/phone", "friend": null, "retained": false });
    let Value::Object(about) = about else { unreachable!("it is written as an object") };
    let device_id = device_id.map(str::to_owned);
    Message {
        device_id,
        received_at: "2026-05-17T08:30:00.000Z".into(),
        id,
        about,
        payload: payload.to_vec(),
    }
}

fn place(item: &Item) -> String {
    item["place"].as_s().expect("is text").clone()
}

#[tokio::test]
async fn what_is_written_again_is_there_once() {
    let Some(moto) = Moto::start().await else { return };
    moto.make_table(TABLE, ["device_id", "place"]).await;
    let table = Table::find(TABLE, Some(&moto.endpoint)).await.expect("a region is set");
    table.check().await.expect("it is as it should be");

    let mut messages: Vec<_> = (1..=60).map(|id| message(id, Some("a"), b"{\"lat\":48.2}")).collect();
    messages.push(message(61, None, b"\xff\xfe"));
    messages.push(message(62, Some("b"), b""));
    table.write(&messages[..40]).await.expect("is written");
    table.write(&messages).await.expect("is written again");

    let items = moto.items(TABLE).await;
    let places: HashSet<_> = items.iter().map(place).collect();
    assert_eq!((items.len(), places.len()), (62, 62));
    let of = |id: i64| {
        let id = AttributeValue::N(id.to_string());
        items.iter().find(|item| item["id"] == id).expect("is there")
    };
    let first = of(1);
    assert_eq!(place(first), "2026-05-17T08:30:00.000Z 0000000000000001");
    assert_eq!(first["payload"].as_s().expect("is text"), "{\"lat\":48.2}");
    assert_eq!(first["topic"].as_s().expect("is text"), "owntracks/ann/phone");
    assert_eq!(first["received_at"].as_s().expect("is text"), "2026-05-17T08:30:00.000Z");
    assert_eq!(first["retained"].as_bool().expect("is yes or no"), &false);
    assert!(!first.contains_key("friend") && !first.contains_key("parts"));
    assert_eq!(of(61)["device_id"].as_s().expect("is text"), NOBODY);
    assert_eq!(of(61)["payload"].as_b().expect("are bytes").as_ref(), b"\xff\xfe");
    assert_eq!(of(62)["payload"].as_s().expect("is text"), "");
}

#[tokio::test]
async fn a_number_that_is_given_a_second_time_replaces_nothing() {
    let Some(moto) = Moto::start().await else { return };
    moto.make_table(TABLE, ["device_id", "place"]).await;
    let table = Table::find(TABLE, Some(&moto.endpoint)).await.expect("a region is set");
    let before = message(7, Some("a"), b"before the backup was restored");
    let after =
        Message { received_at: "2026-05-18T00:00:00.001Z".into(), ..message(7, Some("a"), b"after it was") };
    for message in [before, after] {
        table.write(&[message]).await.expect("is written");
    }
    assert_eq!(moto.items(TABLE).await.len(), 2);
}

#[tokio::test]
async fn a_message_longer_than_an_item_is_kept_in_parts_and_holds_nothing_up() {
    let Some(moto) = Moto::start().await else { return };
    moto.make_table(TABLE, ["device_id", "place"]).await;
    let table = Table::find(TABLE, Some(&moto.endpoint)).await.expect("a region is set");
    // Text that is longest where it is escaped, beside the longest topic of MQTT; bytes longer than 16 MB; and a usual message behind both.
    let mut full = message(1, Some("a"), &vec![1; 256 << 10]);
    full.about.insert("topic".into(), "\u{1}".repeat(65_535).into());
    let long: Vec<u8> = (0..17_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let messages = [full, message(2, Some("a"), &long), message(3, Some("a"), b"{}")];
    table.write(&messages).await.expect("is written");

    let mut items = moto.items(TABLE).await;
    items.sort_by_key(place);
    assert_eq!(items.len(), 1 + 65 + 1);
    assert_eq!(items[0]["payload"].as_s().expect("is text").len(), 256 << 10);
    assert_eq!(items[1]["parts"].as_n().expect("is a number"), "65");
    let parts = items[1..66].iter().map(|item| item["payload"].as_b().expect("are bytes").as_ref());
    assert!(parts.collect::<Vec<_>>().concat() == long, "the parts in their order are the payload");
    assert_eq!(items[66]["payload"].as_s().expect("is text"), "{}");
}

#[tokio::test]
async fn a_table_that_will_not_do_is_told_with_the_reason() {
    let Some(moto) = Moto::start().await else { return };
    moto.make_table("other", ["device_id", "id"]).await;
    let missing = Table::find(TABLE, Some(&moto.endpoint)).await.expect("a region is set");
    let checked = missing.check().await.expect_err("is not there");
    assert!(matches!(checked, Error::NoTable(_)) && checked.is_definite(), "{checked}");
    let written = missing.write(&[message(1, None, b"")]).await.expect_err("is not there");
    assert!(matches!(written, Error::NoTable(_)), "{written}");

    let other = Table::find("other", Some(&moto.endpoint)).await.expect("a region is set");
    let checked = other.check().await.expect_err("has other keys");
    assert!(matches!(checked, Error::OtherKeys(_)) && checked.is_definite(), "{checked}");
    let written = other.write(&[message(1, None, b"")]).await.expect_err("has other keys");
    assert!(matches!(written, Error::Refused(_)) && !written.is_definite(), "{written}");

    let endpoint = moto.endpoint.clone();
    assert_eq!(missing.name(), format!("{endpoint}/{TABLE}"));
    // Nobody ever listens there.
    let missing = Table::find(TABLE, Some("http://127.0.0.1:1")).await.expect("a region is set");
    for result in [missing.check().await, missing.write(&[message(1, None, b"secret")]).await] {
        let error = result.expect_err("nobody listens there");
        assert!(matches!(error, Error::Unreachable(_)) && !error.is_definite(), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn what_a_busy_table_does_not_take_is_sent_again_until_it_does() {
    if !moto::is_here() {
        return;
    }
    let stingy = Stingy::start(10).await;
    let table = Table::find(TABLE, Some(&stingy.endpoint)).await.expect("a region is set");
    let messages: Vec<_> = (1..=60).map(|id| message(id, Some("a"), b"{}")).collect();
    table.write(&messages).await.expect("it takes all in the end");
    let taken = stingy.taken();
    let places: HashSet<_> = taken.iter().map(|item| item["place"]["S"].to_string()).collect();
    assert_eq!((taken.len(), places.len()), (60, 60), "each of them once");

    // Escaped, they are longer than what one request may carry.
    let long: Vec<_> = (1..=12).map(|id| message(id, Some("a"), &vec![1; 256 << 10])).collect();
    table.write(&long).await.expect("it is sent in several requests");
    assert_eq!(stingy.taken().len(), 72);

    let stingy = Stingy::start(0).await;
    let table = Table::find(TABLE, Some(&stingy.endpoint)).await.expect("a region is set");
    let error = table.write(&messages[..3]).await.expect_err("it takes nothing");
    assert!(matches!(error, Error::Busy(3)) && !error.is_definite(), "{error}");
}
