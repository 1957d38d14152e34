//! A message as items: one, or as many as its payload needs. An item of DynamoDB holds 400 KB, and a message may be longer.

use crate::Message;
use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use serde_json::Value;
use std::collections::HashMap;

/// The device of a message when nobody knows it.
pub const NOBODY: &str = "nobody";

/// The names of the keys.
pub(crate) const DEVICE: &str = "device_id";
pub(crate) const PLACE: &str = "place";

/// How much of a payload one item carries, bytes. Beside it there is room for a topic (64 KiB at most in MQTT) and short texts.
const PART: usize = 256 << 10;

/// How many bytes of a request one byte of text may need: `\u0001`. In Base64 it is less.
const ESCAPED: usize = 6;

pub(crate) struct Item {
    pub(crate) request: WriteRequest,
    /// How many bytes of a request it needs at most.
    pub(crate) weight: usize,
}

impl Item {
    fn new(attributes: HashMap<String, AttributeValue>) -> Self {
        let weight = attributes.iter().map(|(name, value)| name.len() + weight(value)).sum();
        let put = PutRequest::builder().set_item(Some(attributes)).build();
        let put = put.expect("the item is set, and a request needs nothing else");
        Self { request: WriteRequest::builder().put_request(put).build(), weight }
    }
}

/// The message itself, then the other parts of its payload if it has any.
pub(crate) fn items(message: &Message) -> Vec<Item> {
    let Message { device_id, received_at, id, about, payload } = message;
    let device = text(device_id.as_deref().unwrap_or(NOBODY));
    let place = format!("{received_at} {id:016}");
    let known = about.iter().filter_map(|(name, value)| Some((name.clone(), attribute(value)?)));
    let mut attributes: HashMap<_, _> = known.collect();
    attributes.insert(DEVICE.into(), device.clone());
    attributes.insert(PLACE.into(), text(&place));
    attributes.insert("id".into(), AttributeValue::N(id.to_string()));
    attributes.insert("received_at".into(), text(received_at));
    if payload.len() <= PART {
        let whole = std::str::from_utf8(payload).map_or_else(|_| bytes(payload), text);
        attributes.insert("payload".into(), whole);
        return vec![Item::new(attributes)];
    }
    let mut parts = payload.chunks(PART);
    attributes.insert("payload".into(), bytes(parts.next().unwrap_or_default()));
    attributes.insert("parts".into(), AttributeValue::N(payload.len().div_ceil(PART).to_string()));
    let mut items = vec![Item::new(attributes)];
    items.extend(parts.enumerate().map(|(before, part)| {
        let place = format!("{place} {:06}", before + 2);
        let names = [DEVICE, PLACE, "payload"].map(str::to_owned);
        Item::new(names.into_iter().zip([device.clone(), text(&place), bytes(part)]).collect())
    }));
    items
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn bytes(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

fn attribute(value: &Value) -> Option<AttributeValue> {
    match value {
        Value::String(words) => Some(text(words)),
        Value::Bool(is) => Some(AttributeValue::Bool(*is)),
        Value::Number(number) => Some(AttributeValue::N(number.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn weight(value: &AttributeValue) -> usize {
    // What is around each: `"name":{"S":""},` and for an item as a whole `{"PutRequest":{"Item":{}}},`.
    const AROUND: usize = 32;
    let written = value.as_s().or_else(|_other| value.as_n()).map_or(0, String::len);
    let base64 = value.as_b().map_or(0, |blob| blob.as_ref().len().div_ceil(3) * 4);
    written * ESCAPED + base64 + AROUND
}
