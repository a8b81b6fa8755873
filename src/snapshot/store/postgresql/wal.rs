//! The names of PostgreSQL's log of changes, and which of its segments a recovery needs.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Result, escape};

/// Bytes that a segment's number counts in one step of its name's middle part.
const LOG: u64 = 1 << 32;

/// Bytes of the header of a segment's first page.
const HEADER: usize = 40;

/// The flag of a header that says which server wrote it.
const LONG: u16 = 2;

/// A segment of the log: its timeline, and its number from the beginning of all logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    pub(super) timeline: u32,
    pub(super) number: u64,
}

impl Segment {
    /// Reads the name of a segment whose server has segments of this size.
    pub(super) fn parse(name: &str, bytes: u64) -> Option<Self> {
        let digits = |text: &str| u32::from_str_radix(text, 16).ok();
        let upper = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
        if name.len() != 24 || !name.bytes().all(upper) || bytes == 0 {
            return None;
        }
        let number = u64::from(digits(&name[8..16])?) * (LOG / bytes) + u64::from(digits(&name[16..])?);
        Some(Self { timeline: digits(&name[..8])?, number })
    }

    /// Returns its name.
    pub(super) fn name(self, bytes: u64) -> String {
        let each = LOG / bytes;
        format!("{:08X}{:08X}{:08X}", self.timeline, self.number / each, self.number % each)
    }
}

/// Reads a position in the log, such as `0/3000028`.
pub(super) fn position(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    Some(u64::from(u32::from_str_radix(high, 16).ok()?) << 32 | u64::from(u32::from_str_radix(low, 16).ok()?))
}

/// Returns the name of the file that says where a timeline begins.
pub(super) fn history_name(timeline: u32) -> String {
    format!("{timeline:08X}.history")
}

/// Reads the timelines that one descends from, and where each of them was left, the oldest first.
///
/// # Errors
/// `Damaged` if the text is no history.
pub(super) fn history(timeline: u32, text: &str) -> Result<Vec<(u32, u64)>> {
    let fault =
        || Error::damaged("the history of a timeline of PostgreSQL cannot be read").at_path(history_name(timeline));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut found: Vec<(u32, u64)> = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let parent = words.next().and_then(|word| word.parse().ok()).ok_or_else(fault)?;
        let left = words.next().and_then(position).ok_or_else(fault)?;
        if found.last().is_some_and(|(last, at)| parent <= *last || left < *at) || parent >= timeline {
            return Err(fault());
        }
        found.push((parent, left));
    }
    Ok(found)
}

/// Returns every segment from one to another, across timelines. `history` is that of the last timeline.
///
/// # Errors
/// `Damaged` if the last timeline does not descend from the first one.
pub(super) fn needed(
    from: Segment,
    to: Segment,
    history: &[(u32, u64)],
    bytes: u64,
) -> Result<impl Iterator<Item = Segment> + use<>> {
    let mut parts = Vec::new();
    let mut number = from.number;
    if from.timeline != to.timeline {
        let known = history.iter().position(|(timeline, _)| *timeline == from.timeline).ok_or_else(|| {
            let what = format!(
                "the timeline {} of the log does not descend from {}, on which the base copy was taken",
                to.timeline, from.timeline
            );
            Error::damaged(what).hint("Make a snapshot with a base copy of its own: leave out --base.")
        })?;
        for (timeline, left) in &history[known..] {
            // The segment in which a timeline was left is the first one of the next timeline.
            let end = left / bytes;
            parts.push((*timeline, number..end.max(number)));
            number = number.max(end);
        }
    }
    if to.number < number {
        return Err(Error::damaged("the log of PostgreSQL ends before it begins"));
    }
    parts.push((to.timeline, number..to.number + 1));
    Ok(parts.into_iter().flat_map(|(timeline, numbers)| numbers.map(move |number| Segment { timeline, number })))
}

/// Checks that a file is the segment that its name says, of a server: by its size and the header of its first page.
///
/// # Errors
/// `Damaged` if it is not; `File` if it cannot be read.
pub(super) fn check(path: &Path, segment: Segment, bytes: u64, system: &str) -> Result<()> {
    let name = segment.name(bytes);
    let damaged = |why: &str| {
        Err(Error::damaged(format!("the segment {name} of PostgreSQL's log {why}")).at_path(path.display().to_string()))
    };
    let fault = |error| Error::file(path, format!("the segment {name} of PostgreSQL's log cannot be read"), error);
    let mut file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return damaged("is missing"),
        file => file.map_err(fault)?,
    };
    if file.metadata().map_err(fault)?.len() != bytes {
        return damaged("is not complete");
    }
    let mut header = [0; HEADER];
    file.read_exact(&mut header).map_err(fault)?;
    let long = |at: usize| header[at..].first_chunk().copied().map_or(0, u64::from_ne_bytes);
    let flags = header[2..].first_chunk().copied().map_or(0, u16::from_ne_bytes);
    let timeline = header[4..].first_chunk().copied().map_or(0, u32::from_ne_bytes);
    if flags & LONG == 0 || long(8) != segment.number * bytes || timeline > segment.timeline {
        return damaged("has the content of another one");
    }
    if long(24).to_string() != system {
        return damaged("is of another server");
    }
    Ok(())
}

/// Returns the error of a segment that is not there.
pub(super) fn missing(name: &str) -> Error {
    Error::damaged(format!("the segment {} of PostgreSQL's log is missing", escape::line(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_the_same_thing_whatever_the_size() {
        for (name, bytes, number) in [
            ("000000010000000000000003", 16 << 20, 3),
            ("0000000A00000001000000FF", 16 << 20, 0x1ff),
            ("000000010000000100000FFF", 1 << 20, 0x1fff),
            ("000000010000000500000003", 1 << 30, 23),
        ] {
            let segment = Segment::parse(name, bytes).unwrap();
            assert_eq!((segment.number, segment.name(bytes).as_str()), (number, name));
        }
        for wrong in ["", "00000001.history", "00000001000000000000000g", "0000000100000000000000a3"] {
            assert_eq!(Segment::parse(wrong, 16 << 20), None);
        }
    }

    #[test]
    fn a_recovery_needs_each_segment_once_across_timelines() {
        const SIZE: u64 = 16 << 20;
        let at = |timeline, number| Segment { timeline, number };
        let names = |from, to, history: &str| -> Vec<(u32, u64)> {
            let history = super::history(9, history).unwrap();
            needed(from, to, &history, SIZE).unwrap().map(|each| (each.timeline, each.number)).collect()
        };
        assert_eq!(names(at(1, 254), at(1, 256), ""), [(1, 254), (1, 255), (1, 256)]);
        // Left in the middle of segment 3, and at the very end of segment 4.
        let history = "1\t0/3800000\tno recovery target specified\n\n2\t0/5000000\tafter\n";
        let all = [(1, 2), (2, 3), (2, 4), (3, 5), (3, 6)];
        assert_eq!(names(at(1, 2), at(3, 6), history), all);
        assert_eq!(names(at(2, 4), at(3, 6), history), all[2..]);
        assert!(needed(at(4, 2), at(9, 6), &super::history(9, history).unwrap(), SIZE).is_err());
        for wrong in ["x", "1", "1 0/x", "2 0/1\n1 0/2", "9 0/1"] {
            assert!(super::history(9, wrong).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_history_of_anything_is_read_or_refused(text in "([0-9]{1,3}|[0-9A-F]/[0-9A-F]{1,3}|[ \t\n#x]){0,12}") {
            let _ = history(9, &text);
        }
    }
}
