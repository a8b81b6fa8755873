//! Writes all of a database as a script for the server's own program, for people who restore it by hand.

use super::describe::{Database, Object};
use super::line;
use super::make::{context, sequence};
use super::server::ident;

/// Returns the script. It is run in the folder of the database, whose files of rows it names.
pub(super) fn by_hand(database: &Database) -> String {
    let mut script = "-- Makes the tables and loads the rows. In this folder: mariadb --local-infile=1 --binary-mode NAME < restore.sql\n\
         -- NAME is a new database. Each file of rows must be there in one piece: that of a table without rows is empty.\n\
         SET NAMES utf8mb4, time_zone = '+00:00', foreign_key_checks = 0, unique_checks = 0, check_constraint_checks = 0,\n  \
         sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES';\n"
        .to_owned();
    for one in &database.sequences {
        script += &sequence(one).map(|statement| statement + ";\n").concat();
    }
    for table in &database.tables {
        script += &format!("{};\n{};\n", table.create, line::load(table, &table.file));
    }
    let (broken, sound): (Vec<&Object>, Vec<&Object>) =
        ordered(&database.objects).into_iter().partition(|object| object.broken);
    let objects: String = sound.into_iter().map(|one| object(one, &database.collation)).collect();
    // The server's own program would stop at them.
    let comment = |object: &Object| {
        let lines: String = object.create.lines().map(|line| format!("-- {line}\n")).collect();
        format!("-- This view could not be read, as its definer or what it is made of was missing:\n{lines}")
    };
    let broken: String = broken.into_iter().map(comment).collect();
    script + "DELIMITER ;;\n" + &objects + "DELIMITER ;\n" + &broken
}

/// Returns objects in an order in which they can be made: a view after those whose names it has in quotes.
fn ordered(objects: &[Object]) -> Vec<&Object> {
    let (mut views, mut all): (Vec<&Object>, Vec<&Object>) = objects.iter().partition(|object| object.kind == "VIEW");
    let place = all.iter().position(|object| ["TRIGGER", "EVENT"].contains(&object.kind.as_str())).unwrap_or(all.len());
    let mut made = Vec::new();
    while !views.is_empty() {
        let needs =
            |view: &Object, other: &&Object| view.name != other.name && view.create.contains(&ident(&other.name));
        let free = views.iter().position(|view| !views.iter().any(|other| needs(view, other)));
        made.push(views.remove(free.unwrap_or(0)));
    }
    all.splice(place..place, made);
    all
}

fn object(object: &Object, collation: &str) -> String {
    let other = object.database.as_deref().filter(|was| *was != collation);
    let collate = |collation: &str| format!("ALTER DATABASE COLLATE {}", ident(collation));
    let mut all: Vec<String> = other.iter().map(|was| collate(was)).collect();
    all.extend(context(object));
    all.push(object.create.clone());
    all.extend(other.map(|_| collate(collation)));
    all.into_iter().map(|statement| statement + " ;;\n").collect()
}
