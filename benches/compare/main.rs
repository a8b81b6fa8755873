//! Runs gapsync and its peers in turn on the same data and writes the table of both: started by `benches/run`, which
//! builds and installs what is needed first.

mod cases;
mod engine;
mod measure;
#[path = "../peers/mod.rs"]
mod peers;
mod table;
mod world;

use std::path::PathBuf;

use clap::Parser;

/// What can go wrong here is only ever printed.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measures gapsync against what an expert would do without it, and prints and writes a table of both.
#[derive(Debug, Parser)]
#[command(name = "benches/run")]
pub(crate) struct Options {
    /// Rows of the bundle that is imported, and about as many in the database before; two fifths are indicators
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) rows: u64,
    /// Only this engine: sqlite, postgres or mariadb
    #[arg(long)]
    pub(crate) engine: Option<String>,
    /// Only cases whose `name against peer` contains this; several with commas between them
    #[arg(long, value_delimiter = ',')]
    pub(crate) case: Vec<String>,
    /// How often each pair is run
    #[arg(long, default_value_t = 5)]
    pub(crate) pairs: usize,
    /// Where the table is written [default: benches/results/<rows>-<commit>.md]
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Folder for servers and data; a new one below it is removed at the end [default: $TMPDIR or /tmp]
    #[arg(long)]
    pub(crate) scratch: Option<PathBuf>,
    /// The repository
    #[arg(long, hide = true, default_value = ".")]
    pub(crate) root: PathBuf,
    /// A line on the circumstances for the head of the table
    #[arg(long)]
    pub(crate) note: Option<String>,
}

fn main() {
    let options = Options::parse();
    if let Err(error) = world::World::new(options).and_then(cases::all) {
        eprintln!("benches/run: {error}");
        std::process::exit(1);
    }
}
