//! Sections of the file that `GET /api/users/me/export` gives out: what the parts beside `members` keep about a member. No
//! secret and no hash is in it.

use std::collections::BTreeSet;

use authorization::{ConnectedApp, ConsentError};
use contract::Place;
use db::DbError;
use futures::future::BoxFuture;
use kernel::Timestamp;
use names::MemberId;
use notifications::SeenPlace;
use serde_json::{Value, json};
use sessions::{OwnApp, OwnSession, RememberedDevice, SessionsError};
use web::streamed::{Pieces, list, object};

use crate::pages::place::place;
use crate::services::Services;

/// A section of a member's export, read at once.
#[derive(Clone, Copy)]
pub struct Section {
    /// Its name in the file.
    pub name: &'static str,
    /// Reads it.
    pub read: Read,
}

/// Reads what a section holds.
pub type Read = for<'a> fn(&'a Services, &'a About) -> BoxFuture<'a, Result<Value, DbError>>;

/// A section of which there may be very much: it is read while the file is sent.
#[derive(Clone, Copy)]
pub struct LongSection {
    /// Its name in the file.
    pub name: &'static str,
    /// Reads it.
    pub read: fn(&Services, MemberId) -> Pieces<DbError>,
}

/// Whom the file is about.
pub struct About {
    /// The member.
    pub member: MemberId,
    /// Networks that the file names in other sections: of some only a checksum is kept, and the member may as well learn which
    /// they are.
    pub networks: Vec<String>,
}

/// Where they are signed in.
pub fn sessions<'a>(services: &'a Services, about: &'a About) -> BoxFuture<'a, Result<Value, DbError>> {
    Box::pin(async move {
        let own = services.sessions.own.sessions_of(about.member, None).await.map_err(db_error)?;
        Ok(own.iter().map(session).collect())
    })
}

/// What operators saw of them, and what they saw as an operator: not who else it was, nor why.
pub fn seen_by_operators<'a>(
    services: &'a Services,
    about: &'a About,
) -> BoxFuture<'a, Result<Value, DbError>> {
    Box::pin(async move {
        let rows = services.access.about(about.member).await?;
        let seen = rows.into_iter().map(|row| json!({ "at": row.at.to_string(), "kind": row.kind }));
        Ok(seen.collect())
    })
}

/// The apps in which the member is signed in.
pub fn apps<'a>(services: &'a Services, about: &'a About) -> BoxFuture<'a, Result<Value, DbError>> {
    Box::pin(async move {
        let own = services.sessions.own.apps_of(about.member).await.map_err(db_error)?;
        Ok(own.iter().map(app).collect())
    })
}

/// In which browsers no code is asked for.
pub fn remembered_devices<'a>(
    services: &'a Services,
    about: &'a About,
) -> BoxFuture<'a, Result<Value, DbError>> {
    Box::pin(async move {
        let own = services.sessions.own.devices_of(about.member).await.map_err(db_error)?;
        Ok(own.iter().map(remembered_device).collect())
    })
}

/// Which apps of others sign them in.
pub fn connected_apps<'a>(services: &'a Services, about: &'a About) -> BoxFuture<'a, Result<Value, DbError>> {
    Box::pin(async move {
        let apps =
            services.authorization.connected_apps(about.member).await.map_err(ConsentError::into_db)?;
        Ok(apps.iter().map(connected_app).collect())
    })
}

/// The posts that the member wrote.
pub fn posts(services: &Services, member: MemberId) -> Pieces<DbError> {
    list(activity::export::posts_of(services.base.db.clone(), member))
}

/// Whom they follow, and who follows them.
pub fn follows(services: &Services, member: MemberId) -> Pieces<DbError> {
    let db = &services.base.db;
    object(vec![
        ("following", list(activity::export::following_of(db.clone(), member))),
        ("followers", list(activity::export::followers_of(db.clone(), member))),
    ])
}

/// The members whom the member blocks.
pub fn blocks(services: &Services, member: MemberId) -> Pieces<DbError> {
    list(activity::export::blocks_of(services.base.db.clone(), member))
}

/// Which posts they reported.
pub fn reports<'a>(services: &'a Services, about: &'a About) -> BoxFuture<'a, Result<Value, DbError>> {
    Box::pin(async move {
        let reports = activity::export::reports_of(&services.base.db, about.member).await?;
        // They are texts, which JSON can hold.
        serde_json::to_value(reports).map_err(|_| DbError::Unreadable { column: "post_reports.note" })
    })
}

/// From where they signed in before.
pub fn seen_places<'a>(services: &'a Services, about: &'a About) -> BoxFuture<'a, Result<Value, DbError>> {
    Box::pin(async move {
        let own = services.sessions.own.sessions_of(about.member, None).await.map_err(db_error)?;
        let of_sessions = own.into_iter().map(|own| own.network);
        let networks: BTreeSet<_> = about.networks.iter().cloned().chain(of_sessions).collect();
        let networks: Vec<_> = networks.into_iter().collect();
        let mut reader = services.base.db.read().await?;
        let key_ring = &services.base.key_ring;
        let seen = notifications::seen_places(&mut reader, key_ring, about.member, &networks).await?;
        Ok(seen.iter().map(|(place, until)| seen_place(place, *until)).collect())
    })
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

fn remembered_device(device: &RememberedDevice) -> Value {
    json!({
        "user_agent": device.user_agent,
        "place": place_in_words(&device.network),
        "network": device.network,
        "since": device.created_at.to_string(),
        "until": device.expires_at.to_string(),
    })
}

fn app(own: &OwnApp) -> Value {
    json!({ "signed_in_at": own.signed_in_at.to_string(), "last_used_at": own.used_at.to_string() })
}

fn connected_app(app: &ConnectedApp) -> Value {
    json!({
        "client_id": app.client_id.as_str(),
        "name": app.name,
        "scope": app.scope.as_str(),
        "first_used_at": app.first_used_at.to_string(),
        "last_used_at": app.last_used_at.to_string(),
    })
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
fn seen_place(place: &SeenPlace, until: Timestamp) -> Value {
    let (kind, name) = match place {
        SeenPlace::Device(device) => ("device", Some(device.to_string())),
        SeenPlace::Network(network) => ("network", Some(network.clone())),
        SeenPlace::Newcomer => ("none yet", None),
        SeenPlace::Checksum => ("checksum", None),
    };
    json!({ "kind": kind, "name": name, "remembered_until": until.to_string() })
}
