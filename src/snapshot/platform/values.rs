//! Finds the values for `${…}` and fills them in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{
    Ask, Cassandra, Check, Content, Discover, Freeze, Glob, Mariadb, Neo4j, Platform, Postgresql, RawAsk, RawEngine,
    RawFreeze, RawStore, Rebuild, Search, Service, Store, Syntax, Text, php,
};
use crate::error::{Error, Result, escape};

/// The addresses of stores of files.
const FORMS: &str = "Write file:/FOLDER, s3://BUCKET/FOLDER or hdfs://HOST:PORT/FOLDER.";

/// Where Cassandra listens if the file does not say.
const CASSANDRA: &str = "127.0.0.1:9042";

/// Where Elasticsearch listens if the file does not say.
const SEARCH: &str = "http://127.0.0.1:9200";

/// The configuration of Neo4j if the file does not say, and its home.
const NEO4J_CONF: &str = "/etc/neo4j/neo4j.conf";
const NEO4J_HOME: &str = "/var/lib/neo4j";

/// Where PostgreSQL listens if the file does not say.
const POSTGRESQL: &str = "postgres:///postgres?host=/var/run/postgresql";

/// Where MariaDB listens if the file does not say.
const MARIADB: &str = "mysql://root@localhost/?socket=/run/mysqld/mysqld.sock";

/// The values of a platform on this machine.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<String, String>);

impl Platform {
    /// Finds the values: those of the file, then those of the platform's configuration, then those that were typed.
    ///
    /// # Errors
    /// `Usage` for a typed value of an unknown name; `File` if a configuration that exists cannot be read.
    pub fn values(&self, typed: &[(String, String)]) -> Result<Values> {
        let mut values = Values::default();
        for (name, text) in &self.values {
            values.0.insert(name.clone(), text.text.clone());
        }
        for discover in &self.discover {
            for (name, value) in discovered(discover)? {
                values.0.insert(name, value);
            }
        }
        let named = self.values.iter().map(|(name, _)| name);
        let known: Vec<&String> =
            named.chain(self.discover.iter().flat_map(|d| d.keys.iter().map(|(n, _)| n))).collect();
        for (name, value) in typed {
            if !known.contains(&name) {
                let shown = escape::line(name);
                return Err(Error::usage(format!("the platform {} has no value `{shown}`", self.name)));
            }
            values.0.insert(name.clone(), value.clone());
        }
        Ok(values)
    }

    /// Returns the services with their values.
    ///
    /// # Errors
    /// `Usage` with the line of a value that is missing.
    pub fn services(&self, values: &Values) -> Result<Vec<Service>> {
        let service = |raw: &super::RawService| {
            Ok(Service {
                name: raw.name.clone(),
                unit: raw.unit.as_ref().map(|unit| values.fill(unit)).transpose()?,
                stop: values.all(&raw.stop)?,
                start: values.all(&raw.start)?,
                running: values.all(&raw.running)?,
                running_prints: raw.running_prints.clone(),
                leftovers: raw.leftovers.clone(),
                pid_files: raw
                    .pid_files
                    .iter()
                    .map(|text| glob(&values.absolute(text)?, text.line))
                    .collect::<Result<_>>()?,
                ready: values.all(&raw.ready)?,
                ready_http: raw.ready_http.as_ref().map(|url| values.fill(url)).transpose()?,
                freeze: match &raw.freeze {
                    RawFreeze::Never => Freeze::Never,
                    RawFreeze::Commands { freeze, thaw } => {
                        Freeze::Commands { freeze: values.all(freeze)?, thaw: values.all(thaw)? }
                    }
                    RawFreeze::Signals { pids } => Freeze::Signals { pids: values.all(pids)? },
                },
                timeout: raw.timeout,
            })
        };
        self.services.iter().map(service).collect()
    }

    /// Returns the checks with their values.
    ///
    /// # Errors
    /// `Usage` with the line of a value that is missing.
    pub fn checks(&self, values: &Values) -> Result<Vec<Check>> {
        self.checks.iter().map(|raw| values.check(raw)).collect()
    }

    /// Returns the stores for which `wanted` is true, with their values.
    ///
    /// # Errors
    /// `Usage` with the line of a value that is missing, or of a path that is not absolute; `Schema` if a store is not of the
    /// form that its description is for.
    pub fn stores(&self, values: &Values, wanted: impl Fn(&str) -> bool) -> Result<Vec<Store>> {
        self.stores.iter().filter(|raw| wanted(&raw.name)).map(|raw| values.store(raw)).collect()
    }
}

impl Values {
    /// Returns these values and one more.
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut values = self.clone();
        values.0.insert(name.to_owned(), value.to_owned());
        values
    }

    /// Returns a check with its values.
    pub(super) fn check(&self, raw: &super::RawCheck) -> Result<Check> {
        Ok(Check {
            name: raw.name.clone(),
            when: raw.when,
            ask: match &raw.ask {
                RawAsk::Command { run, expect } => Ask::Command { run: self.all(run)?, expect: expect.clone() },
                RawAsk::Http { url, expect } => Ask::Http { url: self.fill(url)?, expect: expect.clone() },
            },
            timeout: raw.timeout,
        })
    }

    pub(super) fn all(&self, texts: &[Text]) -> Result<Vec<String>> {
        texts.iter().map(|text| self.fill(text)).collect()
    }

    /// Puts values in the place of `${…}`.
    pub(super) fn fill(&self, text: &Text) -> Result<String> {
        let mut filled = String::new();
        let mut rest = text.text.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            let value = self.0.get(name).ok_or_else(|| {
                let what = format!("the value `{}` is not known", escape::line(name));
                Error::usage(what).at_line(text.line).hint(format!("Give it: --set {}=VALUE.", escape::line(name)))
            })?;
            filled = filled + before + value;
            rest = behind;
        }
        Ok(filled + rest)
    }

    fn store(&self, raw: &RawStore) -> Result<Store> {
        for (name, wanted) in &raw.requires {
            let value = self.0.get(name).map(String::as_str).unwrap_or_default();
            if value != wanted {
                let what = format!(
                    "the store {} is described for {name} = {wanted}, but here it is {}",
                    raw.name,
                    escape::line(value)
                );
                return Err(Error::schema(what)
                    .at_line(raw.line)
                    .hint("Describe where it is in a platform file of your own, or leave it out with --without."));
            }
        }
        let content = if let Some(engine) = &raw.engine {
            self.engine(engine)?
        } else if let Some(url) =
            raw.url.as_ref().map(|url| self.fill(url)).transpose()?.filter(|url| !url.starts_with("file:"))
        {
            if !url.starts_with("s3://") && !url.starts_with("hdfs://") {
                let line = raw.url.as_ref().map_or(raw.line, |url| url.line);
                return Err(Error::usage("the address of a store of files is not known").at_line(line).hint(FORMS));
            }
            Content::Objects(url)
        } else if let Some(folder) = raw.folder.as_ref().or(raw.url.as_ref()) {
            let path = self.absolute(&Text {
                text: self.fill(folder)?.trim_start_matches("file:").to_owned(),
                line: folder.line,
            })?;
            let globs = |text: &Text| glob(&self.fill(text)?, text.line);
            let exclude = raw.exclude.iter().map(globs).collect::<Result<_>>()?;
            Content::Folder { folder: path.into(), exclude }
        } else {
            let globs = |text: &Text| glob(&self.absolute(text)?, text.line);
            let paths = raw.paths.iter().map(globs).collect::<Result<_>>()?;
            let exclude = raw.exclude.iter().map(globs).collect::<Result<_>>()?;
            Content::Paths { paths, exclude, follow: raw.follow.clone() }
        };
        Ok(Store {
            name: raw.name.clone(),
            kind: raw.kind.clone(),
            content,
            secret: raw.secret,
            aside: raw.aside,
            append_only: raw.append_only,
        })
    }

    fn engine(&self, raw: &RawEngine) -> Result<Content> {
        Ok(match raw {
            RawEngine::Cassandra { keyspace, hosts, rows, nodetool, loader, data, by_loader, replication } => {
                let hosts = hosts.as_ref().map_or(Ok(CASSANDRA.to_owned()), |hosts| self.fill(hosts))?;
                let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
                Content::Cassandra(Cassandra {
                    keyspace: self.fill(keyspace)?,
                    hosts: hosts.map(str::to_owned).collect(),
                    rows: *rows,
                    nodetool: self.all(nodetool)?,
                    loader: self.all(loader)?,
                    data: data.iter().map(|folder| self.absolute(folder).map(PathBuf::from)).collect::<Result<_>>()?,
                    by_loader: *by_loader,
                    replication: replication.as_ref().map(|text| self.fill(text)).transpose()?,
                })
            }
            RawEngine::Postgresql { url, databases, globals, plain, folder, archive, bin, exec, connections } => {
                Content::Postgresql(Postgresql {
                    url: url.as_ref().map_or(Ok(POSTGRESQL.to_owned()), |url| self.fill(url))?,
                    databases: self.all(databases)?,
                    globals: *globals,
                    plain: *plain,
                    folder: folder.as_ref().map(|text| self.absolute(text).map(PathBuf::from)).transpose()?,
                    archive: archive.as_ref().map(|text| self.absolute(text).map(PathBuf::from)).transpose()?,
                    bin: bin.as_ref().map(|text| self.absolute(text).map(PathBuf::from)).transpose()?,
                    exec: self.all(exec)?,
                    connections: *connections,
                })
            }
            RawEngine::Mariadb { url, databases, connections } => Content::Mariadb(Mariadb {
                url: url.as_ref().map_or(Ok(MARIADB.to_owned()), |url| self.fill(url))?,
                databases: self.all(databases)?,
                connections: *connections,
            }),
            RawEngine::Neo4j { conf, home, admin, dump } => {
                let path = |text: &Option<Text>, usual: &str| match text {
                    Some(text) => self.absolute(text).map(PathBuf::from),
                    None => Ok(usual.into()),
                };
                let line = conf.as_ref().map_or(0, |conf| conf.line);
                let conf = path(conf, NEO4J_CONF)?;
                if !conf.ends_with("neo4j.conf") {
                    return Err(Error::usage("`conf` is the path of neo4j.conf").at_line(line));
                }
                Content::Neo4j(Neo4j {
                    conf,
                    home: path(home, NEO4J_HOME)?,
                    named_home: home.is_some(),
                    admin: self.all(admin)?,
                    dump: *dump,
                })
            }
            RawEngine::Rebuild { file, key, value, until, of } => Content::Rebuild(Rebuild {
                file: self.absolute(file)?.into(),
                key: key.clone(),
                value: value.clone(),
                until: until.clone(),
                of: of.clone(),
            }),
            RawEngine::Search { url, indices, repository, timeout } => {
                let url = url.as_ref().map_or(Ok(SEARCH.to_owned()), |url| self.fill(url))?;
                Content::Search(Search {
                    url: if url.contains("://") { url } else { format!("http://{url}") },
                    indices: self.all(indices)?,
                    repository: repository.as_ref().map(|text| self.absolute(text).map(PathBuf::from)).transpose()?,
                    timeout: *timeout,
                })
            }
        })
    }

    /// Fills a text that must be the absolute path of something, but not of everything.
    fn absolute(&self, text: &Text) -> Result<String> {
        let path = self.fill(text)?;
        let trimmed = path.trim_end_matches('/');
        let sound = |part: &str| !part.is_empty() && part != "." && part != "..";
        if trimmed.strip_prefix('/').is_some_and(|rest| rest.split('/').all(sound)) {
            return Ok(trimmed.to_owned());
        }
        let what = format!("`{}` is not an absolute path of a file or folder", escape::line(&path));
        Err(Error::usage(what).at_line(text.line))
    }
}

fn glob(text: &str, line: u64) -> Result<Glob> {
    Glob::new(text).ok_or_else(|| Error::usage("the pattern of a path is too large").at_line(line))
}

/// Returns the values that a configuration has. One that is missing has none.
fn discovered(discover: &Discover) -> Result<Vec<(String, String)>> {
    let path = Path::new(&discover.file.text);
    let fault = |what: &'static str| move |error| Error::file(path, what, error);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fault("the configuration of the platform cannot be read")(error)),
    };
    let found = |value: &dyn Fn(&str) -> Option<String>| {
        discover.keys.iter().filter_map(|(name, key)| Some((name.clone(), value(key)?))).collect()
    };
    match discover.syntax {
        Syntax::Properties => Ok(found(&|key| property(&text, key))),
        Syntax::Php => {
            let values = php::values(&text);
            Ok(found(&|key| values.get(key).cloned()))
        }
        Syntax::Hocon => {
            // The parser's own message may show a part of the file, which holds passwords.
            let config = hocon::parse_file(path).map_err(|_| {
                Error::usage("the configuration of the platform cannot be read as HOCON")
                    .at_path(path.display().to_string())
                    .hint("Its substitutions must be known as well. Else write the values into a platform file of your own.")
            })?;
            // A list, such as one of hosts, becomes a text with commas.
            let list = |key: &str| {
                let values = config.get_list_option(key)?;
                let text = |value: &hocon::HoconValue| match value {
                    hocon::HoconValue::Scalar(scalar) => Some(scalar.raw.clone()),
                    _ => None,
                };
                values.iter().map(text).collect::<Option<Vec<String>>>().map(|texts| texts.join(","))
            };
            Ok(found(&|key| config.get_string_option(key).or_else(|| list(key))))
        }
    }
}

/// Returns the value of a key in a file of `key = value` or `key: value` lines; the last one counts.
pub(in crate::snapshot) fn property(text: &str, wanted: &str) -> Option<String> {
    let line = |line: &str| {
        let line = line.trim();
        if line.starts_with(['#', '!']) {
            return None;
        }
        let (key, value) = line.split_once(['=', ':'])?;
        (key.trim() == wanted).then(|| value.trim().to_owned())
    };
    text.lines().filter_map(line).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_from_the_file_then_the_configuration_then_the_command_line() {
        let folder = tempfile::tempdir().unwrap();
        let conf = folder.path().join("application.conf");
        std::fs::write(
            &conf,
            "base = /srv\ndb.janusgraph { storage.cql.keyspace = th4, storage.hostname = [\"10.0.0.1\", node2] }\nfiles { location = ${base}\"/files\" }\n",
        )
        .unwrap();
        std::fs::write(folder.path().join("x.properties"), "# a = 1\na = 2\n a: 3 \n").unwrap();
        let text = format!(
            "format = 1\nname = 'p'\n[values]\nkeyspace = 'thehive'\nfiles = '/none'\nother = 'o'\n\
             [[discover]]\nfile = '{0}/application.conf'\nsyntax = 'hocon'\n\
             keys = {{ keyspace = 'db.janusgraph.storage.cql.keyspace', files = 'files.location', none = 'no.such', hosts = 'db.janusgraph.storage.hostname' }}\n\
             [[discover]]\nfile = '{0}/x.properties'\nsyntax = 'properties'\nkeys = {{ a = 'a' }}\n\
             [[discover]]\nfile = '{0}/missing'\nsyntax = 'hocon'\nkeys = {{ b = 'b' }}\n\
             [[store]]\nname = 's'\nkind = 'files'\nfolder = '${{files}}/${{a}}'\n\
             [[store]]\nname = 't'\nkind = 'files'\nfolder = '${{none}}'\n",
            folder.path().display()
        );
        let platform = Platform::parse(&text).unwrap();
        let values = platform.values(&[("other".to_owned(), "typed".to_owned())]).unwrap();
        assert_eq!(values.0["keyspace"], "th4");
        assert_eq!(values.0["hosts"], "10.0.0.1,node2");
        assert_eq!(values.0["other"], "typed");
        let stores = platform.stores(&values, |name| name == "s").unwrap();
        assert!(matches!(&stores[0].content, Content::Folder { folder, .. } if folder == Path::new("/srv/files/3")));
        let missing = platform.stores(&values, |_| true).unwrap_err();
        assert_eq!(missing.to_string(), "the value `none` is not known (line `26`)");
        platform.values(&[("nothing".to_owned(), String::new())]).unwrap_err();
    }
}
