//! The fixed statements in `sql/<engine>/queries`, one question a file: each runs in the engine's own shell, and is sent.

use std::path::PathBuf;

use crate::conformance::command::Site;
use crate::conformance::describe::{Profile, repository};
use crate::conformance::fill::Side;
use crate::layering::source_files;
use crate::support::{Engine, engines};

fn files(engine: &str) -> Vec<PathBuf> {
    let folder = repository("sql").join(engine).join("queries");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn each_question_can_be_asked_in_a_shell() {
    for engine in engines() {
        let site = Site::filled(engine, &Profile::read("mini"), Side::A);
        for file in files(engine.name()) {
            let question = std::fs::read_to_string(&file).unwrap();
            let name = file.file_stem().unwrap().to_str().unwrap();
            assert!(question.starts_with("-- ") && question.ends_with(";\n"), "{engine:?}: {name}");
            let answer = site.database.try_run(&question).unwrap_or_else(|| panic!("{engine:?}: {name} is refused"));
            let columns = answer.contains("label") || engine == Engine::Sqlite;
            assert!(columns || name != "columns", "{engine:?}: {answer}");
        }
    }
}

#[test]
fn each_file_is_sent() {
    let sources = source_files();
    for engine in ["sqlite", "postgres", "mariadb"] {
        for file in files(engine) {
            let path = format!("sql/{engine}/queries/{}\")", file.file_name().unwrap().to_str().unwrap());
            assert!(sources.iter().any(|(_, text)| text.contains(&path)), "{path} is in no file of src/");
        }
    }
}
