//! The statements of one table, out of a trace.

/// Clauses that begin a line of their own.
const CLAUSES: [&str; 14] = [
    " FROM ",
    " LEFT JOIN ",
    " JOIN ",
    " STRAIGHT_JOIN ",
    " WHERE ",
    " GROUP BY ",
    " ORDER BY ",
    " LIMIT ",
    " SET ",
    " VALUES ",
    " UNION ALL ",
    " SELECT ",
    " ON CONFLICT ",
    " RETURNING ",
];

/// Returns the statements of a trace that are about a table, each with its rows and on lines that can be read; one that was
/// sent before is left out.
pub(super) fn of_table(table: &str, tables: &[&str], trace: &str) -> String {
    let mut seen = Vec::new();
    let mut page = String::new();
    for statement in trace.split("-- session ").skip(1) {
        let Some((head, sql)) = statement.split_once('\n') else { continue };
        let sql = without_process(sql.trim_end());
        if subject(&sql, tables) != Some(table) || seen.contains(&sql) {
            continue;
        }
        let rows = head.split(": ").nth(1).and_then(|rest| rest.split(" in ").next()).unwrap_or_default();
        page.push_str(&format!("-- {rows}\n{}\n\n", broken(&sql)));
        seen.push(sql);
    }
    page
}

/// Returns the table that a statement is about, as a base table or as one of its sync tables: the one that a select reads
/// from, and the first that any other statement names.
fn subject<'s>(sql: &'s str, tables: &[&str]) -> Option<&'s str> {
    let named = if sql.starts_with("SELECT") { &sql[source(sql)..] } else { sql };
    let words = named.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let mut named = words.filter_map(|word| {
        let base = word.strip_prefix("sync_import_").and_then(|rest| rest.split("_PID").next());
        base.or_else(|| tables.contains(&word).then_some(word))
    });
    named.next()
}

/// Returns where a select's own FROM stands; the end where it has none.
fn source(sql: &str) -> usize {
    let mut depth = 0_i32;
    for (at, c) in sql.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && sql[at..].starts_with(" FROM ") => return at,
            _ => {}
        }
    }
    sql.len()
}

/// Returns a statement with `PID` in place of the process id in the names of sync tables.
fn without_process(sql: &str) -> String {
    let mut shown = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find("sync_import_") {
        let end = rest[at..].find(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(rest.len(), |end| at + end);
        let (name, raw) = match rest[at..end].strip_suffix("_raw") {
            Some(name) => (name, "_raw"),
            None => (&rest[at..end], ""),
        };
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
        shown.push_str(&rest[..at]);
        shown.push_str(&format!("{name}PID{raw}"));
        rest = &rest[end..];
    }
    shown + rest
}

/// Returns a statement with its clauses on lines of their own, deeper ones further in.
fn broken(sql: &str) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < sql.len() {
        let rest = &sql[at..];
        let inside = text.ends_with("DISTINCT") || text.ends_with("CHARACTER");
        if let Some(clause) = CLAUSES.iter().find(|clause| rest.starts_with(**clause)).filter(|_| !inside) {
            text.push_str(&format!("\n{}", "  ".repeat(depth)));
            text.push_str(clause.trim());
            at += clause.len() - 1;
            continue;
        }
        let c = rest.chars().next().unwrap();
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        text.push(c);
        at += c.len_utf8();
    }
    text
}
