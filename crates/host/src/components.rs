//! From wasm files to components that are ready to serve: compiling (or reading what was compiled before), linking, and
//! telling what a component needs that this host does not have.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use wasmtime::component::{Component, Linker};
use wasmtime::error::Context as _;
use wasmtime::{Cache, CacheConfig, Config, Engine, PoolingAllocationConfig, Result};
use wasmtime_wasi_http::handler::ProxyPre;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::instances::{Prepared, Settings, State};
use crate::{key_value, log, sqlite, variables};

/// Reading a compiled component takes less than this, compiling one takes more.
const QUIET_LOAD: Duration = Duration::from_millis(300);
/// How often a guest that computes lets other requests have their turn.
const TURN: Duration = Duration::from_millis(10);

/// An engine that keeps what it compiles in `cache_dir`, with room for `instances` of `memory` bytes each.
pub fn engine(cache_dir: PathBuf, instances: usize, memory: usize) -> Result<Engine> {
    std::fs::create_dir_all(&cache_dir)
        .with_context(|| format!("cannot create {}", cache_dir.display()))?;
    let mut cache = CacheConfig::new();
    cache.with_directory(std::fs::canonicalize(&cache_dir)?);
    let mut config = Config::new();
    config.wasm_component_model_async(true).epoch_interruption(true);
    config.cache(Some(Cache::new(cache)?));
    // Each instance reserves address space; where that is limited, instances are made one by one instead.
    config.allocation_strategy(pool(instances, memory));
    let engine = Engine::new(&config).or_else(|_| {
        config.allocation_strategy(wasmtime::InstanceAllocationStrategy::OnDemand);
        Engine::new(&config)
    })?;
    let ticking = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = ticking.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TURN);
        }
    });
    Ok(engine)
}

fn pool(instances: usize, memory: usize) -> PoolingAllocationConfig {
    // Instances that are ending while others begin; and each component is several core modules with tables.
    let instances = u32::try_from(instances.saturating_mul(5) / 4 + 16).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(8))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(4))
        .total_stacks(instances.saturating_mul(2))
        .max_memory_size(memory)
        .linear_memory_keep_resident(2 << 20)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(32 << 10)
        .max_unused_warm_slots(64);
    pool
}

/// Everything that a guest may import.
pub fn linker(engine: &Engine) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    sqlite::add_to_linker(&mut linker)?;
    key_value::add_to_linker(&mut linker)?;
    variables::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// Compiles and links one component.
pub fn prepare(
    linker: &Linker<State>,
    file: &Path,
    settings: Arc<Settings>,
    quiet: bool,
) -> Result<Prepared> {
    let id = settings.id.clone();
    let component = compile(linker.engine(), file, &id, quiet)
        .with_context(|| format!("component '{id}': cannot load {}", file.display()))?;
    let component = linker
        .instantiate_pre(&component)
        .with_context(|| format!("component '{id}' needs what this host does not have"))?;
    let component = ServicePre::new(component).with_context(|| {
        format!("component '{id}' does not export wasi:http/handler@0.3.0 (is it built with spin-sdk 7?)")
    })?;
    Ok(Prepared { engine: linker.engine().clone(), component: ProxyPre::P3(component), settings })
}

/// Compiles, or takes from the cache; says so when it takes longer than the cache would.
fn compile(engine: &Engine, file: &Path, id: &str, quiet: bool) -> Result<Component> {
    let (done, waiting) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(QUIET_LOAD) == Err(RecvTimeoutError::Timeout) && !quiet {
                log::line(&format!("compiling {id} ..."));
            }
        });
        let component = Component::from_file(engine, file);
        drop(done);
        component
    })
}
