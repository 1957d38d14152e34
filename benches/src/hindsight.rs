//! A year of one friend, as a region that is being drawn is tried out on it: what it takes to read, to judge and to send.

use crate::{Bench, crowd, process::Server, report, runtime, table::Row};
use anyhow::{Context, Result, ensure};
use domain::{
    Pace, Timestamp,
    geofence::Sample,
    hindsight::{Look, Span, Trace, near},
};
use geodesy::{Area, Circle};
use judgement::{Life, Trial, phone::Said};
use sqlx::{Connection, SqliteConnection};
use std::{
    hint::black_box,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

const DAYS: u32 = 365;
/// The middle one of so many.
const TIMES: usize = 5;
/// Of the numbers of `judgement` one whose phone reports each 150 m or 2 minutes.
const NUMBER: u32 = 1;
/// What a whole answer may take.
const GOAL: Duration = Duration::from_secs(1);
/// More than any device has in a year.
const ALL: u32 = 1_000_000;
const RADIUS_M: f64 = 120.0;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let directory = bench.directory("hindsight")?;
    let runtime = runtime()?;
    let (fixes, home) = year();
    let now = Timestamp::from_millis(report::now_ms());
    runtime.block_on(fill(&directory, &fixes))?;
    let span = Span::days(DAYS + 1, now);
    let area = Area::Circle(Circle::new(home, RADIUS_M)?);

    let (writer, reader) = runtime.block_on(store::open(&directory.join("whereabouts.db")))?;
    let read = middle(|| {
        let read = runtime.block_on(reader.bare_fixes(crowd::device(0), span.from, ALL))?;
        ensure!(read.len() == fixes.len(), "{} of {} fixes are there", read.len(), fixes.len());
        Ok(())
    })?;
    drop(reader);
    runtime.block_on(writer.close())?;

    let trace = Trace { friend: crowd::friend(0), fixes };
    let judge = |advised: bool| {
        middle(|| {
            let look = Look::new(&area, Pace::Balanced, span);
            let mut look = if advised { look.with_advice() } else { look };
            look.take(&trace);
            black_box(look.hindsight());
            Ok(())
        })
    };
    let (judged, advised) = (judge(false)?, judge(true)?);
    let left = near(&trace.fixes, home, 2.0 * (RADIUS_M + 1_500.0));

    let server = Server::start(bench, &directory, &[])?;
    let place = format!("lat={}&lon={}", home.lat(), home.lon());
    let question = format!(
        "shape=circle&{place}&radius_m={RADIUS_M}&points=&pace=balanced&days={DAYS}&friend={}",
        crowd::friend(0)
    );
    let mut year_bytes = 0;
    let year = middle(|| {
        year_bytes = ask(&server, &post("/api/look_back", &question))?;
        Ok(())
    })?;
    let mut month_bytes = 0;
    let month = middle(|| {
        let path = format!("/api/tracks?{place}&reach_m=3240&days=30");
        month_bytes = ask(&server, &format!("GET {path} HTTP/1.0\r\n"))?;
        Ok(())
    })?;
    server.stop()?;

    let count = trace.fixes.len();
    let ms = |took: Duration| format!("{:.0} ms", took.as_secs_f64() * 1e3);
    Ok(vec![
        Row::told(format!("a year of one friend, {count} fixes: to read"), ms(read)),
        Row::told(
            "to judge by one region / with advice on its radius",
            format!("{} / {}", ms(judged), ms(advised)),
        ),
        Row::told("near home, with what is around", format!("{} fixes", left.len())),
        Row::told(
            "a year of one friend, asked of the server, with advice: answer / bytes",
            format!("{} / {year_bytes}", ms(year)),
        )
        .goal("", "≤ 1 s", year <= GOAL),
        Row::told(
            "the fixes of 30 days near by, asked of the server: answer / bytes before compression",
            format!("{} / {month_bytes}", ms(month)),
        ),
    ])
}

/// Made-up days that end now, and where home is.
fn year() -> (Vec<Sample>, geodesy::Point) {
    let life =
        Life::new(Trial { seed: 1, friends: NUMBER + 1, days: judgement::Days::Hard, length: DAYS }, NUMBER);
    let fix = |told: &judgement::phone::Told| match &told.what {
        Said::Fix(fix) => Some(Sample { at: fix.at, point: fix.point, accuracy_m: fix.accuracy_m }),
        Said::Claim(_) => None,
    };
    let mut fixes: Vec<Sample> = life.told.iter().filter_map(fix).collect();
    fixes.sort_by(|a, b| {
        let key = |fix: &Sample| (fix.at, fix.point.lat().to_bits(), fix.point.lon().to_bits());
        key(a).cmp(&key(b))
    });
    fixes.dedup_by_key(|fix| (fix.at, fix.point.lat().to_bits(), fix.point.lon().to_bits()));
    let later_ms = fixes.last().map_or(0, |last| report::now_ms() - 60_000 - last.at.as_millis());
    for fix in &mut fixes {
        fix.at = fix.at.plus_millis(later_ms);
    }
    let home = life.city.places.first().map(|place| life.city.point(place.spot));
    (fixes, home.unwrap_or_else(|| unreachable!("a city has places")))
}

async fn fill(directory: &Path, fixes: &[Sample]) -> Result<()> {
    crowd::settle(directory, 1).await?;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(directory.join("whereabouts.db"));
    let mut connection = <SqliteConnection as Connection>::connect_with(&options).await?;
    let mut transaction = connection.begin().await?;
    for fix in fixes {
        let insert = "INSERT INTO fixes (device_id, at, lat, lon, received_at, accuracy_m, battery_pct, trigger_code, connection)
                      VALUES (?1, ?2, ?3, ?4, ?2, ?5, 80, 'u', 'm')";
        sqlx::query(insert)
            .bind(crowd::device(0).uuid())
            .bind(fix.at.as_millis())
            .bind(fix.point.lat())
            .bind(fix.point.lon())
            .bind(fix.accuracy_m)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(connection.close().await?)
}

fn post(path: &str, form: &str) -> String {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
}

/// Asks the server as a page does, and takes the whole answer; how many bytes its body has.
fn ask(server: &Server, request: &str) -> Result<usize> {
    let mut stream = TcpStream::connect(server.http)?;
    let (line, rest) = request.split_once("\r\n").context("a request has lines")?;
    let cookie = crowd::SESSION;
    let host = server.http;
    write!(stream, "{line}\r\nHost: {host}\r\nCookie: whereabouts_session={cookie}\r\n")?;
    let rest = if rest.is_empty() { "\r\n" } else { rest };
    write!(stream, "{rest}")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").context("an answer has a body")?;
    ensure!(head.lines().next().is_some_and(|status| status.contains(" 200 ")), "the server said: {head}");
    Ok(body.len())
}

fn middle(mut once: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let started = Instant::now();
        once()?;
        took.push(started.elapsed());
    }
    took.sort_unstable();
    took.get(TIMES / 2).copied().context("it was done")
}
