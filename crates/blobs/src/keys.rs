//! The store as a map of keys and values, and how our keys are made.

use crate::hashes::Hash;
use crate::{Blobs, Error, Result};

/// A store of keys and values: Spin's is [`Blobs`]; tests, which run without Spin, have one in
/// memory.
pub trait Keys: Clone + Send + Sync + 'static {
    /// The value of a key, or `None`.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;
    /// Stores a value of at most [`crate::LARGEST_CHUNK`] bytes.
    fn set(&self, key: &str, value: &[u8]) -> impl Future<Output = Result<()>> + Send;
    /// Removes a key; one that is not there is no error.
    fn delete(&self, key: &str) -> impl Future<Output = Result<()>> + Send;
}

impl Keys for Blobs {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.0.get(key).await.map_err(refused)
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<()> {
        self.0.set(key, value).await.map_err(refused)
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.0.delete(key).await.map_err(refused)
    }
}

/// The store's refusal as our error.
pub(crate) fn refused(error: spin_sdk::key_value::Error) -> Error {
    match error {
        spin_sdk::key_value::Error::Other(text) => Error::Store(text),
        other => Error::Store(format!("{other:?}")),
    }
}

/// `c/<BLAKE3>.<32 random digits>`, 99 bytes. The suffix makes that a key is never used again: a
/// sweep that removes a key can not hit the same content stored anew.
///
/// BLAKE3, because the SHA-256 of a chunk is another one than that of the whole, and would cost an
/// upload as much again: in wasm 3.1 ns a byte, and this 0.5.
pub(crate) fn fresh(chunk: &[u8]) -> Result<String> {
    let hash = fingerprint(chunk);
    let mut suffix = [0; 16];
    getrandom::fill(&mut suffix).map_err(Error::Random)?;
    Ok(format!("c/{hash}.{:032x}", u128::from_be_bytes(suffix)))
}

/// The BLAKE3 of some bytes in hex: what [`crate::Chunk::hash`] is of those of a chunk.
pub fn fingerprint(bytes: &[u8]) -> String {
    Hash(*blake3::hash(bytes).as_bytes()).to_string()
}

/// Removes all keys, and tells the first failure after trying each.
pub(crate) async fn delete_all(store: &impl Keys, keys: &[String]) -> Result<()> {
    let mut outcome = Ok(());
    for key in keys {
        let deleted = store.delete(key).await;
        outcome = outcome.and(deleted);
    }
    outcome
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A store in memory, which fails on demand and remembers what was asked for.
    #[derive(Clone, Default)]
    pub(crate) struct InMemory {
        pub(crate) values: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
        pub(crate) gets: Arc<Mutex<Vec<String>>>,
        /// Refuse to store more values than these.
        pub(crate) room: Option<usize>,
    }

    impl Keys for InMemory {
        async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
            self.gets.lock().unwrap().push(key.to_owned());
            Ok(self.values.lock().unwrap().get(key).cloned())
        }

        async fn set(&self, key: &str, value: &[u8]) -> Result<()> {
            crate::yield_now().await;
            let mut values = self.values.lock().unwrap();
            if self.room.is_some_and(|room| values.len() >= room) {
                return Err(Error::Store("full".into()));
            }
            assert!(values.insert(key.to_owned(), value.to_vec()).is_none(), "{key} is used twice");
            Ok(())
        }

        async fn delete(&self, key: &str) -> Result<()> {
            self.values.lock().unwrap().remove(key);
            Ok(())
        }
    }

    #[test]
    fn keys_of_one_content_differ_and_fit_the_portable_limit() {
        let (one, two) = (fresh(b"").unwrap(), fresh(b"").unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 99);
        assert!(
            one.starts_with("c/af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262.")
        );
    }
}
