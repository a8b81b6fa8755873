//! Connections that break while a transaction is committed: the server may have done it or not, and nobody was told.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::people::{PEOPLE, count, with_people, with_people_within};
use crate::conformance::command::json;
use crate::conformance::look::number;
use crate::support::server::Server;
use crate::support::{Engine, engines, finish};

/// When a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lost {
    /// The server is never asked to commit.
    Request,
    /// It has committed, and its answer does not arrive.
    Answer,
}

/// Stands between the program and a server, and breaks the connection on which a commit is asked for.
struct Between {
    server: PathBuf,
    lost: Lost,
    /// Commits up to the one that breaks, itself included.
    left: AtomicU32,
    struck: AtomicBool,
}

impl Between {
    /// Listens at a socket for as long as the process lives.
    fn listen(socket: &Path, server: &Path, lost: Lost, commit: u32) -> Arc<Self> {
        let between = Arc::new(Self {
            server: server.to_owned(),
            lost,
            left: AtomicU32::new(commit),
            struck: AtomicBool::new(false),
        });
        let listener = UnixListener::bind(socket).unwrap();
        let shared = Arc::clone(&between);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(&client));
            }
        });
        between
    }

    fn serve(&self, client: &UnixStream) {
        let Ok(server) = UnixStream::connect(&self.server) else { return };
        let broken = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                pass(&server, client, |_| !broken.load(Ordering::SeqCst));
                shut(&server, client);
            });
            pass(client, &server, |piece| {
                if !commits(piece) || self.left.fetch_sub(1, Ordering::SeqCst) != 1 {
                    return true;
                }
                self.struck.store(true, Ordering::SeqCst);
                broken.store(true, Ordering::SeqCst);
                self.lost == Lost::Answer
            });
            // The answer to what went through is waited for, or nobody would know that it was done.
            if !broken.load(Ordering::SeqCst) || self.lost == Lost::Request {
                shut(&server, client);
            }
        });
    }
}

/// Whether it is the request to commit: `COMMIT` as a whole query of the PostgreSQL or the MariaDB protocol.
fn commits(piece: &[u8]) -> bool {
    piece.ends_with(b"\0\0\0\x0bCOMMIT\0") || piece.ends_with(b"\x07\0\0\0\x03COMMIT")
}

/// Copies from one to the other until an end or until `go_on` says no to a piece, which is then kept back.
fn pass(mut from: &UnixStream, mut to: &UnixStream, mut go_on: impl FnMut(&[u8]) -> bool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if !go_on(&buffer[..count]) || to.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
}

fn shut(one: &UnixStream, other: &UnixStream) {
    for stream in [one, other] {
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }
}

fn commits_are_lost(engine: Engine) {
    if !engines().contains(&engine) {
        return;
    }
    let source = with_people(engine, "bundle", "2024-01-01");
    let bundle = source.export(&[]).bundle;
    let server = Server::start(engine);
    let mut struck = 0;
    for lost in [Lost::Request, Lost::Answer] {
        for commit in [1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 16, 17, 18, 19, 20] {
            let place = format!("{} {lost:?} {commit}", engine.name());
            let site = with_people_within(server.database(), "target", "2023-01-01");
            site.database.run("DELETE FROM people WHERE id > 300;\n");
            let folder = tempfile::tempdir().unwrap();
            let socket = folder.path().join(server.socket().file_name().expect("a name"));
            let between = Between::listen(&socket, &server.socket(), lost, commit);
            let here = server.socket().parent().expect("a folder").display().to_string();
            let url = site.database.url.replace(&here, &folder.path().display().to_string());
            let import = || {
                let file = format!("--file={}", bundle.display());
                let mut command = site.elsewhere(&["import", &file, "--object-limit=50", "--jobs=1", "--json"], &url);
                finish(&mut command)
            };
            let mut ended = import();
            let over = !between.struck.load(Ordering::SeqCst);
            struck += u32::from(!over);
            // Before the run's own row is in, there is nothing to go on from.
            if ended.status == 6 && commit == 1 {
                ended = import();
            }
            assert_eq!(ended.status, 0, "{place}: {}", ended.stderr);
            let report = json(&ended.stdout);
            let totals = &report["totals"];
            assert_eq!((&totals["inserted"], &totals["updated"]), (&300.into(), &300.into()), "{place}: {report}");
            let retried = report["retries"].as_u64() > Some(0);
            assert_eq!(retried, !over && commit > 1, "{place}: {report}");
            assert_eq!(count(&site.database, "bundle"), i64::from(PEOPLE), "{place}");
            let left = "SELECT count(*) FROM gapsync_checkpoint;";
            assert_eq!(number(&site.database, left), 0, "{place}");
            let finished = "SELECT count(*) FROM synchronizations WHERE finished_at IS NOT NULL;";
            assert_eq!(number(&site.database, finished), 1, "{place}");
        }
    }
    assert!(struck > 24, "{}: only {struck} commits were lost", engine.name());
}

#[test]
fn what_postgres_says_of_a_commit_is_lost() {
    commits_are_lost(Engine::Postgres);
}

#[test]
fn what_mariadb_says_of_a_commit_is_lost() {
    commits_are_lost(Engine::Mariadb);
}
