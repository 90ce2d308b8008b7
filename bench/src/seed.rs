//! Fills the store through the API, with progress.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::areas::Area;
use crate::options::Options;
use crate::wire::{self, Connection};

/// Enough to keep a writer busy while the next body is put together.
const CONNECTIONS: usize = 4;

/// Stores the groups of these numbers.
pub async fn seed(options: &Options, area: &'static Area, groups: Range<u64>) -> Result<()> {
    let (start, count) = (Instant::now(), groups.end - groups.start);
    let todo = Rc::new(RefCell::new(Progress { left: groups, said: start }));
    let mut running = Vec::new();
    for _ in 0..CONNECTIONS {
        let (todo, options) = (Rc::clone(&todo), (options.address.clone(), options.size));
        running.push(tokio::task::spawn_local(async move {
            let (address, size) = options;
            let mut connection = Connection::open(&address).await?;
            loop {
                // Taken out first: the borrow must not last while the request is under way.
                let group = todo.borrow_mut().next();
                let Some(group) = group else { return anyhow::Ok(()) };
                for request in (area.seed)(group, size) {
                    let status = connection.exchange(&wire::bytes(&address, &request)).await?;
                    ensure!(
                        status < 300,
                        "{} {}: {}",
                        request.method,
                        request.path,
                        connection.answer()
                    );
                }
            }
        }));
    }
    for part in running {
        part.await??;
    }
    let time = start.elapsed().as_secs_f64();
    eprintln!("bench: {}: {count} groups seeded in {time:.1} s", area.name);
    Ok(())
}

/// What is still to be stored.
struct Progress {
    left: Range<u64>,
    said: Instant,
}

impl Progress {
    fn next(&mut self) -> Option<u64> {
        if self.said.elapsed() > Duration::from_secs(5) {
            self.said = Instant::now();
            eprintln!("bench: {} groups to go", self.left.end - self.left.start);
        }
        self.left.next()
    }
}
