//! Any bytes as a JSON upload, in pieces of any length: nothing panics, pieces make no difference,
//! and what is taken is JSON for another reader too.
//!
//! The reader is a part of the component, which no fuzz target can link, so its files are compiled
//! into this one.
#![no_main]

#[path = "../../../../components/refstack/src/domain"]
mod domain {
    pub mod parsed;
    pub mod rows;
}

use domain::parsed::{Reader, Sink, Strictness, Wrong};
use domain::rows::{NewTest, Rows};
use libfuzzer_sys::fuzz_target;

#[derive(Default)]
struct Tests(Rows);

impl Sink for Tests {
    fn test(&mut self, test: &NewTest<'_>) {
        self.0.add(test);
    }

    fn restart(&mut self) {
        self.0 = Rows::default();
    }
}

/// Everything that is read, as one text.
fn read(strictness: Strictness, bytes: &[u8], piece: usize) -> Result<String, Wrong> {
    let (mut reader, mut tests) = (Reader::new(strictness), Tests::default());
    for piece in bytes.chunks(piece) {
        reader.push(piece, &mut tests)?;
    }
    let outline = reader.finish(&mut tests)?;
    let batch = tests.0.take();
    let pages: Vec<[usize; 5]> = serde_json::from_str(&batch.layout).expect("a layout");
    for [_, _, at, tests, pieces] in pages {
        for (at, length) in [(at, tests), (at + tests, pieces)] {
            serde_json::from_slice::<serde_json::Value>(&batch.bytes[at..at + length])
                .expect("a page is JSON");
        }
    }
    Ok(format!("{outline:?} {batch:?}"))
}

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    for strictness in [Strictness::Exact, Strictness::Lenient] {
        let whole = read(strictness, bytes, bytes.len().max(1));
        let pieces = read(strictness, bytes, usize::from(piece).max(1));
        assert_eq!(pieces.is_ok(), whole.is_ok());
        if whole.is_ok() {
            assert_eq!(pieces, whole);
            let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            serde_json::from_slice::<serde::de::IgnoredAny>(text).expect("it was taken as JSON");
        }
    }
});
