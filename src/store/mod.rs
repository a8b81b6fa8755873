//! Storage that an engine reads files from: a local folder, HDFS or a bucket.
//!
//! [`Store`] is a folder in one of them. Files are put into it from a stream with little memory, and each is there as a whole or
//! not at all; [`Store::location`] says where the engine finds a folder. [`address`] parses what a user types, and each kind of
//! storage has a file of its own: `local`, `hdfs`, `webhdfs` and `bucket`.
//!
//! What has no name yet begins with a dot, and engines leave such files out. If a run is killed, they stay until
//! [`Store::delete_all`] is called for their folder; of an upload into a bucket the parts stay, which a rule of the bucket's life
//! cycle should remove.
//!
//! To add a kind of storage, add it to `address`, and to `Kind` and `Open` here.

mod address;
mod bucket;
mod file;
mod hdfs;
mod local;
mod tls;
mod webhdfs;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

use self::address::Address;
use self::bucket::{Bucket, BucketFile};
pub use self::file::{Stored, Version};
use self::hdfs::{Hdfs, HdfsFile};
use self::local::{Local, LocalFile};
pub use self::tls::choose_tls;
use self::webhdfs::{WebHdfs, WebHdfsFile};
use crate::error::{Error, ErrorKind, Result};

/// How much is read and written at once.
const CHUNK: usize = 1 << 20;

/// A folder for files that an engine reads.
pub struct Store {
    kind: Kind,
    /// The address that the engine uses, without a slash at its end.
    location: String,
}

enum Kind {
    Local(Local),
    Hdfs(Hdfs),
    WebHdfs(WebHdfs),
    Bucket(Bucket),
}

impl Store {
    /// Opens the folder of an address: `/PATH` or `file:///PATH`, `hdfs://[USER@]HOST[:PORT]/PATH`, or `s3://BUCKET/PATH`. With
    /// `?webhdfs=HOST:PORT` HDFS is reached by HTTP alone. Buckets take endpoint, region and keys from the usual variables
    /// `AWS_…`. Nothing is created, and no server is asked.
    ///
    /// # Errors
    /// `Usage`; `File` if what the address names cannot be used.
    pub fn open(address: &str) -> Result<Self> {
        let address = Address::parse(address)?;
        let location = address.location();
        let kind = match address {
            Address::Local(folder) => Kind::Local(Local::new(folder)),
            Address::Hdfs { server, user, path, web: None } => Kind::Hdfs(Hdfs::open(&server, user, path)?),
            Address::Hdfs { user, path, web: Some(web), .. } => Kind::WebHdfs(WebHdfs::open(&web, user, path)?),
            Address::Bucket { bucket, path } => Kind::Bucket(Bucket::open(&bucket, path)?),
        };
        Ok(Self { kind, location })
    }

    /// Returns where the engine finds a folder of the store, for LOCATION in a statement.
    ///
    /// # Errors
    /// `Internal` if the path leaves the store.
    pub fn location(&self, folder: &str) -> Result<String> {
        Ok(format!("{}/{}", self.location, inside(folder)?))
    }

    /// Returns the same for an address that is not opened.
    ///
    /// # Errors
    /// `Usage`; `Internal` if the path leaves the store.
    pub fn location_of(address: &str, folder: &str) -> Result<String> {
        Ok(format!("{}/{}", Address::parse(address)?.location(), inside(folder)?))
    }

    /// Returns why the engine may not be able to read the store, as far as that can be seen from here.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        match &self.kind {
            Kind::Local(local) => local.doubt(),
            Kind::Hdfs(_) | Kind::WebHdfs(_) | Kind::Bucket(_) => None,
        }
    }

    /// Puts everything that a reader gives into a file, in place of one of that name, and returns its size. If the reader or the
    /// storage fails, there is no new file.
    ///
    /// # Errors
    /// `File`.
    pub async fn put(&self, path: &str, mut from: impl AsyncRead + Unpin) -> Result<u64> {
        let mut upload = self.upload(path).await?;
        let mut buffer = Vec::with_capacity(CHUNK);
        loop {
            buffer.clear();
            let read = (&mut from).take(CHUNK as u64).read_to_end(&mut buffer).await;
            match read {
                Ok(0) => return upload.finish().await,
                Ok(_) => {
                    if let Err(error) = upload.write(&buffer).await {
                        upload.abort().await;
                        return Err(error);
                    }
                }
                Err(error) => {
                    upload.abort().await;
                    return Err(Error::new(ErrorKind::File, "what is to be uploaded cannot be read").because(error));
                }
            }
        }
    }

    /// Begins a file that is written piece by piece.
    ///
    /// # Errors
    /// `File`; `Internal` if the path leaves the store.
    pub async fn upload(&self, path: &str) -> Result<Upload> {
        let path = inside(path)?;
        let open = match &self.kind {
            Kind::Local(local) => Open::Local(local.create(path).await?),
            Kind::Hdfs(hdfs) => Open::Hdfs(Box::new(hdfs.create(path).await?)),
            Kind::WebHdfs(web) => Open::WebHdfs(web.create(path).await?),
            Kind::Bucket(bucket) => Open::Bucket(Box::new(bucket.create(path)?)),
        };
        Ok(Upload { open, bytes: 0 })
    }

    /// Returns all files below a folder, sorted by path; none if there is no such folder. Files without a name are left out.
    ///
    /// # Errors
    /// `File`; `Internal` if the path leaves the store.
    pub async fn list(&self, folder: &str) -> Result<Vec<Stored>> {
        let folder = inside(folder)?;
        let plain = |found: Vec<(Stored, Version)>| found.into_iter().map(|(file, _)| file).collect();
        let mut files: Vec<Stored> = match &self.kind {
            Kind::Local(local) => local.list(folder).await?,
            Kind::Hdfs(hdfs) => plain(hdfs.list(folder).await?),
            Kind::WebHdfs(web) => web.list(folder).await?,
            Kind::Bucket(bucket) => plain(bucket.list(folder).await?),
        };
        files.retain(|file| !file.path.split('/').any(|name| name.starts_with('.')));
        files.sort();
        Ok(files)
    }

    /// Returns all files of a bucket's folder or of HDFS, whatever their names, sorted by path, with their versions.
    ///
    /// # Errors
    /// `File`; `Usage` for another kind of storage.
    pub async fn all(&self) -> Result<Vec<(Stored, Version)>> {
        let mut files = match &self.kind {
            Kind::Hdfs(hdfs) => hdfs.list("").await?,
            Kind::Bucket(bucket) => bucket.list("").await?,
            Kind::Local(_) | Kind::WebHdfs(_) => return Err(unread()),
        };
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(files)
    }

    /// Returns a part of a file that was listed as of a version.
    ///
    /// # Errors
    /// `File`, also if it is of another version; `Usage` for another kind of storage; `Internal` if the path leaves the store.
    pub async fn read(&self, path: &str, offset: u64, bytes: u64, listed: &Version) -> Result<Bytes> {
        let path = inside(path)?;
        match &self.kind {
            Kind::Hdfs(hdfs) => hdfs.read(path, offset, bytes, listed).await,
            Kind::Bucket(bucket) => bucket.read(path, offset, bytes, listed).await,
            Kind::Local(_) | Kind::WebHdfs(_) => Err(unread()),
        }
    }

    /// Deletes a file. One that is not there is no error.
    ///
    /// # Errors
    /// `File`; `Usage` for another kind of storage; `Internal` if the path leaves the store.
    pub async fn delete(&self, path: &str) -> Result<()> {
        let path = inside(path)?;
        match &self.kind {
            Kind::Hdfs(hdfs) => hdfs.delete_all(path).await,
            Kind::Bucket(bucket) => bucket.delete(path).await,
            Kind::Local(_) | Kind::WebHdfs(_) => Err(unread()),
        }
    }

    /// Deletes a folder with everything below it. One that is not there is no error.
    ///
    /// # Errors
    /// `File`; `Internal` if the path leaves the store.
    pub async fn delete_all(&self, folder: &str) -> Result<()> {
        let folder = inside(folder)?;
        match &self.kind {
            Kind::Local(local) => local.delete_all(folder).await,
            Kind::Hdfs(hdfs) => hdfs.delete_all(folder).await,
            Kind::WebHdfs(web) => web.delete_all(folder).await,
            Kind::Bucket(bucket) => bucket.delete_all(folder).await,
        }
    }
}

/// A file that has no name yet. One that is dropped never gets one, but may leave something behind until its folder is deleted;
/// [`Upload::abort`] leaves nothing.
pub struct Upload {
    open: Open,
    bytes: u64,
}

enum Open {
    Local(LocalFile),
    Hdfs(Box<HdfsFile>),
    WebHdfs(WebHdfsFile),
    Bucket(Box<BucketFile>),
}

impl Upload {
    /// Adds bytes at the end.
    ///
    /// # Errors
    /// `File`.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        for piece in bytes.chunks(CHUNK) {
            match &mut self.open {
                Open::Local(file) => file.write(piece).await?,
                Open::Hdfs(file) => file.write(Bytes::copy_from_slice(piece)).await?,
                Open::WebHdfs(file) => file.write(Bytes::copy_from_slice(piece)).await?,
                Open::Bucket(file) => file.write(Bytes::copy_from_slice(piece)).await?,
            }
            self.bytes += piece.len() as u64;
        }
        Ok(())
    }

    /// Gives the file its name once all of it is stored, and returns its size.
    ///
    /// # Errors
    /// `File`; there is no new file then.
    pub async fn finish(self) -> Result<u64> {
        match self.open {
            Open::Local(file) => file.finish().await?,
            Open::Hdfs(file) => file.finish().await?,
            Open::WebHdfs(file) => file.finish().await?,
            Open::Bucket(file) => file.finish().await?,
        }
        Ok(self.bytes)
    }

    /// Removes what was written. Cannot do more about it if the storage fails.
    pub async fn abort(self) {
        match self.open {
            // Removed on drop.
            Open::Local(_) => {}
            Open::Hdfs(file) => file.abort().await,
            Open::WebHdfs(file) => file.abort().await,
            Open::Bucket(file) => file.abort().await,
        }
    }
}

fn unread() -> Error {
    Error::usage("files of this kind of storage cannot be read")
        .hint("Write s3://BUCKET/FOLDER, or hdfs://HOST:PORT/FOLDER without `webhdfs`.")
}

/// Returns a path below the store, without slashes at its ends.
fn inside(path: &str) -> Result<&str> {
    let path = path.trim_matches('/');
    if path.is_empty() || path.split('/').any(|name| matches!(name, "" | "." | "..")) || path.contains('\0') {
        return Err(Error::internal("a path of uploaded files leaves the folder for them"));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_path_leaves_the_store(path in "[./a-c]{0,12}") {
            let Ok(found) = inside(&path) else { return Ok(()) };
            let depth = found.split('/').filter(|name| !name.is_empty()).count();
            prop_assert!(depth > 0 && !found.starts_with('/') && found.split('/').all(|name| name != ".."));
        }
    }
}
