//! Everything that is said on standard error: one writer, whole lines, each with the name of who speaks.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// A guest that prints without ever ending its line is cut into pieces of this size.
const LONGEST_LINE: usize = 16 * 1024;

static OVER: AtomicBool = AtomicBool::new(false);

/// From now on nothing is said: what breaks off while the program ends is no news.
pub fn end() {
    OVER.store(true, Ordering::Relaxed);
}

/// Writes one line to standard error. That it cannot be written is nothing that could be told anywhere.
pub fn line(text: &str) {
    if OVER.load(Ordering::Relaxed) {
        return;
    }
    let mut whole = String::with_capacity(text.len() + 1);
    whole.push_str(text);
    whole.push('\n');
    drop(io::stderr().lock().write_all(whole.as_bytes()));
}

/// What one instance prints: whole lines, with the component's id before each.
#[derive(Clone)]
pub struct GuestOutput {
    component: Arc<str>,
    pending: Arc<Mutex<Vec<u8>>>,
}

impl GuestOutput {
    /// The output of a new instance.
    pub fn new(component: Arc<str>) -> Self {
        Self { component, pending: Arc::default() }
    }

    fn push(&self, bytes: &[u8]) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            pending.extend_from_slice(piece);
            if pending.ends_with(b"\n") || pending.len() >= LONGEST_LINE {
                self.say(&pending);
                pending.clear();
            }
        }
    }

    fn say(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        line(&format!("{}: {}", self.component, text.trim_end_matches(['\r', '\n'])));
    }
}

impl Drop for GuestOutput {
    fn drop(&mut self) {
        if Arc::strong_count(&self.pending) == 1 {
            let rest =
                std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
            if !rest.is_empty() {
                self.say(&rest);
            }
        }
    }
}

impl IsTerminal for GuestOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for GuestOutput {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
