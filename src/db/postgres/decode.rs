//! Decodes rows in the binary form of COPY to neutral text.

use super::super::session::collect::Collector;
use super::binary::Encoding;
use crate::model::neutral::NeutralType;
use crate::model::value::civil::{
    DAY_MICROS, DAYS_TO_2000, any_date_from_days, date_from_days, write_date, write_time,
};
use crate::model::value::{NOT_DATE, NOT_TIME, NOT_TIMESTAMP, Unfit, canonical, write_float, write_hex};

/// The bytes before the first row: signature, flags, length of the header's extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

const UNREADABLE: Unfit = Unfit { reason: "is not in the form of its type" };

/// Adds the rows of a piece of the stream, which begins and ends with a whole row. Returns `None` if it is malformed.
pub(super) fn rows(encodings: &[Encoding], piece: &[u8], collector: &mut Collector<'_>) -> Option<()> {
    let mut rest = piece.strip_prefix(HEADER).unwrap_or(piece);
    while !rest.is_empty() {
        let fields = i16::from_be_bytes(take(&mut rest)?);
        if fields == -1 {
            // The end of the stream.
            break;
        }
        if usize::try_from(fields) != Ok(encodings.len()) {
            return None;
        }
        let row = rest;
        for encoding in encodings {
            match field(&mut rest)? {
                None => collector.null(),
                Some(field) => collector.cell_with(|_, out| encoding.decode(field, out)),
            }
        }
        collector.end_row(|| shown(encodings, row));
    }
    Some(())
}

fn take<const BYTES: usize>(rest: &mut &[u8]) -> Option<[u8; BYTES]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// Returns the next field; `Some(None)` is NULL.
fn field<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let bytes = i32::from_be_bytes(take(rest)?);
    if bytes == -1 {
        return Some(None);
    }
    let (field, tail) = rest.split_at_checked(usize::try_from(bytes).ok()?)?;
    *rest = tail;
    Some(Some(field))
}

/// Returns the cells of a refused row.
fn shown(encodings: &[Encoding], mut row: &[u8]) -> Vec<Option<Vec<u8>>> {
    let cells = encodings.iter().map(|encoding| Some(encoding.show(field(&mut row)??)));
    cells.collect()
}

/// Returns the bytes of a field of fixed size.
fn sized<const BYTES: usize>(field: &[u8]) -> Result<[u8; BYTES], Unfit> {
    field.try_into().map_err(|_| UNREADABLE)
}

fn whole(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

impl Encoding {
    /// Appends the neutral form of a field. Decimals arrive as text, 32-bit floats as 64-bit ones.
    fn decode(self, field: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
        match self {
            // By its size: one of our own columns may be read as a different integer type than it has.
            Self::Int2 | Self::Int4 | Self::Int8 => match field.len() {
                2 => whole(i16::from_be_bytes(sized(field)?), out),
                4 => whole(i32::from_be_bytes(sized(field)?), out),
                _ => whole(i64::from_be_bytes(sized(field)?), out),
            },
            Self::Oid => whole(u32::from_be_bytes(sized(field)?), out),
            Self::Numeric => canonical(NeutralType::Decimal, field, out)?,
            Self::Float4 | Self::Float8 => write_float(f64::from_be_bytes(sized(field)?), out),
            Self::Bool => out.push(if sized(field)? == [0] { b'f' } else { b't' }),
            Self::Text => canonical(NeutralType::Text, field, out)?,
            // The value follows the version of the format.
            Self::Jsonb => canonical(NeutralType::Json, field.strip_prefix(&[1]).ok_or(UNREADABLE)?, out)?,
            Self::Bytea => write_hex(field, out),
            Self::Date => day(i64::from(i32::from_be_bytes(sized(field)?)), NOT_DATE, out)?,
            Self::Time => {
                let micros = i64::from_be_bytes(sized(field)?);
                if !(0..DAY_MICROS).contains(&micros) {
                    return Err(Unfit { reason: NOT_TIME });
                }
                write_time(micros, out, false);
            }
            Self::Timestamp => {
                let micros = i64::from_be_bytes(sized(field)?);
                day(micros.div_euclid(DAY_MICROS), NOT_TIMESTAMP, out)?;
                out.push(b' ');
                write_time(micros.rem_euclid(DAY_MICROS), out, false);
            }
            Self::Uuid => {
                let id = uuid::Uuid::from_bytes(sized(field)?);
                out.extend_from_slice(id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()).as_bytes());
            }
        }
        Ok(())
    }

    /// Returns a field in a form that people can read, even if it has no neutral form.
    fn show(self, field: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        if self.decode(field, &mut out).is_ok() {
            return out;
        }
        out.clear();
        let shown = match self {
            Self::Date => sized(field).map(|bytes| match i32::from_be_bytes(bytes) {
                i32::MIN => "-infinity".to_owned(),
                i32::MAX => "infinity".to_owned(),
                days => any_day(days.into(), ""),
            }),
            Self::Timestamp => sized(field).map(|bytes| match i64::from_be_bytes(bytes) {
                i64::MIN => "-infinity".to_owned(),
                i64::MAX => "infinity".to_owned(),
                micros => {
                    out.push(b' ');
                    write_time(micros.rem_euclid(DAY_MICROS), &mut out, false);
                    any_day(micros.div_euclid(DAY_MICROS), &String::from_utf8_lossy(&out))
                }
            }),
            Self::Time => sized(field).map(|bytes| {
                write_time(i64::from_be_bytes(bytes), &mut out, false);
                String::from_utf8_lossy(&out).into_owned()
            }),
            _ => Err(UNREADABLE),
        };
        shown.map_or_else(|_| field.to_vec(), String::into_bytes)
    }
}

/// Appends the date `days` days after 2000-01-01; `reason` says why there may be none.
fn day(days: i64, reason: &'static str, out: &mut Vec<u8>) -> Result<(), Unfit> {
    let (year, month, day) = date_from_days(days + DAYS_TO_2000).ok_or(Unfit { reason })?;
    write_date(year, month, day, out);
    Ok(())
}

/// Returns a day outside the neutral years in the server's form, with the time of day.
fn any_day(days: i64, clock: &str) -> String {
    let (year, month, day) = any_date_from_days(days + DAYS_TO_2000);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    format!("{year:04}-{month:02}-{day:02}{clock}{era}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_without_a_neutral_form_are_shown_as_the_server_writes_them() {
        let moment = |micros: i64| String::from_utf8(Encoding::Timestamp.show(&micros.to_be_bytes())).unwrap();
        assert_eq!(moment(i64::MAX), "infinity");
        assert_eq!(moment(i64::MIN), "-infinity");
        assert_eq!(moment(-64_464_508_800_000_000), "0044-03-15 00:00:00 BC");
        assert_eq!(moment(316_390_060_800_500_000), "12026-01-01 00:00:00.500000");
        assert_eq!(Encoding::Date.show(&i32::MAX.to_be_bytes()), b"infinity");
        assert_eq!(Encoding::Date.show(&(-730_120_i32).to_be_bytes()), b"0001-12-31 BC");
        assert_eq!(Encoding::Time.show(&DAY_MICROS.to_be_bytes()), b"24:00:00");
        assert_eq!(Encoding::Int4.show(b"12345"), b"12345");
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        for (encoding, text) in [
            (Encoding::Int2, "-32768"),
            (Encoding::Int4, "2147483647"),
            (Encoding::Int8, "-9223372036854775808"),
            (Encoding::Oid, "4294967295"),
            (Encoding::Float8, "-2.5"),
            (Encoding::Bool, "t"),
            (Encoding::Bool, "f"),
            (Encoding::Text, "ä,\"\\"),
            (Encoding::Jsonb, "{\"a\": 1}"),
            (Encoding::Bytea, "\\x00ff"),
            (Encoding::Date, "0001-01-01"),
            (Encoding::Date, "9999-12-31"),
            (Encoding::Time, "23:59:59.000001"),
            (Encoding::Timestamp, "1999-12-31 23:59:59.999999"),
            (Encoding::Timestamp, "0001-01-01 00:00:00"),
            (Encoding::Uuid, "00112233-4455-6677-8899-aabbccddeeff"),
        ] {
            let (mut field, mut back) = (Vec::new(), Vec::new());
            encoding.encode(text.as_bytes(), &mut field).unwrap();
            encoding.decode(&field, &mut back).unwrap();
            assert_eq!(String::from_utf8(back).unwrap(), text, "{encoding:?}");
        }
        assert_eq!(Encoding::Int4.decode(&[0; 3], &mut Vec::new()), Err(UNREADABLE));
        let mut small = Vec::new();
        Encoding::Int8.decode(&(-3_i16).to_be_bytes(), &mut small).unwrap();
        assert_eq!(small, b"-3");
    }
}
