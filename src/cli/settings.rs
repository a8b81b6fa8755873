//! Determines the settings: from the command line, else the environment, else the configuration file, else the default.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use url::Url;

use crate::db::dialect::Dialect;
use crate::db::hive::HiveUrl;
use crate::db::trace::Trace;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::options::Chosen;
use crate::model::profile::Profile;
use crate::run::shell::shell_word;
use crate::stream::durable;

use super::args::{CommonArgs, OptionArgs, ProgressName};
use super::config::{self, Config};
use super::mask;

/// Database if none is given.
const DEFAULT_DATABASE: &str = "sqlite:gapsync.db";

/// The warning about a typed password.
const SEEN: &str = "a password on the command line can be seen by every user of this machine: put it into GAPSYNC_PASSWORD or \
                    the configuration file";

/// Profile if none is given.
const DEFAULT_PROFILE: &str = "threatq";

/// The shipped profiles.
const PROFILES: [(&str, &str); 4] = [
    ("threatq", include_str!("../../sql/profiles/threatq.toml")),
    ("misp", include_str!("../../sql/profiles/misp.toml")),
    ("iris", include_str!("../../sql/profiles/iris.toml")),
    ("mini", include_str!("../../sql/profiles/mini.toml")),
];

/// Returns the value of an environment variable.
pub(super) type Variables = Box<dyn Fn(&str) -> Option<String>>;

/// The settings of a command. Those that not every command needs are evaluated on request, so that `verify` does not fail
/// because of a database that it does not use.
pub(super) struct Settings {
    common: CommonArgs,
    config: Config,
    variable: Variables,
    warnings: Vec<String>,
    /// Values of the profile's options.
    set: Chosen,
    /// The file for statements, once a database was requested.
    trace: Option<Trace>,
}

/// Where a setting came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    CommandLine,
    Environment,
    Config,
    Default,
}

/// A profile, and its file unless it is a shipped one.
pub(super) struct ChosenProfile {
    pub(super) profile: Profile,
    pub(super) file: Option<PathBuf>,
}

impl Settings {
    /// Returns the settings for these options.
    ///
    /// # Errors
    /// `Usage` and `File`, about the configuration file.
    pub(super) fn new(common: CommonArgs, variable: Variables) -> Result<Self> {
        let named = common.config.clone().or_else(|| variable("GAPSYNC_CONFIG").map(PathBuf::from));
        let found = config::find(named.as_deref(), &variable)?;
        let warnings = found.warning.into_iter().chain(found.unread).collect();
        Ok(Self { common, config: found.config, variable, warnings, set: Chosen::new(), trace: None })
    }

    /// Returns the options that another command on the same database needs, as they were typed: each with a blank in front,
    /// quoted for a shell, without a password.
    pub(super) fn again(&self) -> String {
        let path = |path: &PathBuf| path.display().to_string();
        let common = &self.common;
        let typed = [
            ("database", common.database.as_deref().map(mask::secrets)),
            ("profile", common.profile.clone()),
            ("config", common.config.as_ref().map(path)),
            ("report-dir", common.report_dir.as_ref().map(path)),
        ];
        let named = |(name, value): (&str, Option<String>)| Some(format!(" --{name}={}", shell_word(&value?)));
        let set = self.set.iter().map(|(name, value)| format!(" --set={}", shell_word(&format!("{name}={value}"))));
        typed.into_iter().filter_map(named).chain(set).collect()
    }

    /// Returns what the user should know. Each warning is returned only once.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    fn pick(&self, typed: Option<&str>, variable: &str, config: Option<&String>, default: &str) -> (String, Origin) {
        if let Some(value) = typed {
            return (value.to_owned(), Origin::CommandLine);
        }
        if let Some(value) = (self.variable)(variable).filter(|value| !value.is_empty()) {
            return (value, Origin::Environment);
        }
        match config {
            Some(value) => (value.clone(), Origin::Config),
            None => (default.to_owned(), Origin::Default),
        }
    }

    fn pick_path(&self, typed: Option<&PathBuf>, variable: &str, config: Option<&PathBuf>) -> Option<PathBuf> {
        let set = || (self.variable)(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        typed.cloned().or_else(set).or_else(|| config.cloned())
    }

    /// Takes another option of the command line for the database.
    pub(super) fn use_database(&mut self, url: String) {
        self.common.database = Some(url);
    }

    /// Returns a HiveServer2 engine that was typed, with the password of the environment if it has none of its own.
    ///
    /// # Errors
    /// `Usage` if the URL is invalid; `File` if the trace cannot be created.
    pub(super) fn hive(&mut self, text: &str) -> Result<HiveUrl> {
        let mut url = HiveUrl::parse(text)?;
        if url.has_password() {
            self.warnings.push(SEEN.to_owned());
        } else if let Some(password) = (self.variable)("GAPSYNC_PASSWORD").filter(|password| !password.is_empty()) {
            url = HiveUrl::parse(&with_password(text, &password)?)?;
        }
        let Some(path) = &self.common.trace_sql else { return Ok(url) };
        let trace = Trace::create(path)?;
        self.trace = Some(trace.clone());
        Ok(url.with_trace(trace))
    }

    /// Returns the database, with the password from whichever setting contains it.
    ///
    /// # Errors
    /// `Usage` if the URL is invalid.
    pub(super) fn database(&mut self) -> Result<DatabaseUrl> {
        let (text, origin) = self.pick(
            self.common.database.as_deref(),
            "GAPSYNC_DATABASE",
            self.config.database.as_ref(),
            DEFAULT_DATABASE,
        );
        let url = DatabaseUrl::parse(&text)?;
        if url.has_password() {
            if origin == Origin::CommandLine {
                self.warnings.push(SEEN.to_owned());
            }
            return Ok(url);
        }
        // A password in the configuration belongs to the database named there, not to one named elsewhere.
        let configured = self.config.password.clone();
        let configured = configured.filter(|_| origin == Origin::Config || self.config.database.is_none());
        let password = (self.variable)("GAPSYNC_PASSWORD").filter(|password| !password.is_empty()).or(configured);
        match password {
            Some(password) if url.file().is_none() => DatabaseUrl::parse(&with_password(&text, &password)?),
            _ => Ok(url),
        }
    }

    /// Makes a database write its statements to the file of `--trace-sql`, if that option is given.
    ///
    /// # Errors
    /// `File` if it cannot be created.
    pub(super) fn traced(&mut self, database: DatabaseUrl) -> Result<DatabaseUrl> {
        let Some(path) = &self.common.trace_sql else { return Ok(database) };
        let trace = Trace::create(path)?;
        self.trace = Some(trace.clone());
        Ok(database.with_trace(trace))
    }

    /// Returns a database of PostgreSQL in a schema, that of a profile or of an option.
    ///
    /// # Errors
    /// `Usage` if the schema's name cannot be used.
    pub(super) fn in_schema(database: DatabaseUrl, schema: Option<&String>) -> Result<DatabaseUrl> {
        match schema.filter(|_| database.dialect() == Dialect::Postgres) {
            Some(schema) => database.in_schema(schema),
            None => Ok(database),
        }
    }

    /// Ends the file of statements.
    ///
    /// # Errors
    /// `File` if not all of them could be written.
    pub(super) fn end_trace(&self) -> Result<()> {
        self.trace.as_ref().map_or(Ok(()), Trace::end)
    }

    /// Takes the values of the profile's options from the command line.
    ///
    /// # Errors
    /// `Usage` if an option is set twice.
    pub(super) fn choose(&mut self, options: &OptionArgs) -> Result<()> {
        for (name, value) in &options.set {
            if self.set.insert(name.clone(), value.clone()).is_some() {
                return Err(Error::usage(format!("--set names `{}` twice", escape::line(name))));
            }
        }
        Ok(())
    }

    /// Returns the profile.
    ///
    /// # Errors
    /// `Usage` if there is neither a shipped profile nor a file of that name; `File`; `Schema` if it is invalid.
    pub(super) fn profile(&self) -> Result<ChosenProfile> {
        let (name, _) =
            self.pick(self.common.profile.as_deref(), "GAPSYNC_PROFILE", self.config.profile.as_ref(), DEFAULT_PROFILE);
        if let Some((_, text)) = PROFILES.iter().find(|(shipped, _)| *shipped == name) {
            return Ok(ChosenProfile { profile: Profile::parse_with(text, &self.set)?, file: None });
        }
        let file = PathBuf::from(&name);
        let text = std::fs::read_to_string(&file).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound && !name.contains(['/', '.']) {
                let names: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
                Error::usage(format!("no profile is called `{name}`"))
                    .hint(format!("The shipped profiles are {}; any other is a file.", names.join(", ")))
            } else {
                Error::file(&file, "the profile cannot be read", error)
            }
        })?;
        let profile = Profile::parse_with(&text, &self.set).map_err(|error| error.at_path(&name))?;
        Ok(ChosenProfile { profile, file: Some(file) })
    }

    /// Returns how to show progress.
    ///
    /// # Errors
    /// `Usage` if the environment or the configuration contains an unknown name.
    pub(super) fn progress(&self) -> Result<ProgressName> {
        if let Some(progress) = self.common.progress {
            return Ok(progress);
        }
        let (name, _) = self.pick(None, "GAPSYNC_PROGRESS", self.config.progress.as_ref(), "auto");
        ProgressName::from_str(&name, true).map_err(|_| {
            Error::usage(format!("`{name}` is not a way to show progress"))
                .hint("GAPSYNC_PROGRESS and the configuration accept auto, bar, line, json and off.")
        })
    }

    /// Returns whether the result is JSON.
    pub(super) fn json(&self) -> bool {
        self.common.json
    }

    /// Returns the folder for reports and rejects.
    ///
    /// # Errors
    /// `File` if it is not a folder, or no file can be created in it.
    pub(super) fn report_dir(&self) -> Result<PathBuf> {
        let folder =
            self.pick_path(self.common.report_dir.as_ref(), "GAPSYNC_REPORT_DIR", self.config.report_dir.as_ref());
        let folder = folder_that_exists(folder.unwrap_or_else(|| PathBuf::from(".")), "reports")?;
        // Checked early: a run that has ended must not fail only because of its report.
        durable::probe(&folder).map_err(|error| {
            Error::file(&folder, "no report can be written to this folder", error)
                .hint("Choose another folder with --report-dir. Nothing was done.")
        })?;
        Ok(folder)
    }

    /// Returns the folder that contains physical files, or `None` if none is set.
    ///
    /// # Errors
    /// `File` if it is not a folder.
    pub(super) fn files_root(&self, typed: Option<&PathBuf>) -> Result<Option<PathBuf>> {
        let root = self.pick_path(typed, "GAPSYNC_FILES_ROOT", self.config.files_root.as_ref());
        root.map(|root| folder_that_exists(root, "physical files")).transpose()
    }

    /// Returns the path of a bundle, or `None` for standard input. If it is not in the current folder, it is searched for
    /// in the transfer folder.
    ///
    /// # Errors
    /// `Usage` if standard input is a terminal; `File` if there is no such bundle.
    pub(super) fn bundle(&self, typed: &Path) -> Result<Option<PathBuf>> {
        if typed != Path::new("-") {
            let found = self.look_up(typed, Path::exists);
            return self.required(typed, &found).map(|()| Some(found));
        }
        if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            return Err(Error::usage("standard input is a terminal, not a bundle")
                .hint("Pipe the bundle in, or give its path."));
        }
        Ok(None)
    }

    /// Returns an error if there is no bundle, with the folders that were searched, or if there is a folder instead.
    fn required(&self, typed: &Path, found: &Path) -> Result<()> {
        let error = |what: &str| Error::new(ErrorKind::File, what.to_owned()).at_path(typed.display().to_string());
        match found.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                Err(error("this is a folder, not a bundle").hint("Use the tarball in it."))
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
                let transfer = self.pick_path(None, "GAPSYNC_TRANSFER_FOLDER", self.config.transfer_folder.as_ref());
                let current = std::env::current_dir().unwrap_or_default();
                let mut looked = vec![current.display().to_string()];
                looked.extend(transfer.filter(|_| typed.is_relative()).map(|folder| folder.display().to_string()));
                let hint = if typed.is_absolute() {
                    "Check the path.".to_owned()
                } else {
                    format!(
                        "It was searched for in {}. Check the name, or give the full path.",
                        looked.join(" and in ")
                    )
                };
                Err(error("there is no such bundle").hint(hint))
            }
            // Reading it will report any other problem.
            _ => Ok(()),
        }
    }

    /// Returns the folder for a new bundle.
    ///
    /// # Errors
    /// `File` if it is not a folder.
    pub(super) fn target(&self, typed: Option<&PathBuf>) -> Result<PathBuf> {
        let folder = typed.map_or_else(|| PathBuf::from("."), |typed| self.look_up(typed, Path::is_dir));
        folder_that_exists(folder, "bundles")
    }

    /// Resolves a relative path from the current folder if it exists there, else from the transfer folder if it exists
    /// there.
    fn look_up(&self, typed: &Path, there: fn(&Path) -> bool) -> PathBuf {
        let transfer = self.pick_path(None, "GAPSYNC_TRANSFER_FOLDER", self.config.transfer_folder.as_ref());
        match transfer.map(|folder| folder.join(typed)) {
            Some(elsewhere) if typed.is_relative() && !there(typed) && there(&elsewhere) => elsewhere,
            _ => typed.to_owned(),
        }
    }
}

fn folder_that_exists(folder: PathBuf, purpose: &str) -> Result<PathBuf> {
    match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(folder),
        Ok(_) => Err(Error::new(ErrorKind::File, format!("the folder for {purpose} is not a folder"))
            .at_path(folder.display().to_string())),
        Err(error) => Err(Error::file(&folder, format!("the folder for {purpose} cannot be used"), error)),
    }
}

/// Puts a password into the URL of a server.
fn with_password(text: &str, password: &str) -> Result<String> {
    let mut url = Url::parse(text).map_err(|error| Error::usage("the database URL cannot be read").because(error))?;
    // A URL without a host, for a unix socket, has no place for a login; there the password is a parameter.
    if url.set_password(Some(password)).is_err() {
        url.query_pairs_mut().append_pair("password", password);
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn settings(common: CommonArgs, config: Config, variables: &[(&str, &str)]) -> Settings {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let variable = Box::new(move |name: &str| variables.get(name).cloned());
        Settings { common, config, variable, warnings: Vec::new(), set: Chosen::new(), trace: None }
    }

    fn typed(database: &str) -> CommonArgs {
        CommonArgs { database: Some(database.to_owned()), ..CommonArgs::default() }
    }

    fn configured(database: Option<&str>, password: Option<&str>) -> Config {
        Config { database: database.map(str::to_owned), password: password.map(str::to_owned), ..Config::default() }
    }

    #[test]
    fn the_nearest_setting_wins() {
        let config = configured(Some("sqlite:config.db"), None);
        let variables = [("GAPSYNC_DATABASE", "sqlite:env.db")];
        let shown = |mut settings: Settings| settings.database().unwrap().shown();
        assert_eq!(shown(settings(typed("sqlite:typed.db"), config.clone(), &variables)), "sqlite:typed.db");
        assert_eq!(shown(settings(CommonArgs::default(), config.clone(), &variables)), "sqlite:env.db");
        assert_eq!(shown(settings(CommonArgs::default(), config, &[("GAPSYNC_DATABASE", "")])), "sqlite:config.db");
        assert_eq!(shown(settings(CommonArgs::default(), Config::default(), &[])), DEFAULT_DATABASE);
    }

    #[test]
    fn a_password_goes_to_its_own_database_only() {
        let config = configured(Some("postgres://u@home/d"), Some("p w"));
        let has = |mut settings: Settings| settings.database().unwrap().has_password();
        assert!(has(settings(CommonArgs::default(), config.clone(), &[])));
        assert!(!has(settings(typed("postgres://u@elsewhere/d"), config, &[])));
        assert!(has(settings(typed("postgres://u@h/d"), configured(None, Some("p")), &[])));
        assert!(has(settings(typed("mariadb:///d?socket=/s"), Config::default(), &[("GAPSYNC_PASSWORD", "p")])));
        assert!(!has(settings(typed("sqlite:x.db"), Config::default(), &[("GAPSYNC_PASSWORD", "p")])));
    }

    #[test]
    fn only_a_password_that_others_can_see_draws_a_warning() {
        let url = "postgres://u:p@h/d";
        let warnings = |mut settings: Settings| {
            settings.database().unwrap();
            settings.take_warnings().len()
        };
        assert_eq!(warnings(settings(typed(url), Config::default(), &[])), 1);
        assert_eq!(warnings(settings(CommonArgs::default(), Config::default(), &[("GAPSYNC_DATABASE", url)])), 0);
    }

    #[test]
    fn a_bundle_is_looked_for_in_the_transfer_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.tar.gz"), "").unwrap();
        let path = folder.path().to_str().unwrap();
        let settings = settings(CommonArgs::default(), Config::default(), &[("GAPSYNC_TRANSFER_FOLDER", path)]);
        assert_eq!(settings.bundle(Path::new("x.tar.gz")).unwrap(), Some(folder.path().join("x.tar.gz")));
        let missing = settings.bundle(Path::new("y.tar.gz")).unwrap_err();
        assert!(missing.kind() == ErrorKind::File && missing.advice().unwrap().contains(path), "{missing:?}");
        assert_eq!(settings.target(None).unwrap(), PathBuf::from("."));
    }

    #[test]
    fn a_profile_is_a_name_or_a_file() {
        let chosen = |name: &str| {
            let common = CommonArgs { profile: Some(name.to_owned()), ..CommonArgs::default() };
            settings(common, Config::default(), &[]).profile()
        };
        assert_eq!(chosen("mini").unwrap().profile.name, "mini");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/profiles/threatq.toml");
        assert_eq!(chosen(file.to_str().unwrap()).unwrap().file, Some(file));
        assert_eq!(chosen("thretq").err().unwrap().kind(), ErrorKind::Usage);
        assert_eq!(chosen("./none.toml").err().unwrap().kind(), ErrorKind::File);
    }
}
