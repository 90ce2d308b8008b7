//! Instances of a component: how they are made, how long they live and what happens when one traps.
//!
//! As in Spin, an instance serves up to 16 requests at a time and up to 128 in its life, and is dropped when it was idle
//! for a second. A trap ends the instance and the requests that are under way in it, and nothing else.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use wasmtime::component::{GuestTaskId, ResourceTable};
use wasmtime::{Engine, Result, Store, StoreContextMut, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ProxyPre, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::log::{self, GuestOutput};
use crate::outbound::Allowed;
use crate::sqlite::source::Source;

const REQUESTS_IN_ALL: usize = 128;
const REQUESTS_AT_A_TIME: usize = 16;
const IDLE: Duration = Duration::from_secs(1);

/// What the manifest and the command line say about one component.
#[derive(Debug)]
pub struct Settings {
    /// The component's id.
    pub id: Arc<str>,
    /// Its variables, filled in.
    pub variables: HashMap<String, String>,
    /// Its environment variables.
    pub environment: Vec<(String, String)>,
    /// The databases that it may open.
    pub databases: Vec<String>,
    /// The key-value stores that it may open.
    pub stores: Vec<String>,
    /// Where it may send requests.
    pub allowed: Allowed,
    /// The default database.
    pub database: Arc<Source>,
    /// The database behind the key-value stores.
    pub store: Arc<Source>,
    /// Bytes of memory of an instance.
    pub memory: usize,
}

/// What an instance owns on the host's side.
pub struct State {
    /// Its component's settings.
    pub settings: Arc<Settings>,
    /// Its connections, stores, requests and bodies.
    pub table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Allowed,
    limits: StoreLimits,
}

impl State {
    fn new(settings: Arc<Settings>) -> Self {
        let wasi = WasiCtx::builder()
            .stdout(GuestOutput::new(settings.id.clone()))
            .stderr(GuestOutput::new(settings.id.clone()))
            .envs(&settings.environment)
            .build();
        let limits = StoreLimitsBuilder::new().memory_size(settings.memory).build();
        let outbound = settings.allowed.clone();
        Self {
            settings,
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            outbound,
            limits,
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}

/// A compiled and linked component, from which instances are made.
pub struct Prepared {
    /// The engine that it was compiled for.
    pub engine: Engine,
    /// The component.
    pub component: ProxyPre<State>,
    /// Its settings.
    pub settings: Arc<Settings>,
}

impl HandlerState for Prepared {
    type StoreData = State;
    type WorkerExpiration = IdleTimer;
    type WorkerState = Worker;

    async fn instantiate(&self) -> Result<Instance<State, IdleTimer, Worker>> {
        let mut store = Store::new(&self.engine, State::new(self.settings.clone()));
        store.limiter(|state| &mut state.limits);
        store.epoch_deadline_async_yield_and_update(1);
        let proxy = self.component.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            proxy,
            view: State::http,
            expiration: IdleTimer(Box::pin(tokio::time::sleep(IDLE))),
            state: Worker(self.settings.id.clone()),
        })
    }
}

/// Ends an instance that had nothing to do for a second.
pub struct IdleTimer(Pin<Box<Sleep>>);

impl WorkerExpiration for IdleTimer {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        if status != WorkerStatus::Idle {
            return Poll::Pending;
        }
        let end = (start + IDLE).into();
        if self.0.deadline() != end {
            self.0.as_mut().reset(end);
        }
        self.0.as_mut().poll(cx)
    }
}

/// Decides which requests an instance takes, and tells of its end when it was a bad one.
pub struct Worker(Arc<str>);

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, at_a_time: usize, in_all: usize) -> ShouldAccept {
        if in_all >= REQUESTS_IN_ALL {
            ShouldAccept::Never
        } else if at_a_time >= REQUESTS_AT_A_TIME {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(std::future::pending())
    }

    fn drop(&self, store: Store<State>, result: Result<()>) {
        if let Err(why) = result {
            log::line(&format!("{}: the instance failed: {}\n{why}", self.0, why.root_cause()));
        }
        drop(store);
    }
}
