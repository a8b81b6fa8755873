//! The reports of a platform file about what was restored.

use std::slice;
use std::time::Duration;

use super::after::{self, Call, Parts, RawCall};
use super::file::{FileReport, FileStore};
use super::texts::Texts;
use super::{Platform, Text, Values};
use crate::error::Result;

/// A report, as the file describes it.
#[derive(Clone, Debug)]
pub(super) enum RawReport {
    Printed(RawCall),
    Queried { name: String, store: String, database: Text, sql: Text, timeout: Duration },
}

/// A report about what was restored. Each of its lines is something to see to.
#[derive(Clone, Debug)]
pub enum AfterReport {
    /// What a command prints.
    Printed(Call),
    /// The rows of a query.
    Queried(Query),
}

/// A query of a database that was restored.
#[derive(Clone, Debug)]
pub struct Query {
    /// Its name for people.
    pub name: String,
    /// The store whose server is asked.
    pub store: String,
    /// The database.
    pub database: String,
    /// The statement.
    pub sql: String,
    /// How long the answer may take.
    pub timeout: Duration,
}

impl AfterReport {
    /// Returns the stores after a restore of which it is made; it is made after that of any if there are none.
    #[must_use]
    pub fn stores(&self) -> &[String] {
        match self {
            Self::Printed(call) => &call.stores,
            Self::Queried(query) => slice::from_ref(&query.store),
        }
    }
}

/// Reads a report.
///
/// # Errors
/// `Usage` with the line and the reason.
pub(super) fn report(texts: &Texts<'_>, file: &FileReport, known: &[FileStore]) -> Result<RawReport> {
    let FileReport { name, run, sql, database, user, env, stores, timeout } = file;
    match (run, sql) {
        (Some(run), None) => {
            if let Some(database) = database {
                return Err(texts.mistake(database, "`database` belongs to a report by `sql`"));
            }
            let parts = Parts { name, run, user: user.as_ref(), env, stores, timeout: timeout.as_ref() };
            after::call(texts, &parts, known).map(RawReport::Printed)
        }
        (None, Some(sql)) => {
            if let Some(place) = user.as_ref().or(env.values().next()) {
                let reason =
                    "`user` and `env` belong to a report by `run`; a database is asked by the login of its store";
                return Err(texts.mistake(place, reason));
            }
            let stores = after::names(texts, stores, known)?;
            let store = known.iter().find(|store| stores == [store.name.get_ref().as_str()]);
            let Some(store) = store.filter(|store| has_server(store)) else {
                let reason =
                    "a report by `sql` needs `stores` with one store of PostgreSQL or MariaDB whose server is asked";
                return Err(texts.mistake(sql, reason));
            };
            let only = store.databases.as_ref().and_then(|names| <&[_; 1]>::try_from(names.get_ref().as_slice()).ok());
            let Some(database) = database.as_ref().or(only.map(|[name]| name)) else {
                let reason = "a report by `sql` needs `database`, as its store has several or does not name them";
                return Err(texts.mistake(sql, reason));
            };
            Ok(RawReport::Queried {
                name: name.get_ref().clone(),
                store: store.name.get_ref().clone(),
                database: texts.template(database)?,
                sql: texts.template(sql)?,
                timeout: texts.timeout(timeout.as_ref())?,
            })
        }
        (Some(_), Some(sql)) => Err(texts.mistake(sql, "a report has either `run` or `sql`")),
        (None, None) => Err(texts.mistake(name, "a report needs `run` or `sql`")),
    }
}

/// Returns whether a store has the address of a server that is asked by SQL.
fn has_server(store: &FileStore) -> bool {
    match store.kind.get_ref().as_str() {
        // The folders of a server that is stopped have no address.
        "postgresql" => store.mode.as_ref().is_none_or(|mode| mode.get_ref() != "files"),
        kind => kind == "mariadb",
    }
}

impl Platform {
    /// Returns the reports with their values.
    ///
    /// # Errors
    /// `Usage` with the line of a value that is missing.
    pub fn reports(&self, values: &Values) -> Result<Vec<AfterReport>> {
        let filled = |raw: &RawReport| match raw {
            RawReport::Printed(call) => call.filled(values).map(AfterReport::Printed),
            RawReport::Queried { name, store, database, sql, timeout } => Ok(AfterReport::Queried(Query {
                name: name.clone(),
                store: store.clone(),
                database: values.fill(database)?,
                sql: values.fill(sql)?,
                timeout: *timeout,
            })),
        };
        self.reports.iter().map(filled).collect()
    }
}
