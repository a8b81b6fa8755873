//! Recognises files that are given instead of a bundle, by their first decompressed bytes, and says what to do about them.

/// The first bytes of a file, its kind, and the advice.
type Stranger = (&'static [u8], &'static str, &'static str);

const UNPACK: &str = "Unpack it and use the tarball inside.";
const DECODE: &str = "Decode it with `base64 -d` and use the result.";
const DECRYPT: &str = "Decrypt it with `gpg -d` and use the result.";

/// The known kinds. A codec listed here was applied twice: gapsync has already decompressed the file once.
const STRANGERS: &[Stranger] = &[
    (b"PK\x03\x04", "a ZIP archive", UNPACK),
    (b"PK\x05\x06", "an empty ZIP archive", UNPACK),
    (b"7z\xbc\xaf", "a 7z archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"070701", "a cpio archive", UNPACK),
    (b"MSCF", "a CAB archive", UNPACK),
    (b"hsqs", "a SquashFS image", "Mount it and use the tarball inside."),
    (b"\x04\x22\x4d\x18", "compressed by lz4", "Decompress it with `lz4 -d` and use the result."),
    (b"\x89LZO\0", "compressed by lzop", "Decompress it with `lzop -d` and use the result."),
    (b"LZIP", "compressed by lzip", "Decompress it with `lzip -d` and use the result."),
    (b"\x5d\0\0", "compressed by lzma", "Decompress it with `xz --format=lzma -d` and use the result."),
    (b"\x1f\x9d", "compressed by compress", "Decompress it with `gzip -d` and use the result."),
    (b"\x1f\x8b", "compressed twice, with gzip inside", "Decompress it once with `gzip -d` and use the result."),
    (b"\x28\xb5\x2f\xfd", "compressed twice, with zstd inside", "Decompress it once and use the result."),
    (b"\xfd7zXZ\0", "compressed twice, with xz inside", "Decompress it once and use the result."),
    (b"BZh", "compressed twice, with bzip2 inside", "Decompress it once and use the result."),
    (b"H4sI", "gzip as base64 text", DECODE),
    (b"KLUv", "zstd as base64 text", DECODE),
    (b"/Td6WFo", "xz as base64 text", DECODE),
    (b"QlpoOT", "bzip2 as base64 text", DECODE),
    (b"begin 6", "a uuencoded text", "Decode it with `uudecode` and use the result."),
    (b"begin-base64", "gzip as base64 text", "Decode it with `uudecode` and use the result."),
    (b"-----BEGIN PGP SIGNATURE", "a signature", "Use the bundle itself, which it belongs to."),
    (b"-----BEGIN PGP", "encrypted or signed by OpenPGP", DECRYPT),
    (b"-----BEGIN ", "a PEM text, perhaps encrypted", "Decrypt it and use the result."),
    (b"age-encryption.org/", "encrypted by age", "Decrypt it with `age -d` and use the result."),
    (b"Salted__", "encrypted by OpenSSL", "Decrypt it with `openssl enc -d` and use the result."),
    (b"SQLite format 3", "a SQLite database", "Name it with --database, and the bundle with --file."),
    (b"<!DOCTYPE", "a web page", "The download went wrong: fetch the bundle again."),
    (b"<html", "a web page", "The download went wrong: fetch the bundle again."),
    (b"table,dump_file,line,reason", "a rejects file", "Import it with `gapsync import --retry-rejects`."),
];

/// Returns the kind of a file given instead of a tarball, and the advice, or `None` if it is unknown.
pub(super) fn named(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let found = STRANGERS.iter().find(|(magic, ..)| start.starts_with(magic)).map(|(_, what, hint)| (*what, *hint));
    found.or_else(|| is_open_pgp(start).then_some(("encrypted or signed by OpenPGP", DECRYPT)))
}

/// Returns whether the bytes are an OpenPGP message: a packet with a session key encrypted with a public key (tag 1) or a
/// passphrase (tag 3), a signed one (tags 4 and 8), or one with only the data (tag 18).
fn is_open_pgp(start: &[u8]) -> bool {
    let [head, rest @ ..] = start else { return false };
    let (tag, body) = match (head >> 6, head & 3) {
        // A packet in the old format says how many bytes its length has.
        (0b10, 3) => ((head >> 2) & 15, rest),
        (0b10, length) => ((head >> 2) & 15, rest.get(1 << length..).unwrap_or_default()),
        (0b11, _) => {
            let length = match rest {
                [255, ..] => 5,
                [192..=223, ..] => 2,
                _ => 1,
            };
            (head & 63, rest.get(length..).unwrap_or_default())
        }
        _ => return false,
    };
    match tag {
        1 => matches!(body, [2 | 3 | 6, ..]),
        3 => matches!(body, [4..=6, ..]),
        4 => matches!(body, [3 | 6, ..]),
        // A compressed message: by zip, zlib or bzip2.
        8 => matches!(body, [1..=3, ..]),
        18 => matches!(body, [1 | 2, ..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_open_pgp_are_known_and_a_tarball_is_not() {
        // The first bytes of `gpg -c`, of `gpg -e` for an RSA key, for an elliptic one, and of `gpg -s`.
        for start in [
            &[0x8c, 0x0d, 0x04, 0x09, 0x03, 0x02][..],
            &[0x85, 0x01, 0x8c, 0x03, 0xaa, 0xbb],
            &[0x84, 0x5e, 0x03, 0xaa, 0xbb],
            &[0xa3, 0x01, 0x5b, 0x2d],
            &[0xc1, 0xc0, 0x4c, 0x03, 0xaa],
        ] {
            assert!(named(start).is_some(), "{start:?}");
        }
        for start in [&b"bundle.json\0\0"[..], b"", b"data/x", &[0x80], &[0xff, 0xff]] {
            assert_eq!(named(start), None);
        }
    }
}
