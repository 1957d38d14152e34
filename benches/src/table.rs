//! The table at the end.

use std::fmt;

/// One line: ours, beside the limit or the peer.
pub(crate) struct Row {
    goal: &'static str,
    what: String,
    ours: String,
    theirs: String,
    ratio: Option<f64>,
    wanted: &'static str,
    outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Told,
    Met,
    Missed,
    Failed,
}

impl Row {
    /// A figure without a goal.
    pub(crate) fn told(what: impl Into<String>, ours: impl Into<String>) -> Self {
        Self {
            goal: "",
            what: what.into(),
            ours: ours.into(),
            theirs: String::new(),
            ratio: None,
            wanted: "",
            outcome: Outcome::Told,
        }
    }

    /// A measure that could not be made.
    pub(crate) fn failed(name: &str, error: &anyhow::Error) -> Self {
        Self { outcome: Outcome::Failed, ..Self::told(name, format!("{error:#}")) }
    }

    /// What it is compared with, and ours as a share of that.
    #[must_use]
    pub(crate) fn beside(mut self, theirs: impl Into<String>, ratio: f64) -> Self {
        self.theirs = theirs.into();
        self.ratio = Some(ratio);
        self
    }

    /// The goal: its number, its words, and whether this meets it.
    #[must_use]
    pub(crate) fn goal(mut self, number: &'static str, wanted: &'static str, is_met: bool) -> Self {
        self.goal = number;
        self.wanted = wanted;
        self.outcome = if is_met { Outcome::Met } else { Outcome::Missed };
        self
    }

    fn cells(&self) -> [String; 7] {
        let outcome = match self.outcome {
            Outcome::Told => "",
            Outcome::Met => "met",
            Outcome::Missed => "missed",
            Outcome::Failed => "FAILED",
        };
        [
            self.goal.to_owned(),
            self.what.clone(),
            self.ours.clone(),
            self.theirs.clone(),
            self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            self.wanted.to_owned(),
            outcome.to_owned(),
        ]
    }
}

/// All lines.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    pub(crate) fn add(&mut self, rows: Vec<Row>) {
        self.0.extend(rows);
    }

    pub(crate) fn has_failures(&self) -> bool {
        self.0.iter().any(|row| row.outcome == Outcome::Failed)
    }
}

/// As Markdown, the columns below each other.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEAD: [&str; 7] = ["#", "what", "ours", "beside", "ratio", "goal", ""];
        let head = HEAD.map(str::to_owned);
        let rows: Vec<_> = std::iter::once(head).chain(self.0.iter().map(Row::cells)).collect();
        let widths: Vec<usize> = (0..HEAD.len())
            .map(|column| {
                rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        for (number, row) in rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(f, "| {cell:<width$} ")?;
            }
            writeln!(f, "|")?;
            if number == 0 {
                for width in &widths {
                    write!(f, "| {:-<width$} ", "")?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}
