//! Streams as test runners write them: each test begins, logs a line, and passes half a second later.

/// 2031-05-06 07:00:00 UTC.
const START: u32 = 1_935_817_200;
const LOG: &str = "INFO a request took a while\n";

fn id(n: u64, test: u64) -> String {
    format!("tempest.api.compute.test_servers.ServersTest.test_case_{test}[id-{n}]")
}

/// A stream of version 1.
pub fn v1(n: u64, tests: u64) -> Vec<u8> {
    let mut text = String::new();
    for test in 0..tests {
        let (id, minute, second) = (id(n, test), test / 60 % 60, test % 60);
        text.push_str(&format!(
            "time: 2031-05-06 07:{minute:02}:{second:02}.000000Z\ntest: {id}\ntags: worker-{}\n\
             time: 2031-05-06 07:{minute:02}:{second:02}.500000Z\n\
             success: {id} [\n{LOG}]\n",
            test % 4,
        ));
    }
    text.into_bytes()
}

/// The same as version 2.
pub fn v2(n: u64, tests: u64) -> Vec<u8> {
    let mut stream = Vec::new();
    for test in 0..tests {
        let second = START + u32::try_from(test).unwrap_or_default();
        let (begun, over) = (time(second, 0), time(second, 500_000_000));
        let (id, worker) = (string(&id(n, test)), string(&format!("worker-{}", test % 4)));
        let tags = [&number(1), &*worker].concat();
        let file = [string("text/plain;charset=utf8"), string("log"), string(LOG)].concat();
        stream.extend(packet(0x0b02, &[&begun, &id]));
        stream.extend(packet(0x0860, &[&id, &file]));
        stream.extend(packet(0x0b83, &[&over, &id, &tags]));
    }
    stream
}

fn packet(flags: u16, fields: &[&[u8]]) -> Vec<u8> {
    let fields = fields.concat();
    // Signature, flags, a length of two bytes, fields, checksum.
    let length = 1 + 2 + 2 + fields.len() + 4;
    let length = u16::try_from(length).unwrap_or_default() | 0x4000;
    let flags = flags | 0x2000;
    let head = [&[0xB3][..], &flags.to_be_bytes(), &length.to_be_bytes(), &fields].concat();
    let checksum = crc32fast::hash(&head);
    [head, checksum.to_be_bytes().to_vec()].concat()
}

fn time(seconds: u32, nanoseconds: u32) -> Vec<u8> {
    [seconds.to_be_bytes(), (nanoseconds | 0xC000_0000).to_be_bytes()].concat()
}

fn string(text: &str) -> Vec<u8> {
    [number(u16::try_from(text.len()).unwrap_or_default()), text.as_bytes().to_vec()].concat()
}

/// A number below 2^14.
fn number(number: u16) -> Vec<u8> {
    match u8::try_from(number) {
        Ok(small) if small < 64 => vec![small],
        _ => (number | 0x4000).to_be_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use assay_subunit::{Format, Parser};

    use super::*;

    #[test]
    fn both_versions_say_the_same() {
        let read = |format, stream: Vec<u8>| {
            let mut parser = Parser::new(format);
            parser.push(&stream).unwrap();
            parser.finish().unwrap()
        };
        let (one, two) = (read(Format::V1, v1(7, 2000)), read(Format::V2, v2(7, 2000)));
        assert_eq!((one.summary.passed, two.summary), (2000, one.summary));
        let (one, two) = (&one.tests[1999], &two.tests[1999]);
        assert_eq!((&one.id, &one.tags, one.duration()), (&two.id, &two.tags, two.duration()));
        assert_eq!(one.started_at, two.started_at);
        assert_eq!(one.attachments[0].sha256, two.attachments[0].sha256);
    }
}
