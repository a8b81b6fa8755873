//! Rows that cannot have a hash, because they refer to a kind of object that the profile does not name, and rows that depend on
//! them. Users of a platform can define kinds of their own. Such rows are skipped and counted, and do not hold up anything.

use crate::db::dialect::Dialect;
use crate::model::completed::Completed;
use crate::model::profile::TableProfile;
use crate::model::schema::Table;
use crate::sync::none::null_if;

/// Returns the SQL condition that a row of `table` with the alias `row` cannot have a hash, or `None` if every row can.
pub(in crate::sync) fn is_stranger(
    dialect: Dialect,
    profile: &Completed,
    catalogue: &[Table],
    table: &TableProfile,
    row: &str,
) -> Option<String> {
    Strangers { dialect, profile, catalogue }.row(table, row, 0)
}

struct Strangers<'a> {
    dialect: Dialect,
    profile: &'a Completed,
    catalogue: &'a [Table],
}

impl Strangers<'_> {
    fn row(&self, table: &TableProfile, row: &str, depth: usize) -> Option<String> {
        // A key that refers back to its own table was refused when the order was computed.
        if depth > self.profile.tables.len() {
            return None;
        }
        let mut conditions = Vec::new();
        for field in &table.key {
            let id = null_if(&format!("{row}.{}", self.dialect.ident(field)), table.none(field));
            if let Some(reference) = table.polymorphic(field) {
                let code = format!("{row}.{}", self.dialect.ident(&reference.type_column));
                let codes = self.profile.codes(reference).iter().filter(|(_, parent)| self.is_there(parent));
                let mut known: Vec<String> = Vec::new();
                for (name, parent) in codes {
                    let name = self.dialect.literal(name);
                    if let Some(condition) = self.parent(parent, &id, depth) {
                        conditions.push(format!("({code} = {name} AND {condition})"));
                    }
                    known.push(name);
                }
                let unknown = if known.is_empty() {
                    String::new()
                } else {
                    format!(" AND ({code} IS NULL OR {code} NOT IN ({}))", known.join(", "))
                };
                conditions.push(format!("({id} IS NOT NULL{unknown})"));
            } else if let Some(parent) = table.references.get(field).filter(|parent| self.is_there(parent)) {
                conditions.extend(self.parent(parent, &id, depth));
            }
        }
        (!conditions.is_empty()).then(|| format!("({})", conditions.join(" OR ")))
    }

    fn parent(&self, name: &str, id: &str, depth: usize) -> Option<String> {
        let parent = self.profile.table(name)?;
        let alias = format!("gs_s{depth}");
        let condition = self.row(parent, &alias, depth + 1)?;
        Some(format!(
            "EXISTS (SELECT 1 FROM {} AS {alias} WHERE {alias}.{} = {id} AND {condition})",
            self.dialect.ident(name),
            self.dialect.ident(&parent.id),
        ))
    }

    fn is_there(&self, name: &str) -> bool {
        self.catalogue.iter().any(|table| table.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::Profile;

    #[test]
    fn only_tables_that_can_have_strangers_are_asked() {
        let profile = Profile::parse(include_str!("../../../sql/profiles/mini.toml")).unwrap();
        let table = |name: &str| Table { name: name.to_owned(), ..Table::default() };
        let catalogue: Vec<Table> = ["cities", "places", "things", "links"].map(table).into();
        let profile = Completed::without_catalogue(&profile);
        let asked = |name: &str| {
            is_stranger(Dialect::Sqlite, &profile, &catalogue, profile.table(name).unwrap(), "t").unwrap_or_default()
        };
        assert_eq!(asked("cities"), "");
        assert!(asked("links").contains("t.\"src_type\" NOT IN ('city', 'place', 'thing')"), "{}", asked("links"));
        assert!(
            asked("link_notes").starts_with("(EXISTS (SELECT 1 FROM \"links\" AS gs_s0 WHERE"),
            "{}",
            asked("link_notes")
        );
    }
}
