//! Every part of the program, from the bottom up. A new one enters here.

use std::sync::Arc;

use db::Storage;
use web::{PageForm, Routes, guard, public_document};

use crate::activity::newsfeed;
use crate::config::Config;
use crate::gateway::protected_resource::{self, Described};
use crate::gateway::verify;
use crate::http::{drafts, jwks, language};
use crate::pages;
use crate::parts::background;
use crate::parts::endpoints::endpoints;
use crate::parts::erasure;
use crate::parts::expiry::ExpiryRule;
use crate::parts::export::{self, LongSection, Section};
use crate::parts::part::Part;
use crate::parts::reseal;
use crate::parts::states::States;

/// The parts that this configuration switches on.
pub fn parts_on(config: &Config) -> Vec<&'static Part> {
    PARTS.iter().filter(|part| (part.is_on)(config)).collect()
}

/// Storage, configuration, endpoints, jobs and sections of the export of every part.
pub const PARTS: &[Part] = &[
    Part { configuration: &["database"], ..Part::of(&db::STORAGE) },
    Part { reseal: Some(reseal::jobs), ..Part::of(&jobs::STORAGE) },
    Part {
        configuration: &["limits"],
        expiry: &[ExpiryRule::new("limit_counts", |_, tx, now, limit| {
            Box::pin(limits::delete_expired(tx, now, limit))
        })],
        ..Part::of(&limits::STORAGE)
    },
    Part {
        configuration: &["audit"],
        expiry: &[ExpiryRule::new("audit_events", |services, tx, _, limit| {
            Box::pin(services.audit.delete_expired(tx, limit))
        })],
        background: background::audit,
        ..Part::of(&audit::STORAGE)
    },
    Part {
        configuration: &["events", "kafka"],
        erasure: Some(erasure::events),
        ..Part::of(&events::STORAGE)
    },
    Part {
        configuration: &["webhooks"],
        consumers: |services| services.webhooks.consumer(&services.base).into_iter().collect(),
        background: background::webhooks,
        ..Part::of(&webhooks::STORAGE)
    },
    Part {
        configuration: &["tokens"],
        endpoints: |origin| {
            let routes = Routes::new(origin.clone())
                .read_often("/oauth2/jwks", guard::public(), jwks::get)
                .options("/oauth2/jwks", guard::public(), public_document::preflight);
            // The keys alone: a state is cloned for each request, and the whole service is some thirty counters.
            vec![endpoints(routes, |states| Arc::clone(&states.services.tokens.keys))]
        },
        expiry: &[ExpiryRule::new("signing_keys", |services, tx, _, _| {
            Box::pin(services.tokens.keys.delete_gone_keys(tx))
        })],
        reseal: Some(reseal::tokens),
        ..Part::of(&tokens::STORAGE)
    },
    Part { configuration: &["providers", "outgoing"], ..Part::of(&providers::STORAGE) },
    Part {
        configuration: &["mail"],
        jobs: &[&notifications::MAIL],
        reseal: Some(reseal::mails),
        erasure: Some(erasure::mails),
        sections: &[Section { name: "seen_places", read: export::seen_places }],
        ..Part::of(&notifications::STORAGE)
    },
    Part {
        configuration: &["members", "passkeys", "roles"],
        jobs: &members::JOBS,
        endpoints: |origin| {
            vec![
                endpoints(members::routes(origin.clone()), States::members),
                endpoints(members::webhook_routes(origin.clone()), States::webhooks),
            ]
        },
        background: background::members,
        ..Part::of(&members::STORAGE)
    },
    Part {
        configuration: &["session", "second_factor"],
        endpoints: |origin| {
            vec![endpoints(sessions::routes(origin.clone()), |states| states.services.sessions.clone())]
        },
        sections: &[
            Section { name: "sessions", read: export::sessions },
            Section { name: "apps", read: export::apps },
            Section { name: "remembered_devices", read: export::remembered_devices },
        ],
        background: background::sessions,
        ..Part::of(&sessions::STORAGE)
    },
    Part {
        configuration: &["clients", "authorization"],
        endpoints: |origin| {
            vec![endpoints(authorization::routes(origin.clone()), |states| {
                states.services.authorization.clone()
            })]
        },
        expiry: &[ExpiryRule::new("registered_clients", |services, tx, now, limit| {
            Box::pin(services.authorization.delete_unused_clients(tx, now, limit))
        })],
        prepared: Some(erasure::consents),
        sections: &[Section { name: "connected_apps", read: export::connected_apps }],
        jobs: &[&authorization::BACKCHANNEL_LOGOUT],
        background: background::authorization,
        ..Part::of(&authorization::STORAGE)
    },
    Part {
        configuration: &["activity"],
        is_on: |config| config.activity.enabled,
        jobs: &activity::JOBS,
        endpoints: |origin| vec![endpoints(activity::routes(origin.clone()), States::activity)],
        erasure: Some(erasure::activity),
        consumers: |services| vec![newsfeed(&services.activity)],
        background: background::activity,
        sections: &[Section { name: "reports", read: export::reports }],
        long_sections: &[
            LongSection { name: "posts", read: export::posts },
            LongSection { name: "follows", read: export::follows },
            LongSection { name: "blocks", read: export::blocks },
        ],
        ..Part::of(&activity::STORAGE)
    },
    Part {
        configuration: &["admin"],
        jobs: &[&admin::LONG_WORK],
        endpoints: |origin| {
            vec![
                endpoints(admin::routes(origin.clone()), States::admin),
                endpoints(admin::operations_routes(origin.clone()), States::operations),
            ]
        },
        expiry: &[ExpiryRule::new("access_log", |services, tx, now, limit| {
            Box::pin(services.access.delete_expired(tx, now, limit))
        })],
        sections: &[Section { name: "seen_by_operators", read: export::seen_by_operators }],
        ..Part::of(&admin::STORAGE)
    },
    Part {
        configuration: &["gateway"],
        endpoints: |origin| {
            let routes =
                Routes::new(origin.clone()).read_often("/auth/verify", guard::gateway(), verify::get);
            let described = Routes::new(origin.clone())
                .get(gateway::PROTECTED_RESOURCES, guard::public(), protected_resource::root)
                .options(gateway::PROTECTED_RESOURCES, guard::public(), protected_resource::root_preflight)
                .get(
                    "/.well-known/oauth-protected-resource/{*path}",
                    guard::public(),
                    protected_resource::below,
                )
                .options(
                    "/.well-known/oauth-protected-resource/{*path}",
                    guard::public(),
                    protected_resource::below_preflight,
                );
            vec![
                endpoints(routes, |states| states.services.gateway.clone()),
                endpoints(described, |states| Described::of(&states.services)),
            ]
        },
        ..Part::of(&Storage::none("gateway"))
    },
    Part {
        configuration: &["site"],
        endpoints: |origin| {
            let language = Routes::new(origin.clone()).form(
                "/api/language",
                guard::same_origin(),
                PageForm::button(),
                language::post,
            );
            vec![
                endpoints(language, |states| states.language.clone()),
                endpoints(pages::routes(origin.clone()), |states| states.pages.clone()),
            ]
        },
        ..Part::of(&drafts::store::STORAGE)
    },
];
