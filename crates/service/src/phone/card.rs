//! Cards: read from phones and from the profile page, made safe, and written for the other phones.
//!
//! A picture from outside is never passed on as it came: it is decoded, made small and encoded anew.

use crate::{Error, Service, command::Command, request::self_or_carer};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use domain::{Card, FriendId, Timestamp, Viewer};
use image::{
    DynamicImage, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use owntracks::Message;
use std::io::Cursor;
use store::NewCard;

/// Width and height of a picture as it is kept, pixels: what the apps recommend.
const SIDE: u32 = 192;
/// The largest width and height that is decoded at all.
const LARGEST_SIDE: u32 = 4096;
/// The most memory decoding may take, bytes.
const MOST_MEMORY: u64 = 96 * 1024 * 1024;
/// The largest file that is taken, bytes.
const LARGEST_FILE: usize = 4 * 1024 * 1024;
/// JPEG, 1 to 100.
const QUALITY: u8 = 85;

/// Phones are not strict about padding.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// How somebody wants to be shown.
#[derive(Clone, Debug, Default)]
pub struct CardDraft {
    /// What to call them; empty: by the name they sign in with.
    pub name: String,
    /// A new picture: PNG, JPEG, GIF or WebP.
    pub face: Option<Vec<u8>>,
    /// Take the picture away.
    pub without_face: bool,
}

impl Service {
    /// Says how a friend wants to be shown: on the page, and on the phones of their friends.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin or the friend themself, [`Error::Invalid`] for `name` or `face`.
    pub async fn put_card(&self, by: &Viewer, friend: FriendId, draft: CardDraft) -> Result<(), Error> {
        {
            let board = self.shared.board();
            let known = board.friends.get(&friend).filter(|known| by.may_see(&known.friend));
            self_or_carer(by, &known.ok_or(Error::NotFound("friend"))?.friend)?;
        }
        let name = Some(draft.name.trim().to_owned()).filter(|name| !name.is_empty());
        if name.as_ref().is_some_and(|name| name.chars().count() > Card::LONGEST_NAME) {
            return Err(Error::invalid("name", "must have at most 64 characters"));
        }
        if name.as_ref().is_some_and(|name| name.chars().any(char::is_control)) {
            return Err(Error::invalid("name", "must not have control characters"));
        }
        let face = match draft.face.filter(|file| !file.is_empty()) {
            Some(file) if file.len() > LARGEST_FILE => {
                return Err(Error::invalid("face", "is larger than 4 MB"));
            }
            Some(file) => {
                let made = tokio::task::spawn_blocking(move || safe(&file)).await.ok().flatten();
                Some(made.ok_or_else(|| Error::invalid("face", "must be a PNG, JPEG, GIF or WebP picture"))?)
            }
            None if draft.without_face => None,
            None => self.shared.reader.face(friend).await?,
        };
        let changed_at = self.shared.now();
        let card = NewCard { friend, name, face, from_phone: false, changed_at };
        self.command(|reply| Command::PutCard { card, reply }).await
    }

    /// A friend's picture as far as the viewer may see it: PNG or JPEG.
    ///
    /// # Errors
    /// [`Error::NotFound`]; when the database fails.
    pub async fn face(&self, viewer: &Viewer, friend: FriendId) -> Result<Vec<u8>, Error> {
        let visible =
            self.shared.board().friends.get(&friend).is_some_and(|known| viewer.may_see(&known.friend));
        if !visible {
            return Err(Error::NotFound("face"));
        }
        self.shared.reader.face(friend).await?.ok_or(Error::NotFound("face"))
    }
}

/// A card from a phone. A picture that is none is left out and the name kept.
pub(crate) fn read(friend: FriendId, changed_at: Timestamp, card: &owntracks::Card) -> NewCard {
    let name = card.name.as_deref().map(|name| {
        let plain = name.chars().filter(|letter| !letter.is_control());
        plain.take(Card::LONGEST_NAME).collect::<String>().trim().to_owned()
    });
    let face = card.face.as_deref().and_then(from_base64).and_then(|file| safe(&file));
    NewCard { friend, name: name.filter(|name| !name.is_empty()), face, from_phone: true, changed_at }
}

/// The card as viewers get it.
pub(crate) fn for_page(card: &NewCard) -> Card {
    Card { name: card.name.clone(), has_face: card.face.is_some(), changed_at: card.changed_at }
}

/// The card as other phones get it, on the topic of the friend's device.
pub(crate) fn for_phones(card: &NewCard) -> Vec<u8> {
    owntracks::encode(&Message::Card(owntracks::Card {
        name: card.name.clone(),
        face: card.face.as_ref().map(|face| BASE64_STANDARD.encode(face)),
        ..owntracks::Card::default()
    }))
}

/// Scripts wrap the text, write it for URLs, and put `data:` in front.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.split_once("base64,").map_or(text, |(_, rest)| rest);
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| match letter {
            '-' => '+',
            '_' => '/',
            letter => letter,
        })
        .collect();
    GeneralPurpose::new(&alphabet::STANDARD, LENIENT)
        .decode(text)
        .ok()
        .filter(|file| file.len() <= LARGEST_FILE)
}

/// The picture, decoded within limits, at most 192 pixels wide and high, as JPEG, or as PNG where something is transparent.
fn safe(file: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LARGEST_SIDE), Some(LARGEST_SIDE));
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    let picture = if picture.width() > SIDE || picture.height() > SIDE {
        picture.resize_to_fill(SIDE, SIDE, FilterType::Triangle)
    } else {
        picture
    };
    let mut made = Vec::new();
    let transparent =
        picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX);
    if transparent {
        DynamicImage::from(picture.to_rgba8())
            .write_to(&mut Cursor::new(&mut made), ImageFormat::Png)
            .ok()?;
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut made, QUALITY)).ok()?;
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut file = Vec::new();
        picture.write_to(&mut Cursor::new(&mut file), ImageFormat::Png).expect("is encoded");
        file
    }

    #[test]
    fn a_picture_is_made_small_and_anew() {
        let large = png(&RgbImage::from_pixel(400, 300, Rgb([200, 10, 10])).into());
        let made = image::load_from_memory(&safe(&large).expect("is a picture")).expect("is one still");
        assert_eq!((made.width(), made.height()), (192, 192));
        let clear = png(&RgbaImage::from_pixel(10, 20, Rgba([1, 2, 3, 0])).into());
        let made = safe(&clear).expect("is a picture");
        assert_eq!(image::guess_format(&made).ok(), Some(ImageFormat::Png), "it stays transparent");
    }

    #[test]
    fn what_is_no_picture_or_far_too_large_is_none() {
        assert_eq!(safe(b"<svg onload=alert(1)>"), None);
        assert_eq!(safe(b""), None);
        let wide = png(&RgbImage::from_pixel(LARGEST_SIDE + 1, 1, Rgb([0, 0, 0])).into());
        assert_eq!(safe(&wide), None);
    }

    #[test]
    fn a_card_of_a_phone_keeps_its_name_when_its_face_is_none() {
        let card = |name: &str, face: &str| {
            let card = owntracks::Card {
                name: Some(name.into()),
                face: Some(face.into()),
                ..owntracks::Card::default()
            };
            read(FriendId::new(uuid::Uuid::nil()), Timestamp::from_millis(0), &card)
        };
        let file = png(&RgbImage::from_pixel(2, 2, Rgb([0, 0, 0])).into());
        let base64 = BASE64_STANDARD.encode(&file);
        let wrapped =
            format!("data:image/png;base64,{}\n{}", &base64[..10], base64[10..].trim_end_matches('='));
        assert!(card("Ann", &wrapped).face.is_some());
        assert!(card("Ann", &base64.replace('+', "-").replace('/', "_")).face.is_some());
        let broken = card(" A\u{7}nn ", "abcd!?&%");
        assert_eq!((broken.name.as_deref(), broken.face), (Some("Ann"), None));
        assert_eq!(card("\n", "").name, None);
    }
}
