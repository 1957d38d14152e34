//! Any payload: it is read or refused with a sentence, and what was read and written reads as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use owntracks::{Message, decode, encode};

fuzz_target!(|payload: &[u8]| {
    for message in decode(payload) {
        match message {
            Ok(message) => {
                let written = encode(&message);
                // Fractions are not for phones: after they are gone, nothing changes any more.
                let read = again(&written);
                assert_eq!(read.kind(), message.kind());
                assert_eq!(encode(&read), written);
                assert_eq!(again(&encode(&read)), read);
                drop(message.for_phones());
            }
            Err(error) => assert!(error.to_string().ends_with('.')),
        }
    }
});

fn again(written: &[u8]) -> Message {
    let mut messages = decode(written);
    assert_eq!(messages.len(), 1, "one message is written as one");
    messages.remove(0).expect("what was written can be read")
}
