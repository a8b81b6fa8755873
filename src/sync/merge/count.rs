//! Numbers of rows that another table keeps: set for every row that an import touched, once everything else is written.

use super::{Action, Dialect, Merge};

/// A column with the number of a row's children.
#[derive(Clone, Debug)]
pub struct Counter {
    /// The base table with the column.
    pub base: String,
    /// Its id column.
    pub id: String,
    /// The column.
    pub column: String,
    /// Columns of the base table that an update would set to the current time (MariaDB).
    pub stamped: Vec<String>,
    /// Its resolved sync table, if the bundle has rows of it.
    pub sync: Option<String>,
    /// The base table of the children.
    pub children: String,
    /// Their reference to the row.
    pub by: String,
    /// The resolved sync table of the children and its column with the mapped reference, if the bundle has any.
    pub children_sync: Option<(String, String)>,
    /// The column there with the reference that an existing child had before, if it may change.
    pub left: Option<String>,
    /// Columns of the children → the texts with which they count.
    pub only: Vec<(String, Vec<String>)>,
    /// Whether an index finds the children of a row. Otherwise all of them are counted in one reading.
    pub indexed: bool,
}

/// Returns the column of a resolved table that keeps the reference of a base row: of [`MergeTable::counted`](super::MergeTable), the
/// one with this number.
#[must_use]
pub fn left(number: usize) -> String {
    format!("gs_left{number}")
}

impl Merge {
    /// Returns the statement that sets the numbers of the rows that were written or got children, or `None` if the bundle has
    /// neither. Repeating it changes nothing.
    #[must_use]
    pub fn set_count(&self, counter: &Counter) -> Option<String> {
        let (insert, update, removed) = (Action::Insert as u8, Action::Update as u8, Action::Removed as u8);
        let touched = |sync: &str, id: &str| {
            let changed = format!("gs_action IN ({insert}, {update}, {removed})");
            format!("SELECT {id} AS gs_id FROM {} WHERE {changed}", self.q(sync))
        };
        let rows = counter.sync.iter().map(|sync| touched(sync, "existing_id"));
        let children = counter.children_sync.iter().map(|(sync, mapped)| touched(sync, &self.q(mapped)));
        // A child that moved leaves a row that has one less.
        let left = counter.left.iter().zip(&counter.children_sync);
        let left = left.map(|(left, (sync, _))| touched(sync, left));
        let touched: Vec<String> = rows.chain(children).chain(left).collect();
        if touched.is_empty() {
            return None;
        }
        let (children, by) = (self.q(&counter.children), self.column("c", &counter.by));
        let only = |(column, texts): &(String, Vec<String>)| {
            let texts: Vec<String> = texts.iter().map(|text| self.dialect.literal(text)).collect();
            format!(" AND {} IN ({})", self.column("c", column), texts.join(", "))
        };
        let only: String = counter.only.iter().map(only).collect();
        let id = self.column("b", &counter.id);
        let mut source = format!("({}) AS t", touched.join(" UNION "));
        let number = if counter.indexed {
            format!("(SELECT count(*) FROM {children} AS c WHERE {by} = {id}{only})")
        } else {
            let all =
                format!("SELECT {by} AS gs_id, count(*) AS gs_count FROM {children} AS c WHERE 1=1{only} GROUP BY 1");
            source = format!("{source} LEFT JOIN ({all}) AS n ON n.gs_id = t.gs_id");
            "COALESCE(n.gs_count, 0)".to_owned()
        };
        let differs = match self.dialect {
            Dialect::Sqlite => format!("{} IS NOT {number}", self.column("b", &counter.column)),
            Dialect::Postgres => format!("{} IS DISTINCT FROM {number}", self.column("b", &counter.column)),
            Dialect::Mariadb => format!("NOT ({} <=> {number})", self.column("b", &counter.column)),
        };
        let mut set = vec![format!("{} = {number}", self.set_name("b", &counter.column))];
        set.extend(counter.stamped.iter().filter(|name| **name != counter.column).map(|name| self.kept(name)));
        let condition = format!("{id} = t.gs_id AND {differs}");
        Some(self.update_from((&self.q(&counter.base), "b"), &source, &set, &condition))
    }
}
