//! `spin:key-value@3.0.0` on a table in a SQLite file of its own: the same file and the same table as Spin's.
//!
//! Stricter than Spin's local store, because other stores are: a key has 1 to 256 bytes, a value a million at most.

use std::future::ready;
use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::{
    Accessor, FutureReader, Linker, LinkerInstance, Resource, ResourceType, StreamReader,
};

use crate::instances::{Settings, State};
use crate::sqlite::session::Session;
use crate::sqlite::source::Source;
use crate::sqlite::values::{self, Value};

const LONGEST_KEY: usize = 256;
const LARGEST_VALUE: usize = 1_000_000;

/// For a file that is new: values of a megabyte are 64 pages, each with its system calls, and not 250.
const PAGES: &str = "PRAGMA page_size = 16384";
const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS spin_key_value (
        store TEXT NOT NULL,
        key   TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (store, key)
    )";
const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const EXISTS: &str = "SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "
    INSERT INTO spin_key_value (store, key, value)
    VALUES (?1, ?2, ?3)
        ON CONFLICT (store, key) DO UPDATE SET value = excluded.value";
const DELETE: &str = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
const KEYS: &str = "SELECT key FROM spin_key_value WHERE store = ?1";

/// What may go wrong, as the interface tells it.
#[derive(
    Debug,
    Clone,
    PartialEq,
    wasmtime::component::ComponentType,
    wasmtime::component::Lift,
    wasmtime::component::Lower,
)]
#[component(variant)]
pub enum Error {
    /// Never given here.
    #[component(name = "store-table-full")]
    StoreTableFull,
    /// The host has no such store.
    #[component(name = "no-such-store")]
    NoSuchStore,
    /// The manifest does not give the store to this component.
    #[component(name = "access-denied")]
    AccessDenied,
    /// Everything else.
    #[component(name = "other")]
    Other(String),
}

type Outcome<T> = std::result::Result<T, Error>;

/// An open store.
#[derive(Clone)]
pub struct Store {
    session: Session,
    label: String,
}

impl From<values::Error> for Error {
    fn from(error: values::Error) -> Self {
        match error {
            values::Error::Io(message) => Self::Other(message),
            other => Self::Other(format!("{other:?}")),
        }
    }
}

impl Store {
    /// Opens a store that the component may use.
    async fn open(settings: &Settings, label: String) -> Outcome<Self> {
        if !settings.stores.contains(&label) {
            return Err(Error::AccessDenied);
        }
        Self::create(settings.store.clone(), settings.id.clone(), label).await
    }

    async fn create(source: Arc<Source>, component: Arc<str>, label: String) -> Outcome<Self> {
        let session = Session::open(source, component).map_err(values::Error::from)?;
        for sql in [PAGES, "PRAGMA journal_mode = WAL", CREATE] {
            session.execute(sql.to_owned(), Vec::new()).await?;
        }
        Ok(Self { session, label })
    }

    /// Runs a statement whose parameters are the store, the key and perhaps a value.
    async fn run(&self, sql: &str, key: String, value: Option<Vec<u8>>) -> Outcome<Option<Value>> {
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(Error::Other(format!(
                "a key has 1 to {LONGEST_KEY} bytes, this one {}",
                key.len()
            )));
        }
        let mut parameters = vec![Value::Text(self.label.clone()), Value::Text(key)];
        parameters.extend(value.map(Value::Blob));
        let result = self.session.execute(sql.to_owned(), parameters).await?;
        Ok(result.rows.into_iter().next().and_then(|row| row.values.into_iter().next()))
    }

    async fn get(&self, key: String) -> Outcome<Option<Vec<u8>>> {
        match self.run(GET, key, None).await? {
            Some(Value::Blob(value)) => Ok(Some(value)),
            Some(other) => Err(Error::Other(format!("the value is no blob but {other:?}"))),
            None => Ok(None),
        }
    }

    async fn set(&self, key: String, value: Vec<u8>) -> Outcome<()> {
        if value.len() > LARGEST_VALUE {
            let message =
                format!("a value has {LARGEST_VALUE} bytes at most, this one {}", value.len());
            return Err(Error::Other(message));
        }
        self.run(SET, key, Some(value)).await.map(drop)
    }

    async fn delete(&self, key: String) -> Outcome<()> {
        self.run(DELETE, key, None).await.map(drop)
    }

    async fn exists(&self, key: String) -> Outcome<bool> {
        Ok(self.run(EXISTS, key, None).await?.is_some())
    }

    async fn keys(&self) -> Outcome<Vec<String>> {
        let parameters = vec![Value::Text(self.label.clone())];
        let result = self.session.execute(KEYS.to_owned(), parameters).await?;
        let texts = result.rows.into_iter().flat_map(|row| row.values);
        Ok(texts.filter_map(|v| if let Value::Text(key) = v { Some(key) } else { None }).collect())
    }
}

/// Links the interface.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    let mut interface = linker.instance("spin:key-value/key-value@3.0.0")?;
    interface.resource("store", ResourceType::host::<Store>(), |mut store, handle| {
        store.data_mut().table.delete(Resource::<Store>::new_own(handle))?;
        Ok(())
    })?;
    add_open(&mut interface)?;
    add_one_key(&mut interface)?;
    add_keys(&mut interface)
}

fn add_open(interface: &mut LinkerInstance<'_, State>) -> Result<()> {
    interface.func_wrap_concurrent("[static]store.open", |accessor, (label,): (String,)| {
        Box::pin(async move {
            let settings = accessor.with(|mut access| access.get().settings.clone());
            match Store::open(&settings, label).await {
                Ok(store) => Ok((Outcome::Ok(accessor.with(|mut a| a.get().table.push(store))?),)),
                Err(why) => Ok((Err(why),)),
            }
        })
    })
}

fn add_one_key(interface: &mut LinkerInstance<'_, State>) -> Result<()> {
    interface.func_wrap_concurrent(
        "[method]store.get",
        |accessor, (handle, key): (Resource<Store>, String)| {
            Box::pin(async move { Ok((store(accessor, &handle)?.get(key).await,)) })
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]store.set",
        |accessor, (handle, key, value): (Resource<Store>, String, Vec<u8>)| {
            Box::pin(async move { Ok((store(accessor, &handle)?.set(key, value).await,)) })
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]store.delete",
        |accessor, (handle, key): (Resource<Store>, String)| {
            Box::pin(async move { Ok((store(accessor, &handle)?.delete(key).await,)) })
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]store.exists",
        |accessor, (handle, key): (Resource<Store>, String)| {
            Box::pin(async move { Ok((store(accessor, &handle)?.exists(key).await,)) })
        },
    )
}

fn add_keys(interface: &mut LinkerInstance<'_, State>) -> Result<()> {
    interface.func_wrap_concurrent(
        "[method]store.get-keys",
        |accessor, (handle,): (Resource<Store>,)| {
            Box::pin(async move {
                let (keys, end) = match store(accessor, &handle)?.keys().await {
                    Ok(keys) => (keys, Ok(())),
                    Err(why) => (Vec::new(), Err(why)),
                };
                accessor.with(|mut access| {
                    let keys = StreamReader::new(&mut access, keys)?;
                    let end = FutureReader::new(&mut access, ready(Result::<_>::Ok(end)))?;
                    Ok(((keys, end),))
                })
            })
        },
    )
}

fn store(accessor: &Accessor<State>, handle: &Resource<Store>) -> Result<Store> {
    accessor.with(|mut access| Ok(access.get().table.get(handle)?.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_keeps_what_is_put_into_it_within_its_limits() {
        let file = std::env::temp_dir().join(format!("assay-store-{}.db", std::process::id()));
        let source = Arc::new(Source::new(file.clone(), false));
        let store = |label: &str| Store::create(source.clone(), "test".into(), label.to_owned());
        let (one, two) = (store("one").await.unwrap(), store("two").await.unwrap());
        let key = "k".repeat(LONGEST_KEY);
        one.set(key.clone(), vec![7; LARGEST_VALUE]).await.unwrap();
        one.set(key.clone(), vec![8]).await.unwrap();
        assert_eq!(one.get(key.clone()).await.unwrap(), Some(vec![8]));
        assert_eq!(two.get(key.clone()).await.unwrap(), None);
        assert_eq!(one.keys().await.unwrap(), std::slice::from_ref(&key));
        assert!(one.exists(key.clone()).await.unwrap());
        one.delete(key.clone()).await.unwrap();
        assert!(!one.exists(key.clone()).await.unwrap());
        for (key, size) in [("", 1), (&*(key + "k"), 1), ("k", LARGEST_VALUE + 1)] {
            assert!(matches!(one.set(key.into(), vec![0; size]).await, Err(Error::Other(_))));
        }
        drop((one, two));
        drop(std::fs::remove_file(file));
    }
}
