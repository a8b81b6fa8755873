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

/// The methods of a type in each file that has some, and the text of their bodies.
type Methods = BTreeMap<String, (BTreeSet<String>, String)>;

/// The text between the first brace of a text and the one that closes it.
fn braced(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && c == '}' {
            return &text[..at];
        }
    }
    text
}

/// Adds the methods of a file's own `impl` blocks, by the name of their type.
fn add_methods(file: &Path, code: &str, types: &mut BTreeMap<String, Methods>) {
    for (at, _) in code.match_indices("\nimpl") {
        let rest = &code[at + 5..];
        let head = rest.split('{').next().unwrap_or("");
        let generic = if head.starts_with('<') { head.find("> ").map_or(0, |end| end + 1) } else { 0 };
        let name: String =
            head[generic..].trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if head.contains(" for ") || name.is_empty() {
            continue;
        }
        let body = braced(&rest[head.len()..]);
        let of = types.entry(name).or_default().entry(file.display().to_string()).or_default();
        of.1.push_str(body);
        for (at, _) in body.match_indices("fn ") {
            of.0.insert(body[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
}

/// Whether a text calls a method of its own type.
fn calls(text: &str, method: &str) -> bool {
    ["self.", "Self::"].iter().any(|own| {
        text.match_indices(&format!("{own}{method}"))
            .any(|(at, found)| text[at + found.len()..].starts_with(['(', ':']))
    })
}

/// The files of a type of which one calls the other's methods and is called back, by way of whatever others.
fn method_circles(methods: &Methods) -> Vec<String> {
    let mut imports: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (file, (_, body)) in methods {
        let others =
            methods.iter().filter(|(other, (own, _))| *other != file && own.iter().any(|name| calls(body, name)));
        imports.insert(vec![file.clone()], others.map(|(other, _)| vec![other.clone()]).collect());
    }
    circles(&imports)
}

#[test]
fn no_type_calls_itself_in_a_circle_of_files() {
    let mut types = BTreeMap::new();
    for (file, text) in source_files() {
        add_methods(&file, &code(&text), &mut types);
    }
    // The test sees what it looks for: a type whose methods are in several files, and a circle that is made here.
    assert!(types["Merge"].len() > 5, "{:?}", types["Merge"].keys());
    let mut made = BTreeMap::new();
    add_methods(Path::new("a.rs"), "\nimpl Made<'_> {\n    fn one(&self) { self.two(); }\n}\n", &mut made);
    add_methods(Path::new("b.rs"), "\nimpl<'a> Made<'a> {\n    fn two(&self) { Self::one(self) }\n}\n", &mut made);
    assert_eq!(method_circles(&made["Made"]), ["a.rs", "b.rs"]);
    let wrong: Vec<String> = types
        .iter()
        .map(|(name, methods)| (name, method_circles(methods)))
        .filter(|(_, files)| !files.is_empty())
        .map(|(name, files)| format!("{name}: {}", files.join(", ")))
        .collect();
    assert!(wrong.is_empty(), "methods call one another in a circle of files:\n{}", wrong.join("\n"));
}
