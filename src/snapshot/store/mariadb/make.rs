//! Makes databases and what is in them, moves tables from one to another, and takes back what a restore has done.
//!
//! A database cannot be renamed. Its tables can get names in another one; what has no rows is made there anew.

use super::describe::{self, Database, Object, Sequence, list, relations};
use super::server::{MariadbLink, MariadbServer, SETTINGS, ident, literal};
use crate::error::{Error, Result, escape};
use crate::snapshot::store::contract::{MariadbMade, MariadbReplaced};
use crate::stream::fail;

/// Returns the comment of a database that a restore has made and that is not published yet.
pub(super) fn mark(id: &str) -> String {
    format!("gapsync restore {id}")
}

/// Returns the statement that makes a database.
pub(super) fn create(name: &str, (charset, collation): (&str, &str), comment: &str) -> String {
    format!(
        "CREATE DATABASE {} CHARACTER SET {} COLLATE {} COMMENT {}",
        ident(name),
        ident(charset),
        ident(collation),
        literal(comment)
    )
}

/// Returns the statements that make a sequence as it was.
pub(super) fn sequence(sequence: &Sequence) -> [String; 2] {
    [sequence.create.clone(), format!("DO SETVAL({}, {}, 0)", ident(&sequence.name), sequence.next)]
}

/// Returns the statements that come before the definition of an object, which is read as it was then.
pub(super) fn context(object: &Object) -> Vec<String> {
    let mut all = Vec::new();
    // What was not typed in UTF-8 was translated when it was read.
    if object.create.is_ascii() || object.client.starts_with("utf8") {
        all.push(format!("SET character_set_client = {}", ident(&object.client)));
    }
    all.push(format!("SET collation_connection = {}", ident(&object.connection)));
    all.extend(object.time_zone.iter().map(|zone| format!("SET time_zone = {}", literal(zone))));
    all.extend(object.sql_mode.iter().map(|mode| format!("SET sql_mode = {}", literal(mode))));
    all
}

/// Makes objects in a database, in place of those of their names. Returns a sentence for each that cannot be made again: a view
/// that could not be read either, and an event whose time has passed.
///
/// # Errors
/// `Database`, with the name of any other that cannot be made.
pub(super) fn objects(
    link: &mut MariadbLink,
    database: &str,
    collation: &str,
    objects: &[Object],
    asleep: bool,
) -> Result<Vec<String>> {
    let mut left = Vec::new();
    let mut waiting: Vec<&Object> = objects.iter().collect();
    loop {
        let before = waiting.len();
        let mut refused = None;
        let mut later = Vec::new();
        for object in waiting {
            link.execute(&format!("USE {}", ident(database)))?;
            match object_in(link, database, collation, object, asleep) {
                Ok(()) if object.kind == "EVENT" && !is_there(link, database, object)? => {
                    left.push(format!("the event {} is not made again, as its time has passed", object.name));
                }
                Ok(()) => {}
                // A view may be made of one that comes later.
                Err(error) if object.kind == "VIEW" => {
                    if !object.broken {
                        refused.get_or_insert((object, error));
                    }
                    later.push(object);
                }
                Err(error) => return Err(unmade(object, error)),
            }
        }
        match refused {
            Some((object, error)) if later.len() == before => return Err(unmade(object, error)),
            None if later.is_empty() || later.len() == before => {
                let lost = |view: &Object| {
                    format!("the view {} is not made again, as what it is made of is missing", view.name)
                };
                left.extend(later.into_iter().map(lost));
                return Ok(left);
            }
            _ => waiting = later,
        }
    }
}

/// Returns whether there is an event: the server makes none whose time has passed, and calls that no error.
fn is_there(link: &mut MariadbLink, database: &str, event: &Object) -> Result<bool> {
    let query = format!(
        "SELECT 1 FROM information_schema.EVENTS WHERE EVENT_SCHEMA = {} AND EVENT_NAME = {}",
        literal(database),
        literal(&event.name)
    );
    Ok(!link.rows(&query)?.is_empty())
}

fn unmade(object: &Object, error: Error) -> Error {
    let what = format!("the {} {} cannot be made", object.kind.to_lowercase(), escape::line(&object.name));
    Error::database(what).because(error).hint("Its text is in `restore.sql` of the snapshot.")
}

fn object_in(link: &mut MariadbLink, database: &str, collation: &str, object: &Object, asleep: bool) -> Result<()> {
    let other = object.database.as_deref().filter(|was| *was != collation);
    let collate = |collation: &str| format!("ALTER DATABASE {} COLLATE {}", ident(database), ident(collation));
    if let Some(was) = other {
        link.execute(&collate(was))?;
    }
    let made = context(object)
        .iter()
        .try_for_each(|statement| link.execute(statement))
        .and_then(|()| link.execute(&definition(object, asleep)));
    // The session is ours again, whatever happened.
    link.execute(SETTINGS)?;
    if other.is_some() {
        link.execute(&collate(collation))?;
    }
    made
}

/// Returns the statement that makes an object. An event may be put to sleep, so that nothing is done twice.
fn definition(object: &Object, asleep: bool) -> String {
    let create = object.create.replacen("CREATE ", "CREATE OR REPLACE ", 1);
    if asleep && object.kind == "EVENT" {
        return create.replacen(" PRESERVE ENABLE", " PRESERVE DISABLE", 1);
    }
    create
}

/// Moves all tables of a database into another one, which is there and empty.
///
/// # Errors
/// `Database`; the server moves all of them or none.
pub(super) fn move_tables(link: &mut MariadbLink, from: &str, to: &str) -> Result<()> {
    let tables = relations(link, &[from.to_owned()])?;
    if tables.is_empty() {
        return Ok(());
    }
    // A table with triggers cannot leave its database.
    let triggers =
        format!("SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = {}", literal(from));
    for name in link.column(&triggers)? {
        link.execute(&format!("DROP TRIGGER {}.{}", ident(from), ident(&name)))?;
    }
    fail::point("mariadb.untriggered");
    let one = |(of, name): &(String, String)| format!("{0}.{1} TO {2}.{1}", ident(of), ident(name), ident(to));
    let pairs: Vec<String> = tables.iter().map(one).collect();
    link.execute(&format!("RENAME TABLE {}", pairs.join(", ")))?;
    follow_sequences(link, from, to)
}

/// Lets defaults take values of the sequences that have moved along: the server names their database.
fn follow_sequences(link: &mut MariadbLink, from: &str, to: &str) -> Result<()> {
    let defaults = link.rows(&format!(
        "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {} \
         AND LOCATE({}, COLUMN_DEFAULT)",
        literal(to),
        literal(&format!("val({}.", ident(from)))
    ))?;
    for row in defaults {
        let [Some(table), Some(column), Some(default)] = row.as_slice() else { continue };
        link.execute(&format!(
            "ALTER TABLE {}.{} ALTER COLUMN {} SET DEFAULT {}",
            ident(to),
            ident(table),
            ident(column),
            in_database(default, from, to)
        ))?;
    }
    Ok(())
}

/// Returns a definition whose defaults take values of the sequences of another database.
pub(super) fn in_database(text: &str, from: &str, to: &str) -> String {
    text.replace(&format!("val({}.", ident(from)), &format!("val({}.", ident(to)))
}

/// Moves a database away: to a name that nobody uses. Returns what of it could not be made again there.
///
/// # Errors
/// `Database`; `Schema` if it is another one than that which was described.
pub(super) fn replace(link: &mut MariadbLink, replaced: &MariadbReplaced) -> Result<Vec<String>> {
    let known = parsed(replaced)?;
    link.execute(&format!("USE {}", ident(&replaced.name)))?;
    if describe::objects(link, &replaced.name)? != known {
        let what = format!("the database {} was changed while it was being replaced", escape::line(&replaced.name));
        return Err(Error::schema(what).hint("Run the restore again at a quieter time."));
    }
    link.execute(&create(&replaced.before, (&replaced.charset, &replaced.collation), ""))?;
    fail::point("mariadb.replacing");
    move_tables(link, &replaced.name, &replaced.before)?;
    fail::point("mariadb.moved");
    let left = objects(link, &replaced.before, &replaced.collation, &known, true)?;
    link.execute(&format!("DROP DATABASE {}", ident(&replaced.name)))?;
    fail::point("mariadb.replaced");
    Ok(left)
}

fn parsed(replaced: &MariadbReplaced) -> Result<Vec<Object>> {
    serde_json::from_value(replaced.objects.clone())
        .map_err(|error| Error::internal("the description of a database cannot be read").because(error))
}

/// Returns what must be known to move a database away and back.
///
/// # Errors
/// `Database`.
pub(super) fn replaced(link: &mut MariadbLink, name: &str, before: &str) -> Result<MariadbReplaced> {
    link.execute(&format!("USE {}", ident(name)))?;
    let own = link.rows(&format!(
        "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, SCHEMA_COMMENT FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME = {}",
        literal(name)
    ))?;
    let text = |index: usize| own.first().and_then(|row| row.get(index).cloned().flatten()).unwrap_or_default();
    let objects = serde_json::to_value(describe::objects(link, name)?)
        .map_err(|error| Error::internal("a database cannot be described as JSON").because(error))?;
    let (name, before) = (name.to_owned(), before.to_owned());
    Ok(MariadbReplaced { name, before, charset: text(0), collation: text(1), comment: text(2), objects })
}

/// Gives a database that was loaded its name, with all that belongs to it. Returns what could not be made again.
///
/// # Errors
/// `Database`.
pub(super) fn publish(
    link: &mut MariadbLink,
    database: &Database,
    staging: &str,
    name: &str,
    mark: &str,
) -> Result<Vec<String>> {
    link.execute(&create(name, (&database.charset, &database.collation), mark))?;
    fail::point("mariadb.named");
    move_tables(link, staging, name)?;
    fail::point("mariadb.renamed");
    let left = objects(link, name, &database.collation, &database.objects, name != database.name)?;
    link.execute(&format!("DROP DATABASE {}", ident(staging)))?;
    Ok(left)
}

/// Drops what a restore has made, and gives what it has moved away its name again. Returns what was done. Doing it again, or
/// for nothing, does no harm.
///
/// # Errors
/// `Database`.
pub(super) fn take_back(server: &MariadbServer, made: &MariadbMade) -> Result<Vec<String>> {
    let mut link = server.connect(None)?;
    let mut done = Vec::new();
    // Names that others have given meanwhile are theirs: what is ours has our mark.
    let own = format!(
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_COMMENT = {} AND SCHEMA_NAME IN ({})",
        literal(&made.mark),
        list(&[&made.staging[..], &made.names[..]].concat())
    );
    for name in link.column(&own)? {
        let drop = format!("DROP DATABASE {}", ident(&name));
        link.execute(&drop).map_err(|error| {
            Error::database("a database that was being restored cannot be dropped")
                .hint(format!("Do it by hand: {};", escape::line(&drop)))
                .because(error)
        })?;
        done.push(format!("dropped the database {name}"));
    }
    let known = |link: &mut MariadbLink, name: &str| -> Result<bool> {
        let query = format!("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {}", literal(name));
        Ok(!link.rows(&query)?.is_empty())
    };
    for replaced in &made.replaced {
        if !known(&mut link, &replaced.before)? {
            continue;
        }
        if !known(&mut link, &replaced.name)? {
            link.execute(&create(&replaced.name, (&replaced.charset, &replaced.collation), &replaced.comment))?;
        }
        move_tables(&mut link, &replaced.before, &replaced.name)?;
        done.extend(objects(&mut link, &replaced.name, &replaced.collation, &parsed(replaced)?, false)?);
        link.execute(&format!("DROP DATABASE {}", ident(&replaced.before)))?;
        done.push(format!("the database {} is where it was", replaced.name));
    }
    Ok(done)
}
