//! `/admin/access-log`: which operator saw whose data, for the monthly review.

use contract::views::admin::{AccessAsked, AccessLine, AccessLogView};
use leptos::prelude::*;
use names::{AccessKind, Language};

use super::log_parts::{LogFile, address, date_field, file_form, member_link};
use crate::components::LocalTime;
use crate::components::admin::{AdminFrame, Table, filters, search_field, ways};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::admin_access_log as texts;
use crate::time_phrases::TimeStyle;

const PATH: &str = "/admin/access-log";

/// The filter, the rows and the files.
pub struct AccessLog;

impl Page for AccessLog {
    type View = AccessLogView;

    const RECORD: &'static Record = &Record::admin(PATH, texts::title).called(texts::navigation);

    fn draw(view: AccessLogView) -> AnyView {
        let language = language();
        let AccessLogView { asked, is_wrong, rows, is_later, next, today } = view;
        let AccessAsked { member, operator, since, until } = &asked;
        let pairs: [(&str, &str); 4] =
            [("member", member), ("operator", operator), ("since", since), ("until", until)];
        let first = is_later.then(|| address(PATH, &pairs, None));
        let next = next.map(|next| address(PATH, &pairs, Some(&next)));
        let found = if is_wrong {
            view! { <p class="field__error" role="alert">{texts::wrong(language)}</p> }.into_any()
        } else if rows.is_empty() {
            view! { <p class="lead">{texts::nothing(language)}</p> }.into_any()
        } else {
            table(rows, language)
        };
        view! {
            <AdminFrame heading=texts::heading(language)>
                <p class="lead">{texts::lead(language)}</p>
                {search(&asked, language)} {found} {ways(first, next)} {files(&asked, &today)}
            </AdminFrame>
        }
        .into_any()
    }
}

fn search(asked: &AccessAsked, language: Language) -> AnyView {
    let fields = view! {
        {search_field("member", texts::member(language), asked.member.clone())}
        {search_field("operator", texts::operator(language), asked.operator.clone())}
        {date_field("since", texts::since(language), &asked.since)}
        {date_field("until", texts::until(language), &asked.until)}
    };
    filters(PATH, fields.into_any(), texts::search(language))
}

fn table(rows: Vec<AccessLine>, language: Language) -> AnyView {
    let columns = vec![
        texts::at(language),
        texts::what(language),
        texts::whose(language),
        texts::who(language),
        texts::from(language),
        texts::note(language),
    ];
    let rows = rows.into_iter().map(|line| row(line, language)).collect();
    Table { caption: texts::heading(language), columns, rows }.draw()
}

const fn kind_text(what: Option<AccessKind>, language: Language) -> &'static str {
    match what {
        Some(AccessKind::Member) => texts::kind_member(language),
        Some(AccessKind::Addresses) => texts::kind_addresses(language),
        Some(AccessKind::Networks) => texts::kind_networks(language),
        Some(AccessKind::DeadLetter) => texts::kind_dead_letter(language),
        Some(AccessKind::AuditNetwork) => texts::kind_audit_network(language),
        Some(AccessKind::AuditFile) => texts::kind_audit_file(language),
        Some(AccessKind::WholeAuditFile) => texts::kind_whole_audit_file(language),
        Some(AccessKind::AccessFile) => texts::kind_access_file(language),
        None => texts::kind_other(language),
    }
}

fn row(line: AccessLine, language: Language) -> Vec<AnyView> {
    let AccessLine { at, what, member, object, operator, client, address, note } = line;
    let none = || texts::none(language).into_any();
    let object = (!object.is_empty()).then(|| view! { <br /><code class="log__code">{object}</code> });
    vec![
        view! { <LocalTime at style=TimeStyle::WithClock /> }.into_any(),
        view! { <div>{kind_text(what, language)} {object}</div> }.into_any(),
        member.map_or_else(|| texts::many(language).into_any(), |id| member_link(id).into_any()),
        operator.map_or_else(
            || view! { <code class="log__code">{client}</code> }.into_any(),
            |id| member_link(id).into_any(),
        ),
        view! { <code class="log__code">{address}</code> }.into_any(),
        if note.is_empty() { none() } else { note.into_any() },
    ]
}

fn files(asked: &AccessAsked, today: &str) -> AnyView {
    let file = |kind, path| {
        file_form(LogFile {
            kind,
            path,
            filters: vec![("member", asked.member.clone()), ("operator", asked.operator.clone())],
            since: asked.since.clone(),
            until: if asked.until.is_empty() { today.to_owned() } else { asked.until.clone() },
            more: None,
        })
    };
    view! { {file("csv", "/api/admin/access-log.csv")} {file("jsonl", "/api/admin/access-log.jsonl")} }
        .into_any()
}
