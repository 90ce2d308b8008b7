//! Version 2: binary packets, with plain output of the run between them.
//!
//! ```text
//! 0xB3 | flags u16 | length | time? | test id? | tags? | MIME type? | file? | routing code? |
//! CRC-32 u32
//! ```
//!
//! Numbers are big-endian; those of variable length say in their top two bits how many bytes they
//! have.

use crate::bytes::find;
use crate::shared::Known;
use crate::{At, Event, Fault, Micros, Piece, Sink, Status, Tags};

/// The first byte of a packet. It is also a byte inside many UTF-8 characters, never the first of
/// one.
pub const SIGNATURE: u8 = 0xB3;
const SMALLEST: usize = 8;
const VERSION: u16 = 0x2000;
const VERSION_MASK: u16 = 0xF000;
const RESERVED: u16 = 0x0008;
const HAS_ID: u16 = 0x0800;
const HAS_ROUTE: u16 = 0x0400;
const HAS_TIME: u16 = 0x0200;
const RUNNABLE: u16 = 0x0100;
const HAS_TAGS: u16 = 0x0080;
const HAS_FILE: u16 = 0x0040;
const HAS_MIME: u16 = 0x0020;
const END_OF_FILE: u16 = 0x0010;
/// The number of a status, in the lower byte.
const STATUS: u8 = 0x07;
const CUT_OFF: &str = "the packet ends early";

/// The file that output between packets belongs to.
const OUTPUT: &str = "stdout";

/// Reads packets out of pieces of a stream.
#[derive(Debug, Default)]
pub struct Reader {
    /// What has arrived and belongs to a packet that is not complete.
    pending: Vec<u8>,
    /// Where in the stream `pending` begins.
    offset: u64,
    packets: u64,
    output: Utf8,
    /// The last tags, by their fields: most tests have those of another one.
    tags: Known<Tags>,
}

impl Reader {
    /// Takes the next bytes and hands on the events that are complete.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), Fault> {
        let mut pending = std::mem::take(&mut self.pending);
        // Without something pending, packets are read where they are.
        let (all, pushed) = match pending.is_empty() {
            true => (bytes, true),
            false => {
                pending.extend_from_slice(bytes);
                (pending.as_slice(), false)
            }
        };
        let used = self.read(all, sink)?;
        self.offset = self.offset.saturating_add(len(used));
        if pushed {
            self.pending = all.get(used..).unwrap_or_default().to_vec();
        } else {
            pending.drain(..used);
            self.pending = pending;
        }
        Ok(())
    }

    /// Ends the stream: `true` when its last packet was cut off but others came before it.
    pub fn finish(self) -> Result<bool, Fault> {
        if self.pending.is_empty() {
            return Ok(false);
        }
        match self.packets {
            0 => Err(Fault { at: At::Offset(self.offset), reason: CUT_OFF }),
            _ => Ok(true),
        }
    }

    /// Reads all packets that are complete, and says how many bytes that took.
    fn read(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<usize, Fault> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let offset = self.offset.saturating_add(len(at));
            let fault = |reason| Fault { at: At::Offset(offset), reason };
            let output = self.output.until_signature(rest);
            if output > 0 {
                let text = rest.get(..output).unwrap_or_default();
                let file = Piece { name: OUTPUT, offset, bytes: text };
                sink.event(Event { file: Some(file), ..Event::default() }).map_err(fault)?;
                at += output;
                continue;
            }
            let Some(length) = packet_length(rest).map_err(fault)? else { break };
            let Some(packet) = rest.get(..length) else { break };
            let event = decode(packet, offset, &mut self.tags).map_err(fault)?;
            sink.event(event).map_err(fault)?;
            self.packets += 1;
            at += length;
        }
        Ok(at)
    }
}

/// Whether a whole packet with a right checksum stands at the beginning of `bytes`. Finding out
/// may take as many steps as are `left`, one for each byte of it; what would take more is none.
pub fn is_packet(bytes: &[u8], left: &mut usize) -> bool {
    let length = packet_length(bytes).ok().flatten();
    let packet = length.and_then(|length| bytes.get(..length));
    let Some((body, _)) = packet.and_then(<[u8]>::split_last_chunk::<4>) else { return false };
    // Nearly all that is none is seen to be none by its lengths, which takes a few steps; so the
    // checksum, which takes one for each byte, comes last.
    Fields { bytes: body, at: 1 }.fit(left)
        && spend(left, body.len())
        && packet.is_some_and(|packet| decode(packet, 0, &mut Known::default()).is_ok())
}

/// Takes so many steps if they are left.
fn spend(left: &mut usize, steps: usize) -> bool {
    let rest = left.checked_sub(steps);
    *left = rest.unwrap_or(*left);
    rest.is_some()
}

/// The length of the packet that begins here, or `None` when too little of it is there to know.
fn packet_length(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    let mut fields = Fields { bytes, at: 1 };
    let Ok(flags) = fields.u16() else { return Ok(None) };
    if flags & VERSION_MASK != VERSION {
        return Err("the version is not 2");
    }
    if flags & RESERVED != 0 {
        return Err("a reserved bit is set");
    }
    if fields.bytes.get(fields.at).is_some_and(|first| first >> 6 == 3) {
        return Err("the packet length has four bytes");
    }
    let Ok(length) = fields.number() else { return Ok(None) };
    if length < SMALLEST { Err("the packet length is too small") } else { Ok(Some(length)) }
}

/// Reads a whole packet that begins at `offset` of the stream.
fn decode<'a>(
    packet: &'a [u8],
    offset: u64,
    known: &mut Known<Tags>,
) -> Result<Event<'a>, &'static str> {
    let (body, checksum) = packet.split_last_chunk::<4>().ok_or(CUT_OFF)?;
    if crc32fast::hash(body) != u32::from_be_bytes(*checksum) {
        return Err("the checksum is wrong");
    }
    let mut fields = Fields { bytes: body, at: 1 };
    let flags = fields.u16()?;
    let has = |bit: u16| flags & bit != 0;
    fields.number()?;
    let time = if has(HAS_TIME) { Some(fields.time()?) } else { None };
    let test_id = if has(HAS_ID) { Some(fields.text()?) } else { None };
    let tags = if has(HAS_TAGS) { Some(fields.tags(known)?) } else { None };
    let mime = if has(HAS_MIME) { Some(fields.text()?) } else { None };
    let file = if has(HAS_FILE) { Some(fields.file(offset)?) } else { None };
    let worker = if has(HAS_ROUTE) { Some(fields.text()?) } else { None };
    if fields.at != body.len() {
        return Err("bytes are left over before the checksum");
    }
    Ok(Event {
        test_id,
        status: Status::numbered(flags.to_be_bytes()[1] & STATUS),
        runnable: has(RUNNABLE),
        time,
        tags,
        mime,
        file,
        end_of_file: has(END_OF_FILE),
        worker,
    })
}

/// The fields of a packet, one after the other.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        let end = self.at.checked_add(length).ok_or(CUT_OFF)?;
        let taken =
            self.bytes.get(self.at..end).ok_or("a field goes past the end of the packet")?;
        self.at = end;
        Ok(taken)
    }

    /// Whether the lengths of the fields add up to that of the packet; what is in them is not
    /// looked at. Each tag is a step of those that are `left`.
    fn fit(mut self, left: &mut usize) -> bool {
        self.skip(left).is_ok() && self.at == self.bytes.len()
    }

    fn skip(&mut self, left: &mut usize) -> Result<(), &'static str> {
        let flags = self.u16()?;
        let has = |bit: u16| flags & bit != 0;
        self.number()?;
        if has(HAS_TIME) {
            self.take(4)?;
            self.number()?;
        }
        if has(HAS_ID) {
            self.blob()?;
        }
        let tags = if has(HAS_TAGS) { self.number()? } else { 0 };
        for _ in 0..tags {
            if !spend(left, 1) {
                return Err(CUT_OFF);
            }
            self.blob()?;
        }
        // A file is a name and what is in it.
        let mut rest =
            [HAS_MIME, HAS_FILE, HAS_FILE, HAS_ROUTE].into_iter().filter(|bit| has(*bit));
        rest.try_for_each(|_| self.blob().map(drop))
    }

    fn u16(&mut self) -> Result<u16, &'static str> {
        let bytes = self.take(2)?;
        bytes.try_into().map(u16::from_be_bytes).map_err(|_| CUT_OFF)
    }

    fn u32(&mut self) -> Result<u32, &'static str> {
        let bytes = self.take(4)?;
        bytes.try_into().map(u32::from_be_bytes).map_err(|_| CUT_OFF)
    }

    /// A number of one to four bytes: the top two bits say how many follow.
    fn number(&mut self) -> Result<usize, &'static str> {
        let first = self.take(1)?.first().copied().ok_or(CUT_OFF)?;
        let more = self.take(usize::from(first >> 6))?;
        let high = usize::from(first & 0x3F);
        Ok(more.iter().fold(high, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// Bytes behind their number.
    fn blob(&mut self) -> Result<&'a [u8], &'static str> {
        let length = self.number()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<&'a str, &'static str> {
        let text = str::from_utf8(self.blob()?).map_err(|_| "a text is not UTF-8")?;
        match find(0, text.as_bytes()) {
            Some(_) => Err("a text has a NUL in it"),
            None => Ok(text),
        }
    }

    fn time(&mut self) -> Result<Micros, &'static str> {
        let seconds = i64::from(self.u32()?);
        let nanos = i64::try_from(self.number()?).unwrap_or(i64::MAX);
        if nanos >= 1_000_000_000 {
            return Err("there are too many nanoseconds");
        }
        Ok(seconds * 1_000_000 + nanos / 1000)
    }

    fn tags(&mut self, known: &mut Known<Tags>) -> Result<Tags, &'static str> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if let Some((tags, behind)) = known.beginning(rest) {
            self.at = self.bytes.len() - behind.len();
            return Ok(tags);
        }
        let begin = self.at;
        let count = self.number()?;
        let tags = (0..count).map(|_| self.text()).collect::<Result<Tags, _>>()?;
        known.remember(self.bytes.get(begin..self.at).unwrap_or_default(), &tags);
        Ok(tags)
    }

    fn file(&mut self, packet: u64) -> Result<Piece<'a>, &'static str> {
        let name = self.text()?;
        let length = self.number()?;
        let offset = packet.saturating_add(len(self.at));
        Ok(Piece { name, offset, bytes: self.take(length)? })
    }
}

/// Where in a UTF-8 text we are: how many bytes of a character are still to come.
#[derive(Debug, Default)]
struct Utf8 {
    missing: u8,
}

impl Utf8 {
    /// How many bytes come before the next signature that is not inside a character.
    fn until_signature(&mut self, bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            let continues = byte & 0xC0 == 0x80;
            if *byte == SIGNATURE && self.missing == 0 {
                return at;
            }
            self.missing = match byte {
                _ if continues => self.missing.saturating_sub(1),
                0xC2..=0xDF => 1,
                0xE0..=0xEF => 2,
                0xF0..=0xF4 => 3,
                _ => 0,
            };
        }
        bytes.len()
    }
}

fn len(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
