//! Takes the text of a JSON object apart while it arrives. A few values are so long that they are
//! gone into, and their parts handed on one by one; every other value is handed on whole. Memory
//! follows the longest of these, not the text.

use std::borrow::Cow;

use super::{DEPTH, Wrong, not_json};

/// The longest value that is handed on whole.
const LONGEST_VALUE: usize = 1 << 20;
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// What is done with a value that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// Its parts are handed on.
    Into,
    /// It is handed on whole.
    Past,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// In how many containers.
    pub depth: usize,
    /// Under which keys; an array adds none.
    pub keys: &'a [String],
}

/// Takes the parts of a text.
pub trait Parts {
    /// A value begins, with `[`, `{` or something else.
    fn begins(&mut self, place: Place<'_>, first: u8) -> Go;
    /// A whole value, which is JSON.
    fn value(&mut self, place: Place<'_>, text: &str);
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// So many bytes of a BOM have come.
    Bom(usize),
    Value,
    /// Or the end of an array that has nothing in it.
    ValueOrEnd,
    Key,
    /// Or the end of an object that has nothing in it.
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// Takes a text apart.
#[derive(Debug)]
pub struct Split {
    next: Next,
    /// The containers that we are in: whether each is an object.
    inside: Vec<bool>,
    /// The keys of those that are objects.
    keys: Vec<String>,
    /// What has come of a key or a value.
    token: Vec<u8>,
    scan: Option<Scan>,
}

impl Default for Split {
    fn default() -> Self {
        let (inside, keys) = (Vec::new(), Vec::new());
        Self { next: Next::Bom(0), inside, keys, token: Vec::new(), scan: None }
    }
}

/// How far a key or value has been read.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    is_key: bool,
    /// Neither a text nor a container: ends before what cannot belong to it.
    is_bare: bool,
    depth: usize,
    /// How deep it may be.
    most: usize,
    in_text: bool,
    escaped: bool,
}

impl Split {
    /// Takes the next bytes.
    pub fn push(&mut self, mut bytes: &[u8], parts: &mut impl Parts) -> Result<(), Wrong> {
        while let Some((first, rest)) = bytes.split_first() {
            if self.scan.is_some() {
                bytes = self.scan(bytes, parts)?;
            } else if is_blank(*first) {
                bytes = rest;
            } else {
                bytes = self.mark(*first, bytes, rest, parts)?;
            }
        }
        Ok(())
    }

    /// Ends the text.
    pub fn finish(mut self, parts: &mut impl Parts) -> Result<(), Wrong> {
        // A bare value at the outermost level ends with the text.
        self.push(b" ", parts)?;
        if self.next == Next::Nothing { Ok(()) } else { not_json("it ends early") }
    }

    /// Takes what stands between keys and values, and begins these; gives what is left.
    fn mark<'a>(
        &mut self,
        first: u8,
        all: &'a [u8],
        rest: &'a [u8],
        parts: &mut impl Parts,
    ) -> Result<&'a [u8], Wrong> {
        match (self.next, first) {
            (Next::Bom(at), _) if BOM.get(at) == Some(&first) => {
                self.next = Next::Bom(at + 1);
                return Ok(rest);
            }
            (Next::Bom(0 | 3), _) => self.next = Next::Value,
            (Next::Key | Next::KeyOrEnd, b'"') => {
                self.scan = Some(Scan { is_key: true, ..Scan::default() });
            }
            (Next::KeyOrEnd, b'}') | (Next::ValueOrEnd, b']') | (Next::CommaOrEnd, b'}' | b']') => {
                self.end(first)?;
                return Ok(rest);
            }
            (Next::Colon, b':') => {
                self.next = Next::Value;
                return Ok(rest);
            }
            (Next::CommaOrEnd, b',') => {
                let in_object = self.inside.last() == Some(&true);
                self.next = if in_object { Next::Key } else { Next::Value };
                return Ok(rest);
            }
            (Next::Value | Next::ValueOrEnd, _) => return self.begin(first, all, rest, parts),
            _ => return not_json("something stands where it does not belong"),
        }
        Ok(all)
    }

    fn begin<'a>(
        &mut self,
        first: u8,
        all: &'a [u8],
        rest: &'a [u8],
        parts: &mut impl Parts,
    ) -> Result<&'a [u8], Wrong> {
        let go = parts.begins(self.place(), first);
        let is_object = first == b'{';
        if go == Go::Past || !(is_object || first == b'[') {
            let is_bare = !matches!(first, b'"' | b'[' | b'{');
            let most = DEPTH.saturating_sub(self.inside.len());
            self.scan = Some(Scan { is_bare, most, ..Scan::default() });
            return Ok(all);
        }
        self.inside.push(is_object);
        self.next = if is_object { Next::KeyOrEnd } else { Next::ValueOrEnd };
        Ok(rest)
    }

    /// Ends a container.
    fn end(&mut self, mark: u8) -> Result<(), Wrong> {
        if self.inside.pop() != Some(mark == b'}') {
            return not_json("a bracket does not belong to the one that opens");
        }
        self.behind_value();
        Ok(())
    }

    fn place(&self) -> Place<'_> {
        Place { depth: self.inside.len(), keys: &self.keys }
    }

    fn behind_value(&mut self) {
        match self.inside.last() {
            None => self.next = Next::Nothing,
            Some(is_object) => {
                if *is_object {
                    self.keys.pop();
                }
                self.next = Next::CommaOrEnd;
            }
        }
    }

    /// Takes more of a key or value, and gives what is left.
    fn scan<'a>(&mut self, bytes: &'a [u8], parts: &mut impl Parts) -> Result<&'a [u8], Wrong> {
        let Some(mut scan) = self.scan.take() else { return Ok(bytes) };
        let end = bytes.iter().position(|byte| scan.ends_at(*byte));
        // A bare value ends before the byte that tells so.
        let end = end.map(|at| at + usize::from(!scan.is_bare));
        if scan.depth > scan.most {
            return not_json("it nests too deep");
        }
        let (part, rest) = bytes.split_at_checked(end.unwrap_or(bytes.len())).unwrap_or_default();
        if self.token.len() + part.len() > LONGEST_VALUE {
            return Err(Wrong::Shape("a value is too long".to_owned()));
        }
        if end.is_none() {
            self.token.extend_from_slice(part);
            self.scan = Some(scan);
            return Ok(rest);
        }
        // Mostly all of it is in these bytes.
        let token = match self.token.is_empty() {
            true => Cow::Borrowed(part),
            false => Cow::Owned([std::mem::take(&mut self.token).as_slice(), part].concat()),
        };
        let text = str::from_utf8(&token);
        let text = text.map_err(|_| Wrong::NotJson("it is not UTF-8".to_owned()))?;
        self.whole(scan, text, parts)?;
        Ok(rest)
    }

    /// A key or value has come to its end.
    fn whole(&mut self, scan: Scan, text: &str, parts: &mut impl Parts) -> Result<(), Wrong> {
        let malformed = |error: serde_json::Error| Wrong::NotJson(error.to_string());
        if scan.is_key {
            self.keys.push(serde_json::from_str(text).map_err(malformed)?);
            self.next = Next::Colon;
            return Ok(());
        }
        serde_json::from_str::<&serde_json::value::RawValue>(text).map_err(malformed)?;
        parts.value(self.place(), text);
        self.behind_value();
        Ok(())
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

impl Scan {
    /// Looks at the next byte: whether it ends what is read.
    fn ends_at(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.is_bare => matches!(byte, b',' | b']' | b'}') || is_blank(byte),
            _ if self.escaped => {
                self.escaped = false;
                false
            }
            b'\\' if self.in_text => {
                self.escaped = true;
                false
            }
            b'"' => {
                self.in_text = !self.in_text;
                !self.in_text && self.depth == 0
            }
            _ if self.in_text => false,
            b'[' | b'{' => {
                self.depth += 1;
                self.depth > self.most
            }
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                self.depth == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goes into the arrays and objects under `in`, and writes down what comes.
    #[derive(Default)]
    struct Log(Vec<String>);

    impl Parts for Log {
        fn begins(&mut self, place: Place<'_>, _: u8) -> Go {
            let into = place.depth == 0 || place.keys.first().is_some_and(|key| key == "in");
            if into { Go::Into } else { Go::Past }
        }

        fn value(&mut self, place: Place<'_>, text: &str) {
            self.0.push(format!("{} {}={text}", place.depth, place.keys.join("/")));
        }
    }

    fn split(text: &[u8], piece: usize) -> Result<Vec<String>, Wrong> {
        let (mut split, mut log) = (Split::default(), Log::default());
        for piece in text.chunks(piece) {
            split.push(piece, &mut log)?;
        }
        split.finish(&mut log)?;
        Ok(log.0)
    }

    #[test]
    fn what_is_gone_into_comes_in_parts() {
        let text = b"\xEF\xBB\xBF {\"a\": [1, {\"]\": \"}\\\"\"}], \"in\": [7, \"x\", {\"k\\u0041\": [true]}, []] , \"z\":-1.5e3}";
        let expected =
            ["1 a=[1, {\"]\": \"}\\\"\"}]", "2 in=7", "2 in=\"x\"", "4 in/kA=true", "1 z=-1.5e3"];
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(split(text, piece).unwrap(), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn what_is_not_json_is_noticed_wherever_it_is() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
        for text in [
            "",
            " ",
            "{",
            "}",
            "{]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1",
            "{\"a\":1,}",
            "{,}",
            "{} x",
            "{\"in\":[1,]}",
            "{\"in\":[1}",
            "{\"in\":[,1]}",
            "{\"in\":[1 2]}",
            "{\"in\":nul}",
            "{\"a\":NaN}",
            "{\"a\":[1,]}",
            "{\"a\":\"\n\"}",
            "{1:2}",
            "{\"\\x\":1}",
            "{\"a\" 1}",
            "{\"a\":{]}",
            "\u{c}{}",
            &deep,
        ] {
            for piece in [1, 1000] {
                let outcome = split(text.as_bytes(), piece);
                assert!(matches!(outcome, Err(Wrong::NotJson(_))), "{text}: {outcome:?}");
            }
        }
        assert!(split(b"{\"a\":\"\xff\"}", 100).is_err());
        assert!(split(&deep.as_bytes()[1..], 100).is_err());
    }

    #[test]
    fn a_value_may_not_be_endless() {
        let text = format!("{{\"a\":\"{}\"}}", "x".repeat(LONGEST_VALUE));
        assert!(matches!(split(text.as_bytes(), 1000), Err(Wrong::Shape(_))));
    }
}
