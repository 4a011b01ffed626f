//! Work that several ask for at the same moment, done in few goes.
//!
//! Where each piece of work costs a way to another thread, a commit or a wait for the disk, what waits shares it. Nobody waits for
//! others to come: the first caller is served at once, and those that ask meanwhile are served together after that.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many work at once.
#[derive(Clone, Copy, Debug)]
pub struct Workers {
    /// At most so many.
    pub most: usize,
    /// Another one begins to work when work comes and those that work took theirs so long ago.
    pub patience: Duration,
}

/// Work that waits. The caller that adds some starts the worker that it is given, if any.
pub struct Batches<T> {
    workers: Workers,
    state: Mutex<State<T>>,
}

struct State<T> {
    waiting: VecDeque<T>,
    working: usize,
    /// When one of the workers took work last.
    taken_at: Instant,
}

impl<T> Batches<T> {
    /// An empty queue whose work these workers do.
    pub fn new(workers: Workers) -> Arc<Self> {
        let state = State { waiting: VecDeque::new(), working: 0, taken_at: Instant::now() };
        Arc::new(Self { workers, state: Mutex::new(state) })
    }

    /// Adds work. Start the worker, if there is one: nobody else does it.
    #[must_use = "the work waits until the worker works"]
    pub fn add(self: &Arc<Self>, work: T) -> Option<Worker<T>> {
        let mut state = self.lock();
        state.waiting.push_back(work);
        let Workers { most, patience } = self.workers;
        if state.working > 0 && (state.working >= most || state.taken_at.elapsed() < patience) {
            return None;
        }
        state.working += 1;
        Some(Worker { of: Arc::clone(self), works: true })
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows nothing of the work, which may hold secrets.
impl<T> fmt::Debug for Batches<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// One that works until nothing waits.
pub struct Worker<T> {
    of: Arc<Batches<T>>,
    works: bool,
}

impl<T> Worker<T> {
    /// What to do next, as `take` chooses it, which takes something. `None` when nothing waits: then this worker has ended.
    pub fn next(&mut self, take: impl FnOnce(&mut VecDeque<T>) -> Vec<T>) -> Option<Vec<T>> {
        let mut state = self.of.lock();
        if state.waiting.is_empty() {
            // Under the same lock: what is added from now on starts another worker.
            state.working -= usize::from(self.works);
            self.works = false;
            return None;
        }
        state.taken_at = Instant::now();
        Some(take(&mut state.waiting))
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        if self.works {
            self.of.lock().working -= 1;
        }
    }
}

impl<T> fmt::Debug for Worker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("works", &self.works).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn all(waiting: &mut VecDeque<u32>) -> Vec<u32> {
        waiting.drain(..).collect()
    }

    #[test]
    fn what_comes_while_one_works_is_done_together_after_that() {
        let batches = Batches::new(Workers { most: 1, patience: Duration::ZERO });
        let mut worker = batches.add(1).unwrap();
        assert_eq!(worker.next(all), Some(vec![1]), "at once");
        assert!(batches.add(2).is_none() && batches.add(3).is_none(), "one works");
        assert_eq!(worker.next(all), Some(vec![2, 3]));
        assert_eq!(worker.next(all), None);
        assert!(batches.add(4).is_some(), "the other one has ended");
    }

    #[test]
    fn another_one_works_where_the_first_takes_long() {
        let batches = Batches::new(Workers { most: 2, patience: HOUR });
        let _first = batches.add(1).unwrap();
        assert!(batches.add(2).is_none(), "it may be done soon");
        let batches = Batches::new(Workers { most: 2, patience: Duration::ZERO });
        let (mut first, mut second) = (batches.add(1).unwrap(), batches.add(2).unwrap());
        assert!(batches.add(3).is_none(), "not three");
        let one = |waiting: &mut VecDeque<u32>| waiting.drain(..1).collect::<Vec<_>>();
        assert_eq!((first.next(one), second.next(all)), (Some(vec![1]), Some(vec![2, 3])));
    }

    #[test]
    fn after_one_that_was_interrupted_another_one_works() {
        let batches = Batches::new(Workers { most: 1, patience: HOUR });
        drop(batches.add(1).unwrap());
        assert_eq!(batches.add(2).unwrap().next(all), Some(vec![1, 2]));
    }
}
