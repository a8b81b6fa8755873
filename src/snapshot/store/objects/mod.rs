//! A store of files in a bucket or in HDFS.
//!
//! [`source`] lists it, which is its instant, and reads its files in pieces. [`sink`] puts the files of a snapshot where there
//! are none yet. Owners, permissions and times are those of the storage, and do not travel.

mod sink;
mod source;

use std::path::Path;

pub(in crate::snapshot) use self::sink::Objects as ObjectsIn;
use self::sink::files;
pub(in crate::snapshot) use self::source::Objects as ObjectsOut;
use crate::error::Result;
use crate::snapshot::wait::wait;
use crate::store::Store;

/// Removes the files of a tree that a restore has put together from the storage that it was putting them into.
///
/// # Errors
/// `File`.
pub(in crate::snapshot) fn undo(url: &str, tree: &Path) -> Result<String> {
    let store = Store::open(url)?;
    let mut count = 0;
    for (path, _) in files(tree)? {
        wait(store.delete(&path))?;
        count += 1;
    }
    Ok(format!("removed what a restore has put into {url}: at most {count} files"))
}
