//! Prints plain lines, for logs: one per phase and one every ten seconds.

use std::time::Duration;

use crate::model::run::Failure;
use crate::run::report::grid::duration;

use super::{Face, Sample, ended, output};

pub(super) struct Line;

impl Face for Line {
    fn interval(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn begin(&mut self, _sample: &Sample) {}

    fn tick(&mut self, sample: &Sample) {
        output::message(&under_way(sample));
    }

    fn end(&mut self, sample: &Sample) {
        output::message(&ended(sample));
    }

    fn table(&mut self, _name: &str) {}

    fn note(&mut self, text: &str) {
        output::message(text);
    }

    fn warning(&mut self, text: &str) {
        output::message(&format!("warning: {text}"));
    }

    fn failure(&mut self, _failure: &Failure) -> bool {
        false
    }
}

fn under_way(sample: &Sample) -> String {
    let share = sample.share().map(|share| format!("{:.0}%, ", share * 100.0)).unwrap_or_default();
    let left = sample.seconds_left().map(|left| format!(", about {} left", duration(left))).unwrap_or_default();
    format!("{}: {share}{}{left}", sample.phase, sample.counts())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_share_pace_and_time_left() {
        let sample = Sample {
            phase: "stage".into(),
            rows: 300_000,
            bytes: 0,
            max_rows: Some(1_000_000),
            max_bytes: None,
            elapsed: Duration::from_secs(12),
        };
        assert_eq!(under_way(&sample), "stage: 30%, 300,000 rows, 25,000 rows/s, about 28.0 seconds left");
        assert_eq!(ended(&sample), "stage: 300,000 rows, 25,000 rows/s in 12.0 seconds");
    }
}
