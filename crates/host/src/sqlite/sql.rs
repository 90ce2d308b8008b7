//! As much of SQL's grammar as the check of plans needs: words, without comments and quoted text.

/// The words and comments of a statement.
#[derive(Debug, Default, PartialEq)]
pub struct Words {
    /// Unquoted words in lower case, and quoted names as they are.
    pub words: Vec<String>,
    /// What stands behind `--`.
    pub comments: Vec<String>,
}

impl Words {
    /// Takes a statement apart.
    pub fn of(sql: &str) -> Self {
        let mut found = Self::default();
        let mut rest = sql;
        while let Some(first) = rest.chars().next() {
            rest = match first {
                '-' if rest.starts_with("--") => found.comment(rest),
                '/' if rest.starts_with("/*") => after(rest, "*/"),
                '\'' => after(rest.get(1..).unwrap_or_default(), "'"),
                '"' | '`' => found.quoted(rest, first),
                '[' => found.quoted(rest, ']'),
                c if c.is_alphabetic() || c == '_' => found.word(rest),
                c => rest.get(c.len_utf8()..).unwrap_or_default(),
            };
        }
        found
    }

    /// Whether these words stand one after the other.
    pub fn has(&self, sequence: &[&str]) -> bool {
        self.words.windows(sequence.len()).any(|window| window.iter().eq(sequence))
    }

    fn word<'a>(&mut self, rest: &'a str) -> &'a str {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let (word, rest) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
        self.words.push(word.to_lowercase());
        rest
    }

    fn quoted<'a>(&mut self, rest: &'a str, end: char) -> &'a str {
        let inner = rest.get(1..).unwrap_or_default();
        let (name, rest) = inner.split_once(end).unwrap_or((inner, ""));
        self.words.push(name.to_lowercase());
        rest
    }

    fn comment<'a>(&mut self, rest: &'a str) -> &'a str {
        let (line, rest) = rest.split_once('\n').unwrap_or((rest, ""));
        self.comments.push(line.trim_start_matches('-').trim().to_owned());
        rest
    }
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_and_comments_are_no_words() {
        let words = Words::of(
            "SELECT 'it''s LIMIT', \"Two\".x1 -- scan: few rows\nFROM /* LIMIT */ [t] WHERE a<>?1",
        );
        assert_eq!(words.words, ["select", "two", "x1", "from", "t", "where", "a"]);
        assert_eq!(words.comments, ["scan: few rows"]);
        assert!(words.has(&["from", "t"]) && !words.has(&["limit"]));
    }

    #[test]
    fn unfinished_text_ends_quietly() {
        for sql in ["'", "\"", "/*", "--", "[", "é'ü"] {
            Words::of(sql);
        }
    }
}
