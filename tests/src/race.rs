//! Many threads that do one thing at the same moment.

use std::sync::Barrier;
use std::thread;

/// Runs `work(0)` to `work(n - 1)` on `n` threads that start together, and gives their results in
/// that order.
pub fn race<T: Send>(n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (work, start) = (&work, &Barrier::new(n));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..n)
            .map(|i| {
                scope.spawn(move || {
                    start.wait();
                    work(i)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a racing thread failed")).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_threads() {
        assert_eq!(race(8, |i| i * i), [0, 1, 4, 9, 16, 25, 36, 49]);
    }
}
