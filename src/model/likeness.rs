//! Recognises references by the names of columns, for databases that declare none.

/// Returns a name without its separators and in lower case, the one spelling in which names are compared: `last_update` and
/// `LastUpdate` are the same.
#[must_use]
pub fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Returns what a column seems to refer to, if its name is like that of a reference: `city` of `city_id`, `CityId` and `id_city`.
#[must_use]
pub fn referred(column: &str) -> Option<String> {
    let lower = column.to_ascii_lowercase();
    let (_, stem) = [
        (column.ends_with("Id"), lower.strip_suffix("id")),
        (true, lower.strip_suffix("_id")),
        (true, lower.strip_prefix("id_")),
    ]
    .into_iter()
    .find_map(|(is_so, stem)| Some((is_so.then_some(())?, stem?)))?;
    Some(plain(stem)).filter(|stem| !stem.is_empty())
}

/// Returns whether a table has the name of one of its rows, or its plural: `city` and `cities` are tables of a `city`.
#[must_use]
pub fn is_table_of(table: &str, row: &str) -> bool {
    let table = plain(table);
    let plural = |ending: &str| table.strip_suffix(ending) == Some(row);
    table == row
        || plural("s")
        || plural("es")
        || table.strip_suffix("ies").is_some_and(|stem| row.strip_suffix('y') == Some(stem))
}

#[cfg(test)]
mod tests {
    use super::{is_table_of, referred};

    #[test]
    fn references_are_recognised_in_their_usual_spellings() {
        for (column, table) in [
            ("city_id", "cities"),
            ("city_id", "city"),
            ("CityId", "City"),
            ("AlbumId", "Album"),
            ("id_city", "city"),
            ("class_id", "classes"),
            ("box_id", "boxes"),
            ("sharing_group_id", "sharing_groups"),
            ("category_id", "categories"),
        ] {
            let row = referred(column).unwrap_or_default();
            assert!(is_table_of(table, &row), "{column} {table}");
        }
        for column in ["paid", "id", "Id", "valid", "_id", "uuid"] {
            assert_eq!(referred(column), None, "{column}");
        }
        assert!(!is_table_of("organisations", "org") && !is_table_of("uses", "user"));
    }
}
