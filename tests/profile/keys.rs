//! The README's table of all keys of a profile is made from the docs of the fields that hold them. `GAPSYNC_BLESS=1` rewrites it.

use std::fs;
use std::path::Path;

use gapsync::model::change::DateColumn;
use gapsync::model::id::IdColumn;
use gapsync::model::profile::Profile;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where keys stand, and the struct with them.
const PARTS: [(&str, &str, &str); 15] = [
    ("the file", "profile", "Profile"),
    ("`[options.NAME]`", "options", "ProfileOption"),
    ("`[version]`", "selection", "VersionRule"),
    ("`[after]`", "after", "AfterRule"),
    ("`[[table]]`", "profile", "TableProfile"),
    ("`id`", "id", "IdFields"),
    ("`date`", "change", "DateFields"),
    ("`deleted`", "change", "DeletedFields"),
    ("`references.COLUMN`", "reference", "ReferenceFields"),
    ("`polymorphic`", "profile", "Polymorphic"),
    ("`skip_if`", "selection", "SkipRule"),
    ("`guard`", "guard", "Guard"),
    ("`count`", "count", "Count"),
    ("`files`", "files", "FileColumns"),
    ("`owner`", "profile", "OwnerRule"),
];

/// A field of a struct.
struct Field {
    key: String,
    kind: String,
    default: String,
    docs: String,
    example: String,
}

fn source(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(format!("src/model/{file}.rs"))).unwrap()
}

/// The text between two others.
fn between<'t>(text: &'t str, from: &str, to: &str) -> Option<&'t str> {
    text.split_once(from)?.1.split_once(to).map(|(found, _)| found)
}

fn fields(file: &str, name: &str) -> Vec<Field> {
    let text = source(file);
    let body = between(&text, &format!("struct {name} {{\n"), "\n}").unwrap_or_else(|| panic!("no struct {name}"));
    let (mut found, mut docs, mut serde, mut example) = (Vec::new(), Vec::new(), String::new(), String::new());
    for line in body.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            match doc.trim().strip_prefix("Example: ") {
                Some(shown) => example = shown.to_owned(),
                None => docs.push(doc.trim().to_owned()),
            }
        } else if line.starts_with("#[") {
            serde += line;
        } else if let Some((field, kind)) = line.trim_end_matches(',').split_once(": ") {
            let field = field.trim_start_matches("pub ");
            if !serde.contains("serde(skip)") {
                let key = between(&serde, "rename = \"", "\"").unwrap_or(field).to_owned();
                assert!(example.contains(&key), "the docs of `{key}` in {name} have no example with it");
                let default = default(&text, &serde, kind);
                let docs = docs.join(" ").replace(" []", "").trim().replace(['[', ']'], "");
                found.push(Field { key, kind: words(kind), default, docs, example: example.clone() });
            }
            (docs, serde, example) = (Vec::new(), String::new(), String::new());
        }
    }
    found
}

/// The values of an enum, the default first in the second place.
fn values(name: &str) -> Option<(Vec<String>, Option<String>)> {
    for file in ["profile", "change", "id", "reference", "selection"] {
        let text = source(file);
        let Some(body) = between(&text, &format!("pub enum {name} {{\n"), "\n}") else { continue };
        let (mut all, mut usual, mut is_usual) = (Vec::new(), None, false);
        for line in body.lines().map(str::trim) {
            is_usual |= line == "#[default]";
            if let Some(variant) = line.strip_suffix(',').filter(|line| line.chars().all(char::is_alphanumeric)) {
                let mut value = String::new();
                for letter in variant.chars() {
                    value += if letter.is_uppercase() && !value.is_empty() { "-" } else { "" };
                    value.push(letter.to_ascii_lowercase());
                }
                usual = usual.or(is_usual.then(|| format!("`{value}`")));
                is_usual = false;
                all.push(format!("`{value}`"));
            }
        }
        return Some((all, usual));
    }
    None
}

/// What a key is without its line.
fn default(text: &str, serde: &str, kind: &str) -> String {
    if let Some(function) = between(serde, "default = \"", "\"") {
        let body = between(text, &format!("fn {function}() -> String {{\n"), "\n}").unwrap();
        return format!("`{}`", between(body, "\"", "\"").unwrap());
    }
    match kind {
        _ if !serde.contains("default") => "required".to_owned(),
        "bool" => "`false`".to_owned(),
        "IdColumn" => format!("`{}`", IdColumn::default().column),
        "DateColumn" => format!("`{}`", DateColumn::default().column),
        kind => values(kind).and_then(|(_, usual)| usual).unwrap_or_else(|| "none".to_owned()),
    }
}

/// The type of a key in words.
fn words(kind: &str) -> String {
    let kind = kind.strip_prefix("Option<").and_then(|kind| kind.strip_suffix('>')).unwrap_or(kind);
    if let Some((all, _)) = values(kind).filter(|_| kind != "OnExisting") {
        let (last, rest) = all.split_last().unwrap();
        return if rest.is_empty() { last.clone() } else { format!("{} or {last}", rest.join(", ")) };
    }
    match kind {
        "String" => "text",
        "bool" => "`true` or `false`",
        "i64" => "whole number",
        "Constant" => "text, whole number or truth value",
        "Vec<String>" => "list of texts",
        "BTreeMap<String, String>" => "column = text",
        "BTreeMap<String, Constant>" | "BTreeMap<String, Scalar>" => "column = value",
        "Only" | "BTreeMap<String, Vec<Constant>>" => "column = list of values",
        "ValueMap" => "column = { value = value }",
        "IdColumn" | "DateColumn" | "DeletedColumn" => "column, or keys as below",
        "BTreeMap<String, Reference>" => "column = table, or keys as below",
        "OnExisting" => "`\"keep\"`, or column = `\"keep\"`",
        "BTreeMap<String, toml::Table>" => "value of an option = keys of a table",
        "BTreeMap<String, BTreeMap<String, String>>" => "name = { code = table }",
        "Vec<TableProfile>" | "BTreeMap<String, ProfileOption>" | "VersionRule" | "AfterRule" => "keys as below",
        "Vec<Polymorphic>" | "Vec<SkipRule>" => "list of keys as below",
        "Guard" | "Count" | "FileColumns" | "OwnerRule" => "keys as below",
        other => panic!("the type {other} has no words"),
    }
    .to_owned()
}

fn table() -> String {
    let mut text =
        "| in | key | type | default | meaning | example |\n| --- | --- | --- | --- | --- | --- |\n".to_owned();
    for (place, file, name) in PARTS {
        for Field { key, kind, default, docs, example } in fields(file, name) {
            let docs = docs.replace('|', "\\|");
            text += &format!("| {place} | `{key}` | {kind} | {default} | {docs} | {example} |\n");
        }
    }
    text
}

#[test]
fn the_readme_has_every_key_of_a_profile() {
    let path = Path::new(ROOT).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("### Every key of a profile\n").expect("the README has the chapter");
    let begin = rest.find("| in |").unwrap_or(0);
    let end = begin + rest[begin..].find("\n\n").expect("the table ends") + 1;
    let made = table();
    if std::env::var_os("GAPSYNC_BLESS").is_some() {
        let anew = format!("{before}### Every key of a profile\n{}{made}{}", &rest[..begin], &rest[end..]);
        fs::write(path, anew).unwrap();
        return;
    }
    assert_eq!(&rest[begin..end], made, "GAPSYNC_BLESS=1 writes the table anew");
}

#[test]
fn the_examples_of_all_keys_can_be_read() {
    let tables = "[[table]]\nname = 'things'\ngroup = 'object'\nkey = ['name']\nmatch = 'key'\nexclude.locked = '1'\n\
                  guard = { column = 'locked', value = 0 }\n[[table]]\nname = 'users'\ngroup = 'metadata'\nkey = ['name']\n";
    let options = "[options.audience]\nvalues = ['internal', 'community']\ndefault = 'community'\n\
                   [codes.objects]\nthing = 'things'\n";
    for Field { key, example, .. } in fields("profile", "TableProfile") {
        let example = example.trim_matches('`');
        // What a word needs beside itself.
        let beside = match key.as_str() {
            "unordered" => {
                "polymorphic = [{ id = 'a', type = 'b', codes = 'objects' }, { id = 'c', type = 'd', codes = 'objects' }]\nkey = ['a', 'c']\n"
            }
            "key" | "window" | "follows" => "references.thing_id = 'things'\nmatch = 'key'\n",
            "owned_by" => "references.thing_id = 'things'\nmatch = 'key'\nkey = ['thing_id', 'name']\n",
            "guard" => "exclude.locked = '1'\n",
            "count" => "exclude.note_count = '0'\n",
            "fold" => "match = 'key'\n",
            _ => "",
        };
        let own = |name: &str, line: &str| {
            if key == name || beside.contains(&format!("{name} =")) { String::new() } else { format!("{line}\n") }
        };
        let name = own("name", "name = 'notes'");
        let group = own("group", "group = 'context'");
        let keys = own("key", "key = ['name']");
        let children = if key == "count" {
            "[[table]]\nname = 'children'\ngroup = 'context'\nkey = ['name']\nreferences.thing_id = 'notes'\n"
        } else {
            ""
        };
        let example = example.replace("table = \"notes\"", "table = \"children\"");
        let text = format!("name = 'p'\n{options}{tables}{children}[[table]]\n{name}{group}{keys}{beside}{example}\n");
        if let Err(error) = Profile::parse(&text) {
            panic!("{example}: {error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
        }
    }
    for (place, file, name) in PARTS.into_iter().filter(|(_, _, name)| *name != "TableProfile") {
        for Field { example, .. } in fields(file, name) {
            let read = toml::from_str::<toml::Table>(example.trim_matches('`'));
            assert!(read.is_ok(), "{place}: {example}");
        }
    }
}
