//! Writes the headers of members. The same content always results in the same bytes.

use tokio_tar::{EntryType, Header};

use super::BLOCK_BYTES;

/// Length of a header's name field, including the final NUL.
const NAME_BYTES: usize = 100;

/// Returns the header blocks of a regular file, and how many zeros follow its content.
#[must_use]
pub(in crate::bundle) fn member_header(name: &str, bytes: u64) -> (Vec<u8>, usize) {
    let mut blocks = Vec::new();
    let mut header = file_header(name, bytes);
    if name.len() >= NAME_BYTES {
        // A GNU long name, which every tar of the last thirty years reads.
        let mut long = file_header("././@LongLink", name.len() as u64 + 1);
        long.set_entry_type(EntryType::GNULongName);
        long.set_cksum();
        blocks.extend_from_slice(long.as_bytes());
        blocks.extend_from_slice(name.as_bytes());
        blocks.resize((blocks.len() + 1).next_multiple_of(BLOCK_BYTES), 0);
    }
    header.set_cksum();
    blocks.extend_from_slice(header.as_bytes());
    let over = usize::try_from(bytes % BLOCK_BYTES as u64).expect("less than a block");
    (blocks, (BLOCK_BYTES - over) % BLOCK_BYTES)
}

/// The blocks that end an archive.
pub(in crate::bundle) const END: [u8; 2 * BLOCK_BYTES] = [0; 2 * BLOCK_BYTES];

fn file_header(name: &str, bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    let shown = name.len().min(NAME_BYTES - 1);
    header.as_mut_bytes()[..shown].copy_from_slice(&name.as_bytes()[..shown]);
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes);
    // Fixed for every bundle: owners and times of the source mean nothing on the target.
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}
