//! Writes the structures that describe a Parquet file, in Thrift's compact protocol:
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

/// Types of fields and elements.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A structure that is being written. Its fields come in the order of their numbers.
pub(super) struct Compact<'a> {
    out: &'a mut Vec<u8>,
    /// The number of the last field.
    last: u8,
}

impl<'a> Compact<'a> {
    /// Begins a structure at the end of some bytes.
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, last: 0 }
    }

    /// Ends it.
    pub(super) fn end(self) {
        self.out.push(0);
    }

    fn field(&mut self, number: u8, kind: u8) {
        debug_assert!(number > self.last && number - self.last < 16, "fields come in order");
        self.out.push((number - self.last) << 4 | kind);
        self.last = number;
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    fn zigzag(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    fn bytes(&mut self, text: &str) {
        self.varint(text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn head(&mut self, count: usize, kind: u8) {
        if count < 15 {
            self.out.push((count as u8) << 4 | kind);
        } else {
            self.out.push(0xf0 | kind);
            self.varint(count as u64);
        }
    }

    /// Writes a field of 32 bits, or of an enumeration.
    pub(super) fn number(&mut self, number: u8, value: i64) {
        self.field(number, I32);
        self.zigzag(value);
    }

    /// Writes a field of 64 bits.
    pub(super) fn long(&mut self, number: u8, value: i64) {
        self.field(number, I64);
        self.zigzag(value);
    }

    /// Writes a text.
    pub(super) fn text(&mut self, number: u8, text: &str) {
        self.field(number, BINARY);
        self.bytes(text);
    }

    /// Writes a list of numbers of 32 bits.
    pub(super) fn numbers(&mut self, number: u8, values: &[i64]) {
        self.field(number, LIST);
        self.head(values.len(), I32);
        values.iter().for_each(|value| self.zigzag(*value));
    }

    /// Writes a list of texts.
    pub(super) fn texts(&mut self, number: u8, texts: &[&str]) {
        self.field(number, LIST);
        self.head(texts.len(), BINARY);
        texts.iter().for_each(|text| self.bytes(text));
    }

    /// Begins a list of structures, each of which [`Self::element`] writes.
    pub(super) fn list(&mut self, number: u8, count: usize) {
        self.field(number, LIST);
        self.head(count, STRUCT);
    }

    /// Writes a structure of a list.
    pub(super) fn element(&mut self, fill: impl FnOnce(&mut Compact<'_>)) {
        let mut own = Compact::new(self.out);
        fill(&mut own);
        own.end();
    }

    /// Writes a structure as a field.
    pub(super) fn inner(&mut self, number: u8, fill: impl FnOnce(&mut Compact<'_>)) {
        self.field(number, STRUCT);
        self.element(fill);
    }
}
