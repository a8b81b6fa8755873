//! Finds the end of a message while it arrives.
//!
//! A message says its length only where it travels in frames. The scan walks over the bytes that are there, remembers what
//! has to follow, and refuses a message as soon as it claims to be larger than any that we ask for.

use super::thrift::{Fault, MAX_DEPTH, NEGATIVE, NO_MESSAGE, TOO_DEEP, UNKNOWN_TYPE, VERSION, kind};

/// The size of the largest message.
pub(super) const MAX_MESSAGE: usize = 64 << 20;

/// The number of values in the largest message: each becomes some dozens of bytes in memory, however small it is here.
const MAX_VALUES: usize = 1 << 20;

const TOO_LARGE: Fault = Fault("it is larger than any that gapsync asks for");

/// What has to follow.
#[derive(Clone, Copy)]
enum Next {
    /// The name, the number and the body of the message.
    Message,
    Bytes(usize),
    /// The fields of a structure and its end.
    Fields,
    /// A value of a type.
    Value(u8),
    /// Values of two types in turn: those of a list, or the keys and values of a map.
    Many([u8; 2], usize),
}

/// How far a message has been seen.
pub(super) struct Scan {
    at: usize,
    values: usize,
    open: Vec<Next>,
}

impl Default for Scan {
    fn default() -> Self {
        Self { at: 0, values: 0, open: vec![Next::Message] }
    }
}

impl Scan {
    /// Looks at a message of which these bytes have arrived, and returns its length once all of it has.
    ///
    /// # Errors
    /// A fault of the message.
    pub(super) fn look(&mut self, message: &[u8]) -> Result<Option<usize>, Fault> {
        while let Some(next) = self.open.pop() {
            if !self.step(next, message.get(self.at..).unwrap_or_default())? {
                self.open.push(next);
                return Ok(None);
            }
        }
        Ok(Some(self.at))
    }

    /// Walks over what has to follow; returns false if too little of it has arrived.
    fn step(&mut self, next: Next, rest: &[u8]) -> Result<bool, Fault> {
        match next {
            Next::Message => {
                let Some((word, length)) = word(rest, 0).zip(word(rest, 4)) else { return Ok(false) };
                if word & 0xffff_0000 != VERSION {
                    return Err(NO_MESSAGE);
                }
                let name = size(length)?;
                self.over(8)?;
                // After the name comes the number of the call.
                self.open.extend([Next::Value(kind::STRUCT), Next::Bytes(name.saturating_add(4))]);
            }
            Next::Bytes(length) => {
                if rest.len() < length {
                    // Whether it fits is known before it arrives.
                    return self
                        .at
                        .checked_add(length)
                        .filter(|end| *end <= MAX_MESSAGE)
                        .map(|_| false)
                        .ok_or(TOO_LARGE);
                }
                self.over(length)?;
            }
            Next::Fields => match rest {
                [kind::STOP, ..] => self.over(1)?,
                [of, _, _, ..] => {
                    self.over(3)?;
                    self.open.extend([Next::Fields, Next::Value(*of)]);
                }
                _ => return Ok(false),
            },
            Next::Many([of, then], left) => {
                if left > 0 {
                    self.open.extend([Next::Many([then, of], left - 1), Next::Value(of)]);
                }
            }
            Next::Value(of) => return self.value(of, rest),
        }
        Ok(true)
    }

    fn value(&mut self, of: u8, rest: &[u8]) -> Result<bool, Fault> {
        let (head, following) = match of {
            kind::BOOL | kind::BYTE => (0, Next::Bytes(1)),
            kind::I16 => (0, Next::Bytes(2)),
            kind::I32 => (0, Next::Bytes(4)),
            kind::I64 | kind::DOUBLE => (0, Next::Bytes(8)),
            kind::STRUCT => (0, Next::Fields),
            kind::BYTES => {
                let Some(length) = word(rest, 0) else { return Ok(false) };
                (4, Next::Bytes(size(length)?))
            }
            kind::LIST | kind::SET => {
                let Some((of, count)) = rest.first().zip(word(rest, 1)) else { return Ok(false) };
                (5, Next::Many([*of, *of], self.claimed(count, 1)?))
            }
            kind::MAP => {
                let (Some([key, value]), Some(count)) = (rest.first_chunk(), word(rest, 2)) else { return Ok(false) };
                (6, Next::Many([*key, *value], self.claimed(count, 2)?))
            }
            _ => return Err(UNKNOWN_TYPE),
        };
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(TOO_LARGE);
        }
        self.over(head)?;
        self.open.push(following);
        // Each level of the tree has one entry here, and the innermost a few.
        if self.open.len() > MAX_DEPTH { Err(TOO_DEEP) } else { Ok(true) }
    }

    /// Returns how many values a list or a map claims to have.
    fn claimed(&self, count: u32, each: usize) -> Result<usize, Fault> {
        let count = size(count)?.saturating_mul(each);
        if self.values.saturating_add(count) > MAX_VALUES { Err(TOO_LARGE) } else { Ok(count) }
    }

    fn over(&mut self, bytes: usize) -> Result<(), Fault> {
        self.at = self.at.saturating_add(bytes);
        if self.at > MAX_MESSAGE { Err(TOO_LARGE) } else { Ok(()) }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_be_bytes(*word))
}

fn size(length: u32) -> Result<usize, Fault> {
    usize::try_from(length.cast_signed()).map_err(|_| NEGATIVE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{reply, values};
    use super::super::thrift::Value;
    use super::*;

    proptest! {
        #[test]
        fn the_end_is_found_however_the_bytes_arrive(value in values(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6)) {
            let message = reply(1, value);
            let mut lengths: Vec<usize> = cuts.iter().map(|cut| cut.index(message.len())).collect();
            lengths.sort_unstable();
            let mut scan = Scan::default();
            for length in lengths {
                prop_assert_eq!(scan.look(&message[..length]), Ok(None));
            }
            prop_assert_eq!(scan.look(&message), Ok(Some(message.len())));
        }

        #[test]
        fn what_the_scan_lets_pass_is_read_to_its_end(value in values(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut message = reply(1, value);
            let at = at.index(message.len());
            message[at] = byte;
            if let Ok(Some(length)) = Scan::default().look(&message) {
                prop_assert!(length <= message.len());
            }
        }
    }

    #[test]
    fn a_message_that_is_too_large_is_refused_before_it_arrives() {
        let large = |of: u8, head: &[u8], claimed: i32| {
            let mut message = reply(1, Value::Bool(true));
            // In the place of the value and the end.
            message.truncate(message.len() - 5);
            message.extend([of, 0, 0]);
            message.extend(head);
            message.extend(claimed.to_be_bytes());
            Scan::default().look(&message)
        };
        assert_eq!(large(kind::BYTES, &[], i32::MAX), Err(TOO_LARGE));
        assert_eq!(large(kind::LIST, &[kind::BOOL], 1 << 21), Err(TOO_LARGE));
        assert_eq!(large(kind::MAP, &[kind::BOOL, kind::BOOL], 1 << 21), Err(TOO_LARGE));
        assert_eq!(large(kind::BYTES, &[], -1), Err(NEGATIVE));
        assert_eq!(large(1, &[], 0), Err(UNKNOWN_TYPE));
        assert_eq!(large(kind::BYTES, &[], 100), Ok(None));
        let deep: Vec<u8> =
            reply(1, Value::Bool(true))[..18].iter().copied().chain([kind::STRUCT, 0, 0].repeat(1000)).collect();
        assert_eq!(Scan::default().look(&deep), Err(TOO_DEEP));
        assert_eq!(Scan::default().look(b"HTTP/1.1 400 Bad Request"), Err(NO_MESSAGE));
    }
}
