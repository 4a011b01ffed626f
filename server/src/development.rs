//! The development build alone: the simulated providers, `/dev/clock` and `/dev/mail`. None of it exists in a release build.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use kernel::{Clock as _, ShiftedClock};
use names::ProviderName;
use notifications::mailbox::{self, Mailbox};
use providers::Protocol;
use serde::{Deserialize, Serialize};
use simulators::{SimulatorSettings, Simulators};
use utoipa::ToSchema;
use web::guard::development;
use web::{Plain, PublicOrigin, Refusal, Routes, StrictJson};

use crate::base::Base;
use crate::config::{Config, Mode, Span};
use crate::environment::Environment;
use crate::http::assets::Assets;
use crate::start_error::StartError;

/// The furthest that one call moves the clock.
const MAX_ADVANCE: Duration = Duration::from_hours(9600);

/// Starts the simulators if any provider needs one; they share the program's clock.
///
/// # Errors
/// When their address is taken.
pub async fn start_simulators(
    config: &Config,
    environment: &Environment,
) -> Result<Option<Simulators>, StartError> {
    if !config.simulators.enabled || !config.providers.any_without_client() {
        return Ok(None);
    }
    let address = config.simulators.listen;
    let settings = SimulatorSettings {
        listen: address,
        redirect_base: config.public_url.clone(),
        kakao_openid_connect: config
            .providers
            .find(ProviderName::Kakao)
            .is_some_and(|kakao| kakao.protocol == Protocol::OpenIdConnect),
    };
    Simulators::start(settings, Arc::clone(&environment.clock), Arc::clone(&environment.randomness))
        .await
        .map(Some)
        .map_err(|source| StartError::Listen { key: "simulators.listen", address, source })
}

/// The routes under `/dev/`: the mailbox in development mode, and the clock where it can be moved.
pub fn routes(
    config: &Config,
    base: &Base,
    environment: &Environment,
    assets: &Assets,
) -> Option<Routes<()>> {
    if config.mode != Mode::Development {
        return None;
    }
    let origin = PublicOrigin::of(&config.public_url);
    let style_sheet = format!("/pkg/{}.css", assets.output_name()).into();
    let Base { db, key_ring, .. } = base.clone();
    let mailbox = Mailbox { db, key_ring, style_sheet };
    let routes = mailbox::routes(origin.clone()).with_state(mailbox);
    let routes =
        routes.and(Routes::new(origin.clone()).post("/dev/panic", development(), fail).with_state(()));
    let clock = environment
        .movable_clock
        .clone()
        .map(|clock| Routes::new(origin).post("/dev/clock", development(), advance).with_state(clock));
    Some(match clock {
        Some(clock) => routes.and(clock),
        None => routes,
    })
}

/// `POST /dev/panic`: a deliberate internal error, to see what people and the log are told. The body is part of its message.
#[expect(clippy::panic, reason = "that is what it is for")]
async fn fail(body: String) -> Refusal {
    panic!("asked for with {body}")
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: String,
}

#[derive(Serialize, ToSchema)]
struct Moved {
    now: String,
}

/// `POST /dev/clock {"advance":"31m"}`: moves the program's clock ahead, and answers what time it is now.
async fn advance(
    State(clock): State<Arc<ShiftedClock>>,
    body: Result<StrictJson<Advance>, Refusal>,
) -> Result<Plain<Moved>, Refusal> {
    let allowed = "a duration such as `90s`, `31m`, `14d`, at most 400 days";
    let StrictJson(body) = body.map_err(|_| Refusal::field("advance", allowed))?;
    let span: Duration = body.advance.parse::<Span>().map_err(|_| Refusal::field("advance", allowed))?.get();
    if span > MAX_ADVANCE {
        return Err(Refusal::field("advance", allowed));
    }
    clock.advance(span);
    Ok(Plain::of(&Moved { now: clock.now().to_string() }))
}
