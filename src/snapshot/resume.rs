//! Goes on with a restore that stopped: after a kill, on a full disk, or with an engine that went away.
//!
//! The journal says what the restore was asked for and how far it came. The bundle is read again from its first byte, as nothing
//! that is staged may be believed: it is compared with the bundle, and written again from where it differs. What engines hold
//! is taken over by the stores that can tell what they have; otherwise it is removed and loaded anew.

use serde_json::{Value, json};

use super::journal::{Journal, Progressed, State};
use super::request::RestoreRequest;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::manifest::Header;
use crate::stream::digest;

/// What a person does who does not want to go on.
const RECOVER: &str = "`gapsync snapshot recover` removes what is staged";

/// Returns the options that decide what goes where, which must be the same when a restore goes on.
///
/// # Errors
/// `Internal`, which cannot happen with plain data.
pub(in crate::snapshot) fn options(request: &RestoreRequest) -> Result<Value> {
    let all = request.options();
    let mut options = json!({});
    for name in ["platform", "only", "without", "root", "rename", "replace", "to_time", "to_name"] {
        options[name] = all[name].clone();
    }
    options["values"] = request.selection.digest_of_values()?.into();
    Ok(options)
}

/// Returns the digest of a header, by which a bundle is known before all of it was read.
///
/// # Errors
/// `Internal`, which cannot happen with plain data.
pub(in crate::snapshot) fn digest_of(header: &Header) -> Result<String> {
    let text = serde_json::to_vec(header)
        .map_err(|error| Error::internal("the header of the bundle cannot be written as JSON").because(error))?;
    Ok(digest::of(&text).sha256_hex())
}

/// Returns the journal of the restore that goes on.
///
/// # Errors
/// `Usage` if there is none, or if it was asked for something else; `File`.
pub(in crate::snapshot) fn journal(state: &State, request: &RestoreRequest) -> Result<Journal> {
    let Some(journal) = state.found()? else {
        return Err(Error::usage("there is no restore to go on with").hint("Leave out --resume."));
    };
    if journal.action != "restore" {
        return Err(Error::usage(format!("what stopped is no restore but a {}", escape::line(&journal.action)))
            .hint("Run `gapsync snapshot recover` first."));
    }
    let Some(progressed) = &journal.progressed else {
        return Err(Error::usage("the restore stopped before anything was staged")
            .hint("Run `gapsync snapshot recover`, and then this command without --resume."));
    };
    if progressed.options == options(request)? {
        Ok(journal)
    } else {
        Err(other("the options are not those", progressed))
    }
}

/// Returns the error for what does not go with the restore that stopped. Nothing was changed.
pub(in crate::snapshot) fn other(what: &str, progressed: &Progressed) -> Error {
    Error::usage(format!("{what} of the restore that stopped"))
        .hint(format!("Go on with it: {}; {RECOVER}.", escape::line(&progressed.command)))
}

/// Returns what a person has to know about a restore that can go on.
pub(in crate::snapshot) fn kept() -> String {
    format!("what is staged is kept until the restore goes on; {RECOVER}")
}

/// Returns whether a restore that stopped for this reason may go on with what it has staged: a disk or a person stopped it.
pub(in crate::snapshot) fn can_go_on(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::File | ErrorKind::Interrupted)
}
