//! Tests as they are stored and shown, and batches of them on their way into the store.

use std::borrow::Cow;

use assay_subunit::{Micros, Record};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A test of a run. Its JSON is what is stored, and what lists show.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Test<'a> {
    /// Its place in the run.
    pub index: usize,
    /// What the runner calls it.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// The id without attributes.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// The uuid among the attributes.
    #[serde(borrow)]
    pub uuid: Option<Cow<'a, str>>,
    /// How it ended.
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    /// Which try it was, from 1.
    pub attempt: usize,
    /// Where it ran.
    #[serde(borrow)]
    pub worker: Option<Cow<'a, str>>,
    /// Its tags.
    #[serde(borrow)]
    pub tags: Vec<Cow<'a, str>>,
    /// When it began.
    #[serde(borrow)]
    pub started_at: Option<Cow<'a, str>>,
    /// When it ended.
    #[serde(borrow)]
    pub stopped_at: Option<Cow<'a, str>>,
    /// How long it took, in seconds.
    pub duration: Option<f64>,
}

impl<'a> Test<'a> {
    /// A test that a stream told of.
    pub fn of(record: &'a Record) -> Self {
        let text = |text: &'a String| Cow::Borrowed(text.as_str());
        Self {
            index: record.index,
            id: text(&record.id),
            name: Cow::Owned(record.name()),
            uuid: record.uuid().map(Cow::Borrowed),
            status: Cow::Borrowed(record.word()),
            attempt: record.attempt,
            worker: record.worker.as_ref().map(text),
            tags: record.tags.iter().map(text).collect(),
            started_at: record.started_at.map(time).map(Cow::Owned),
            stopped_at: record.stopped_at.map(time).map(Cow::Owned),
            duration: record.duration().map(seconds),
        }
    }
}

/// `2024-02-29T23:59:58.250000Z`: always six digits of fraction.
pub fn time(micros: Micros) -> String {
    let time = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Microseconds as seconds with a fraction.
pub fn seconds(micros: Micros) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a microsecond is seen up to 285 years")]
    let micros = micros as f64;
    micros / 1e6
}

/// Tests and attachments as JSON arrays, which one statement takes.
#[derive(Debug)]
pub struct Batch {
    tests: String,
    files: String,
}

impl Default for Batch {
    fn default() -> Self {
        Self { tests: "[".to_owned(), files: "[".to_owned() }
    }
}

impl Batch {
    /// Its length in bytes, about.
    pub fn bytes(&self) -> usize {
        self.tests.len() + self.files.len()
    }

    /// Adds a test.
    pub fn add(&mut self, test: &Test<'_>) {
        append(&mut self.tests, test);
    }

    /// Adds a test of a stream with its attachments.
    pub fn add_record(&mut self, record: &Record) {
        self.add(&Test::of(record));
        for file in &record.attachments {
            let pieces: Vec<u64> =
                file.pieces.iter().flat_map(|(offset, length)| [*offset, *length]).collect();
            let hash = hex::encode(file.sha256);
            append(
                &mut self.files,
                &(record.index, &file.name, &file.mime, file.size, hash, pieces),
            );
        }
    }

    /// The two arrays: tests and attachments.
    pub fn finish(mut self) -> (String, String) {
        self.tests.push(']');
        self.files.push(']');
        (self.tests, self.files)
    }
}

fn append(array: &mut String, item: &impl Serialize) {
    if array.len() > 1 {
        array.push(',');
    }
    // Text and numbers always have a JSON form.
    array.push_str(&serde_json::to_string(item).unwrap_or_else(|_| "null".to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_two_arrays() {
        let (tests, files) = Batch::default().finish();
        assert_eq!((tests.as_str(), files.as_str()), ("[]", "[]"));
        let mut parser = assay_subunit::Parser::new(assay_subunit::Format::V1);
        parser.push(b"test: a[id-7]\nfailure: a[id-7] [\nx\n]\ntest: b\n").unwrap();
        let mut batch = Batch::default();
        for record in parser.finish().unwrap().tests {
            batch.add_record(&record);
        }
        let (tests, files) = batch.finish();
        let tests: Vec<Test<'_>> = serde_json::from_str(&tests).unwrap();
        assert_eq!((&*tests[0].name, tests[0].uuid.as_deref()), ("a", Some("7")));
        assert_eq!(&*tests[1].status, "inprogress");
        assert!(files.starts_with(r#"[[0,"traceback","text/x-traceback;charset=utf8",2,""#));
        assert!(files.ends_with(",[33,2]]]"), "{files}");
    }

    #[test]
    fn times_have_six_decimals() {
        assert_eq!(time(1_709_251_198_250_000), "2024-02-29T23:59:58.250000Z");
        assert_eq!(seconds(1_125_000).to_string(), "1.125");
    }
}
