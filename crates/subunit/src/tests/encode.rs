//! Writes packets of version 2, and makes up what to write.

use crate::{Event, Status};

/// A source of numbers that are the same in every run (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `below`.
    pub(super) fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % u64::try_from(below.max(1)).unwrap()).unwrap()
    }

    /// One of some things.
    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }

    /// Any bytes.
    pub(super) fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.roll(most + 1);
        (0..length).map(|_| u8::try_from(self.roll(256)).unwrap()).collect()
    }
}

fn number(value: usize) -> Vec<u8> {
    let value = u32::try_from(value).unwrap();
    let [a, b, c, d] = value.to_be_bytes();
    match value {
        0..=0x3F => vec![d],
        0x40..=0x3FFF => vec![c | 0x40, d],
        0x4000..=0x3F_FFFF => vec![b | 0x80, c, d],
        _ => vec![a | 0xC0, b, c, d],
    }
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = number(text.len());
    bytes.extend(text.bytes());
    bytes
}

fn bits(event: &Event<'_>) -> u16 {
    let status = match event.status {
        None => 0,
        Some(Status::Exists) => 1,
        Some(Status::InProgress) => 2,
        Some(Status::Success) => 3,
        Some(Status::UxSuccess) => 4,
        Some(Status::Skip) => 5,
        Some(Status::Fail) => 6,
        Some(Status::XFail) => 7,
    };
    let bit = |set: bool, bit: u16| if set { bit } else { 0 };
    0x2000
        | status
        | bit(event.test_id.is_some(), 0x0800)
        | bit(event.worker.is_some(), 0x0400)
        | bit(event.time.is_some(), 0x0200)
        | bit(event.runnable, 0x0100)
        | bit(event.tags.is_some(), 0x0080)
        | bit(event.file.is_some(), 0x0040)
        | bit(event.mime.is_some(), 0x0020)
        | bit(event.end_of_file, 0x0010)
}

/// A packet that says `event`.
pub(super) fn packet(event: &Event<'_>) -> Vec<u8> {
    let mut body = Vec::new();
    if let Some(time) = event.time {
        body.extend(u32::try_from(time / 1_000_000).unwrap().to_be_bytes());
        body.extend(number(usize::try_from(time % 1_000_000 * 1000).unwrap()));
    }
    body.extend(event.test_id.map(text).unwrap_or_default());
    if let Some(tags) = &event.tags {
        body.extend(number(tags.len()));
        body.extend(tags.iter().flat_map(|tag| text(tag)));
    }
    body.extend(event.mime.map(text).unwrap_or_default());
    if let Some(file) = &event.file {
        body.extend(text(file.name));
        body.extend(number(file.bytes.len()));
        body.extend(file.bytes);
    }
    body.extend(event.worker.map(text).unwrap_or_default());
    let mut packet = vec![crate::v2::SIGNATURE];
    packet.extend(bits(event).to_be_bytes());
    // The length counts itself too.
    let rest = packet.len() + body.len() + 4;
    let own = (1..=3).find(|own| number(rest + own).len() == *own).unwrap();
    packet.extend(number(rest + own));
    packet.extend(body);
    let checksum = crc32fast::hash(&packet);
    packet.extend(checksum.to_be_bytes());
    packet
}
