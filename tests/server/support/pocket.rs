//! The two apps, as far as places go: what they keep, what they make of orders, and what they tell of it.

use serde_json::{Map, Value, json};

/// Which app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum App {
    Android,
    Ios,
}

/// What an app keeps.
pub(crate) struct Pocket {
    app: App,
    /// By the app's own key, in the order in which they came.
    places: Vec<(String, Value)>,
    /// What the owner switched on in the app.
    pub(crate) remote_configuration: bool,
    /// How often a place was set; on Android each time makes it tell again that it is there.
    pub(crate) set: usize,
}

impl Pocket {
    pub(crate) fn new(app: App) -> Self {
        Self { app, places: Vec::new(), remote_configuration: true, set: 0 }
    }

    /// The names of what it keeps.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.places.iter().map(|(_, place)| place["desc"].as_str().expect("has a name")).collect()
    }

    pub(crate) fn place(&mut self, name: &str) -> &mut Value {
        let place = self.places.iter_mut().find(|(_, place)| place["desc"] == name);
        &mut place.expect("it keeps that").1
    }

    /// Its owner draws a place, or draws it otherwise; the app tells of it.
    pub(crate) fn draw(&mut self, name: &str, tst: i64, lat: f64, lon: f64, rad: i64) -> String {
        let mut place =
            json!({"_type": "waypoint", "desc": name, "tst": tst, "lat": lat, "lon": lon, "rad": rad});
        if self.app == App::Ios {
            place["rid"] = json!(format!("{:06x}", tst % 0xff_ffff));
        }
        self.put(place.clone());
        place.to_string()
    }

    /// Its owner removes a place; no app tells of that.
    pub(crate) fn remove(&mut self, name: &str) {
        self.places.retain(|(_, place)| place["desc"] != name);
    }

    /// What it answers to the question what it keeps.
    pub(crate) fn dump(&self) -> String {
        let places: Vec<&Value> = self.places.iter().map(|(_, place)| place).collect();
        json!({"_type": "waypoints", "waypoints": places}).to_string()
    }

    /// Does what it is told, and answers what it would publish: below which topic, and what.
    pub(crate) fn obey(&mut self, order: &Value) -> Option<(&'static str, String)> {
        assert_eq!(order["_type"], "cmd");
        match order["action"].as_str().expect("an action") {
            "setWaypoints" if self.app == App::Android || self.remote_configuration => {
                let list = order["waypoints"].as_object().expect("an object");
                assert_eq!(list["_type"], "waypoints");
                for place in list["waypoints"].as_array().expect("a list") {
                    self.take(place.as_object().expect("an object"));
                }
            }
            "clearWaypoints" if self.app == App::Android || self.remote_configuration => self.places.clear(),
            "waypoints" => return Some(("/waypoints", self.dump())),
            "status" => {
                let said = match self.app {
                    App::Android => json!({"_type": "status", "android": {"version": 420_511_000}}),
                    App::Ios => json!({"_type": "status", "iOS": {"version": "26.3.1"}}),
                };
                return Some(("/status", said.to_string()));
            }
            _ => {}
        }
        None
    }

    fn take(&mut self, place: &Map<String, Value>) {
        assert_eq!(place["_type"], "waypoint");
        let tst = place["tst"].as_i64().expect("whole seconds");
        assert!(place["desc"].as_str().is_some_and(|name| !name.is_empty()), "{place:?}");
        let [lat, lon] = ["lat", "lon"].map(|member| place[member].as_f64().expect("a number"));
        let is_place = lat.abs() <= 90.0 && lon.abs() <= 180.0;
        match self.app {
            App::Android if !is_place => return,
            App::Android => {}
            App::Ios => {
                let rid = place["rid"].as_str().expect("iOS goes by it");
                if !is_place {
                    let known = self.places.len();
                    self.places.retain(|(key, _)| key != rid);
                    assert!(
                        self.places.len() < known,
                        "iOS makes a place of what it does not know: {place:?}"
                    );
                    return;
                }
            }
        }
        assert!(place["rad"].as_i64().is_some_and(|rad| rad >= 1), "Android ends on that: {place:?}");
        let mut kept = place.clone();
        if self.app == App::Android {
            kept.remove("rid");
        }
        for (member, degrees) in [("lat", lat), ("lon", lon)] {
            kept.insert(member.to_owned(), json!((degrees * 1e6).round() / 1e6));
        }
        kept.insert("tst".to_owned(), json!(tst));
        self.set += 1;
        self.put(Value::Object(kept));
    }

    fn put(&mut self, place: Value) {
        let key = match self.app {
            App::Android => place["tst"].to_string(),
            App::Ios => place["rid"].as_str().expect("iOS goes by it").to_owned(),
        };
        self.places.retain(|(known, _)| *known != key);
        self.places.push((key, place));
    }
}
