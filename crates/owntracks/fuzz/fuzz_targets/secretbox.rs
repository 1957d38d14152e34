//! Any secret, any data: nothing panics, what was sealed is opened, and nothing else is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use owntracks::{
    Encrypted,
    secretbox::{NONCE_BYTES, Secret, open, seal},
};

fuzz_target!(|input: (String, String, [u8; NONCE_BYTES], Vec<u8>)| {
    let (typed, data, nonce, plain) = input;
    let Ok(secret) = Secret::new(&typed) else { return };
    assert!(open(&Encrypted::new(data), &secret).is_err(), "nobody guesses an authentication code");
    let sealed = seal(&plain, &secret, nonce);
    assert_eq!(open(&sealed, &secret), Ok(plain));
});
