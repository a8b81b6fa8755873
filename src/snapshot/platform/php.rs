//! Reads plain values out of PHP files of arrays, without running them: what PHP would compute is left out.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A text in quotes.
    Text(String),
    /// A name, a variable or a number.
    Word(String),
    Arrow,
    Open,
    Close,
    Equals,
    /// What ends a value.
    End,
    Other,
}

/// Returns the texts and whole numbers of a file's arrays, by their keys with dots between them, after the name of the variable:
/// `config.MISP.attachments_dir`. A key that has several values has none.
pub(super) fn values(text: &str) -> BTreeMap<String, String> {
    let tokens = tokens(text);
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut open: Vec<Option<String>> = Vec::new();
    let mut key: Option<String> = None;
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).unwrap_or(&Token::End);
        match token {
            Token::Text(text) if *next == Token::Arrow => key = Some(text.clone()),
            Token::Word(name) if *next == Token::Equals && name.starts_with('$') => key = Some(name[1..].to_owned()),
            Token::Arrow | Token::Equals => {}
            Token::Word(name) if name == "array" && *next == Token::Open => {}
            Token::Open => open.push(key.take()),
            Token::Close => {
                open.pop();
                key = None;
            }
            Token::Text(value) | Token::Word(value) => {
                let number = value.chars().all(|c| c.is_ascii_digit());
                let plain = number || matches!(token, Token::Text(_));
                if let Some(key) = key.take().filter(|_| plain && matches!(next, Token::End | Token::Close)) {
                    let path: Vec<&str> = open.iter().flatten().map(String::as_str).chain([key.as_str()]).collect();
                    let entry = found.entry(path.join(".")).or_insert_with(|| Some(value.clone()));
                    if entry.as_ref() != Some(value) {
                        *entry = None;
                    }
                }
            }
            Token::End | Token::Other => key = None,
        }
    }
    found.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut rest = text.chars().peekable();
    let mut all = Vec::new();
    while let Some(c) = rest.next() {
        let token = match c {
            c if c.is_whitespace() => continue,
            '#' => {
                line(&mut rest);
                continue;
            }
            '/' if rest.next_if_eq(&'/').is_some() => {
                line(&mut rest);
                continue;
            }
            '/' if rest.next_if_eq(&'*').is_some() => {
                let mut before = ' ';
                for c in rest.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
                continue;
            }
            '\'' | '"' => quoted(&mut rest, c),
            '(' | '[' | '{' => Token::Open,
            ')' | ']' | '}' => Token::Close,
            ',' | ';' => Token::End,
            '=' if rest.next_if_eq(&'>').is_some() => Token::Arrow,
            '=' => Token::Equals,
            c if c.is_alphanumeric() || "_$".contains(c) => {
                let mut word = c.to_string();
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                Token::Word(word)
            }
            _ => Token::Other,
        };
        all.push(token);
    }
    all
}

/// Skips the rest of a line.
fn line(rest: &mut Peekable<Chars<'_>>) {
    rest.by_ref().find(|c| *c == '\n');
}

/// Reads a text to its end. One with variables or escapes that PHP would fill in is no plain one.
fn quoted(rest: &mut Peekable<Chars<'_>>, quote: char) -> Token {
    let (mut text, mut plain) = (String::new(), true);
    while let Some(c) = rest.next() {
        match c {
            c if c == quote => break,
            '\\' => match rest.next() {
                Some(c) if c == quote || c == '\\' => text.push(c),
                Some(c) => {
                    plain &= quote == '\'';
                    text.extend(['\\', c]);
                }
                None => break,
            },
            '$' if quote == '"' => plain = false,
            c => text.push(c),
        }
    }
    if plain { Token::Text(text) } else { Token::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_found_by_their_keys_and_computed_ones_are_not() {
        let text = r#"<?php
            // 'database' => 'no',
            class C { public $default = array('host' => 'localhost', # 'port' => 1
              'port' => 3306, 'database' => 'mi\'sp\n', 'password' => getenv('P'), 'prefix' => "", 'more' => 'a' . 'b'); }
            /* $config = ['x' => 'no']; */
            $config = array ('MISP' => array ('dir' => '/srv/f', 'live' => true, 'list' => ['a', 'b' => 'c']),
              "Jobs" => ['port' => 6379, 'host' => "h$x", 'twice' => 1], 'Jobs' => ['twice' => 2]);
            $config['late'] = 'x';"#;
        let found = values(text);
        let expected = [
            ("config.Jobs.port", "6379"),
            ("config.MISP.dir", "/srv/f"),
            ("config.MISP.list.b", "c"),
            ("default.database", "mi'sp\\n"),
            ("default.host", "localhost"),
            ("default.port", "3306"),
            ("default.prefix", ""),
        ];
        let own: Vec<(&str, &str)> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(own, expected);
        for cut in 0..text.len() {
            let _ = text.get(..cut).map(values);
        }
    }
}
