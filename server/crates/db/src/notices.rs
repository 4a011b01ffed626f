//! Word that a table has new rows, for those in the same program that wait for some. It spares them the pause between two looks, and
//! no more: who waits looks by itself now and then, since what other replicas write is heard of by nobody here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Who waits for which table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices(Arc<Mutex<HashMap<&'static str, watch::Sender<()>>>>);

impl Notices {
    /// To be told of rows of `table` from now on.
    pub(crate) fn listen(&self, table: &'static str) -> Notice {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Notice(tables.entry(table).or_insert_with(|| watch::channel(()).0).subscribe())
    }

    /// Tells those who listen.
    pub(crate) fn tell(&self, table: &'static str) {
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = tables.get(table) {
            sender.send_replace(());
        }
    }
}

/// Hears of new rows in one table that this program wrote.
#[derive(Debug)]
pub struct Notice(watch::Receiver<()>);

impl Notice {
    /// Waits until there were new rows since the last time that it told so. Nothing is missed between two waits.
    pub async fn wait(&mut self) {
        if self.0.changed().await.is_err() {
            // The database is closed, and nothing new will come.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_told(notice: &mut Notice) -> bool {
        tokio::select! {
            biased;
            () = notice.wait() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn each_who_listens_hears_of_its_table_even_if_it_waits_later() {
        let notices = Notices::default();
        notices.tell("early");
        let [mut one, mut other, mut elsewhere] = ["rows", "rows", "more"].map(|table| notices.listen(table));
        assert!(!is_told(&mut one).await);
        notices.tell("rows");
        notices.tell("rows");
        assert!(is_told(&mut one).await);
        assert!(!is_told(&mut one).await, "once for all that came until then");
        assert!(is_told(&mut other).await);
        assert!(!is_told(&mut elsewhere).await);
    }
}
