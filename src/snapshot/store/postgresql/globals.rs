//! Roles that a restore makes, out of what `pg_dumpall --globals-only` has written. A role that exists stays as it is.

use std::collections::BTreeSet;

/// What is to be done with the roles of a snapshot.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) statements: Vec<String>,
    /// Roles that are made.
    pub(super) made: Vec<String>,
    /// Roles that exist, and stay as they are.
    pub(super) kept: Vec<String>,
    /// The first words of statements that nobody knows.
    pub(super) unknown: Vec<String>,
}

/// Makes a plan of a script for a server that has some roles.
pub(super) fn plan(script: &str, existing: &BTreeSet<String>) -> Plan {
    let mut plan = Plan::default();
    for statement in statements(script) {
        let all = words(&statement);
        let word = |at: usize| all.get(at).map_or("", |(text, _)| text.as_str());
        let name = |at: usize| all.get(at).map(|(text, _)| text.clone()).unwrap_or_default();
        // Where a word stands that is no name.
        let find = |wanted: &str| all.iter().position(|(text, quoted)| !quoted && text.eq_ignore_ascii_case(wanted));
        let is_new = |role: &str| !existing.contains(role);
        let behind = |wanted: &str| find(wanted).map(|at| name(at + 1)).unwrap_or_default();
        let run = match (word(0).to_ascii_uppercase().as_str(), word(1).to_ascii_uppercase().as_str()) {
            ("SET", _) => false,
            ("CREATE", "ROLE") => {
                let list = if is_new(word(2)) { &mut plan.made } else { &mut plan.kept };
                list.push(name(2));
                is_new(word(2))
            }
            ("ALTER", "ROLE") => is_new(word(2)),
            ("COMMENT", "ON") if word(2).eq_ignore_ascii_case("role") => is_new(word(3)),
            ("SECURITY", "LABEL") if find("ROLE").is_some() => is_new(&behind("ROLE")),
            // Tablespaces are folders of the other machine.
            ("CREATE" | "ALTER", "TABLESPACE") => false,
            _ if find("TABLESPACE").is_some() => false,
            ("GRANT", _) if find("ON").is_some() => is_new(&behind("TO")),
            ("GRANT", _) => is_new(word(1)) || is_new(&behind("TO")),
            _ => {
                plan.unknown.push(format!("{} {}", word(0), word(1)));
                false
            }
        };
        if run {
            plan.statements.push(statement);
        }
    }
    plan
}

/// Cuts a script into statements, without comments and the commands of psql.
fn statements(script: &str) -> Vec<String> {
    let (mut all, mut open) = (Vec::new(), String::new());
    let mut rest = script.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' if open.trim().is_empty() => while rest.next_if(|c| *c != '\n').is_some() {},
            '-' if rest.peek() == Some(&'-') => while rest.next_if(|c| *c != '\n').is_some() {},
            ';' => all.push(std::mem::take(&mut open).trim().to_owned()),
            '\'' | '"' => {
                let escapes = c == '\'' && open.ends_with(['E', 'e']);
                open.push(c);
                while let Some(inner) = rest.next() {
                    open.push(inner);
                    if inner == '\\' && escapes {
                        open.extend(rest.next());
                    } else if inner == c {
                        match rest.next_if_eq(&c) {
                            Some(doubled) => open.push(doubled),
                            None => break,
                        }
                    }
                }
            }
            c => open.push(c),
        }
    }
    all.into_iter().filter(|statement| !statement.is_empty()).collect()
}

/// Returns the words and names of a statement, and of each whether it was in double quotes. Texts are left out.
fn words(statement: &str) -> Vec<(String, bool)> {
    let (mut all, mut rest) = (Vec::new(), statement.chars().peekable());
    while let Some(c) = rest.next() {
        if c == '"' || c == '\'' {
            let mut text = String::new();
            while let Some(inner) = rest.next() {
                if inner == c && rest.next_if_eq(&c).is_none() {
                    break;
                }
                text.push(inner);
            }
            if c == '"' {
                all.push((text, true));
            }
        } else if c.is_alphanumeric() || c == '_' {
            let mut text = c.to_string();
            while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || "_$".contains(*c)) {
                text.push(c);
            }
            all.push((text, false));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_what_is_missing_is_made() {
        let script = "-- a; comment\n\\restrict abc\nSET client_encoding = 'UTF8';\n\
             CREATE ROLE old;\nALTER ROLE old WITH SUPERUSER PASSWORD 'SCRAM;x';\n\
             CREATE ROLE \"new; \"\"one\";\nALTER ROLE \"new; \"\"one\" WITH LOGIN PASSWORD 'it''s';\n\
             COMMENT ON ROLE old IS 'to ; new';\nALTER ROLE old SET work_mem TO '1MB';\n\
             COMMENT ON ROLE \"new; \"\"one\" IS E'a\\'; b';\n\
             CREATE ROLE other;\nGRANT old TO other WITH ADMIN OPTION GRANTED BY old;\nGRANT old TO older;\n\
             GRANT SET ON PARAMETER work_mem TO other;\nGRANT SET ON PARAMETER work_mem TO old;\n\
             CREATE TABLESPACE t OWNER other LOCATION '/x';\nGRANT ALL ON TABLESPACE t TO other;\n\
             FOO bar;\n\\unrestrict abc\n";
        let existing = ["old", "older"].map(str::to_owned).into();
        let found = plan(script, &existing);
        assert_eq!(found.made, ["new; \"one", "other"]);
        assert_eq!(found.kept, ["old"]);
        assert_eq!(found.unknown, ["FOO bar"]);
        assert_eq!(
            found.statements,
            [
                "CREATE ROLE \"new; \"\"one\"",
                "ALTER ROLE \"new; \"\"one\" WITH LOGIN PASSWORD 'it''s'",
                "COMMENT ON ROLE \"new; \"\"one\" IS E'a\\'; b'",
                "CREATE ROLE other",
                "GRANT old TO other WITH ADMIN OPTION GRANTED BY old",
                "GRANT SET ON PARAMETER work_mem TO other",
            ]
        );
    }
}
