//! Text from outside as it may be shown: whatever could move a cursor, colour a terminal, forge a line or reorder letters is
//! made visible. Names in a header, paths, messages of a server: all of it may have been chosen by someone else.

use std::borrow::Cow;

/// Makes a text that is a part of one line harmless: line feeds are made visible too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, false)
}

/// Makes a page harmless: its line feeds and tabs stay.
#[must_use]
pub fn page(text: &str) -> Cow<'_, str> {
    escaped(text, true)
}

fn escaped(text: &str, lines: bool) -> Cow<'_, str> {
    let hidden = |c: char| is_hidden(c) && !(lines && matches!(c, '\n' | '\t'));
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !hidden(c) => shown.push(c),
            '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
            c => shown.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(shown)
}

/// Whether a character does something else than being seen.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // A soft hyphen; marks of direction; blanks without width; separators of lines; marks of annotation; tags.
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_made_visible() {
        assert_eq!(line("a\u{1b}[31mb\nc\u{202e}d\u{9b}e\u{200b}"), "a\\u{1b}[31mb\\nc\\u{202e}d\\u{9b}e\\u{200b}");
        assert_eq!(page("a\n\tb\u{7f}\r"), "a\n\tb\\u{7f}\\r");
        assert!(matches!(line("Größe, 大小, émoji 🙂 / a-b_c"), Cow::Borrowed(_)));
    }

    proptest::proptest! {
        #[test]
        fn nothing_hidden_is_left(text in "\\PC*|(?s:.*)") {
            proptest::prop_assert!(!line(&text).chars().any(is_hidden));
            proptest::prop_assert!(!page(&text).chars().any(|c| is_hidden(c) && c != '\n' && c != '\t'));
        }
    }
}
