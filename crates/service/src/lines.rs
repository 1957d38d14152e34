//! Lines of the message log, as an admin is told which is which.
//!
//! The log of all groups is one, and counts its lines: by the numbers between their own an admin of one group would read how much others
//! report. So a line is told by its number under a key that this server made when it started: always the same for the same line until it
//! stops, and in no order.

use crate::{Error, secret};
use aes::{
    Aes128,
    cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// Half of a block is the number, the other half nothing: what was not made here opens to something else.
const HALF: usize = 8;

/// Tells lines, and knows those it told.
pub(crate) struct Lines(Aes128);

impl Lines {
    /// With a new key.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self(Aes128::new(&secret::bytes()?.into())))
    }

    /// A line as somebody is told it.
    pub(crate) fn told(&self, line: i64) -> String {
        let mut block = [0; 2 * HALF];
        for (to, from) in block.iter_mut().zip(line.to_be_bytes()) {
            *to = from;
        }
        let mut block = block.into();
        self.0.encrypt_block(&mut block);
        BASE64_URL_SAFE_NO_PAD.encode(block)
    }

    /// Which line was told so; `None` for what was never told, or before the server started.
    pub(crate) fn line(&self, told: &str) -> Option<i64> {
        let block: [u8; 2 * HALF] = BASE64_URL_SAFE_NO_PAD.decode(told).ok()?.try_into().ok()?;
        let mut block = block.into();
        self.0.decrypt_block(&mut block);
        let (number, rest) = block.split_first_chunk::<HALF>()?;
        rest.iter().all(|byte| *byte == 0).then(|| i64::from_be_bytes(*number))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_line_is_known_again_and_nothing_else_is() {
        let lines = Lines::new().expect("there is randomness");
        for line in [1, 2, i64::MAX] {
            assert_eq!(lines.line(&lines.told(line)), Some(line));
            assert_eq!(lines.told(line), lines.told(line), "the same until the server stops");
        }
        let told: Vec<String> = (0..50).map(|line| lines.told(line)).collect();
        assert!(!told.is_sorted(), "nothing says how many are between two");
        let other = Lines::new().expect("there is randomness");
        for strange in ["", "7", "AAAAAAAAAAAAAAAAAAAAAA", &other.told(7)] {
            assert_eq!(lines.line(strange), None, "{strange:?}");
        }
    }
}
