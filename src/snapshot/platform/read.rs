//! Reads a platform file from TOML and checks it. Every mistake is reported with its line.

use regex::Regex;
use toml::Spanned;

use super::after::RawAfter;
use super::file::{File, FileAfter, FileCheck, FileDiscover, FileExpect, FileService, FileStore};
use super::stores::store;
use super::texts::{Texts, is_name, line_of, refusal};
use super::{Answer, Discover, Expect, Platform, RawAsk, RawCheck, RawService, Syntax, Text, When};
use super::{after, queues, reports, services};
use crate::error::Result;
use crate::stream::digest;

/// The format that this program reads.
const FORMAT: u32 = 1;

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
    PlatformReader { texts: Texts { text } }.platform(file)
}

struct PlatformReader<'a> {
    texts: Texts<'a>,
}

impl PlatformReader<'_> {
    fn platform(&self, file: File) -> Result<Platform> {
        if *file.format.get_ref() != FORMAT {
            return Err(self.texts.mistake(&file.format, "this version reads format = 1"));
        }
        self.texts.check_name(&file.name, "name")?;
        for (name, value) in &file.values {
            if !is_name(name) {
                return Err(self
                    .texts
                    .mistake(value, "the name of a value must consist of letters, digits, `_` and `-`"));
            }
        }
        self.check_unique("service", file.service.iter().map(|service| &service.name))?;
        self.check_unique("check", file.check.iter().map(|check| &check.name))?;
        let stores = file.store.iter().map(|store| &store.name);
        self.check_unique("store", stores.chain(file.queue.iter().map(|queue| &queue.name)))?;
        self.check_unique("step", file.after.iter().map(|step| &step.name))?;
        self.check_unique("report", file.report.iter().map(|report| &report.name))?;
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
            return Err(self.texts.mistake(of, "there is no store of this name"));
        }
        for rebuild in file.store.iter().filter_map(|store| store.rebuild.as_ref()) {
            let until = &rebuild.get_ref().until;
            match file.service.iter().find(|service| service.name.get_ref() == until.get_ref()) {
                Some(service) if service.ready.is_some() || service.ready_http.is_some() => {}
                Some(_) => {
                    let reason = "the service needs `ready` or `ready_http`, which says when it is done";
                    return Err(self.texts.mistake(until, reason));
                }
                None => return Err(self.texts.mistake(until, "there is no service of this name")),
            }
        }
        Ok(Platform {
            name: file.name.get_ref().clone(),
            digest: digest::of(self.texts.text.as_bytes()).sha256_hex(),
            values: file.values.iter().map(|(name, value)| (name.clone(), self.texts.own(value))).collect(),
            discover: file.discover.iter().map(|discover| self.discover(discover)).collect::<Result<_>>()?,
            services: file.service.iter().map(|service| self.service(service)).collect::<Result<_>>()?,
            checks: file.check.iter().map(|check| self.check(check)).collect::<Result<_>>()?,
            queues: file.queue.iter().map(|queue| queues::queue(&self.texts, queue, &file)).collect::<Result<_>>()?,
            stores: file.store.iter().map(|file| store(&self.texts, file)).collect::<Result<_>>()?,
            after: file.after.iter().map(|after| self.after(after, &file.store)).collect::<Result<_>>()?,
            reports: file
                .report
                .iter()
                .map(|report| reports::report(&self.texts, report, &file.store))
                .collect::<Result<_>>()?,
        })
    }

    fn check_unique<'n>(&self, of: &str, names: impl Iterator<Item = &'n Spanned<String>>) -> Result<()> {
        let mut known: Vec<&str> = Vec::new();
        for name in names {
            if of == "store" {
                self.texts.check_name(name, "name")?;
            }
            if known.contains(&name.get_ref().as_str()) {
                return Err(self.texts.mistake(name, &format!("a {of} of this name is further up")));
            }
            known.push(name.get_ref());
        }
        Ok(())
    }

    fn discover(&self, file: &FileDiscover) -> Result<Discover> {
        let syntax = match file.syntax.get_ref().as_str() {
            "hocon" => Syntax::Hocon,
            "php" => Syntax::Php,
            "properties" => Syntax::Properties,
            _ => return Err(self.texts.mistake(&file.syntax, "`syntax` is \"hocon\" or \"properties\"")),
        };
        if !file.file.get_ref().starts_with('/') {
            return Err(self.texts.mistake(&file.file, "`file` is not an absolute path"));
        }
        let keys = file.keys.iter().map(|(name, key)| (name.clone(), key.clone())).collect();
        Ok(Discover { file: self.texts.own(&file.file), syntax, keys })
    }

    fn service(&self, file: &FileService) -> Result<RawService> {
        let ready_http = file.ready_http.as_ref().map(|url| self.address(url)).transpose()?;
        let pattern = |text: &Spanned<String>| self.regex(text).map(|_| text.get_ref().clone());
        Ok(RawService {
            ready_http,
            leftovers: file.leftovers.iter().map(pattern).collect::<Result<_>>()?,
            running_prints: file.running_prints.as_ref().map(pattern).transpose()?.or(services::prints(file)),
            ..services::service(&self.texts, file)?
        })
    }

    fn check(&self, file: &FileCheck) -> Result<RawCheck> {
        let when = match file.when.get_ref().as_str() {
            "before" => When::Before,
            "fenced" => When::Fenced,
            "after" => When::After,
            _ => return Err(self.texts.mistake(&file.when, "`when` is \"before\", \"fenced\" or \"after\"")),
        };
        let timeout = self.texts.timeout(file.timeout.as_ref())?;
        Ok(RawCheck { name: file.name.get_ref().clone(), when, ask: self.ask(file)?, timeout })
    }

    fn after(&self, file: &FileAfter, stores: &[FileStore]) -> Result<RawAfter> {
        let settled = file.settled.as_ref().map(|settled| self.check(&settled.check(&file.name))).transpose()?;
        after::after(&self.texts, file, settled, stores)
    }

    fn ask(&self, file: &FileCheck) -> Result<RawAsk> {
        let of_http = file.json.as_ref().or(file.one_of.first()).or(file.warn.first());
        match (&file.run, &file.http) {
            (Some(run), None) => {
                if let Some(place) = of_http {
                    return Err(self.texts.mistake(place, "`json`, `one_of` and `warn` belong to a check by `http`"));
                }
                let expect = file.expect.as_ref().map(|expect| self.expect(expect, &file.name)).transpose()?;
                Ok(RawAsk::Command { run: self.texts.command(run)?, expect: expect.unwrap_or_default() })
            }
            (None, Some(url)) => {
                if file.expect.is_some() {
                    return Err(self
                        .texts
                        .mistake(url, "`expect` belongs to a check by `run`; here it is `json` with `one_of`"));
                }
                if let (None, Some(place)) = (&file.json, of_http) {
                    return Err(self.texts.mistake(place, "`one_of` and `warn` need `json`, the place of the value"));
                }
                if let Some(json) = file.json.as_ref().filter(|json| !json.get_ref().starts_with('/')) {
                    return Err(self.texts.mistake(json, "`json` is a JSON pointer, such as \"/status\""));
                }
                let own = |texts: &[Spanned<String>]| texts.iter().map(|text| text.get_ref().clone()).collect();
                let json = file.json.as_ref().map(|json| json.get_ref().clone());
                let expect = Answer { json, one_of: own(&file.one_of), warn: own(&file.warn) };
                Ok(RawAsk::Http { url: self.address(url)?, expect })
            }
            _ => Err(self.texts.mistake(&file.name, "a check needs either `run` or `http`")),
        }
    }

    /// Returns the address of something that HTTP reaches.
    fn address(&self, url: &Spanned<String>) -> Result<Text> {
        let text = url.get_ref();
        if ["http://", "https://", "${"].iter().any(|start| text.starts_with(start)) {
            return self.texts.template(url);
        }
        Err(self.texts.mistake(url, "an address begins with http:// or https://"))
    }

    fn expect(&self, file: &FileExpect, name: &Spanned<String>) -> Result<Expect> {
        let lines = match (&file.every_line, &file.is) {
            (None, None) => None,
            (Some(every), Some(is)) => Some((self.regex(every)?, self.regex(is)?)),
            (Some(one), None) | (None, Some(one)) => {
                return Err(self.texts.mistake(one, "`every_line` and `is` belong together"));
            }
        };
        let output = file.output.as_ref().map(|output| self.regex(output)).transpose()?;
        if file.status.is_none() && output.is_none() && lines.is_none() {
            return Err(self.texts.mistake(name, "`expect` is empty"));
        }
        Ok(Expect { status: file.status.unwrap_or(0), output, lines })
    }

    fn regex(&self, text: &Spanned<String>) -> Result<Regex> {
        Regex::new(text.get_ref()).map_err(|error| {
            let shown = error.to_string();
            let last = shown.lines().last().unwrap_or_default().trim_start_matches("error: ");
            self.texts.mistake(text, &format!("the pattern is not a regular expression: {last}"))
        })
    }
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
            ("folder = \"${files}\"", "", 20, "a store of files needs `folder`, `url` or `paths`"),
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
