//! Queues in Redis, such as those of Celery. They are no store that is restored: a snapshot wants them empty.
//!
//! [`look`] finds what is in them: the named lists, the lists of each for tasks with a priority, lists by pattern, what workers
//! have taken and not yet finished, and every list that nobody named. [`drained`] waits until there is nothing. Tasks that are
//! dropped on demand are never gone before the bundle has its name: [`source`] gives their keys other names, from which the
//! bundle is written, [`delete`] deletes those at the very end, and [`undo`] puts the tasks back if there is no bundle.

mod client;
mod keys;
mod source;

use std::time::{Duration, Instant};

use super::contract::{Left, Source};
use crate::error::{Error, ErrorKind, Result, escape};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Queue;
use crate::stream::cancel::Cancel;
use client::Client;
use keys::{Key, Names};

/// How often queues are looked at while they drain. A task that a worker takes is nowhere for a moment, so two looks this far
/// apart must find nothing.
const TICK: Duration = Duration::from_secs(1);

/// How many keys a message names.
const MOST_SHOWN: usize = 20;

/// What is in the queues.
pub(in crate::snapshot) struct Content {
    keys: Vec<Key>,
}

impl Content {
    /// Returns whether there is nothing.
    pub(in crate::snapshot) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the keys with their lengths, for people.
    pub(in crate::snapshot) fn shown(&self) -> String {
        let mut named: Vec<String> = self.keys.iter().take(MOST_SHOWN).map(Key::shown).collect();
        if self.keys.len() > MOST_SHOWN {
            named.push(format!("{} more", self.keys.len() - MOST_SHOWN));
        }
        if named.is_empty() { "empty".to_owned() } else { named.join(", ") }
    }

    /// Returns the lists that the platform file does not name, for people.
    fn unnamed(&self) -> Vec<String> {
        self.keys.iter().filter(|key| !key.named).take(MOST_SHOWN).map(Key::shown).collect()
    }

    /// Returns the error for queues that are not empty.
    fn refused(&self, queue: &Queue, when: &str, dropping: bool) -> Error {
        let what = format!("the queue {} is not empty {when}: {}", queue.name, self.shown());
        let unnamed = self.unnamed();
        let hint = if unnamed.is_empty() {
            "Look why its tasks are not taken, or drop them with --drop-queues, which keeps them in the bundle."
                .to_owned()
        } else {
            let dropping = if dropping { "They are not dropped unnamed. " } else { "" };
            format!(
                "The platform file names none of {}. {dropping}Add them to `also`, or to `ignore`.",
                unnamed.join(", ")
            )
        };
        Error::new(ErrorKind::Check, what).hint(format!("The services are started again; nothing was changed. {hint}"))
    }
}

/// Returns what is in the queues now.
///
/// # Errors
/// `Database` if Redis does not answer or refuses; `Check` if a named key is no queue.
pub(in crate::snapshot) fn look(queue: &Queue, login: Option<&Login>) -> Result<Content> {
    let mut client = Client::open(queue, login)?;
    Ok(Content { keys: keys::find(&mut client, &Names::new(queue)?)? })
}

/// Waits until the queues are empty. If what is left is to be dropped, it stays after that time.
///
/// # Errors
/// `Check` if they are not empty in time; `Interrupted`; those of [`look`].
pub(in crate::snapshot) fn drained(
    queue: &Queue,
    login: Option<&Login>,
    dropping: bool,
    cancel: &Cancel,
) -> Result<String> {
    let (mut client, names) = (Client::open(queue, login)?, Names::new(queue)?);
    let begun = Instant::now();
    let mut was_empty = false;
    loop {
        let content = Content { keys: keys::find(&mut client, &names)? };
        if content.is_empty() && was_empty {
            return Ok("empty".to_owned());
        }
        was_empty = content.is_empty();
        if !was_empty && begun.elapsed() >= queue.drain_timeout {
            if dropping {
                return Ok(format!("after {} s: {}", queue.drain_timeout.as_secs(), content.shown()));
            }
            return Err(content.refused(queue, &format!("after {} s", queue.drain_timeout.as_secs()), false));
        }
        cancel.check()?;
        std::thread::sleep(TICK);
    }
}

/// Looks a last time, once the services are stopped. What is left passes only if it is to be dropped and is named.
///
/// # Errors
/// `Check` if something is left; those of [`look`].
pub(in crate::snapshot) fn settled(queue: &Queue, login: Option<&Login>, dropping: bool) -> Result<String> {
    let content = look(queue, login)?;
    if content.is_empty() || (dropping && content.unnamed().is_empty()) {
        return Ok(content.shown());
    }
    Err(content.refused(queue, "after the services were stopped", dropping))
}

/// Returns the way out of queues whose tasks are dropped.
pub(in crate::snapshot) fn source(queue: &Queue, login: Option<Login>) -> Box<dyn Source> {
    Box::new(source::QueueSource::new(queue, login))
}

/// Deletes the tasks of a snapshot whose bundle has its name.
///
/// # Errors
/// `Database`.
pub(in crate::snapshot) fn delete(queue: &Queue, login: Option<&Login>, id: &str) -> Result<String> {
    source::delete(&mut Client::open(queue, login)?, id)
}

/// Puts the tasks of a snapshot back that has no bundle, and says how many keys these were. Doing it again does no harm.
///
/// # Errors
/// `Database` if Redis does not answer or refuses.
pub(in crate::snapshot) fn undo(left: &Left, login: Option<&Login>) -> Result<String> {
    let Left::RedisKeys { host, port, database, id } = left else {
        return Err(Error::internal("this was not left in Redis"));
    };
    let mut client = Client::at(host, *port, *database, login)?;
    let count = source::put_back(&mut client, id)?;
    Ok(format!("put {count} keys back into Redis at {}", escape::line(&client.place())))
}
