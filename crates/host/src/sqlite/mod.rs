//! `spin:sqlite@3.1.0` on SQLite itself, linked into this program.

mod checkpoints;
mod database;
mod limits;
mod plans;
pub mod session;
pub mod source;
mod sql;
pub mod values;

use std::future::ready;

use wasmtime::Result;
use wasmtime::component::{
    Access, Accessor, FutureReader, HasSelf, Linker, LinkerInstance, Resource, ResourceType,
    StreamReader,
};

use self::session::Session;
use self::values::{Error, QueryResult, RowResult, Value};
use crate::instances::{Settings, State};

type Outcome<T> = std::result::Result<T, Error>;
/// Columns, rows, and how it ended.
type Rows = (Vec<String>, StreamReader<RowResult>, FutureReader<Outcome<()>>);

/// Links the interface.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    let mut interface = linker.instance("spin:sqlite/sqlite@3.1.0")?;
    interface.resource("connection", ResourceType::host::<Session>(), |mut store, handle| {
        store.data_mut().table.delete(Resource::<Session>::new_own(handle))?;
        Ok(())
    })?;
    add_async(&mut interface)?;
    add_plain(&mut interface)
}

fn add_async(interface: &mut LinkerInstance<'_, State>) -> Result<()> {
    interface.func_wrap_concurrent(
        "[static]connection.open-async",
        |accessor, (name,): (String,)| {
            Box::pin(ready(accessor.with(|mut access| open(access.get(), &name))))
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]connection.execute-async",
        |accessor, (handle, sql, parameters): (Resource<Session>, String, Vec<Value>)| {
            Box::pin(async move {
                let result = session(accessor, &handle)?.execute(sql, parameters).await;
                let rows = accessor.with(|access| stream(access, result))?;
                Ok((Outcome::Ok(rows),))
            })
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]connection.last-insert-rowid-async",
        |accessor, (handle,): (Resource<Session>,)| {
            Box::pin(async move { Ok((session(accessor, &handle)?.last_insert_rowid().await,)) })
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]connection.changes-async",
        |accessor, (handle,): (Resource<Session>,)| {
            Box::pin(async move { Ok((session(accessor, &handle)?.changes().await,)) })
        },
    )
}

/// The same for guests that call without `async`: they stand still meanwhile.
fn add_plain(interface: &mut LinkerInstance<'_, State>) -> Result<()> {
    interface.func_wrap("[static]connection.open", |mut store, (name,): (String,)| {
        open(store.data_mut(), &name)
    })?;
    interface.func_wrap_async(
        "[method]connection.execute",
        |store, (handle, sql, parameters): (Resource<Session>, String, Vec<Value>)| {
            let session = store.data().table.get(&handle).cloned();
            Box::new(async move { Ok((session?.execute(sql, parameters).await,)) })
        },
    )?;
    interface.func_wrap_async(
        "[method]connection.last-insert-rowid",
        |store, (handle,): (Resource<Session>,)| {
            let session = store.data().table.get(&handle).cloned();
            Box::new(async move { Ok((session?.last_insert_rowid().await,)) })
        },
    )?;
    interface.func_wrap_async(
        "[method]connection.changes",
        |store, (handle,): (Resource<Session>,)| {
            let session = store.data().table.get(&handle).cloned();
            Box::new(async move { Ok((session?.changes().await,)) })
        },
    )
}

fn open(state: &mut State, name: &str) -> Result<(Outcome<Resource<Session>>,)> {
    if !state.settings.databases.iter().any(|allowed| allowed == name) {
        return Ok((Err(Error::AccessDenied),));
    }
    let Settings { database, id, .. } = &*state.settings;
    match Session::open(database.clone(), id.clone()) {
        Ok(session) => Ok((Ok(state.table.push(session)?),)),
        Err(why) => Ok((Err(why.into()),)),
    }
}

fn session(accessor: &Accessor<State>, handle: &Resource<Session>) -> Result<Session> {
    accessor.with(|mut access| Ok(access.get().table.get(handle)?.clone()))
}

/// Bad SQL and broken constraints are told in the last part, as Spin does.
fn stream(
    mut access: Access<'_, State, HasSelf<State>>,
    result: Outcome<QueryResult>,
) -> Result<Rows> {
    let (columns, rows, end) = match result {
        Ok(QueryResult { columns, rows }) => (columns, rows, Ok(())),
        Err(why) => (Vec::new(), Vec::new(), Err(why)),
    };
    let rows = StreamReader::new(&mut access, rows)?;
    let end = FutureReader::new(&mut access, ready(Result::<_>::Ok(end)))?;
    Ok((columns, rows, end))
}
