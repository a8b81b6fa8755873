//! Bytes as lower-case hex digits, as digests are written.

/// Returns bytes as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns whether a text consists of so many hex digits, of either case.
#[must_use]
pub fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the bytes of an MD5 from its 32 hex digits, or `None` for anything else.
#[must_use]
pub fn md5_of_hex(text: &str) -> Option<[u8; 16]> {
    let number = u128::from_str_radix(text, 16).ok().filter(|_| is_hex(text, 32));
    number.map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_32_digits_are_an_md5() {
        let digits = "000102030405060708090a0b0c0d0eff";
        let bytes = md5_of_hex(digits).unwrap();
        assert_eq!((bytes[1], bytes[15], hex(&bytes).as_str()), (1, 255, digits));
        assert_eq!(md5_of_hex(&digits.to_uppercase()), Some(bytes));
        for other in ["", &digits[1..], &format!("{digits}0"), &digits.replace('f', "g"), &format!("+{}", &digits[1..])]
        {
            assert_eq!(md5_of_hex(other), None, "{other}");
        }
        assert!(is_hex("aF", 2) && !is_hex("aF", 3) && !is_hex("-1", 2));
    }
}
