//! `/admin/audit`: the audit log, filtered by member, kind, time and operator.

use contract::views::admin::{AuditAsked, AuditLine, AuditView};
use leptos::prelude::*;
use names::{Actor, AuditKind, Language};

use super::log_parts::{LogFile, address, date_field, file_form, member_link};
use crate::components::LocalTime;
use crate::components::admin::{AdminFrame, Table, choice, filters, masked, search_field, ways};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::{admin_audit, audit_kind_text, device_text};
use crate::time_phrases::TimeStyle;

const PATH: &str = "/admin/audit";

/// The filter, the rows and the files.
pub struct Audit;

impl Page for Audit {
    type View = AuditView;

    const RECORD: &'static Record = &Record::admin(PATH, admin_audit::title).called(admin_audit::navigation);

    fn draw(view: AuditView) -> AnyView {
        let language = language();
        let AuditView { asked, is_wrong, rows, is_later, next, today } = view;
        let pairs = pairs(&asked);
        let first = is_later.then(|| address(PATH, &pairs, None));
        let next = next.map(|next| address(PATH, &pairs, Some(&next)));
        let is_empty = rows.is_empty();
        let columns = vec![
            admin_audit::at(language),
            admin_audit::what(language),
            admin_audit::about(language),
            admin_audit::who(language),
            admin_audit::from(language),
            admin_audit::note(language),
        ];
        let rows = rows.into_iter().map(|line| row(line, language)).collect();
        let found = if is_wrong {
            view! { <p class="field__error" role="alert">{admin_audit::wrong(language)}</p> }.into_any()
        } else if is_empty {
            view! { <p class="lead">{admin_audit::nothing(language)}</p> }.into_any()
        } else {
            Table { caption: admin_audit::heading(language), columns, rows }.draw()
        };
        view! {
            <AdminFrame heading=admin_audit::heading(language)>
                <p class="lead">{admin_audit::lead(language)}</p>
                {search(&asked, language)} {found} {ways(first, next)} {files(&asked, &today, language)}
            </AdminFrame>
        }
        .into_any()
    }
}

fn pairs(asked: &AuditAsked) -> [(&'static str, &str); 6] {
    let AuditAsked { member, kind, actor, operator, since, until } = asked;
    [
        ("member", member),
        ("kind", kind),
        ("actor", actor),
        ("operator", operator),
        ("since", since),
        ("until", until),
    ]
}

fn search(asked: &AuditAsked, language: Language) -> AnyView {
    let any = || (String::new(), admin_audit::any(language).to_owned());
    let kinds = AuditKind::ALL.iter().map(|kind| kind.as_str());
    let kinds = kinds.filter_map(|kind| Some((kind.to_owned(), audit_kind_text(kind, language)?.to_owned())));
    let kinds = std::iter::once(any()).chain(kinds).collect();
    let actors = Actor::ALL.into_iter();
    let actors = actors.map(|actor| (actor.as_str().to_owned(), actor_text(actor, language).to_owned()));
    let actors = std::iter::once(any()).chain(actors).collect();
    let fields = view! {
        {choice("filter-kind", "kind", admin_audit::kind(language), kinds, &asked.kind)}
        {choice("filter-actor", "actor", admin_audit::actor(language), actors, &asked.actor)}
        {search_field("member", admin_audit::member(language), asked.member.clone())}
        {search_field("operator", admin_audit::operator(language), asked.operator.clone())}
        {date_field("since", admin_audit::since(language), &asked.since)}
        {date_field("until", admin_audit::until(language), &asked.until)}
    };
    filters(PATH, fields.into_any(), admin_audit::search(language))
}

const fn actor_text(actor: Actor, language: Language) -> &'static str {
    match actor {
        Actor::Member => admin_audit::by_member(language),
        Actor::Operator => admin_audit::by_operator(language),
        Actor::Client => admin_audit::by_client(language),
        Actor::System => admin_audit::by_system(language),
    }
}

fn row(line: AuditLine, language: Language) -> Vec<AnyView> {
    let what = audit_kind_text(&line.kind, language).map_or(line.kind, ToOwned::to_owned);
    let what = if line.times > 1 { format!("{what} ×{}", line.times) } else { what };
    let failed = (!line.succeeded).then(|| {
        view! { <p class="entry__failed">{admin_audit::failed(language)} " " <code>{line.reason}</code></p> }
    });
    let object =
        (!line.object.is_empty()).then(|| view! { <br /><code class="log__code">{line.object}</code> });
    let none = || admin_audit::none(language).into_any();
    let actor = line.actor.map_or("", |actor| actor_text(actor, language));
    let client =
        (!line.client.is_empty()).then(|| view! { <br /><code class="log__code">{line.client}</code> });
    let operator = line.operator.map(|id| view! { <br />{member_link(id)} });
    let device = (line.browser.is_some() || line.system.is_some())
        .then(|| view! { <p class="log__code">{device_text(line.browser, line.system, language)}</p> });
    vec![
        view! { <span id=format!("row-{}", line.id)><LocalTime at=line.at style=TimeStyle::WithClock /></span> }
            .into_any(),
        view! { <div>{what} {object} {failed}</div> }.into_any(),
        line.member.map_or_else(none, |id| member_link(id).into_any()),
        view! { <div>{actor} {operator} {client}</div> }.into_any(),
        line.network.map_or_else(none, |network| view! { <div>{masked(network)} {device}</div> }.into_any()),
        if line.note.is_empty() { none() } else { line.note.into_any() },
    ]
}

fn files(asked: &AuditAsked, today: &str, language: Language) -> AnyView {
    let file = |kind, path| {
        let id = format!("{kind}-whole");
        let whole = view! {
            <p class="check">
                <input id=id.clone() type="checkbox" name="whole" value="on" />
                <label for=id>{admin_audit::whole(language)}</label>
            </p>
        };
        file_form(LogFile {
            kind,
            path,
            filters: vec![
                ("member", asked.member.clone()),
                ("kind", asked.kind.clone()),
                ("actor", asked.actor.clone()),
                ("operator", asked.operator.clone()),
            ],
            since: asked.since.clone(),
            until: if asked.until.is_empty() { today.to_owned() } else { asked.until.clone() },
            more: Some(whole.into_any()),
        })
    };
    view! { {file("csv", "/api/admin/audit.csv")} {file("jsonl", "/api/admin/audit.jsonl")} }.into_any()
}
