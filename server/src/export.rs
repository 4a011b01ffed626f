//! What the parts beside `members` keep about a member, for the file that `GET /api/users/me/export` gives out. None of
//! them may know the others, so it is put together here. No secret and no hash is in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::Place;
use db::{Database, DbError};
use futures::future::BoxFuture;
use kernel::{KeyRing, Timestamp};
use members::Elsewhere;
use names::MemberId;
use notifications::SeenPlace;
use serde_json::{Map, Value, json};
use sessions::{OwnApp, OwnSession, Sessions, SessionsError};

use crate::pages::place::place;

/// Where the others keep it.
pub struct OtherParts {
    /// The sessions, and the apps.
    pub sessions: Sessions,
    /// The tables of `notifications`.
    pub db: Database,
    /// What its checksums are made with.
    pub key_ring: Arc<KeyRing>,
}

impl Elsewhere for OtherParts {
    fn about<'a>(
        &'a self,
        member: MemberId,
        networks: &'a [String],
    ) -> BoxFuture<'a, Result<Map<String, Value>, DbError>> {
        Box::pin(async move {
            let browsers = self.sessions.sessions_of(member, None).await.map_err(db_error)?;
            let apps = self.sessions.apps_of(member).await.map_err(db_error)?;
            let of_sessions = browsers.iter().map(|own| own.network.clone());
            let networks: BTreeSet<_> = networks.iter().cloned().chain(of_sessions).collect();
            let networks: Vec<_> = networks.into_iter().collect();
            let mut reader = self.db.read().await?;
            let seen = notifications::seen_places(&mut reader, &self.key_ring, member, &networks);
            let seen = seen.await?;
            let list = |values: Vec<Value>| Value::Array(values);
            Ok(Map::from_iter([
                ("sessions".to_owned(), list(browsers.iter().map(session).collect())),
                ("apps".to_owned(), list(apps.iter().map(app).collect())),
                ("seen_places".to_owned(), list(seen.iter().map(seen_place).collect())),
            ]))
        })
    }
}

/// Sessions are only read here, so nothing but the database can fail.
fn db_error(error: SessionsError) -> DbError {
    match error {
        SessionsError::Db(error) => error,
        other => {
            tracing::error!(error = &other as &dyn std::error::Error, "sessions cannot be exported");
            DbError::Unreadable { column: "sessions" }
        }
    }
}

fn session(own: &OwnSession) -> Value {
    json!({
        "browser": own.device.browser,
        "system": own.device.system,
        "user_agent": own.user_agent,
        "place": place_in_words(&own.network),
        "network": own.network,
        "signed_in_with": own.session.method.as_str(),
        "signed_in_at": own.session.created_at.to_string(),
        "last_seen_at": own.session.last_seen_at.to_string(),
        "expires_at": own.session.expires_at.to_string(),
    })
}

fn app(own: &OwnApp) -> Value {
    json!({ "signed_in_at": own.signed_in_at.to_string(), "last_used_at": own.used_at.to_string() })
}

fn place_in_words(network: &str) -> &'static str {
    match place(network) {
        Place::ThisMachine => "this machine",
        Place::PrivateNetwork(_) => "private network",
        Place::Internet(_) => "internet",
        Place::Unknown => "unknown",
    }
}

/// Of a network that nothing else in the file names, only a checksum is left: then all that can be said is that there is one.
fn seen_place((place, until): &(SeenPlace, Timestamp)) -> Value {
    let (kind, name) = match place {
        SeenPlace::Device(device) => ("device", Some(device.to_string())),
        SeenPlace::Network(network) => ("network", Some(network.clone())),
        SeenPlace::Newcomer => ("none yet", None),
        SeenPlace::Checksum => ("checksum", None),
    };
    json!({ "kind": kind, "name": name, "remembered_until": until.to_string() })
}
