//! What phones encrypt is opened, and what is sealed is opened by phones.

mod fixture;

use fixture::{by_id, encrypted, fixtures};
use owntracks::{
    Encrypted, Message, decode, encode,
    secretbox::{NONCE_BYTES, OpenError, Secret, SecretError, TAG_BYTES, open, seal},
};
use proptest::prelude::*;
use rstest::rstest;

/// Seventeen two-byte characters behind one of one byte: byte 32 is in the middle of a character.
const LONG: &str = "aüüüüüüüüüüüüüüüüü";
const NONCE: [u8; NONCE_BYTES] = *b"twenty-four random bytes";

fn secret(typed: &str) -> Secret {
    Secret::new(typed).expect("the secret is not empty")
}

fn outcome(id: &str) -> Result<Vec<u8>, OpenError> {
    open(&encrypted(id), &secret(by_id(id).key.as_deref().expect("the vector has a secret")))
}

#[rstest]
#[case::android("p111", 1)]
#[case::plain("p112", 1)]
#[case::cut_in_a_character("p113", 1)]
#[case::without_padding("p117", 1)]
#[case::array("p118", 2)]
#[case::transition("p119", 1)]
#[case::nuls_behind("p120", 1)]
#[case::cut_between_characters("p121", 1)]
fn a_vector_with_its_secret_is_opened(#[case] id: &str, #[case] messages: usize) {
    let decoded = decode(&outcome(id).expect("the secret fits"));
    assert_eq!(decoded.len(), messages, "{id}");
    assert!(decoded.iter().all(Result::is_ok), "{id}: {decoded:?}");
}

#[rstest]
#[case::wrong_secret("p114", OpenError::WrongKey)]
#[case::six_bytes("p115", OpenError::TooShort { bytes: 6 })]
#[case::not_base64("p122", OpenError::NotBase64)]
fn a_vector_that_stays_closed_says_why(#[case] id: &str, #[case] error: OpenError) {
    assert_eq!(outcome(id), Err(error));
}

#[test]
fn no_vector_of_another_secret_is_opened() {
    let other = secret("another secret");
    for fixture in fixtures().iter().filter(|fixture| fixture.kind == "encrypted") {
        for message in decode(&fixture.payload).into_iter().flatten() {
            let Message::Encrypted(sealed) = message else { panic!("{} is encrypted", fixture.id) };
            assert!(open(&sealed, &other).is_err(), "{}", fixture.id);
        }
    }
}

#[test]
fn an_encrypted_message_without_data_is_refused_with_a_sentence() {
    let Some(Err(error)) = decode(&by_id("p116").payload).pop() else { panic!("nothing to open") };
    assert_eq!(error.to_string(), r#"The encrypted cannot be used: "data" is missing."#);
}

#[test]
fn the_id_inside_differs_from_the_one_in_clear() {
    let inside = decode(&outcome("p111").expect("the secret fits")).pop();
    let Some(Ok(Message::Location(location))) = inside else { panic!("a location is inside") };
    assert_eq!(encrypted("p111").id.as_deref(), Some("0571e18d"));
    assert!(location.id.is_some() && location.id != encrypted("p111").id);
}

#[rstest]
#[case::nothing(b"")]
#[case::object(br#"{"_type":"lwt"}"#)]
#[case::array(br#"[{"_type":"lwt"},{"_type":"lwt"}]"#)]
#[case::nul(b"\0\0")]
fn what_was_sealed_is_opened_again(#[case] plain: &[u8]) {
    let sealed = seal(plain, &secret("geheim"), NONCE);
    assert_eq!(open(&sealed, &secret("geheim")).as_deref(), Ok(plain));
    assert_eq!(open(&sealed, &secret("geheim ")), Err(OpenError::WrongKey));
}

#[test]
fn a_sealed_message_is_what_android_makes_of_it() {
    let (android, plain) = (encrypted("p111"), outcome("p111").expect("the secret fits"));
    let nonce: [u8; NONCE_BYTES] =
        fixture::base64(&android.data)[..NONCE_BYTES].try_into().expect("24 bytes");
    assert_eq!(seal(&plain, &secret("123"), nonce).data, android.data);
}

#[test]
fn a_sealed_message_goes_out_in_the_one_form_every_app_reads() {
    let payload = encode(&Message::Encrypted(seal(b"{}", &secret("geheim"), NONCE)));
    let text = String::from_utf8(payload).expect("JSON is text");
    let data =
        text.strip_prefix(r#"{"_type":"encrypted","data":""#).and_then(|rest| rest.strip_suffix(r#""}"#));
    let data = data.expect("there is nothing else in it");
    assert_eq!(data.len() % 4, 0, "it is padded");
    assert!(data.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"+/=".contains(&letter)), "{data}");
}

#[rstest]
#[case::as_sent(|data: &str| data.to_owned())]
#[case::unpadded(|data: &str| data.trim_end_matches('=').to_owned())]
#[case::url_safe(|data: &str| data.replace('+', "-").replace('/', "_"))]
#[case::wrapped(|data: &str| data.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line) + "\r\n").collect())]
#[case::framed(|data: &str| format!(" \t{data}\n"))]
fn base_64_is_read_in_its_spellings(#[case] spell: fn(&str) -> String) {
    let plain: Vec<u8> = (0..=255).collect();
    let sealed = seal(&plain, &secret("geheim"), NONCE);
    let spelt = Encrypted::new(spell(&sealed.data));
    assert_eq!(open(&spelt, &secret("geheim")), Ok(plain));
}

#[test]
fn slashes_escaped_by_json_are_slashes() {
    let payload = String::from_utf8(by_id("p112").payload.clone()).expect("text").replace('/', "\\/");
    let Some(Ok(Message::Encrypted(sealed))) = decode(payload.as_bytes()).pop() else { panic!("encrypted") };
    assert_eq!(sealed, encrypted("p112"));
}

#[test]
fn a_box_has_at_least_forty_bytes() {
    let least = NONCE_BYTES + TAG_BYTES;
    for bytes in 0..=least {
        let sealed = Encrypted::new(fixture::to_base64(&vec![0; bytes]));
        let error = if bytes < least { OpenError::TooShort { bytes } } else { OpenError::WrongKey };
        assert_eq!(open(&sealed, &secret("geheim")), Err(error), "{bytes}");
    }
}

#[test]
fn a_secret_cut_by_ios_opens_what_ios_sealed() {
    // iOS stops at the last whole character, so its key is that of the shorter secret.
    let ios = seal(b"{}", &secret("aüüüüüüüüüüüüüüü"), NONCE);
    assert_eq!(open(&ios, &secret(LONG)).as_deref(), Ok(&b"{}"[..]));
    let android = seal(b"{}", &secret(LONG), NONCE);
    assert_eq!(open(&android, &secret(LONG)).as_deref(), Ok(&b"{}"[..]));
    assert_ne!(ios, android);
}

#[rstest]
#[case("", Err(SecretError::Empty))]
#[case("s", Ok(()))]
#[case("12345678901234567890123456789012", Ok(()))]
#[case("123456789012345678901234567890123", Err(SecretError::TooLong { bytes: 33 }))]
#[case(LONG, Err(SecretError::TooLong { bytes: 35 }))]
fn a_secret_for_a_new_phone_fits_the_key(#[case] typed: &str, #[case] verdict: Result<(), SecretError>) {
    assert_eq!(Secret::check_new(typed), verdict);
    assert_eq!(Secret::new(typed).is_err(), typed.is_empty(), "only an empty one cannot be used");
}

#[test]
fn debug_output_shows_neither_secret_nor_ciphertext() {
    let sealed = seal(b"{}", &secret("geheim"), NONCE);
    assert_eq!(format!("{:?}", secret("geheim")), "Secret(hidden)");
    assert!(!format!("{:?}", Message::Encrypted(sealed.clone())).contains(&sealed.data));
}

proptest! {
    #[test]
    fn any_bytes_and_any_secret_come_back(
        plain in prop::collection::vec(any::<u8>(), 0..200),
        typed in ".{1,40}",
        nonce: [u8; NONCE_BYTES],
    ) {
        let secret = secret(&typed);
        prop_assert_eq!(open(&seal(&plain, &secret, nonce), &secret), Ok(plain));
    }

    #[test]
    fn one_altered_bit_closes_the_box(at in 0_usize..8 * 60, nonce: [u8; NONCE_BYTES]) {
        let mut bytes = fixture::base64(&seal(&[0; 20], &secret("geheim"), nonce).data);
        bytes[at / 8] ^= 1 << (at % 8);
        let altered = Encrypted::new(fixture::to_base64(&bytes));
        prop_assert_eq!(open(&altered, &secret("geheim")), Err(OpenError::WrongKey));
    }

    #[test]
    fn no_text_panics(data in "\\PC{0,120}") {
        let _ = open(&Encrypted::new(data), &secret("geheim"));
    }
}
