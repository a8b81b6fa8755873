//! A folder of HDFS by HTTP alone, for sites where the ports of its RPC are closed.

use bytes::Bytes;
use reqwest::{Client, Method, Response, StatusCode, Url, redirect};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::file::{Stored, failed, unnamed};
use super::tls::choose_tls;
use crate::error::{Error, Result};

/// Pieces on their way at once.
const PIECES: usize = 4;

/// The most that is read of an answer.
const MAX_ANSWER: usize = 16 << 20;

const HINT: &str = "Check the host and port after `webhdfs=`, and the user in the address, as in \
                    hdfs://USER@HOST:PORT/FOLDER?webhdfs=HOST:PORT.";

#[derive(Clone)]
pub(super) struct WebHdfs {
    client: Client,
    /// The address of the folder.
    address: Url,
    /// The folder itself, with a slash in front.
    root: String,
    user: Option<String>,
}

impl WebHdfs {
    pub(super) fn open(server: &str, user: Option<String>, root: String) -> Result<Self> {
        choose_tls();
        let wrong = || Error::usage("the address of WebHDFS cannot be read").hint(HINT);
        let address = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
        let mut url = Url::parse(&address).map_err(|error| wrong().because(error))?;
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .clear()
            .extend(["webhdfs", "v1"])
            .extend(root.trim_matches('/').split('/'));
        // The answer to a write names a DataNode, which the bytes go to.
        let client = Client::builder().redirect(redirect::Policy::none()).build();
        let client = client.map_err(|error| Error::internal("HTTP cannot be used").because(error))?;
        Ok(Self { client, address: url, root, user })
    }

    fn url(&self, path: &str, operation: &[(&str, &str)]) -> Url {
        let mut url = self.address.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path.split('/'));
        }
        url.query_pairs_mut().extend_pairs(operation);
        if let Some(user) = &self.user {
            url.query_pairs_mut().append_pair("user.name", user);
        }
        url
    }

    /// Sends a request without a body.
    async fn ask(&self, method: Method, path: &str, operation: &[(&str, &str)]) -> reqwest::Result<Response> {
        self.client.request(method, self.url(path, operation)).send().await
    }

    pub(super) async fn create(&self, path: &str) -> Result<WebHdfsFile> {
        let part = unnamed(path);
        let shown = self.url(path, &[]).to_string();
        let what = "the file cannot be created";
        let answer =
            self.ask(Method::PUT, &part, &[("op", "CREATE"), ("overwrite", "false"), ("permission", "644")]).await;
        let answer = answer.map_err(|error| unsent(what, &shown, &error))?;
        let target = match answer.headers().get("location").map(|target| target.to_str().map(Url::parse)) {
            Some(Ok(Ok(target))) if answer.status() == StatusCode::TEMPORARY_REDIRECT => target,
            _ => return Err(refused(what, &shown, answer).await),
        };
        let (pieces, mut received) = mpsc::channel::<Bytes>(PIECES);
        let stream = futures_util::stream::poll_fn(move |context| {
            received.poll_recv(context).map(|piece| piece.map(Ok::<_, Finished>))
        });
        let request = self
            .client
            .put(target)
            .header("content-type", "application/octet-stream")
            .body(reqwest::Body::wrap_stream(stream));
        let sent = tokio::spawn(request.send());
        Ok(WebHdfsFile { store: self.clone(), pieces, sent, part, path: path.to_owned(), shown })
    }

    pub(super) async fn list(&self, folder: &str) -> Result<Vec<Stored>> {
        let mut files = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let (what, shown) = ("the folder cannot be listed", self.url(&folder, &[]).to_string());
            let answer = self.ask(Method::GET, &folder, &[("op", "LISTSTATUS")]).await;
            let answer = answer.map_err(|error| unsent(what, &shown, &error))?;
            match answer.status() {
                StatusCode::NOT_FOUND => continue,
                status if status.is_success() => {}
                _ => return Err(refused(what, &shown, answer).await),
            }
            let body = body(answer).await.map_err(|error| failed(what, &shown, &error))?;
            let listed: Listed = serde_json::from_slice(&body).map_err(|error| failed(what, &shown, &error))?;
            for found in listed.statuses.status {
                // A file is listed without a name.
                let path = if found.name.is_empty() { folder.clone() } else { format!("{folder}/{}", found.name) };
                match found.kind.as_str() {
                    "DIRECTORY" => folders.push(path),
                    _ => files.push(Stored { path, bytes: found.length }),
                }
            }
        }
        Ok(files)
    }

    pub(super) async fn delete_all(&self, folder: &str) -> Result<()> {
        self.act(Method::DELETE, folder, &[("op", "DELETE"), ("recursive", "true")], "the folder cannot be deleted")
            .await
            .map(|_| ())
    }

    /// Asks for a change, and returns whether there was something to change.
    async fn act(&self, method: Method, path: &str, operation: &[(&str, &str)], what: &'static str) -> Result<bool> {
        let shown = self.url(path, &[]).to_string();
        let answer = self.ask(method, path, operation).await.map_err(|error| unsent(what, &shown, &error))?;
        if !answer.status().is_success() {
            return Err(refused(what, &shown, answer).await);
        }
        let body = body(answer).await.map_err(|error| failed(what, &shown, &error))?;
        // An operation without a result has an empty answer.
        Ok(body.is_empty() || serde_json::from_slice::<Done>(&body).is_ok_and(|done| done.done))
    }
}

/// The end of a stream of pieces never is an error.
type Finished = std::convert::Infallible;

#[derive(serde::Deserialize)]
struct Listed {
    #[serde(rename = "FileStatuses")]
    statuses: Statuses,
}

#[derive(serde::Deserialize)]
struct Statuses {
    #[serde(rename = "FileStatus")]
    status: Vec<Status>,
}

#[derive(serde::Deserialize)]
struct Status {
    #[serde(rename = "pathSuffix")]
    name: String,
    length: u64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(serde::Deserialize)]
struct Done {
    #[serde(rename = "boolean")]
    done: bool,
}

pub(super) struct WebHdfsFile {
    store: WebHdfs,
    pieces: mpsc::Sender<Bytes>,
    sent: JoinHandle<reqwest::Result<Response>>,
    part: String,
    path: String,
    shown: String,
}

impl WebHdfsFile {
    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<()> {
        if self.pieces.send(bytes).await.is_ok() {
            return Ok(());
        }
        // The request has ended early, and says why.
        Err(outcome((&mut self.sent).await, &self.shown)
            .await
            .err()
            .unwrap_or_else(|| Error::internal("an upload ended early")))
    }

    pub(super) async fn finish(self) -> Result<()> {
        let Self { store, pieces, sent, part, path, shown } = self;
        drop(pieces);
        let done = async {
            outcome(sent.await, &shown).await?;
            let what = "the file cannot be completed";
            store.act(Method::DELETE, &path, &[("op", "DELETE")], what).await?;
            let target = format!("{}/{path}", store.root);
            let renamed = store.act(Method::PUT, &part, &[("op", "RENAME"), ("destination", &target)], what).await?;
            if renamed { Ok(()) } else { Err(failed(what, &shown, &"the NameNode does not rename it")) }
        };
        let done = done.await;
        if done.is_err() {
            store.remove(&part).await;
        }
        done
    }

    pub(super) async fn abort(self) {
        self.sent.abort();
        let _ = self.sent.await;
        self.store.remove(&self.part).await;
    }
}

impl WebHdfs {
    /// Removes a file without a name, as far as possible.
    async fn remove(&self, part: &str) {
        let _ = self.ask(Method::DELETE, part, &[("op", "DELETE")]).await;
    }
}

/// Judges the answer of a DataNode to all bytes of a file.
async fn outcome(
    sent: std::result::Result<reqwest::Result<Response>, tokio::task::JoinError>,
    shown: &str,
) -> Result<()> {
    let what = "the file cannot be written";
    let answer = sent.map_err(|error| failed(what, shown, &error))?.map_err(|error| unsent(what, shown, &error))?;
    if answer.status() == StatusCode::CREATED { Ok(()) } else { Err(refused(what, shown, answer).await) }
}

/// Returns the error for a request without an answer.
fn unsent(what: &'static str, shown: &str, error: &reqwest::Error) -> Error {
    let mut reason: &dyn std::error::Error = error;
    // The innermost one says what happened, the others only that something did.
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    failed(what, shown, reason).hint(HINT)
}

/// Returns the error for an answer that is none that was hoped for.
async fn refused(what: &'static str, shown: &str, answer: Response) -> Error {
    #[derive(serde::Deserialize)]
    struct Refusal {
        #[serde(rename = "RemoteException")]
        exception: Exception,
    }
    #[derive(serde::Deserialize)]
    struct Exception {
        message: String,
    }
    let status = answer.status();
    let body = body(answer).await.unwrap_or_default();
    let said = serde_json::from_slice::<Refusal>(&body).map(|refusal| refusal.exception.message);
    let error = match said {
        Ok(message) => failed(what, shown, &message),
        Err(_) => failed(what, shown, &format!("the server answered {status}")),
    };
    error.hint(HINT)
}

/// Returns the body of an answer, which is never large.
async fn body(mut answer: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        body.extend_from_slice(&piece);
        if body.len() > MAX_ANSWER {
            break;
        }
    }
    Ok(body)
}
