//! A folder of HDFS, by the RPC of its NameNode. Settings of Hadoop are read from `HADOOP_CONF_DIR` if it is set. The futures
//! of the library are large, so they are boxed.

use bytes::Bytes;
use hdfs_native::client::FileStatus;
use hdfs_native::file::FileWriter;
use hdfs_native::{Client, ClientBuilder, HdfsError, WriteOptions};

use super::file::{Stored, Version, failed, overwritten, unnamed};
use crate::error::{Error, Result};

/// How often a NameNode is asked that does not answer: for a quarter of a minute, where the default is two minutes.
const ATTEMPTS: (&str, &str) = ("dfs.client.failover.max.attempts", "5");

pub(super) struct Hdfs {
    client: Client,
    server: String,
    root: String,
}

impl Hdfs {
    pub(super) fn open(server: &str, user: Option<String>, root: String) -> Result<Self> {
        let mut builder = ClientBuilder::new().with_url(format!("hdfs://{server}")).with_config([ATTEMPTS]);
        if let Some(user) = user {
            builder = builder.with_user(user);
        }
        let client =
            builder.build().map_err(|error| wrong("HDFS cannot be used", &format!("hdfs://{server}"), &error))?;
        Ok(Self { client, server: server.to_owned(), root })
    }

    fn path(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    fn shown(&self, path: &str) -> String {
        format!("hdfs://{}{path}", self.server)
    }

    pub(super) async fn create(&self, path: &str) -> Result<HdfsFile> {
        let (part, path) = (self.path(&unnamed(path)), self.path(path));
        let shown = self.shown(&path);
        let writer = Box::pin(self.client.create(&part, WriteOptions::default())).await;
        let writer = writer.map_err(|error| wrong("the file cannot be created", &shown, &error))?;
        Ok(HdfsFile { client: self.client.clone(), writer, part, path, shown })
    }

    pub(super) async fn list(&self, folder: &str) -> Result<Vec<(Stored, Version)>> {
        let folder = self.path(folder);
        let found = match Box::pin(self.client.list_status(&folder, true)).await {
            Ok(found) => found,
            Err(HdfsError::FileNotFound(_)) => return Ok(Vec::new()),
            Err(error) => return Err(wrong("the folder cannot be listed", &self.shown(&folder), &error)),
        };
        let below = |path: &str| path.strip_prefix(&self.root).map(|path| path.trim_start_matches('/').to_owned());
        let files = found.into_iter().filter(|file| !file.isdir);
        let stored = |file: FileStatus| {
            let version = version(&file);
            Some((Stored { path: below(&file.path)?, bytes: file.length as u64 }, version))
        };
        Ok(files.filter_map(stored).collect())
    }

    pub(super) async fn read(&self, path: &str, offset: u64, bytes: u64, listed: &Version) -> Result<Bytes> {
        let path = self.path(path);
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let read = async {
            let piece = Box::pin(self.client.read(&path)).await?.read_range(place(offset), place(bytes)).await?;
            // Asked afterwards: what was overwritten before or meanwhile is newer.
            Ok((piece, Box::pin(self.client.get_file_info(&path)).await?))
        };
        let read: Result<_, HdfsError> = Box::pin(read).await;
        let (piece, now) = read.map_err(|error| wrong("the file cannot be read", &self.shown(&path), &error))?;
        if version(&now).is(listed) { Ok(piece) } else { Err(overwritten(&self.shown(&path))) }
    }

    pub(super) async fn delete_all(&self, folder: &str) -> Result<()> {
        let folder = self.path(folder);
        match Box::pin(self.client.delete(&folder, true)).await {
            // False means that there is no such folder.
            Ok(_) | Err(HdfsError::FileNotFound(_)) => Ok(()),
            Err(error) => Err(wrong("the folder cannot be deleted", &self.shown(&folder), &error)),
        }
    }
}

fn version(file: &FileStatus) -> Version {
    Version { milliseconds: i64::try_from(file.modification_time).unwrap_or(i64::MAX), tag: None }
}

pub(super) struct HdfsFile {
    client: Client,
    writer: FileWriter,
    part: String,
    path: String,
    shown: String,
}

impl HdfsFile {
    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<()> {
        let written = Box::pin(self.writer.write_bytes(bytes)).await;
        written.map(|_| ()).map_err(|error| wrong("the file cannot be written", &self.shown, &error))
    }

    pub(super) async fn finish(mut self) -> Result<()> {
        let done = match Box::pin(self.writer.close()).await {
            Ok(()) => Box::pin(self.client.rename(&self.part, &self.path, true)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            let error = wrong("the file cannot be completed", &self.shown, &error);
            self.abort().await;
            return Err(error);
        }
        Ok(())
    }

    pub(super) async fn abort(self) {
        let _ = Box::pin(self.client.delete(&self.part, false)).await;
    }
}

fn wrong(what: &'static str, place: &str, error: &HdfsError) -> Error {
    let failed = failed(what, place, error);
    match error {
        HdfsError::RPCError(class, _) | HdfsError::FatalRPCError(class, _)
            if class.contains("AccessControlException") =>
        {
            failed.hint(
                "Name another user in the address, as in hdfs://USER@HOST:PORT/FOLDER, or give this one the rights.",
            )
        }
        HdfsError::RPCError(class, _) if class.contains("QuotaExceeded") => {
            failed.hint("Raise the quota of the folder.")
        }
        HdfsError::RPCError(class, _) if class.contains("SafeMode") => {
            failed.hint("Wait until the NameNode has left its safe mode, then run the command again.")
        }
        HdfsError::IOError(_) => {
            failed.hint("Check that the NameNode and its DataNodes run, and that the address is correct.")
        }
        _ => failed,
    }
}
