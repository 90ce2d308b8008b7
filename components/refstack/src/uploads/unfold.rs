//! Tests of an upload that was stored without them.
//!
//! What an upload has to say at once (is it right, how many tests are in it, how did each name end)
//! needs one reading and one row. Pages of tests as they are shown, lists of what passed and digests
//! take five times as long and as much room, and most results are never opened. So content that is
//! kept with its row stays folded until somebody asks, and is then read once more.

use assay_db::Db;
use sha2::{Digest, Sha256};

use super::Door;
use super::reading::{Depth, Reading, STEP, Taken};
use crate::error::Result;
use crate::store::results::Known;
use crate::store::uploads::{self, Stored};

/// Makes sure that the tests of a result are stored, and its digest. Two that do this at once store
/// the same.
pub async fn unfold(db: Db, known: &Known) -> Result<()> {
    if known.unfolded {
        return Ok(());
    }
    // Without the upload the result is gone as well, which whoever reads on will find.
    let Some(Stored { content: Some(content), .. }) = uploads::by_id(db, known.upload).await?
    else {
        return Ok(());
    };
    let is_json = known.format == "json";
    let mut reading = Reading::of(&content, Door::PostResult, Depth::Whole, is_json)?;
    let mut sha256 = Sha256::new();
    for step in content.chunks(STEP) {
        sha256.update(step);
        if let Some(taken) = reading.step(step).await? {
            store(db, known.upload, taken).await?;
        }
    }
    let (_, rest) = reading.finish()?;
    store(db, known.upload, rest).await?;
    Ok(uploads::unfolded(db, known.upload, &hex::encode(sha256.finalize())).await?)
}

async fn store(db: Db, upload: i64, taken: Taken) -> Result<()> {
    if taken.afresh {
        uploads::forget_tests(db, upload).await?;
    }
    Ok(uploads::add_tests(db, upload, taken.batch).await?)
}
