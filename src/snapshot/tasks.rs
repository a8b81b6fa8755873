//! Steps of a snapshot with queues, whose tasks are waited for, or dropped.

use super::credentials::Credentials;
use super::journal::Journal;
use super::plan::{Plan, Step};
use super::point::Class;
use super::request::CreateRequest;
use super::store::contract::Left;
use super::store::{queue, undo};
use crate::error::{Error, Result};
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// Carries out a step. Returns what it found, and what a person should know.
///
/// # Errors
/// `Check` if a queue is not empty; `Database` if Redis does not answer or refuses; `Interrupted`.
pub(in crate::snapshot) fn carry_out(
    step: Step,
    plan: &Plan,
    request: &CreateRequest,
    cancel: &Cancel,
    journal: &mut Journal,
) -> Result<(String, Option<String>)> {
    let (Step::Look(index) | Step::Drain(index) | Step::Settle(index) | Step::Drop(index)) = step else {
        return Err(Error::internal("not a step of a queue"));
    };
    let queue = &plan.queues[index];
    let login = request.selection.credentials.of(&queue.name);
    let (login, dropping) = (login.as_ref(), request.drop_queues);
    let mut warning = None;
    let said = match step {
        Step::Look(_) => {
            let content = queue::look(queue, login)?;
            if plan.class != Class::Stopped && !content.is_empty() {
                warning = Some(format!("what waits in the queue {} is not saved: {}", queue.name, content.shown()));
            }
            content.shown()
        }
        Step::Drain(_) => queue::drained(queue, login, dropping, cancel)?,
        Step::Settle(_) => queue::settled(queue, login, dropping)?,
        _ => {
            fail::point("snapshot.before-drop");
            let said = queue::delete(queue, login, &journal.id)?;
            journal.left.retain(|(store, _)| *store != queue.name);
            said
        }
    };
    Ok((said, warning))
}

/// Puts tasks back that were to be dropped. Returns what a person has to know if that fails; the journal keeps it then.
pub(in crate::snapshot) fn put_back(journal: &mut Journal, credentials: &Credentials) -> Vec<String> {
    let mut failed = Vec::new();
    journal.left.retain(|(store, left)| {
        let Left::RedisKeys { .. } = left else { return true };
        let outcome = undo(store, left, credentials);
        if let Err(error) = &outcome {
            failed.push(format!("the tasks of {store} could not be put back, which `recover` tries again: {error}"));
        }
        outcome.is_err()
    });
    failed
}
