//! A closed loop: each connection sends its next request when the last one is answered.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use tokio::task::JoinHandle;

use crate::areas::{Hot, Request, Size, Waiting};
use crate::wire::{self, Connection};

/// One kind of request, sent over some connections.
pub struct Load {
    address: String,
    connections: usize,
    request: fn(u64, Size) -> Request,
    status: u16,
    size: Size,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Sample {
    /// How long it took.
    pub time: Duration,
    /// The time of each answer, in microseconds, shortest first.
    pub micros: Vec<u32>,
    /// The time that the same work took natively, for the first requests, in microseconds.
    pub natively: Vec<u32>,
    /// Answers with another status than wanted.
    pub errors: u64,
    /// The first of these.
    pub example: Option<String>,
}

/// How many requests of a connection are done natively as well.
const NATIVELY: usize = 100;

thread_local! {
    /// Numbers the requests of the whole program, so that no two create the same thing.
    static NEXT: Rc<Cell<u64>> = Rc::default();
}

impl Load {
    /// Prepares to send `hot`.
    pub fn new(address: &str, connections: usize, hot: &Hot, size: Size) -> Self {
        let (request, status) = (hot.request, hot.status);
        Self { address: address.to_owned(), connections, request, status, size }
    }

    /// Sends requests for that long.
    pub async fn run(&self, time: Duration) -> Result<Sample> {
        let start = Instant::now();
        let mut running = Vec::new();
        for _ in 0..self.connections {
            let connection = Connection::open(&self.address).await?;
            running.push(tokio::task::spawn_local(self.clone().one_loop(connection, start + time)));
        }
        let mut all = Sample::default();
        for part in running {
            all.merge(part.await??);
        }
        all.time = start.elapsed();
        all.micros.sort_unstable();
        all.natively.sort_unstable();
        Ok(all)
    }

    async fn one_loop(self, mut connection: Connection, end: Instant) -> Result<Sample> {
        let mut sample = Sample::default();
        while Instant::now() < end {
            let request = (self.request)(next(), self.size);
            let bytes = wire::bytes(&self.address, &request);
            sample.work_natively(&request);
            let sent = Instant::now();
            let mut status = connection.exchange(&bytes).await?;
            let mut then = request.then;
            while let Some(follow) = then {
                let Some(request) = follow(&connection.body()) else {
                    status = 0;
                    break;
                };
                status = connection.exchange(&wire::bytes(&self.address, &request)).await?;
                then = request.then;
            }
            sample.micros.push(micros_since(sent));
            if status != self.status {
                sample.errors += 1;
                sample.example.get_or_insert_with(|| connection.answer());
            }
        }
        Ok(sample)
    }
}

impl Clone for Load {
    fn clone(&self) -> Self {
        Self { address: self.address.clone(), ..*self }
    }
}

/// Clients that wait; they end when this is dropped.
pub struct Crowd(Vec<JoinHandle<Result<()>>>);

impl Crowd {
    /// Lets them begin.
    pub fn gather(address: &str, waiting: &'static Waiting) -> Self {
        let one = |n: usize| tokio::task::spawn_local(wait(address.to_owned(), waiting, n));
        Self((0..waiting.count).map(one).collect())
    }

    /// Whether all of them still wait.
    pub fn is_whole(&self) -> bool {
        self.0.iter().all(|client| !client.is_finished())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn wait(address: String, waiting: &Waiting, n: usize) -> Result<()> {
    let mut connection = Connection::open(&address).await?;
    let request = wire::bytes(&address, &(waiting.request)(u64::try_from(n)?));
    loop {
        let status = connection.exchange(&request).await?;
        ensure!(status == 200, "a waiting client was told {}", connection.answer());
        let pause = (waiting.retry_after)(&connection.body());
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
}

fn micros_since(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX)
}

fn next() -> u64 {
    NEXT.with(|next| next.replace(next.get() + 1))
}

impl Sample {
    /// How many requests were answered each second.
    pub fn rate(&self) -> f64 {
        let count = u32::try_from(self.micros.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.time.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The time in which this share of the requests was answered, in milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        percentile(&self.micros, percent)
    }

    /// The median of the same work done natively, in milliseconds.
    pub fn natively(&self) -> Option<f64> {
        (!self.natively.is_empty()).then(|| percentile(&self.natively, 50))
    }

    /// Each body once, as the application sees it: a second time it would be in the caches.
    fn work_natively(&mut self, request: &Request) {
        if let (Some(work), Some(body)) = (request.natively, &request.body)
            && self.natively.len() < NATIVELY
        {
            let start = Instant::now();
            work(body);
            self.natively.push(micros_since(start));
        }
    }

    fn merge(&mut self, part: Self) {
        self.micros.extend(part.micros);
        self.natively.extend(part.natively);
        self.errors += part.errors;
        self.example = self.example.take().or(part.example);
    }
}

fn percentile(sorted: &[u32], percent: usize) -> f64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    f64::from(sorted.get(index).copied().unwrap_or_default()) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_come_from_the_sorted_times() {
        let micros = (1..=100).map(|n| n * 1000).collect();
        let sample = Sample { time: Duration::from_secs(2), micros, ..Sample::default() };
        assert_eq!(
            (sample.percentile(50), sample.percentile(99), sample.percentile(100)),
            (51.0, 100.0, 100.0)
        );
        assert_eq!(sample.rate(), 50.0);
    }

    #[test]
    fn no_answers_are_no_crash() {
        assert_eq!(Sample::default().percentile(99), 0.0);
        assert_eq!(Sample::default().rate(), 0.0);
    }
}
