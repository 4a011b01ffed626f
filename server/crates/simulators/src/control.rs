//! The control surface for tests: JSON under `/control/{provider}/…`.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Registration;
use crate::notice;
use crate::simulated_failure::Planned;
use crate::simulator::{Simulator, Switches};
use crate::user::User;

type Simulated = Shared<Arc<Simulator>>;

/// The control surface of one provider.
pub(crate) fn router(simulator: &Arc<Simulator>) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/client", put(register))
        .route("/users/{key}", put(put_user).delete(delete_user))
        .route("/users/{key}/cut", post(cut))
        .route("/switches", put(switch))
        .route("/faults", post(plan).delete(recover))
        .route("/rotate-keys", post(rotate))
        .route("/requests", get(requests).delete(clear))
        .with_state(Arc::clone(simulator))
}

async fn show(Shared(simulator): Simulated) -> Json<Value> {
    simulator.with(|state| {
        let consented: Vec<_> = state.users.keys().filter(|key| state.grants.has_consented(key)).collect();
        Json(json!({
            "provider": simulator.kind.name(),
            "issuer": state.issuer(),
            "client": state.client,
            "users": state.users,
            "consented": consented,
            "switches": state.switches,
            "faults": state.planned,
            "kid": state.keys.current_kid(),
        }))
    })
}

async fn register(Shared(simulator): Simulated, Json(client): Json<Registration>) -> StatusCode {
    simulator.with(|state| state.client = client);
    StatusCode::NO_CONTENT
}

async fn put_user(
    Shared(simulator): Simulated,
    Path(key): Path<String>,
    Json(user): Json<User>,
) -> StatusCode {
    simulator.with(|state| state.users.insert(key, user));
    StatusCode::NO_CONTENT
}

async fn delete_user(Shared(simulator): Simulated, Path(key): Path<String>) -> StatusCode {
    let known = simulator.with(|state| {
        state.grants.unlink(&key);
        state.users.remove(&key).is_some()
    });
    if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

/// The person disconnects the app at the provider. Returns the provider webhook that the provider would send; 404 if it sends
/// none.
async fn cut(Shared(simulator): Simulated, Path(key): Path<String>) -> Result<Json<Value>, StatusCode> {
    simulator.with(|state| {
        state.grants.unlink(&key);
        let user = state.users.get(&key).ok_or(StatusCode::NOT_FOUND)?;
        notice::of(&simulator, state, user).map(Json).ok_or(StatusCode::NOT_FOUND)
    })
}

/// Sets the switches; one that is not named is set to its default.
async fn switch(Shared(simulator): Simulated, Json(switches): Json<Switches>) -> StatusCode {
    simulator.with(|state| state.switches = switches);
    StatusCode::NO_CONTENT
}

async fn plan(Shared(simulator): Simulated, Json(planned): Json<Planned>) -> (StatusCode, &'static str) {
    if !planned.makes_sense() {
        return (StatusCode::UNPROCESSABLE_ENTITY, "this failure cannot strike there");
    }
    simulator.with(|state| state.planned.push(planned));
    (StatusCode::NO_CONTENT, "")
}

async fn recover(Shared(simulator): Simulated) -> StatusCode {
    simulator.with(|state| state.planned.clear());
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// Removes the old key from the key set at once, as after a theft.
    #[serde(default)]
    forget: bool,
}

async fn rotate(Shared(simulator): Simulated, Json(rotation): Json<Rotation>) -> StatusCode {
    simulator.with(|state| state.keys.rotate(rotation.forget));
    StatusCode::NO_CONTENT
}

async fn requests(Shared(simulator): Simulated) -> Json<Value> {
    simulator.with(|state| Json(json!(state.requests)))
}

async fn clear(Shared(simulator): Simulated) -> StatusCode {
    simulator.with(|state| state.requests.clear());
    StatusCode::NO_CONTENT
}
