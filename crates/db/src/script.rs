//! Cuts an SQL script into its statements, because the runtime runs one statement a call and silently
//! drops what follows it.

/// The statements of a script, in order, without their final semicolon. Knows quotes, comments and the
/// bodies of triggers (which end at `; END;`, as in SQLite's own `sqlite3_complete`).
pub(crate) fn statements(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut state = Statement::default();
    let mut at = 0;
    while let Some(token) = next_token(script, at) {
        at = token.end;
        if state.ends_at(token.text) {
            found.extend(code_in(script, start, token.start));
            start = at;
            state = Statement::default();
        }
    }
    found.extend(code_in(script, start, script.len()));
    found
}

/// The text between two places, or nothing when it holds only blanks and comments.
fn code_in(script: &str, start: usize, end: usize) -> Option<&str> {
    let text = script.get(start..end)?.trim();
    next_token(text, 0).map(|_| text)
}

/// What has been seen of the statement at hand.
#[derive(Default)]
struct Statement {
    words: usize,
    creates: bool,
    trigger: bool,
    /// In a trigger: the last tokens were `;` and `END`.
    semicolon: bool,
    end: bool,
}

impl Statement {
    /// Takes the next token; true when it is the semicolon that ends the statement.
    fn ends_at(&mut self, token: &str) -> bool {
        if token == ";" {
            if !self.trigger || self.end {
                return true;
            }
            (self.semicolon, self.end) = (true, false);
            return false;
        }
        self.words += 1;
        self.creates |= self.words == 1 && token.eq_ignore_ascii_case("CREATE");
        // CREATE [TEMP] TRIGGER
        self.trigger |= self.creates && self.words <= 3 && token.eq_ignore_ascii_case("TRIGGER");
        self.end = self.semicolon && token.eq_ignore_ascii_case("END");
        self.semicolon = false;
        false
    }
}

struct Token<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

/// The next word, quoted text or sign at or after `from`; blanks and comments are passed over.
fn next_token(script: &str, from: usize) -> Option<Token<'_>> {
    let mut start = from;
    loop {
        let rest = script.get(start..)?;
        let first = rest.chars().next()?;
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else {
            let end = start + token_length(rest, first);
            return Some(Token { text: script.get(start..end)?, start, end });
        };
        start += length;
    }
}

/// How long the token at the beginning of `rest` is. A doubled quote inside a quoted text just makes two
/// adjacent tokens, which is all the same here.
fn token_length(rest: &str, first: char) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    match first {
        '\'' | '"' | '`' => {
            rest.get(1..).and_then(|r| r.find(first)).map_or(rest.len(), |at| at + 2)
        }
        c if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn statements_end_at_semicolons_outside_quotes_and_comments() {
        let script = "-- first; one\nCREATE TABLE a (b TEXT DEFAULT ';''x'); /* ; */ SELECT \"a;b\" ;\n-- end\n";
        let found = statements(script);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("(b TEXT DEFAULT ';''x')"));
        assert_eq!(found[1], "/* ; */ SELECT \"a;b\"");
    }

    #[test]
    fn a_trigger_ends_at_its_own_end() {
        let script = "CREATE TRIGGER IF NOT EXISTS t AFTER UPDATE ON a BEGIN
            UPDATE a SET b = CASE WHEN 1 THEN 2 END;
            SELECT 1;
        END;
        DROP TABLE a;";
        let found = statements(script);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("END"));
        assert_eq!(found[1], "DROP TABLE a");
    }

    #[test]
    fn a_script_of_comments_has_no_statements() {
        assert!(statements("-- nothing\n/* at all */ \n").is_empty());
        assert!(statements("").is_empty());
    }
}
