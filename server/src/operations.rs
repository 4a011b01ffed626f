//! What operators see of this program at work, put together from its parts.

use std::sync::Arc;

use admin::{
    Bus, BusLook, ClientBook, DeadLetters, Health, LongWork, MailQueue, Operations, Refused, SettingFindings,
    ShownSecrets, ToReseal,
};
use audit::AuditLog;
use gateway::Gateway;
use tokens::Tokens;

use crate::authorization::{clients, rules};
use crate::base::Base;
use crate::config::{Config, ConfigError};
use crate::webhooks::Webhooks;

/// What is looked at.
pub struct Looked {
    /// Where what operators do is written down.
    pub audit: AuditLog,
    /// The buses.
    pub bus: Arc<dyn BusLook>,
    /// The gateway.
    pub gateway: Gateway,
    /// What sends webhooks, and to whom.
    pub webhooks: Webhooks,
    /// Keys and tokens.
    pub tokens: Tokens,
    /// How many steps it takes to seal everything again.
    pub reseal_steps: usize,
}

/// What operators see of the program, and do with it.
///
/// # Errors
/// When a client of the configuration is wrong.
pub fn operations_of(config: &Config, base: &Base, looked: Looked) -> Result<Operations, ConfigError> {
    let Looked { audit, bus, gateway, webhooks, tokens, reseal_steps } = looked;
    let Base { db, context, limits, replica, .. } = base.clone();
    let clock = Arc::clone(&context.clock);
    Ok(Operations {
        clients: client_book(config, base, &tokens, &audit)?,
        tokens,
        resealed: ToReseal { steps: reseal_steps, newest: base.key_ring.newest() },
        bus: Bus::new(db.clone(), Arc::clone(&bus)),
        dead_letters: DeadLetters::new(db.clone(), Arc::clone(&clock), audit.clone()),
        mails: MailQueue::new(db.clone(), Arc::clone(&clock), audit.clone()),
        receivers: webhooks.for_operators(base, audit.clone()),
        health: Health {
            settings: SettingFindings::default(),
            db: db.clone(),
            clock: Arc::clone(&clock),
            bus,
            gateway,
            receivers: Arc::clone(&webhooks.receivers),
        },
        long_work: LongWork {
            db: db.clone(),
            queue: base.queue(),
            clock: Arc::clone(&clock),
            randomness: context.randomness,
            audit,
        },
        refused: Refused { limits, replica },
        db,
        clock,
    })
}

/// Clients, as operators work with them.
///
/// # Errors
/// When one of the configuration is wrong.
pub fn client_book(
    config: &Config,
    base: &Base,
    tokens: &Tokens,
    audit: &AuditLog,
) -> Result<ClientBook, ConfigError> {
    Ok(ClientBook {
        db: base.db.clone(),
        tokens: tokens.clone(),
        audit: audit.clone(),
        context: base.context.clone(),
        configured: clients(config)?,
        written: config.clients.configs.clone(),
        rules: rules(config),
        shown: ShownSecrets { key_ring: Arc::clone(&base.key_ring), context: base.context.clone() },
    })
}
