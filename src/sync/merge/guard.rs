//! Rows of the target that are its own, and rows that belong to them.

use super::{Action, Merge, MergeTable, Pivot};

/// How to tell that a base row is the target's own.
#[derive(Clone, Debug)]
pub struct Guarding {
    /// Its table.
    pub table: String,
    /// The table's id column.
    pub id: String,
    /// The column of the mark, and its text in the target's own rows.
    pub mark: Option<(String, String)>,
    /// The reference to the row that it belongs to, and how to tell of that one.
    pub follows: Option<(String, Box<Self>)>,
}

impl Merge {
    /// Returns the SQL condition that a base row is the target's own or belongs to such a row. It may be NULL.
    pub(super) fn owned(&self, guard: &Guarding, row: &str, depth: usize) -> String {
        let mark = guard.mark.as_ref();
        let marked =
            mark.map(|(column, text)| format!("{} = {}", self.column(row, column), self.dialect.literal(text)));
        let follows = guard.follows.as_ref().map(|(column, to)| self.owned_at(to, &self.column(row, column), depth));
        let ways: Vec<String> = marked.into_iter().chain(follows).collect();
        format!("({})", ways.join(" OR "))
    }

    /// Returns the SQL condition that the base row with an id is the target's own or belongs to such a row.
    fn owned_at(&self, guard: &Guarding, id: &str, depth: usize) -> String {
        let row = format!("gs_g{depth}");
        format!(
            "EXISTS (SELECT 1 FROM {} AS {row} WHERE {} = {id} AND {})",
            self.q(&guard.table),
            self.column(&row, &guard.id),
            self.owned(guard, &row, depth + 1),
        )
    }

    /// Returns SQL for a raw row `s` and its base row `b`: 1 if the row is to be left alone because of the target's own rows.
    /// `parent` is the pivot by which the row follows another, with its alias and the SQL of its id on the target.
    pub(super) fn guarded(&self, guard: &Guarding, parent: Option<(&Pivot, &str, &str)>) -> String {
        let Some((column, to)) = &guard.follows else {
            return format!("CASE WHEN {} THEN 1 ELSE 0 END", self.owned(guard, "b", 0));
        };
        let mut ways = Vec::new();
        if let Some((pivot, alias, id)) = parent {
            let there = self.owned_at(to, id, 0);
            ways.push(match pivot.joined() {
                // The row may belong to a row of the bundle that stays out itself. What became of a known row nobody has said.
                Some(_) => format!(
                    "{alias}.gs_action = {} OR (COALESCE({alias}.gs_action, {known}) = {known} AND {there})",
                    Action::Guarded as u8,
                    known = Action::Known as u8,
                ),
                None => there,
            });
            // Nor does a row that is the target's own go over to another.
            let moves = format!("NOT ({})", self.dialect.null_safe_eq(&self.column("b", column), id));
            ways.push(format!("({moves} AND {})", self.owned_at(to, &self.column("b", column), 0)));
        }
        if let Some(mark) = &guard.mark {
            let own = Guarding { follows: None, mark: Some(mark.clone()), ..guard.clone() };
            ways.push(self.owned(&own, "b", 0));
        }
        format!("CASE WHEN {} THEN 1 ELSE 0 END", ways.join(" OR "))
    }

    /// Returns the SQL condition, to be added to others, that a base row `b` has not become the target's own since the table was
    /// resolved.
    pub(super) fn still_free(&self, table: &MergeTable) -> String {
        let mark = table.guard.as_ref().and_then(|guard| guard.mark.as_ref());
        mark.map_or_else(String::new, |(column, text)| {
            let mark = self.column("b", column);
            format!(" AND ({mark} IS NULL OR {mark} <> {})", self.dialect.literal(text))
        })
    }
}
