//! The job of telling a client, as it is in the queue.

use jobs::{Job, JobKind};
use kernel::Purpose;
use names::{MemberId, SessionId};
use serde::{Deserialize, Serialize};
use tokens::ClientId;

use crate::store::session_clients::SessionClient;

/// A client that is to be told. Nothing in it is secret, and what became of it is counted; so its row goes when it is done or
/// dead.
pub static BACKCHANNEL_LOGOUT: JobKind = JobKind {
    name: "backchannel-logout",
    purpose: Purpose::new("backchannel-logout"),
    sealed_for: |job| job.id.clone(),
    longest_wait: None,
    keep_done: None,
    keep_dead: None,
    can_be_retried: |_| false,
    holds: "apps that are to be told that a session ended: the app's id, the session's, and the member's",
    kept: "until the app has confirmed, an hour at most",
    erasure: "stays its hour, or the app would not hear that the session ended",
};

/// What is written of it, beside the member, who is its owner.
#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    client_id: String,
    sid: String,
}

impl Payload {
    pub(crate) fn new(client: &SessionClient) -> Self {
        Self { client_id: client.client_id.as_str().to_owned(), sid: client.sid.to_string() }
    }

    pub(crate) fn text(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// Which client is to be told of the end of which session.
pub(crate) struct EndedSession {
    pub(crate) client_id: ClientId,
    pub(crate) subject: MemberId,
    /// As the client calls it.
    pub(crate) sid: SessionId,
}

impl EndedSession {
    /// `None` for a row that was spoilt, or that a newer version wrote.
    pub(crate) fn read(job: &Job) -> Option<Self> {
        let payload: Payload = serde_json::from_str(&job.payload).ok()?;
        Some(Self {
            client_id: ClientId::parse(&payload.client_id)?,
            subject: MemberId::parse(job.owner.as_deref()?).ok()?,
            sid: SessionId::parse(&payload.sid).ok()?,
        })
    }
}
