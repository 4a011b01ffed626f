//! Tasks that run alongside the requests until the program ends.
//!
//! Nobody waits for such a task, so nobody would notice that it has died: a relay that panicked once would leave events in the
//! outbox until somebody restarts the program. Here a task that ends is logged, counted and started again.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The first pause before a task is started again; it doubles while the task keeps failing.
const MIN_RESTART_DELAY: Duration = Duration::from_secs(1);
const MAX_RESTART_DELAY: Duration = Duration::from_mins(1);

/// Runs `work` until `end`. If it panics or returns before that, it is started again after a pause.
pub fn keep_running<F>(
    tasks: &TaskTracker,
    end: &CancellationToken,
    name: &'static str,
    mut work: impl FnMut(CancellationToken) -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let end = end.clone();
    tasks.spawn(async move {
        let mut pause = MIN_RESTART_DELAY;
        while !end.is_cancelled() {
            let began = Instant::now();
            let done = tokio::spawn(work(end.clone())).await;
            if end.is_cancelled() {
                return;
            }
            if began.elapsed() > MAX_RESTART_DELAY {
                pause = MIN_RESTART_DELAY;
            }
            let why = if done.is_err() { "it panicked" } else { "it ended before its time" };
            tracing::error!(task = name, why, "a background task is restarted");
            metrics::counter!("daemun_background_restarts_total", "task" => name).increment(1);
            if end.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                // Again: some have something to finish at the end.
                let _ = tokio::spawn(work(end.clone())).await;
                return;
            }
            pause = (pause * 2).min(MAX_RESTART_DELAY);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_or_ends_begins_again_until_the_end() {
        let (tasks, end, begun) =
            (TaskTracker::new(), CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        keep_running(&tasks, &end, "test", {
            let begun = Arc::clone(&begun);
            move |end| {
                let time = begun.fetch_add(1, Ordering::Relaxed);
                async move {
                    match time {
                        0 => panic!("on purpose"),
                        1 => {}
                        _ => end.cancelled().await,
                    }
                }
            }
        });
        tasks.close();
        while begun.load(Ordering::Relaxed) < 3 {
            tokio::time::sleep(MIN_RESTART_DELAY).await;
        }
        end.cancel();
        tasks.wait().await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
    }
}
