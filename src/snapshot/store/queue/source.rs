//! Tasks that are dropped: they get other names in Redis, are written into the bundle from there, and deleted at the end.
//!
//! A tree of this store has a file for each key, `0001.resp` and so on: the commands that make the key again with exactly its
//! content, as Redis's protocol has them, so `redis-cli --pipe < 0001.resp` puts it back. `keys.json` says which key each is.

use serde_json::json;

use super::client::Client;
use super::keys::{self, KEPT, Key, Names, Type};
use crate::error::{Error, Result, escape};
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Queue;
use crate::snapshot::store::contract::{Body, Fact, Fence, Left, Pieces, Source, Taken};

/// How many elements are read at once.
const BATCH: u64 = 100;

/// The name of the file that lists the keys.
const LIST: &[u8] = b"keys.json";

/// Queues whose tasks are dropped.
pub(super) struct QueueSource {
    queue: Queue,
    login: Option<Login>,
    /// The keys under their former names.
    keys: Vec<Key>,
    id: String,
}

impl QueueSource {
    /// Returns the way out of queues. Nothing is asked yet.
    pub(super) fn new(queue: &Queue, login: Option<Login>) -> Self {
        Self { queue: queue.clone(), login, keys: Vec::new(), id: String::new() }
    }

    fn list(&self) -> Result<Vec<u8>> {
        let key = |(index, key): (usize, &Key)| json!({"file": file(index), "key": key.name(), "type": key.holds.name(), "length": key.length});
        let list: Vec<_> = self.keys.iter().enumerate().map(key).collect();
        serde_json::to_vec_pretty(&list)
            .map_err(|error| Error::internal("keys cannot be written as JSON").because(error))
    }
}

/// Returns the name of the file of a key.
fn file(index: usize) -> String {
    format!("{:04}.resp", index + 1)
}

/// Returns the name of a key while it is kept.
fn kept(id: &str, key: &[u8]) -> Vec<u8> {
    [prefix(id).as_slice(), key].concat()
}

fn prefix(id: &str) -> Vec<u8> {
    [KEPT, id.as_bytes(), b":"].concat()
}

impl Source for QueueSource {
    fn root(&self) -> String {
        self.queue.place()
    }

    fn plan(&self) -> String {
        "rename what is left in the queues to gapsync:<id>:KEY".to_owned()
    }

    /// Nobody writes to the renamed keys.
    fn survives(&self) -> bool {
        true
    }

    fn is_engine(&self) -> bool {
        false
    }

    fn probe(&mut self) -> Result<String> {
        Ok(String::new())
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        let mut client = Client::open(&self.queue, self.login.as_ref())?;
        let found = keys::find(&mut client, &Names::new(&self.queue)?)?;
        fence.id.clone_into(&mut self.id);
        if !found.is_empty() {
            let Queue { host, port, database, .. } = &self.queue;
            let (host, id) = (host.clone(), self.id.clone());
            (fence.leave)(Left::RedisKeys { host, port: *port, database: *database, id })?;
        }
        for key in found.into_iter().filter(|key| key.named) {
            client.ask::<i64>(redis::cmd("RENAMENX").arg(&key.key).arg(kept(&self.id, &key.key)))?;
            self.keys.push(key);
        }
        let mut entries = vec![Entry::made_up(b"", Kind::Folder, 0, 0o700)];
        let list = self.list()?.len() as u64;
        entries.push(Entry::made_up(LIST, Kind::File, list, 0o600));
        let files = (0..self.keys.len()).map(|index| Entry::made_up(file(index).as_bytes(), Kind::File, 0, 0o600));
        entries.extend(files);
        let fact = |key: &Key| Fact {
            object: format!("queue {}", key.name()),
            measure: "tasks".to_owned(),
            value: key.length,
        };
        let shown: Vec<String> = self.keys.iter().map(Key::shown).collect();
        let warning = format!("its tasks are dropped, and kept in the bundle only: {}", shown.join(", "));
        Ok(Taken {
            entries,
            facts: self.keys.iter().map(fact).collect(),
            warnings: if shown.is_empty() { Vec::new() } else { vec![warning] },
            said: format!("{} keys", shown.len()),
            ..Taken::default()
        })
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        if entry.path == LIST {
            return Ok(Body::Bytes(self.list()?));
        }
        let index = (0..self.keys.len()).find(|index| file(*index).as_bytes() == entry.path);
        let key = index.and_then(|index| self.keys.get(index));
        let key = key.ok_or_else(|| Error::internal("a key that was not taken"))?.clone();
        let client = Client::open(&self.queue, self.login.as_ref())?;
        let from = kept(&self.id, &key.key);
        Ok(Body::Stream(Box::new(Commands { client, key, from, at: 0 })))
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The commands that make a key again.
struct Commands {
    client: Client,
    key: Key,
    /// The name under which it is kept.
    from: Vec<u8>,
    at: u64,
}

impl Pieces for Commands {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let (start, stop) = (self.at, self.at + BATCH - 1);
        let key = &self.key.key;
        let mut again = redis::cmd(match self.key.holds {
            Type::List => "RPUSH",
            Type::Hash => "HSET",
            Type::SortedSet => "ZADD",
        });
        again.arg(key);
        let read = match self.key.holds {
            Type::List => {
                let command = redis::cmd("LRANGE").arg(&self.from).arg(start).arg(stop).clone();
                let elements: Vec<Vec<u8>> = self.client.ask(&command)?;
                again.arg(&elements);
                elements.len()
            }
            // What workers have taken is little: a few tasks each.
            Type::Hash if start > 0 => 0,
            Type::Hash => {
                let fields: Vec<(Vec<u8>, Vec<u8>)> = self.client.ask(redis::cmd("HGETALL").arg(&self.from))?;
                again.arg(&fields);
                fields.len()
            }
            Type::SortedSet => {
                let command = redis::cmd("ZRANGE").arg(&self.from).arg(start).arg(stop).arg("WITHSCORES").clone();
                // The scores as Redis writes them.
                let members: Vec<(Vec<u8>, Vec<u8>)> = self.client.ask(&command)?;
                for (member, score) in &members {
                    again.arg(score).arg(member);
                }
                members.len()
            }
        } as u64;
        if read == 0 {
            if self.at != self.key.length {
                let what = format!("the kept key {} changed while it was read", escape::line(&self.key.name()));
                return Err(Error::database(what).at_path(self.client.place()));
            }
            return Ok(None);
        }
        self.at += read;
        Ok(Some(again.get_packed_command()))
    }
}

/// Returns the keys that a snapshot has renamed, with what they hold.
fn renamed(client: &mut Client, id: &str) -> Result<Vec<(Vec<u8>, String)>> {
    let mut found = Vec::new();
    let mut cursor = 0_u64;
    loop {
        let pattern = [prefix(id).as_slice(), b"*"].concat();
        let (next, keys): (u64, Vec<Vec<u8>>) =
            client.ask(redis::cmd("SCAN").arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(1000))?;
        for key in keys {
            let holds: String = client.ask(redis::cmd("TYPE").arg(&key))?;
            if !found.iter().any(|(known, _)| *known == key) {
                found.push((key, holds));
            }
        }
        cursor = next;
        if cursor == 0 {
            return Ok(found);
        }
    }
}

/// Deletes the keys that a snapshot has renamed.
pub(super) fn delete(client: &mut Client, id: &str) -> Result<String> {
    let keys = renamed(client, id)?;
    for (key, _) in &keys {
        client.ask::<i64>(redis::cmd("DEL").arg(key))?;
    }
    Ok(format!("{} keys", keys.len()))
}

/// Gives the keys that a snapshot has renamed their names back, and says how many. Where a key of the name is there again,
/// the tasks are added to it and are taken after those; what workers had taken is added to what they have.
pub(super) fn put_back(client: &mut Client, id: &str) -> Result<usize> {
    let keys = renamed(client, id)?;
    for (key, holds) in &keys {
        let own = key.strip_prefix(prefix(id).as_slice()).unwrap_or(key);
        let done: bool = client.ask(redis::cmd("RENAMENX").arg(key).arg(own))?;
        if done {
            continue;
        }
        match holds.as_str() {
            "list" => while client.ask::<Option<Vec<u8>>>(redis::cmd("RPOPLPUSH").arg(key).arg(own))?.is_some() {},
            "zset" => {
                let command =
                    redis::cmd("ZUNIONSTORE").arg(own).arg(2).arg(own).arg(key).arg("AGGREGATE").arg("MAX").clone();
                client.ask::<i64>(&command)?;
                client.ask::<i64>(redis::cmd("DEL").arg(key))?;
            }
            _ => {
                let fields: Vec<(Vec<u8>, Vec<u8>)> = client.ask(redis::cmd("HGETALL").arg(key))?;
                for (field, value) in &fields {
                    client.ask::<i64>(redis::cmd("HSETNX").arg(own).arg(field).arg(value))?;
                }
                client.ask::<i64>(redis::cmd("DEL").arg(key))?;
            }
        }
    }
    Ok(keys.len())
}
