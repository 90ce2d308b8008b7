//! Bodies that come with `Content-Encoding: gzip`, unpacked in small steps: a frame of 64 KB may
//! stand for 64 MB.

use std::io::Write;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures::StreamExt;

/// Unpacked from so many bytes at a time; at most a thousand times as many come out.
const STEP: usize = 1024;

struct Unpacking {
    packed: BodyDataStream,
    pending: Bytes,
    decoder: MultiGzDecoder<Vec<u8>>,
    ended: bool,
}

/// The unpacked body. What is no gzip breaks off.
pub fn unpack(body: Body) -> Body {
    let state = Unpacking {
        packed: body.into_data_stream(),
        pending: Bytes::new(),
        decoder: MultiGzDecoder::new(Vec::new()),
        ended: false,
    };
    Body::from_stream(futures::stream::unfold(state, |mut state| async move {
        let item = state.next().await.transpose()?;
        Some((item, state))
    }))
}

impl Unpacking {
    async fn next(&mut self) -> std::io::Result<Option<Bytes>> {
        while !self.ended {
            if self.pending.is_empty() {
                match self.packed.next().await {
                    Some(frame) => self.pending = frame.map_err(std::io::Error::other)?,
                    None => {
                        self.ended = true;
                        self.decoder.try_finish()?;
                    }
                }
            }
            let step = self.pending.split_to(self.pending.len().min(STEP));
            self.decoder.write_all(&step)?;
            let unpacked = std::mem::take(self.decoder.get_mut());
            if !unpacked.is_empty() {
                return Ok(Some(Bytes::from(unpacked)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use futures::executor::block_on;

    use super::*;

    fn unpacked(packed: Vec<u8>) -> Option<Vec<u8>> {
        let mut body = unpack(Body::from(packed)).into_data_stream();
        let mut all = Vec::new();
        while let Some(frame) = block_on(body.next()) {
            all.extend_from_slice(&frame.ok()?);
        }
        Some(all)
    }

    #[test]
    fn a_packed_body_is_unpacked() {
        let content = b"test: a\n".repeat(5000);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&content).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(unpacked(packed.clone()), Some(content));
        assert_eq!(unpacked(packed[..packed.len() - 9].to_vec()), None, "cut off");
        assert_eq!(unpacked(b"no gzip".to_vec()), None);
    }
}
