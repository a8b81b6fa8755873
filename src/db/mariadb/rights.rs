//! MariaDB's rights. The server judges: a statement that is prepared, and never run, is refused where a right is missing,
//! whether it would come from a role, a pattern, or all databases. Preparing writes nothing and locks nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::super::catalogue::text;
use super::super::dialect::Dialect;
use super::super::error::refusal;
use super::super::rights::{Grants, Lacking, Object, On, Right, Rule};
use super::super::session::Session;
use super::super::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::profile::{Profile, TableProfile};

/// The codes of a right that is missing: on a table, on a column, on a database.
const DENIED: [&str; 3] = ["1142", "1143", "1044"];

/// A table that is not there: what is allowed on it is allowed on all of the database.
const NO_TABLE: &str = "sync_import_gapsync_check";

/// What stands in the refusal between the rights that are missing and the rest.
const AFTER_RIGHTS: &str = " command denied";

/// Finds out what the connected user lacks on the database of `url`.
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
    let mut asked = Asked { session, database, profile, on_all: BTreeMap::new(), visible: None };
    let user = asked.user().await?;
    let mut grants = Grants::default();
    if asked.is_wrong_place().await? {
        return Ok(Lacking { user, grants });
    }
    for Rule(on, rights) in rules {
        for right in *rights {
            if let Some(object) = asked.lacks(*on, *right).await? {
                if let Object::Table(_, name) = &object
                    && !asked.is_visible(name).await?
                {
                    // Without it the server grants nothing on a table that is not there.
                    grants.add(object.clone(), Right::Create);
                }
                grants.add(object, *right);
            }
        }
    }
    grants.drop_implied();
    // Where nothing was prepared, there is nothing to forget.
    let _ = asked.session.execute("DEALLOCATE PREPARE gapsync_check").await;
    Ok(Lacking { user, grants })
}

/// What was asked, and what the server said.
struct Asked<'a> {
    session: &'a mut Session,
    database: String,
    profile: &'a Profile,
    /// Whether the user has a right on the whole database.
    on_all: BTreeMap<Right, bool>,
    /// The tables on which the user has any right at all, with the rights on each column.
    visible: Option<BTreeMap<String, Vec<(String, String)>>>,
}

impl Asked<'_> {
    /// The account, as a statement names it. It need not be the name that was given to log in.
    async fn user(&mut self) -> Result<String> {
        let rows = self.session.query("SELECT CURRENT_USER()").await?;
        let account = text(rows.first().map_or(&[], Vec::as_slice), 0);
        let (name, host) = account.rsplit_once('@').unwrap_or((account, "%"));
        Ok(format!("{}@{}", Dialect::Mariadb.ident(name), Dialect::Mariadb.ident(host)))
    }

    /// Whether the database has none of the profile's tables. A user without rights sees none either.
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

    /// What the right is to be granted on, if the user lacks it.
    async fn lacks(&mut self, on: On, right: Right) -> Result<Option<Object>> {
        let lacks = match on {
            On::Sequences | On::OwnSequence(_) => return Ok(None),
            On::Own(name) => return self.lacks_on(name, right).await,
            On::OwnIfThere(name) => {
                // A user without any right sees no table, whether it is there or not.
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

    /// Whether the user has a right on each column that is used of each table of the profile that can be seen.
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

    /// Lets the server judge a statement that would need the right on a table.
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
        // A table or column that is not there, and a session that only reads, are noticed after the rights.
        if !refusal.code.as_deref().is_some_and(|code| DENIED.contains(&code)) {
            return Ok(true);
        }
        let missing: BTreeSet<&str> = match refusal.message.split_once(AFTER_RIGHTS) {
            Some((rights, _)) => rights.split(", ").collect(),
            None => BTreeSet::new(),
        };
        // The statement for DROP needs CREATE too.
        Ok(right == Right::Drop && !missing.is_empty() && !missing.contains("DROP"))
    }
}

/// Whether a column of a table is read or written: one that never travels only gets a value in a new row.
fn is_used(table: &TableProfile, column: &str, right: Right) -> bool {
    right == Right::Insert || !table.exclude.contains_key(column)
}
