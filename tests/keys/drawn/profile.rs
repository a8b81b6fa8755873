//! The words of a world as the TOML of a profile.

use super::world::{Kind, Missing, Reference, Table, To, Word, World};

/// The setting with the version, in a table of that name.
pub(super) const SETTINGS: &str = "settings";

/// The list of what a target does not want.
pub(super) const BLOCKED: &str = "blocked";

pub(super) fn toml(world: &World) -> String {
    let mut text = String::new();
    if world.conditions {
        text += "[options.side]\nvalues = [\"plain\", \"worded\"]\ndefault = \"plain\"\n";
    }
    if has_owner(world) {
        text += "[options.host]\ndescription = \"who owns new rows\"\n";
    }
    if world.version.is_some() {
        text += &format!(
            "[version]\ntable = \"{SETTINGS}\"\ncolumn = \"value\"\nwhere = {{ name = \"version\" }}\nmin = 2\n"
        );
    }
    for table in &world.tables {
        for (number, reference) in table.references.iter().enumerate() {
            if let To::Code(_, codes) = &reference.to {
                text += &format!("[codes.{}{number}]\n", table.name);
                for (code, to) in codes {
                    text += &format!("{code} = \"{}\"\n", world.tables[*to].name);
                }
            }
        }
    }
    for table in &world.tables {
        text += &one(world, table);
    }
    text
}

/// Whether an import needs the option `host`.
pub(super) fn has_owner(world: &World) -> bool {
    world.tables.iter().any(|table| super::write::owner_table(table).is_some())
}

fn one(world: &World, table: &Table) -> String {
    let keys: Vec<String> = table.key.iter().map(|column| format!("\"{column}\"")).collect();
    let mut text = format!(
        "[[table]]\nname = \"{}\"\ngroup = \"{}\"\nid = \"{}\"\nkey = [{}]\nmatch = \"key\"\n",
        table.name,
        table.group,
        table.id,
        keys.join(", ")
    );
    let mut polymorphic = Vec::new();
    for (number, reference) in table.references.iter().enumerate() {
        match &reference.to {
            To::Table(to) => {
                let table = format!("table = \"{}\"", world.tables[*to].name);
                text += &format!("references.{} = {{ {} }}\n", reference.column, referring(&table, reference));
            }
            To::Code(code, _) => {
                let to =
                    format!("id = \"{}\", type = \"{code}\", codes = \"{}{number}\"", reference.column, table.name);
                polymorphic.push(format!("{{ {} }}", referring(&to, reference)));
            }
        }
    }
    if !polymorphic.is_empty() {
        text += &format!("polymorphic = [{}]\n", polymorphic.join(", "));
    }
    let mut excluded = Vec::new();
    for word in &table.words {
        excluded.extend(match word {
            Word::Exclude(column, value) => Some(format!("{column} = \"{value}\"")),
            Word::Guard => Some("locked = \"1\"".to_owned()),
            Word::Count(..) => Some("attrs = \"0\"".to_owned()),
            _ => None,
        });
    }
    if !excluded.is_empty() {
        text += &format!("exclude = {{ {} }}\n", excluded.join(", "));
    }
    let words = table.words.iter().filter_map(|word| Some((word, said(world, word)?)));
    for (number, (word, text_of)) in words.enumerate() {
        // Half of the words hold only for the option that is chosen, but for those on which others depend.
        let is_free = !matches!(word, Word::Guard | Word::Follows(_));
        let when = if world.conditions && is_free && number % 2 == 0 { "when.worded." } else { "" };
        text += &format!("{when}{text_of}\n");
    }
    text
}

/// The words of a reference.
fn referring(to: &str, reference: &Reference) -> String {
    let mut words = vec![to.to_owned()];
    words.extend(reference.zero.then(|| "none = 0".to_owned()));
    words.extend(reference.missing.map(|missing| match missing {
        Missing::Reject => "missing = \"reject\"".to_owned(),
        Missing::Skip => "missing = \"skip\"".to_owned(),
    }));
    words.extend(reference.by.as_ref().map(|by| format!("by = \"{by}\"")));
    words.join(", ")
}

/// A value as TOML has it: numbers for columns of numbers.
fn value(column: &str, value: &str) -> String {
    if matches!(column, "level" | "flag") { value.to_owned() } else { format!("\"{value}\"") }
}

fn values(column: &str, all: &[&str]) -> String {
    let all: Vec<String> = all.iter().map(|one| value(column, one)).collect();
    all.join(", ")
}

/// A word, but for the columns that it excludes.
fn said(world: &World, word: &Word) -> Option<String> {
    Some(match word {
        Word::Date(Kind::Datetime) => "date = \"changed\"".to_owned(),
        Word::Date(kind) => {
            let kind = match kind {
                Kind::EpochMs => "epoch-ms",
                Kind::EpochUs => "epoch-us",
                Kind::Version => "version",
                Kind::Epoch | Kind::Datetime => "epoch",
            };
            format!("date = {{ column = \"stamp\", kind = \"{kind}\" }}")
        }
        Word::Deleted { flag, always } => {
            let (column, kind) = if *flag { ("flag", "flag") } else { ("gone", "date") };
            let carry = if *always { "always" } else { "asked" };
            format!("deleted = {{ column = \"{column}\", kind = \"{kind}\", carry = \"{carry}\" }}")
        }
        Word::Fold(column) => format!("fold = [\"{column}\"]"),
        Word::Only(column, all) => format!("only = {{ {column} = [{}] }}", values(column, all)),
        Word::Except(column, all) => format!("except = {{ {column} = [{}] }}", values(column, all)),
        Word::CarryReferenced => "carry = \"referenced\"".to_owned(),
        Word::Window(column) => format!("window = \"{column}\""),
        Word::Map(column, from, to) => format!("map = {{ {column} = {{ {from} = {} }} }}", value(column, to)),
        Word::SkipIf(key) => format!("skip_if = [{{ table = \"{BLOCKED}\", column = \"value\", key = \"{key}\" }}]"),
        Word::Set(column, value) => format!("set = {{ {column} = \"{value}\" }}"),
        Word::KeepRows => "on_existing = \"keep\"".to_owned(),
        Word::Keep(column) => format!("on_existing = {{ {column} = \"keep\" }}"),
        Word::Description(column) => format!("descriptions = [\"{column}\"]"),
        Word::Guard => "guard = { column = \"locked\", value = 0 }".to_owned(),
        Word::Follows(column) => format!("follows = \"{column}\""),
        Word::UniqueSuffix => "unique_suffix = \"nick\"".to_owned(),
        Word::Count(table, by, only) => {
            let only = if *only { ", only = { level = [1] }" } else { "" };
            let table = world.tables[*table].name;
            format!("count = {{ column = \"attrs\", table = \"{table}\", by = \"{by}\"{only} }}")
        }
        Word::Owner(table) => {
            let table = &world.tables[*table];
            format!(
                "owner = {{ column = \"owner\", table = \"{}\", role = \"{}\", option = \"host\" }}",
                table.name, table.key[0]
            )
        }
        Word::Exclude(..) => return None,
    })
}
