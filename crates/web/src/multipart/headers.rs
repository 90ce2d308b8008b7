//! The headers of a part, and the boundary in those of the request.

use percent_encoding::percent_decode_str;

/// What the headers of a part say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The name of the form's field.
    pub name: Option<String>,
    /// The name of the sender's file, as it was sent: check it before it names anything.
    pub file_name: Option<String>,
    /// What the sender takes it for.
    pub content_type: Option<String>,
}

impl Part {
    /// Reads one line. What the header means is only looked at where it matters.
    pub(super) fn add_header(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let line = str::from_utf8(line).map_err(|_| "a header is not UTF-8")?;
        let (name, value) = line.split_once(':').ok_or("a header has no colon")?;
        if name.eq_ignore_ascii_case("content-type") {
            self.content_type = Some(value.trim().to_owned());
        }
        if name.eq_ignore_ascii_case("content-disposition") {
            let (kind, parameters) = parameters(value).ok_or("a parameter cannot be read")?;
            if !kind.eq_ignore_ascii_case("form-data") {
                return Err("a part is not form-data");
            }
            self.take(parameters);
        }
        Ok(())
    }

    /// `filename*` is not allowed in forms, yet some clients send it instead of `filename` when the
    /// name is not ASCII.
    fn take(&mut self, parameters: Vec<(String, String)>) {
        let mut extended = None;
        for (name, value) in parameters {
            match name.as_str() {
                "name" => self.name = Some(value),
                "filename" => self.file_name = Some(value),
                "filename*" => extended = decode_extended(&value),
                _ => {}
            }
        }
        self.file_name = self.file_name.take().or(extended);
    }
}

/// The boundary in `multipart/form-data; boundary=...`: 1 to 70 characters.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = parameters(content_type)?;
    let (_, value) = parameters.into_iter().find(|(name, _)| name == "boundary")?;
    let is_form = kind.eq_ignore_ascii_case("multipart/form-data");
    (is_form && (1..=70).contains(&value.len())).then_some(value)
}

/// `value; name=token; name="quoted"`, names in lower case.
fn parameters(text: &str) -> Option<(&str, Vec<(String, String)>)> {
    let (first, mut rest) = text.split_once(';').unwrap_or((text, ""));
    let mut found = Vec::new();
    while !rest.trim().is_empty() {
        let (name, value) = rest.split_once('=')?;
        let (value, behind) = match value.trim_start().strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (token, behind) = value.split_once(';').unwrap_or((value, ""));
                (token.trim().to_owned(), behind)
            }
        };
        found.push((name.trim().to_ascii_lowercase(), value));
        rest = behind;
    }
    Some((first.trim(), found))
}

/// The text up to the closing quote, and what comes behind the next semicolon. Only `\"` and `\\`
/// are escapes: some clients send a backslash as it is.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let behind = text.get(at + 1..)?.trim_start();
                let next = behind.strip_prefix(';').or(behind.is_empty().then_some(""))?;
                return Some((value, next));
            }
            '\\' => match letters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push(letter),
            },
            _ => value.push(letter),
        }
    }
    None
}

/// `UTF-8'en'na%C3%AFve` (RFC 8187).
fn decode_extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    Some(percent_decode_str(encoded).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_name(disposition: &str) -> Option<String> {
        let mut part = Part::default();
        part.add_header(format!("Content-Disposition: {disposition}").as_bytes()).unwrap();
        part.file_name
    }

    #[test]
    fn a_boundary_is_a_token_or_quoted() {
        let read = |text: &str| boundary(text);
        assert_eq!(read("multipart/form-data; boundary=x-y").unwrap(), "x-y");
        assert_eq!(read("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"").unwrap(), "a b");
        for text in [
            "",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "text/plain; boundary=x",
            "multipart/mixed; boundary=x",
            "multipart/form-data; boundary=\"x",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("multipart/form-data; boundary={}", "x".repeat(71))), None);
    }

    #[test]
    fn file_names_of_every_client() {
        for (sent, meant) in [
            (r#"form-data; name="file"; filename="a.deb""#, "a.deb"),
            (r#"form-data; name=file; filename=a.deb"#, "a.deb"),
            (r#"form-data; filename="a\"b\\c""#, r#"a"b\c"#),
            (r#"form-data; filename="C:\dir\a.deb""#, r"C:\dir\a.deb"),
            (r#"form-data; filename="a;b=c.deb"; name="file""#, "a;b=c.deb"),
            ("form-data; filename=\"ü.deb\"", "ü.deb"),
            ("form-data; name=\"file\"; filename*=utf-8''%C3%BC.deb", "ü.deb"),
            (r#"form-data; filename*=utf-8''x; filename="plain""#, "plain"),
            (r#"form-data; filename="""#, ""),
        ] {
            assert_eq!(file_name(sent).as_deref(), Some(meant), "{sent}");
        }
        assert_eq!(file_name("form-data; name=\"force\""), None);
    }

    #[test]
    fn headers_that_break_the_rules_are_malformed() {
        for line in [
            &b"no colon"[..],
            b"Content-Disposition: attachment; name=x",
            b"Content-Disposition: form-data; name=\"x",
            b"Content-Disposition: form-data; name",
            b"Content-Disposition: form-data; name=\"x\"y",
            b"X: \xff",
        ] {
            assert!(Part::default().add_header(line).is_err(), "{line:?}");
        }
        assert_eq!(Part::default().add_header(b"X-Other: anything"), Ok(()));
    }
}
