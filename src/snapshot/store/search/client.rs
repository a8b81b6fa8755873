//! HTTP with Elasticsearch and OpenSearch: JSON there and back.

use std::time::{Duration, Instant};

use reqwest::{Client as Http, Method, Response, StatusCode, Url, redirect};
use serde_json::Value;

use crate::error::{Error, Result, escape};
use crate::snapshot::credentials::Login;
use crate::snapshot::wait::wait;
use crate::store::choose_tls;
use crate::stream::cancel::Cancel;

/// How long an ordinary answer may take.
const ORDINARY: Duration = Duration::from_mins(2);

/// How often a long request looks whether the run is to stop.
const TICK: Duration = Duration::from_millis(100);

/// The most that is read of an answer.
const MAX_ANSWER: usize = 64 << 20;

/// The longest reason that is shown.
const MAX_REASON: usize = 400;

const HINT: &str = "Check `url` of the store in the platform file, and whether the engine runs.";

/// The HTTP interface of an engine.
pub(super) struct Client {
    http: Http,
    base: Url,
    login: Option<Login>,
}

/// What to ask for.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    /// Segments of the path.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    /// What the answer is for, as the beginning of an error.
    pub(super) what: &'static str,
}

impl Client {
    /// Prepares to talk to an engine.
    ///
    /// # Errors
    /// `Usage` if the address cannot be read or holds a password.
    pub(super) fn open(url: &str, login: Option<Login>) -> Result<Self> {
        choose_tls();
        let base = Url::parse(url).map_err(|error| wrong().because(error))?;
        if !matches!(base.scheme(), "http" | "https") || base.query().is_some() || base.fragment().is_some() {
            return Err(wrong());
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(Error::usage("the address of Elasticsearch holds a user or a password")
                .hint("Put them into the file of --credentials: the address is shown in reports."));
        }
        // Answers never lead elsewhere, and the engine is a neighbour, whatever proxy leads out of here.
        let http = Http::builder().redirect(redirect::Policy::none()).no_proxy().connect_timeout(ORDINARY / 12);
        let http = http.tcp_keepalive(ORDINARY / 4).build();
        let http = http.map_err(|error| Error::internal("HTTP cannot be used").because(error))?;
        Ok(Self { http, base, login })
    }

    /// Asks for something that must be there.
    ///
    /// # Errors
    /// `Database` if the engine does not answer, or refuses.
    pub(super) fn get(&self, ask: Ask<'_>) -> Result<Value> {
        wait(self.success(Method::GET, ask, None, ORDINARY))
    }

    /// Asks for something that may be missing.
    ///
    /// # Errors
    /// `Database` if the engine does not answer, or refuses for another reason.
    pub(super) fn find(&self, ask: Ask<'_>) -> Result<Option<Value>> {
        let (status, answer) = wait(self.send(Method::GET, ask, None, ORDINARY))?;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(answer)),
            status => Err(self.refused(ask, status, &answer)),
        }
    }

    /// Asks for something that some engines do not have.
    ///
    /// # Errors
    /// `Database` if the engine does not answer, or wants another login.
    pub(super) fn probe(&self, ask: Ask<'_>) -> Result<Value> {
        let (status, answer) = wait(self.send(Method::GET, ask, None, ORDINARY))?;
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.refused(ask, status, &answer)),
            _ => Ok(answer),
        }
    }

    /// Puts something there.
    ///
    /// # Errors
    /// Those of [`Self::get`].
    pub(super) fn put(&self, ask: Ask<'_>, body: &Value) -> Result<Value> {
        wait(self.success(Method::PUT, ask, Some(body), ORDINARY))
    }

    /// Has something done that may take as long as `limit`.
    ///
    /// # Errors
    /// Those of [`Self::get`]; `Interrupted`.
    pub(super) fn post(&self, ask: Ask<'_>, body: &Value, limit: Duration, cancel: &Cancel) -> Result<Value> {
        wait(async {
            let mut answer = Box::pin(self.success(Method::POST, ask, Some(body), limit));
            loop {
                match tokio::time::timeout(TICK, &mut answer).await {
                    Ok(answer) => return answer,
                    Err(_) => cancel.check()?,
                }
            }
        })
    }

    /// Deletes something, and returns whether it was there.
    ///
    /// # Errors
    /// Those of [`Self::get`].
    pub(super) fn delete(&self, ask: Ask<'_>) -> Result<bool> {
        let (status, answer) = wait(self.send(Method::DELETE, ask, None, ORDINARY))?;
        match status {
            StatusCode::NOT_FOUND => Ok(false),
            status if status.is_success() => Ok(true),
            status => Err(self.refused(ask, status, &answer)),
        }
    }

    /// Returns the address, which holds no password.
    pub(super) fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    fn url(&self, ask: Ask<'_>) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(ask.path);
        }
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query);
        }
        url
    }

    async fn success(&self, method: Method, ask: Ask<'_>, body: Option<&Value>, limit: Duration) -> Result<Value> {
        let (status, answer) = self.send(method, ask, body, limit).await?;
        if status.is_success() { Ok(answer) } else { Err(self.refused(ask, status, &answer)) }
    }

    async fn send(
        &self,
        method: Method,
        ask: Ask<'_>,
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<(StatusCode, Value)> {
        let mut request = self.http.request(method, self.url(ask)).timeout(limit);
        if let Some(login) = &self.login {
            request = request.basic_auth(&login.user, Some(&login.password));
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let begun = Instant::now();
        let answer = async {
            let answer = request.send().await?;
            let status = answer.status();
            reqwest::Result::Ok((status, read(answer).await?))
        };
        let (status, bytes) = answer.await.map_err(|error| self.unanswered(ask, &error, begun.elapsed()))?;
        // A proxy on the way may answer with a page.
        let value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status.is_success() && value.is_null() {
            return Err(self.failed(ask, "the answer is not JSON, or too long").hint(HINT));
        }
        Ok((status, value))
    }

    fn failed(&self, ask: Ask<'_>, reason: &str) -> Error {
        let place = Ask { query: &[], ..ask };
        Error::database(ask.what).at_path(self.url(place).to_string()).because(short(reason))
    }

    /// Returns the error for a request without an answer.
    fn unanswered(&self, ask: Ask<'_>, error: &reqwest::Error, waited: Duration) -> Error {
        if error.is_timeout() && !error.is_connect() {
            return self.failed(ask, &format!("there was no answer within {} s", waited.as_secs()));
        }
        // The innermost one says what happened, the others only that something did.
        let mut reason: &dyn std::error::Error = error;
        while let Some(inner) = reason.source() {
            reason = inner;
        }
        self.failed(ask, &reason.to_string()).hint(HINT)
    }

    /// Returns the error for an answer that is none that was hoped for.
    fn refused(&self, ask: Ask<'_>, status: StatusCode, answer: &Value) -> Error {
        let said = reason(answer).unwrap_or_else(|| format!("the engine answered {status}"));
        let error = self.failed(ask, &said);
        match status {
            StatusCode::UNAUTHORIZED => error.hint("Give the user and the password in the file of --credentials."),
            StatusCode::FORBIDDEN => {
                error.hint("The user needs the rights to manage snapshots, and to read and create these indices.")
            }
            _ => error,
        }
    }
}

/// Returns an address as it may be shown: one with a password is refused, but not before it is shown.
pub(super) fn shown(url: &str) -> String {
    let Ok(mut address) = Url::parse(url) else { return "an address that cannot be read".to_owned() };
    let _ = address.set_username("");
    let _ = address.set_password(None);
    address.as_str().trim_end_matches('/').to_owned()
}

fn wrong() -> Error {
    Error::usage("the address of Elasticsearch cannot be read").hint("It is written as http://HOST:9200.")
}

/// Returns what an engine says went wrong: the outermost reason and the innermost.
pub(super) fn reason(answer: &Value) -> Option<String> {
    let error = &answer["error"];
    if let Some(text) = error.as_str() {
        return Some(text.to_owned());
    }
    let first = error["reason"].as_str()?;
    let mut last = error;
    while last["caused_by"].is_object() {
        last = &last["caused_by"];
    }
    match last["reason"].as_str() {
        Some(inner) if inner != first => Some(format!("{first}: {inner}")),
        _ => Some(first.to_owned()),
    }
}

/// Makes a text of an engine fit to be shown.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut shown: String = line.chars().take(MAX_REASON).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    escape::line(&shown).into_owned()
}

/// Returns the body of an answer. One that is too long is cut, and so no JSON any more.
async fn read(mut answer: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        body.extend_from_slice(&piece);
        if body.len() > MAX_ANSWER {
            body.truncate(1);
            break;
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_without_a_password() {
        assert_eq!(Client::open("http://127.0.0.1:9200/", None).unwrap().address(), "http://127.0.0.1:9200");
        for url in ["127.0.0.1:9200", "file:///x", "http://h/?a", "http://ann:secret@h:9200"] {
            let error = Client::open(url, None).map(|_| ()).unwrap_err();
            assert!(!format!("{error} {:?} {}", error.advice(), shown(url)).contains("secret"), "{url}");
        }
        let client = Client::open("https://h/es", None).unwrap();
        let ask = Ask { path: &["_snapshot", "a b/c"], query: &[("wait", "1")], what: "" };
        assert_eq!(client.url(ask).as_str(), "https://h/es/_snapshot/a%20b%2Fc?wait=1");
    }

    #[test]
    fn an_engine_gives_its_reasons_in_layers() {
        let answer = serde_json::json!({"error": {"reason": "outer", "caused_by": {"reason": "x", "caused_by": {"reason": "inner"}}}});
        assert_eq!(reason(&answer).as_deref(), Some("outer: inner"));
        assert_eq!(reason(&serde_json::json!({"error": "no handler"})).as_deref(), Some("no handler"));
        assert_eq!(reason(&Value::Null), None);
    }
}
