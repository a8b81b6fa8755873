//! Cuts CQL into tokens, so that a keyspace can be renamed where it is named and nowhere else.

use crate::error::{Error, Result};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space or a comment.
    Blank,
    /// A string, or the body of a function between `$$`.
    Text,
    /// A name in double quotes.
    Quoted,
    /// A name, a keyword or a number.
    Word,
    /// Any other character.
    Sign,
}

/// A token, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
}

impl Token {
    /// Returns whether it is this keyword or sign.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.text.eq_ignore_ascii_case(text)
    }

    /// Returns the name that it stands for: names without quotes are lower case.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_ascii_lowercase()),
            Kind::Quoted => Some(self.text[1..self.text.len() - 1].replace("\"\"", "\"")),
            _ => None,
        }
    }
}

/// Returns a name in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a string in quotes.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Cuts a script into its statements, each without the semicolon. What is only blank is no statement.
///
/// # Errors
/// `Damaged` if a string, a quoted name or a comment does not end.
pub(super) fn statements(script: &str) -> Result<Vec<Vec<Token>>> {
    let (mut done, mut open, mut rest) = (Vec::new(), Vec::new(), script);
    while !rest.is_empty() {
        let (kind, length) =
            next(rest).ok_or_else(|| Error::damaged("a string or a comment of the schema does not end"))?;
        let (text, behind) = rest.split_at(length);
        rest = behind;
        if kind == Kind::Sign && text == ";" {
            done.push(std::mem::take(&mut open));
        } else {
            open.push(Token { kind, text: text.to_owned() });
        }
    }
    done.push(open);
    done.retain(|statement| statement.iter().any(|token| token.kind != Kind::Blank));
    Ok(done)
}

/// Returns the kind of the first token of a text that is not empty and how many bytes it has, or `None` if it does not end.
fn next(text: &str) -> Option<(Kind, usize)> {
    let first = text.chars().next()?;
    let run = |matches: &dyn Fn(char) -> bool| text.find(|c| !matches(c)).unwrap_or(text.len());
    let until = |begin: usize, end: &str| text[begin..].find(end).map(|at| begin + at + end.len());
    Some(match first {
        _ if text.starts_with("--") || text.starts_with("//") => (Kind::Blank, text.find('\n').unwrap_or(text.len())),
        _ if text.starts_with("/*") => (Kind::Blank, until(2, "*/")?),
        _ if text.starts_with("$$") => (Kind::Text, until(2, "$$")?),
        '\'' => (Kind::Text, quote(text, '\'')?),
        '"' => (Kind::Quoted, quote(text, '"')?),
        c if c.is_whitespace() => (Kind::Blank, run(&char::is_whitespace)),
        c if is_word(c) => (Kind::Word, run(&is_word)),
        c => (Kind::Sign, c.len_utf8()),
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of a text in quotes; two quotes inside stand for one.
fn quote(text: &str, mark: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += text[at..].find(mark)? + 1;
        if !text[at..].starts_with(mark) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_comments_and_bodies_are_one_token() {
        let script = "CREATE TABLE k.\"a;\"\"b\" (x text) WITH comment = 'it''s; k.x' -- k.x;\n;/* ; */\n\
                      CREATE FUNCTION k.f() AS $$ return 'a;'; $$;  ";
        let found = statements(script).unwrap();
        assert_eq!(found.len(), 2);
        let texts: Vec<&str> =
            found.iter().flatten().filter(|t| matches!(t.kind, Kind::Text | Kind::Quoted)).map(|t| &*t.text).collect();
        assert_eq!(texts, ["\"a;\"\"b\"", "'it''s; k.x'", "$$ return 'a;'; $$"]);
        assert_eq!(found[0].iter().find(|token| token.kind == Kind::Quoted).unwrap().name().unwrap(), "a;\"b");
        let again: String = found.iter().flatten().map(|token| token.text.as_str()).collect();
        assert_eq!(again, script.replacen("\n;/*", "\n/*", 1).replace("$$;  ", "$$"));
        for open in ["'a", "\"a\"\"", "/* a", "$$ a"] {
            assert!(statements(open).is_err(), "{open}");
        }
        assert_eq!((quoted("a\"b"), literal("a'b")), ("\"a\"\"b\"".to_owned(), "'a''b'".to_owned()));
    }
}
