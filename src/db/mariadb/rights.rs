//! Finds missing rights on MariaDB by letting the server judge. It refuses to prepare a statement whose rights are missing,
//! regardless of whether they would come from a role, a pattern or all databases. The statement is never run, and preparing
//! it writes and locks nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::super::catalogue::text;
use super::super::dialect::Dialect;
use super::super::error::refusal;
use super::super::rights::{Grants, Lacking, Object, On, Right, Rule};
use super::super::session::Session;
use super::super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::profile::{Profile, TableProfile};

/// The codes for a missing right on a table, on a column, and on a database.
const DENIED: [&str; 3] = ["1142", "1143", "1044"];

/// A table that does not exist: rights on it are rights on the whole database.
const NO_TABLE: &str = "sync_import_gapsync_check";

/// The text that follows the missing rights in a refusal.
const AFTER_RIGHTS: &str = " command denied";

/// Finds the rights that the connected user lacks on the database of `url`.
///
/// # Errors
/// `Database`.
pub(in crate::db) async fn lacking(
    session: &mut Session,
    url: &DatabaseUrl,
    profile: &Profile,
    rules: &[Rule],
) -> Result<Lacking> {
    let database = url.login().database.unwrap_or_default();
    let mut inquiry = Inquiry { session, database, profile, on_all: BTreeMap::new(), visible: None };
    let user = inquiry.user().await?;
    let mut grants = Grants::default();
    if inquiry.is_wrong_place().await? {
        return Ok(Lacking { user, grants });
    }
    for Rule(on, rights) in rules {
        for right in *rights {
            for object in inquiry.all_lacks(*on, *right).await? {
                if let Object::Table(_, name) = &object
                    && !inquiry.is_visible(name).await?
                {
                    // Without it, the server grants nothing on a table that does not exist.
                    grants.add(object.clone(), Right::Create);
                }
                grants.add(object, *right);
            }
        }
    }
    grants.drop_implied();
    // Fails harmlessly if nothing was prepared.
    let _ = inquiry.session.execute("DEALLOCATE PREPARE gapsync_check").await;
    Ok(Lacking { user, grants })
}

/// Questions to the server, with the answers so far.
struct Inquiry<'a> {
    session: &'a mut Session,
    database: String,
    profile: &'a Profile,
    /// Whether the user has each right on the whole database.
    on_all: BTreeMap<Right, bool>,
    /// The tables on which the user has any right, with the rights on each column.
    visible: Option<BTreeMap<String, Vec<(String, String)>>>,
}

impl Inquiry<'_> {
    /// Returns the account as a statement names it, which may differ from the name used to log in.
    async fn user(&mut self) -> Result<String> {
        let rows = self.session.query("SELECT CURRENT_USER()").await?;
        let account = text(rows.first().map_or(&[], Vec::as_slice), 0);
        let (name, host) = account.rsplit_once('@').unwrap_or((account, "%"));
        Ok(format!("{}@{}", Dialect::Mariadb.ident(name), Dialect::Mariadb.ident(host)))
    }

    /// Returns whether the database has none of the profile's tables. A user without rights does not see any either.
    async fn is_wrong_place(&mut self) -> Result<bool> {
        if !self.has_on_all(Right::Select).await? {
            return Ok(false);
        }
        let profile = self.profile;
        Ok(!self.visible().await?.keys().any(|name| profile.table(name).is_some()))
    }

    async fn is_visible(&mut self, table: &str) -> Result<bool> {
        Ok(self.visible().await?.contains_key(table))
    }

    /// Returns the objects on which the right must be granted.
    async fn all_lacks(&mut self, on: On, right: Right) -> Result<Vec<Object>> {
        if on != On::Sets {
            return Ok(self.lacks(on, right).await?.into_iter().collect());
        }
        let mut lacks = Vec::new();
        for table in self.profile.tables.iter().filter(|table| table.owned_by.is_some()) {
            if self.is_visible(&table.name).await? {
                lacks.extend(self.lacks_on(&table.name, right).await?);
            }
        }
        Ok(lacks)
    }

    /// Returns the object on which the right must be granted, if the user lacks it.
    async fn lacks(&mut self, on: On, right: Right) -> Result<Option<Object>> {
        let lacks = match on {
            On::Sequences | On::OwnSequence(_) | On::Sets => return Ok(None),
            On::Own(name) => return self.lacks_on(name, right).await,
            On::OwnIfThere(name) => {
                // A user without any rights sees no tables, whether they exist or not.
                let blind = self.visible().await?.is_empty();
                let asks = blind || self.is_visible(name).await?;
                return if asks { self.lacks_on(name, right).await } else { Ok(None) };
            }
            On::Schema | On::Database => !self.has_on_all(right).await?,
            On::Tables => !self.has_on_all(right).await? && !self.has_on_each(right).await?,
            On::SchemaWithout(own) => {
                let known = self.visible().await?;
                !own.iter().all(|name| known.contains_key(*name)) && !self.has_on_all(right).await?
            }
        };
        Ok(lacks.then(|| Object::Database(self.database.clone())))
    }

    async fn lacks_on(&mut self, table: &str, right: Right) -> Result<Option<Object>> {
        let allowed = self.is_allowed(table, right).await?;
        Ok((!allowed).then(|| Object::Table(self.database.clone(), table.to_owned())))
    }

    async fn has_on_all(&mut self, right: Right) -> Result<bool> {
        if let Some(known) = self.on_all.get(&right) {
            return Ok(*known);
        }
        let allowed = self.is_allowed(NO_TABLE, right).await?;
        self.on_all.insert(right, allowed);
        Ok(allowed)
    }

    /// Returns whether the user has the right on each column that is used, in all visible tables of the profile.
    async fn has_on_each(&mut self, right: Right) -> Result<bool> {
        let profile = self.profile;
        let visible = self.visible().await?;
        let mut tables = profile.tables.iter().filter_map(|table| Some((table, visible.get(&table.name)?))).peekable();
        let word = right.sql(Dialect::Mariadb).to_lowercase();
        let holds = |rights: &str| rights.split(',').any(|held| held == word);
        let all = |(table, columns): (&TableProfile, &Vec<(String, String)>)| {
            columns.iter().all(|(column, rights)| !is_used(table, column, right) || holds(rights))
        };
        Ok(tables.peek().is_some() && tables.all(all))
    }

    async fn visible(&mut self) -> Result<&BTreeMap<String, Vec<(String, String)>>> {
        if self.visible.is_none() {
            let statement = format!(
                "SELECT TABLE_NAME, COLUMN_NAME, PRIVILEGES FROM information_schema.COLUMNS \
                 WHERE TABLE_SCHEMA = {} AND EXTRA NOT LIKE '%GENERATED%'",
                Dialect::Mariadb.literal(&self.database)
            );
            let mut tables: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
            for row in self.session.query(&statement).await? {
                let column = (text(&row, 1).to_owned(), text(&row, 2).to_owned());
                tables.entry(text(&row, 0).to_owned()).or_default().push(column);
            }
            self.visible = Some(tables);
        }
        self.visible.as_ref().ok_or_else(|| Error::internal("the tables were not read"))
    }

    /// Lets the server judge a statement that requires the right on a table.
    async fn is_allowed(&mut self, table: &str, right: Right) -> Result<bool> {
        let quoted = |name: &str| Dialect::Mariadb.ident(name);
        let place = format!("{}.{}", quoted(&self.database), quoted(table));
        let no_table = format!("{}.{}", quoted(&self.database), quoted(NO_TABLE));
        let statement = match right {
            Right::Select => format!("SELECT 1 FROM {place}"),
            Right::Insert => format!("INSERT INTO {place} VALUES (1)"),
            Right::Update => format!("UPDATE {place} SET gapsync_none = 1"),
            Right::Delete => format!("DELETE FROM {place}"),
            Right::Create => format!("CREATE TABLE {no_table} (a int)"),
            Right::Drop => format!("CREATE OR REPLACE TABLE {no_table} (a int)"),
            Right::Temporary => format!("CREATE TEMPORARY TABLE {no_table} (a int)"),
            Right::Usage | Right::Connect | Right::Write => return Ok(true),
        };
        let prepare = format!("PREPARE gapsync_check FROM {}", Dialect::Mariadb.literal(&statement));
        let Err(error) = self.session.execute(&prepare).await else { return Ok(true) };
        let Some(refusal) = refusal(&error) else { return Err(error) };
        // Missing tables and columns, and read-only sessions, are noticed only after the rights.
        if !refusal.code.as_deref().is_some_and(|code| DENIED.contains(&code)) {
            return Ok(true);
        }
        let missing: BTreeSet<&str> = match refusal.message.split_once(AFTER_RIGHTS) {
            Some((rights, _)) => rights.split(", ").collect(),
            None => BTreeSet::new(),
        };
        // The statement for DROP also requires CREATE.
        Ok(right == Right::Drop && !missing.is_empty() && !missing.contains("DROP"))
    }
}

/// Returns whether a column of a table is read or written. A column that never travels only gets a value in new rows.
fn is_used(table: &TableProfile, column: &str, right: Right) -> bool {
    right == Right::Insert || !table.exclude.contains_key(column)
}
