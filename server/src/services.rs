//! The services of the parts, as the program makes them at its start: each from what is below it. No part sees this value;
//! the list of parts takes from it what each one works with.

use std::num::NonZeroU32;
use std::sync::Arc;

use activity::Activity;
use admin::{AccessLog, AdminApi, BusLook, Invitations, Operations};
use audit::AuditLog;
use authorization::AuthorizationServer;
use gateway::{Gateway, RouteTable};
use jiff::tz::TimeZone;
use limits::SharedCounts;
use members::Members;
use names::Source;
use providers::Providers;
use sessions::{SessionLimits, Sessions};
use tokens::Tokens;
use web::PublicOrigin;

use crate::accounts::{AccountPorts, members_of};
use crate::activity::activity_of;
use crate::authorization::server_of;
use crate::base::Base;
use crate::config::Config;
use crate::gateway::authenticator::GatewayAuthenticator;
use crate::operations::{Looked, operations_of};
use crate::start_error::StartError;
use crate::webhooks::Webhooks;

/// The services that serve. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// What they are made from.
    pub base: Base,
    /// Where what happens is written down.
    pub audit: AuditLog,
    /// Where it is written down what operators see of members.
    pub access: AccessLog,
    /// The zone of the days that people name.
    pub zone: TimeZone,
    /// Keys and tokens.
    pub tokens: Tokens,
    /// Who can sign in.
    pub members: Arc<Members>,
    /// Who is signed in.
    pub sessions: Arc<Sessions>,
    /// What lets other apps sign people in.
    pub authorization: AuthorizationServer,
    /// What sends webhooks, and to whom.
    pub webhooks: Webhooks,
    /// Following, posts and the feed.
    pub activity: Activity,
    /// Whether there are any.
    pub has_activity: bool,
    /// The gateway before the team's services.
    pub gateway: Gateway,
    /// The gateway's counts, which replicas exchange.
    pub gateway_counts: Arc<SharedCounts>,
    /// What operators see of all this, and do with it.
    pub operations: Arc<Operations>,
}

/// What the program has found out before it makes its services.
pub struct Found {
    /// How the providers are reached.
    pub providers: providers::Settings,
    /// The gateway's routes.
    pub routes: RouteTable,
    /// What `members` gets from the program.
    pub accounts: AccountPorts,
    /// What is known of the bus.
    pub bus: Arc<dyn BusLook>,
    /// How many steps it takes to seal everything again.
    pub reseal_steps: usize,
}

impl Services {
    /// The services of a configuration.
    ///
    /// # Errors
    /// When a setting cannot be worked with.
    pub fn new(config: &Config, base: Base, found: Found) -> Result<Self, StartError> {
        let Found { providers, routes, accounts, bus, reseal_steps } = found;
        let origin = PublicOrigin::of(&config.public_url);
        let audit = base.audit(config);
        let tokens = base.tokens(config, &audit, Source::system())?;
        let members = members_of(config, &base, &audit, &tokens, accounts)?;
        let Base { key_ring, context, .. } = &base;
        let providers = Providers::new(
            providers,
            Arc::clone(key_ring),
            Arc::clone(&context.clock),
            Arc::clone(&context.randomness),
        )?;
        let below = sessions::Services {
            db: base.db.clone(),
            providers,
            tokens: tokens.clone(),
            members: members.clone(),
            audit: audit.clone(),
            limits: base.limits.clone(),
        };
        let sessions = sessions_of(config, &origin, below, &base);
        let below = authorization::Services {
            db: base.db.clone(),
            sessions: sessions.clone(),
            tokens: tokens.clone(),
            audit: audit.clone(),
            limits: base.limits.clone(),
        };
        let authorization = server_of(config, below, &base, routes.protected_resources())?;
        let activity = activity_of(config, &base, &audit);
        let counts = SharedCounts::new(base.limits.clone());
        let gateway_counts = Arc::new(counts);
        let authenticator = GatewayAuthenticator::new(
            tokens.clone(),
            sessions.clone(),
            origin.clone(),
            Arc::clone(&base.context.clock),
        );
        let mut settings = config.gateway.settings(origin);
        tokens.own_audience().clone_into(&mut settings.own_audience);
        let gateway = Gateway::new(
            settings,
            routes,
            Arc::new(authenticator),
            Arc::clone(&gateway_counts),
            context.clone(),
        )?;
        let webhooks = Webhooks::new(config)?;
        let looked = Looked {
            audit: audit.clone(),
            bus,
            gateway: gateway.clone(),
            webhooks: webhooks.clone(),
            tokens: tokens.clone(),
            reseal_steps,
        };
        let operations = Arc::new(operations_of(config, &base, looked)?);
        Ok(Self {
            base,
            audit,
            access: AccessLog::new(members.context.clone(), config.admin.access_log.get()),
            zone: config.site.time_zone.clone(),
            tokens,
            members,
            sessions,
            authorization,
            webhooks,
            activity,
            has_activity: config.activity.enabled,
            gateway,
            gateway_counts,
            operations,
        })
    }
}

impl Services {
    /// What operators work with, in a browser and by programs.
    pub fn admin(&self) -> AdminApi {
        let Self { members, sessions, tokens, audit, access, authorization, zone, .. } = self;
        AdminApi {
            sessions: sessions.clone(),
            members: members.clone(),
            tokens: tokens.clone(),
            audit: audit.clone(),
            authorization: authorization.clone(),
            access: access.clone(),
            activity: self.has_activity.then(|| self.activity.context.clone()),
            zone: zone.clone(),
            invitations: Invitations::new(members.context.clone(), members.roles.clone()),
        }
    }
}

fn sessions_of(
    config: &Config,
    origin: &PublicOrigin,
    below: sessions::Services,
    base: &Base,
) -> Arc<Sessions> {
    let per_minute = NonZeroU32::new(config.limits.rates.sign_ins_per_minute).unwrap_or(NonZeroU32::MIN);
    let settings = sessions::Settings {
        origin: origin.clone(),
        limits: SessionLimits { idle: config.session.idle.get(), absolute: config.session.absolute.get() },
        sign_ins_per_minute: per_minute,
        scope: config.session.scope.clone(),
        remember: config.second_factor.remember,
    };
    Sessions::new(&settings, below, &base.key_ring, base.context.clone())
}
