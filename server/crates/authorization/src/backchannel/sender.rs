//! Telling clients: one `POST` for each, with a logout token that is signed again for each try.

use std::time::Duration;

use audit::AuditEvent;
use db::{DbError, LentTransaction, Transaction};
use jobs::{Completed, DeathReason, Failure, Handler, Job, JobQueue, Outcome, Worker, WorkerSettings};
use kernel::BackOff;
use names::{AuditKind, Source};
use tokens::LogoutToken;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::job::{BACKCHANNEL_LOGOUT, EndedSession};
use crate::server::AuthorizationServer;

/// How it works. Twelve attempts with these pauses take 51 minutes; the last try of a program that was down comes when it is up.
const SETTINGS: WorkerSettings = WorkerSettings {
    batch: 10,
    parallel: 10,
    idle: Duration::from_millis(250),
    lease: Duration::from_secs(30),
    attempts: 12,
    back_off: BackOff { least: Duration::from_secs(2), most: Duration::from_secs(1024) },
};
/// For how long a client is told.
const RETRY_PERIOD: Duration = Duration::from_hours(1);
/// A client that does not answer counts as unreachable.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

impl AuthorizationServer {
    /// Tells clients of ended sessions until `end`, with the program's HTTP client for calls to the outside. Any number of replicas
    /// may do so.
    pub async fn tell_of_ended_sessions(
        self,
        queue: JobQueue,
        http: reqwest::Client,
        end: CancellationToken,
    ) {
        let db = self.context().services.db.clone();
        let notice = Notice { server: self, queue: queue.clone(), http };
        Worker::new(db, queue, &BACKCHANNEL_LOGOUT, notice, SETTINGS).run(end).await;
    }
}

/// Tells one client.
#[derive(Clone, Debug)]
struct Notice {
    server: AuthorizationServer,
    queue: JobQueue,
    http: reqwest::Client,
}

impl Notice {
    async fn tell(&self, ended: &EndedSession, address: &Url) -> Result<(), String> {
        let EndedSession { client_id, subject, sid } = ended;
        let token = LogoutToken { client_id, subject: *subject, session: *sid };
        let token = self.server.context().services.tokens.minter.mint_logout_token(token).await;
        let token = token.map_err(|error| error.to_string())?;
        // Base64url and dots are a form value as they are.
        let body = format!("logout_token={}", *token);
        let call = self.http.post(address.clone()).timeout(REQUEST_TIMEOUT).body(body);
        let call = call.header("content-type", "application/x-www-form-urlencoded");
        match call.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("the client `{client_id}` answered {}", answer.status().as_u16())),
            Err(error) if error.is_timeout() => {
                Err(format!("the client `{client_id}` did not answer in time"))
            }
            Err(_) => Err(format!("the client `{client_id}` cannot be reached")),
        }
    }

    async fn complete(&self, job: &Job) -> Result<Completed, Failure> {
        let complete = async |mut tx: LentTransaction| {
            let completed = self.queue.complete(&mut tx, job).await?;
            Ok::<_, DbError>(tx.commit(completed))
        };
        Ok(self.server.context().services.db.transact(complete).await?)
    }
}

impl Handler for Notice {
    async fn handle(&self, job: &Job) -> Result<Completed, Failure> {
        let Some(ended) = EndedSession::read(job) else {
            return Err(Failure::Never("its row is unreadable".into()));
        };
        // One that does not want to be told, or is no longer a client.
        let client = self.server.context().clients.find(ended.client_id.as_str());
        let Some(address) = client.and_then(|client| client.backchannel_logout_uri.clone()) else {
            return self.complete(job).await;
        };
        match self.tell(&ended, &address).await {
            Ok(()) => {
                count("told");
                self.complete(job).await
            }
            Err(reason) if self.queue.clock().now().since(job.created_at) >= RETRY_PERIOD => {
                Err(Failure::Never(reason.into()))
            }
            Err(reason) => Err(Failure::Later(reason)),
        }
    }

    async fn on_dead(&self, tx: &mut Transaction, job: &Job, _: &DeathReason) -> Result<(), DbError> {
        let source = Source::system();
        let given_up = AuditEvent::new(AuditKind::BackchannelLogout, &source).failed("given_up");
        let ended = EndedSession::read(job);
        let given_up = match &ended {
            Some(ended) => given_up.about(ended.subject.uuid()).with_client(ended.client_id.as_str()),
            None => given_up,
        };
        self.server.context().services.audit.record(tx, &given_up).await
    }

    fn count(&self, _: &Job, outcome: Outcome) {
        match outcome {
            Outcome::Done => {}
            Outcome::Postponed => count("postponed"),
            Outcome::Dead => count("given_up"),
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("daemun_backchannel_logouts_total", "outcome" => outcome).increment(1);
}
