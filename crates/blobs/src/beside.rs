//! Work that goes on beside the hashing: a chunk on its way into the store.

use std::task::{Context, Poll};

use futures::future::BoxFuture;

/// At most one piece of work. It gets on when somebody polls it, which hashing does not: a chain of
/// host calls (a row, then a key) would stop after the first. So whoever hashes calls
/// [`Beside::breathe`] now and then.
pub struct Beside<E>(Option<BoxFuture<'static, Result<(), E>>>);

impl<E> Default for Beside<E> {
    fn default() -> Self {
        Self(None)
    }
}

impl<E> Beside<E> {
    /// Waits for the work before it and begins this one.
    pub async fn begin(&mut self, work: BoxFuture<'static, Result<(), E>>) -> Result<(), E> {
        self.settle().await?;
        self.0 = Some(work);
        // Now the host has it.
        std::future::poll_fn(|context| Poll::Ready(self.advance(context))).await
    }

    /// Lets the instance's other requests have the thread, and the work get on. Tells how it ended
    /// if it did.
    pub async fn breathe(&mut self) -> Result<(), E> {
        let mut yielded = false;
        std::future::poll_fn(|context| {
            self.advance(context)?;
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(Ok(()));
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    /// Waits for the end of the work.
    pub async fn settle(&mut self) -> Result<(), E> {
        match self.0.take() {
            Some(work) => work.await,
            None => Ok(()),
        }
    }

    fn advance(&mut self, context: &mut Context<'_>) -> Result<(), E> {
        let Some(work) = &mut self.0 else { return Ok(()) };
        match work.as_mut().poll(context) {
            Poll::Pending => Ok(()),
            Poll::Ready(outcome) => {
                self.0 = None;
                outcome
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::yield_now;

    #[test]
    fn a_chain_of_waits_gets_on_while_its_owner_breathes() {
        let mut beside = Beside::<&str>::default();
        block_on(async {
            let chain = async {
                for _ in 0..3 {
                    yield_now().await;
                }
                Err("the end")
            };
            beside.begin(Box::pin(chain)).await.unwrap();
            beside.breathe().await.unwrap();
            assert_eq!(beside.breathe().await, Err("the end"));
            assert_eq!(beside.settle().await, Ok(()), "told once");
        });
    }

    #[test]
    fn work_waits_for_the_work_before_it() {
        let mut beside = Beside::<&str>::default();
        block_on(async {
            let first = async {
                yield_now().await;
                Err("first")
            };
            beside.begin(Box::pin(first)).await.unwrap();
            assert_eq!(beside.begin(Box::pin(async { Ok(()) })).await, Err("first"));
        });
    }
}
