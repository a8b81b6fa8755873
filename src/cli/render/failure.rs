//! Renders errors: one line with what failed and where, then the causes, then what to do next.

use serde_json::json;

use crate::error::{Error, escape};
use crate::model::run::Failure;
use crate::run::ended::failure;

use super::super::mask;
use super::{json_line, with_version};

/// Returns the error in a form that may be shown, without passwords.
pub(in crate::cli) fn described(error: &Error) -> Failure {
    let mut failure = failure(error);
    failure.message = mask::secrets(&failure.message);
    failure.causes = failure.causes.iter().map(|cause| mask::secrets(cause)).collect();
    failure
}

/// Renders lines for standard error.
pub(in crate::cli) fn text(failure: &Failure) -> String {
    let causes = failure.causes.iter().map(|cause| format!("\n  because: {}", escape::line(cause)));
    let hint = failure.hint.iter().map(|hint| format!("\n  hint: {}", escape::line(hint)));
    format!("error: {}{}", escape::line(&failure.message), causes.chain(hint).collect::<String>())
}

/// Renders the result of a command that has nothing else to show.
pub(in crate::cli) fn json(failure: &Failure) -> String {
    json_line(&with_version(json!({"status": "failed", "error": failure})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_and_hint_follow_in_lines_of_their_own() {
        let cause = std::io::Error::other("no route to postgres://u:s3cret@h/d");
        let error = Error::database("the connection failed").because(cause).hint("Check the URL.");
        let text = text(&described(&error));
        assert_eq!(
            text,
            "error: the connection failed\n  because: no route to postgres://u:***@h/d\n  hint: Check the URL."
        );
    }
}
