//! The privileges that each command needs, defined in one place. The check before a run, `gapsync check` and the README follow
//! it.

use crate::db::dialect::Dialect;
use crate::db::rights::Right::{Create, Delete, Drop, Insert, Select, Temporary, Update, Usage, Write};
use crate::db::rights::{Grants, Lacking, Object, On, Right, Rule, lacking, of_outsider};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::run::ledger;

use super::Context;

/// A command, as far as its privileges differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// `import`.
    Import,
    /// `import --dry-run`.
    DryRun,
    /// `export`.
    Export,
    /// `export --no-record`.
    ExportWithoutRecord,
    /// `fill-sync-hash`.
    FillSyncHash,
    /// `fill-sync-hash --check`.
    CheckSyncHash,
}

impl Command {
    /// All commands, in the order of the README.
    pub const ALL: [Self; 6] =
        [Self::Import, Self::DryRun, Self::Export, Self::ExportWithoutRecord, Self::FillSyncHash, Self::CheckSyncHash];

    /// Returns the command as typed.
    #[must_use]
    pub fn typed(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::DryRun => "import --dry-run",
            Self::Export => "export",
            Self::ExportWithoutRecord => "export --no-record",
            Self::FillSyncHash => "fill-sync-hash",
            Self::CheckSyncHash => "fill-sync-hash --check",
        }
    }

    /// Returns the privileges that the command needs on an engine.
    #[must_use]
    pub fn rules(self, dialect: Dialect) -> &'static [Rule] {
        const RUNS: &str = "synchronizations";
        const INSTALLATION: &str = "gapsync_installation";
        const LOCK: &str = "gapsync_lock";
        const CHECKPOINT: &str = "gapsync_checkpoint";
        const APPLIED: &str = "gapsync_applied";
        const GAP: &str = "gapsync_gap";
        const ROW: &[Right] = &[Select, Insert, Update, Delete];
        match (dialect, self) {
            (Dialect::Sqlite, Self::ExportWithoutRecord | Self::CheckSyncHash) => &[],
            (Dialect::Sqlite, _) => &[Rule(On::Database, &[Write])],
            (Dialect::Postgres, Self::Import) => &[
                Rule(On::Schema, &[Usage, Create]),
                Rule(On::Tables, &[Select, Insert, Update]),
                Rule(On::Sets, &[Delete]),
                Rule(On::Sequences, &[Usage, Update]),
                Rule(On::Own(RUNS), &[Select, Insert, Update]),
                Rule(On::OwnSequence(RUNS), &[Usage]),
                Rule(On::Own(LOCK), ROW),
                Rule(On::Own(CHECKPOINT), ROW),
                Rule(On::Own(APPLIED), &[Select, Insert]),
                Rule(On::Own(GAP), &[Select, Insert, Update]),
            ],
            (Dialect::Postgres, Self::DryRun) => &[
                Rule(On::Schema, &[Usage, Create]),
                Rule(On::Tables, &[Select]),
                Rule(On::Own(RUNS), &[Select]),
                Rule(On::Own(LOCK), ROW),
                Rule(On::Own(CHECKPOINT), ROW),
                Rule(On::Own(APPLIED), &[Select]),
                Rule(On::Own(GAP), &[Select]),
            ],
            (Dialect::Postgres, Self::Export) => &[
                Rule(On::Schema, &[Usage]),
                Rule(On::SchemaWithout(ledger::OF_EXPORT), &[Create]),
                Rule(On::Tables, &[Select]),
                Rule(On::Own(RUNS), &[Select, Insert, Update]),
                Rule(On::OwnSequence(RUNS), &[Usage]),
                Rule(On::Own(INSTALLATION), &[Select, Insert]),
                Rule(On::OwnIfThere(CHECKPOINT), &[Select]),
            ],
            (Dialect::Postgres, Self::ExportWithoutRecord) => &[
                Rule(On::Schema, &[Usage]),
                Rule(On::Tables, &[Select]),
                Rule(On::OwnIfThere(RUNS), &[Select]),
                Rule(On::OwnIfThere(INSTALLATION), &[Select]),
                Rule(On::OwnIfThere(CHECKPOINT), &[Select]),
            ],
            (Dialect::Postgres, Self::FillSyncHash) => &[
                Rule(On::Database, &[Temporary]),
                Rule(On::Schema, &[Usage]),
                Rule(On::Tables, &[Select, Update]),
                Rule(On::OwnIfThere(LOCK), ROW),
            ],
            (Dialect::Postgres, Self::CheckSyncHash) => &[Rule(On::Schema, &[Usage]), Rule(On::Tables, &[Select])],
            // Sync tables are ordinary tables, and no grant can apply to them alone.
            (Dialect::Mariadb, Self::Import) => &[
                Rule(On::Schema, &[Select, Insert, Update, Create, Drop]),
                Rule(On::Sets, &[Delete]),
                Rule(On::Own(LOCK), &[Delete]),
                Rule(On::Own(CHECKPOINT), &[Delete]),
            ],
            (Dialect::Mariadb, Self::DryRun) => &[
                Rule(On::Schema, &[Select, Insert, Update, Create, Drop]),
                Rule(On::Own(LOCK), &[Delete]),
                Rule(On::Own(CHECKPOINT), &[Delete]),
            ],
            (Dialect::Mariadb, Self::Export) => &[
                Rule(On::SchemaWithout(ledger::OF_EXPORT), &[Create]),
                Rule(On::Tables, &[Select]),
                Rule(On::Own(RUNS), &[Select, Insert, Update]),
                Rule(On::Own(INSTALLATION), &[Select, Insert]),
                Rule(On::OwnIfThere(CHECKPOINT), &[Select]),
            ],
            (Dialect::Mariadb, Self::ExportWithoutRecord) => &[
                Rule(On::Tables, &[Select]),
                Rule(On::OwnIfThere(RUNS), &[Select]),
                Rule(On::OwnIfThere(INSTALLATION), &[Select]),
                Rule(On::OwnIfThere(CHECKPOINT), &[Select]),
            ],
            (Dialect::Mariadb, Self::FillSyncHash) => &[
                Rule(On::Database, &[Temporary]),
                Rule(On::Tables, &[Select, Update]),
                Rule(On::OwnIfThere(LOCK), ROW),
            ],
            (Dialect::Mariadb, Self::CheckSyncHash) => &[Rule(On::Tables, &[Select])],
        }
    }

    /// Returns the statements of the README that grant what the command needs, for all tables. `place` is the schema on
    /// PostgreSQL and the database on MariaDB; the user's name is already quoted. Privileges that are needed only in a database
    /// without our own tables are omitted, because `init` creates them.
    #[must_use]
    pub fn statements(self, dialect: Dialect, place: &str, database: &str, user: &str) -> Vec<String> {
        let rules = self.rules(dialect);
        let everywhere = |on: On, right: Right| rules.iter().any(|rule| rule.0 == on && rule.1.contains(&right));
        let mut grants = Grants::default();
        for Rule(on, rights) in rules {
            for right in *rights {
                let whole =
                    everywhere(On::Tables, *right) || (dialect == Dialect::Mariadb && everywhere(On::Schema, *right));
                let object = match on {
                    On::Schema | On::Tables if dialect == Dialect::Mariadb => Object::Database(database.to_owned()),
                    On::Schema => Object::Schema(place.to_owned()),
                    On::Database => Object::Database(database.to_owned()),
                    On::Tables => Object::AllTables(place.to_owned()),
                    On::Sequences => Object::AllSequences(place.to_owned()),
                    On::Own(_) | On::OwnIfThere(_) if whole => continue,
                    On::Own(name) | On::OwnIfThere(name) => Object::Table(place.to_owned(), (*name).to_owned()),
                    On::OwnSequence(_) if everywhere(On::Sequences, *right) => continue,
                    On::OwnSequence(name) => Object::Sequence(place.to_owned(), format!("{name}_id_seq")),
                    // Not every profile has sets.
                    On::SchemaWithout(_) | On::Sets => continue,
                };
                grants.add(object, *right);
            }
        }
        grants.statements(dialect, user)
    }
}

/// Returns what the commands need together on an engine.
#[must_use]
pub fn rules(dialect: Dialect, commands: &[Command]) -> Vec<Rule> {
    commands.iter().flat_map(|command| command.rules(dialect)).copied().collect()
}

/// Checks that the user of a session has all the privileges that the commands need: before anything is created, and everything
/// that is missing at once.
///
/// # Errors
/// Why the session could not be opened; `Database`, with the statements for an administrator to run.
pub(super) async fn admitted(opened: Result<Session>, context: &Context, commands: &[Command]) -> Result<Session> {
    let rules = rules(context.database.dialect(), commands);
    match opened {
        Ok(mut session) => {
            let missing = lacking(&mut session, &context.database, &context.profile, &rules).await?;
            if missing.grants.is_empty() { Ok(session) } else { Err(refusal(&missing, context)) }
        }
        Err(error) => match of_outsider(&error, &context.database, &context.profile, &rules).await {
            Ok(Some(missing)) if !missing.grants.is_empty() => Err(refusal(&missing, context).because(error)),
            _ => Err(error),
        },
    }
}

/// Returns the error for a user without the necessary privileges.
fn refusal(missing: &Lacking, context: &Context) -> Error {
    let dialect = context.database.dialect();
    let statements = missing.grants.statements(dialect, &missing.user).join(" ");
    if dialect == Dialect::Sqlite {
        return Error::database("the database cannot be written to").hint(format!("To go on, {statements}."));
    }
    Error::database(format!("the user {} lacks rights that this command needs", missing.user)).hint(format!(
        "An administrator of the database grants them with: {statements} `gapsync check{}` prints them one per line.",
        context.run.again
    ))
}
