//! The rejects file: the one place where values of rows appear. Made only when a row is rejected, readable by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::batch::Position;

/// A rejected row.
#[derive(Clone, Debug)]
pub(super) struct Reject {
    /// Where it stands, as `Position::to_number` gives it; zero: nowhere in a bundle.
    pub(super) position: i64,
    /// Why, with the column but without its value.
    pub(super) reason: String,
    /// Its fields: column and text.
    pub(super) fields: Vec<(String, Option<String>)>,
}

/// Writes rejected rows as CSV: `table,dump_file,line,reason,row`, the row as a JSON object of column and text.
pub(super) struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Rejects {
    /// Rejects that would go to `path`.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Appends rows of a table.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn write(&mut self, table: &str, rejects: &[Reject]) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        self.append(table, rejects).map_err(|error| Error::file(&self.path, "cannot write the rejects file", error))
    }

    fn append(&mut self, table: &str, rejects: &[Reject]) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&self.path)?;
                let mut file = BufWriter::new(file);
                file.write_all(b"table,dump_file,line,reason,row\n")?;
                self.file.insert(file)
            }
        };
        for reject in rejects {
            let fields: serde_json::Map<String, serde_json::Value> =
                reject.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
            let position = Position::from_number(reject.position);
            let (dump_file, line) = if reject.position == 0 {
                (String::new(), String::new())
            } else {
                (format!("data/{table}/{:05}.csv", position.dump_file), position.line.to_string())
            };
            let row = serde_json::Value::Object(fields).to_string();
            let cells = [table, &dump_file, &line, &reject.reason, &row].map(quoted);
            writeln!(file, "{}", cells.join(","))?;
        }
        Ok(())
    }

    /// Syncs the file; gives its path when there is one.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn finish(&mut self) -> Result<Option<&Path>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        file.flush()
            .and_then(|()| file.get_ref().sync_all())
            .map_err(|error| Error::file(&self.path, "cannot write the rejects file", error))?;
        Ok(Some(&self.path))
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
