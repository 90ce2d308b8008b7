//! Forms as browsers and curl write them (`a=1&file=...`), decoded while they arrive: the 2014
//! runner sends whole streams as the value of `file`, so values are bytes and that one is handed on
//! as it comes.

const LONGEST_NAME: usize = 256;
const MOST_FIELDS: usize = 1000;
const MOST_BYTES: usize = 1 << 20;
/// The field that is handed on.
const FILE: &[u8] = b"file";

/// Name and value, decoded.
pub type Field = (Vec<u8>, Vec<u8>);

/// A form that is being read.
#[derive(Debug, Default)]
pub struct Form {
    name: Vec<u8>,
    value: Vec<u8>,
    in_value: bool,
    /// `%` and at most one digit behind it, at the end of what has come.
    escape: Vec<u8>,
    fields: Vec<Field>,
    bytes: usize,
    files: usize,
}

impl Form {
    /// Takes the next bytes, and appends to `file` what they add to the value of the field of that
    /// name.
    pub fn push(&mut self, bytes: &[u8], file: &mut Vec<u8>) -> Result<(), &'static str> {
        for byte in bytes {
            self.byte(*byte, file)?;
        }
        Ok(())
    }

    /// Ends the form: all fields but the file.
    pub fn finish(mut self, file: &mut Vec<u8>) -> Result<Vec<Field>, &'static str> {
        self.end_of_escape(file)?;
        self.end_of_field()?;
        Ok(self.fields)
    }

    fn byte(&mut self, byte: u8, file: &mut Vec<u8>) -> Result<(), &'static str> {
        if !self.escape.is_empty() {
            if byte.is_ascii_hexdigit() {
                self.escape.push(byte);
                return if self.escape.len() == 3 { self.end_of_escape(file) } else { Ok(()) };
            }
            // What is no escape stands for itself.
            self.end_of_escape(file)?;
        }
        match byte {
            b'%' => {
                self.escape.push(byte);
                Ok(())
            }
            b'&' => self.end_of_field(),
            b'=' if !self.in_value => {
                self.in_value = true;
                self.files += usize::from(self.name == FILE);
                if self.files > 1 { Err("there is more than one file") } else { Ok(()) }
            }
            b'+' => self.add(b' ', file),
            other => self.add(other, file),
        }
    }

    fn end_of_escape(&mut self, file: &mut Vec<u8>) -> Result<(), &'static str> {
        let escape = std::mem::take(&mut self.escape);
        match escape.as_slice() {
            [b'%', high, low] => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
                let byte = digit(*high) << 4 | digit(*low);
                self.add(u8::try_from(byte).unwrap_or_default(), file)
            }
            other => other.iter().try_for_each(|byte| self.add(*byte, file)),
        }
    }

    fn end_of_field(&mut self) -> Result<(), &'static str> {
        let (name, value) = (std::mem::take(&mut self.name), std::mem::take(&mut self.value));
        self.in_value = false;
        if name != FILE && !(name.is_empty() && value.is_empty()) {
            self.fields.push((name, value));
        }
        if self.fields.len() > MOST_FIELDS { Err("the form has too many fields") } else { Ok(()) }
    }

    fn add(&mut self, byte: u8, file: &mut Vec<u8>) -> Result<(), &'static str> {
        if self.in_value && self.name == FILE {
            file.push(byte);
            return Ok(());
        }
        self.bytes += 1;
        let target = if self.in_value { &mut self.value } else { &mut self.name };
        target.push(byte);
        match self.bytes > MOST_BYTES || self.name.len() > LONGEST_NAME {
            true => Err("the form's fields are too long"),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], piece: usize) -> (Vec<(String, String)>, Vec<u8>) {
        let (mut form, mut file) = (Form::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            form.push(piece, &mut file).unwrap();
        }
        let fields = form.finish(&mut file).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (fields.into_iter().map(|(name, value)| (text(name), text(value))).collect(), file)
    }

    #[test]
    fn values_are_decoded_whatever_the_pieces() {
        let form = b"test_id=7&status=a+b%2fc&file=%B3%29x+%+%4&empty=&&late=%";
        for piece in [1, 2, 3, 100] {
            let (fields, file) = read(form, piece);
            let expected = [("test_id", "7"), ("status", "a b/c"), ("empty", ""), ("late", "%")];
            let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(fields, expected, "in pieces of {piece}");
            assert_eq!(file, b"\xB3\x29x % %4");
        }
    }

    #[test]
    fn two_files_and_endless_names_are_refused() {
        let mut file = Vec::new();
        assert!(Form::default().push(b"file=a&file=b", &mut file).is_err());
        assert!(Form::default().push(&[b'a'; 300], &mut file).is_err());
    }
}
