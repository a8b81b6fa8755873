//! A folder of a bucket of S3, or of any server that speaks its protocol.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use super::file::{Stored, Version, failed, overwritten};
use super::tls::choose_tls;
use crate::error::{Error, Result};

/// The size of a part of an upload. There can be 10,000.
const PART: usize = 8 << 20;

/// Parts on their way at once.
const PARTS: usize = 2;

pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    bucket: String,
    root: String,
}

impl Bucket {
    pub(super) fn open(bucket: &str, root: String) -> Result<Self> {
        choose_tls();
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
        // Whoever names a server by its address in the clear means it.
        let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
            .iter()
            .find_map(|key| builder.get_config_value(key));
        if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
            builder = builder.with_allow_http(true);
        }
        let place = format!("s3://{bucket}");
        let store = builder.build().map_err(|error| wrong("the bucket cannot be used", &place, &error))?;
        Ok(Self { store: Arc::new(store), bucket: bucket.to_owned(), root })
    }

    fn shown(&self, path: &Path) -> String {
        format!("s3://{}/{path}", self.bucket)
    }

    fn key(&self, path: &str) -> Result<Path> {
        // `parse` keeps the key as it is, where `from` would encode it.
        Path::parse(format!("{}/{path}", self.root))
            .map_err(|error| Error::internal("a path is no key of a bucket").because(error))
    }

    pub(super) fn create(&self, path: &str) -> Result<BucketFile> {
        let key = self.key(path)?;
        let shown = self.shown(&key);
        let store = Arc::clone(&self.store) as Arc<dyn ObjectStore>;
        Ok(BucketFile { writer: BufWriter::with_capacity(store, key, PART).with_max_concurrency(PARTS), shown })
    }

    pub(super) async fn list(&self, folder: &str) -> Result<Vec<(Stored, Version)>> {
        let key = self.key(folder)?;
        let found: Vec<_> = self
            .store
            .list(Some(&key))
            .try_collect()
            .await
            .map_err(|error| wrong("the folder cannot be listed", &self.shown(&key), &error))?;
        let below = |path: &str| path.strip_prefix(&self.root).map(|path| path.trim_start_matches('/').to_owned());
        Ok(found
            .into_iter()
            .filter_map(|file| {
                let version = version(&file);
                Some((Stored { path: below(file.location.as_ref())?, bytes: file.size }, version))
            })
            .collect())
    }

    pub(super) async fn read(&self, path: &str, offset: u64, bytes: u64, listed: &Version) -> Result<Bytes> {
        let key = self.key(path)?;
        let fault = |error| wrong("the file cannot be read", &self.shown(&key), &error);
        let options = GetOptions::new().with_range(Some(offset..offset.saturating_add(bytes)));
        let read = self.store.get_opts(&key, options).await.map_err(fault)?;
        if !version(&read.meta).is(listed) {
            return Err(overwritten(&self.shown(&key)));
        }
        read.bytes().await.map_err(fault)
    }

    pub(super) async fn delete(&self, path: &str) -> Result<()> {
        let key = self.key(path)?;
        match self.store.delete(&key).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(wrong("the file cannot be deleted", &self.shown(&key), &error)),
        }
    }

    pub(super) async fn delete_all(&self, folder: &str) -> Result<()> {
        let key = self.key(folder)?;
        let found = self.store.list(Some(&key)).map_ok(|file| file.location).boxed();
        let deleted = self.store.delete_stream(found).try_for_each(|_| std::future::ready(Ok(()))).await;
        deleted.map_err(|error| wrong("the folder cannot be deleted", &self.shown(&key), &error))
    }
}

/// Returns the version of a file. An answer to a reader has no fractions of seconds.
fn version(file: &ObjectMeta) -> Version {
    Version { milliseconds: file.last_modified.timestamp() * 1000, tag: file.e_tag.clone() }
}

pub(super) struct BucketFile {
    writer: BufWriter,
    shown: String,
}

impl BucketFile {
    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.writer.put(bytes).await.map_err(|error| wrong("the file cannot be written", &self.shown, &error))
    }

    pub(super) async fn finish(mut self) -> Result<()> {
        // Ends the upload, whose parts are removed if that fails.
        let done = self.writer.shutdown().await;
        done.map_err(|error| failed("the file cannot be completed", &self.shown, &error).hint(HINT))
    }

    pub(super) async fn abort(mut self) {
        let _ = self.writer.abort().await;
    }
}

const HINT: &str = "Check the name of the bucket, and AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY \
                    in the environment.";

fn wrong(what: &'static str, place: &str, error: &object_store::Error) -> Error {
    failed(what, place, error).hint(HINT)
}
