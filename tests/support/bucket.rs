//! A server of buckets in the process of the tests.

use std::path::PathBuf;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::dto::HeadObjectInput;
use s3s::service::S3ServiceBuilder;
use s3s::{S3Request, S3Result, s3_error};
use s3s_fs::FileSystem;

/// Lets in who has a key, and says that a folder is no object. The server itself answers a question about a folder with an error
/// of its own, and clients ask again for minutes.
struct Access {
    root: PathBuf,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_some() { Ok(()) } else { Err(s3_error!(AccessDenied)) }
    }

    async fn head_object(&self, request: &mut S3Request<HeadObjectInput>) -> S3Result<()> {
        let key = self.root.join(&request.input.bucket).join(&request.input.key);
        if key.is_dir() { Err(s3_error!(NoSuchKey)) } else { Ok(()) }
    }
}

/// Serves the folders below a folder as buckets, to who has the keys `AK` and `SECRET`, until the runtime ends. Returns the
/// address.
pub(crate) async fn serve(root: PathBuf, server: &str) -> String {
    let mut service = S3ServiceBuilder::new(FileSystem::new(&root).unwrap());
    service.set_access(Access { root });
    service.set_auth(SimpleAuth::from_single("AK", "SECRET"));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind(server).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    address
}
