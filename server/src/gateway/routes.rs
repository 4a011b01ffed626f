//! The configured routes, checked against everything else that the program answers.

use gateway::{Audiences, KnownNames, OwnPaths, RouteTable};
use web::PublicOrigin;

use crate::compose;
use crate::config::{Config, ConfigError, Finding};

/// Checks the routes as a whole.
///
/// # Errors
/// Everything that is wrong, each with its place in the file.
pub fn table(config: &Config) -> Result<RouteTable, ConfigError> {
    let own = own_paths(&PublicOrigin::of(&config.public_url));
    let (known, audiences) = (known_names(config), audiences(config));
    RouteTable::check(&config.gateway.routes, &known, &audiences, &own).map_err(|findings| {
        ConfigError(findings.iter().map(|finding| config.gateway.place(finding)).collect())
    })
}

/// What is allowed in a checked table but probably not intended, each with its place in the file.
pub fn doubts(config: &Config, table: &RouteTable) -> Vec<Finding> {
    table.doubts().iter().map(|doubt| config.gateway.place(doubt)).collect()
}

fn audiences(config: &Config) -> Audiences {
    Audiences {
        own: config.tokens.issuer.clone(),
        origin: PublicOrigin::of(&config.public_url).as_str().to_owned(),
        shared: config.tokens.audience.clone(),
    }
}

/// What no route may take: every path that the program answers, and those that the design keeps for it, so that an
/// update does not collide with a team's routes.
fn own_paths(origin: &PublicOrigin) -> OwnPaths {
    OwnPaths::of_design().and(compose::table(origin).iter().map(|entry| entry.path))
}

/// What somebody can be given: through a browser session, or through another client.
fn known_names(config: &Config) -> KnownNames {
    let of_sessions = config.session.scope.words();
    let scopes = of_sessions.chain(config.gateway.scope.words()).map(str::to_owned).collect();
    KnownNames { scopes, roles: config.roles.all().collect() }
}
