//! The version of a platform's schema: both sides must have the same, because a bundle's rows mean what the platform's version says
//! that they mean.

use crate::db::session::Session;
use crate::error::{Error, Result, escape};
use crate::model::neutral::NeutralType;
use crate::model::profile::Profile;
use crate::model::schema::Table;
use crate::model::selection::VersionRule;

/// Reads the version where the profile says it is. Returns `None` if the profile says nothing.
///
/// # Errors
/// `Schema` if the database does not say its version, or it is too low; `Database`.
pub(super) async fn read(session: &mut Session, catalogue: &[Table], profile: &Profile) -> Result<Option<String>> {
    let Some(rule) = &profile.version else { return Ok(None) };
    let dialect = session.dialect();
    let base = catalogue.iter().find(|table| table.name == rule.table);
    let base = base.ok_or_else(|| unknown(rule, "the table is missing, or this user may not read it"))?;
    if let Some(column) = std::iter::once(&rule.column).chain(rule.at.keys()).find(|name| base.column(name).is_none()) {
        return Err(unknown(rule, "the table lacks a column").at_column(column));
    }
    let mut conditions = vec![format!("{} IS NOT NULL", dialect.ident(&rule.column))];
    for (column, value) in &rule.at {
        let value = value.to_string();
        let is_number = base.column(column).is_some_and(|column| column.neutral == NeutralType::Integer);
        let literal = match value.parse::<i64>() {
            Ok(number) if is_number => number.to_string(),
            _ => dialect.literal(&value),
        };
        conditions.push(format!("{} = {literal}", dialect.ident(column)));
    }
    let statement = format!(
        "SELECT {} FROM {} WHERE {} LIMIT 2",
        dialect.cast_text(&dialect.ident(&rule.column)),
        dialect.ident(&rule.table),
        conditions.join(" AND ")
    );
    let mut found = session.cells(&statement).await.map_err(|error| error.at_table(&rule.table))?.into_iter();
    let version = match (found.next(), found.next()) {
        (Some(version), None) => version,
        (None, _) => return Err(unknown(rule, "no row of the table has it")),
        (Some(_), Some(_)) => return Err(unknown(rule, "several rows of the table have one")),
    };
    if let Some(min) = rule.min
        && version.trim().parse::<i64>().map_or(true, |number| number < min)
    {
        let shown = escape::line(&version);
        return Err(Error::schema(format!(
            "the platform's schema has version {shown}; the profile is for {min} and above"
        ))
        .at_table(&rule.table)
        .hint("Update the platform, or use a profile for its version."));
    }
    Ok(Some(version))
}

/// Refuses a bundle from a platform of another version.
///
/// # Errors
/// `Schema` with both versions.
pub(super) fn require_same(bundle: Option<&str>, own: Option<&str>) -> Result<()> {
    let shown =
        |version: Option<&str>| version.map_or_else(|| "none".to_owned(), |version| escape::line(version).into_owned());
    if bundle == own {
        return Ok(());
    }
    Err(Error::schema(format!(
        "the platform's schema has version {} where the bundle was made, and {} here",
        shown(bundle),
        shown(own)
    ))
    .hint("Update the platform of one side, so that both have the same version, and export again."))
}

fn unknown(rule: &VersionRule, why: &str) -> Error {
    Error::schema(format!("the version of the platform's schema cannot be found: {why}"))
        .at_table(&rule.table)
        .hint("Check --database, and `[version]` in the profile.")
}
