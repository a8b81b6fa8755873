//! Sessions on the real engines: catalogue, values there and back, refusals.

mod catalogue;
mod errors;
mod infile;
mod refused;
mod values;

use gapsync::db::rows::{LoadBatch, LoadColumn, LoadTable, OpenMode, ReadBatch, ReadSelect};
use gapsync::db::session::Session;
use gapsync::db::url::DatabaseUrl;
use gapsync::model::batch::RowBatch;
use gapsync::model::schema::{Column, Table};
use tokio::sync::mpsc;

use crate::support::{Database, Engine};

type Cells = Vec<Option<Vec<u8>>>;

async fn open(database: &Database) -> Session {
    open_as(database, if database.engine == Engine::Sqlite { OpenMode::Create } else { OpenMode::ReadWrite }).await
}

async fn open_as(database: &Database, mode: OpenMode) -> Session {
    Session::open(&DatabaseUrl::parse(&database.url).unwrap(), mode).await.unwrap()
}

/// The statement for the engine at hand.
fn of<'a>(engine: Engine, sqlite: &'a str, postgres: &'a str, mariadb: &'a str) -> &'a str {
    match engine {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
        Engine::Mariadb => mariadb,
    }
}

async fn table(session: &mut Session, name: &str) -> Table {
    session.catalogue().await.unwrap().into_iter().find(|table| table.name == name).unwrap()
}

/// Makes an empty table like the ones that rows are staged in.
async fn staging(session: &mut Session, name: &str, columns: &[Column]) {
    let dialect = session.dialect();
    let mut sql = format!("CREATE TABLE {} (gs_row bigint", dialect.ident(name));
    for column in columns {
        sql += &format!(", {} {} NULL", dialect.ident(&column.name), column.native);
    }
    session.execute(&(sql + ")")).await.unwrap();
}

/// Loads rows, at most `per_batch` a batch; gives the count that the session gave.
async fn load(session: &mut Session, name: &str, columns: &[Column], rows: &[Cells], per_batch: usize) -> u64 {
    let table = LoadTable {
        name: name.to_owned(),
        position: Some("gs_row".to_owned()),
        columns: columns
            .iter()
            .map(|column| LoadColumn {
                name: column.name.clone(),
                native: column.native.clone(),
                neutral: column.neutral,
                limits: column.limits.clone(),
            })
            .collect(),
    };
    let (sender, mut receiver) = mpsc::channel(1);
    let send = async move {
        for (number, chunk) in rows.chunks(per_batch).enumerate() {
            let mut batch = RowBatch::new(columns.len());
            for (index, row) in chunk.iter().enumerate() {
                for cell in row {
                    batch.push(cell.as_deref());
                }
                batch.end_row(i64::try_from(number * per_batch + index + 1).unwrap());
            }
            if sender.send(LoadBatch { rows: batch.into(), hold: Box::new(()) }).await.is_err() {
                break;
            }
        }
    };
    let (loaded, ()) = tokio::join!(session.load(&table, &mut receiver), send);
    loaded.unwrap()
}

/// Reads a whole table in the order of a column.
async fn read(session: &mut Session, name: &str, columns: &[Column], order: &str, batch_bytes: usize) -> ReadBatch {
    let dialect = session.dialect();
    let select = ReadSelect {
        table: name.to_owned(),
        columns: columns.to_vec(),
        expressions: columns.iter().map(|column| format!("a.{}", dialect.ident(&column.name))).collect(),
        from_where: format!("FROM {} AS a ORDER BY {order}", dialect.ident(name)),
    };
    let (sender, mut receiver) = mpsc::channel::<gapsync::error::Result<ReadBatch>>(2);
    let collect = async {
        let mut all = ReadBatch { rows: RowBatch::new(columns.len()), refused: Vec::new() };
        while let Some(batch) = receiver.recv().await {
            let batch = batch.unwrap();
            for row in 0..batch.rows.rows() {
                batch.rows.row(row).for_each(|cell| all.rows.push(cell));
                all.rows.end_row(batch.rows.position(row));
            }
            all.refused.extend(batch.refused);
        }
        all
    };
    let (count, all) = tokio::join!(session.read(&select, batch_bytes, sender), collect);
    assert_eq!(count.unwrap(), (all.rows.rows() + all.refused.len()) as u64);
    all
}

fn cells(batch: &RowBatch) -> Vec<Cells> {
    (0..batch.rows()).map(|row| batch.row(row).map(|cell| cell.map(<[u8]>::to_vec)).collect()).collect()
}

/// Every neutral type in a column of its own, as the engine's own schema has it.
fn all_types(engine: Engine) -> &'static str {
    of(
        engine,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, amount DECIMAL TEXT(30,10), ratio DOUBLE, flag BOOLEAN, value TEXT, \
         short VARCHAR(10), raw BLOB, day DATE TEXT, clock TIME TEXT, moment TIMESTAMP TEXT, doc JSON TEXT, ref UUID TEXT)",
        "CREATE TABLE t (id bigint PRIMARY KEY, n bigint, amount numeric(30,10), ratio double precision, flag boolean, value text, \
         short varchar(10), raw bytea, day date, clock time(6), moment timestamp(6), doc json, ref uuid)",
        "CREATE TABLE t (id bigint PRIMARY KEY, n bigint, amount decimal(30,10), ratio double, flag tinyint(1), value longtext, \
         short varchar(10), raw longblob, day date, clock time(6), moment datetime(6), doc json, ref uuid) \
         CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
    )
}
