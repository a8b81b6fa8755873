//! `bundle.json`, a byte of zero, and a manifest.

use crate::bundle::header;
use crate::bundle::layout::{self, MemberName};
use crate::bundle::members::Members;
use crate::model::hex::hex;
use crate::model::manifest::{Manifest, Totals};
use crate::stream::digest::Seen;

/// A header that is accepted has safe names and is accepted again; a manifest is accepted by the members that it names, and
/// by no others.
pub fn check(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    check_header(parts.next().unwrap_or_default());
    check_manifest(parts.next().unwrap_or_default());
}

fn check_header(json: &[u8]) {
    let Ok(mut announced) = header::parse(json) else { return };
    // They are kept as they are and mean nothing to a reader; a fraction in them may come back with another last digit.
    announced.options = serde_json::Value::Null;
    for table in &announced.tables {
        layout::check_table_name(&table.name).expect("a safe name");
        let name = layout::dump_name(&table.name, 1);
        assert_eq!(MemberName::parse(&name), Some(MemberName::Dump { table: &table.name, number: 1 }));
        assert!(!table.columns.is_empty());
    }
    let _ = announced.max_rows();
    let again = serde_json::to_vec(&announced).expect("plain data");
    assert_eq!(header::parse(&again).expect("our own"), announced);
}

fn check_manifest(json: &[u8]) {
    // A list of the fields' values is an object to serde, and none to us.
    let is_object = json.trim_ascii_start().starts_with(b"{");
    let Some(manifest) = serde_json::from_slice::<Manifest>(json).ok().filter(|_| is_object) else {
        assert!(Members::default().check(json, &[]).is_err(), "a manifest that is none");
        return;
    };
    let mut members = Members::default();
    let mut digests = true;
    let mut sums = Totals::default();
    for member in &manifest.members {
        let sha256 = digest(&member.sha256);
        digests &= sha256.is_some();
        // No bundle has so many, and no counter gets there.
        let Some(rows) = sums.rows.checked_add(member.rows.unwrap_or(0)) else { return };
        let Some(bytes) = sums.bytes.checked_add(member.bytes) else { return };
        sums = Totals { members: sums.members + 1, rows, bytes };
        let seen = Seen { sha256: sha256.unwrap_or_default(), bytes: member.bytes };
        members.end(&member.name, member.rows, &seen).expect("room");
    }
    assert_eq!(members.totals(), sums);
    let tables: Vec<&str> = manifest.rejected.keys().map(String::as_str).collect();
    let (checked, sound) = (members.check(json, &tables), digests && manifest.totals == sums);
    match checked {
        Ok(rejected) => assert!(sound && rejected == manifest.rejected),
        // A table that is named twice is refused, which serde's own reading does not see.
        Err(_) => assert!(!sound || !tables.is_empty()),
    }
    // One member more than the manifest names.
    members.end("files/more", None, &Seen { sha256: [0; 32], bytes: 0 }).expect("room");
    assert!(members.check(json, &tables).is_err(), "a member that the manifest does not name");
}

/// The digest that a text of lower-case hex is.
fn digest(text: &str) -> Option<[u8; 32]> {
    let mut sha256 = [0; 32];
    for (index, byte) in sha256.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    (hex(&sha256) == text).then_some(sha256)
}
