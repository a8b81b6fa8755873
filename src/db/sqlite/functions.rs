//! The SQL functions that our connections have.

use md5::{Digest, Md5};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use crate::model::profile::hex;
use crate::model::value::with_six_digits;

/// Registers `gapsync_md5` and `gapsync_time`.
pub(super) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("gapsync_md5", 1, flags, |context| {
        Ok(argument(context).map(|text| hex(&Md5::digest(text))))
    })?;
    connection.create_scalar_function("gapsync_time", 1, flags, |context| {
        Ok(argument(context).map(|text| {
            let mut canonical = Vec::with_capacity(26);
            with_six_digits(&text, &mut canonical);
            String::from_utf8_lossy(&canonical).into_owned()
        }))
    })
}

fn argument<'a>(context: &'a Context<'_>) -> Option<std::borrow::Cow<'a, [u8]>> {
    match context.get_raw(0) {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.into()),
        ValueRef::Integer(number) => Some(number.to_string().into_bytes().into()),
        ValueRef::Real(number) => Some(number.to_string().into_bytes().into()),
    }
}
