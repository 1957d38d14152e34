//! Regions through the JSON interface.

use crate::support::{Home, Phone, Server, a_token, circle, form_urlencoded, location, now_s};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_region_is_drawn_read_changed_and_removed() {
    let (_home, token, server) = a_token("admin").await;
    let id = server.draw(&token, &circle("Home", 48.2, 16.37, 100.0)).await;
    let path = format!("/api/v1/regions/{id}");
    let read = server.json(&path, &token).await;
    assert_eq!(read["name"], "Home");
    assert_eq!(read["shape"], json!({"type": "circle", "lat": 48.2, "lon": 16.37, "radius_m": 100.0}));

    let points = json!([[48.0, 16.0], [48.0, 17.0], [49.0, 17.0]]);
    let polygon = json!({"name": "Garden", "shape": {"type": "polygon", "points": points}});
    let changed = server.ask(Method::PUT, &path).bearer(&token).json(&polygon).send().await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let listed = server.items("/api/v1/regions", &token).await;
    assert_eq!(listed, [changed.json()]);
    assert_eq!(listed[0]["shape"]["points"], points);
    assert_eq!(listed[0]["id"], id.as_str());

    let removed = server.ask(Method::DELETE, &path).bearer(&token).send().await;
    assert_eq!((removed.status.as_u16(), removed.text().as_str()), (204, ""));
    server.get(&path).bearer(&token).send().await.assert_problem(404, None);
    server.ask(Method::DELETE, &path).bearer(&token).send().await.assert_problem(404, None);
    assert!(server.items("/api/v1/presence", &token).await.is_empty());
}

#[tokio::test]
async fn regions_survive_a_restart() {
    let (home, token, server) = a_token("admin").await;
    server.draw(&token, &circle("  Zürich 🏠 ", 47.37, 8.54, 1.0)).await;
    let before = server.items("/api/v1/regions", &token).await;
    assert_eq!(before[0]["name"], "Zürich 🏠");
    server.kill();
    let server = home.serve().await;
    assert_eq!(server.items("/api/v1/regions", &token).await, before);
}

/// A body, and the member that is wrong in it.
fn wrong_bodies() -> Vec<(Value, &'static str)> {
    let shape = |shape: Value| json!({"name": "x", "shape": shape});
    let round = |lat: Value, lon: Value, radius_m: Value| {
        shape(json!({"type": "circle", "lat": lat, "lon": lon, "radius_m": radius_m}))
    };
    let outline = |points: Value| shape(json!({"type": "polygon", "points": points}));
    let well = json!({"type": "circle", "lat": 1, "lon": 1, "radius_m": 10});
    let mut wrong = vec![
        (json!({}), "name"),
        (json!({"shape": well}), "name"),
        (json!({"name": null, "shape": well}), "name"),
        (json!({"name": 5, "shape": well}), "name"),
        (json!({"name": "", "shape": well}), "name"),
        (json!({"name": "   ", "shape": well}), "name"),
        (json!({"name": "a\u{0}b", "shape": well}), "name"),
        (json!({"name": "x".repeat(65), "shape": well}), "name"),
        (json!({"name": "x"}), "shape"),
        (json!({"name": "x", "shape": "circle"}), "shape"),
        (json!({"name": "x", "shape": []}), "shape"),
        (shape(json!({})), "type"),
        (shape(json!({"type": "square"})), "type"),
        (shape(json!({"type": 1})), "type"),
        (shape(json!({"type": "circle"})), "lat"),
        (shape(json!({"type": "circle", "lat": 1})), "lon"),
        (shape(json!({"type": "circle", "lat": 1, "lon": 1})), "radius_m"),
        (shape(json!({"type": "polygon"})), "points"),
    ];
    for lat in [json!(91), json!(-90.1), json!("48"), json!(null), json!([48]), json!("NaN"), json!(1e300)] {
        wrong.push((round(lat, json!(1), json!(10)), "lat"));
    }
    for lon in [json!(181), json!(-180.1), json!("16"), json!(null), json!(true)] {
        wrong.push((round(json!(1), lon, json!(10)), "lon"));
    }
    for radius_m in [json!(0), json!(-1), json!(0.5), json!(1e9), json!("10"), json!(null), json!({})] {
        wrong.push((round(json!(1), json!(1), radius_m), "radius_m"));
    }
    for points in [
        json!([]),
        json!([[1, 1], [2, 2]]),
        json!([[1, 1], [1, 1], [1, 1]]),
        json!([[1, 1], [2, 2], [3]]),
        json!([[1, 1], [2, 2], [91, 2]]),
        json!([[1, 1], [2, 2], ["3", 1]]),
        json!([[1, 1], [2, 2], null]),
        json!([1, 2, 3]),
        json!("points"),
        json!({}),
    ] {
        wrong.push((outline(points), "points"));
    }
    wrong
}

#[tokio::test]
async fn a_region_that_cannot_be_is_refused_by_the_name_of_the_member() {
    let (_home, token, server) = a_token("admin").await;
    let id = server.draw(&token, &circle("Home", 48.2, 16.37, 100.0)).await;
    for (body, field) in wrong_bodies() {
        for (method, path) in
            [(Method::POST, "/api/v1/regions".to_owned()), (Method::PUT, format!("/api/v1/regions/{id}"))]
        {
            let answer = server.ask(method.clone(), &path).bearer(&token).json(&body).send().await;
            assert_eq!(answer.status, 422, "{method} {body}: {}", answer.text());
            assert_eq!(answer.json()["field"], field, "{method} {body}: {}", answer.text());
            answer.assert_problem(422, Some(field));
        }
    }
    let kept = server.items("/api/v1/regions", &token).await;
    assert_eq!((kept.len(), &kept[0]["name"]), (1, &json!("Home")), "nothing was changed");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let (_home, token, server) = a_token("admin").await;
    let no_number = br#"{"name":"x","shape":{"type":"circle","lat":NaN,"lon":1,"radius_m":1}}"#;
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    for body in [&b""[..], b"{", b"[]", b"null", b"1", b"\xff\xfe", no_number, &deep, &vec![b' '; 1 << 20]] {
        let answer = server.post("/api/v1/regions").bearer(&token).bytes(body.to_vec()).send().await;
        answer.assert_problem(400, None);
    }
    let huge = server.post("/api/v1/regions").bearer(&token).bytes(vec![b'x'; 3 << 20]).send().await;
    assert_eq!(huge.status, 413);
    assert!(server.items("/api/v1/regions", &token).await.is_empty());
}

#[tokio::test]
async fn what_is_just_possible_is_taken() {
    let (_home, token, server) = a_token("admin").await;
    for (lat, lon, radius_m) in
        [(90.0, 180.0, 1.0), (-90.0, -180.0, 1.0), (0.0, 0.0, 20_015_087.0), (48.2, 16.37, 1.5)]
    {
        server.draw(&token, &circle("x", lat, lon, radius_m)).await;
    }
    let across = json!({"name": &"é".repeat(64),
        "shape": {"type": "polygon", "points": [[-10, 170], [-10, -170], [10, -170], [10, 170]]}});
    server.draw(&token, &across).await;
    assert_eq!(server.items("/api/v1/presence", &token).await.len(), 5);
}

/// What a region has besides name and shape.
fn besides(region: &Value) -> Value {
    let members = ["icon", "colour", "pace", "audience", "to_phones", "schedule"];
    Value::Array(members.iter().map(|member| region[member].clone()).collect())
}

#[tokio::test]
async fn what_else_a_region_has_is_read_kept_and_changed() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let id = server.draw(&token, &circle("School", 48.2, 16.37, 100.0)).await;
    let path = format!("/api/v1/regions/{id}");
    let read = server.json(&path, &token).await;
    assert_eq!(besides(&read), json!(["pin", "blue", "balanced", "group", false, null]));

    let mut body = circle("School", 48.2, 16.37, 100.0);
    body["icon"] = json!("school");
    body["colour"] = json!("amber");
    body["pace"] = json!("calm");
    body["audience"] = json!(["BEN"]);
    body["to_phones"] = json!(true);
    body["schedule"] = json!({"zone": "Europe/Vienna", "hours": ["mon\u{2013}fri 7:00-13:00"]});
    let changed = server.ask(Method::PUT, &path).bearer(&token).json(&body).send().await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let schedule = json!({"zone": "Europe/Vienna", "hours": ["Mon-Fri 07:00-13:00"]});
    let wanted = json!(["school", "amber", "calm", ["ben"], true, schedule]);
    assert_eq!(besides(&changed.json()), wanted);

    let renamed = circle("Old school", 48.2, 16.37, 100.0);
    let changed = server.ask(Method::PUT, &path).bearer(&token).json(&renamed).send().await;
    assert_eq!(besides(&changed.json()), wanted, "what is not said stays");
    server.kill();
    let server = home.serve().await;
    assert_eq!(besides(&server.json(&path, &token).await), wanted, "and outlives a restart");
}

#[tokio::test]
async fn what_cannot_be_said_of_a_region_is_refused_by_the_name_of_the_member() {
    let home = Home::new();
    home.user("ben", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let hours = |zone: &str, hours: Value| json!({"zone": zone, "hours": hours});
    let wrong = [
        ("icon", json!("skull"), "icon"),
        ("icon", json!(1), "icon"),
        ("colour", json!("#ff0000"), "colour"),
        ("pace", json!(null), "pace"),
        ("audience", json!("world"), "audience"),
        ("audience", json!(["nobody"]), "audience"),
        ("audience", json!([]), "audience"),
        ("audience", json!([7]), "audience"),
        ("to_phones", json!("yes"), "to_phones"),
        ("schedule", json!("always"), "schedule"),
        ("schedule", hours("UTC", json!(["Mon 7-8"])), "schedule"),
        ("schedule", hours("Europe/Atlantis", json!(["Mon 07:00-08:00"])), "zone"),
        ("schedule", hours("UTC", json!([])), "hours"),
    ];
    for (member, value, field) in wrong {
        let mut body = circle("Home", 48.2, 16.37, 100.0);
        body[member] = value;
        let answer = server.post("/api/v1/regions").bearer(&token).json(&body).send().await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        answer.assert_problem(422, Some(field));
    }
    assert!(server.items("/api/v1/regions", &token).await.is_empty());
}

#[tokio::test]
async fn the_plain_form_says_all_that_the_interface_says() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let cookie = server.sign_in("ann").await;
    let people = server.items("/api/v1/friends", &token).await;
    let ben = people.iter().find(|friend| friend["name"] == "ben").expect("ben is there");
    let ben = ben["id"].as_str().expect("has an id").to_owned();
    let fields = [
        ("id", ""),
        ("name", "Park"),
        ("shape", "polygon"),
        ("lat", ""),
        ("lon", ""),
        ("radius_m", "150"),
        ("points", "48.1, 16.1\r\n48.1, 16.2\r\n48.2, 16.2\r\n"),
        ("icon", "tree"),
        ("colour", "green"),
        ("pace", "fast"),
        ("audience", "friends"),
        ("friends[]", &*ben),
        ("hours", "Sat,Sun 10:00-18:00\r\n"),
        ("zone", "Europe/Vienna"),
    ];
    let send = async |fields: &[(&str, &str)]| {
        server.post("/api/save_region").cookie(&cookie).form(form_urlencoded(fields)).send().await
    };
    let saved = send(&fields).await;
    assert!(saved.status.is_success() || saved.status.is_redirection(), "{}: {}", saved.status, saved.text());
    let regions = server.items("/api/v1/regions", &token).await;
    assert_eq!(regions[0]["shape"]["points"], json!([[48.1, 16.1], [48.1, 16.2], [48.2, 16.2]]));
    let schedule = json!({"zone": "Europe/Vienna", "hours": ["Sat,Sun 10:00-18:00"]});
    assert_eq!(besides(&regions[0]), json!(["tree", "green", "fast", ["ben"], false, schedule]));

    for (field, typed) in [
        ("points", "48.1, 16.1"),
        ("shape", "heart"),
        ("icon", "skull"),
        ("zone", "Europe/Atlantis"),
        ("hours", "whenever"),
        ("name", " "),
    ] {
        let wrong = fields.map(|(name, right)| (name, if name == field { typed } else { right }));
        let refused = send(&wrong).await;
        assert_eq!(refused.status, 422, "{field}: {}", refused.text());
        let told = refused.json();
        assert_eq!(told["Invalid"]["field"], field, "{told}");
        assert!(told["Invalid"]["kept"].to_string().contains("48.1, 16.1"), "{told}");
    }
    assert_eq!(server.items("/api/v1/regions", &token).await.len(), 1);
}

#[tokio::test]
async fn admins_get_what_a_region_is_tried_out_on() {
    let home = Home::new();
    home.user("ben", &[]).await;
    let tom = home.device("tom", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let mut phone = Phone::connect(server.broker(), &tom).await;
    let now = now_s();
    // Far away for hours, then here for a moment, and away again.
    for number in 0..20 {
        phone.publish("", location(now - 14_000 + number * 600, 48.0, 16.37)).await;
    }
    for (ago, lat) in [(700, 48.2), (600, 48.2), (500, 48.4), (400, 48.5)] {
        phone.publish("", location(now - ago, lat, 16.37)).await;
    }
    let path = "/api/v1/regions/tracks?lat=48.2&lon=16.37&reach_m=2000&days=1";
    let tracks = server.items(path, &token).await;
    assert_eq!(
        (tracks.len(), &tracks[0]["friend"], &tracks[0]["device"], &tracks[0]["cut_off"]),
        (1, &json!("tom"), &json!("phone"), &json!(false))
    );
    let fixes = tracks[0]["fixes"].as_array().cloned().unwrap_or_default();
    assert_eq!(fixes.len(), 12 + 4, "with a dozen before, and all of three quarters of an hour");
    assert_eq!(fixes[12], json!([(now - 700) * 1000, 48.2, 16.37, 10.0]));
    assert_eq!(server.items(&format!("{path}&friend=Tom"), &token).await, tracks);
    assert!(server.items(&format!("{path}&friend=ben"), &token).await.is_empty());
    let nobody = server.get(&format!("{path}&friend=zoe")).bearer(&token).send().await;
    nobody.assert_problem(404, None);
    assert!(server.items("/api/v1/regions/tracks?lat=10&lon=10", &token).await.is_empty());
    for (query, field) in [
        ("lon=1", "lat"),
        ("lat=91&lon=1", "lat"),
        ("lat=1&lon=x", "lon"),
        ("lat=1&lon=1&reach_m=-1", "reach_m"),
        ("lat=1&lon=1&days=0", "days"),
    ] {
        let refused = server.get(&format!("/api/v1/regions/tracks?{query}")).bearer(&token).send().await;
        refused.assert_problem(422, Some(field));
    }
    let ben = server.sign_in("ben").await;
    server.get(path).cookie(&ben).send().await.assert_problem(403, None);
}

#[tokio::test]
async fn admins_are_told_what_a_region_would_have_said_of_a_year_of_somebody() {
    let home = Home::new();
    home.user("ann", &["--admin"]).await;
    home.user("ben", &[]).await;
    let tom = home.device("tom", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let people = server.items("/api/v1/friends", &token).await;
    let id = |name: &str| {
        let friend = people.iter().find(|friend| friend["name"] == name).expect("is there");
        friend["id"].as_str().expect("has an id").to_owned()
    };
    let mut phone = Phone::connect(server.broker(), &tom).await;
    // Every day of ten, an hour here and then an hour there; the last day is 200 days ago.
    let first = now_s() - 210 * 86_400;
    for day in 0..10 {
        for (slot, lat) in (0..12).map(|slot| (slot, if slot < 6 { 48.2 } else { 48.3 })) {
            phone.publish("", location(first + day * 86_400 + slot * 600, lat, 16.37)).await;
        }
    }
    let ask = async |cookie: &str, friend: &str, radius_m: &str| {
        let fields = [
            ("shape", "circle"),
            ("lat", "48.2"),
            ("lon", "16.37"),
            ("radius_m", radius_m),
            ("points", ""),
            ("pace", "balanced"),
            ("days", "365"),
            ("friend", friend),
        ];
        server.post("/api/look_back").cookie(cookie).form(form_urlencoded(&fields)).send().await
    };
    let (ann, ben) = (server.sign_in("ann").await, server.sign_in("ben").await);
    let told = ask(&ann, &id("tom"), "150").await.json();
    let whose = told["rows"][0]["friend"].as_str().map(|id| id.replace('-', ""));
    assert_eq!(whose, Some(id("tom")), "{told}");
    assert_eq!(told["rows"][0]["visits"].as_array().map(Vec::len), Some(10), "{told}");
    assert_eq!((&told["usual_m"], &told["cut_off"]), (&json!(10.0), &json!(false)), "{told}");
    let nobody = ask(&ann, &id("ben"), "150").await.json();
    assert_eq!(nobody["rows"], json!([]), "{nobody}");
    assert_eq!(ask(&ann, &id("tom"), "0").await.json()["Invalid"]["field"], json!("radius_m"));
    assert_eq!(ask(&ben, &id("tom"), "150").await.status, 403);
}

#[tokio::test]
async fn regions_go_out_as_geojson_and_come_back_the_same() {
    let home = Home::new();
    home.user("ben", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let mut school = circle("School", 48.2, 16.37, 120.5);
    school["icon"] = json!("school");
    school["audience"] = json!(["ben"]);
    school["schedule"] = json!({"zone": "Europe/Vienna", "hours": ["Mon-Fri 07:00-13:00"]});
    server.draw(&token, &school).await;
    // Clockwise, and across the antimeridian.
    let points = json!([[-17.0, 179.5], [-16.5, 179.5], [-16.5, -179.5], [-17.0, -179.5]]);
    server.draw(&token, &json!({"name": "Taveuni", "shape": {"type": "polygon", "points": points}})).await;
    let answer = server.get("/api/v1/regions.geojson").bearer(&token).send().await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
    let file = answer.json();
    let (school, island) = (&file["features"][0], &file["features"][1]);
    assert_eq!(school["geometry"], json!({"type": "Point", "coordinates": [16.37, 48.2]}));
    assert_eq!(
        school["properties"],
        json!({"name": "School", "radius_m": 120.5, "icon": "school", "colour": "blue", "pace": "balanced", "audience": ["ben"],
            "to_phones": false, "schedule": {"zone": "Europe/Vienna", "hours": ["Mon-Fri 07:00-13:00"]}})
    );
    let ring = json!([[[179.5, -17.0], [180.5, -17.0], [180.5, -16.5], [179.5, -16.5], [179.5, -17.0]]]);
    assert_eq!(island["geometry"]["coordinates"], ring, "counter-clockwise, and in one piece");

    let before = server.items("/api/v1/regions", &token).await;
    let import = async |server: &Server, token: &str, file: &Value| {
        server.post("/api/v1/regions/import").bearer(token).json(file).send().await
    };
    let read = import(&server, &token, &file).await;
    assert_eq!(
        read.json(),
        json!({"made": 0, "changed": 0, "unchanged": 2, "left_out": 0}),
        "{}",
        read.text()
    );
    assert_eq!(server.items("/api/v1/regions", &token).await, before);

    // Elsewhere they are new, and the second time they are there.
    let elsewhere = Home::new();
    elsewhere.user("ben", &[]).await;
    let other = elsewhere.token("admin", &[]).await;
    let there = elsewhere.serve().await;
    assert_eq!(import(&there, &other, &file).await.json()["made"], 2);
    assert_eq!(import(&there, &other, &file).await.json()["unchanged"], 2);
    let copies = there.items("/api/v1/regions", &other).await;
    assert_eq!(besides(&copies[0]), besides(&before[0]));
    assert_eq!(copies[0]["shape"], before[0]["shape"], "a circle stays a circle");

    let mut moved = file.clone();
    moved["features"][0]["properties"]["radius_m"] = json!(200);
    moved["features"][0]["properties"]["name"] = json!("New school");
    assert_eq!(import(&server, &token, &moved).await.json()["changed"], 1);
    let after = server.items("/api/v1/regions", &token).await;
    assert_eq!(
        (after.len(), &after[0]["name"], &after[0]["id"]),
        (2, &json!("New school"), &before[0]["id"])
    );
}

#[tokio::test]
async fn a_file_that_will_not_do_changes_nothing_and_says_which_region() {
    let (_home, token, server) = a_token("admin").await;
    let feature = |properties: Value, geometry: Value| json!({"type": "Feature", "properties": properties, "geometry": geometry});
    let point = json!({"type": "Point", "coordinates": [8.0, 47.0]});
    let well = feature(json!({"name": "Well", "radius_m": 100}), point.clone());
    let ring = json!([[8.0, 47.0], [8.1, 47.0], [8.1, 47.1], [8.0, 47.0]]);
    let holed = json!({"type": "Polygon", "coordinates": [ring, ring]});
    let line = json!({"type": "LineString", "coordinates": [[8.0, 47.0], [8.1, 47.0]]});
    let far = json!({"type": "Point", "coordinates": [8.0, 97.0]});
    let wrong = [
        feature(json!({"radius_m": 100}), point.clone()),
        feature(json!({"name": " ", "radius_m": 100}), point.clone()),
        feature(json!({"name": "x"}), point.clone()),
        feature(json!({"name": "x", "radius_m": -5}), point.clone()),
        feature(json!({"name": "x", "radius_m": 5}), far),
        feature(json!({"name": "x"}), holed),
        feature(json!({"name": "x"}), line),
        feature(json!({"name": "x"}), json!(null)),
        feature(json!({"name": "x", "radius_m": 5, "icon": "skull"}), point.clone()),
        feature(json!({"name": "x", "radius_m": 5, "audience": ["nobody"]}), point),
    ];
    let import =
        async |file: &Value| server.post("/api/v1/regions/import").bearer(&token).json(file).send().await;
    for wrong in wrong {
        let file = json!({"type": "FeatureCollection", "features": [well, wrong]});
        let answer = import(&file).await;
        answer.assert_problem(422, Some("file"));
        assert!(answer.text().contains("region 2"), "{}", answer.text());
    }
    for file in [
        json!({}),
        json!([]),
        json!({"type": "Point", "coordinates": [8.0, 47.0]}),
        json!({"_type": "location"}),
    ] {
        import(&file).await.assert_problem(422, Some("file"));
    }
    assert!(server.items("/api/v1/regions", &token).await.is_empty());
    assert_eq!(import(&well).await.json()["made"], 1, "a single feature will do");
}

#[tokio::test]
async fn circles_go_out_as_otrw_and_come_back() {
    let (_home, token, server) = a_token("admin").await;
    server.draw(&token, &circle("Bus: 5", 48.2, 16.37, 120.4)).await;
    let points = json!([[48.0, 16.0], [48.0, 17.0], [49.0, 17.0]]);
    server.draw(&token, &json!({"name": "Garden", "shape": {"type": "polygon", "points": points}})).await;
    let mut file = server.json("/api/v1/regions.otrw", &token).await;
    assert_eq!(file["_type"], "waypoints");
    let places = file["waypoints"].as_array().expect("is a list").clone();
    assert_eq!((places.len(), &places[0]["desc"], &places[0]["rad"]), (1, &json!("Bus. 5"), &json!(120)));
    let import = async |file: &Value| {
        server.post("/api/v1/regions/import").bearer(&token).json(file).send().await.json()
    };
    assert_eq!(import(&file).await, json!({"made": 0, "changed": 0, "unchanged": 1, "left_out": 0}));

    let place = |desc: &str, rad: i64| json!({"_type": "waypoint", "desc": desc, "lat": 47.0, "lon": 8.0, "rad": rad, "tst": 1_600_000_000});
    file["waypoints"] = json!([
        place("Shed", 50),
        place("Follows", -50),
        place("Beacon:01234567-89ab-cdef-0123-456789abcdef", 0)
    ]);
    assert_eq!(import(&file).await, json!({"made": 1, "changed": 0, "unchanged": 0, "left_out": 2}));
    assert_eq!(import(&file).await["unchanged"], 1, "the second time it is there");
    let names: Vec<Value> =
        server.items("/api/v1/regions", &token).await.iter().map(|of| of["name"].clone()).collect();
    assert_eq!(names, ["Bus: 5", "Garden", "Shed"]);
}

#[tokio::test]
async fn every_version_of_a_region_is_told_to_those_whom_it_was_for() {
    let home = Home::new();
    home.user("ben", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let ben = server.sign_in("ben").await;
    let mut secret = circle("Secret", 48.2, 16.37, 100.0);
    secret["audience"] = json!("admins");
    let id = server.draw(&token, &secret).await;
    let (path, versions) = (format!("/api/v1/regions/{id}"), format!("/api/v1/regions/{id}/versions"));
    let put = async |body: &Value| {
        let changed = server.ask(Method::PUT, &path).bearer(&token).json(body).send().await;
        assert_eq!(changed.status, 200, "{}", changed.text());
    };
    server.get(&versions).cookie(&ben).send().await.assert_problem(404, None);
    let mut home_now = circle("Home", 48.2, 16.37, 100.0);
    home_now["audience"] = json!("group");
    put(&home_now).await;
    put(&home_now).await;
    put(&circle("Home", 48.2, 16.37, 250.0)).await;
    let all = server.items(&versions, &token).await;
    let told: Vec<_> = all.iter().map(|of| (of["name"].clone(), of["shape"]["radius_m"].clone())).collect();
    let (home_name, secret_name) = (json!("Home"), json!("Secret"));
    assert_eq!(
        told,
        [(home_name.clone(), json!(250.0)), (home_name, json!(100.0)), (secret_name, json!(100.0))],
        "what did not change is no version"
    );
    assert!(all[0]["until"].is_null());
    assert_eq!(all[1]["until"], all[0]["changed_at"]);
    let seen = server.get(&versions).cookie(&ben).send().await.json();
    assert_eq!(seen["items"].as_array().map(Vec::len), Some(2), "{seen}");
    let page = server.get(&format!("/regions?versions={id}")).cookie(&ben).send().await.text();
    assert!(page.contains("Circle, 250") && !page.contains("Secret"), "{page}");
    server.ask(Method::DELETE, &path).bearer(&token).send().await;
    let gone = server.items(&versions, &token).await;
    assert!(gone.len() == 3 && !gone[0]["until"].is_null(), "{gone:?}");
}

#[tokio::test]
async fn whoever_drew_a_region_is_told_what_to_expect_of_it() {
    let home = Home::new();
    home.user("ada", &["--admin"]).await;
    home.user("ben", &[]).await;
    let tom = home.device("tom", "phone", &[]).await;
    let token = home.token("admin", &[]).await;
    let server = home.serve().await;
    let (ada, ben) = (server.sign_in("ada").await, server.sign_in("ben").await);
    server.draw(&token, &circle("Home", 48.2, 16.37, 150.0)).await;
    let shed = server.draw(&token, &circle("Shed", 48.2, 16.372, 60.0)).await;
    let mut phone = Phone::connect(server.broker(), &tom).await;
    for ago in [500, 400, 300, 200, 100] {
        let fix = json!({"_type": "location", "lat": 48.2, "lon": 16.372, "acc": 80, "tst": now_s() - ago});
        phone.publish("", fix.to_string()).await;
    }
    let path = format!("/api/region_cautions?id={shed}");
    let told = server.get(&path).cookie(&ada).send().await.json();
    assert_eq!(told, json!(["Small", {"Blurred": {"accuracy_m": 80.0}}, {"Overlaps": "Home"}]));
    assert_eq!(server.get(&path).cookie(&ben).send().await.status, 403);
    // After saving, and beside the fields of a form that is opened again: both without script.
    for page in ["saved", "edit"] {
        let page = server.get(&format!("/regions?{page}={shed}")).cookie(&ada).send().await.text();
        for words in ["Phones are not that exact", "usually exact to 80", "overlaps Home"] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
}
