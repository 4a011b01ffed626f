//! `/admin/program`: findings, replicas, recent refusals and routes.

use contract::views::admin::{GatewayRouteEntry, ProgramView, RefusedEntry, ReplicaEntry};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::LocalTime;
use crate::components::admin::{AdminFrame, code, findings, section};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::{admin_program as texts, lease_text};
use crate::time_phrases::TimeStyle;

/// The state of the program.
pub struct Program;

impl Page for Program {
    type View = ProgramView;

    const RECORD: &'static Record =
        &Record::admin(path::ADMIN_PROGRAM, texts::title).called(texts::navigation);

    fn draw(view: ProgramView) -> AnyView {
        let language = language();
        let ProgramView { findings: found, replicas, refused, gateway, own } = view;
        let own = own.into_iter().map(|(route, guard)| vec![code(route), code(guard)]).collect();
        view! {
            <AdminFrame heading=texts::heading(language)>
                {findings(found, None, language)}
                {section(
                    texts::replicas(language),
                    vec![
                        texts::replica(language),
                        texts::version(language),
                        texts::started_at(language),
                        texts::beat_at(language),
                        texts::clock(language),
                        texts::leases(language),
                    ],
                    replicas.into_iter().map(|replica| replica_row(replica, language)).collect(),
                    texts::no_replicas(language),
                )}
                {section(
                    texts::refused(language),
                    vec![
                        texts::limit(language),
                        texts::key(language),
                        texts::times(language),
                        texts::last_at(language),
                        texts::replica(language),
                    ],
                    refused.into_iter().map(|refused| refused_row(refused, language)).collect(),
                    texts::nobody_refused(language),
                )}
                {section(
                    texts::gateway(language),
                    vec![texts::route(language), texts::guard(language), texts::upstream(language)],
                    gateway.into_iter().map(gateway_row).collect(),
                    texts::no_gateway(language),
                )}
                <details class="action">
                    <summary class="action__name">{texts::own(language)}</summary>
                    {section(texts::own(language), vec![texts::route(language), texts::guard(language)], own, "")}
                </details>
            </AdminFrame>
        }
        .into_any()
    }
}

fn replica_row(replica: ReplicaEntry, language: Language) -> Vec<AnyView> {
    let away = (!replica.is_beating)
        .then(|| view! { " " <strong class="mark-off">{texts::away(language)}</strong> });
    vec![
        code(replica.id),
        replica.version.into_any(),
        view! { <LocalTime at=replica.started_at style=TimeStyle::WithClock /> }.into_any(),
        view! { <LocalTime at=replica.beat_at style=TimeStyle::WithClock /> {away} }.into_any(),
        texts::milliseconds(language, replica.clock_ahead.to_string()).into_any(),
        leases_text(&replica.leases, language).into_any(),
    ]
}

fn leases_text(leases: &[String], language: Language) -> String {
    let texts = leases.iter().map(|lease| lease_text(lease, language).unwrap_or(lease));
    texts.collect::<Vec<_>>().join(", ")
}

fn refused_row(refused: RefusedEntry, language: Language) -> Vec<AnyView> {
    let key = if refused.key.is_empty() { texts::everybody(language).into_any() } else { code(refused.key) };
    let last = view! { <LocalTime at=refused.last_at style=TimeStyle::WithClock /> }.into_any();
    vec![code(refused.limit), key, refused.times.into_any(), last, code(refused.replica)]
}

fn gateway_row(row: GatewayRouteEntry) -> Vec<AnyView> {
    vec![code(row.route), code(row.guard), code(row.upstream)]
}
