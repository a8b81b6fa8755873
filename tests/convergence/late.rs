//! A transaction that stays open while other things happen.

use std::io::Write;
use std::process::Child;
use std::time::{Duration, Instant};

use super::edit::Place;
use crate::model::schema::Schema;
use crate::model::{Installation, cell};
use crate::property::tables;
use crate::support::{Database, Engine};

/// A shell with an open transaction, and the rows as they are once it commits.
pub(super) struct Late {
    shell: Child,
    rows: Installation,
}

impl Late {
    /// Writes a row of `rows` in a transaction that stays open.
    pub(super) fn open(database: &Database, schema: &Schema, (table, id): Place, rows: Installation) -> Self {
        let row = rows.find(&table, &id).unwrap();
        let profile = schema.profile.table(&table).unwrap();
        let columns = schema.columns(&table).iter().filter(|column| !profile.in_key(&column.name));
        let columns = columns.filter(|column| column.name != "id" && column.name != "sync_hash");
        let sets = columns.map(|column| {
            let value = tables::literal(database.engine, column.neutral, cell(row, &column.name));
            format!("{} = {value}", tables::quoted(database.engine, &column.name))
        });
        let sets = sets.collect::<Vec<_>>().join(", ");
        let name = tables::quoted(database.engine, &table);
        let mut shell = database.shell();
        let script = format!("BEGIN;\nUPDATE {name} SET {sets} WHERE id = {id};\n");
        shell.stdin.as_mut().unwrap().write_all(script.as_bytes()).unwrap();
        let open = match database.engine {
            Engine::Postgres => {
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND state = 'idle in transaction' AND backend_xid IS NOT NULL"
            }
            _ => {
                "SELECT count(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p \
                 ON p.id = t.trx_mysql_thread_id WHERE p.db = database() AND t.trx_rows_modified > 0"
            }
        };
        let began = Instant::now();
        while database.rows(open) != [["1"]] {
            assert!(began.elapsed() < Duration::from_secs(20), "the transaction does not begin");
            // MariaDB makes its list anew when nobody has read it for a tenth of a second.
            std::thread::sleep(Duration::from_millis(150));
        }
        Self { shell, rows }
    }

    /// Ends the transaction; gives the rows as they are now.
    pub(super) fn commit(mut self) -> Installation {
        self.shell.stdin.as_mut().unwrap().write_all(b"COMMIT;\n").unwrap();
        drop(self.shell.stdin.take());
        assert!(self.shell.wait().unwrap().success(), "the transaction did not commit");
        self.rows
    }
}
