//! `cargo run --profile judging -p judgement -- [--seed N] [--friends N] [--days N]`: prints the tables of `docs/geofencing.md`.
#![expect(clippy::print_stdout, reason = "it prints tables")]

use judgement::{Trial, cost};

fn main() -> Result<(), String> {
    let mut trial = Trial { seed: 1, friends: 60, days: 14 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let number = words.next().and_then(|number| number.parse::<u32>().ok());
        let number = number.ok_or_else(|| format!("{word} wants a number"))?;
        match word.as_str() {
            "--seed" => trial.seed = u64::from(number),
            "--friends" => trial.friends = number,
            "--days" => trial.days = number,
            _ => return Err(format!("there is no {word}; there are --seed, --friends and --days")),
        }
    }
    println!("seed {}, {} friends, {} days each\n", trial.seed, trial.friends, trial.days);
    println!(
        "| rule | false in the log, per 1,000 true | false at first, per 1,000 | missed visits over 5 min (of those told of twice) | crossings unsaid, per 1,000 | delay in reports, median / 90 % | delay in s, median / 90 % |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for score in trial.run() {
        println!("{score}");
    }
    println!("\n| regions | one step | asking every region |\n| --- | --- | --- |");
    for regions in [10, 1_000, 100_000] {
        let cost = cost::measure(regions);
        println!("| {} | {:.1} µs | {:.1} µs |", cost.regions, cost.step_ns / 1000.0, cost.scan_ns / 1000.0);
    }
    Ok(())
}
