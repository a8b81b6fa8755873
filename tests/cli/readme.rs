//! What the README shows is what the program prints, and its figures are those of the results it names.

use std::fs;
use std::path::{Path, PathBuf};

use super::Desk;
use crate::support::{finish, gapsync};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()
}

/// Each command of a console block, with the lines shown below it; those of which no output is shown are left out.
fn examples(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let mut examples: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            if let Some(command) = line.strip_prefix("$ gapsync ") {
                let words = command.replace("/media/disc", ".");
                examples.push((words.split_whitespace().map(str::to_owned).collect(), Vec::new()));
            } else if line != "…" {
                examples.last_mut().unwrap().1.push(line.to_owned());
            }
        }
    }
    examples.retain(|(_, shown)| !shown.is_empty());
    examples
}

/// A line; where it differs from run to run, each number in it is a 0 and each digest a word.
fn comparable(line: &str) -> String {
    let dated = line.split_whitespace().any(|word| word.len() == 10 && word.split('-').count() == 3);
    if !dated && !["tqSync-", "sha256 ", "size "].iter().any(|mark| line.contains(mark)) {
        return line.to_owned();
    }
    let mut shape = String::new();
    for word in line.split_whitespace() {
        let digest = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        for letter in if digest { "digest" } else { word }.chars() {
            let letter = if letter.is_ascii_digit() { '0' } else { letter };
            if letter != '0' || !shape.ends_with('0') {
                shape.push(letter);
            }
        }
        shape.push(' ');
    }
    shape
}

#[test]
fn examples_print_what_they_show() {
    let desk = Desk::empty();
    std::os::unix::fs::symlink(Path::new(ROOT).join("fixtures"), desk.path().join("fixtures")).unwrap();
    let run = |words: &[&str]| finish(gapsync(words).current_dir(desk.path()));
    let database = desk.path().join("demo.db");
    let import = ["import", "--database=sqlite:demo.db", "--file=fixtures/threatq-sample.tar.gz"];
    assert_eq!(run(&["init", "--database=sqlite:demo.db"]).status, 0);
    let empty = fs::read(&database).unwrap();
    for _ in 0..2 {
        let ended = run(&import);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
    }
    let full = fs::read(&database).unwrap();

    let examples = examples(&readme());
    let mut commands: Vec<&str> = examples.iter().map(|(words, _)| words[0].as_str()).collect();
    commands.sort_unstable();
    commands.dedup();
    assert_eq!(
        commands,
        [
            "check",
            "cleanup",
            "export",
            "fill-sync-hash",
            "history",
            "import",
            "init",
            "inspect",
            "migrate",
            "profile",
            "schema",
            "snapshot",
            "verify"
        ]
    );
    let mut filled = false;
    let tree = Path::new(ROOT).join("tests/spot/tree.py");
    let made = finish(std::process::Command::new("python3").arg(tree).arg("old").current_dir(desk.path()));
    assert_eq!(made.status, 0, "{}", made.stderr);
    for (words, shown) in examples {
        fs::remove_file(&database).ok();
        match words[0].as_str() {
            "init" => {}
            "import" => fs::write(&database, &empty).unwrap(),
            _ => fs::write(&database, &full).unwrap(),
        }
        if words[0] == "fill-sync-hash" && !filled {
            desk.sql("demo.db", "UPDATE indicators SET sync_hash = NULL WHERE id <= 3");
            filled = true;
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ended = run(&words);
        assert_eq!(ended.status, 0, "{words:?}: {}", ended.stderr);
        let mut printed = ended.stdout.lines().map(comparable);
        for line in shown {
            let wanted = comparable(&line);
            assert!(
                printed.any(|line| line == wanted),
                "{words:?} does not print `{line}`, or not there:\n{}",
                ended.stdout
            );
        }
    }
}

#[test]
fn figures_are_lines_of_the_results_that_are_named() {
    let text = readme();
    let speed = text.split("\n## Speed\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let named: Vec<PathBuf> = speed
        .split('`')
        .filter(|word| word.starts_with("benches/results/") && word.ends_with(".md"))
        .map(|word| Path::new(ROOT).join(word))
        .collect();
    assert!(!named.is_empty());
    let results: Vec<String> = named.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let heads = ["| case |", "| --- |"];
    let figures: Vec<&str> = speed
        .lines()
        .filter(|line| line.starts_with('|') && !heads.iter().any(|head| line.starts_with(head)))
        .collect();
    assert!(figures.len() > 20, "{figures:?}");
    for line in figures {
        assert!(results.iter().any(|result| result.lines().any(|known| known == line)), "{line}");
    }
}
