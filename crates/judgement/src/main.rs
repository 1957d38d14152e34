//! `cargo run --profile judging -p judgement -- [--seed N] [--friends N] [--length N] [--days ordinary|hard]`: prints the tables of `docs/geofencing.md`.
#![expect(clippy::print_stdout, reason = "it prints tables")]

use judgement::{Days, Trial, cost};

fn main() -> Result<(), String> {
    let mut trial = Trial { seed: 1, friends: 60, days: Days::Ordinary, length: 14 };
    let mut kinds = vec![Days::Ordinary, Days::Hard];
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        let number = || value.parse::<u32>().map_err(|_no_number| format!("{word} wants a number"));
        match word.as_str() {
            "--seed" => trial.seed = u64::from(number()?),
            "--friends" => trial.friends = number()?,
            "--length" => trial.length = number()?,
            "--days" => {
                let kind = kinds.iter().find(|days| days.name() == value).copied();
                kinds = vec![kind.ok_or_else(|| format!("{word} are ordinary or hard"))?];
            }
            _ => {
                return Err(format!("there is no {word}; there are --seed, --friends, --length and --days"));
            }
        }
    }
    println!("seed {}, {} friends, {} days each\n", trial.seed, trial.friends, trial.length);
    println!(
        "| days | rule | false in the log, per 1,000 true | false at first, per 1,000 | missed visits over 5 min (of those told of twice) | could not be told (wrong throughout + silent) | crossings unsaid, per 1,000 | delay in reports, median / 90 % | delay in s, median / 90 % |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for days in kinds {
        for score in (Trial { days, ..trial }).run() {
            println!("| {} {score}", days.name());
        }
    }
    println!("\n| regions | one step | asking every region |\n| --- | --- | --- |");
    for regions in [10, 1_000, 100_000] {
        let cost = cost::measure(regions);
        println!("| {} | {:.1} µs | {:.1} µs |", cost.regions, cost.step_ns / 1000.0, cost.scan_ns / 1000.0);
    }
    Ok(())
}
