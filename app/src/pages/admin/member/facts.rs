//! The facts about a member.

use contract::views::admin::{
    AppOfMember, FactorsOfMember, MailOfMember, MailState, MemberView, MethodOfMember, RowOfMember,
    SessionOfMember,
};
use leptos::prelude::*;
use names::Language;

use crate::components::admin::{Table, masked};
use crate::components::{LocalTime, with_time};
use crate::pages::admin::members::state_text;
use crate::texts::{
    admin_member, admin_members, audit_kind_text, device_text, history, mail_kind_text, method_name,
};
use crate::time_phrases::TimeStyle;

/// The facts, in sections.
pub(super) fn draw(view: MemberView, language: Language) -> AnyView {
    let MemberView { member, methods, factors, sessions, sign_ins, consents, mails, rows, .. } = view;
    let roles = if member.roles.is_empty() {
        admin_members::none(language).to_owned()
    } else {
        member.roles.join(", ")
    };
    let address = member.address.map_or_else(|| admin_members::none(language).into_any(), masked);
    let apps = sign_ins.into_iter().chain(consents).map(|app| app_row(app, language)).collect();
    view! {
        <dl class="facts">
            <div><dt>{admin_member::id(language)}</dt><dd><code>{member.id}</code></dd></div>
            <div><dt>{admin_members::address(language)}</dt><dd>{address}</dd></div>
            <div><dt>{admin_members::state(language)}</dt><dd>{state_text(member.state, language)}</dd></div>
            <div><dt>{admin_members::roles(language)}</dt><dd>{roles}</dd></div>
            <div><dt>{admin_members::joined_at(language)}</dt><dd><LocalTime at=member.joined_at /></dd></div>
            <div><dt>{admin_member::factors(language)}</dt><dd>{factors_text(factors, language)}</dd></div>
        </dl>
        {part(admin_member::methods(language), method_columns(language), methods.into_iter().map(|method| method_row(method, language)).collect(), language)}
        {part(admin_member::sessions(language), session_columns(language), sessions.into_iter().map(|session| session_row(session, language)).collect(), language)}
        {part(admin_member::apps(language), app_columns(language), apps, language)}
        {part(admin_member::mails(language), mail_columns(language), mails.into_iter().map(|mail| mail_row(mail, language)).collect(), language)}
        {part(admin_member::rows(language), row_columns(language), rows.into_iter().map(|row| row_row(row, language)).collect(), language)}
    }
    .into_any()
}

/// A section with a table, or a sentence if it is empty.
fn part(
    caption: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<AnyView>>,
    language: Language,
) -> AnyView {
    let content = if rows.is_empty() {
        view! { <p class="lead">{admin_members::none(language)}</p> }.into_any()
    } else {
        Table { caption, columns, rows }.draw()
    };
    view! { <section class="part"><h2>{caption}</h2>{content}</section> }.into_any()
}

fn factors_text(factors: FactorsOfMember, language: Language) -> AnyView {
    if factors.is_empty() {
        return admin_members::none(language).into_any();
    }
    let FactorsOfMember { codes_since, recovery_left, passkeys } = factors;
    let codes = codes_since.map(|since| {
        let says = |time| {
            admin_member::codes_since(language, admin_member::CodesSince { time, count: recovery_left })
        };
        view! { <span>{with_time(says, since)}</span><br /> }
    });
    let passkeys = (passkeys > 0).then(|| admin_member::passkeys(language, passkeys));
    view! { {codes} {passkeys} }.into_any()
}

fn method_columns(language: Language) -> Vec<&'static str> {
    vec![
        admin_member::method(language),
        admin_members::address(language),
        admin_member::since(language),
        admin_member::last_used(language),
    ]
}

fn method_row(method: MethodOfMember, language: Language) -> Vec<AnyView> {
    let MethodOfMember { method, address, is_proven, since, last_used } = method;
    let address = address.map(|address| {
        let proven =
            if is_proven { admin_member::proven(language) } else { admin_member::not_proven(language) };
        view! { {masked(address)} " (" {proven} ")" }
    });
    vec![
        method_name(method, language).into_any(),
        address.into_any(),
        view! { <LocalTime at=since /> }.into_any(),
        last_used.map(|at| view! { <LocalTime at /> }).into_any(),
    ]
}

fn session_columns(language: Language) -> Vec<&'static str> {
    vec![
        admin_member::browser(language),
        admin_member::network(language),
        admin_member::since(language),
        admin_member::last_used(language),
    ]
}

fn session_row(session: SessionOfMember, language: Language) -> Vec<AnyView> {
    let SessionOfMember { browser, system, network, since, last_seen_at } = session;
    vec![
        device_text(browser, system, language).into_any(),
        masked(network),
        view! { <LocalTime at=since /> }.into_any(),
        view! { <LocalTime at=last_seen_at /> }.into_any(),
    ]
}

fn app_columns(language: Language) -> Vec<&'static str> {
    vec![admin_member::app(language), admin_member::since(language), admin_member::last_used(language)]
}

fn app_row(AppOfMember { name, since, used_at }: AppOfMember, language: Language) -> Vec<AnyView> {
    let name = name.unwrap_or_else(|| admin_member::own_app(language).to_owned());
    vec![
        name.into_any(),
        view! { <LocalTime at=since /> }.into_any(),
        view! { <LocalTime at=used_at /> }.into_any(),
    ]
}

fn mail_columns(language: Language) -> Vec<&'static str> {
    vec![admin_member::mail(language), admin_member::mail_state(language), admin_member::at(language)]
}

fn mail_row(MailOfMember { template, state, at }: MailOfMember, language: Language) -> Vec<AnyView> {
    let state = match state {
        MailState::Waiting => admin_member::mail_waits(language).into_any(),
        MailState::Sent => admin_member::mail_sent(language).into_any(),
        MailState::GivenUp => {
            view! { <strong class="mark-off">{admin_member::mail_given_up(language)}</strong> }.into_any()
        }
    };
    let template = mail_kind_text(&template, language).map_or(template, ToOwned::to_owned);
    vec![template.into_any(), state, view! { <LocalTime at style=TimeStyle::WithClock /> }.into_any()]
}

fn row_columns(language: Language) -> Vec<&'static str> {
    vec![
        admin_member::what(language),
        admin_member::at(language),
        admin_member::network(language),
        admin_member::note(language),
    ]
}

fn row_row(row: RowOfMember, language: Language) -> Vec<AnyView> {
    let RowOfMember { kind, object, app, failure, by_operator, note, at, times, network } = row;
    let what = audit_kind_text(&kind, language).map_or(kind, ToOwned::to_owned);
    let object = (!object.is_empty()).then_some(object);
    let what = [Some(what), object, app].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let what = if times > 1 { format!("{what} ×{times}") } else { what };
    let failure = failure.map(|reason| {
        view! { <br /><strong class="mark-off">{history::failed(language)} " · " {reason}</strong> }
    });
    let by = by_operator.then(|| view! { <br />{admin_member::by_operator(language)} });
    vec![
        view! { <span>{what} {failure} {by}</span> }.into_any(),
        view! { <LocalTime at style=TimeStyle::WithClock /> }.into_any(),
        network.map(masked).into_any(),
        (!note.is_empty()).then_some(note).into_any(),
    ]
}
