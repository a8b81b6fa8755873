//! Writes the draft as the text of a file, which a person goes on with.

use crate::db::url::DatabaseUrl;
use crate::error::escape;
use crate::model::change::{DateColumn, DateKind, DeletionKind};
use crate::model::id::IdKind;
use crate::model::profile::Group;

use super::choose::Drafted;
use super::questions::Asked;

/// What the file says besides its tables: tables that are left out with the reason, other schemas with the number of their
/// tables, questions.
type Remarks<'a> = (&'a [(String, String)], &'a [(String, i64)], &'a [Asked]);

/// Returns the text.
pub(super) fn file(
    (name, schema): (&str, Option<&String>),
    database: &DatabaseUrl,
    tables: &[Drafted],
    (left_out, elsewhere, questions): Remarks<'_>,
) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text += line;
        text.push('\n');
    };
    line(&comment(&format!(
        "Draft of a profile for {}, made by gapsync {} from its catalogue and its data.",
        database.shown(),
        env!("CARGO_PKG_VERSION")
    )));
    line("# Answer the questions, then let `gapsync profile check` look for what would go wrong.");
    if !questions.is_empty() {
        line("#");
        line("# Questions:");
        for (number, asked) in questions.iter().enumerate() {
            line(&comment(&format!("{}. {}", number + 1, asked.question)));
            asked.about.iter().for_each(|about| line(&comment(&format!("   - {about}"))));
        }
    }
    if !left_out.is_empty() {
        line("#");
        line("# Left out:");
        for (table, reason) in left_out {
            line(&comment(&format!("- {table}: {reason}.")));
        }
    }
    if !elsewhere.is_empty() {
        line("#");
        let schemas: Vec<String> = elsewhere.iter().map(|(schema, tables)| format!("{schema} ({tables})")).collect();
        let others = schemas.join(", ");
        line(&comment(&format!("Tables in other schemas are not looked at (`--schema NAME` looks at one): {others}.")));
    }
    line("");
    line(&format!("name = {}", quoted(name)));
    if let Some(schema) = schema {
        line(&format!("schema = {}", quoted(schema)));
    }
    line(&format!("description = {}", quoted(&format!("draft for {}", database.shown()))));
    for table in tables {
        line("");
        for said in table_lines(table) {
            line(&said);
        }
    }
    text
}

fn table_lines(table: &Drafted) -> Vec<String> {
    let mut lines = vec![
        format!("[[table]]                     # rows when this was written: {}", table.rows),
        format!("name = {}", quoted(&table.name)),
        format!("group = \"{}\"", group(table.group)),
        format!("key = {}                      # {}", list(&table.key), table.key_note),
        "match = \"key\"".to_owned(),
    ];
    let mut word = |word: &str, column: Option<&String>, usual: &str| {
        if let Some(column) = column.filter(|column| *column != usual) {
            lines.push(format!("{word} = {}", quoted(column)));
        }
    };
    word("created", table.created.as_ref(), "created_at");
    match table.id.kind {
        IdKind::Number if *table.id == "id" => {}
        IdKind::Number => lines.push(format!("id = {}", quoted(&table.id))),
        IdKind::Global => lines.push(format!("id = {{ column = {}, kind = \"global\" }}", quoted(&table.id))),
        IdKind::Key => lines.push("id = { kind = \"key\" }".to_owned()),
    }
    if let Some(date) = table.date.as_ref().filter(|date| **date != DateColumn::default()) {
        lines.push(match date.kind {
            DateKind::Datetime => format!("date = {}", quoted(date)),
            kind => format!("date = {{ column = {}, kind = \"{}\" }}", quoted(date), kind.name()),
        });
    }
    if let Some(deleted) = &table.deleted {
        lines.push(match deleted.kind {
            DeletionKind::Date => format!("deleted = {}", quoted(deleted)),
            DeletionKind::Flag => format!("deleted = {{ column = {}, kind = \"flag\" }}", quoted(deleted)),
        });
    }
    if !table.descriptions.is_empty() {
        lines.push(format!("descriptions = {}", list(&table.descriptions)));
    }
    for (column, reference) in &table.references {
        let guess = reference.guess.as_ref().map(|why| format!("   # a guess {why}")).unwrap_or_default();
        let to = match reference.zero_is_none {
            true => format!("{{ table = {}, none = 0 }}", quoted(&reference.table)),
            false => quoted(&reference.table),
        };
        lines.push(format!("references.{} = {to}{guess}", quoted(column)));
    }
    for (column, (text, reason)) in &table.exclude {
        lines.push(format!("exclude.{} = {}   # {}", quoted(column), quoted(text), escape::line(reason)));
    }
    lines
}

fn group(group: Group) -> &'static str {
    match group {
        Group::Metadata => "metadata",
        Group::Object => "object",
        Group::Context => "context",
        Group::Link => "link",
        Group::Tag => "tag",
        Group::Investigation => "investigation",
    }
}

/// Returns a text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(names: &[String]) -> String {
    format!("[{}]", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
}

/// Returns a comment. Names come from outside, and must not end it.
fn comment(text: &str) -> String {
    format!("# {}", escape::line(text))
}
