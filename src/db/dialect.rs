//! What the three engines' SQL looks like; text only.

/// An engine's SQL.
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
    /// Returns the engine's name as files, options and pages show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
            Self::Mariadb => "mariadb",
        }
    }

    /// An identifier, quoted.
    #[must_use]
    pub fn ident(self, name: &str) -> String {
        match self {
            Self::Mariadb => format!("`{}`", name.replace('`', "``")),
            Self::Sqlite | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A text literal. Sessions are opened so that a backslash is an ordinary character in it. A statement with a NUL in it
    /// is refused by the session on SQLite and PostgreSQL, which cannot hold one in a literal.
    #[must_use]
    pub fn literal(self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    /// The database's clock in UTC as a neutral timestamp.
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

    /// Equality in which two NULLs are equal.
    #[must_use]
    pub fn null_safe_eq(self, left: &str, right: &str) -> String {
        match self {
            Self::Sqlite => format!("{left} IS {right}"),
            Self::Postgres => format!("{left} IS NOT DISTINCT FROM {right}"),
            Self::Mariadb => format!("{left} <=> {right}"),
        }
    }

    /// A value as the engine's own text.
    #[must_use]
    pub fn cast_text(self, expression: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST({expression} AS TEXT)"),
            Self::Postgres => format!("({expression})::text"),
            Self::Mariadb => format!("CAST({expression} AS CHAR CHARACTER SET utf8mb4)"),
        }
    }

    /// Longest identifier: bytes on PostgreSQL, characters on MariaDB; our own bound where SQLite has none.
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
