//! The statements for target and staging tables.

use super::sheet::staged_type;
use crate::db::hive::HiveVariant;
use crate::migrate::dates::Date;
use crate::migrate::mapping::{Kind, Output};
use crate::migrate::table::TargetTable;
use crate::model::schema::Column;

/// The comment by which a staging table of ours is known: that of its last column.
pub(super) const MARK: &str = "staged by gapsync";

/// The databases of a migration.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) variant: HiveVariant,
    /// The target database.
    pub(super) target: String,
    /// The staging database.
    pub(super) staging: String,
}

impl Names {
    /// Returns the quoted target database.
    pub(super) fn database(&self) -> String {
        self.variant.ident(&self.target)
    }

    /// Returns the quoted staging database.
    pub(super) fn staging_database(&self) -> String {
        self.variant.ident(&self.staging)
    }

    /// Returns the full name of a target table.
    pub(super) fn target(&self, table: &str) -> String {
        format!("{}.{}", self.database(), self.variant.ident(table))
    }

    /// Returns the full name of a staging table.
    pub(super) fn staged(&self, table: &TargetTable) -> String {
        format!("{}.{}", self.staging_database(), self.variant.ident(&table.staging_name()))
    }

    pub(super) fn create_database(&self) -> String {
        format!("CREATE DATABASE IF NOT EXISTS {}", self.database())
    }

    pub(super) fn create_staging_database(&self) -> String {
        format!("CREATE DATABASE IF NOT EXISTS {}", self.staging_database())
    }

    pub(super) fn drop_staging_database(&self) -> String {
        format!("DROP DATABASE IF EXISTS {}", self.staging_database())
    }

    /// Returns the statement that creates a target table, partitioned by day.
    pub(super) fn create_target(&self, output: &Output) -> String {
        let columns: Vec<String> = output
            .columns
            .iter()
            .map(|column| format!("    {} {}", self.variant.ident(&column.name), native(column.kind)))
            .collect();
        format!(
            "CREATE TABLE {} (\n{}\n) PARTITIONED BY (`y` SMALLINT, `m` TINYINT, `d` TINYINT) STORED AS PARQUET",
            self.target(&output.table),
            columns.join(",\n")
        )
    }

    /// Returns the statement that creates the staging table over the files of a folder.
    pub(super) fn create_staging(&self, table: &TargetTable, location: &str) -> String {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("{} {}", self.variant.ident(&column.name), staged_type(column)))
            .collect();
        format!(
            "CREATE EXTERNAL TABLE {} ({} COMMENT '{MARK}') STORED AS PARQUET LOCATION {}",
            self.staged(table),
            columns.join(", "),
            self.variant.literal(location)
        )
    }

    pub(super) fn drop_staging(&self, table: &TargetTable) -> String {
        format!("DROP TABLE IF EXISTS {}", self.staged(table))
    }

    /// Returns the statement that moves all staged rows into the partitions of their days.
    pub(super) fn insert(&self, table: &TargetTable) -> String {
        let day = ["y", "m", "d"].map(|name| self.variant.ident(name)).join(", ");
        format!(
            "INSERT INTO TABLE {} PARTITION ({day}) SELECT {}, {day} FROM {}",
            self.target(&table.name),
            self.values(table),
            self.staged(table)
        )
    }

    /// Returns the statement that moves the staged rows of a day into its partition, in place of what it has if `replace` is
    /// set. `alone` says that no other day is staged.
    pub(super) fn insert_day(&self, table: &TargetTable, day: Date, (replace, alone): (bool, bool)) -> String {
        let (year, month, of_month) = day;
        let word = if replace { "OVERWRITE" } else { "INTO" };
        let only = if alone { String::new() } else { format!(" WHERE {}", self.of_day(day)) };
        format!(
            "INSERT {word} TABLE {} PARTITION (`y`={year}, `m`={month}, `d`={of_month}) SELECT {} FROM {}{only}",
            self.target(&table.name),
            self.values(table),
            self.staged(table)
        )
    }

    /// Returns the statement that counts the rows of tables in some days: a row for each table, with its name and the count.
    pub(super) fn count<'a>(&self, tables: impl Iterator<Item = (&'a String, &'a Vec<Date>)>) -> String {
        let count = |(table, days): (&String, &Vec<Date>)| {
            let days: Vec<String> = days.iter().map(|day| format!("({})", self.of_day(*day))).collect();
            let name = self.variant.literal(table);
            format!("SELECT {name}, count(*) FROM {} WHERE {}", self.target(table), days.join(" OR "))
        };
        tables.map(count).collect::<Vec<_>>().join(" UNION ALL ")
    }

    fn of_day(&self, (year, month, day): Date) -> String {
        format!("`y` = {year} AND `m` = {month} AND `d` = {day}")
    }

    /// Returns the values of a staged row, without its day, each with the type of its column.
    fn values(&self, table: &TargetTable) -> String {
        let value = |column: &Column| {
            let name = self.variant.ident(&column.name);
            if staged_type(column).eq_ignore_ascii_case(&column.native) {
                name
            } else {
                format!("CAST({name} AS {})", column.native)
            }
        };
        table.plain().iter().map(value).collect::<Vec<_>>().join(", ")
    }
}

/// Returns the type that a table of ours has for values of a kind. Scores are doubles, because floats would change them.
pub(super) fn native(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "STRING",
        Kind::Int => "INT",
        Kind::Bigint => "BIGINT",
        Kind::Double => "DOUBLE",
    }
}
