//! Fills the store through the API, with progress.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::areas::{Area, Size};
use crate::wire::{self, Connection};

/// Enough to keep a writer busy while the next body is put together.
const CONNECTIONS: usize = 4;

/// Stores the groups of these numbers; the very first one before all others, which may build on it.
pub async fn seed(
    address: &str,
    area: &'static Area,
    size: Size,
    mut groups: Range<u64>,
) -> Result<()> {
    let (start, count) = (Instant::now(), groups.end - groups.start);
    if groups.start == 0 {
        let first = groups.next().map_or(0..0, |first| first..first + 1);
        store(address, area, size, first, 1).await?;
    }
    store(address, area, size, groups, CONNECTIONS).await?;
    let time = start.elapsed().as_secs_f64();
    eprintln!("bench: {}: {count} groups seeded in {time:.1} s", area.name);
    Ok(())
}

/// Stores groups over this many connections.
async fn store(
    address: &str,
    area: &'static Area,
    size: Size,
    groups: Range<u64>,
    connections: usize,
) -> Result<()> {
    let todo = Rc::new(RefCell::new(Progress { left: groups, said: Instant::now() }));
    let mut running = Vec::new();
    for _ in 0..connections {
        let (todo, address) = (Rc::clone(&todo), address.to_owned());
        running.push(tokio::task::spawn_local(async move {
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
