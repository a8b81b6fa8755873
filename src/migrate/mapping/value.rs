//! The small language in which a mapping says where a column's value comes from, and which rows a table takes.
//!
//! ```text
//! value      column | path.NAME | 'text' | null | FUNCTION(value, …)
//! functions  replace(value, 'from', 'to')   replaces every occurrence
//!            iso(value)                     writes a date that begins the text with hyphens: 2017/1/4 becomes 2017-01-04
//!            epoch(value)                   seconds since 1970 of a date, with a time and a zone or without
//!            hour(value)                    the hour of a time of day, or of an hour alone
//!            minute(value)                  a number of minutes, 0 to 59
//!            lookup(NAME, value, default)   the value that a lookup has for a key
//! condition  test, joined by `and` and `or`; `and` binds tighter
//! test       value > N, <, >=, <=, =, <> N or 'text'; value is null; value is not null
//! ```

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A column of the file, by its index.
    Column(usize),
    /// A part of the file's path, by the name of its group.
    Path(String),
    /// The text itself.
    Text(String),
    /// No value.
    Null,
    /// The first value with each occurrence of the second text replaced by the third.
    Replace(Box<Value>, String, String),
    /// A function of one value.
    Call(Function, Box<Value>),
    /// What a lookup has for a key, else the default.
    Lookup {
        /// Name of the lookup.
        name: String,
        /// The key.
        key: Box<Value>,
        /// The value for a key that the lookup lacks.
        default: Box<Value>,
    },
}

/// A function of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Writes the date at the beginning with hyphens and two digits.
    Iso,
    /// Returns seconds since 1970.
    Epoch,
    /// Returns the hour of a time of day.
    Hour,
    /// Returns a number of minutes.
    Minute,
}

/// Which rows a table takes: one of the lists must hold as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition(pub Vec<Vec<Test>>);

/// A test of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The value.
    pub value: Value,
    /// What must hold for it.
    pub holds: Holds,
}

/// What must hold for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It is, or is not, missing.
    IsNull(bool),
    /// It compares like this with a number.
    Number(Comparison, i64),
    /// It is, or is not, this text.
    IsText(bool, String),
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Equal,
    /// Not equal.
    Unequal,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
}

impl Comparison {
    /// Returns whether the numbers compare like this.
    #[must_use]
    pub fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

/// Why a text of the language cannot be read: a whole sentence without a full stop.
pub type Reason = String;

/// Names that a text may use.
pub struct Names<'a> {
    /// Columns of the file.
    pub columns: &'a [String],
    /// Groups of the path.
    pub groups: &'a [String],
    /// Lookups of the mapping.
    pub lookups: &'a [String],
}

/// Parses a value.
///
/// # Errors
/// The reason.
pub fn value(text: &str, names: &Names<'_>) -> Result<Value, Reason> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, names };
    let value = parser.value()?;
    parser.end()?;
    Ok(value)
}

/// Parses a condition.
///
/// # Errors
/// The reason.
pub fn condition(text: &str, names: &Names<'_>) -> Result<Condition, Reason> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, names };
    let condition = parser.condition()?;
    parser.end()?;
    Ok(condition)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Number(i64),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("'{text}'"),
            Self::Number(number) => number.to_string(),
            Self::Sign(sign) => format!("`{sign}`"),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Reason> {
    const SIGNS: [&str; 9] = ["<>", "<=", ">=", "<", ">", "=", "(", ")", ","];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
        let length = if first == '\'' {
            let (text, length) = literal(rest).ok_or("a text is not closed by a `'`")?;
            tokens.push(Token::Text(text));
            length
        } else if first.is_ascii_digit() || first == '-' {
            let length = rest.char_indices().skip(1).find(|(_, next)| !word(*next)).map_or(rest.len(), |(at, _)| at);
            let number = rest[..length].parse().map_err(|_| format!("`{}` is not a whole number", &rest[..length]))?;
            tokens.push(Token::Number(number));
            length
        } else if word(first) {
            let length = rest.find(|next| !word(next)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
            length
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.ok_or_else(|| format!("`{first}` has no meaning here"))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// Reads the quoted text at the start, in which a quote is doubled. Returns it and the length of what was read.
fn literal(text: &str) -> Option<(String, usize)> {
    let mut read = String::new();
    let mut at = 1;
    loop {
        let end = at + text[at..].find('\'')?;
        read.push_str(&text[at..end]);
        if !text[end + 1..].starts_with('\'') {
            return Some((read, end + 1));
        }
        read.push('\'');
        at = end + 2;
    }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    names: &'a Names<'a>,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, token: &Token) -> bool {
        let found = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(found);
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Reason> {
        match self.next() {
            Some(Token::Sign(found)) if found == sign => Ok(()),
            Some(other) => Err(format!("there is {} where `{sign}` is expected", other.shown())),
            None => Err(format!("a `{sign}` is missing at the end")),
        }
    }

    fn end(&mut self) -> Result<(), Reason> {
        match self.next() {
            None => Ok(()),
            Some(token) => Err(format!("{} is one too many", token.shown())),
        }
    }

    fn value(&mut self) -> Result<Value, Reason> {
        match self.next() {
            None => Err("a value is missing at the end".to_owned()),
            Some(Token::Text(text)) => Ok(Value::Text(text)),
            Some(Token::Number(number)) => Ok(Value::Text(number.to_string())),
            Some(Token::Word(word)) if self.takes(&Token::Sign("(")) => self.call(&word),
            Some(Token::Word(word)) => self.name(&word),
            Some(other) => Err(format!("there is {} where a value is expected", other.shown())),
        }
    }

    fn name(&self, word: &str) -> Result<Value, Reason> {
        if word.eq_ignore_ascii_case("null") {
            return Ok(Value::Null);
        }
        if let Some(group) = word.strip_prefix("path.") {
            let known = self.names.groups.iter().any(|name| name == group);
            return if known {
                Ok(Value::Path(group.to_owned()))
            } else {
                Err(format!("`path` has no group `{group}`; a group is written (?<{group}>…)"))
            };
        }
        let found = self.names.columns.iter().position(|name| name == word);
        found.map(Value::Column).ok_or_else(|| format!("the file has no column `{word}`"))
    }

    fn call(&mut self, function: &str) -> Result<Value, Reason> {
        let value = match function {
            "replace" => {
                let value = Box::new(self.value()?);
                let from = self.text_argument()?;
                let to = self.text_argument()?;
                if from.is_empty() {
                    return Err("`replace` needs a text to replace".to_owned());
                }
                Value::Replace(value, from, to)
            }
            "iso" => Value::Call(Function::Iso, Box::new(self.value()?)),
            "epoch" => Value::Call(Function::Epoch, Box::new(self.value()?)),
            "hour" => Value::Call(Function::Hour, Box::new(self.value()?)),
            "minute" => Value::Call(Function::Minute, Box::new(self.value()?)),
            "lookup" => {
                let name = match self.next() {
                    Some(Token::Word(name)) if self.names.lookups.contains(&name) => name,
                    Some(Token::Word(name)) => return Err(format!("there is no [lookup.{name}]")),
                    _ => return Err("`lookup` needs the name of a lookup first".to_owned()),
                };
                self.expect(",")?;
                let key = Box::new(self.value()?);
                self.expect(",")?;
                Value::Lookup { name, key, default: Box::new(self.value()?) }
            }
            other => {
                return Err(format!(
                    "there is no function `{other}`; there are replace, iso, epoch, hour, minute and lookup"
                ));
            }
        };
        self.expect(")")?;
        Ok(value)
    }

    fn text_argument(&mut self) -> Result<String, Reason> {
        self.expect(",")?;
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            _ => Err("`replace` needs two texts in quotes after the value".to_owned()),
        }
    }

    fn condition(&mut self) -> Result<Condition, Reason> {
        let mut any = vec![vec![self.test()?]];
        loop {
            if self.takes_word("or") {
                any.push(vec![self.test()?]);
            } else if self.takes_word("and") {
                let test = self.test()?;
                any.last_mut().into_iter().for_each(|all| all.push(test.clone()));
            } else {
                return Ok(Condition(any));
            }
        }
    }

    fn test(&mut self) -> Result<Test, Reason> {
        let value = self.value()?;
        if self.takes_word("is") {
            let wanted = !self.takes_word("not");
            if !self.takes_word("null") {
                return Err("`is` must be followed by `null` or `not null`".to_owned());
            }
            return Ok(Test { value, holds: Holds::IsNull(wanted) });
        }
        let comparison = match self.next() {
            Some(Token::Sign("=")) => Comparison::Equal,
            Some(Token::Sign("<>")) => Comparison::Unequal,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::AtMost,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::AtLeast,
            _ => return Err("a condition compares a value (`sev > 0`) or asks whether it is null".to_owned()),
        };
        let holds = match (comparison, self.next()) {
            (_, Some(Token::Number(number))) => Holds::Number(comparison, number),
            (Comparison::Equal, Some(Token::Text(text))) => Holds::IsText(true, text),
            (Comparison::Unequal, Some(Token::Text(text))) => Holds::IsText(false, text),
            _ => return Err("a value is compared with a whole number, or by `=` and `<>` with a text".to_owned()),
        };
        Ok(Test { value, holds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(columns: &'a [String], groups: &'a [String]) -> Names<'a> {
        Names { columns, groups, lookups: &[] }
    }

    #[test]
    fn values_and_conditions_are_read() {
        let (columns, groups) = (["a".to_owned(), "b".to_owned()], ["ip".to_owned()]);
        let names = names(&columns, &groups);
        let replaced = Value::Replace(Box::new(Value::Path("ip".into())), "_".into(), "it's".into());
        assert_eq!(value("replace(path.ip, '_', 'it''s')", &names), Ok(replaced));
        assert_eq!(value(" epoch( b ) ", &names), Ok(Value::Call(Function::Epoch, Box::new(Value::Column(1)))));
        let test = |column, holds| Test { value: Value::Column(column), holds };
        let expected = Condition(vec![
            vec![test(0, Holds::Number(Comparison::Greater, 0)), test(1, Holds::IsNull(false))],
            vec![test(1, Holds::IsText(false, "x".into()))],
        ]);
        assert_eq!(condition("a > 0 and b is not null or b <> 'x'", &names), Ok(expected));
    }

    #[test]
    fn mistakes_have_reasons() {
        let (columns, groups) = (["a".to_owned()], []);
        let names = names(&columns, &groups);
        for (text, reason) in [
            ("", "a value is missing at the end"),
            ("b", "the file has no column `b`"),
            ("path.ip", "`path` has no group `ip`; a group is written (?<ip>…)"),
            ("'a", "a text is not closed by a `'`"),
            ("a b", "`b` is one too many"),
            ("upper(a)", "there is no function `upper`; there are replace, iso, epoch, hour, minute and lookup"),
            ("hour(a", "a `)` is missing at the end"),
            ("lookup(code, a, '')", "there is no [lookup.code]"),
            ("a; drop", "`;` has no meaning here"),
        ] {
            assert_eq!(value(text, &names).unwrap_err(), reason, "{text}");
        }
        for text in ["a", "a >", "a > 'x'", "a is", "a > 0 and", "a = b"] {
            assert!(condition(text, &names).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([a-z.]{0,4}|[0-9-]{1,3}|'|[(),<>=]| |or|and|is null|\\PC){0,12}") {
            let (columns, groups) = (["a".to_owned()], []);
            let _ = value(&text, &names(&columns, &groups));
            let _ = condition(&text, &names(&columns, &groups));
        }
    }
}
