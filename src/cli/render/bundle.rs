//! Renders the contents of a bundle.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::error::{Error, Result, escape};
use crate::run::report::grid::{Grid, counted, grouped, size, without_rows};
use crate::snapshot::point::Point;
use crate::sync::inspect::Inspection;
use crate::sync::report::place_facts;

use super::with_version;

/// Renders the whole inspection as one object.
///
/// # Errors
/// `Internal`, which cannot happen with plain data.
pub(in crate::cli) fn json(inspection: &Inspection) -> Result<Value> {
    let mut object = serde_json::to_value(inspection)
        .map_err(|error| Error::internal("the result cannot be written as JSON").because(error))?;
    if let Value::Object(fields) = &mut object {
        fields.insert("status".to_owned(), "finished".into());
        let tables = inspection.tables.iter();
        let tables = tables.map(|(name, rows, bytes)| json!({"name": name, "rows": rows, "bytes": bytes}));
        fields.insert("tables".to_owned(), tables.collect());
    }
    Ok(with_version(object))
}

/// Renders the page for `inspect`.
pub(in crate::cli) fn contents(inspection: &Inspection) -> String {
    let Inspection { bundle, header, totals, .. } = inspection;
    let mut page = String::new();
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(page, "{name:<13}{}", escape::line(value));
    };
    fact("bundle", name(inspection));
    fact("sha256", &bundle.sha256);
    fact("size", &size(bundle.bytes));
    fact("format", &format!("{}, written by {}", header.version, header.tool));
    fact("created", &format!("{} UTC", header.created_at));
    fact("source", &format!("{} installation {}", header.source.engine, header.source.installation));
    fact("profile", &format!("{} ({})", header.profile.name, header.profile.digest));
    for (name, value) in &header.profile.options {
        fact("option", &format!("{name}={value}"));
    }
    for (name, value) in place_facts(&header.chain) {
        fact(name, &value);
    }
    if let Some(parent) = &header.chain.parent {
        fact("parent", parent);
    }
    if let Ok(point) = Point::of(header) {
        fact("snapshot", &point.id);
        fact("class", point.class.name());
        fact("skew", &format!("{} ms", point.skew_ms));
        fact("stores", &point.names().join(", "));
    }
    fact("window from", header.window.start.as_deref().unwrap_or("the beginning"));
    fact("window to", header.window.end.as_deref().unwrap_or("now"));
    fact("files", &grouped(inspection.files));
    fact("members", &grouped(totals.members));
    let mut grid = Grid::new(&["table", ">rows", ">bytes"]);
    for (name, rows, bytes) in inspection.tables.iter().filter(|(_, rows, _)| *rows > 0) {
        grid.row(vec![name.clone(), grouped(*rows), grouped(*bytes)]);
    }
    let empty = inspection.tables.iter().filter(|(_, rows, _)| *rows == 0).count();
    let bytes = inspection.tables.iter().map(|(_, _, bytes)| bytes).sum();
    grid.row(vec!["all".to_owned(), grouped(totals.rows), grouped(bytes)]);
    format!("{page}\n{}{}", grid.text(0), without_rows(empty, 0))
}

/// Renders a line for `verify`, and one about the digest beside the file.
pub(in crate::cli) fn verdict(inspection: &Inspection) -> String {
    let Inspection { bundle, totals, files, .. } = inspection;
    let beside = if inspection.sidecar { "equal to the .sha256 file beside it" } else { "no .sha256 file beside it" };
    format!(
        "{} is intact: {}, {}, {}, {}\nsha256 {} ({beside})\n",
        escape::line(name(inspection)),
        counted(totals.members, "member"),
        counted(totals.rows, "row"),
        counted(*files, "file"),
        size(totals.bytes),
        bundle.sha256,
    )
}

fn name(inspection: &Inspection) -> &str {
    if inspection.bundle.name == "-" { "standard input" } else { &inspection.bundle.name }
}
