//! `/admin/program`: findings, replicas, recent refusals and routes.

use contract::views::admin::{FindingEntry, GatewayRouteEntry, ProgramView, RefusedEntry, ReplicaEntry};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::admin::{AdminFrame, code, section};
use crate::components::{LocalTime, with_time};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::{admin_program as texts, finding_cure, finding_text};
use crate::time_phrases::TimeStyle;

/// The state of the program.
pub struct Program;

impl Page for Program {
    type View = ProgramView;

    const RECORD: &'static Record =
        &Record::admin(path::ADMIN_PROGRAM, texts::title).called(texts::navigation);

    fn draw(view: ProgramView) -> AnyView {
        let language = language();
        let ProgramView { findings, replicas, refused, gateway, own } = view;
        let own = own.into_iter().map(|(route, guard)| vec![code(route), code(guard)]).collect();
        view! {
            <AdminFrame heading=texts::heading(language)>
                {finding_list(findings, language)}
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
                    vec![texts::limit(language), texts::key(language), texts::times(language), texts::last_at(language)],
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

fn finding_list(findings: Vec<FindingEntry>, language: Language) -> AnyView {
    let content = if findings.is_empty() {
        view! { <p class="lead">{texts::no_findings(language)}</p> }.into_any()
    } else {
        let items: Vec<_> = findings.into_iter().map(|finding| finding_item(finding, language)).collect();
        view! { <ul class="problems">{items}</ul> }.into_any()
    };
    view! { <section class="part"><h2>{texts::findings(language)}</h2>{content}</section> }.into_any()
}

fn finding_item(finding: FindingEntry, language: Language) -> AnyView {
    let FindingEntry { code: what, place, count, since } = finding;
    let count = count.map(|count| texts::number(language, count.to_string()));
    let since = since.map(|since| with_time(|time| texts::since(language, time), since));
    let place = place.map(|place| view! { <code>{place}</code> });
    view! {
        <li class="problem">
            <p><strong>{finding_text(what, language)}</strong> " " {place} " " {count} " " {since}</p>
            <p>{finding_cure(what, language)}</p>
        </li>
    }
    .into_any()
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
        code(replica.leases),
    ]
}

fn refused_row(refused: RefusedEntry, language: Language) -> Vec<AnyView> {
    let key = if refused.key.is_empty() { texts::everybody(language).into_any() } else { code(refused.key) };
    let last = view! { <LocalTime at=refused.last_at style=TimeStyle::WithClock /> }.into_any();
    vec![code(refused.limit), key, refused.times.into_any(), last]
}

fn gateway_row(row: GatewayRouteEntry) -> Vec<AnyView> {
    vec![code(row.route), code(row.guard), code(row.upstream)]
}
