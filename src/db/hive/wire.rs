//! The connection to a HiveServer2 engine: TLS, the login by SASL, and one call after another.
//!
//! After SASL PLAIN, every message travels in frames with their length in front; without it, messages follow one another as
//! they are. An exchange that is not finished leaves the connection in an unknown state, so it is not used again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::error::{lost, refused, refused_login, unreadable};
use super::scan::{MAX_MESSAGE, Scan};
use super::thrift::{Answer, CUT, Fault, NO_MESSAGE, Value, answer, call};
use super::url::{HiveAuth, HiveUrl};
use crate::error::{Error, ErrorKind, Result};
use crate::stream::cancel::Cancel;

/// Room for the next bytes of an answer.
const CHUNK: usize = 64 << 10;

/// The longest text with which a server answers a login.
const MAX_LOGIN_TEXT: u32 = 64 << 10;

/// How often a wait checks for a stop.
const TICK: Duration = Duration::from_millis(100);

/// How long an answer that is under way may still take once a stop was requested.
const GRACE: Duration = Duration::from_secs(5);

/// Both directions of a connection.
trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection on which methods are called.
pub(super) struct Wire {
    stream: Box<dyn Duplex>,
    framed: bool,
    sequence: i32,
    /// An exchange was left before its end.
    broken: bool,
}

impl Wire {
    /// Connects and logs in.
    ///
    /// # Errors
    /// `Database`; `File` if a file of certificates cannot be read.
    pub(super) async fn open(url: &HiveUrl) -> Result<Self> {
        let tcp = TcpStream::connect((url.host(), url.port())).await.map_err(|error| unreachable(url, &error))?;
        tcp.set_nodelay(true).map_err(|error| unreachable(url, &error))?;
        let stream: Box<dyn Duplex> = if url.tls() {
            let name = ServerName::try_from(url.host().to_owned())
                .map_err(|error| Error::usage("the host of the engine has no name for TLS").because(error))?;
            let tls = TlsConnector::from(Arc::new(trusted(url)?)).connect(name, tcp).await;
            Box::new(tls.map_err(|error| {
                Error::database(format!("no encrypted connection to the server {}", url.server())).because(error).hint(
                    "Check the certificate of the server, name the file of its authority with `ca=FILE`, and check that this \
                     port speaks TLS.",
                )
            })?)
        } else {
            Box::new(tcp)
        };
        let mut wire = Self { stream, framed: false, sequence: 0, broken: false };
        if url.auth() == HiveAuth::Plain {
            wire.log_in(url).await?;
            wire.framed = true;
        }
        Ok(wire)
    }

    /// Logs in by SASL PLAIN.
    async fn log_in(&mut self, url: &HiveUrl) -> Result<()> {
        const START: u8 = 1;
        const OK: u8 = 2;
        const COMPLETE: u8 = 5;
        let mut hello = Vec::new();
        let login = format!("\0{}\0{}", url.user(), url.password());
        for (status, text) in [(START, "PLAIN"), (OK, login.as_str())] {
            hello.push(status);
            hello.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            hello.extend(text.as_bytes());
        }
        self.stream.write_all(&hello).await.map_err(|error| unreachable(url, &error))?;
        self.stream.flush().await.map_err(|error| unreachable(url, &error))?;
        loop {
            let mut head = [0; 5];
            self.stream.read_exact(&mut head).await.map_err(|error| unreachable(url, &error))?;
            let [status, length @ ..] = head;
            let length = u32::from_be_bytes(length);
            if length > MAX_LOGIN_TEXT {
                return Err(unreadable(Fault("it is no answer to a login")));
            }
            let mut text = Vec::new();
            let stream = &mut self.stream;
            stream.take(u64::from(length)).read_to_end(&mut text).await.map_err(|error| unreachable(url, &error))?;
            match status {
                COMPLETE => return Ok(()),
                OK => {}
                // BAD and ERROR, both with a reason.
                3 | 4 => return Err(refused_login(url, &String::from_utf8_lossy(&text))),
                _ => return Err(unreadable(Fault("it is no answer to a login"))),
            }
        }
    }

    /// Calls a method and returns its result. A stop that is requested meanwhile breaks the connection after a while.
    ///
    /// # Errors
    /// `Database`; `Interrupted`.
    pub(super) async fn call(&mut self, method: &str, request: Value, cancel: &Cancel) -> Result<Value> {
        if self.broken {
            return Err(lost("an exchange before this one was not finished"));
        }
        self.broken = true;
        self.sequence = self.sequence.wrapping_add(1);
        let answered = tokio::select! {
            answered = self.exchange(method, request) => answered?,
            () = stopped(cancel) => return Err(Error::new(ErrorKind::Interrupted, "stopped by a signal")),
        };
        self.broken = false;
        match answered {
            Answer::Reply(result) => Ok(result),
            Answer::Exception(said) => Err(refused(None, &said)),
        }
    }

    async fn exchange(&mut self, method: &str, request: Value) -> Result<Answer> {
        let message = call(method, self.sequence, request);
        let sent = async {
            if self.framed {
                self.stream.write_all(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes()).await?;
            }
            self.stream.write_all(&message).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|error| lost(&error.to_string()))?;
        let message = receive(&mut self.stream, self.framed).await?;
        answer(&message, self.sequence).map_err(unreadable)
    }
}

/// Receives one message, however many frames it has.
async fn receive(stream: &mut (impl AsyncRead + Unpin), framed: bool) -> Result<Vec<u8>> {
    let broken = |error: io::Error| lost(&error.to_string());
    let mut message = Vec::new();
    let mut scan = Scan::default();
    // What is left of a frame.
    let mut frame = 0;
    loop {
        let room = if framed {
            if frame == 0 {
                frame = stream.read_u32().await.map_err(broken)? as usize;
                if frame > MAX_MESSAGE {
                    return Err(unreadable(NO_MESSAGE));
                }
                continue;
            }
            frame.min(CHUNK)
        } else {
            CHUNK
        };
        message.reserve(room);
        let read = (&mut *stream).take(room as u64).read_buf(&mut message).await.map_err(broken)?;
        if read == 0 {
            return Err(lost("the server closed the connection"));
        }
        frame = frame.saturating_sub(read);
        if let Some(length) = scan.look(&message).map_err(unreadable)? {
            // Nothing follows an answer before the next call.
            return if length == message.len() && frame == 0 { Ok(message) } else { Err(unreadable(CUT)) };
        }
    }
}

/// Waits for a stop, and then for as long as an answer may still take.
async fn stopped(cancel: &Cancel) {
    while !cancel.requested() {
        tokio::time::sleep(TICK).await;
    }
    tokio::time::sleep(GRACE).await;
}

/// Returns the settings of TLS: the authorities in the file, or those of the system.
fn trusted(url: &HiveUrl) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = url.ca() {
        let wrong = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::new(ErrorKind::File, "the certificates cannot be read")
                .at_path(path.display().to_string())
                .because(error)
        };
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.into()))? {
            roots.add(certificate.map_err(|error| wrong(error.into()))?).map_err(|error| wrong(error.into()))?;
        }
        if roots.is_empty() {
            return Err(wrong("the file holds no certificate".into()));
        }
    } else {
        // Certificates of the system that cannot be read are left out; the handshake says if one is missing.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| Error::internal("the settings of TLS are not accepted").because(error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn unreachable(url: &HiveUrl, error: &io::Error) -> Error {
    lost(&format!("{}: {error}", url.server()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{reply, values};
    use super::*;

    fn received(bytes: &[u8], framed: bool) -> Result<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(receive(&mut &*bytes, framed))
    }

    fn frames(message: &[u8], size: usize) -> Vec<u8> {
        let frame = |part: &[u8]| [&u32::try_from(part.len()).unwrap().to_be_bytes(), part].concat();
        message.chunks(size.max(1)).flat_map(frame).collect()
    }

    proptest! {
        #[test]
        fn a_message_arrives_with_and_without_frames(value in values(), size in 1..200_usize) {
            let message = reply(1, value);
            prop_assert_eq!(received(&message, false).unwrap(), message.clone());
            prop_assert_eq!(received(&frames(&message, size), true).unwrap(), message);
        }

        #[test]
        fn what_a_hostile_server_sends_ends_in_an_error(value in values(), at in any::<prop::sample::Index>(), junk in any::<[u8; 4]>(), framed in any::<bool>()) {
            let message = reply(1, value);
            let mut bytes = if framed { frames(&message, 50) } else { message };
            let at = at.index(bytes.len());
            bytes.splice(at.., junk);
            let _ = received(&bytes, framed).map(|message| answer(&message, 1));
        }
    }

    #[test]
    fn a_frame_that_is_too_large_is_refused() {
        assert!(received(&[0x7f, 0xff, 0xff, 0xff, 0], true).is_err());
        // What a web server says, taken for the length of a frame.
        assert!(received(b"HTTP/1.1 400 Bad Request\r\n\r\n", true).is_err());
    }
}
