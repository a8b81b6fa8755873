//! The schema of a keyspace: the statements that make it, under the name that it gets.
//!
//! They come from a bundle, so only those that make parts of a schema are taken, and only if each names the keyspace that it
//! belongs to: none can reach another one.

use super::cql::{self, Kind, Token, quoted};
use crate::error::{Error, Result, escape};

/// What statements may begin with.
const KNOWN: [&[&str]; 8] = [
    &["CREATE", "TYPE"],
    &["CREATE", "TABLE"],
    &["ALTER", "TABLE"],
    &["CREATE", "INDEX"],
    &["CREATE", "CUSTOM", "INDEX"],
    &["CREATE", "FUNCTION"],
    &["CREATE", "AGGREGATE"],
    &["CREATE", "MATERIALIZED", "VIEW"],
];

/// Options that Cassandra 3.11 has, and no later version.
const OLD_OPTIONS: [&str; 2] = ["read_repair_chance", "dclocal_read_repair_chance"];

/// A schema, ready to be made.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Schema {
    /// The name of the keyspace in the snapshot.
    pub(super) was: String,
    pub(super) keyspace: String,
    /// Types, which may need one another.
    pub(super) types: Vec<String>,
    /// Tables with their changes, indexes, functions, in order.
    pub(super) tables: Vec<String>,
    /// Views, which fill themselves from tables.
    pub(super) views: Vec<String>,
}

impl Schema {
    /// Parses a schema and gives its keyspace a name, and perhaps another replication: a map as CQL writes it.
    ///
    /// # Errors
    /// `Damaged` if it is no schema of one keyspace.
    pub(super) fn parse(script: &str, name: &str, replication: Option<&str>) -> Result<Self> {
        let statements = cql::statements(script)?;
        let mut statements = statements.into_iter().map(|tokens| trimmed(&tokens));
        let first = statements.next().filter(|tokens| begins(tokens, &["CREATE", "KEYSPACE"]));
        let first = first.ok_or_else(|| Error::damaged("the schema does not begin with its keyspace"))?;
        let words = words(&first);
        let was = words.get(2).and_then(|at| first[*at].name());
        let was = was.ok_or_else(|| Error::damaged("the schema does not name its keyspace"))?;
        let mut schema = Self { keyspace: keyspace(&first, name, replication)?, was, ..Self::default() };
        for tokens in statements {
            if !KNOWN.iter().any(|known| begins(&tokens, known)) {
                let shown: String = text(&tokens).chars().take(40).collect();
                return Err(Error::damaged(format!(
                    "the schema holds a statement of no schema: {}",
                    escape::line(&shown)
                )));
            }
            // Another table of the cluster may have its id.
            let statement = text(&without(renewed(renamed(tokens.clone(), &schema.was, name)?), "ID"));
            if begins(&tokens, &["CREATE", "TYPE"]) {
                schema.types.push(statement);
            } else if begins(&tokens, &["CREATE", "MATERIALIZED"]) {
                schema.views.push(statement);
            } else {
                schema.tables.push(statement);
            }
        }
        Ok(schema)
    }

    /// Leaves out the options that no server knows since 4.0, which did nothing but repair when rows were read.
    ///
    /// # Errors
    /// `Damaged`, which cannot happen with statements that were parsed.
    pub(super) fn leave_out_old_options(&mut self) -> Result<()> {
        for statement in self.tables.iter_mut().chain(&mut self.views) {
            for tokens in cql::statements(statement)? {
                let tokens = OLD_OPTIONS.iter().fold(tokens, |tokens, name| without(tokens, name));
                *statement = text(&tokens);
            }
        }
        Ok(())
    }
}

fn text(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect()
}

/// Returns a statement without the blanks around it.
fn trimmed(tokens: &[Token]) -> Vec<Token> {
    let words = words(tokens);
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => tokens[*first..=*last].to_vec(),
        _ => Vec::new(),
    }
}

/// Returns where the tokens are that are not blank.
fn words(tokens: &[Token]) -> Vec<usize> {
    (0..tokens.len()).filter(|at| tokens[*at].kind != Kind::Blank).collect()
}

fn begins(tokens: &[Token], keywords: &[&str]) -> bool {
    let words = words(tokens);
    words.len() > keywords.len() && keywords.iter().zip(words).all(|(keyword, at)| tokens[at].is(keyword))
}

/// Returns the statement that makes the keyspace.
fn keyspace(tokens: &[Token], name: &str, replication: Option<&str>) -> Result<String> {
    let with = tokens.iter().position(|token| token.is("WITH"));
    let with = with.ok_or_else(|| Error::damaged("the schema does not say how its keyspace is replicated"))?;
    let options = match replication {
        None => text(&tokens[with..]),
        Some(map) => {
            let durable = tokens.iter().position(|token| token.is("durable_writes"));
            let durable = durable.map_or(String::new(), |at| format!(" AND {}", text(&tokens[at..])));
            format!("WITH replication = {map}{durable}")
        }
    };
    Ok(format!("CREATE KEYSPACE {} {options}", quoted(name)))
}

/// Gives the keyspace its name wherever it stands before a dot.
fn renamed(mut tokens: Vec<Token>, was: &str, name: &str) -> Result<Vec<Token>> {
    let words = words(&tokens);
    let mut count = 0;
    for (at, word) in words.iter().enumerate() {
        let dot = words.get(at + 1).is_some_and(|next| tokens[*next].is("."));
        let behind = at > 0 && tokens[words[at - 1]].is(".");
        if dot && !behind && tokens[*word].name().as_deref() == Some(was) {
            tokens[*word] = Token { kind: Kind::Quoted, text: quoted(name) };
            count += 1;
        }
    }
    if count == 0 {
        let shown: String = text(&tokens).chars().take(40).collect();
        let what = format!("a statement of the schema does not name its keyspace: {}", escape::line(&shown));
        return Err(Error::damaged(what));
    }
    Ok(tokens)
}

/// Replaces the old names of options of compression, which Cassandra 5 refuses.
fn renewed(mut tokens: Vec<Token>) -> Vec<Token> {
    for pair in words(&tokens).windows(2) {
        let new = match tokens[pair[0]].text.as_str() {
            "'sstable_compression'" => "'class'",
            "'chunk_length_kb'" => "'chunk_length_in_kb'",
            _ => continue,
        };
        if tokens[pair[1]].is(":") {
            new.clone_into(&mut tokens[pair[0]].text);
        }
    }
    tokens
}

/// Leaves out an option of a table or view.
fn without(mut tokens: Vec<Token>, name: &str) -> Vec<Token> {
    let words = words(&tokens);
    let option = |at: usize| {
        (tokens[words[at]].is("WITH") || tokens[words[at]].is("AND"))
            && tokens[words[at + 1]].is(name)
            && tokens[words[at + 2]].is("=")
    };
    let Some(at) = (0..words.len().saturating_sub(2)).find(|at| option(*at)) else { return tokens };
    let next = words[at + 3..].iter().copied().find(|next| tokens[*next].is("AND"));
    let from = match (tokens[words[at]].is("WITH"), next) {
        // The option after it follows on WITH.
        (true, Some(_)) => words[at + 1],
        _ => words[at],
    };
    let to = match (tokens[words[at]].is("WITH"), next) {
        (true, Some(next)) => next + 1,
        (false, Some(next)) => next,
        (_, None) => tokens.len(),
    };
    tokens.drain(from..to);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "CREATE KEYSPACE the_hive WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}  AND durable_writes = true;
CREATE TYPE the_hive.addr (street text, the_hive text);
CREATE TABLE the_hive.t (k int PRIMARY KEY, the_hive frozen<addr>, old int) WITH ID = 1b2c-4d and comment = 'the_hive.t ID = 3' AND compression = {'sstable_compression': 'x', 'chunk_length_kb': '64'};
ALTER TABLE \"the_hive\" . t DROP old USING TIMESTAMP 1700000000000000;
CREATE TABLE THE_HIVE.u (k int PRIMARY KEY) WITH ID = 1b2c;
CREATE MATERIALIZED VIEW the_hive.v AS SELECT * FROM the_hive.t WHERE k IS NOT NULL PRIMARY KEY (k) WITH CLUSTERING ORDER BY (k ASC) AND ID = 9f AND gc_grace_seconds = 1;
CREATE INDEX i ON the_hive.t (the_hive);
CREATE OR FUNCTION";

    fn script() -> String {
        SCRIPT.replace("\nCREATE OR FUNCTION", "\nCREATE FUNCTION the_hive.f (a int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$ return the_hive.x; $$;")
    }

    #[test]
    fn the_keyspace_is_renamed_in_every_statement_and_nowhere_else() {
        let schema = Schema::parse(&script(), "new", None).unwrap();
        assert_eq!(schema.was, "the_hive");
        assert_eq!(
            schema.keyspace,
            "CREATE KEYSPACE \"new\" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}  AND durable_writes = true"
        );
        assert_eq!(schema.types, ["CREATE TYPE \"new\".addr (street text, the_hive text)"]);
        assert_eq!(
            schema.tables,
            [
                "CREATE TABLE \"new\".t (k int PRIMARY KEY, the_hive frozen<addr>, old int) WITH  comment = 'the_hive.t ID = 3' AND compression = {'class': 'x', 'chunk_length_in_kb': '64'}",
                "ALTER TABLE \"new\" . t DROP old USING TIMESTAMP 1700000000000000",
                "CREATE TABLE \"new\".u (k int PRIMARY KEY) ",
                "CREATE INDEX i ON \"new\".t (the_hive)",
                "CREATE FUNCTION \"new\".f (a int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$ return the_hive.x; $$",
            ]
        );
        assert_eq!(
            schema.views,
            [
                "CREATE MATERIALIZED VIEW \"new\".v AS SELECT * FROM \"new\".t WHERE k IS NOT NULL PRIMARY KEY (k) WITH CLUSTERING ORDER BY (k ASC) AND gc_grace_seconds = 1"
            ]
        );
        let map = "{'class': 'NetworkTopologyStrategy', 'dc1': 3}";
        let other = Schema::parse(&script(), "a\"b", Some(map)).unwrap().keyspace;
        assert_eq!(other, format!("CREATE KEYSPACE \"a\"\"b\" WITH replication = {map} AND durable_writes = true"));
    }

    #[test]
    fn options_that_newer_servers_refuse_are_left_out() {
        let table = "CREATE TABLE k.t (a int PRIMARY KEY) WITH dclocal_read_repair_chance = 0.1 AND comment = 'read_repair_chance = 1' \
                     AND read_repair_chance = 0.0";
        let script = format!("CREATE KEYSPACE k WITH replication = {{'class': 'x'}};{table}");
        let mut schema = Schema::parse(&script, "k", None).unwrap();
        schema.leave_out_old_options().unwrap();
        assert_eq!(
            schema.tables[0].trim_end(),
            "CREATE TABLE \"k\".t (a int PRIMARY KEY) WITH  comment = 'read_repair_chance = 1'"
        );
    }

    #[test]
    fn statements_of_no_schema_or_another_keyspace_are_refused() {
        for more in [
            "DROP TABLE the_hive.t",
            "CREATE ROLE x",
            "CREATE TABLE other.t (k int PRIMARY KEY)",
            "CREATE TABLE t (k int)",
        ] {
            assert!(Schema::parse(&format!("{};{more};", script()), "new", None).is_err(), "{more}");
        }
        assert!(Schema::parse("CREATE TABLE a.b (k int PRIMARY KEY)", "new", None).is_err());
        assert!(Schema::parse("", "new", None).is_err());
    }
}
