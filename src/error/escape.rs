//! Makes text from outside safe to show. Characters that could move a cursor, colour a terminal, forge a line or reorder
//! letters become visible. Names in a header, paths and a server's messages may all have been chosen by somebody else.

use std::borrow::Cow;

/// Makes a text safe to show as part of a line: line feeds become visible too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, false)
}

/// Makes a page safe to show: line feeds and tabs are kept.
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

/// Returns whether a character does something other than being visible.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Soft hyphen, direction marks, zero-width blanks, line separators, annotation marks, tags.
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
