//! Version 1: lines of text. What is no directive is plain output of the run.

use crate::bytes::{behind, find};
use crate::directives::{Word, directive};
use crate::inherited::Inherited;
use crate::{At, Event, Fault, LONGEST_ID, Micros, Piece, Sink, Status, Tags, times};

/// The longest line that is kept; a longer one can only be output or part of a detail.
const LONGEST_LINE: usize = 64 * 1024;
/// The file that output belongs to.
const OUTPUT: &str = "stdout";
const LABEL_NOT_UTF8: &str = "a label is not UTF-8";

/// Reads lines out of pieces of a stream.
#[derive(Debug, Default)]
pub struct Reader {
    /// A line that is not complete.
    line: Vec<u8>,
    /// Where in the stream `line` begins, or where we are.
    offset: u64,
    /// Its number, from 1.
    number: u64,
    /// We are behind the first part of a line too long to keep.
    within_long_line: bool,
    place: Place,
    time: Option<Micros>,
    /// Tags that hold from now on.
    tags: Tags,
    inherited: Inherited,
    test: Option<Test>,
    /// What the test that has begun is called. It stands here, like the next two, to be kept for
    /// the next one: its memory is taken once.
    label: String,
    /// The type of the part that is read.
    mime: String,
    /// Its name.
    name: String,
}

/// The test that has begun.
#[derive(Debug)]
struct Test {
    /// Tags with this test's changes.
    tags: Tags,
    /// What will be said of it once its details are over.
    outcome: Status,
}

/// What the next bytes are.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    /// Directives and output.
    #[default]
    Outside,
    /// Bracketed details, up to a line `]`.
    Bracket,
    /// The head of a part, or the end of all parts.
    PartHead,
    /// The name of a part.
    PartName,
    /// The length of a chunk.
    ChunkLength,
    /// So many bytes of a chunk.
    Chunk { left: u64 },
}

/// Whether a line is one that only subunit has: with its end or without.
pub fn is_directive(line: &[u8]) -> bool {
    directive(line.strip_suffix(b"\n").unwrap_or(line)).is_some()
}

impl Reader {
    /// Takes the next bytes and hands on the events that are complete.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), Fault> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match self.place {
                Place::Chunk { left } => self.chunk(left, rest, sink),
                _ => self.text(rest, sink),
            };
            let taken = taken.map_err(|reason| self.fault(reason))?;
            rest = rest.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// Ends the stream: `true` when it ended inside the details of a test.
    pub fn finish(mut self, sink: &mut impl Sink) -> Result<bool, Fault> {
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.whole_line(&line, sink).map_err(|reason| self.fault(reason))?;
        }
        Ok(!matches!(self.place, Place::Outside))
    }

    fn fault(&self, reason: &'static str) -> Fault {
        Fault { at: At::Line(self.number + 1), reason }
    }

    /// Takes bytes up to the end of a line.
    fn text(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<usize, &'static str> {
        let end = find(b'\n', bytes).map(|at| at + 1);
        let taken = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        if self.within_long_line {
            self.passing(taken, sink)?;
        } else if self.line.is_empty() && end.is_some() {
            self.whole_line(taken, sink)?;
        } else {
            self.line.extend_from_slice(taken);
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                self.whole_line(&line, sink)?;
            } else if self.line.len() > LONGEST_LINE {
                let line = std::mem::take(&mut self.line);
                self.within_long_line = true;
                self.begin_long_line(&line, sink)?;
            }
        }
        if end.is_some() {
            self.number += 1;
            self.within_long_line = false;
        }
        Ok(taken.len())
    }

    /// The first part of a line that is too long to be kept.
    fn begin_long_line(&mut self, part: &[u8], sink: &mut impl Sink) -> Result<(), &'static str> {
        match self.place {
            Place::Outside if directive(part).is_some_and(|(word, _)| word == Word::Start) => {
                Err("a test id is too long")
            }
            Place::Outside => self.passing(part, sink),
            Place::Bracket => self.detail(part, sink),
            _ => Err("a line within details is too long"),
        }
    }

    /// More of a long line.
    fn passing(&mut self, part: &[u8], sink: &mut impl Sink) -> Result<(), &'static str> {
        match self.place {
            Place::Bracket => self.detail_bytes(part, self.offset, sink)?,
            _ => self.output(part, sink)?,
        }
        self.offset = self.offset.saturating_add(len(part));
        Ok(())
    }

    /// A complete line, with its end if it has one. Afterwards we are behind it.
    fn whole_line(&mut self, line: &[u8], sink: &mut impl Sink) -> Result<(), &'static str> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        match self.place {
            Place::Outside => self.outside(line, text, sink)?,
            Place::Bracket | Place::PartHead if text == b"]" => self.end_details(sink)?,
            Place::Bracket => return self.detail(line, sink),
            Place::PartHead => self.part_head(text)?,
            Place::PartName => self.part_name(text, sink)?,
            Place::ChunkLength => self.place = chunk_length(text)?,
            Place::Chunk { .. } => {}
        }
        self.offset = self.offset.saturating_add(len(line));
        Ok(())
    }

    fn outside(
        &mut self,
        line: &[u8],
        text: &[u8],
        sink: &mut impl Sink,
    ) -> Result<(), &'static str> {
        match directive(text) {
            Some((Word::Start, label)) if self.test.is_none() => self.start(label, sink),
            Some((Word::Outcome(status), rest)) if self.test.is_some() => {
                self.outcome(status, rest, line, sink)
            }
            Some((Word::Time, text)) => {
                self.time = Some(times::parse(text).ok_or("a time cannot be read")?);
                Ok(())
            }
            Some((Word::Tags, words)) => self.change_tags(words),
            Some((Word::Progress, _)) => Ok(()),
            _ => self.output(line, sink),
        }
    }

    fn output(&self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), &'static str> {
        let file = Piece { name: OUTPUT, offset: self.offset, bytes };
        sink.event(Event { file: Some(file), ..Event::default() })
    }

    fn start(&mut self, label: &[u8], sink: &mut impl Sink) -> Result<(), &'static str> {
        if label.len() > LONGEST_ID {
            return Err("a test id is too long");
        }
        let label = str::from_utf8(label).map_err(|_| LABEL_NOT_UTF8)?;
        self.label.clear();
        self.label.push_str(label);
        self.inherited.add(self.tags.length(), self.offset)?;
        let test = Test { tags: self.tags.clone(), outcome: Status::InProgress };
        sink.event(self.says(&test))?;
        self.test = Some(test);
        Ok(())
    }

    /// An outcome counts only for the test that has begun; for another one it is output.
    fn outcome(
        &mut self,
        status: Status,
        rest: &[u8],
        line: &[u8],
        sink: &mut impl Sink,
    ) -> Result<(), &'static str> {
        let place = match behind(rest, self.label.as_bytes()) {
            Some(b"") => Place::Outside,
            Some(b" [") => Place::Bracket,
            Some(b" [ multipart") => Place::PartHead,
            _ if str::from_utf8(rest).is_err() => return Err(LABEL_NOT_UTF8),
            _ => return self.output(line, sink),
        };
        if let Some(test) = &mut self.test {
            test.outcome = status;
        }
        self.place = place;
        match self.place {
            Place::Outside => self.end_details(sink),
            // Details without a line are an empty attachment.
            Place::Bracket => self.detail_bytes(b"", self.offset.saturating_add(len(line)), sink),
            _ => Ok(()),
        }
    }

    /// The test is over.
    fn end_details(&mut self, sink: &mut impl Sink) -> Result<(), &'static str> {
        self.place = Place::Outside;
        let Some(test) = self.test.take() else { return Ok(()) };
        sink.event(self.says(&test))
    }

    /// A line of bracketed details: ` ]` at its beginning stands for `]`.
    fn detail(&mut self, line: &[u8], sink: &mut impl Sink) -> Result<(), &'static str> {
        let blank = u64::from(line.starts_with(b" ]"));
        let text = if blank == 1 { line.get(1..).unwrap_or_default() } else { line };
        self.detail_bytes(text, self.offset.saturating_add(blank), sink)?;
        self.offset = self.offset.saturating_add(len(line));
        Ok(())
    }

    fn detail_bytes(
        &self,
        bytes: &[u8],
        offset: u64,
        sink: &mut impl Sink,
    ) -> Result<(), &'static str> {
        let Some(test) = &self.test else { return Ok(()) };
        let (name, mime) = match test.outcome {
            Status::Skip => ("reason", "text/plain"),
            Status::Success => ("message", "text/plain"),
            _ => ("traceback", "text/x-traceback;charset=utf8"),
        };
        sink.event(self.attaches(mime, name, offset, bytes))
    }

    /// The type in `Content-Type: text/plain`.
    fn part_head(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let mime = line.strip_prefix(b"Content-Type:");
        let mime = mime.ok_or("a part does not say its Content-Type")?;
        let mime = str::from_utf8(mime).map_err(|_| "a Content-Type is not UTF-8")?;
        self.mime.clear();
        self.mime.push_str(mime.trim());
        self.place = Place::PartName;
        Ok(())
    }

    fn part_name(&mut self, text: &[u8], sink: &mut impl Sink) -> Result<(), &'static str> {
        let name = str::from_utf8(text).map_err(|_| "the name of a part is not UTF-8")?;
        self.name.clear();
        self.name.push_str(name);
        self.place = Place::ChunkLength;
        self.part_bytes(b"", self.offset.saturating_add(len(text)), sink)
    }

    fn part_bytes(
        &self,
        bytes: &[u8],
        offset: u64,
        sink: &mut impl Sink,
    ) -> Result<(), &'static str> {
        let Some(_) = &self.test else { return Ok(()) };
        sink.event(self.attaches(&self.mime, &self.name, offset, bytes))
    }

    /// Takes bytes of a chunk of which so many are left.
    fn chunk(
        &mut self,
        left: u64,
        bytes: &[u8],
        sink: &mut impl Sink,
    ) -> Result<usize, &'static str> {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX);
        let taken = bytes.get(..wanted.min(bytes.len())).unwrap_or_default();
        self.part_bytes(taken, self.offset, sink)?;
        self.offset = self.offset.saturating_add(len(taken));
        self.number += len_of_lines(taken);
        self.place = match left - len(taken) {
            0 => Place::ChunkLength,
            left => Place::Chunk { left },
        };
        Ok(taken.len())
    }

    fn change_tags(&mut self, words: &[u8]) -> Result<(), &'static str> {
        let words = str::from_utf8(words).map_err(|_| "a tag is not UTF-8")?;
        let tags = match &mut self.test {
            Some(test) => &mut test.tags,
            None => &mut self.tags,
        };
        // No tag has a blank in it: what is one of them is one word, and mostly it is.
        if tags.has(words) {
            return Ok(());
        }
        for word in words.split_whitespace() {
            match word.strip_prefix('-') {
                Some(gone) => tags.remove(gone),
                None => tags.add(word),
            }
            if tags.are_too_many() {
                return Err("a test has too many tags");
            }
        }
        Ok(())
    }

    fn says(&self, test: &Test) -> Event<'_> {
        Event {
            test_id: Some(&self.label),
            status: Some(test.outcome),
            runnable: true,
            time: self.time,
            tags: Some(test.tags.clone()),
            ..Event::default()
        }
    }

    fn attaches<'a>(
        &'a self,
        mime: &'a str,
        name: &'a str,
        offset: u64,
        bytes: &'a [u8],
    ) -> Event<'a> {
        Event {
            test_id: Some(&self.label),
            mime: Some(mime),
            file: Some(Piece { name, offset, bytes }),
            ..Event::default()
        }
    }
}

/// What follows the length of a chunk; zero ends the part.
fn chunk_length(line: &[u8]) -> Result<Place, &'static str> {
    let digits = line.strip_suffix(b"\r").unwrap_or(line);
    let hex = !digits.is_empty() && digits.len() <= 8 && digits.iter().all(u8::is_ascii_hexdigit);
    let length = str::from_utf8(digits).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
    match length.filter(|_| hex) {
        Some(0) => Ok(Place::PartHead),
        Some(left) => Ok(Place::Chunk { left }),
        None => Err("the length of a chunk is no hex number"),
    }
}

fn len_of_lines(bytes: &[u8]) -> u64 {
    len_of(memchr::memchr_iter(b'\n', bytes).count())
}

fn len(bytes: &[u8]) -> u64 {
    len_of(bytes.len())
}

fn len_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
