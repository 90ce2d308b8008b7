//! Reads contents back.

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

use crate::chunks::Piece;
use crate::hashes::{Digests, Hasher, Wanted};
use crate::keys::Keys;
use crate::{BETWEEN_YIELDS, Chunk, Error, Result, yield_now};

/// The chunk that the reader takes now, and one ahead.
const UNDER_WAY: usize = 2;

/// The bytes of `pieces`, each fetched when its turn is near. Ends at the first failure.
pub(crate) fn stream<K: Keys>(
    store: K,
    pieces: Vec<Piece>,
) -> impl Stream<Item = Result<Bytes>> + Send {
    let fetched = stream::iter(pieces)
        .map(move |piece| {
            let store = store.clone();
            async move { fetch(&store, piece).await }
        })
        .buffered(UNDER_WAY);
    // After a failure the rest must not follow as if nothing had been lost.
    fetched.scan(false, |failed, item| {
        let ended = std::mem::replace(failed, item.is_err());
        std::future::ready((!ended).then_some(item))
    })
}

async fn fetch(store: &impl Keys, piece: Piece) -> Result<Bytes> {
    let Piece { chunk, within } = piece;
    let bytes = whole(store, &chunk).await?;
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if within.end > bytes.len() {
        return Err(Error::Damaged { key: chunk.key, expected: chunk.size, found });
    }
    Ok(bytes.slice(within))
}

async fn whole(store: &impl Keys, chunk: &Chunk) -> Result<Bytes> {
    let Some(bytes) = store.get(&chunk.key).await? else {
        return Err(Error::Missing(chunk.key.clone()));
    };
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if found != chunk.size {
        return Err(Error::Damaged { key: chunk.key.clone(), expected: chunk.size, found });
    }
    Ok(Bytes::from(bytes))
}

/// The digests of a stored content.
pub(crate) async fn digest<K: Keys>(store: K, chunks: &[Chunk], wanted: Wanted) -> Result<Digests> {
    let mut hasher = Hasher::new(wanted);
    for chunk in chunks {
        for piece in whole(&store, chunk).await?.chunks(BETWEEN_YIELDS) {
            hasher.update(piece);
            yield_now().await;
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use futures::stream::StreamExt;

    use super::*;
    use crate::Content;
    use crate::chunks::select;
    use crate::keys::tests::InMemory;
    use crate::upload::Upload;

    fn stored(content: &[u8]) -> (InMemory, Content) {
        let store = InMemory::default();
        let mut upload = Upload::new(store.clone(), Wanted::ALL);
        block_on(upload.write(Bytes::copy_from_slice(content))).unwrap();
        let content = block_on(upload.finish()).unwrap();
        (store, content)
    }

    fn read(
        store: &InMemory,
        content: &Content,
        range: std::ops::Range<u64>,
    ) -> Vec<Result<Bytes>> {
        let pieces = select(content.chunks.clone(), range);
        block_on(stream(store.clone(), pieces).collect())
    }

    fn numbers(count: u32) -> Vec<u8> {
        (0..count).map(|n| (n % 251) as u8).collect()
    }

    #[test]
    fn a_range_is_exactly_its_bytes() {
        let bytes = numbers(2_500_000);
        let (store, content) = stored(&bytes);
        for (start, end) in [(0, 2_500_000), (999_999, 1_000_001), (1_000_000, 2_000_000), (7, 7)] {
            let pieces = read(&store, &content, start as u64..end as u64);
            let together: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.unwrap()).collect();
            assert_eq!(together, bytes[start..end]);
        }
    }

    #[test]
    fn only_the_chunks_of_the_range_are_fetched_and_at_most_one_ahead() {
        let (store, content) = stored(&numbers(4_100_000));
        let mut reader =
            Box::pin(stream(store.clone(), select(content.chunks, 1_500_000..4_100_000)));
        assert!(store.gets.lock().unwrap().is_empty(), "nothing before it is polled");
        block_on(reader.next()).unwrap().unwrap();
        assert!((1..=2).contains(&store.gets.lock().unwrap().len()));
        assert_eq!(block_on(reader.count()), 3);
        assert_eq!(store.gets.lock().unwrap().len(), 4, "and never the first one");
    }

    #[test]
    fn a_missing_chunk_ends_the_stream_with_an_error() {
        let (store, content) = stored(&numbers(3_000_000));
        store.values.lock().unwrap().remove(&content.chunks[1].key);
        let pieces = read(&store, &content, 0..3_000_000);
        assert_eq!(pieces.len(), 2);
        assert!(matches!(&pieces[1], Err(Error::Missing(key)) if *key == content.chunks[1].key));
    }

    #[test]
    fn a_chunk_of_another_size_is_damaged() {
        let (store, content) = stored(b"abc");
        store.values.lock().unwrap().insert(content.chunks[0].key.clone(), b"ab".to_vec());
        let pieces = read(&store, &content, 0..1);
        assert!(matches!(pieces[..], [Err(Error::Damaged { expected: 3, found: 2, .. })]));
    }

    #[test]
    fn a_stored_content_is_hashed_again() {
        let (store, content) = stored(&numbers(1_200_000));
        let digests = block_on(digest(store, &content.chunks, Wanted::ALL)).unwrap();
        assert_eq!(digests, content.digests);
    }
}
