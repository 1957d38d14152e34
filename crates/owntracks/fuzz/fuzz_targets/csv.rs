//! Any line of a small tracker: a location that is written reads as the same line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use owntracks::{Message, decode, encode_csv};

fuzz_target!(|payload: &[u8]| {
    let Some(Ok(Message::Location(location))) = decode(payload).pop() else { return };
    let Some(line) = encode_csv(&location) else { return };
    let Some(Ok(Message::Location(again))) = decode(line.as_bytes()).pop() else { panic!("{line}") };
    assert_eq!(encode_csv(&again), Some(line));
});
