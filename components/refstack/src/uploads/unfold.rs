//! Tests of an upload that was stored without them.
//!
//! What an upload has to say at once (is it right, how many tests are in it, how did each name end)
//! needs one reading and one row. Pages of tests as they are shown, lists of what passed and digests
//! take five times as long and fourteen times as much room (of 2,000 tests 1.2 MB beside 84 KB), and
//! most results are never opened. So content that is kept with its row stays folded until somebody
//! asks, and is then read once more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_db::Db;
use sha2::{Digest, Sha256};

use super::Door;
use super::reading::{Depth, Reading, STEP};
use crate::error::Result;
use crate::store::results::Known;
use crate::store::uploads;

/// How many uploads an instance unfolds at once: each needs up to ten megabytes.
const AT_ONCE: usize = 2;
/// After how long who waits for its turn asks again.
const PAUSE: Duration = Duration::from_millis(2);

/// Makes sure that the tests of a result are stored, and its digest. Two that do this at once store
/// the same, and what a crash leaves is completed.
pub async fn unfold(db: Db, known: &Known) -> Result<()> {
    if known.unfolded {
        return Ok(());
    }
    let _turn = Turn::wait().await;
    // Somebody else may have been first, or the result may be gone, which whoever reads on finds.
    let Some(content) = uploads::folded(db, known.upload).await? else { return Ok(()) };
    let is_json = known.format == "json";
    let mut reading = Reading::of(&content, Door::PostResult, Depth::Rows, is_json)?;
    if is_json {
        reading.skip_lists(lists_in_vain(&content).await?);
    }
    let mut sha256 = Sha256::new();
    for step in content.chunks(STEP) {
        sha256.update(step);
        if let Some(taken) = reading.step(step).await? {
            uploads::add_tests(db, known.upload, taken.batch).await?;
        }
    }
    let (_, rest) = reading.finish()?;
    uploads::add_tests(db, known.upload, rest.batch).await?;
    Ok(uploads::unfolded(db, known.upload, &hex::encode(sha256.finalize())).await?)
}

/// How many lists of tests in a text do not count. What is stored must be right at once: another
/// request may store the same, and a crash may leave it.
async fn lists_in_vain(content: &[u8]) -> Result<usize> {
    let mut reading = Reading::of(content, Door::PostResult, Depth::Outline, true)?;
    for step in content.chunks(STEP) {
        reading.step(step).await?;
    }
    Ok(reading.lists_in_vain())
}

/// The right to unfold; who drops it lets the next one in.
struct Turn;

/// How many have it.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

impl Turn {
    async fn wait() -> Self {
        while TAKEN.load(Ordering::Relaxed) >= AT_ONCE {
            spin_sdk::time::sleep(PAUSE).await;
        }
        TAKEN.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.fetch_sub(1, Ordering::Relaxed);
    }
}
