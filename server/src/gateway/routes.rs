//! The configured routes, checked against everything else that the program answers.

use gateway::{Audiences, KnownNames, OwnPaths, RouteTable};
use web::PublicOrigin;

use crate::compose;
use crate::config::{Config, ConfigError, Finding};

const RESTART: &str = "Restart the program: only the routes are read again, and what they need of the rest of the file takes effect \
                       at a start";

/// What routes are judged by, besides each other.
#[derive(Clone, Debug)]
pub struct RouteRules {
    known: KnownNames,
    audiences: Audiences,
    own: OwnPaths,
}

impl RouteRules {
    /// By all of the file.
    pub fn of(config: &Config) -> Self {
        Self {
            known: known_names(config),
            audiences: audiences(config),
            own: own_paths(&PublicOrigin::of(&config.public_url)),
        }
    }

    fn table(&self, config: &Config) -> Result<RouteTable, ConfigError> {
        let Self { known, audiences, own } = self;
        RouteTable::check(&config.gateway.routes, known, audiences, own).map_err(|findings| {
            ConfigError(findings.iter().map(|finding| config.gateway.place(finding)).collect())
        })
    }

    /// Checks the routes of another file for the program that began with these rules: what only the file allows, such as a
    /// scope that is new in it, nobody can get before the next start.
    ///
    /// # Errors
    /// What is wrong with the file, or else what has to wait.
    pub fn table_of_running(&self, config: &Config) -> Result<RouteTable, ConfigError> {
        table(config)?;
        self.table(config).map_err(|ConfigError(findings)| {
            ConfigError(
                findings.into_iter().map(|finding| Finding { cure: RESTART.to_owned(), ..finding }).collect(),
            )
        })
    }
}

/// Checks the routes as a whole.
///
/// # Errors
/// Everything that is wrong, each with its place in the file.
pub fn table(config: &Config) -> Result<RouteTable, ConfigError> {
    RouteRules::of(config).table(config)
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
