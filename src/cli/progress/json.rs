//! Prints one event per line, for programs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::run::Failure;

use super::{Face, Sample, output};

pub(super) struct Json;

impl Face for Json {
    fn interval(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn begin(&mut self, sample: &Sample) {
        print(&json!({
            "event": "phase",
            "name": sample.phase,
            "max_rows": sample.max_rows,
            "max_bytes": sample.max_bytes,
        }));
    }

    fn tick(&mut self, sample: &Sample) {
        print(&counts("progress", sample));
    }

    fn end(&mut self, sample: &Sample) {
        print(&counts("phase-end", sample));
    }

    fn table(&mut self, name: &str) {
        print(&json!({"event": "table", "name": name}));
    }

    fn note(&mut self, text: &str) {
        print(&json!({"event": "note", "text": text}));
    }

    fn warning(&mut self, text: &str) {
        print(&json!({"event": "warning", "text": text}));
    }

    fn failure(&mut self, failure: &Failure) -> bool {
        let mut event = json!({"event": "error"});
        if let (Value::Object(event), Ok(Value::Object(failure))) = (&mut event, serde_json::to_value(failure)) {
            event.extend(failure);
        }
        print(&event);
        true
    }
}

fn counts(event: &str, sample: &Sample) -> Value {
    json!({
        "event": event,
        "name": sample.phase,
        "rows": sample.rows,
        "bytes": sample.bytes,
        "seconds": sample.elapsed.as_secs_f64(),
    })
}

fn print(event: &Value) {
    output::event(event);
}
