//! Copies the physical files of exported rows from the files root into the bundle, and notes which are still to come.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use md5::{Digest, Md5};
use roaring::RoaringTreemap;

use crate::bundle::writer::{BundleWriter, FileOutcome};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::files::FileColumns;
use crate::model::profile::{Profile, TableProfile};
use crate::sync::report::FileCounts;

use super::missing::MissingFiles;
use super::plan::SourceTable;

const PAGE: usize = 1000;

/// Rows at either end of a table whose files are looked for before the files root is reported as wrong.
const SAMPLE: usize = 250;

/// Why a file is not in the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    /// The file does not exist.
    Missing,
    /// The file may not be read.
    Unreadable,
    /// A symbolic link leads out of the files root.
    Outside,
    /// It is a folder, a pipe or a device.
    Irregular,
}

/// Copies the files of the rows that travelled.
pub(super) struct Files<'a> {
    root: Option<PathBuf>,
    profile: &'a Profile,
    ignored_types: &'a [String],
    /// MD5 of each path seen so far, and whether its file is in the bundle: two rows may record one path, but a bundle has the
    /// file once.
    seen: HashMap<[u8; 16], bool>,
    absences: [u64; 4],
    /// Number of rows with an unusable path.
    unfit: u64,
    /// Number of files without a root.
    without_root: u64,
    /// The counts for the report.
    pub(super) counts: FileCounts,
    /// Rows whose files have to be requested again.
    pub(super) missing: MissingFiles,
}

impl<'a> Files<'a> {
    /// Prepares to copy files below `root`, except those of `ignored_types`. Without a root, files are only noted.
    ///
    /// # Errors
    /// `File` if the root cannot be read.
    pub(super) fn new(root: Option<&Path>, profile: &'a Profile, ignored_types: &'a [String]) -> Result<Self> {
        let root = root
            .map(|root| root.canonicalize().map_err(|error| Error::file(root, "the files root cannot be used", error)));
        Ok(Self {
            root: root.transpose()?,
            profile,
            ignored_types,
            seen: HashMap::new(),
            absences: [0; 4],
            unfit: 0,
            without_root: 0,
            counts: FileCounts::default(),
            missing: MissingFiles::default(),
        })
    }

    /// Copies the files of one table's rows.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn table(
        &mut self,
        session: &mut Session,
        writer: &mut BundleWriter,
        table: &SourceTable,
        travelled: &RoaringTreemap,
    ) -> Result<()> {
        let Some(columns) = &table.profile.files else { return Ok(()) };
        let ignored = self.ignored_ids(session, &table.profile, columns).await?;
        let dialect = session.dialect();
        let name = |column: &str| format!("a.{}", dialect.ident(column));
        let mut ids = travelled.iter();
        loop {
            let page: Vec<u64> = ids.by_ref().take(PAGE).collect();
            if page.is_empty() {
                return Ok(());
            }
            let statement = format!(
                "SELECT {}, {}, {} {} ORDER BY {}",
                name(&table.profile.id),
                table.file_path(dialect, columns),
                columns.type_column.as_ref().map_or_else(|| "NULL".to_owned(), |column| name(column)),
                table.of_ids(dialect, &page),
                name(&table.profile.id)
            );
            for row in session.query(&statement).await? {
                let mut cells = row.into_iter();
                let (id, path, kind) = (cells.next().flatten(), cells.next().flatten(), cells.next().flatten());
                let path = path.filter(|path| !path.trim_start_matches('/').is_empty());
                let Some((id, path)) = id.and_then(|id| id.parse::<i64>().ok()).zip(path) else { continue };
                if kind.is_some_and(|kind| ignored.contains(&kind)) {
                    self.counts.skipped += 1;
                } else if !self.carry(writer, &path).await? {
                    self.missing.insert(&table.profile.name, id.cast_unsigned());
                }
            }
        }
    }

    /// Reads the ids of the file types that stay behind. Types are named by the first column of their key.
    async fn ignored_ids(
        &self,
        session: &mut Session,
        table: &TableProfile,
        columns: &FileColumns,
    ) -> Result<HashSet<String>> {
        let types = types_of(self.profile, table, columns);
        let (Some(types), false) = (types, self.ignored_types.is_empty()) else { return Ok(HashSet::new()) };
        let dialect = session.dialect();
        let names: Vec<String> = self.ignored_types.iter().map(|kind| dialect.literal(kind)).collect();
        let statement = format!(
            "SELECT {} FROM {} WHERE {} IN ({})",
            dialect.ident(&types.id),
            dialect.ident(&types.name),
            dialect.ident(&types.key[0]),
            names.join(", ")
        );
        Ok(session.cells(&statement).await?.into_iter().collect())
    }

    /// Copies a file. Returns whether it need not be requested again.
    async fn carry(&mut self, writer: &mut BundleWriter, recorded: &str) -> Result<bool> {
        let relative = recorded.trim_start_matches('/');
        let plain = Path::new(relative).components().all(|part| matches!(part, Component::Normal(_)));
        // The cleaned path differs if the recorded one has empty or `.` parts, which no member name may have.
        let clean: PathBuf = Path::new(relative).components().collect();
        if !plain || clean.as_os_str() != relative || relative.chars().any(char::is_control) {
            self.unfit += 1;
            self.counts.skipped += 1;
            return Ok(true);
        }
        let Some(root) = &self.root else {
            self.without_root += 1;
            return Ok(false);
        };
        let key = Md5::digest(relative.as_bytes()).into();
        if let Some(carried) = self.seen.get(&key) {
            return Ok(*carried);
        }
        let found = match find(root, relative)? {
            Ok(source) => match writer.file(relative, &source).await? {
                FileOutcome::Written { .. } => None,
                FileOutcome::Absent => Some(Absence::Missing),
            },
            Err(absence) => Some(absence),
        };
        self.seen.insert(key, found.is_none());
        match found {
            None => self.counts.placed += 1,
            Some(absence) => {
                self.absences[absence as usize] += 1;
                self.counts.placeholders += 1;
            }
        }
        Ok(found.is_none())
    }

    /// Checks whether the root has none of the files, in which case it may not be mounted.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn look_at_root(&mut self, session: &mut Session, tables: &[SourceTable]) -> Result<()> {
        let Some(root) = &self.root else { return Ok(()) };
        if self.counts.placed > 0 || self.absences[Absence::Missing as usize] == 0 {
            return Ok(());
        }
        let dialect = session.dialect();
        for table in tables {
            let Some(columns) = &table.profile.files else { continue };
            let (path, id) = (table.file_path(dialect, columns), dialect.ident(&table.profile.id));
            for direction in ["ASC", "DESC"] {
                let statement = format!(
                    "SELECT {path} FROM {} AS a WHERE {path} IS NOT NULL ORDER BY a.{id} {direction} LIMIT {SAMPLE}",
                    dialect.ident(&table.profile.name)
                );
                let paths = session.cells(&statement).await?;
                if paths.into_iter().any(|path| root.join(path.trim_start_matches('/')).is_file()) {
                    return Ok(());
                }
            }
        }
        self.counts.lacking = true;
        Ok(())
    }

    /// Returns warnings for the user.
    pub(super) fn warnings(&self) -> Vec<String> {
        let again = "the next export requests them again";
        let absent = |absence: Absence| self.absences[absence as usize];
        let mut warnings = Vec::new();
        let mut warn = |count: u64, text: String| {
            if count > 0 {
                warnings.push(text);
            }
        };
        let missing = absent(Absence::Missing);
        if self.counts.lacking {
            warn(
                missing,
                format!(
                    "no physical file that a row records is below the files root, {missing} were looked for: it may not be \
                     mounted, or may be the wrong folder; {again}"
                ),
            );
        } else {
            warn(missing, format!("physical files missing below the files root: {missing}; {again}"));
        }
        let unreadable = absent(Absence::Unreadable);
        warn(unreadable, format!("physical files that this user may not read: {unreadable}; {again}"));
        let outside = absent(Absence::Outside);
        warn(
            outside,
            format!("physical files outside the files root, reached through a symbolic link: {outside}; {again}"),
        );
        let irregular = absent(Absence::Irregular);
        warn(irregular, format!("recorded paths that are not regular files: {irregular}; {again}"));
        warn(
            self.unfit,
            format!(
                "recorded paths that are not plain paths below the files root: {}; their files were skipped",
                self.unfit
            ),
        );
        let waiting = self.without_root;
        warn(
            waiting,
            format!(
                "rows whose physical files stay behind because --files-root was not given: {waiting}; they travel with the \
                 first export that has it"
            ),
        );
        warnings
    }
}

/// Returns the file of a path below the root, or why it cannot be read.
fn find(root: &Path, relative: &str) -> Result<std::result::Result<PathBuf, Absence>> {
    let source = match root.join(relative).canonicalize() {
        Ok(source) => source,
        Err(error) => return absence(relative, error).map(Err),
    };
    if !source.starts_with(root) {
        return Ok(Err(Absence::Outside));
    }
    // Checked before it is opened, because opening a named pipe would wait for a writer.
    if !source.is_file() {
        return Ok(Err(Absence::Irregular));
    }
    match File::open(&source) {
        Ok(_) => Ok(Ok(source)),
        Err(error) => absence(relative, error).map(Err),
    }
}

fn absence(relative: &str, error: std::io::Error) -> Result<Absence> {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => Ok(Absence::Missing),
        ErrorKind::PermissionDenied => Ok(Absence::Unreadable),
        // A link to itself.
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Ok(Absence::Outside),
        _ => Err(Error::file(relative, "a file cannot be read", error)),
    }
}

/// Returns the table with the file types of a table.
fn types_of<'p>(profile: &'p Profile, table: &TableProfile, columns: &FileColumns) -> Option<&'p TableProfile> {
    table.references.get(columns.type_column.as_ref()?).and_then(|name| profile.table(name))
}

/// Refuses names in `--ignore-file-types` that are not file types.
///
/// # Errors
/// `Usage`, listing the existing types; `Database`.
pub(super) async fn require_types(
    session: &mut Session,
    profile: &Profile,
    tables: &[SourceTable],
    ignored: &[String],
) -> Result<()> {
    if ignored.is_empty() {
        return Ok(());
    }
    let mut known = BTreeMap::new();
    for table in tables {
        let columns = table.profile.files.as_ref();
        let Some(types) = columns.and_then(|columns| types_of(profile, &table.profile, columns)) else { continue };
        let dialect = session.dialect();
        let statement = format!("SELECT {} FROM {}", dialect.ident(&types.key[0]), dialect.ident(&types.name));
        let names = session.cells(&statement).await?;
        known.extend(names.into_iter().map(|name| (name, ())));
    }
    let unknown: Vec<String> =
        ignored.iter().filter(|name| !known.contains_key(*name)).map(|name| format!("`{name}`")).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = known.into_keys().collect();
    let hint = if known.is_empty() {
        "This database has no file types.".to_owned()
    } else {
        format!("This database has the file types {}.", known.join(", "))
    };
    Err(Error::usage(format!("--ignore-file-types names {}, which is not a file type", unknown.join(" and ")))
        .hint(hint))
}
