//! Any bytes, in pieces of any length, in either format: nothing panics, and pieces make no
//! difference.
#![no_main]

use assay_subunit::{Format, Parser, Run, recognise};
use libfuzzer_sys::fuzz_target;

fn parse(format: Format, bytes: &[u8], piece: usize) -> Result<Run, String> {
    let mut parser = Parser::new(format);
    for piece in bytes.chunks(piece) {
        parser.push(piece).map_err(|fault| fault.to_string())?;
    }
    parser.finish().map_err(|fault| fault.to_string())
}

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    recognise(bytes, true);
    for format in [Format::V1, Format::V2] {
        let whole = parse(format, bytes, bytes.len().max(1));
        assert_eq!(parse(format, bytes, usize::from(piece).max(1)), whole);
    }
});
