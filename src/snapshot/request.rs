//! What a snapshot or a restore is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::credentials::Credentials;
use super::platform::Platform;
use super::point::Class;
use crate::bundle::reader::{BundleSource, ReadLimits};
use crate::error::{Error, Result, escape};
use crate::run::resources::Resources;
use crate::stream::codec::Codec;
use crate::stream::digest;

/// The platform on this machine, and which of its stores are meant.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The platform.
    pub platform: Platform,
    /// Values that were typed.
    pub values: Vec<(String, String)>,
    /// Only these stores, unless empty.
    pub only: Vec<String>,
    /// All but these.
    pub without: Vec<String>,
    /// Users and passwords of the engines.
    pub credentials: Credentials,
}

impl Selection {
    /// Returns whether a store is meant.
    #[must_use]
    pub fn takes(&self, store: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == store);
        (self.only.is_empty() || named(&self.only)) && !named(&self.without)
    }

    /// Checks that every named store exists.
    ///
    /// # Errors
    /// `Usage`.
    pub fn check_names(&self) -> Result<()> {
        let known = self.platform.store_names();
        self.credentials.check(&[known.clone(), self.platform.queue_names()].concat())?;
        match self.only.iter().chain(&self.without).find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                let what = format!("the platform {} has no store `{}`", self.platform.name, escape::line(name));
                Err(Error::usage(what).hint(format!("It has {}.", known.join(", "))))
            }
            None if known.iter().any(|name| self.takes(name)) => Ok(()),
            None => Err(Error::usage("no store is left").hint("Check --only and --without.")),
        }
    }

    /// Returns the digest of the values that were typed, which may be nobody's business.
    ///
    /// # Errors
    /// `Internal`, which cannot happen with plain data.
    pub(in crate::snapshot) fn digest_of_values(&self) -> Result<String> {
        let values = serde_json::to_vec(&self.values)
            .map_err(|error| Error::internal("the values cannot be written as JSON").because(error))?;
        Ok(digest::of(&values).sha256_hex())
    }

    fn options(&self) -> Value {
        let typed: Vec<String> = self.values.iter().map(|(name, _)| name.clone()).collect();
        json!({"platform": self.platform.name, "set": typed, "only": self.only, "without": self.without})
    }
}

/// A snapshot to be made.
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// What of.
    pub selection: Selection,
    /// The folder for the bundle, or `None` for standard output.
    pub target: Option<PathBuf>,
    /// How the stores are to agree; `None` chooses by the platform: stopped if it has services.
    pub class: Option<Class>,
    /// The longest pause of frozen services.
    pub max_pause: Duration,
    /// Whether processes of services that are left after these were stopped are killed.
    pub kill_leftovers: bool,
    /// Whether tasks that are left in queues are kept in the bundle and deleted.
    pub drop_queues: bool,
    /// Whether the plan is only shown.
    pub dry_run: bool,
    /// A snapshot that has what did not change since.
    pub base: Option<PathBuf>,
    /// The id of a snapshot that was killed or has failed, to go on with it.
    pub resume: Option<String>,
    /// The command without that option: without passwords, and quoted for a shell.
    pub command: String,
    /// Compression.
    pub codec: Codec,
    /// What may be used of the machine.
    pub resources: Resources,
}

impl CreateRequest {
    /// Returns the options as reports show them.
    #[must_use]
    pub fn options(&self) -> Value {
        let mut options = self.selection.options();
        options["mode"] = json!(self.class.map(Class::name));
        options["max_pause_seconds"] = self.max_pause.as_secs().into();
        options["dry_run"] = self.dry_run.into();
        options["kill_leftovers"] = self.kill_leftovers.into();
        options["drop_queues"] = self.drop_queues.into();
        options["base"] = json!(self.base.as_ref().map(|base| base.display().to_string()));
        options["resume"] = json!(self.resume);
        options["compression"] = self.codec.name().into();
        options["memory_limit"] = self.resources.memory_limit().into();
        options
    }

    /// Returns `<platform>-snapshot-<yy-mm-dd>-<unix time>-<pid>.tar` with the codec's suffix.
    #[must_use]
    pub fn bundle_name(&self, unix: u64) -> String {
        let own = crate::bundle::layout::bundle_name(unix, std::process::id(), self.codec);
        own.replacen("tqSync", &format!("{}-snapshot", self.selection.platform.name), 1)
    }

    /// Returns the size of a part. Three are in memory at once: one that is read, one that waits, one that is written.
    #[must_use]
    pub fn part_bytes(&self) -> usize {
        const MOST: usize = 16 << 20;
        usize::try_from(self.resources.row_bytes() / 4).map_or(MOST, |bytes| bytes.clamp(64 << 10, MOST))
    }
}

/// The moment that a store with a log of changes is restored to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// That of the snapshot.
    #[default]
    Instant,
    /// A time, UTC: what was committed by then.
    Time(String),
    /// A restore point that somebody has made by name.
    Name(String),
}

/// A restore to be made.
#[derive(Clone, Debug)]
pub struct RestoreRequest {
    /// Into what.
    pub selection: Selection,
    /// The bundle.
    pub source: BundleSource,
    /// The bundle that has what did not change, or its folder, if it is not beside the bundle.
    pub base: Option<PathBuf>,
    /// A folder that takes every store, in place of where the platform has them.
    pub root: Option<PathBuf>,
    /// The folder for stores that are restored aside.
    pub aside: PathBuf,
    /// Names that stores of engines get, by store.
    pub renames: Vec<(String, String)>,
    /// The moment that stores are restored to.
    pub until: Until,
    /// Whether what is at the place of a store gets another name.
    pub replace: bool,
    /// Whether processes of services that are left after these were stopped are killed.
    pub kill_leftovers: bool,
    /// Whether services stay stopped.
    pub no_start: bool,
    /// Whether it goes on with a restore that stopped.
    pub resume: bool,
    /// The command that goes on with it, should it stop: without passwords, and quoted for a shell.
    pub command: String,
    /// Whether the plan is only shown, after the bundle was checked.
    pub dry_run: bool,
    /// The stores that are not restored, if it is a drill: all of it is taken back at the end.
    pub drill: Option<Vec<NotDrilled>>,
    /// Whether the bundle must have a certificate of a drill.
    pub require_drill: bool,
    /// Limits on the bundle.
    pub limits: ReadLimits,
}

/// A store that is not restored in a drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotDrilled {
    /// Its name.
    pub store: String,
    /// Why.
    pub why: String,
}

/// A drill to be held.
#[derive(Clone, Debug)]
pub struct DrillRequest {
    /// Of what.
    pub selection: Selection,
    /// The bundle; `None` is the newest of the platform in the folder.
    pub bundle: Option<PathBuf>,
    /// The folder.
    pub folder: PathBuf,
    /// The folder for stores of files; `None` is that of the bundle.
    pub scratch: Option<PathBuf>,
    /// Limits on the bundle.
    pub limits: ReadLimits,
}

impl RestoreRequest {
    /// Returns what it is called in reports and in the journal.
    pub(in crate::snapshot) fn action(&self) -> &'static str {
        if self.drill.is_some() { "drill" } else { "restore" }
    }

    /// Returns the options as reports show them.
    #[must_use]
    pub fn options(&self) -> Value {
        let mut options = self.selection.options();
        options["root"] = json!(self.root.as_ref().map(|root| root.display().to_string()));
        options["rename"] =
            self.renames.iter().map(|(store, name)| format!("{store}={name}")).collect::<Vec<_>>().into();
        options["replace"] = self.replace.into();
        options["to_time"] = json!(if let Until::Time(time) = &self.until { Some(time) } else { None });
        options["to_name"] = json!(if let Until::Name(name) = &self.until { Some(name) } else { None });
        options["kill_leftovers"] = self.kill_leftovers.into();
        options["no_start"] = self.no_start.into();
        options["require_drill"] = self.require_drill.into();
        options["resume"] = self.resume.into();
        options["dry_run"] = self.dry_run.into();
        options
    }
}
