//! `gapsync profile show`: explains a profile in words, so that its meaning can be agreed on by people who do not read TOML.

use crate::model::change::{CarryDeleted, DateKind, DeletionKind};
use crate::model::id::IdKind;
use crate::model::options::ProfileOption;
use crate::model::profile::{Group, Match, OwnerRule, Profile, TableProfile};
use crate::model::reference::Missing;
use crate::model::selection::{Carry, VersionRule};

/// Returns the explanation as a page.
#[must_use]
pub fn show(profile: &Profile) -> String {
    let mut text = format!("profile {}", profile.name);
    if !profile.description.is_empty() {
        text += &format!(": {}", profile.description);
    }
    text.push('\n');
    if let Some(schema) = &profile.schema {
        text += &format!("schema {schema}, on PostgreSQL\n");
    }
    for (name, option) in &profile.options {
        text += &format!("option {}\n", described(name, option, profile.chosen.get(name)));
    }
    if let Some(rule) = &profile.version {
        text += &format!("version {}\n", version(rule));
    }
    if let Some(after) = &profile.after {
        text += &format!("after an import, about the rows of {} that it wrote:\n", after.table);
        text += &after.steps.iter().map(|step| format!("  {step}\n")).collect::<String>();
    }
    for table in &profile.tables {
        text += &format!("\n{} ({})\n", table.name, kind(table.group));
        for line in lines(profile, table) {
            text += &format!("  {line}\n");
        }
    }
    text
}

/// Describes an option and its value.
fn described(name: &str, option: &ProfileOption, chosen: Option<&String>) -> String {
    let value = chosen.map_or_else(|| "no value: add --set".to_owned(), |value| format!("`{value}`"));
    let about = if option.description.is_empty() { String::new() } else { format!(" ({})", option.description) };
    if option.is_text() {
        return format!("{name}{about}: {value}; a text about the target, for the import alone");
    }
    format!("{name}{about}: {value} of {}; both sides must choose the same", option.values.join(", "))
}

/// Describes where the version is.
fn version(rule: &VersionRule) -> String {
    let place =
        rule.at.iter().map(|(column, value)| format!(" where `{column}` is {value}")).collect::<Vec<_>>().join(" and");
    let min = rule.min.map(|min| format!(", {min} or higher")).unwrap_or_default();
    format!("in `{}` of {}{place}{min}: the same on both sides", rule.column, rule.table)
}

/// Describes which rows travel, and with which values.
fn selection(table: &TableProfile) -> Vec<String> {
    let mut lines = Vec::new();
    for (column, values) in &table.only {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "Only rows with {} in `{column}` travel; the others, and what depends on them, stay at home.",
            values.join(" or ")
        ));
    }
    for (column, values) in &table.except {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        lines.push(format!("Rows with {} in `{column}` stay at home, and what depends on them.", values.join(" or ")));
    }
    if table.carry == Carry::Referenced {
        lines.push("Rows travel only if a row that travels refers to them.".to_owned());
    }
    match (&table.window, table.window_parent()) {
        (Some(column), _) if *column == *table.id => {
            lines.push("A row is new if its id is greater than those that were exported before.".to_owned());
        }
        (Some(column), Some(parent)) => lines.push(format!("A row is new if its row of {parent} (`{column}`) is.")),
        (Some(column), None) => lines.push(format!("A row is also new if `{column}` is.")),
        (None, _) => {}
    }
    for rule in &table.skip_if {
        lines.push(format!(
            "An import leaves out rows whose `{}` is in `{}` of {} on its side, and what depends on them.",
            rule.key, rule.column, rule.table
        ));
    }
    for (column, values) in &table.map {
        let values: Vec<String> = values.iter().map(|(from, to)| format!("{from} becomes {to}")).collect();
        lines.push(format!("In the bundle, `{column}` is changed: {}.", values.join(", ")));
    }
    lines
}

fn kind(group: Group) -> &'static str {
    match group {
        Group::Metadata => "metadata: always travels as far as it is new",
        Group::Object => "object: limited by --start-date and --end-date",
        Group::Context => "context of objects: travels with what is new, whatever --end-date says",
        Group::Link => "link: travels with what is new, whatever --end-date says",
        Group::Tag => "tag: travels with what is new, whatever --end-date says",
        Group::Investigation => "investigation: only with --include-investigations",
    }
}

fn lines(profile: &Profile, table: &TableProfile) -> Vec<String> {
    let mut lines = Vec::new();
    let order = if table.unordered { ", in either order" } else { "" };
    lines.push(format!("Two rows are the same if they agree in {}{order}.", key(table)));
    lines.push(match table.matched_by {
        Match::Hash => format!("They are found by the hash in `{}`.", table.hash),
        Match::Key if table.fold.is_empty() => "They are found by these columns themselves, in bytes.".to_owned(),
        Match::Key => format!(
            "They are found by these columns themselves; letter case does not matter in {}.",
            table.fold.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    });
    lines.push(match table.id.kind {
        IdKind::Number => format!("`{}` is the id, which differs between installations.", *table.id),
        IdKind::Global => {
            format!(
                "`{}` is the id, which is kept: the target's new rows have it too. The table travels whole.",
                *table.id
            )
        }
        IdKind::Key => "There is no id: these columns are a unique key. The table travels whole.".to_owned(),
    });
    lines.push(match table.date.kind {
        DateKind::Version => format!("`{}` is its version: the greater one wins.", *table.date),
        _ => format!(
            "`{}` tells when a row was last changed, `{}` when it was made, if the table has them.",
            *table.date, table.created
        ),
    });
    if let Some(deleted) = &table.deleted {
        let mark = match deleted.kind {
            DeletionKind::Date => "a value",
            DeletionKind::Flag => "anything but 0",
        };
        let when = match deleted.carry {
            CarryDeleted::Asked => "with --include-deleted",
            CarryDeleted::Always => "in every export",
        };
        lines.push(format!("A row with {mark} in `{}` is deleted: it travels {when}.", **deleted));
    }
    lines.extend(selection(table));
    for (column, parent) in &table.references {
        let conditions = conditions(parent.none, parent.missing, parent.by.as_deref());
        lines.push(format!("`{column}` refers to {}{conditions}.", parent.table));
    }
    for reference in &table.polymorphic {
        let codes = profile.codes(reference);
        let named: Vec<String> = codes.iter().map(|(code, parent)| format!("{code} is {parent}")).collect();
        lines.push(format!(
            "`{}` refers to the table that `{}` says: {}{}.",
            reference.id,
            reference.type_column,
            named.join(", "),
            conditions(reference.none, reference.missing, reference.by.as_deref()),
        ));
    }
    if table.on_existing.keeps_rows() {
        lines.push("Rows that exist on the target are not changed.".to_owned());
    }
    if let Some(guard) = &table.guard {
        lines.push(format!(
            "A row of the target with `{}` in `{}` is its own: an import leaves it alone.",
            guard.value.text(),
            guard.column
        ));
    }
    if let Some(column) = &table.follows {
        lines.push(format!("What `{column}` leads to decides too: rows that belong to the target's own are left alone, and new ones stay out."));
    }
    if let Some(column) = &table.owned_by {
        lines.push(format!(
            "Rows with the same `{column}` are a set. It travels whole, with the row that `{column}` leads to, and an import that takes \
             that row makes the target's set equal: rows that are not in the bundle's are DELETED."
        ));
    }
    if let Some(column) = &table.unique_suffix {
        lines.push(format!(
            "If another row of the target has the same `{column}`, the value gets a suffix from the row's key."
        ));
    }
    for column in &table.descriptions {
        lines.push(format!("`{column}` is a description: --override-description=N keeps the target's."));
    }
    if let Some(count) = &table.count {
        lines.push(format!(
            "`{}` is the number of the rows of {} that belong to it; an import sets it.",
            count.column, count.table
        ));
    }
    for (column, value) in &table.set {
        lines.push(format!(
            "`{column}` stays at home; an import writes `{}` there, in new rows and in those that it updates.",
            value.text()
        ));
    }
    for (column, text) in &table.exclude {
        let new = if text.is_empty() { "the column's default".to_owned() } else { format!("`{text}`") };
        lines.push(format!("`{column}` stays at home; new rows get {new}."));
    }
    if let Some(files) = &table.files {
        lines.push(match &files.digest {
            Some(digest) => format!("`{}` is the path of a file, `{digest}` its MD5.", files.path),
            None => format!("The file of a row is `{}`, with the numbers of the side that it is on.", files.path),
        });
        for (column, values) in &files.when {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            lines.push(format!("Only rows with {} in `{column}` have a file.", values.join(" or ")));
        }
    }
    if let Some(OwnerRule { table, role, option: Some(option), .. }) = &table.owner {
        lines.push(format!("New rows belong to the row of {table} whose `{role}` is the option {option}."));
    } else if let Some(owner) = &table.owner {
        lines.push(format!(
            "New rows belong to the newest active row of {} with the role {}.",
            owner.table,
            owner.roles.join(" or ")
        ));
    }
    lines
}

/// Returns in words what a reference says beside its table.
fn conditions(none: Option<i64>, missing: Option<Missing>, by: Option<&str>) -> String {
    let none = none.map_or_else(String::new, |none| format!("; {none} is none"));
    let missing = match missing {
        None => "",
        Some(Missing::Reject) => "; a row whose reference leads nowhere is rejected",
        Some(Missing::Skip) => "; a row whose reference leads nowhere is left out",
    };
    let by = by.map_or_else(String::new, |by| format!("; `{by}` finds a row that only the target has"));
    format!("{none}{missing}{by}")
}

/// Returns the key in words.
fn key(table: &TableProfile) -> String {
    let field = |column: &String| match (table.references.get(column), table.polymorphic(column)) {
        (Some(parent), _) => format!("`{column}` (the same row of {})", parent.table),
        (None, Some(_)) => format!("`{column}` (the same row of the same table)"),
        (None, None) => format!("`{column}`"),
    };
    table.key.iter().map(field).collect::<Vec<_>>().join(" and ")
}
