//! The connections of a run: its own, which is lent to a loader, lost with a server and made anew, and those beside it.

use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::{Error, Result};

use super::account::Account;
use super::job::Job;

/// Said once, where the server allows fewer connections than would work side by side.
const FEW: &str = "the server has no room for all the connections that would work side by side: the run goes on with those that it \
                   got, and takes longer for it";

/// The run's own connection.
pub(super) struct Connection {
    /// Nothing while it is lent, and after it was lost.
    session: Option<Session>,
}

impl From<Session> for Connection {
    fn from(session: Session) -> Self {
        Self { session: Some(session) }
    }
}

impl Connection {
    /// Returns the session.
    ///
    /// # Errors
    /// `Internal`, while it is lent or lost.
    pub(super) fn session(&mut self) -> Result<&mut Session> {
        self.session.as_mut().ok_or_else(lost)
    }

    /// Lends the session to somebody who needs one of their own.
    ///
    /// # Errors
    /// `Internal`, while it is lent or lost.
    pub(super) fn lend(&mut self) -> Result<Session> {
        self.session.take().ok_or_else(lost)
    }

    /// Takes a session that was lent; nothing comes back of one that was lost.
    pub(super) fn take_back(&mut self, session: Option<Session>) {
        self.session = session;
    }

    /// Connects anew.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn renew(&mut self, job: Job<'_>) -> Result<&mut Session> {
        if let Some(mut session) = self.session.take() {
            let _ = session.rollback().await;
        }
        Ok(self.session.insert(job.connect().await?))
    }

    /// Returns a session without an open transaction: this one if it still works, or else a new one.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn usable(&mut self, job: Job<'_>) -> Result<&mut Session> {
        let works = match &mut self.session {
            Some(session) => session.rollback().await.is_ok() && session.query("SELECT 1").await.is_ok(),
            None => false,
        };
        if !works {
            self.session = None;
            self.session = Some(job.connect().await?);
        }
        self.session()
    }
}

/// Connects `wanted` times, as far as the server has room: fewer helpers are slower and no trouble. Returns what it got,
/// perhaps nothing.
///
/// # Errors
/// `Database`, for any other reason than a lack of room.
pub(super) async fn connect_some(wanted: usize, account: &mut Account<'_>) -> Result<Vec<Session>> {
    let mut sessions = Vec::new();
    while sessions.len() < wanted {
        match account.job.connect().await {
            Ok(session) => sessions.push(session),
            Err(error) if class_of(&error) == Some(SqlClass::Busy) => {
                if account.warn_once(FEW.to_owned()) {
                    account.job.progress().warning(FEW);
                }
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(sessions)
}

fn lost() -> Error {
    Error::internal("the database session is gone")
}
