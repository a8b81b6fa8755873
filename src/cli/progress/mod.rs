//! Shows progress on standard error. A driver feeds one of four [`Face`]s.

mod bar;
mod json;
mod line;

use std::borrow::Cow;
use std::io::IsTerminal;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::escape;
use crate::event::{Event, Listener, Meter, Progress};
use crate::model::run::Failure;
use crate::run::report::grid::{counted, duration, pace};

use super::args::ProgressName;
use super::output;

/// A way to show progress. Called by one thread at a time.
trait Face: Send {
    /// Returns how often to call [`Face::tick`].
    fn interval(&self) -> Duration;
    /// Shows that a phase began.
    fn begin(&mut self, sample: &Sample);
    /// Shows the state of the phase after some time.
    fn tick(&mut self, sample: &Sample);
    /// Shows that the phase ended.
    fn end(&mut self, sample: &Sample);
    /// Shows that work on a table began.
    fn table(&mut self, name: &str);
    /// Shows a remark.
    fn note(&mut self, text: &str);
    /// Shows something that the user should know.
    fn warning(&mut self, text: &str);
    /// Shows why the run failed. Returns false if the face leaves that to the caller.
    fn failure(&mut self, failure: &Failure) -> bool;
}

/// The state of a phase at a moment.
struct Sample {
    phase: Cow<'static, str>,
    rows: u64,
    bytes: u64,
    max_rows: Option<u64>,
    max_bytes: Option<u64>,
    elapsed: Duration,
}

impl Sample {
    /// Returns the share of the phase that is done, from 0 to 1, or `None` if no total is known. Prefers bytes, whose total
    /// is exact, to rows, which often have only an upper bound.
    #[expect(clippy::cast_precision_loss, reason = "a share is shown in whole per cent")]
    fn share(&self) -> Option<f64> {
        let share = |done: u64, all: Option<u64>| Some((done as f64 / all.filter(|all| *all > 0)? as f64).min(1.0));
        share(self.bytes, self.max_bytes).or_else(|| share(self.rows, self.max_rows))
    }

    /// Returns the seconds to the end of the phase at its pace so far. Returns `None` while that would be guesswork, and in
    /// the last second.
    fn seconds_left(&self) -> Option<f64> {
        let (share, seconds) = (self.share()?, self.elapsed.as_secs_f64());
        let left = seconds * (1.0 - share) / share;
        (share > 0.005 && seconds > 1.0 && left >= 1.0).then_some(left)
    }

    /// Returns rows and pace: `12,345 rows, 1,234 rows/s`.
    fn counts(&self) -> String {
        let pace = pace(self.rows, self.elapsed.as_secs_f64());
        let rows = counted(self.rows, "row");
        if self.rows == 0 || pace.is_empty() { rows } else { format!("{rows}, {pace} rows/s") }
    }
}

/// Describes the end of a phase in plain words.
fn ended(sample: &Sample) -> String {
    let took = duration(sample.elapsed.as_secs_f64());
    if sample.rows == 0 {
        format!("{}: {took}", sample.phase)
    } else {
        format!("{}: {} in {took}", sample.phase, sample.counts())
    }
}

/// A face for people, which shows text from outside in a harmless form.
struct Plain<F>(F);

impl<F: Face> Face for Plain<F> {
    fn interval(&self) -> Duration {
        self.0.interval()
    }
    fn begin(&mut self, sample: &Sample) {
        self.0.begin(sample);
    }
    fn tick(&mut self, sample: &Sample) {
        self.0.tick(sample);
    }
    fn end(&mut self, sample: &Sample) {
        self.0.end(sample);
    }
    fn table(&mut self, name: &str) {
        self.0.table(&escape::line(name));
    }
    fn note(&mut self, text: &str) {
        self.0.note(&escape::line(text));
    }
    fn warning(&mut self, text: &str) {
        self.0.warning(&escape::line(text));
    }
    fn failure(&mut self, failure: &Failure) -> bool {
        self.0.failure(failure)
    }
}

/// A face that shows only warnings.
struct Off;

impl Face for Off {
    fn interval(&self) -> Duration {
        Duration::from_secs(3600)
    }
    fn begin(&mut self, _sample: &Sample) {}
    fn tick(&mut self, _sample: &Sample) {}
    fn end(&mut self, _sample: &Sample) {}
    fn table(&mut self, _name: &str) {}
    fn note(&mut self, _text: &str) {}
    fn warning(&mut self, text: &str) {
        output::message(&format!("warning: {text}"));
    }
    fn failure(&mut self, _failure: &Failure) -> bool {
        false
    }
}

/// Progress of one command, from its start to [`Reporter::finish`].
pub(super) struct Reporter {
    shared: Arc<Shared>,
    meter: Arc<Meter>,
    ticker: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    over: Condvar,
    meter: Arc<Meter>,
}

struct State {
    face: Box<dyn Face>,
    phase: Option<Phase>,
    over: bool,
}

struct Phase {
    name: Cow<'static, str>,
    rows: Option<u64>,
    bytes: Option<u64>,
    since: Instant,
}

impl Reporter {
    /// Starts showing progress.
    pub(super) fn start(how: ProgressName) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let face: Box<dyn Face> = match how {
            ProgressName::Auto | ProgressName::Bar if terminal => Box::new(Plain(bar::Bar::default())),
            ProgressName::Auto | ProgressName::Bar | ProgressName::Line => Box::new(Plain(line::Line)),
            ProgressName::Json => Box::new(json::Json),
            ProgressName::Off => Box::new(Plain(Off)),
        };
        Self::with_face(face)
    }

    fn with_face(face: Box<dyn Face>) -> Self {
        let meter = Arc::new(Meter::default());
        let interval = face.interval();
        let state = Mutex::new(State { face, phase: None, over: false });
        let shared = Arc::new(Shared { state, over: Condvar::new(), meter: Arc::clone(&meter) });
        let ticking = Arc::clone(&shared);
        // Without a thread for ticks, progress is shown only at the end of each phase, which is no reason to fail.
        let ticker = std::thread::Builder::new().name("progress".into()).spawn(move || ticking.tick(interval)).ok();
        Self { shared, meter, ticker }
    }

    /// Returns the end to which the core reports.
    pub(super) fn progress(&self) -> Progress {
        let listener: Arc<dyn Listener> = self.shared.clone();
        Progress::new(listener, Arc::clone(&self.meter))
    }

    /// Ends the last phase and removes a bar from the terminal. Returns whether the failure was already shown.
    pub(super) fn finish(mut self, failure: Option<&Failure>) -> bool {
        let mut state = self.shared.lock();
        self.shared.end_phase(&mut state);
        state.over = true;
        let shown = failure.is_some_and(|failure| state.face.failure(failure));
        drop(state);
        self.shared.over.notify_all();
        if let Some(ticker) = self.ticker.take() {
            // The panic of a face has already been printed, and does not affect the result of the run.
            let _ = ticker.join();
        }
        shown
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sample(&self, phase: &Phase) -> Sample {
        Sample {
            phase: phase.name.clone(),
            rows: self.meter.rows(),
            bytes: self.meter.bytes(),
            max_rows: phase.rows,
            max_bytes: phase.bytes,
            elapsed: phase.since.elapsed(),
        }
    }

    fn end_phase(&self, state: &mut State) {
        if let Some(phase) = state.phase.take() {
            state.face.end(&self.sample(&phase));
        }
    }

    fn tick(&self, interval: Duration) {
        let mut state = self.lock();
        loop {
            let waited = self.over.wait_timeout_while(state, interval, |state| !state.over);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.over {
                return;
            }
            let State { face, phase, .. } = &mut *state;
            if let Some(phase) = phase {
                face.tick(&self.sample(phase));
            }
        }
    }
}

impl Listener for Shared {
    fn event(&self, event: &Event) {
        let mut state = self.lock();
        match event {
            Event::Phase { name, rows, bytes } => {
                self.end_phase(&mut state);
                let phase = Phase { name: name.clone(), rows: *rows, bytes: *bytes, since: Instant::now() };
                // The meter still has the counts of the previous phase.
                state.face.begin(&Sample { rows: 0, bytes: 0, ..self.sample(&phase) });
                state.phase = Some(phase);
            }
            Event::Table { name } => state.face.table(name),
            Event::Note { text } => state.face.note(text),
            Event::Warning { text } => state.face.warning(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records all calls.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<String>>>);

    impl Heard {
        fn tell(&self, text: String) {
            self.0.lock().unwrap().push(text);
        }
    }

    impl Face for Heard {
        fn interval(&self) -> Duration {
            Duration::from_secs(3600)
        }
        fn begin(&mut self, sample: &Sample) {
            self.tell(format!("begin {} {} {:?}", sample.phase, sample.rows, sample.max_rows));
        }
        fn tick(&mut self, _sample: &Sample) {}
        fn end(&mut self, sample: &Sample) {
            self.tell(format!("end {} {}", sample.phase, sample.rows));
        }
        fn table(&mut self, name: &str) {
            self.tell(name.to_owned());
        }
        fn note(&mut self, text: &str) {
            self.tell(text.to_owned());
        }
        fn warning(&mut self, text: &str) {
            self.tell(text.to_owned());
        }
        fn failure(&mut self, failure: &Failure) -> bool {
            self.tell(failure.kind.clone());
            true
        }
    }

    #[test]
    fn each_phase_ends_with_its_own_counts() {
        let heard = Heard::default();
        let reporter = Reporter::with_face(Box::new(heard.clone()));
        let progress = reporter.progress();
        progress.phase("stage", Some(10), None);
        progress.table("kinds");
        progress.add_rows(7);
        progress.phase("insert", None, None);
        progress.add_rows(3);
        progress.warning("odd");
        let failure = Failure { kind: "file".into(), message: String::new(), causes: Vec::new(), hint: None };
        assert!(reporter.finish(Some(&failure)));
        let heard = heard.0.lock().unwrap().join("; ");
        assert_eq!(heard, "begin stage 0 Some(10); kinds; end stage 7; begin insert 0 None; odd; end insert 3; file");
    }

    #[test]
    fn the_end_is_foretold_when_there_is_ground_for_it() {
        let sample = |rows, max_rows, seconds| Sample {
            phase: "stage".into(),
            rows,
            bytes: 0,
            max_rows,
            max_bytes: None,
            elapsed: Duration::from_secs(seconds),
        };
        assert_eq!(sample(250, Some(1000), 10).seconds_left(), Some(30.0));
        assert_eq!(sample(250, None, 10).seconds_left(), None);
        assert_eq!(sample(1, Some(1000), 10).seconds_left(), None);
        assert_eq!(sample(5, Some(0), 10).share(), None);
        assert_eq!(sample(20_000, Some(1), 10).counts(), "20,000 rows, 2,000 rows/s");
    }
}
