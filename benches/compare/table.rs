//! The table of results: medians of both sides, their ratio, the target.

use std::fmt::Write as _;

/// One line: ours against a peer, or against another run of ours.
pub(crate) struct Line {
    /// What is compared.
    pub(crate) case: String,
    /// With what.
    pub(crate) against: String,
    /// On which engine; empty without one.
    pub(crate) engine: String,
    /// Highest ratio that is wanted; `None` where nothing is.
    pub(crate) target: Option<f64>,
    /// What is measured.
    pub(crate) unit: &'static str,
    /// Our values, a run each.
    pub(crate) ours: Vec<f64>,
    /// The other side's.
    pub(crate) theirs: Vec<f64>,
    /// Our CPU seconds, client and server.
    pub(crate) our_cpu: Vec<f64>,
    /// Theirs.
    pub(crate) their_cpu: Vec<f64>,
}

/// The middle of the values; NaN without any.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

impl Line {
    /// Ratio of the medians.
    pub(crate) fn ratio(&self) -> f64 {
        median(&self.ours) / median(&self.theirs)
    }

    fn verdict(&self) -> String {
        match self.target {
            Some(target) if self.ratio() <= target => "ok".to_owned(),
            Some(_) => "**missed**".to_owned(),
            None => String::new(),
        }
    }

    fn row(&self) -> String {
        let spread = |values: &[f64]| {
            let (low, high) =
                values.iter().fold((f64::MAX, f64::MIN), |(low, high), &value| (low.min(value), high.max(value)));
            if values.len() > 1 {
                format!("{} ({}-{})", short(median(values)), short(low), short(high))
            } else {
                short(median(values))
            }
        };
        let cpu = |values: &[f64]| if values.is_empty() { String::new() } else { short(median(values)) };
        format!(
            "| {} | {} | {} | {} {unit} | {} {unit} | {} | {} | {:.2} | {} | {} |",
            self.case,
            self.against,
            self.engine,
            spread(&self.ours),
            spread(&self.theirs),
            cpu(&self.our_cpu),
            cpu(&self.their_cpu),
            self.ratio(),
            self.target.map_or(String::new(), |target| format!("≤ {target}")),
            self.verdict(),
            unit = self.unit,
        )
    }
}

fn short(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The lines as a markdown table.
pub(crate) fn markdown(lines: &[Line]) -> String {
    let mut text = "| case | against | engine | ours (lowest-highest) | theirs (lowest-highest) | our CPU s | their CPU s | ratio | target | |\n\
                    | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for line in lines {
        let _ = writeln!(text, "{}", line.row());
    }
    text
}
