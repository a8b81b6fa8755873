//! Splits files of statements as MariaDB's own shell does.

/// Returns the statements of a file. `DELIMITER` lines change what ends a statement. A delimiter counts only at the end of
/// a line, so that a semicolon inside a text or comment does not.
pub(super) fn statements(file: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut delimiter = ";".to_owned();
    let mut statement = String::new();
    for line in file.lines() {
        if let Some(word) = delimiter_of(line) {
            delimiter = word.to_owned();
            continue;
        }
        // A comment between statements may end with the delimiter.
        if statement.is_empty() && (line.trim().is_empty() || line.trim_start().starts_with("--")) {
            continue;
        }
        match line.trim_end().strip_suffix(delimiter.as_str()) {
            Some(last) => {
                statement.push_str(last);
                statements.push(std::mem::take(&mut statement));
            }
            None => {
                statement.push_str(line);
                statement.push('\n');
            }
        }
    }
    if !statement.trim().is_empty() {
        statements.push(statement);
    }
    statements
}

fn delimiter_of(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    words.next().filter(|_| first.eq_ignore_ascii_case("DELIMITER"))
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn delimiters_change_what_ends_a_statement() {
        let file = "-- a comment;\nSELECT 1;\nCREATE TABLE t (\n  a int\n);\n\nDELIMITER //\nCREATE TRIGGER x\nBEGIN\n  SET a = 1;\nEND //\nDELIMITER ;\nSELECT ';' AS x;\nSELECT 2";
        assert_eq!(
            statements(file),
            [
                "SELECT 1",
                "CREATE TABLE t (\n  a int\n)",
                "CREATE TRIGGER x\nBEGIN\n  SET a = 1;\nEND ",
                "SELECT ';' AS x",
                "SELECT 2\n"
            ]
        );
    }
}
