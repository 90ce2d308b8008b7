//! Parts of stored uploads: an attachment is many pieces of one.

use assay_blobs::{Blobs, Chunk, Error};
use bytes::Bytes;
use futures::{Stream, TryStreamExt, stream};

/// The bytes of `pieces` (offset and length) of a content that is at hand, one after the other.
pub fn of(content: &[u8], pieces: &[(u64, u64)]) -> Vec<u8> {
    let place = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let piece = |(offset, length): &(u64, u64)| {
        content.get(place(*offset)..place(offset.saturating_add(*length))).unwrap_or_default()
    };
    pieces.iter().map(piece).collect::<Vec<_>>().concat()
}

/// The bytes of `pieces` (offset and length) of a content, one after the other. A chunk in which
/// many pieces lie is fetched once.
pub fn read(
    blobs: Blobs,
    chunks: Vec<Chunk>,
    pieces: Vec<(u64, u64)>,
) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    let state = Reading { blobs, chunks, pieces: pieces.into_iter(), left: None, held: None };
    stream::try_unfold(state, |mut state| async move {
        let next = state.next().await?;
        Ok(next.map(|bytes| (bytes, state)))
    })
}

struct Reading {
    blobs: Blobs,
    chunks: Vec<Chunk>,
    pieces: std::vec::IntoIter<(u64, u64)>,
    /// What remains of the present piece.
    left: Option<(u64, u64)>,
    /// The chunk that was fetched last, and where it begins.
    held: Option<(u64, Bytes)>,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some((offset, length)) = self.left.take().or_else(|| self.pieces.next()) else {
            return Ok(None);
        };
        let (start, chunk) = self.chunk_of(offset).await?;
        let from = usize::try_from(offset - start).unwrap_or(usize::MAX).min(chunk.len());
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        let part = chunk.slice(from..from.saturating_add(wanted).min(chunk.len()));
        let taken = u64::try_from(part.len()).unwrap_or(u64::MAX);
        if part.is_empty() {
            return Ok(None);
        }
        if taken < length {
            self.left = Some((offset + taken, length - taken));
        }
        Ok(Some(part))
    }

    /// The chunk in which a byte is, and where it begins. Behind the end that is an empty one.
    async fn chunk_of(&mut self, offset: u64) -> Result<(u64, Bytes), Error> {
        if let Some((start, bytes)) = &self.held {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if (*start..start.saturating_add(length)).contains(&offset) {
                return Ok((*start, bytes.clone()));
            }
        }
        let mut start = 0;
        for chunk in &self.chunks {
            if offset < start + chunk.size {
                let whole = self.blobs.read(vec![chunk.clone()], 0..chunk.size);
                let bytes = whole.try_fold(Bytes::new(), async |_, bytes| Ok(bytes)).await?;
                self.held = Some((start, bytes.clone()));
                return Ok((start, bytes));
            }
            start += chunk.size;
        }
        Ok((offset, Bytes::new()))
    }
}
