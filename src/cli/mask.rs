//! Removes passwords in URLs from text that is about to be shown.

const MASK: &str = "***";

/// Masks the password of every URL in the text: whatever is between `//user:` and the last `@` before the next blank or
/// quote, and after `password=`.
pub(super) fn secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, login) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = login.find(|c: char| c.is_whitespace() || "'\"`".contains(c)).unwrap_or(login.len());
        let authority = &login[..end];
        if let Some((login, host)) = authority.rsplit_once('@')
            && let Some((user, _)) = login.split_once(':')
        {
            shown.push_str(&format!("{user}:{MASK}@{host}"));
        } else {
            shown.push_str(authority);
        }
        rest = &login[end..];
    }
    shown.push_str(rest);
    parameter(&shown)
}

/// Masks the value of each `password=` parameter.
fn parameter(text: &str) -> String {
    const NAME: &str = "password=";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(NAME) {
        let (before, value) = rest.split_at(at + NAME.len());
        shown.push_str(before);
        shown.push_str(MASK);
        let end = value.find(|c: char| c.is_whitespace() || "&'\"`".contains(c)).unwrap_or(value.len());
        rest = &value[end..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_go_and_the_rest_stays() {
        for (text, shown) in [
            (
                "unexpected argument 'postgres://ann:s3c:r@et@db/tq' found",
                "unexpected argument 'postgres://ann:***@db/tq' found",
            ),
            ("mysql://ann@db/tq and https://x.example:8080/y", "mysql://ann@db/tq and https://x.example:8080/y"),
            ("pg:///d?user=a&password=s3cret&host=/s", "pg:///d?user=a&password=***&host=/s"),
            ("no URL: here", "no URL: here"),
        ] {
            assert_eq!(secrets(text), shown);
        }
    }
}
