//! Holds the files of `src/` to a direction: no file imports, by way of whatever others, a file that imports it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::layering::source_files;

/// Names from the crate's root to a module.
type Module = Vec<String>;

fn module_of(file: &Path) -> Module {
    let mut names: Module = file.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|last| last == "mod" || last == "lib") {
        names.pop();
    }
    names
}

/// The code of a file, without comments and unit tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
    code.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// Every path of the code that begins with `crate`, `super` or `self`, with `{…}` written out.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                expand(&[], &code[at..], &mut found);
            }
        }
    }
    found
}

/// Reads one path from the beginning of a text; gives the number of bytes that it takes.
fn expand(head: &[String], text: &str, found: &mut Vec<Vec<String>>) -> usize {
    let mut path = head.to_vec();
    let mut at = 0;
    loop {
        let name: String = text[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '*').collect();
        at += name.len();
        path.push(name);
        if !text[at..].starts_with("::") {
            found.push(path);
            return at;
        }
        at += 2;
        if text[at..].starts_with('{') {
            break;
        }
    }
    at += 1;
    while at < text.len() && !text[at..].starts_with('}') {
        let rest = &text[at..];
        let skipped = rest.len() - rest.trim_start_matches([',', ' ', '\n']).len();
        at += skipped;
        if skipped == 0 {
            at += expand(&path, rest, found).max(1);
        }
    }
    at + 1
}

/// The module that a path leads to, seen from another: the longest beginning of it that is one.
fn resolve<'a>(path: &[String], from: &Module, modules: &'a BTreeSet<Module>) -> Option<&'a Module> {
    let mut at = from.clone();
    let mut names = path;
    while let Some((first, rest)) = names.split_first() {
        match first.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" => {}
            _ => break,
        }
        names = rest;
    }
    at.extend_from_slice(names);
    (1..=at.len()).rev().find_map(|length| modules.get(&at[..length]))
}

/// The modules from which one comes back to itself.
fn circles(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    let reached = |from: &Module| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(next) = open.pop() {
            open.extend(imports.get(next).into_iter().flatten().filter(|module| seen.insert((*module).clone())));
        }
        seen
    };
    imports.keys().filter(|module| reached(module).contains(*module)).map(|module| module.join("::")).collect()
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let files = source_files();
    let modules: BTreeSet<Module> = files.iter().map(|(file, _)| module_of(file)).filter(|m| !m.is_empty()).collect();
    let mut imports: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (file, text) in &files {
        let own = module_of(file);
        let of = paths(&code(text));
        let others = of.iter().filter_map(|path| resolve(path, &own, &modules)).filter(|other| **other != own);
        imports.entry(own.clone()).or_default().extend(others.cloned());
    }
    // The test sees what it looks for: hundreds of imports, and a circle that is made here.
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 500);
    let wrong = circles(&imports);
    assert!(wrong.is_empty(), "these files are in a circle: {}", wrong.join(", "));
    let (low, high) = (vec!["error".to_owned()], vec!["sync".to_owned(), "import".to_owned(), "apply".to_owned()]);
    imports.get_mut(&low).unwrap().insert(high);
    assert!(circles(&imports).contains(&"error".to_owned()));
}
