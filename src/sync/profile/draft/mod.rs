//! `gapsync profile draft`: writes a profile from what the catalogue declares, and from a look at the data where it is silent.
//!
//! What is declared is taken over: unique keys, foreign keys, types. What is guessed (a key that nothing declares, a reference
//! by its name) is marked in the file, and what only a person can know is a numbered question at its head. A table that cannot
//! be carried is left out with the reason, together with the tables that cannot do without it, so that the draft can be used
//! as it is.

mod choose;
pub(super) mod look;
mod questions;
mod references;
mod rings;
mod write;

use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::db::url::DatabaseUrl;
use crate::error::{Error, Result};
use crate::model::completed::Completed;
use crate::model::order::order;
use crate::model::profile::Profile;
use crate::model::schema::Table;
use crate::run;

use look::Look;
pub use questions::Asked;

/// A profile as a draft.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The text of the file.
    pub text: String,
    /// The tables that it carries, in its order.
    pub tables: Vec<String>,
    /// Tables that are left out, with the reason.
    pub left_out: Vec<(String, String)>,
    /// What a person has to decide.
    pub questions: Vec<Asked>,
}

/// Drafts a profile with this name for a database, whose URL leads to the schema that is named. Nothing is changed there.
///
/// # Errors
/// `Database`; `Schema` if no table can be carried.
pub async fn draft(
    (name, schema): (&str, Option<&String>),
    database: &DatabaseUrl,
    run: &run::Context,
) -> Result<Draft> {
    let mut session = Session::open(database, OpenMode::ReadOnly).await?;
    session.require_unicode().await?;
    let mut catalogue = session.catalogue().await?;
    catalogue.retain(|table| !is_ours(table));
    session.begin_snapshot().await?;
    let mut look = Look::new(&mut session).await?;
    let mut tables = Vec::new();
    let mut left_out = Vec::new();
    run.progress.phase("draft", None, None);
    for table in &catalogue {
        run.cancel.check()?;
        match choose::table(table, &mut look).await? {
            Ok(drafted) => tables.push(drafted),
            Err(reason) => left_out.push((table.name.clone(), reason)),
        }
    }
    references::find(&mut tables, &catalogue, &mut look).await?;
    references::links(&mut tables, &mut left_out, &catalogue);
    rings::leave_out(&mut tables, &mut left_out, &catalogue);
    choose::groups(&mut tables);
    let elsewhere = look.other_schemas().await?;
    session.rollback().await?;
    if tables.is_empty() {
        return Err(nothing(&left_out));
    }
    let questions = questions::gathered(tables.iter().map(|table| (table.name.as_str(), table.questions.as_slice())));
    let draft = Draft {
        text: write::file((name, schema), database, &tables, (&left_out, &elsewhere, &questions)),
        tables: tables.into_iter().map(|table| table.name).collect(),
        left_out,
        questions,
    };
    usable(&draft, &catalogue)?;
    Ok(draft)
}

fn nothing(left_out: &[(String, String)]) -> Error {
    match left_out.first() {
        None => Error::schema("the database has no tables").hint("Check --database."),
        Some((table, reason)) => {
            Error::schema("none of the database's tables can be carried").hint(format!("`{table}`: {reason}."))
        }
    }
}

/// Checks that the draft can be used as it is: a profile that could not be read back would only be found by its reader.
fn usable(draft: &Draft, catalogue: &[Table]) -> Result<()> {
    let profile = Profile::parse(&draft.text)?;
    let completed = Completed::join(&profile, catalogue);
    let nullable = |table: &str, column: &str| {
        let found = catalogue.iter().find(|base| base.name == table).and_then(|base| base.column(column));
        found.is_none_or(|column| column.nullable)
    };
    order(&completed, &nullable, &|_| true).map(|_| ())
}

/// Returns whether a table belongs to gapsync itself.
fn is_ours(table: &Table) -> bool {
    matches!(table.name.as_str(), "synchronizations")
        || table.name.starts_with("gapsync_")
        || table.name.starts_with("sync_import_")
}
