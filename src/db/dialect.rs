//! Writes the parts of SQL in which the three engines differ. Needs no connection.

/// The SQL of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB and MySQL.
    Mariadb,
}

impl Dialect {
    /// Returns the engine's name as used in files, options and pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
            Self::Mariadb => "mariadb",
        }
    }

    /// Returns whether a transaction can take back the tables that it creates and drops. Elsewhere each such statement commits.
    #[must_use]
    pub fn rolls_back_ddl(self) -> bool {
        match self {
            Self::Sqlite | Self::Postgres => true,
            Self::Mariadb => false,
        }
    }

    /// Returns whether only one session can write at a time, so that work side by side gains nothing, and a session that waits
    /// for the others cannot report that it lives.
    #[must_use]
    pub fn has_one_writer(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres | Self::Mariadb => false,
        }
    }

    /// Returns whether a commit costs so much that several pieces of work are gathered in one: on SQLite it rewrites every page
    /// that was touched.
    #[must_use]
    pub fn gathers_commits(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres | Self::Mariadb => false,
        }
    }

    /// Returns whether several sessions load one table faster than one does. On PostgreSQL a table that one session creates is
    /// not there for others until all its rows are.
    #[must_use]
    pub fn shares_loading(self) -> bool {
        match self {
            Self::Mariadb => true,
            Self::Sqlite | Self::Postgres => false,
        }
    }

    /// Returns whether a column holds only values of its type. Where it does not, anything may be in the place of a date.
    #[must_use]
    pub fn keeps_types(self) -> bool {
        match self {
            Self::Sqlite => false,
            Self::Postgres | Self::Mariadb => true,
        }
    }

    /// Returns whether the engine itself can compute an MD5, in a trigger too.
    #[must_use]
    pub fn computes_hashes(self) -> bool {
        match self {
            Self::Sqlite => false,
            Self::Postgres | Self::Mariadb => true,
        }
    }

    /// Quotes an identifier.
    #[must_use]
    pub fn ident(self, name: &str) -> String {
        match self {
            Self::Mariadb => format!("`{}`", name.replace('`', "``")),
            Self::Sqlite | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// Quotes a text literal. In our sessions a backslash inside it is an ordinary character. SQLite and PostgreSQL cannot
    /// represent NUL in a literal, so their sessions refuse a statement that contains one.
    #[must_use]
    pub fn literal(self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    /// Returns the expression for the current UTC time as a neutral timestamp.
    #[must_use]
    pub fn now_sql(self) -> &'static str {
        match self {
            Self::Sqlite => "replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')",
            Self::Postgres => {
                "replace(to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '.000000', '')"
            }
            Self::Mariadb => "replace(date_format(utc_timestamp(6), '%Y-%m-%d %H:%i:%s.%f'), '.000000', '')",
        }
    }

    /// Compares two expressions so that NULL equals NULL.
    #[must_use]
    pub fn null_safe_eq(self, left: &str, right: &str) -> String {
        match self {
            Self::Sqlite => format!("{left} IS {right}"),
            Self::Postgres => format!("{left} IS NOT DISTINCT FROM {right}"),
            Self::Mariadb => format!("{left} <=> {right}"),
        }
    }

    /// Converts a value to the engine's own text.
    #[must_use]
    pub fn cast_text(self, expression: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST({expression} AS TEXT)"),
            Self::Postgres => format!("({expression})::text"),
            Self::Mariadb => format!("CAST({expression} AS CHAR CHARACTER SET utf8mb4)"),
        }
    }

    /// Returns the length limit of an identifier, in bytes on PostgreSQL and characters on MariaDB. SQLite has none, so the
    /// limit there is our own.
    #[must_use]
    pub fn max_ident_len(self) -> usize {
        match self {
            Self::Postgres => 63,
            Self::Mariadb => 64,
            Self::Sqlite => 128,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(Dialect::Mariadb.ident("a`b\"c"), "`a``b\"c`");
        assert_eq!(Dialect::Postgres.ident("a`b\"c"), "\"a`b\"\"c\"");
        assert_eq!(Dialect::Sqlite.literal("it's \\ here"), "'it''s \\ here'");
    }
}
