//! The HTTP server: takes connections, finds the component of each request, limits how many run, logs, stops gracefully.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use wasmtime::Result;
use wasmtime_wasi_http::handler::{InstantiationError, ProxyHandler};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::instances::{Prepared, Ticket};
use crate::routes::{Found, Routes};
use crate::{headers, log};

/// How long requests may take to finish after the signal to stop.
const GRACE: Duration = Duration::from_secs(30);
/// Spin answers everything under this path itself.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// Everything that a request needs.
pub struct Server {
    routes: Routes,
    components: HashMap<String, ProxyHandler<Prepared>>,
    permits: Arc<Semaphore>,
    max_concurrent: usize,
    log_requests: bool,
}

/// The signals that say to stop.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on they no longer end the program by themselves.
    pub fn catch() -> Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

impl Server {
    /// A server for these components, which takes `max_concurrent` requests at a time.
    pub fn new(
        routes: Routes,
        components: Vec<Prepared>,
        max_concurrent: usize,
        log_requests: bool,
    ) -> Self {
        let components = components
            .into_iter()
            .map(|component| (component.settings.id.to_string(), ProxyHandler::new(component)))
            .collect();
        let permits = Arc::new(Semaphore::new(max_concurrent));
        Self { routes, components, permits, max_concurrent, log_requests }
    }

    /// Serves until a signal says to stop, then until what is under way has finished.
    pub async fn run(self, listener: TcpListener, mut signals: Signals) -> Result<()> {
        let server = Arc::new(self);
        let (stop, stopping) = watch::channel(false);
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, client)) => {
                        tokio::spawn(connection(server.clone(), stream, client, stopping.clone()));
                    }
                    Err(why) => {
                        log::line(&format!("cannot take a connection: {why}"));
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
                () = signals.next() => break,
            }
        }
        drop((listener, stopping));
        stop.send_replace(true);
        tokio::select! {
            () = stop.closed() => {}
            () = tokio::time::sleep(GRACE) => log::line("some requests did not finish in time"),
            () = signals.next() => {}
        }
        Ok(())
    }

    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<Answer> {
        let start = Instant::now();
        // Without the query, which may have a secret in it (a test's token).
        let line =
            self.log_requests.then(|| (request.method().clone(), request.uri().path().to_owned()));
        let mut response = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => self.route(request, client, Ticket::new(permit)).await,
            Err(_) => self.busy(),
        };
        response.body_mut().line = line.map(|(method, path)| Line {
            method,
            path,
            status: response.status(),
            start,
            bytes: 0,
        });
        response
    }

    async fn route(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        ticket: Arc<Ticket>,
    ) -> Response<Answer> {
        let path = request.uri().path().to_owned();
        match path.strip_prefix(WELL_KNOWN) {
            Some("health") => return plain(StatusCode::OK, "OK"),
            Some(_) => return plain(StatusCode::NOT_FOUND, ""),
            None => {}
        }
        let Some(found) = self.routes.find(&path) else {
            return plain(StatusCode::NOT_FOUND, "");
        };
        let Some(component) = self.components.get(&found.route.component) else {
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "");
        };
        match prepare(request, &found, client) {
            Ok(request) => call(component, request, ticket).await,
            Err(why) => json(StatusCode::BAD_REQUEST, why),
        }
    }

    fn busy(&self) -> Response<Answer> {
        let message = format!("{} requests are under way, try again soon", self.max_concurrent);
        let mut response = json(StatusCode::SERVICE_UNAVAILABLE, &message);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        response
    }
}

async fn connection(
    server: Arc<Server>,
    stream: TcpStream,
    client: SocketAddr,
    mut stopping: watch::Receiver<bool>,
) {
    drop(stream.set_nodelay(true));
    let service = service_fn(|request| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(server.answer(request, client).await) }
    });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // An error here is a client that went away or a body that broke off; either was told where it happened.
    tokio::select! {
        result = connection.as_mut() => return drop(result),
        // Said once; that the server is gone means the same.
        _ = stopping.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    drop(connection.await);
}

/// The request as the component gets it.
fn prepare(
    request: Request<Incoming>,
    found: &Found<'_>,
    client: SocketAddr,
) -> std::result::Result<Request<WasiBody>, headers::Refusal> {
    let (mut parts, body) = request.into_parts();
    parts.uri = headers::complete_uri(parts.uri, &parts.headers)?;
    headers::add(&mut parts.headers, &parts.uri, found, client)?;
    Ok(Request::from_parts(parts, body.map_err(Error::from).boxed_unsync()))
}

async fn call(
    component: &ProxyHandler<Prepared>,
    request: Request<WasiBody>,
    ticket: Arc<Ticket>,
) -> Response<Answer> {
    match component.handle(ticket.clone(), request).await {
        Ok(response) => response.map(|body| Answer { ticket: Some(ticket), ..Answer::new(body) }),
        Err(why) => {
            let id = &component.state().settings.id;
            if let Some(error) = why.downcast_ref::<InstantiationError<Arc<Ticket>>>() {
                log::line(&format!("{id}: no instance for a request: {:#}", error.error));
            } else {
                log::line(&format!("{id}: a request failed: {why:#}"));
            }
            let mut response = plain(StatusCode::INTERNAL_SERVER_ERROR, "");
            // Nobody reads what is left of the request, so no other can follow it.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Answer> {
    respond(status, Bytes::from_static(text.as_bytes()))
}

fn json(status: StatusCode, message: &str) -> Response<Answer> {
    let mut response = respond(status, Bytes::from(format!("{{\"message\":\"{message}\"}}")));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn respond(status: StatusCode, bytes: Bytes) -> Response<Answer> {
    let body = Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync();
    let mut response = Response::new(Answer::new(body));
    *response.status_mut() = status;
    response
}

/// A response's body, with what it needs to know about its request.
struct Answer {
    body: WasiBody,
    ticket: Option<Arc<Ticket>>,
    line: Option<Line>,
}

impl Answer {
    fn new(body: WasiBody) -> Self {
        Self { body, ticket: None, line: None }
    }

    /// Whether the end of the body may be its instance's. Where the length is known, hyper sees for itself.
    fn may_be_cut(&self) -> bool {
        self.size_hint().exact().is_none()
            && self.ticket.as_ref().is_some_and(|t| t.instance_failed())
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let (Some(line), Some(Ok(frame))) = (&mut self.line, &frame) {
            line.bytes += frame.data_ref().map_or(0, Bytes::len);
        }
        if frame.is_none() && self.may_be_cut() {
            return Poll::Ready(Some(Err(Error::HttpResponseIncomplete)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && !self.may_be_cut()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A line of the request log, written when the response has been sent or has broken off.
struct Line {
    method: Method,
    path: String,
    status: StatusCode,
    start: Instant,
    bytes: usize,
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self { method, path, status, start, bytes } = self;
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        log::line(&format!("{method} {path} {} {bytes} bytes {ms:.1} ms", status.as_u16()));
    }
}
