//! Writes the parts of SQL in which Impala and Hive differ. Needs no connection.

/// A variant of SQL: Impala's, or Hive's, which Spark's server understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiveVariant {
    /// Impala.
    Impala,
    /// Hive and Spark.
    Hive,
}

impl HiveVariant {
    /// Returns the variant's name as used in addresses and pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Impala => "impala",
            Self::Hive => "hive",
        }
    }

    /// Quotes an identifier. A backtick in it, which Impala has no way to write, is doubled.
    #[must_use]
    pub fn ident(self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    /// Quotes a text literal. A backslash escapes, on both.
    #[must_use]
    pub fn literal(self, text: &str) -> String {
        let mut literal = String::with_capacity(text.len() + 2);
        literal.push('\'');
        for c in text.chars() {
            match c {
                '\'' | '\\' => literal.extend(['\\', c]),
                '\n' => literal.push_str("\\n"),
                '\r' => literal.push_str("\\r"),
                '\t' => literal.push_str("\\t"),
                '\0' => literal.push_str("\\0"),
                _ => literal.push(c),
            }
        }
        literal.push('\'');
        literal
    }

    /// Returns the statements that begin every session. Hive and Spark refuse an insert that finds all its partitions by
    /// itself unless they are told otherwise.
    #[must_use]
    pub fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Impala => &[],
            Self::Hive => &["set hive.exec.dynamic.partition=true", "set hive.exec.dynamic.partition.mode=nonstrict"],
        }
    }

    /// Returns the statement after which a quoted table shows files that others have put into its folder, if one is needed:
    /// Impala remembers which files there are.
    #[must_use]
    pub fn refresh(self, table: &str) -> Option<String> {
        match self {
            Self::Impala => Some(format!("REFRESH {table}")),
            Self::Hive => None,
        }
    }

    /// Returns the statement by which an engine writes several partitions of a table at once, for a session.
    ///
    /// Spark sorts the rows of an INSERT by partition otherwise; beyond that many partitions it still does. Hive takes the
    /// setting and does not know it.
    #[must_use]
    pub fn unsorted(self) -> Option<&'static str> {
        match self {
            Self::Hive => Some("SET spark.sql.maxConcurrentOutputFileWriters=8"),
            Self::Impala => None,
        }
    }

    /// Returns the statement after which a quoted table that another program has created or changed is known, if one is needed.
    #[must_use]
    pub fn invalidate(self, table: &str) -> Option<String> {
        match self {
            Self::Impala => Some(format!("INVALIDATE METADATA {table}")),
            Self::Hive => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(HiveVariant::Hive.ident("a`b"), "`a``b`");
        assert_eq!(HiveVariant::Impala.literal("it's\\\t\n\0"), "'it\\'s\\\\\\t\\n\\0'");
        assert_eq!(HiveVariant::Impala.refresh("`t`").as_deref(), Some("REFRESH `t`"));
        assert_eq!(HiveVariant::Hive.invalidate("`t`"), None);
    }
}
