//! Takes content in, piece by piece: counts it, reads it, stores it.

use assay_blobs::{Blobs, Chunk, Cut, Cutter, Wanted};
use assay_db::Db;
use assay_subunit::{Format, Parser};
use bytes::Bytes;
use serde_json::json;

use super::stage::{self, Stage};
use super::{Door, Run, Upload, forget};
use crate::domain::parsed::{Outline, Strictness, Wrong};
use crate::domain::rows::{NewTest, Rows};
use crate::error::{Error, Result};
use crate::store;

/// Finished tests are stored when they have come to so many bytes: a usual run is one statement,
/// which also has its content.
const BATCH: usize = 2 << 20;
/// Bytes that are read at once.
const STEP: usize = 64 * 1024;
/// Bytes that are read before other requests get the thread.
const BETWEEN_YIELDS: usize = 256 * 1024;

/// An upload that is coming in.
pub struct Intake {
    db: Db,
    blobs: Blobs,
    door: Door,
    limit: u64,
    cutter: Cutter,
    stage: Stage,
    rows: Rows,
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
            rows: Rows::default(),
            id: None,
            chunks: Vec::new(),
            since_yield: 0,
        })
    }

    /// Reads whatever comes as JSON.
    pub fn expect_json(&mut self) {
        self.stage = Stage::Json(Vec::new());
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
            self.stage.push(step)?;
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
        let run = match stage {
            Stage::Stream(format, parser) => self.end_stream(format, *parser)?,
            Stage::Json(text) => self.read_json(&text).await?,
            Stage::Unknown(_) => return Err(Error::invalid("only valid with file post")),
        };
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
            self.rows.add(&NewTest::of(record));
        }
        let files = run.files.iter().map(|file| {
            let hash = hex::encode(file.sha256);
            json!({ "name": file.name, "mime": file.mime, "size": file.size, "sha256": hash })
        });
        Ok(Run {
            format: if format == Format::V2 { "subunit-v2" } else { "subunit-v1" },
            truncated: run.truncated,
            summary: run.summary,
            duration_seconds: run.duration_seconds.clamp(0, i64::from(i32::MAX)),
            cpid: None,
            lists_passed_only: false,
            batch: self.rows.take(),
            stream_files: serde_json::Value::from_iter(files).to_string(),
        })
    }

    async fn read_json(&mut self, text: &[u8]) -> Result<Run> {
        let strictness = match self.door {
            Door::PostResult => Strictness::Lenient,
            Door::Results => Strictness::Exact,
        };
        let door = self.door;
        let refuse = |wrong| refused(wrong, door);
        let outline = Outline::read(text, strictness).map_err(refuse)?;
        let mut tests = outline.tests();
        for test in tests.by_ref() {
            self.rows.add(&test.map_err(refuse)?);
            if self.rows.bytes() > BATCH {
                self.store_rows().await?;
            }
        }
        Ok(Run {
            format: "json",
            truncated: false,
            summary: tests.summary(),
            duration_seconds: outline.duration_seconds.unwrap_or(tests.duration_seconds()),
            lists_passed_only: outline.lists_passed_only() || outline.is_empty(),
            cpid: outline.cpid.clone(),
            batch: self.rows.take(),
            stream_files: "[]".to_owned(),
        })
    }

    /// Stores finished tests of a very large stream before its end, so that they need not be held.
    async fn store_finished_tests(&mut self) -> Result<()> {
        let Stage::Stream(_, parser) = &mut self.stage else { return Ok(()) };
        if parser.closed_bytes() < BATCH {
            return Ok(());
        }
        for record in parser.take_closed() {
            self.rows.add(&NewTest::of(&record));
        }
        self.store_rows().await
    }

    async fn store_rows(&mut self) -> Result<()> {
        let id = self.id().await?;
        Ok(store::uploads::add_tests(self.db, id, self.rows.take()).await?)
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

fn refused(wrong: Wrong, door: Door) -> Error {
    match (wrong, door) {
        (Wrong::NotJson(detail), _) | (Wrong::Shape(detail), Door::PostResult) => {
            Error::because("Malformed request", detail)
        }
        (Wrong::Shape(detail), Door::Results) => Error::schema(detail),
    }
}
