//! A keyspace to make a snapshot of, by its rows.

use super::super::super::contract::{Body, Fence, Source, Taken};
use super::super::keyspace::{self, Table};
use super::super::session::Cql;
use super::super::sstables::{SCHEMA, made_up, shown_place};
use super::super::{count, keyspace as asked};
use super::line::{FILE, fields};
use super::read::{read, unfit};
use crate::error::{Error, Result, escape};
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Cassandra;
use crate::snapshot::point::Class;
use crate::stream::cancel::Cancel;

/// A keyspace whose rows are saved.
pub(in super::super) struct Rows {
    config: Cassandra,
    login: Option<Login>,
    cql: Option<Cql>,
    schema: Vec<u8>,
    tables: Vec<Table>,
    types: Vec<String>,
    /// What a person should know about the version.
    warning: Option<String>,
    cancel: Cancel,
}

impl Rows {
    pub(in super::super) fn new(config: Cassandra, login: Option<Login>) -> Self {
        let (schema, tables, types, cancel) = (Vec::new(), Vec::new(), Vec::new(), Cancel::default());
        Self { config, login, cql: None, schema, tables, types, warning: None, cancel }
    }

    fn cql(&self) -> Result<&Cql> {
        self.cql.as_ref().ok_or_else(|| Error::internal("a keyspace was not probed"))
    }

    /// Asks for the schema, and refuses what rows cannot carry.
    fn look(&mut self) -> Result<()> {
        let (cql, keyspace) = (self.cql()?, &self.config.keyspace);
        let (types, tables) = (asked::types(cql, keyspace)?, asked::tables(cql, keyspace)?);
        for table in &tables {
            if let Some(column) = table.columns.iter().find(|column| column.is_collection(&types)) {
                return Err(unfit(&table.name, &column.name));
            }
        }
        self.schema = asked::describe(cql, keyspace)?;
        (self.tables, self.types) = (tables, types);
        Ok(())
    }

    fn path(&self, table: &Table) -> String {
        format!("{}/{}/{FILE}", self.config.keyspace, table.name)
    }
}

impl Source for Rows {
    fn root(&self) -> String {
        shown_place(&self.config.keyspace, &self.config.hosts)
    }

    fn plan(&self) -> String {
        format!("read the rows of {} by CQL", escape::line(&self.config.keyspace))
    }

    fn survives(&self) -> bool {
        false
    }

    fn probe(&mut self) -> Result<String> {
        let cql = Cql::connect(&self.config.hosts, self.login.as_ref())?;
        let node = keyspace::node(&cql)?;
        if keyspace::replication(&cql, &self.config.keyspace)?.is_none() {
            return Err(keyspace::missing(&self.config.keyspace));
        }
        self.warning = keyspace::fits(&node.version)?;
        self.cql = Some(cql);
        self.look()?;
        Ok(node.version)
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        self.cancel = fence.cancel.clone();
        self.look()?;
        let keyspace = self.config.keyspace.clone();
        let mut taken = Taken { warnings: self.warning.take().into_iter().collect(), ..Taken::default() };
        taken.entries.push(made_up(String::new(), Kind::Folder, 0));
        taken.entries.push(made_up(SCHEMA.to_owned(), Kind::File, self.schema.len() as u64));
        taken.entries.push(made_up(keyspace.clone(), Kind::Folder, 0));
        for table in &self.tables {
            taken.entries.push(made_up(format!("{keyspace}/{}", table.name), Kind::Folder, 0));
            taken.entries.push(made_up(self.path(table), Kind::File, 0));
        }
        if fence.class == Class::Stopped {
            taken.facts = count::count(self.cql()?, &keyspace, &self.tables, &self.types)?;
        } else {
            taken
                .warnings
                .push("the rows were read while the application wrote: they are not of one moment".to_owned());
        }
        taken.said = format!("{} tables", self.tables.len());
        Ok(taken)
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        if entry.path == SCHEMA.as_bytes() {
            return Ok(Body::Bytes(self.schema.clone()));
        }
        let table = self.tables.iter().find(|table| self.path(table).as_bytes() == entry.path);
        let table = table.ok_or_else(|| Error::internal("a file that was not listed"))?;
        let fields = fields(table, &self.types);
        let reading = read(self.cql()?, &self.config.keyspace, table, fields, self.cancel.clone());
        Ok(Body::Stream(Box::new(reading)))
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }
}
