//! Runs the components of a `spin.toml` on this machine, for whoever has no Spin CLI: a first look, and the tests.
//!
//! It behaves as Spin 4.1 does in everything that the manifest uses, and refuses what it does not know. Start reading at
//! [`mod@server`], where requests come in, and [`instances`], where they go.
//!
//! Where the two differ, this one is the stricter:
//! - a manifest field it does not know, a route that stands twice, a variable without a value or an import that it does
//!   not have: an error at start;
//! - a request without a proper `Host`, or with a header that is not UTF-8: 400 (Spin: 500 or a closed connection);
//! - `spin-` headers that a client sends are replaced (Spin: kept beside its own);
//! - two statements in one SQL string: an error (Spin: the second is dropped);
//! - keys and values of a key-value store are limited (see [`key_value`]);
//! - a chunked body that is cut by a trap breaks the connection;
//! - more requests at a time than `--max-concurrent`: 503.

mod cli;
mod components;
mod headers;
mod instances;
mod key_value;
mod log;
mod manifest;
mod outbound;
mod routes;
mod server;
mod sqlite;
mod variables;

use std::io::Write as _;
use std::net::ToSocketAddrs as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use wasmtime::error::Context as _;
use wasmtime::{Result, format_err};

use crate::cli::{Command, Options};
use crate::instances::{Prepared, Settings};
use crate::manifest::{Component, Manifest};
use crate::outbound::Allowed;
use crate::routes::Routes;
use crate::server::{Server, Signals};
use crate::sqlite::source::Source;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long the end may take when all requests have been answered.
const LAST_MOMENT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let result = match cli::parse(std::env::args_os().skip(1)) {
        Ok(Command::Serve(options)) => serve(&options),
        Ok(Command::Help) => say(cli::HELP),
        Err(why) => Err(format_err!("{why} (--help lists the options)")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            log::line(&format!("assay-host: {why:#}"));
            ExitCode::FAILURE
        }
    }
}

fn serve(options: &Options) -> Result<()> {
    if options.exit_with_stdin {
        std::thread::spawn(exit_with_stdin);
    }
    let manifest = Manifest::read(&options.manifest)?;
    let server = server(&manifest, options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let listener = listen(&options.listen).await?;
        let signals = Signals::catch()?;
        say(&format!("listening on http://{}\n", listener.local_addr()?))?;
        server.run(listener, signals).await
    });
    if result.is_ok() {
        log::end();
    }
    // Drops the instances, which closes the databases.
    runtime.shutdown_timeout(LAST_MOMENT);
    result
}

/// Ends this program at once when nobody holds its standard input open any more: a killed test leaves no server behind.
fn exit_with_stdin() {
    let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    std::process::exit(0);
}

/// Compiles and links all components, each on a thread of its own.
fn server(manifest: &Manifest, options: &Options) -> Result<Server> {
    let folder = options.manifest.parent().unwrap_or(Path::new(""));
    let routes = Routes::new(manifest.triggers())?;
    let settings = settings(manifest, options, folder)?;
    let memory = options.instance_memory << 20;
    let engine = components::engine(cache_dir(options)?, options.max_concurrent, memory)?;
    let linker = components::linker(&engine)?;
    let components = std::thread::scope(|scope| {
        let linker = &linker;
        let threads: Vec<_> = settings
            .into_iter()
            .map(|(settings, component)| {
                let file = folder.join(&component.source);
                scope.spawn(move || components::prepare(linker, &file, settings, options.quiet))
            })
            .collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Result<Prepared>>| {
            thread.join().unwrap_or_else(|_| Err(format_err!("the compiler panicked")))
        };
        threads.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    Ok(Server::new(routes, components, options.max_concurrent, options.log_requests))
}

type WithSettings<'a> = (Arc<Settings>, &'a Component);

fn settings<'a>(
    manifest: &'a Manifest,
    options: &Options,
    folder: &Path,
) -> Result<Vec<WithSettings<'a>>> {
    let environment = |name: &str| std::env::var(name).ok();
    let values = variables::resolve(&manifest.variables, &options.variables, environment)?;
    let state = options.state_dir.clone().unwrap_or_else(|| folder.join(".spin"));
    std::fs::create_dir_all(&state)
        .with_context(|| format!("cannot create {}", state.display()))?;
    let database = Arc::new(Source::new(state.join("sqlite_db.db"), options.check_plans));
    let store = Arc::new(Source::new(state.join("sqlite_key_value.db"), false));
    let one = |(id, component): (&String, &'a Component)| -> Result<WithSettings<'a>> {
        let settings = Settings {
            id: id.as_str().into(),
            variables: variables::fill_in(&component.variables, &values)?,
            environment: component.environment.clone().into_iter().collect(),
            databases: component.sqlite_databases.clone(),
            stores: component.key_value_stores.clone(),
            allowed: Allowed::parse(&component.allowed_outbound_hosts)?,
            database: database.clone(),
            store: store.clone(),
            memory: options.instance_memory << 20,
        };
        Ok((Arc::new(settings), component))
    };
    manifest
        .routed_components()
        .map(|entry| one(entry).with_context(|| format!("component '{}'", entry.0)))
        .collect()
}

/// Beside this program when nothing else is said: in the build's own folder, which `cargo clean` empties.
fn cache_dir(options: &Options) -> Result<PathBuf> {
    match &options.cache_dir {
        Some(folder) => Ok(folder.clone()),
        None => Ok(std::env::current_exe()?.with_file_name("compiled-components")),
    }
}

async fn listen(address: &str) -> Result<TcpListener> {
    let cannot = || format!("cannot listen on {address}");
    let mut addresses = address.to_socket_addrs().with_context(cannot)?;
    let first = addresses.next().with_context(cannot)?;
    TcpListener::bind(first).await.with_context(cannot)
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
