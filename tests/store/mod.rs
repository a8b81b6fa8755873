//! Storage that an engine reads from: a local folder, HDFS by RPC and by HTTP, and a bucket of a server in this process.

mod bucket;
mod hdfs;
mod local;
mod spark;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use gapsync::error::{Error, ErrorKind};
use gapsync::store::{Store, Stored};
use tokio::io::{AsyncRead, ReadBuf};

fn on_runtime(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(test);
}

/// Bytes that look like nothing in particular.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(length).collect()
}

/// A reader that fails after some bytes.
struct Failing(usize);

impl AsyncRead for Failing {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.0 == 0 {
            return Poll::Ready(Err(io::Error::other("the disk is gone")));
        }
        let length = buffer.remaining().min(self.0);
        buffer.put_slice(&noise(length));
        self.0 -= length;
        Poll::Ready(Ok(()))
    }
}

fn stored(path: &str, bytes: u64) -> Stored {
    Stored { path: path.to_owned(), bytes }
}

fn chain(error: &Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    format!("{error}: {cause} [{}]", error.advice().unwrap_or_default())
}

/// What every storage has to do. `read` reads a file of the store without gapsync's code.
async fn round_trip(store: &Store, read: impl Fn(&str) -> Vec<u8>) {
    let large = noise(20_000_001);
    assert!(store.list("flow").await.unwrap().is_empty());
    store.delete_all("flow").await.unwrap();
    assert_eq!(store.put("flow/scores/1.csv", &large[..]).await.unwrap(), 20_000_001);
    assert_eq!(store.put("flow/scores/é 2&+%.csv", &b"a,b\n"[..]).await.unwrap(), 4);
    assert_eq!(store.put("flow/empty", &b""[..]).await.unwrap(), 0);
    assert_eq!(store.put("flowers/x", &b"x"[..]).await.unwrap(), 1);
    let mut upload = store.upload("flow/pieces").await.unwrap();
    for piece in large[..3_000_000].chunks(70_001) {
        upload.write(piece).await.unwrap();
    }
    // It is not there before all of it is.
    assert!(!store.list("flow").await.unwrap().iter().any(|file| file.path.contains("pieces")));
    assert_eq!(upload.finish().await.unwrap(), 3_000_000);
    assert_eq!(
        store.list("flow").await.unwrap(),
        [
            stored("flow/empty", 0),
            stored("flow/pieces", 3_000_000),
            stored("flow/scores/1.csv", 20_000_001),
            stored("flow/scores/é 2&+%.csv", 4),
        ]
    );
    assert!(read("flow/scores/1.csv") == large);
    assert!(read("flow/pieces") == large[..3_000_000]);
    assert_eq!(read("flow/scores/é 2&+%.csv"), b"a,b\n");
    // In place of the one before.
    store.put("flow/pieces", &b"new"[..]).await.unwrap();
    assert_eq!(read("flow/pieces"), b"new");

    // A reader that fails, and an upload that is given up, leave nothing, and what was there stays.
    for length in [100, 18_000_000] {
        let error = store.put("flow/pieces", Failing(length)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::File);
        assert!(chain(&error).contains("the disk is gone"), "{}", chain(&error));
    }
    let mut upload = store.upload("flow/given-up").await.unwrap();
    upload.write(&large[..12_000_000]).await.unwrap();
    upload.abort().await;
    assert_eq!(read("flow/pieces"), b"new");
    assert_eq!(store.list("flow").await.unwrap().len(), 4);

    for path in ["", "/", "../x", "a//b", "a/../../b", "./a"] {
        assert_eq!(store.put(path, &b""[..]).await.unwrap_err().kind(), ErrorKind::Internal, "{path}");
        assert_eq!(store.delete_all(path).await.unwrap_err().kind(), ErrorKind::Internal, "{path}");
    }
    store.delete_all("flow").await.unwrap();
    assert!(store.list("flow").await.unwrap().is_empty());
    assert_eq!(store.list("flowers").await.unwrap(), [stored("flowers/x", 1)]);
}
