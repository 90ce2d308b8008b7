//! Instances of a component: how they are made, how long they live and what happens when one traps.
//!
//! As in Spin, an instance serves up to 16 requests at a time and up to 128 in its life, and is dropped when it was idle
//! for a second. A trap ends the instance and the requests that are under way in it, and nothing else.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
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
            state: Worker { component: self.settings.id.clone(), failed: Arc::default() },
        })
    }
}

/// A request on its way: it counts against the limit of requests until the guest has answered and the answer was sent.
pub struct Ticket {
    _permit: OwnedSemaphorePermit,
    instance_failed: OnceLock<Arc<AtomicBool>>,
}

impl Ticket {
    /// A ticket for a request that was let in.
    pub fn new(permit: OwnedSemaphorePermit) -> Arc<Self> {
        Arc::new(Self { _permit: permit, instance_failed: OnceLock::new() })
    }

    /// Whether the instance that took the request has trapped since.
    pub fn instance_failed(&self) -> bool {
        self.instance_failed.get().is_some_and(|failed| failed.load(Ordering::Acquire))
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
pub struct Worker {
    component: Arc<str>,
    failed: Arc<AtomicBool>,
}

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = Arc<Ticket>;

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
        ticket: Arc<Ticket>,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        _ = ticket.instance_failed.set(self.failed.clone());
        // Nothing ends a request before its time; the ticket is held until the guest has answered.
        Box::pin(async move {
            let _held = ticket;
            std::future::pending().await
        })
    }

    fn drop(&self, store: Store<State>, result: Result<()>) {
        if let Err(why) = result {
            // First this, then the store, whose end looks to its bodies like theirs.
            self.failed.store(true, Ordering::Release);
            let Self { component, .. } = self;
            log::line(&format!("{component}: the instance failed: {}\n{why}", why.root_cause()));
        }
        drop(store);
    }
}
