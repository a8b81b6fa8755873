//! Makes the command that continues a run from where it stopped: the typed command, for an import or a restore with `--resume`.

use std::ffi::OsString;

use crate::run::shell::shell_word;

/// Returns the command that resumes an import or a restore.
pub(super) fn command(arguments: impl Iterator<Item = OsString>) -> String {
    let mut arguments: Vec<OsString> = arguments.collect();
    if arguments.iter().all(|argument| argument != "--resume") {
        arguments.push("--resume".into());
    }
    again(arguments.into_iter())
}

/// Returns the command for the typed arguments (without the program's name), quoted for a shell. Leaves out passwords,
/// which belong in the environment.
pub(super) fn again(arguments: impl Iterator<Item = OsString>) -> String {
    let mut words = vec!["gapsync".to_owned()];
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        // The trace file exists by then.
        if argument == "--trace-sql" {
            arguments.next();
            continue;
        }
        if argument.starts_with("--trace-sql=") {
            continue;
        }
        words.push(shell_word(&without_password(&argument)));
    }
    words.join(" ")
}

/// Returns an argument without the password of a URL in it.
fn without_password(argument: &str) -> String {
    let Some((before, rest)) = argument.split_once("://") else { return argument.to_owned() };
    let rest = match rest.rsplit_once('@') {
        Some((login, host)) => format!("{}@{host}", login.split(':').next().unwrap_or_default()),
        None => rest.to_owned(),
    };
    let Some((path, query)) = rest.split_once('?') else { return format!("{before}://{rest}") };
    let parameters: Vec<&str> = query.split('&').filter(|parameter| !parameter.starts_with("password=")).collect();
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{before}://{path}{mark}{}", parameters.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted_and_holds_no_password() {
        let typed =
            ["import", "--file", "a b's.tar.gz", "--database=postgres://ann:s3c@ret@db/tq?password=s3cret&host=/s"];
        assert_eq!(
            command(typed.iter().map(OsString::from)),
            "gapsync import --file 'a b'\\''s.tar.gz' '--database=postgres://ann@db/tq?host=/s' --resume"
        );
        let again =
            command(["import", "--trace-sql", "t", "--resume", "--trace-sql=t", "--file=-"].iter().map(OsString::from));
        assert_eq!(again, "gapsync import --resume --file=-");
    }
}
