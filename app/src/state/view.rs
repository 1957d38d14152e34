//! What of the world is looked at: the selected friend, the followed one, the piece of the map. It lives in
//! the address of the page, so that it can be sent and survives a reload. Pure.

use super::world::World;
use domain::FriendId;
use form_urlencoded::Serializer;

/// A piece of the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Middle, degrees north.
    pub lat: f64,
    /// Middle, degrees east.
    pub lon: f64,
    /// Zoom as web maps count it, 0 (the world) to 19 (a house).
    pub zoom: f64,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    /// Whose card is open.
    pub selected: Option<FriendId>,
    /// Who stays in the middle of the map.
    pub followed: Option<FriendId>,
    /// Where the map was left; `None` is "all friends".
    pub camera: Option<Camera>,
}

impl View {
    /// Reads a query like `friend=Jane&follow=Jane&map=14/47.36667/8.55`, with or without its question mark.
    /// What is not understood, and friends whom this viewer does not know, are as if they were not there.
    pub fn from_query(query: &str, world: &World) -> Self {
        let mut view = Self::default();
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let friend = || world.friend_named(&value).map(|friend| friend.friend.id);
            match key.as_ref() {
                "friend" => view.selected = friend(),
                "follow" => view.followed = friend(),
                "map" => view.camera = Camera::parse(&value),
                _ => {}
            }
        }
        view
    }

    /// Writes the query, without a question mark; empty when there is nothing to say.
    pub fn to_query(&self, world: &World) -> String {
        let name = |id: Option<FriendId>| {
            id.and_then(|id| world.friend(id)).map(|friend| friend.friend.name.as_str())
        };
        let mut query = Serializer::new(String::new());
        if let Some(name) = name(self.selected) {
            query.append_pair("friend", name);
        }
        if let Some(name) = name(self.followed) {
            query.append_pair("follow", name);
        }
        let mut query = query.finish();
        if let Some(camera) = self.camera {
            // Nothing in it needs to be escaped, and slashes read better than %2F.
            let join = if query.is_empty() { "" } else { "&" };
            query.push_str(join);
            query.push_str("map=");
            query.push_str(&camera.to_string());
        }
        query
    }

    /// Opens a friend's card. Following somebody else ends.
    #[must_use]
    pub fn select(self, friend: Option<FriendId>) -> Self {
        Self {
            selected: friend,
            followed: self.followed.filter(|followed| Some(*followed) == friend),
            ..self
        }
    }

    /// Keeps a friend in the middle of the map, and opens their card.
    #[must_use]
    pub fn follow(self, friend: FriendId) -> Self {
        Self { selected: Some(friend), followed: Some(friend), ..self }
    }
}

impl Camera {
    /// As exactly as an address holds it, so that a view and its address are the same thing.
    #[must_use]
    pub fn rounded(self) -> Self {
        let to = |steps: f64, value: f64| (value * steps).round() / steps;
        Self { lat: to(1e5, self.lat), lon: to(1e5, self.lon), zoom: to(100.0, self.zoom) }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('/').map(|number| number.parse::<f64>().ok());
        let (zoom, lat, lon) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let good =
            (0.0..=19.0).contains(&zoom) && (-85.0..=85.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        (good && numbers.next().is_none()).then_some(Self { lat, lon, zoom })
    }
}

impl std::fmt::Display for Camera {
    /// `zoom/latitude/longitude`, to about a metre.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{:.5}/{:.5}", self.zoom, self.lat, self.lon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{friend, friend_id};
    use rstest::rstest;

    fn world() -> World {
        World { friends: vec![friend(1, "Jane"), friend(2, "Zoë & Søn?")], ..World::default() }
    }

    #[rstest]
    #[case("")]
    #[case("friend=Jane")]
    #[case("friend=Jane&follow=Jane")]
    #[case("friend=Zo%C3%AB+%26+S%C3%B8n%3F&map=14/47.36667/-8.55000")]
    #[case("map=2.5/0.00000/180.00000")]
    fn an_address_reads_back_as_it_was_written(#[case] query: &str) {
        let view = View::from_query(query, &world());
        assert_eq!(view.to_query(&world()), query);
        assert_eq!(View::from_query(&format!("?{query}"), &world()), view);
    }

    #[rstest]
    #[case("friend=Nobody&follow=&x=1")]
    #[case("map=14/91/8")]
    #[case("map=14/NaN/8")]
    #[case("map=14/47")]
    #[case("map=14/47/8/9")]
    #[case("map=20/47/8")]
    #[case("&&=&%FF")]
    fn what_makes_no_sense_is_not_there(#[case] query: &str) {
        assert_eq!(View::from_query(query, &world()), View::default());
    }

    #[test]
    fn a_rounded_camera_is_what_its_address_says() {
        let camera = Camera { lat: 47.366_666_666, lon: -8.549_999_999, zoom: 14.333_333 }.rounded();
        let view = View { camera: Some(camera), ..View::default() };
        assert_eq!(View::from_query(&view.to_query(&world()), &world()), view);
    }

    #[test]
    fn a_friend_is_found_however_the_name_is_spelt() {
        assert_eq!(View::from_query("friend=jANE", &world()).selected, Some(friend_id(1)));
    }

    #[test]
    fn selecting_somebody_else_ends_following() {
        let view = View::default().follow(friend_id(1));
        assert_eq!(view.select(Some(friend_id(1))).followed, Some(friend_id(1)));
        assert_eq!(view.select(Some(friend_id(2))).followed, None);
    }
}
