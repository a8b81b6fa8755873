//! The SQL functions that our connections provide.

use md5::{Digest, Md5};
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use crate::model::hex::hex;
use crate::model::value::civil::read_timestamp;
use crate::model::value::with_six_digits;

/// Registers `gapsync_lower`, `gapsync_md5`, `gapsync_time`, `gapsync_later`, `gapsync_undated` and `gapsync_twins`.
pub(super) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("gapsync_lower", 1, flags, |context| {
        Ok(argument(context, 0).map(|text| String::from_utf8_lossy(&text).to_lowercase()))
    })?;
    connection.create_scalar_function("gapsync_md5", 1, flags, |context| {
        Ok(argument(context, 0).map(|text| hex(&Md5::digest(text))))
    })?;
    connection.create_scalar_function("gapsync_time", 1, flags, |context| {
        Ok(argument(context, 0).map(|text| {
            let mut canonical = Vec::with_capacity(26);
            with_six_digits(&text, &mut canonical);
            String::from_utf8_lossy(&canonical).into_owned()
        }))
    })?;
    connection.create_scalar_function("gapsync_later", 2, flags, |context| {
        let (Some(one), Some(other)) = (argument(context, 0), argument(context, 1)) else { return Ok(None) };
        Ok(Some(is_later(&one, &other)))
    })?;
    connection.create_scalar_function("gapsync_undated", 1, flags, |context| Ok(is_undated(context.get_raw(0))))?;
    connection.create_aggregate_function("gapsync_twins", 1, flags, Twins)
}

/// Counts texts of 32 hex digits that seem to occur twice, that is, share their first 16 digits. NULL if there are too many
/// texts to decide, or one in another form.
struct Twins;

/// How many texts [`Twins`] keeps, at eight bytes each.
const MOST_TWINS: usize = 4 << 20;

impl Aggregate<Option<Vec<u64>>, Option<i64>> for Twins {
    fn init(&self, _context: &mut Context<'_>) -> Result<Option<Vec<u64>>> {
        Ok(Some(Vec::new()))
    }

    fn step(&self, context: &mut Context<'_>, seen: &mut Option<Vec<u64>>) -> Result<()> {
        let Some(heads) = seen else { return Ok(()) };
        let head = argument(context, 0)
            .and_then(|text| u64::from_str_radix(std::str::from_utf8(text.get(..16)?).ok()?, 16).ok());
        match head {
            Some(head) if heads.len() < MOST_TWINS => heads.push(head),
            _ => *seen = None,
        }
        Ok(())
    }

    fn finalize(&self, _context: &mut Context<'_>, seen: Option<Option<Vec<u64>>>) -> Result<Option<i64>> {
        // The table was empty.
        let Some(mut heads) = seen.unwrap_or_else(|| Some(Vec::new())) else { return Ok(None) };
        heads.sort_unstable();
        let twins = heads.windows(2).filter(|pair| pair[0] == pair[1]).count();
        Ok(i64::try_from(twins).ok())
    }
}

fn is_later(one: &[u8], other: &[u8]) -> bool {
    // Whole seconds, the form of nearly all rows.
    let plain = |text: &[u8]| text.len() == 19 && text[4] == b'-' && text[10] == b' ' && text[13] == b':';
    if plain(one) && plain(other) {
        return one > other;
    }
    let canonical = |text| {
        let mut canonical = Vec::with_capacity(26);
        with_six_digits(text, &mut canonical);
        canonical
    };
    canonical(one) > canonical(other)
}

/// Returns whether a value that should be a moment cannot be read as one.
fn is_undated(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Null => false,
        ValueRef::Text(text) => read_timestamp(text).is_none(),
        ValueRef::Blob(_) | ValueRef::Integer(_) | ValueRef::Real(_) => true,
    }
}

fn argument<'a>(context: &'a Context<'_>, index: usize) -> Option<std::borrow::Cow<'a, [u8]>> {
    match context.get_raw(index) {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.into()),
        ValueRef::Integer(number) => Some(number.to_string().into_bytes().into()),
        ValueRef::Real(number) => Some(number.to_string().into_bytes().into()),
    }
}
