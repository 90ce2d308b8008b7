//! The least that a component can do with the bytes of a body, for the benchmark: every upload and
//! download is shown as a share of this. The same host, the same SDK, the same way of reading a
//! body and writing one.
//!
//! Two more routes do one part of an upload's work each, so that the table says where time goes.

use std::sync::LazyLock;

use assay_blobs::{BETWEEN_YIELDS, Blobs, Hasher, Keys, LARGEST_CHUNK, Wanted, yield_now};
use assay_web::body::next_frame;
use assay_web::query::Query;
use assay_web::stream;
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::{Bytes, BytesMut};
use http::{StatusCode, Uri};
use spin_sdk::http::{IntoResponse, Request};

static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        .route("/copy", post(take).get(give))
        .route("/digest", post(digest))
        .route("/keep", post(keep))
});

/// What goes out, again and again: as much as a chunk of a stored content.
static PIECE: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(vec![b'x'; LARGEST_CHUNK]));

/// The component's entry point.
#[spin_sdk::http_service]
async fn plain_copy(request: Request) -> impl IntoResponse {
    assay_web::answer(&ROUTES, assay_web::receive(request)).await
}

/// `POST /copy`: takes a body to its end.
async fn take(mut body: Body) -> Result<StatusCode, StatusCode> {
    while next(&mut body).await?.is_some() {}
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /copy?bytes=`: gives that many bytes.
async fn give(uri: Uri) -> Result<Body, StatusCode> {
    let query = Query::parse(uri.query().unwrap_or_default().as_bytes());
    let bytes = query.get("bytes").and_then(|text| text.parse().ok());
    let bytes: u64 = bytes.ok_or(StatusCode::BAD_REQUEST)?;
    let pieces = futures::stream::unfold(bytes, async |left| {
        let taken = PIECE.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let rest = left.checked_sub(u64::try_from(taken).ok()?)?;
        (taken > 0).then(|| (Ok::<_, String>(PIECE.slice(..taken)), rest))
    });
    Ok(stream::sized(pieces, bytes))
}

/// `POST /digest`: hashes a body as an upload does, and forgets it.
async fn digest(mut body: Body) -> Result<String, StatusCode> {
    let mut hasher = Hasher::new(Wanted::ALL);
    let mut since_yield = 0;
    while let Some(frame) = next(&mut body).await? {
        hasher.update(&frame);
        since_yield += frame.len();
        if since_yield >= BETWEEN_YIELDS {
            since_yield = 0;
            yield_now().await;
        }
    }
    Ok(format!("{}\n", hasher.finish().sha256))
}

/// `POST /keep`: puts a body into the key-value store, chunk after chunk under the same few keys.
async fn keep(mut body: Body) -> Result<StatusCode, StatusCode> {
    let store = Blobs::open().await.map_err(failed)?;
    let (mut chunk, mut chunks) = (BytesMut::with_capacity(LARGEST_CHUNK), 0_u64);
    while let Some(mut frame) = next(&mut body).await? {
        while !frame.is_empty() {
            chunk.extend_from_slice(&frame.split_to(frame.len().min(LARGEST_CHUNK - chunk.len())));
            if chunk.len() == LARGEST_CHUNK {
                store.set(&format!("plain/{}", chunks % 8), &chunk).await.map_err(failed)?;
                chunk.clear();
                chunks += 1;
            }
        }
    }
    store.set("plain/last", &chunk).await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, StatusCode> {
    next_frame(body).await.map_err(|_| StatusCode::BAD_REQUEST)
}

fn failed(error: assay_blobs::Error) -> StatusCode {
    eprintln!("plain-copy: {error}");
    StatusCode::INTERNAL_SERVER_ERROR
}
