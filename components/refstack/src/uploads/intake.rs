//! Takes content in, piece by piece: counts it, reads it, stores it.

use assay_blobs::{Blobs, Chunk, Cut, Cutter, Wanted};
use assay_db::Db;
use assay_subunit::{Format, Parser};
use bytes::Bytes;
use serde_json::json;

use super::stage::refused;
use super::stage::{self, Stage};
use super::{Door, Run, Upload, forget};
use crate::domain::parsed::{Reader, Sink, Wrong};
use crate::domain::rows::{Batch, LONGEST_TEST, NewTest, Rows};
use crate::error::{Error, Result};
use crate::store;

/// Finished tests are stored when they have come to so many bytes: a usual run is one statement,
/// which also has its content.
const BATCH: usize = 2 << 20;
/// Bytes that are read at once.
const STEP: usize = 64 * 1024;
/// Bytes that are read before other requests get the thread.
const BETWEEN_YIELDS: usize = 256 * 1024;

/// The tests of an upload that are not stored yet.
#[derive(Default)]
struct Tests {
    rows: Rows,
    /// Those that are stored do not count.
    restarted: bool,
}

impl Sink for Tests {
    fn test(&mut self, test: &NewTest<'_>) {
        self.rows.add(test);
    }

    fn restart(&mut self) {
        *self = Self { rows: Rows::default(), restarted: true };
    }
}

/// An upload that is coming in.
pub struct Intake {
    db: Db,
    blobs: Blobs,
    door: Door,
    limit: u64,
    cutter: Cutter,
    stage: Stage,
    tests: Tests,
    id: Option<i64>,
    chunks: Vec<Chunk>,
    since_yield: usize,
}

impl Intake {
    /// Begins an upload of at most `limit` bytes.
    pub async fn begin(door: Door, limit: u64) -> Result<Self> {
        Ok(Self {
            db: store::open().await?,
            blobs: Blobs::open().await?,
            door,
            limit,
            cutter: Cutter::new(Wanted::SHA256),
            stage: Stage::Unknown(Vec::new()),
            tests: Tests::default(),
            id: None,
            chunks: Vec::new(),
            since_yield: 0,
        })
    }

    /// Reads whatever comes as JSON.
    pub fn expect_json(&mut self) {
        self.stage = Stage::json(self.door);
    }

    /// How much has come.
    pub fn size(&self) -> u64 {
        self.cutter.size()
    }

    /// Takes the next piece.
    pub async fn write(&mut self, mut data: Bytes) -> Result<()> {
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        if self.cutter.size().saturating_add(length) > self.limit {
            return Err(Error::TooLarge(self.limit));
        }
        match self.stage {
            Stage::Unknown(_) => self.recognise(&data, false).await?,
            Stage::Json(_) | Stage::Stream(..) => self.read(&data).await?,
        }
        while !data.is_empty() {
            if let Some(cut) = self.cutter.push(&mut data)? {
                self.store(cut).await?;
            }
        }
        Ok(())
    }

    /// Reads nothing until it is known what comes.
    async fn recognise(&mut self, bytes: &[u8], whole: bool) -> Result<()> {
        match self.stage.recognise(bytes, whole, self.door)? {
            Some(held) => self.read(&held).await,
            None => Ok(()),
        }
    }

    /// Reads bytes in steps: finished tests must not pile up, nor other requests wait.
    async fn read(&mut self, bytes: &[u8]) -> Result<()> {
        for step in bytes.chunks(STEP) {
            self.stage.push(step, self.door, &mut self.tests)?;
            self.since_yield += step.len();
            if self.since_yield > BETWEEN_YIELDS {
                self.since_yield = 0;
                assay_blobs::yield_now().await;
            }
            self.store_finished_tests().await?;
        }
        Ok(())
    }

    /// Ends the content. Whatever fails, nothing stays behind.
    pub async fn finish(mut self) -> Result<Upload> {
        match self.end().await {
            Ok(upload) => Ok(upload),
            Err(error) => {
                self.abandon().await;
                Err(error)
            }
        }
    }

    /// Forgets what has come.
    pub async fn abandon(self) {
        let Some(id) = self.id else { return };
        let keys: Vec<String> = self.chunks.into_iter().map(|chunk| chunk.key).collect();
        forget(id, &keys).await;
    }

    async fn end(&mut self) -> Result<Upload> {
        self.recognise(&[], true).await?;
        let stage = std::mem::replace(&mut self.stage, Stage::Unknown(Vec::new()));
        let mut run = match stage {
            Stage::Stream(format, parser) => self.end_stream(format, *parser)?,
            Stage::Json(reader) => self.end_json(*reader)?,
            Stage::Unknown(_) => return Err(Error::invalid("only valid with file post")),
        };
        self.check_tests()?;
        self.forget_restarted().await?;
        run.batch = self.tests.rows.take();
        let size = self.cutter.size();
        let cutter = std::mem::replace(&mut self.cutter, Cutter::new(Wanted::SHA256));
        let (last, digests) = cutter.finish()?;
        let mut content = None;
        match last {
            Some(cut) if self.id.is_none() => content = Some(cut.bytes),
            Some(cut) => self.store(cut).await?,
            None => {}
        }
        Ok(Upload {
            id: self.id,
            content,
            keys: self.chunks.iter().map(|chunk| chunk.key.clone()).collect(),
            size,
            sha256: digests.sha256.to_string(),
            run,
        })
    }

    fn end_stream(&mut self, format: Format, parser: Parser) -> Result<Run> {
        let run = parser.finish().map_err(stage::malformed)?;
        for record in &run.tests {
            self.tests.rows.add(&NewTest::of(record));
        }
        let files = run.files.iter().map(|file| {
            let hash = file.sha256.map(hex::encode);
            json!({ "name": file.name, "mime": file.mime, "size": file.size, "sha256": hash })
        });
        Ok(Run {
            format: if format == Format::V2 { "subunit-v2" } else { "subunit-v1" },
            truncated: run.truncated,
            summary: run.summary,
            duration_seconds: run.duration_seconds.clamp(0, i64::from(i32::MAX)),
            cpid: None,
            lists_passed_only: false,
            batch: Batch::default(),
            stream_files: serde_json::Value::from_iter(files).to_string(),
        })
    }

    fn end_json(&mut self, reader: Reader) -> Result<Run> {
        let outline = reader.finish(&mut self.tests).map_err(|wrong| refused(wrong, self.door))?;
        Ok(Run {
            format: "json",
            truncated: false,
            summary: outline.summary,
            duration_seconds: outline.duration_seconds,
            lists_passed_only: outline.lists_passed_only,
            cpid: outline.cpid,
            batch: Batch::default(),
            stream_files: "[]".to_owned(),
        })
    }

    /// Refuses a test whose tags or attachments no list of tests could hold.
    fn check_tests(&self) -> Result<()> {
        if self.tests.rows.longest() <= LONGEST_TEST {
            return Ok(());
        }
        let detail = format!("a test with its tags and attachments is over {LONGEST_TEST} bytes");
        Err(refused(Wrong::Shape(detail), self.door))
    }

    /// Stores finished tests of a very large upload before its end, so that they need not be held.
    async fn store_finished_tests(&mut self) -> Result<()> {
        if let Stage::Stream(_, parser) = &mut self.stage
            && parser.closed_bytes() >= BATCH
        {
            for record in parser.take_closed() {
                self.tests.rows.add(&NewTest::of(&record));
            }
        }
        self.check_tests()?;
        if self.tests.rows.bytes() < BATCH {
            return Ok(());
        }
        self.forget_restarted().await?;
        let id = self.id().await?;
        Ok(store::uploads::add_tests(self.db, id, self.tests.rows.take()).await?)
    }

    /// Removes stored tests that do not count after all.
    async fn forget_restarted(&mut self) -> Result<()> {
        match (self.id, std::mem::take(&mut self.tests.restarted)) {
            (Some(id), true) => Ok(store::uploads::forget_tests(self.db, id).await?),
            _ => Ok(()),
        }
    }

    /// Notes where a chunk will be, then stores it: a crash in between leaves nothing that cannot
    /// be found.
    async fn store(&mut self, cut: Cut) -> Result<()> {
        let chunk = cut.chunk.clone();
        self.chunks.push(chunk.clone());
        match self.id {
            None => self.id = Some(store::uploads::begin(self.db, Some(&chunk)).await?),
            Some(id) => store::uploads::add_chunk(self.db, id, &chunk).await?,
        }
        Ok(self.blobs.put(&cut).await?)
    }

    async fn id(&mut self) -> Result<i64> {
        match self.id {
            Some(id) => Ok(id),
            None => {
                let id = store::uploads::begin(self.db, None).await?;
                self.id = Some(id);
                Ok(id)
            }
        }
    }
}
