//! Encodes and decodes the binary protocol of Thrift, as much of it as HiveServer2 needs.
//!
//! A message is a tree of [`Value`]s whose fields have numbers in place of names. Handles of sessions and operations go back
//! to the server as the trees that they came as.

/// How deep values may lie within one another. HiveServer2's own go down to eight.
pub(super) const MAX_DEPTH: usize = 32;

/// The first half of a message's first word: version 1 of the strict encoding.
pub(super) const VERSION: u32 = 0x8001_0000;
const CALL: u8 = 1;
pub(super) const REPLY: u8 = 2;
const EXCEPTION: u8 = 3;

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault(pub(super) &'static str);

pub(super) const CUT: Fault = Fault("it ends too early");
pub(super) const TOO_DEEP: Fault = Fault("its values lie too deep within one another");
pub(super) const UNKNOWN_TYPE: Fault = Fault("it has a value of an unknown type");
pub(super) const NEGATIVE: Fault = Fault("it has a negative length");
pub(super) const NO_MESSAGE: Fault = Fault("it is not a Thrift message");

/// A value of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Bool(bool),
    Byte(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    Double(f64),
    Bytes(Vec<u8>),
    Struct(Vec<(i16, Value)>),
    /// A list or a set.
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
}

/// The type of a value, by its number on the wire.
pub(super) mod kind {
    pub(in super::super) const STOP: u8 = 0;
    pub(in super::super) const BOOL: u8 = 2;
    pub(in super::super) const BYTE: u8 = 3;
    pub(in super::super) const DOUBLE: u8 = 4;
    pub(in super::super) const I16: u8 = 6;
    pub(in super::super) const I32: u8 = 8;
    pub(in super::super) const I64: u8 = 10;
    pub(in super::super) const BYTES: u8 = 11;
    pub(in super::super) const STRUCT: u8 = 12;
    pub(in super::super) const MAP: u8 = 13;
    pub(in super::super) const SET: u8 = 14;
    pub(in super::super) const LIST: u8 = 15;
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }

    /// Returns a field of a structure.
    pub(super) fn field(&self, number: i16) -> Option<&Self> {
        let Self::Struct(fields) = self else { return None };
        fields.iter().find(|(found, _)| *found == number).map(|(_, value)| value)
    }

    pub(super) fn bool_at(&self, number: i16) -> Option<bool> {
        if let Some(Self::Bool(value)) = self.field(number) { Some(*value) } else { None }
    }

    pub(super) fn i32_at(&self, number: i16) -> Option<i32> {
        if let Some(Self::I32(value)) = self.field(number) { Some(*value) } else { None }
    }

    pub(super) fn bytes_at(&self, number: i16) -> Option<&[u8]> {
        if let Some(Self::Bytes(value)) = self.field(number) { Some(value) } else { None }
    }

    /// Returns a text. Bytes that are not UTF-8 are replaced.
    pub(super) fn text_at(&self, number: i16) -> Option<String> {
        self.bytes_at(number).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    pub(super) fn list_at(&self, number: i16) -> Option<&[Self]> {
        if let Some(Self::List(values)) = self.field(number) { Some(values) } else { None }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Bool(_) => kind::BOOL,
            Self::Byte(_) => kind::BYTE,
            Self::I16(_) => kind::I16,
            Self::I32(_) => kind::I32,
            Self::I64(_) => kind::I64,
            Self::Double(_) => kind::DOUBLE,
            Self::Bytes(_) => kind::BYTES,
            Self::Struct(_) => kind::STRUCT,
            Self::List(_) => kind::LIST,
            Self::Map(_) => kind::MAP,
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bool(value) => out.push(u8::from(*value)),
            Self::Byte(value) => out.extend(value.to_be_bytes()),
            Self::I16(value) => out.extend(value.to_be_bytes()),
            Self::I32(value) => out.extend(value.to_be_bytes()),
            Self::I64(value) => out.extend(value.to_be_bytes()),
            Self::Double(value) => out.extend(value.to_be_bytes()),
            Self::Bytes(value) => {
                length(out, value.len());
                out.extend(value);
            }
            Self::Struct(fields) => {
                for (number, value) in fields {
                    out.push(value.kind());
                    out.extend(number.to_be_bytes());
                    value.encode(out);
                }
                out.push(kind::STOP);
            }
            Self::List(values) => {
                out.push(values.first().map_or(kind::BYTE, Self::kind));
                length(out, values.len());
                values.iter().for_each(|value| value.encode(out));
            }
            Self::Map(pairs) => {
                out.push(pairs.first().map_or(kind::BYTE, |(key, _)| key.kind()));
                out.push(pairs.first().map_or(kind::BYTE, |(_, value)| value.kind()));
                length(out, pairs.len());
                for (key, value) in pairs {
                    key.encode(out);
                    value.encode(out);
                }
            }
        }
    }
}

/// Writes a length. Ours are those of statements and names, far below the limit.
fn length(out: &mut Vec<u8>, length: usize) {
    out.extend(i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes());
}

/// Returns the message that calls a method with one request.
pub(super) fn call(method: &str, sequence: i32, request: Value) -> Vec<u8> {
    let mut out = (VERSION | u32::from(CALL)).to_be_bytes().to_vec();
    Value::text(method).encode(&mut out);
    out.extend(sequence.to_be_bytes());
    Value::Struct(vec![(1, request)]).encode(&mut out);
    out
}

/// An answer to a call.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// What the method returned.
    Reply(Value),
    /// Why the server did not carry out the call.
    Exception(String),
}

/// Decodes the answer to the call with a number.
///
/// # Errors
/// A fault of the answer.
pub(super) fn answer(message: &[u8], sequence: i32) -> Result<Answer, Fault> {
    let mut input = Input { rest: message };
    let word = input.u32()?;
    if word & 0xffff_0000 != VERSION {
        return Err(NO_MESSAGE);
    }
    input.bytes()?;
    if input.u32()? != sequence.cast_unsigned() {
        return Err(Fault("it answers another call"));
    }
    let body = input.value(kind::STRUCT, 0)?;
    match u8::try_from(word & 0xff) {
        Ok(REPLY) => match body {
            Value::Struct(fields) => {
                let result = fields.into_iter().find(|(number, _)| *number == 0);
                result.map(|(_, value)| Answer::Reply(value)).ok_or(Fault("it has no result"))
            }
            _ => Err(NO_MESSAGE),
        },
        Ok(EXCEPTION) => Ok(Answer::Exception(body.text_at(1).unwrap_or_default())),
        _ => Err(NO_MESSAGE),
    }
}

/// The bytes of a message that are not decoded yet.
struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(CUT)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(CUT)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    fn length(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.u32()?.cast_signed()).map_err(|_| NEGATIVE)
    }

    fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.length()?;
        self.take(length)
    }

    /// Decodes a value. Nothing is allocated for what a length claims, only for what is there.
    fn value(&mut self, of: u8, depth: usize) -> Result<Value, Fault> {
        if depth > MAX_DEPTH {
            return Err(TOO_DEEP);
        }
        Ok(match of {
            kind::BOOL => Value::Bool(self.u8()? != 0),
            kind::BYTE => Value::Byte(self.u8()?.cast_signed()),
            kind::I16 => Value::I16(self.array().map(i16::from_be_bytes)?),
            kind::I32 => Value::I32(self.array().map(i32::from_be_bytes)?),
            kind::I64 => Value::I64(self.array().map(i64::from_be_bytes)?),
            kind::DOUBLE => Value::Double(self.array().map(f64::from_be_bytes)?),
            kind::BYTES => Value::Bytes(self.bytes()?.to_vec()),
            kind::STRUCT => {
                let mut fields = Vec::new();
                loop {
                    let of = self.u8()?;
                    if of == kind::STOP {
                        break Value::Struct(fields);
                    }
                    let number = self.array().map(i16::from_be_bytes)?;
                    fields.push((number, self.value(of, depth + 1)?));
                }
            }
            kind::LIST | kind::SET => {
                let of = self.u8()?;
                let mut values = Vec::new();
                for _ in 0..self.length()? {
                    values.push(self.value(of, depth + 1)?);
                }
                Value::List(values)
            }
            kind::MAP => {
                let (key, value) = (self.u8()?, self.u8()?);
                let mut pairs = Vec::new();
                for _ in 0..self.length()? {
                    pairs.push((self.value(key, depth + 1)?, self.value(value, depth + 1)?));
                }
                Value::Map(pairs)
            }
            _ => return Err(UNKNOWN_TYPE),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{reply, values};
    use super::*;

    proptest! {
        #[test]
        fn what_is_sent_arrives(value in values(), sequence in any::<i32>()) {
            let message = reply(sequence, value.clone());
            prop_assert_eq!(answer(&message, sequence), Ok(Answer::Reply(value)));
            prop_assert!(answer(&message, sequence.wrapping_add(1)).is_err());
        }

        #[test]
        fn a_cut_message_is_refused(value in values(), cut in any::<prop::sample::Index>()) {
            let message = reply(1, value);
            prop_assert!(answer(&message[..cut.index(message.len())], 1).is_err());
        }

        #[test]
        fn a_changed_message_does_no_harm(value in values(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut message = reply(1, value);
            let at = at.index(message.len());
            message[at] = byte;
            // A fault or some other answer, but no panic, and no memory for what is not there.
            let _ = answer(&message, 1);
        }
    }

    #[test]
    fn claims_are_not_believed() {
        let mut message = (VERSION | u32::from(REPLY)).to_be_bytes().to_vec();
        message.extend([0, 0, 0, 0, 0, 0, 0, 1, kind::LIST, 0, 0, kind::I64]);
        message.extend(i32::MAX.to_be_bytes());
        assert_eq!(answer(&message, 1), Err(CUT));
        let mut deep = message[..8 + 4].to_vec();
        deep.extend([kind::STRUCT, 0, 0].repeat(100_000));
        assert_eq!(answer(&deep, 1), Err(TOO_DEEP));
    }
}
