//! Speaks CQL to a cluster.

use std::sync::Arc;
use std::time::Duration;

use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::deserialize::row::{ColumnIterator, DeserializeRow};
use scylla::deserialize::{DeserializationError, TypeCheckError};
use scylla::frame::response::result::ColumnSpec;
use scylla::policies::load_balancing::{NodeIdentifier, SingleTargetLoadBalancingPolicy};
use scylla::statement::unprepared::Statement;
use uuid::Uuid;

use super::cql::quoted;
use crate::error::{Error, Result, escape};
use crate::snapshot::credentials::Login;
use crate::snapshot::wait::wait;

/// How long a statement may take. A count of a large range of tokens takes long.
const LIMIT: Duration = Duration::from_mins(10);

/// A session with a cluster. Its methods block.
pub(super) struct Cql {
    session: Arc<Session>,
}

impl Cql {
    /// Connects to a cluster by some of its hosts.
    ///
    /// # Errors
    /// `Database` if none answers or the login is refused.
    pub(super) fn connect(hosts: &[String], login: Option<&Login>) -> Result<Self> {
        let profile = ExecutionProfile::builder().request_timeout(Some(LIMIT)).build().into_handle();
        let mut builder = SessionBuilder::new().known_nodes(hosts).default_execution_profile_handle(profile);
        if let Some(login) = login {
            builder = builder.user(&login.user, &login.password);
        }
        let session = wait(Box::pin(builder.build())).map_err(|error| {
            let shown = escape::line(&hosts.join(", ")).into_owned();
            Error::database(format!("Cassandra at {shown} cannot be used"))
                .hint("Check `hosts` in the platform file, that the node runs, and the login in the credentials.")
                .because(error)
        })?;
        Ok(Self { session: Arc::new(session) })
    }

    /// Returns the session, for work beside others.
    pub(super) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// Returns the rows of a query, which are few.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn rows<R>(&self, query: String) -> Result<Vec<R>>
    where
        R: for<'a> DeserializeRow<'a, 'a>,
    {
        wait(rows(&self.session, query))
    }

    /// Returns the rows of a query about a node itself, which only that node can answer.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn rows_of<R>(&self, node: Uuid, query: String) -> Result<Vec<R>>
    where
        R: for<'a> DeserializeRow<'a, 'a>,
    {
        let mut statement = Statement::new(query);
        statement
            .set_load_balancing_policy(Some(SingleTargetLoadBalancingPolicy::new(NodeIdentifier::HostId(node), None)));
        wait(answer(&self.session, statement))
    }

    /// Returns the ids of the nodes of the cluster.
    pub(super) fn nodes(&self) -> Vec<Uuid> {
        self.session.get_cluster_state().get_nodes_info().iter().map(|node| node.host_id).collect()
    }

    /// Executes a statement that returns nothing; a change of the schema is known to all nodes when it returns.
    ///
    /// # Errors
    /// `Database`.
    pub(super) fn execute(&self, statement: String) -> Result<()> {
        let outcome = wait(Box::pin(self.session.query_unpaged(statement, ())));
        outcome.map(|_| ()).map_err(|error| Error::database("Cassandra refuses a statement").because(error))
    }

    /// Drops a keyspace, if it is there.
    ///
    /// # Errors
    /// `Database`, with the statement to do it by hand.
    pub(super) fn drop_keyspace(&self, name: &str) -> Result<()> {
        let statement = format!("DROP KEYSPACE IF EXISTS {}", quoted(name));
        self.execute(statement.clone()).map_err(|error| {
            Error::database("the keyspace that was being restored cannot be dropped")
                .hint(format!("Do it by hand in cqlsh: {statement};"))
                .because(error)
        })
    }
}

/// Returns the rows of a query, which are few.
///
/// # Errors
/// `Database`.
pub(super) async fn rows<R>(session: &Session, query: String) -> Result<Vec<R>>
where
    R: for<'a> DeserializeRow<'a, 'a>,
{
    answer(session, Statement::new(query)).await
}

async fn answer<R>(session: &Session, statement: Statement) -> Result<Vec<R>>
where
    R: for<'a> DeserializeRow<'a, 'a>,
{
    let result = Box::pin(session.query_unpaged(statement, ())).await.map_err(unreadable)?;
    let result = result.into_rows_result().map_err(unreadable)?;
    let rows = result.rows::<R>().map_err(unreadable)?;
    rows.collect::<Result<Vec<R>, _>>().map_err(unreadable)
}

/// Returns the error of a query that failed.
pub(super) fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::database("a query to Cassandra failed").because(error)
}

/// A row as the protocol writes it; NULL is `None`.
#[derive(Debug)]
pub(super) struct Raw(pub(super) Vec<Option<Vec<u8>>>);

impl<'frame, 'metadata> DeserializeRow<'frame, 'metadata> for Raw {
    fn type_check(_: &[ColumnSpec<'_>]) -> Result<(), TypeCheckError> {
        Ok(())
    }

    fn deserialize(row: ColumnIterator<'frame, 'metadata>) -> Result<Self, DeserializationError> {
        row.map(|column| Ok(column?.slice.map(|slice| slice.as_slice().to_vec()))).collect::<Result<_, _>>().map(Self)
    }
}
