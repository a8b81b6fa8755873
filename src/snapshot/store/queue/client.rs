//! A connection to Redis: whatever it answers, the type of the answer is looked at.

use std::time::Duration;

use redis::{Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo, RedisConnectionInfo, RedisError};

use crate::error::{Error, Result};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Queue;

/// How long Redis may take to answer.
const LIMIT: Duration = Duration::from_secs(30);

/// A connection to one database of Redis.
pub(super) struct Client {
    connection: redis::Connection,
    place: String,
}

impl Client {
    /// Connects to the Redis of a queue.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn open(queue: &Queue, login: Option<&Login>) -> Result<Self> {
        Self::at(&queue.host, queue.port, queue.database, login)
    }

    /// Connects to a database.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn at(host: &str, port: u16, database: i64, login: Option<&Login>) -> Result<Self> {
        let place = format!("redis://{host}:{port}/{database}");
        let mut settings = RedisConnectionInfo::default().set_db(database).set_skip_set_lib_name();
        if let Some(login) = login {
            // A password alone is what `requirepass` wants, also of versions that know no users.
            if !login.user.is_empty() {
                settings = settings.set_username(&login.user);
            }
            settings = settings.set_password(&login.password);
        }
        let open = || {
            let info = ConnectionAddr::Tcp(host.to_owned(), port).into_connection_info()?.set_redis_settings(settings);
            let connection = redis::Client::open(info)?.get_connection_with_timeout(LIMIT)?;
            connection.set_read_timeout(Some(LIMIT))?;
            connection.set_write_timeout(Some(LIMIT))?;
            Ok(connection)
        };
        let connection =
            open().map_err(|error: RedisError| fault("there is no connection to Redis", &place, &error))?;
        Ok(Self { connection, place })
    }

    /// Returns where it is.
    pub(super) fn place(&self) -> String {
        self.place.clone()
    }

    /// Sends a command.
    ///
    /// # Errors
    /// `Database` if Redis refuses it, or answers with another type.
    pub(super) fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T> {
        command
            .query(&mut self.connection)
            .map_err(|error| fault("a command was refused by Redis", &self.place, &error))
    }

    /// Sends several commands at once.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub(super) fn ask_all<T: FromRedisValue>(&mut self, commands: &redis::Pipeline) -> Result<T> {
        commands
            .query(&mut self.connection)
            .map_err(|error| fault("a command was refused by Redis", &self.place, &error))
    }
}

/// Returns the error for one of Redis. Its own text may show a part of a value, so only its code is told.
fn fault(what: &str, place: &str, error: &RedisError) -> Error {
    let kind = match error.code() {
        Some(code) => code.to_owned(),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None if error.is_connection_refusal() => "the connection was refused".to_owned(),
        None => format!("{:?}", error.kind()),
    };
    let error = Error::database(format!("{what} at {place}: {}", crate::error::escape::line(&kind)));
    error.hint("Check `redis` in the platform file, and user and password in the file of --credentials.")
}
