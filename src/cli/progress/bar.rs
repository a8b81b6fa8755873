//! Shows a bar on a terminal, with finished phases as lines above it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::run::Failure;
use crate::run::report::grid::duration;

use super::{Face, Sample, ended, output};

/// Steps of the bar, which shows a share, whatever is counted.
const STEPS: f64 = 1000.0;

#[derive(Default)]
pub(super) struct Bar {
    bar: Option<ProgressBar>,
    table: String,
}

impl Bar {
    /// Prints a line above the bar.
    fn print(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::message(text)),
            None => output::message(text),
        }
    }
}

impl Face for Bar {
    fn interval(&self) -> Duration {
        Duration::from_millis(200)
    }

    fn begin(&mut self, sample: &Sample) {
        let bounded = sample.max_rows.is_some() || sample.max_bytes.is_some();
        let template = if bounded {
            "{prefix:<13} {bar:30.cyan/dim} {percent:>3}%  {wide_msg}"
        } else {
            "{prefix:<13} {spinner} {wide_msg}"
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small constant")]
        let bar = ProgressBar::with_draw_target(Some(STEPS as u64), ProgressDrawTarget::stderr()).with_style(style);
        bar.set_prefix(sample.phase.clone());
        self.table.clear();
        self.bar = Some(bar);
    }

    fn tick(&mut self, sample: &Sample) {
        let Some(bar) = &self.bar else { return };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the number of steps"
        )]
        bar.set_position((sample.share().unwrap_or(0.0) * STEPS) as u64);
        let left = sample.seconds_left().map(|left| format!(", {} left", duration(left))).unwrap_or_default();
        let table = if self.table.is_empty() { String::new() } else { format!("{}: ", self.table) };
        bar.set_message(format!("{table}{}{left}", sample.counts()));
        bar.tick();
    }

    fn end(&mut self, sample: &Sample) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        output::message(&ended(sample));
    }

    fn table(&mut self, name: &str) {
        name.clone_into(&mut self.table);
    }

    fn note(&mut self, text: &str) {
        self.print(text);
    }

    fn warning(&mut self, text: &str) {
        self.print(&format!("warning: {text}"));
    }

    fn failure(&mut self, _failure: &Failure) -> bool {
        false
    }
}
