//! Names of rows of one table that an import has written, or to which a row refers that it has written.

use super::{Action, Merge, MergeTable};

impl Merge {
    /// Returns the select list and the rest of a statement with each name once, in order. `listed` is the base table whose rows are
    /// named, with its id and the column with the name; `written` has the tables with their columns that refer to it.
    #[must_use]
    pub fn changed_names(
        &self,
        (listed, id, name): (&str, &str, &str),
        written: &[(&MergeTable, Vec<&str>)],
    ) -> (Vec<String>, String) {
        let mut ways = Vec::new();
        for (table, references) in written {
            let rows = format!(
                "FROM {} AS r JOIN {} AS t ON {}",
                self.q(&table.sync),
                self.q(&table.base),
                self.is_base_of(table, "t")
            );
            let applied =
                format!("r.gs_action IN ({}, {}, {})", Action::Insert as u8, Action::Update as u8, Action::Fill as u8);
            if table.base == listed {
                ways.push(format!("SELECT {} AS gs_name {rows} WHERE {applied}", self.column("t", name)));
            }
            for column in references {
                ways.push(format!(
                    "SELECT {} AS gs_name {rows} JOIN {} AS b ON {} = {} WHERE {applied}",
                    self.column("b", name),
                    self.q(listed),
                    self.column("b", id),
                    self.column("t", column)
                ));
            }
        }
        (vec!["n.gs_name".to_owned()], format!("FROM ({}) AS n ORDER BY n.gs_name", ways.join(" UNION ")))
    }
}
