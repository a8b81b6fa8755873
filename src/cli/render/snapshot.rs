//! Renders snapshots.

use serde_json::{Value, json};

use crate::error::{Error, Result, escape};
use crate::run::report::grid::{Grid, counted, duration, grouped, size};
use crate::snapshot::check::Checked;
use crate::snapshot::{Kept, KeptDrill, Verified, gaps, without_base};

use super::with_version;

/// Renders an intact snapshot as one object.
///
/// # Errors
/// `Internal`, which cannot happen with plain data.
pub(in crate::cli) fn verified_json(verified: &Verified) -> Result<Value> {
    let mut object = serde_json::to_value(verified)
        .map_err(|error| Error::internal("the result cannot be written as JSON").because(error))?;
    if let Value::Object(fields) = &mut object {
        fields.insert("status".to_owned(), "finished".into());
        let stores = verified.stores.iter();
        let stores = stores.map(|(name, counts)| json!({"name": name, "counts": counts}));
        fields.insert("stores".to_owned(), stores.collect());
    }
    Ok(with_version(object))
}

/// Renders what an intact snapshot holds.
pub(in crate::cli) fn verified(verified: &Verified) -> String {
    let Verified { bundle, snapshot, .. } = verified;
    let beside = if verified.sidecar { "equal to the .sha256 file beside it" } else { "no .sha256 file beside it" };
    let name = if bundle.name == "-" { "standard input" } else { &bundle.name };
    let mut grid = Grid::new(&["store", ">files", ">folders", ">links", ">size"]);
    for (name, counts) in &verified.stores {
        let figures = [counts.files, counts.folders, counts.links].map(grouped);
        grid.row(std::iter::once(name.clone()).chain(figures).chain([size(counts.bytes)]).collect());
    }
    let left = if snapshot.left_out.is_empty() {
        String::new()
    } else {
        format!("not in it: {}\n", escape::line(&snapshot.left_out.join(", ")))
    };
    format!(
        "{} is intact: {}\nsha256 {} ({beside})\nplatform {}, {}, {} UTC\n\n{}{left}",
        escape::line(name),
        counted(verified.parts, "part"),
        bundle.sha256,
        escape::line(&verified.platform),
        snapshot.class.name(),
        escape::line(&verified.created_at),
        grid.text(0),
    )
}

/// Renders the snapshots of a folder, one a line.
pub(in crate::cli) fn list(found: &[Kept], unread: &[String]) -> String {
    let mut text = if found.is_empty() {
        "no snapshots\n".to_owned()
    } else {
        let mut grid =
            Grid::new(&["made (UTC)", ">age", "platform", ">number", "class", ">size", "stores", ">drill", "bundle"]);
        for kept in found {
            let made = kept.created_at.split('.').next().unwrap_or_default().to_owned();
            grid.row(vec![
                made,
                duration(kept.age_seconds as f64),
                kept.platform.clone(),
                kept.snapshot.link.sequence.to_string(),
                kept.snapshot.class.name().to_owned(),
                size(kept.bytes),
                kept.snapshot.names().join(","),
                drilled(kept.drill.as_ref()),
                kept.name.clone(),
            ]);
        }
        grid.text(0)
    };
    for (platform, missing) in gaps(found) {
        let numbers: Vec<String> = missing.iter().map(u64::to_string).collect();
        text += &format!("missing: {} of {}\n", numbers.join(", "), escape::line(&platform));
    }
    for (kept, base) in without_base(found) {
        let (name, base) = (escape::line(&kept.name), escape::line(&base.name));
        text += &format!("missing: {base}, the base of {name}, which cannot be restored without it\n");
    }
    for line in unread {
        text += &format!("cannot be read: {}\n", escape::line(line));
    }
    text
}

/// Returns how long ago a drill was.
fn drilled(drill: Option<&KeptDrill>) -> String {
    match drill {
        None => "never".to_owned(),
        Some(drill) if drill.full => duration(drill.age_seconds as f64),
        Some(drill) => format!("{}, in part", duration(drill.age_seconds as f64)),
    }
}

/// Renders checks, one a line.
pub(in crate::cli) fn checks(found: &[Checked]) -> String {
    if found.is_empty() {
        return "the platform file has no checks that come before a snapshot\n".to_owned();
    }
    let line = |check: &Checked| match (&check.failure, &check.warning) {
        (None, Some(why)) => format!("warned  {}: {}\n", escape::line(&check.name), escape::line(why)),
        (None, None) => format!("ok      {}\n", escape::line(&check.name)),
        (Some(why), _) => format!("failed  {}: {}\n", escape::line(&check.name), escape::line(why)),
    };
    found.iter().map(line).collect()
}
