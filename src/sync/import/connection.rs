//! The connections of a run: its own, which may be lent to a loader or lost and replaced, and its helpers.

use crate::db::error::{SqlClass, class_of};
use crate::db::session::Session;
use crate::error::{Error, Result};

use super::account::Account;
use super::job::Job;

/// Reported once if the server allows fewer connections than could work in parallel.
const FEW: &str = "the server has no room for all the connections that could work in parallel: the run continues with those it \
                   got, and takes longer";

/// The run's own connection.
pub(super) struct Connection {
    /// `None` while it is lent and after it was lost.
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

    /// Lends the session to a task that needs to own one.
    ///
    /// # Errors
    /// `Internal`, while it is lent or lost.
    pub(super) fn lend(&mut self) -> Result<Session> {
        self.session.take().ok_or_else(lost)
    }

    /// Takes back a session that was lent, or `None` if it was lost.
    pub(super) fn take_back(&mut self, session: Option<Session>) {
        self.session = session;
    }

    /// Opens a new connection.
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

/// Opens up to `wanted` connections, as many as the server has room for: fewer helpers are only slower. Returns those it got,
/// possibly none.
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
