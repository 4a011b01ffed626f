//! Enqueues notifications for clients when sessions end.

use async_trait::async_trait;
use db::{DbError, Transaction};
use jobs::{JobError, JobQueue, NewJob};
use names::{MemberId, SessionId};
use tokens::SessionObserver;

use super::job::{BACKCHANNEL_LOGOUT, Payload};
use crate::store::session_clients::{self, SessionClient};

/// Is told of every session that ends, in every process that can end one, and enqueues a job for each of its clients.
#[derive(Clone, Debug)]
pub struct SessionEnds {
    queue: JobQueue,
}

impl SessionEnds {
    /// Jobs go into `queue`.
    pub const fn new(queue: JobQueue) -> Self {
        Self { queue }
    }

    async fn tell(&self, tx: &mut Transaction, clients: Vec<SessionClient>) -> Result<(), DbError> {
        for client in clients {
            // If two end the same session, only one notifies.
            if !session_clients::delete(tx, &client).await? {
                continue;
            }
            let (subject, payload) = (client.subject.to_string(), Payload::new(&client).text());
            let job = NewJob::new(&BACKCHANNEL_LOGOUT).owner(&subject).payload(&payload);
            match self.queue.enqueue(tx, job).await {
                Ok(_) => {}
                Err(JobError::Db(error)) => return Err(error),
                // There is nothing to seal.
                Err(JobError::KeyRing(_)) => return Err(DbError::Unreadable { column: "jobs.sealed" }),
            }
        }
        Ok(())
    }
}

#[async_trait]
impl SessionObserver for SessionEnds {
    async fn session_ended(&self, tx: &mut Transaction, session: SessionId) -> Result<(), DbError> {
        let now = self.queue.clock().now();
        let clients = session_clients::of_session(tx, session, now).await?;
        self.tell(tx, clients).await
    }

    async fn sessions_of_member_ended(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        kept: Option<SessionId>,
    ) -> Result<(), DbError> {
        let now = self.queue.clock().now();
        let clients = session_clients::of_member(tx, member, now).await?;
        let ended = clients.into_iter().filter(|client| Some(client.session) != kept);
        self.tell(tx, ended.collect()).await
    }
}
