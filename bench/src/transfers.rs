//! Throughput: files of several sizes, up and down, and beside each the same bytes through a
//! component that does nothing with them (`bench/plain-copy`), right after, on the same machine and
//! host.
//!
//! Bodies of hundreds of megabytes are never held: they are written from one block, and what comes
//! back is counted and thrown away.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::areas::{self, ForFile, Sending, Transfer};
use crate::options::Options;
use crate::report::{Flow, FlowRow};
use crate::wire::Connection;

/// Measures every transfer of the areas that were asked for.
pub async fn measure(options: &Options) -> Result<Vec<FlowRow>> {
    let mut rows = Vec::new();
    for transfer in areas::TRANSFERS.iter().filter(|row| options.wants(row.area, row.name)) {
        eprintln!("bench: {}: {} of {} bytes", transfer.area, transfer.name, transfer.bytes);
        let mut connection = Connection::open(&options.address).await?;
        for sending in (transfer.prepare)(transfer.bytes) {
            connection.send(&options.address, &sending).await?;
        }
        let ours = flow(options, &options.address, transfer, transfer.request).await?;
        clean(options, transfer).await?;
        let mut row = FlowRow::new(transfer, ours);
        if let Some(plain) = &options.plain {
            row.plain = Some(flow(options, plain, transfer, transfer.plain).await?);
            for (_, part) in transfer.parts {
                row.parts.push(flow(options, plain, transfer, *part).await?);
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Sends one kind of request over `transfer.clients` connections for as long as the options say,
/// over each at least once.
async fn flow(
    options: &Options,
    address: &str,
    transfer: &Transfer,
    request: ForFile,
) -> Result<Flow> {
    let mut connection = Connection::open(address).await?;
    // Starts the instance and lets its memory grow.
    connection.send(address, &request(next(), transfer.bytes.min(2_000_000))).await?;
    let (start, done) = (Instant::now(), Rc::new(Cell::new(0)));
    let mut running = Vec::new();
    for _ in 0..transfer.clients {
        let (done, address) = (Rc::clone(&done), address.to_owned());
        let (time, bytes) = (options.time, transfer.bytes);
        running.push(tokio::task::spawn_local(async move {
            one_client(&address, start + time, &done, || request(next(), bytes)).await
        }));
    }
    for client in running {
        client.await??;
    }
    Ok(Flow { files: done.get(), bytes: transfer.bytes, time: start.elapsed() })
}

async fn one_client(
    address: &str,
    end: Instant,
    done: &Cell<u64>,
    request: impl Fn() -> Sending,
) -> Result<()> {
    let mut connection = Connection::open(address).await?;
    loop {
        let sending = request();
        let status = connection.send(address, &sending).await?;
        let wanted = sending.status;
        ensure!(status == wanted, "{}: {status} instead of {wanted}", sending.path);
        done.set(done.get() + 1);
        if Instant::now() >= end {
            return Ok(());
        }
    }
}

/// Removes what a row has stored, so that the disk need not hold all rows at once. A request that
/// answers that there is more to do is sent again.
async fn clean(options: &Options, transfer: &Transfer) -> Result<()> {
    let mut connection = Connection::open(&options.address).await?;
    for sending in (transfer.clean)() {
        let end = Instant::now() + Duration::from_secs(60);
        while connection.send(&options.address, &sending).await? == 200
            && connection.answer().contains("\"more\":true")
        {
            ensure!(Instant::now() < end, "{} never ends", sending.path);
        }
    }
    Ok(())
}

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// A number that no other request of this program has.
fn next() -> u64 {
    NEXT.with(|next| next.replace(next.get() + 1))
}

impl Connection {
    /// Sends a request whose body is too large to hold.
    async fn send(&mut self, address: &str, sending: &Sending) -> Result<u16> {
        let Sending { method, path, content_type, first, filling, last, .. } = sending;
        let length = u64::try_from(first.len() + last.len())? + filling;
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n");
        if *method != "GET" {
            head += &format!("content-type: {content_type}\r\ncontent-length: {length}\r\n");
        }
        head += "\r\n";
        head += first;
        self.transfer(head.as_bytes(), *filling, last.as_bytes()).await.context(path.clone())
    }
}
