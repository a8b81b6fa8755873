//! Reads a platform file from TOML and checks it. Every mistake is reported with its line.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::{Discover, Expect, KINDS, Platform, RawCheck, RawService, RawStore, Syntax, Text, When};
use crate::error::{Error, Result, escape};
use crate::stream::digest;

/// The format that this program reads.
const FORMAT: u32 = 1;

/// How long a command may take if the file does not say.
const TIMEOUT: Duration = Duration::from_mins(10);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Spanned<u32>,
    name: Spanned<String>,
    #[serde(default)]
    values: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    discover: Vec<FileDiscover>,
    #[serde(default)]
    service: Vec<FileService>,
    #[serde(default)]
    check: Vec<FileCheck>,
    #[serde(default)]
    store: Vec<FileStore>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDiscover {
    file: Spanned<String>,
    syntax: Spanned<String>,
    keys: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileService {
    name: Spanned<String>,
    unit: Option<Spanned<String>>,
    stop: Option<Spanned<Vec<Spanned<String>>>>,
    start: Option<Spanned<Vec<Spanned<String>>>>,
    running: Option<Spanned<Vec<Spanned<String>>>>,
    ready: Option<Spanned<Vec<Spanned<String>>>>,
    timeout: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCheck {
    name: Spanned<String>,
    when: Spanned<String>,
    run: Spanned<Vec<Spanned<String>>>,
    expect: Option<FileExpect>,
    timeout: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileExpect {
    status: Option<i32>,
    output: Option<Spanned<String>>,
    every_line: Option<Spanned<String>>,
    is: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStore {
    name: Spanned<String>,
    kind: Spanned<String>,
    folder: Option<Spanned<String>>,
    paths: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    #[serde(default)]
    secret: bool,
    restore: Option<Spanned<String>>,
    #[serde(default)]
    requires: BTreeMap<String, String>,
    keyspace: Option<Spanned<String>>,
    indices: Option<Spanned<Vec<String>>>,
    url: Option<Spanned<String>>,
    mode: Option<Spanned<String>>,
    truth: Option<Spanned<bool>>,
    derived_from: Option<Spanned<String>>,
}

/// Reads a platform file.
///
/// # Errors
/// `Usage` with the line and the reason.
pub(super) fn platform(text: &str) -> Result<Platform> {
    let file: File = toml::from_str(text).map_err(|error| {
        let refused = refusal(error.message());
        match error.span() {
            Some(span) => refused.at_line(line_of(text, span.start)),
            None => refused,
        }
    })?;
    PlatformReader { text }.platform(file)
}

fn refusal(reason: &str) -> Error {
    Error::usage(format!("the platform file cannot be read: {}", escape::line(reason)))
}

fn line_of(text: &str, at: usize) -> u64 {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() as u64 + 1
}

struct PlatformReader<'a> {
    text: &'a str,
}

impl PlatformReader<'_> {
    /// Returns the error for a mistake at a place of the file.
    fn mistake<T>(&self, place: &Spanned<T>, reason: &str) -> Error {
        refusal(reason).at_line(line_of(self.text, place.span().start))
    }

    fn platform(&self, file: File) -> Result<Platform> {
        if *file.format.get_ref() != FORMAT {
            return Err(self.mistake(&file.format, "this version reads format = 1"));
        }
        self.check_name(&file.name, "name")?;
        for (name, value) in &file.values {
            if !is_name(name) {
                return Err(self.mistake(value, "the name of a value must consist of letters, digits, `_` and `-`"));
            }
        }
        self.check_unique("service", file.service.iter().map(|service| &service.name))?;
        self.check_unique("check", file.check.iter().map(|check| &check.name))?;
        self.check_unique("store", file.store.iter().map(|store| &store.name))?;
        if file.store.is_empty() {
            return Err(refusal("there is no [[store]]"));
        }
        let names: Vec<&str> = file.store.iter().map(|store| store.name.get_ref().as_str()).collect();
        if let Some(of) = file
            .store
            .iter()
            .filter_map(|store| store.derived_from.as_ref())
            .find(|of| !names.contains(&of.get_ref().as_str()))
        {
            return Err(self.mistake(of, "there is no store of this name"));
        }
        Ok(Platform {
            name: file.name.get_ref().clone(),
            digest: digest::of(self.text.as_bytes()).sha256_hex(),
            values: file.values.iter().map(|(name, value)| (name.clone(), self.own(value))).collect(),
            discover: file.discover.iter().map(|discover| self.discover(discover)).collect::<Result<_>>()?,
            services: file.service.iter().map(|service| self.service(service)).collect::<Result<_>>()?,
            checks: file.check.iter().map(|check| self.check(check)).collect::<Result<_>>()?,
            stores: file.store.iter().map(|store| self.store(store)).collect::<Result<_>>()?,
        })
    }

    fn check_name(&self, name: &Spanned<String>, field: &str) -> Result<()> {
        if is_name(name.get_ref()) {
            return Ok(());
        }
        Err(self.mistake(name, &format!("`{field}` must consist of letters, digits, `_` and `-`")))
    }

    fn check_unique<'n>(&self, of: &str, names: impl Iterator<Item = &'n Spanned<String>>) -> Result<()> {
        let mut known: Vec<&str> = Vec::new();
        for name in names {
            if of == "store" {
                self.check_name(name, "name")?;
            }
            if known.contains(&name.get_ref().as_str()) {
                return Err(self.mistake(name, &format!("a {of} of this name is further up")));
            }
            known.push(name.get_ref());
        }
        Ok(())
    }

    /// Returns a text as it stands, with its line.
    fn own(&self, text: &Spanned<String>) -> Text {
        Text { text: text.get_ref().clone(), line: line_of(self.text, text.span().start) }
    }

    /// Returns a text in which every `${` is closed.
    fn template(&self, text: &Spanned<String>) -> Result<Text> {
        let sound =
            text.get_ref().split("${").skip(1).all(|rest| rest.split_once('}').is_some_and(|(n, _)| is_name(n)));
        if sound { Ok(self.own(text)) } else { Err(self.mistake(text, "a value is written as `${name}`")) }
    }

    /// Returns the words of a command; the first is the program.
    fn command(&self, words: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Text>> {
        let first = words.get_ref().first();
        if first.is_none_or(|first| first.get_ref().is_empty()) {
            return Err(self.mistake(words, "a command needs a program: [\"program\", \"argument\"]"));
        }
        if let Some(bad) = words.get_ref().iter().find(|word| word.get_ref().contains('\0')) {
            return Err(self.mistake(bad, "NUL in a command"));
        }
        words.get_ref().iter().map(|word| self.template(word)).collect()
    }

    fn discover(&self, file: &FileDiscover) -> Result<Discover> {
        let syntax = match file.syntax.get_ref().as_str() {
            "hocon" => Syntax::Hocon,
            "properties" => Syntax::Properties,
            _ => return Err(self.mistake(&file.syntax, "`syntax` is \"hocon\" or \"properties\"")),
        };
        if !file.file.get_ref().starts_with('/') {
            return Err(self.mistake(&file.file, "`file` is not an absolute path"));
        }
        let keys = file.keys.iter().map(|(name, key)| (name.clone(), key.clone())).collect();
        Ok(Discover { file: self.own(&file.file), syntax, keys })
    }

    fn service(&self, file: &FileService) -> Result<RawService> {
        let command = |words: &Option<Spanned<Vec<Spanned<String>>>>| {
            words.as_ref().map_or(Ok(Vec::new()), |words| self.command(words))
        };
        let (mut stop, mut start) = (command(&file.stop)?, command(&file.start)?);
        let mut running = command(&file.running)?;
        if let Some(unit) = &file.unit {
            if !stop.is_empty() || !start.is_empty() || !running.is_empty() {
                return Err(self.mistake(unit, "`unit` takes the place of `stop`, `start` and `running`"));
            }
            let line = line_of(self.text, unit.span().start);
            let systemctl = |words: &[&str]| -> Result<Vec<Text>> {
                let word = |text: &&str| Text { text: (*text).to_owned(), line };
                let unit = self.template(unit)?;
                Ok(std::iter::once("systemctl")
                    .chain(words.iter().copied())
                    .map(|text| word(&text))
                    .chain([unit])
                    .collect())
            };
            stop = systemctl(&["stop", "--"])?;
            start = systemctl(&["start", "--"])?;
            running = systemctl(&["is-active", "--quiet", "--"])?;
        }
        if stop.is_empty() || start.is_empty() {
            return Err(self.mistake(&file.name, "a service needs `unit`, or `stop` and `start`"));
        }
        Ok(RawService {
            name: file.name.get_ref().clone(),
            stop,
            start,
            running,
            ready: command(&file.ready)?,
            timeout: self.timeout(file.timeout.as_ref())?,
        })
    }

    fn timeout(&self, text: Option<&Spanned<String>>) -> Result<Duration> {
        let Some(text) = text else { return Ok(TIMEOUT) };
        duration(text.get_ref()).ok_or_else(|| self.mistake(text, "a time is written as 30s, 10m or 2h"))
    }

    fn check(&self, file: &FileCheck) -> Result<RawCheck> {
        let when = match file.when.get_ref().as_str() {
            "before" => When::Before,
            "fenced" => When::Fenced,
            "after" => When::After,
            _ => return Err(self.mistake(&file.when, "`when` is \"before\", \"fenced\" or \"after\"")),
        };
        let expect = match &file.expect {
            None => Expect::default(),
            Some(expect) => self.expect(expect, &file.name)?,
        };
        let timeout = self.timeout(file.timeout.as_ref())?;
        Ok(RawCheck { name: file.name.get_ref().clone(), when, run: self.command(&file.run)?, expect, timeout })
    }

    fn expect(&self, file: &FileExpect, name: &Spanned<String>) -> Result<Expect> {
        let lines = match (&file.every_line, &file.is) {
            (None, None) => None,
            (Some(every), Some(is)) => Some((self.regex(every)?, self.regex(is)?)),
            (Some(one), None) | (None, Some(one)) => {
                return Err(self.mistake(one, "`every_line` and `is` belong together"));
            }
        };
        let output = file.output.as_ref().map(|output| self.regex(output)).transpose()?;
        if file.status.is_none() && output.is_none() && lines.is_none() {
            return Err(self.mistake(name, "`expect` is empty"));
        }
        Ok(Expect { status: file.status.unwrap_or(0), output, lines })
    }

    fn regex(&self, text: &Spanned<String>) -> Result<Regex> {
        Regex::new(text.get_ref()).map_err(|error| {
            let shown = error.to_string();
            let last = shown.lines().last().unwrap_or_default().trim_start_matches("error: ");
            self.mistake(text, &format!("the pattern is not a regular expression: {last}"))
        })
    }

    fn store(&self, file: &FileStore) -> Result<RawStore> {
        let kind = file.kind.get_ref().as_str();
        if !KINDS.contains(&kind) {
            return Err(self.mistake(&file.kind, &format!("there is no kind `{kind}`; there are {}", KINDS.join(", "))));
        }
        self.check_fields(file, kind)?;
        let aside = match file.restore.as_ref().map(|restore| restore.get_ref().as_str()) {
            None => file.paths.is_some(),
            Some("aside") => true,
            Some("in-place") => false,
            Some(_) => {
                let place = file.restore.as_ref().unwrap_or(&file.name);
                return Err(self.mistake(place, "`restore` is \"in-place\" or \"aside\""));
            }
        };
        if let (false, Some(paths)) = (aside, &file.paths) {
            return Err(self.mistake(paths, "a store of `paths` can only be restored aside"));
        }
        let texts =
            |texts: &[Spanned<String>]| texts.iter().map(|text| self.template(text)).collect::<Result<Vec<_>>>();
        Ok(RawStore {
            name: file.name.get_ref().clone(),
            line: line_of(self.text, file.name.span().start),
            kind: kind.to_owned(),
            folder: file.folder.as_ref().map(|folder| self.template(folder)).transpose()?,
            paths: file.paths.as_ref().map_or(Ok(Vec::new()), |paths| texts(paths.get_ref()))?,
            exclude: texts(&file.exclude)?,
            secret: file.secret,
            aside,
            requires: file.requires.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        })
    }

    /// Checks that a store has the fields of its kind.
    fn check_fields(&self, file: &FileStore, kind: &str) -> Result<()> {
        let engines = [
            file.keyspace.as_ref().map(|field| self.mistake(field, "`keyspace` belongs to cassandra")),
            file.indices.as_ref().map(|field| self.mistake(field, "`indices` belongs to elasticsearch")),
            file.url.as_ref().map(|field| self.mistake(field, "`url` belongs to an engine; files have a `folder`")),
            file.mode.as_ref().map(|field| self.mistake(field, "`mode` belongs to an engine")),
            file.truth.as_ref().map(|field| self.mistake(field, "`truth` belongs to an engine")),
        ];
        let of_files = [
            file.folder.as_ref().map(|field| self.mistake(field, "`folder` belongs to files")),
            file.paths.as_ref().map(|field| self.mistake(field, "`paths` belongs to files")),
            file.exclude.first().map(|field| self.mistake(field, "`exclude` belongs to files")),
        ];
        if kind != "files" {
            let [keyspace, indices, ..] = engines;
            let wrong = [keyspace.filter(|_| kind != "cassandra"), indices.filter(|_| kind != "elasticsearch")];
            return wrong.into_iter().chain(of_files).flatten().next().map_or(Ok(()), Err);
        }
        if let Some(mistake) = engines.into_iter().flatten().next() {
            return Err(mistake);
        }
        match (&file.folder, &file.paths) {
            (Some(_), None) => Ok(()),
            (None, Some(paths)) if paths.get_ref().is_empty() => Err(self.mistake(paths, "`paths` is empty")),
            (None, Some(_)) => Ok(()),
            _ => Err(self.mistake(&file.name, "a store of files needs either `folder` or `paths`")),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))
}

/// Reads a number with `s`, `m` or `h`.
fn duration(text: &str) -> Option<Duration> {
    let unit = match text.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let number: u64 = text[..text.len() - 1].parse().ok()?;
    number.checked_mul(unit).filter(|seconds| (1..=7 * 24 * 3600).contains(seconds)).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"format = 1
name = "mine"
[values]
files = "/srv/files"
[[discover]]
file = "/etc/mine.conf"
syntax = "hocon"
keys = { files = "storage.location" }
[[service]]
name = "app"
stop = ["ctl", "stop", "${files}"]
start = ["ctl", "start"]
timeout = "30s"
[[check]]
name = "nodes"
when = "before"
run = ["ctl", "status"]
expect = { every_line = '^[UD]N ', is = '^UN ' }
[[store]]
name = "files"
kind = "files"
folder = "${files}"
[[store]]
name = "data"
kind = "cassandra"
keyspace = "k"
"#;

    #[test]
    fn the_shipped_platforms_are_sound() {
        for name in super::super::shipped_names() {
            let platform = Platform::shipped(name).expect("sound");
            assert_eq!(platform.name, name);
            let values = platform.values(&[]).expect("no value is typed");
            assert!(!platform.stores(&values, |_| true).expect("all values are known").is_empty());
        }
    }

    #[test]
    fn a_mistake_is_reported_with_its_line() {
        let refused = |from: &str, to: &str| {
            assert!(FILE.contains(from), "{from}");
            let error = Platform::parse(&FILE.replacen(from, to, 1)).expect_err(to);
            (error.place().line, error.what().replace("the platform file cannot be read: ", ""))
        };
        assert!(Platform::parse(FILE).is_ok());
        for (from, to, line, reason) in [
            ("format = 1", "format = 2", 1, "this version reads format = 1"),
            ("\"mine\"", "\"m/n\"", 2, "`name` must consist of letters, digits, `_` and `-`"),
            ("\"/etc/mine.conf\"", "\"mine.conf\"", 6, "`file` is not an absolute path"),
            ("\"hocon\"", "\"yaml\"", 7, "`syntax` is \"hocon\" or \"properties\""),
            ("start = [\"ctl\", \"start\"]", "", 10, "a service needs `unit`, or `stop` and `start`"),
            ("[\"ctl\", \"stop\", \"${files}\"]", "[]", 11, "a command needs a program: [\"program\", \"argument\"]"),
            ("[\"ctl\", \"stop\", \"${files}\"]", "\"ctl stop\"", 11, "invalid type: string"),
            ("${files}", "${fi les}", 11, "a value is written as `${name}`"),
            ("timeout", "unit = \"x\"\ntimeout", 13, "`unit` takes the place of `stop`, `start` and `running`"),
            ("\"30s\"", "\"30\"", 13, "a time is written as 30s, 10m or 2h"),
            ("\"before\"", "\"later\"", 16, "`when` is \"before\", \"fenced\" or \"after\""),
            ("^[UD]N", "^[UDN", 18, "the pattern is not a regular expression: unclosed character class"),
            (", is = '^UN '", "", 18, "`every_line` and `is` belong together"),
            ("name = \"files\"", "name = \"fi les\"", 20, "`name` must consist of letters, digits, `_` and `-`"),
            ("kind = \"files\"", "kind = \"disk\"", 21, "there is no kind `disk`"),
            ("folder", "foldr", 22, "unknown field `foldr`"),
            ("folder = \"${files}\"", "", 20, "a store of files needs either `folder` or `paths`"),
            ("folder = \"${files}\"", "paths = [\"/a\"]\nrestore = \"in-place\"", 22, "a store of `paths` can only"),
            ("folder", "keyspace = \"k\"\nfolder", 22, "`keyspace` belongs to cassandra"),
            ("\"data\"", "\"files\"", 24, "a store of this name is further up"),
            ("keyspace = \"k\"", "folder = \"/x\"", 26, "`folder` belongs to files"),
            ("keyspace = \"k\"", "derived_from = \"x\"", 26, "there is no store of this name"),
        ] {
            let (at, said) = refused(from, to);
            assert_eq!(at, Some(line), "{to}: {said}");
            assert!(said.starts_with(reason), "{said}");
        }
    }

    proptest::proptest! {
        #[test]
        fn text_near_a_platform_file_is_read_or_refused(
            at in proptest::prelude::any::<proptest::sample::Index>(),
            text in "(?s).{0,4}",
            count in 0_usize..6,
        ) {
            let mut chars: Vec<char> = FILE.chars().collect();
            let start = at.index(chars.len());
            let end = (start + count).min(chars.len());
            chars.splice(start..end, text.chars());
            if let Ok(platform) = Platform::parse(&chars.into_iter().collect::<String>()) {
                proptest::prop_assert!(!platform.store_names().is_empty());
            }
        }
    }
}
