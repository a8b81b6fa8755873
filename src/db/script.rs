//! Cuts a MariaDB script into statements, as the `mariadb` client does; the server takes one statement at a time.

/// The statements of a script, without their delimiters; comments between statements are dropped.
///
/// Knows what the client knows: `DELIMITER` lines, quotes of three kinds, the comments `-- `, `#` and `/* */`. A quote is
/// doubled to stand for itself; a backslash escapes nothing, because our sessions set NO_BACKSLASH_ESCAPES.
#[must_use]
pub fn statements(script: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let mut delimiter = ";";
    let mut rest = script;
    loop {
        rest = skip_blank(rest);
        if rest.is_empty() {
            return statements;
        }
        if let Some(line) = delimiter_line(rest) {
            let (line, after) = line.split_once('\n').unwrap_or((line, ""));
            delimiter = line.trim();
            rest = after;
            continue;
        }
        let end = end_of_statement(rest, delimiter);
        statements.push(rest[..end].trim_end());
        rest = rest[end..].strip_prefix(delimiter).unwrap_or("");
    }
}

/// What follows the word on a `DELIMITER` line.
fn delimiter_line(text: &str) -> Option<&str> {
    const WORD: &str = "delimiter";
    let (word, after) = text.split_at_checked(WORD.len())?;
    (word.eq_ignore_ascii_case(WORD) && after.starts_with([' ', '\t'])).then_some(after)
}

/// The text after white space and comments.
fn skip_blank(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        match comment(text) {
            // What stands in `/*! */` is run.
            Some(length) if !text.starts_with("/*!") => text = &text[length..],
            _ => return text,
        }
    }
}

/// Length of the comment that the text begins with.
fn comment(text: &str) -> Option<usize> {
    let upto = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    if text.starts_with("-- ") || text.starts_with("--\n") || text.starts_with('#') {
        Some(upto("\n"))
    } else if text.starts_with("/*") {
        Some(upto("*/"))
    } else {
        None
    }
}

fn end_of_statement(text: &str, delimiter: &str) -> usize {
    let mut at = 0;
    while at < text.len() {
        let here = &text[at..];
        if here.starts_with(delimiter) {
            return at;
        }
        let first = here.chars().next().expect("not at the end");
        at += match first {
            '\'' | '"' | '`' => here[1..].find(first).map_or(here.len(), |end| end + 2),
            _ => comment(here).unwrap_or(first.len_utf8()),
        };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_the_delimiter_of_the_moment() {
        let script = "-- one; comment\nSELECT ';', \"it''s;\", `a;b`; # two;\nDELIMITER //\nCREATE TRIGGER t BEGIN\n  \
                      a; -- not // here\n b;\nEND//\n\ndelimiter ;\n/* ; */ SELECT 2 ;\n";
        let statements = statements(script);
        assert_eq!(statements.len(), 3, "{statements:?}");
        assert_eq!(statements[0], "SELECT ';', \"it''s;\", `a;b`");
        assert!(statements[1].starts_with("CREATE TRIGGER t") && statements[1].ends_with("END"));
        assert_eq!(statements[2], "SELECT 2");
    }

    #[test]
    fn the_last_statement_may_lack_its_delimiter() {
        assert_eq!(statements("SELECT 1;\nSELECT 'é"), ["SELECT 1", "SELECT 'é"]);
        assert_eq!(statements(" -- nothing"), [""; 0]);
    }

    #[test]
    fn the_shipped_schemas_are_cut_into_single_statements() {
        for script in [include_str!("../../sql/mariadb/mini.sql"), include_str!("../../sql/mariadb/ledger.sql")] {
            for statement in statements(script) {
                let known = ["SET NAMES", "CREATE TABLE", "CREATE TRIGGER", "ALTER TABLE"];
                assert!(known.iter().any(|word| statement.starts_with(word)), "{statement}");
            }
        }
    }
}
