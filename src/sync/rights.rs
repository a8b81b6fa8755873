//! What each command needs: the one place that knows. The check before a run, `gapsync check` and the README follow it.

use crate::db::dialect::Dialect;
use crate::db::rights::Right::{Create, Delete, Drop, Insert, Select, Temporary, Update, Usage, Write};
use crate::db::rights::{Grants, Lacking, Object, On, Right, Rule, lacking, of_outsider};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::run::ledger;

use super::Context;

/// What a user asks for.
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
    /// All of them, in the order of the README.
    pub const ALL: [Self; 6] =
        [Self::Import, Self::DryRun, Self::Export, Self::ExportWithoutRecord, Self::FillSyncHash, Self::CheckSyncHash];

    /// Returns the command as it is typed.
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

    /// Returns what the command needs on an engine.
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
            // Sync tables are tables like any other, and no grant holds for them alone.
            (Dialect::Mariadb, Self::Import | Self::DryRun) => &[
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

    /// Returns the statements that give a user what the command needs, in words that hold for every table: those of the
    /// README. `place` is the schema on PostgreSQL and the database on MariaDB; the user's name is quoted already. A right
    /// that only a database without our own tables asks for is left out, because `init` makes them.
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
                    On::SchemaWithout(_) => continue,
                };
                grants.add(object, *right);
            }
        }
        grants.statements(dialect, user)
    }
}

/// Returns what the commands need on an engine, together.
#[must_use]
pub fn rules(dialect: Dialect, commands: &[Command]) -> Vec<Rule> {
    commands.iter().flat_map(|command| command.rules(dialect)).copied().collect()
}

/// Takes a session that was opened for commands, and makes sure that its user has all the rights that they need: before
/// anything is made, and all that is missing at once.
///
/// # Errors
/// Why it could not be opened; `Database`, with the statements that an administrator is to run.
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

/// The error of a user who lacks rights.
fn refusal(missing: &Lacking, context: &Context) -> Error {
    let dialect = context.database.dialect();
    let statements = missing.grants.statements(dialect, &missing.user).join(" ");
    if dialect == Dialect::Sqlite {
        return Error::database("the database cannot be written to").hint(format!("To go on, {statements}."));
    }
    Error::database(format!("the user {} lacks rights that this command needs", missing.user)).hint(format!(
        "An administrator of the database gives them with: {statements} `gapsync check{}` shows them one below the other.",
        context.run.again
    ))
}
