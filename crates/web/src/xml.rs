//! Text inside XML, HTML and SVG.

/// Text as it may stand in an element or in a quoted attribute. Signs that XML 1.0 cannot hold
/// become U+FFFD, and line ends are written as references, because a reader of attributes makes
/// blanks of them.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            sign => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_of_a_text_is_markup_or_forbidden() {
        assert_eq!(super::escape("<a b=\"c\">'&"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;");
        assert_eq!(
            super::escape("a\nb\u{0}c\u{1b}[0m\u{ffff}ü"),
            "a&#10;b\u{fffd}c\u{fffd}[0m\u{fffd}ü"
        );
    }
}
