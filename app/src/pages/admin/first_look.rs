//! `/admin`: the state of the program at a glance.

mod plot;

use contract::views::admin::{Count, FirstLookView, HourOfSignIns, KeyInUse, ReplicaHere, SignInSum};
use leptos::prelude::*;
use names::{Language, SignInMethod, path};

use crate::components::admin::{AdminFrame, Table, findings};
use crate::components::{LocalTime, with_time};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::{admin_home, method_name};
use crate::time_phrases::TimeStyle;

/// Problems first, each with what to do.
pub struct FirstLook;

impl Page for FirstLook {
    type View = FirstLookView;

    const RECORD: &'static Record =
        &Record::admin(path::ADMIN, admin_home::title).called(admin_home::navigation);

    fn draw(view: FirstLookView) -> AnyView {
        let language = language();
        let FirstLookView { findings: found, lacks_second_factor, hours, methods, .. } = view;
        let FirstLookView { new_members, mails, events_since, keys, replicas, .. } = view;
        let advice = lacks_second_factor.then(|| admin_home::no_second_factor(language));
        let waits = move |since: Option<_>| match since {
            Some(since) => with_time(move |time| admin_home::oldest(language, time), since),
            None => admin_home::nothing_waits(language).into_any(),
        };
        let oldest_mail = mails.since.map(move |since| {
            let oldest = with_time(move |time| admin_home::oldest(language, time), since);
            view! { " · " {oldest} }
        });
        view! {
            <AdminFrame heading=admin_home::heading(language)>
                {findings(found, advice, language)}
                {sign_ins(hours, &methods, language)}
                <section class="part">
                    <h2>{admin_home::today(language)}</h2>
                    <dl class="facts">
                        <div><dt>{admin_home::new_members(language)}</dt><dd>{people_text(new_members, language)}</dd></div>
                        <div><dt>{admin_home::mails(language)}</dt><dd>{count_text(mails.count, language)} {oldest_mail}</dd></div>
                        <div><dt>{admin_home::events(language)}</dt><dd>{waits(events_since)}</dd></div>
                    </dl>
                </section>
                {key_table(keys, language)}
                {replica_table(replicas, language)}
            </AdminFrame>
        }
        .into_any()
    }
}

fn people_text(Count { number, is_more }: Count, language: Language) -> String {
    if is_more { admin_home::more_people(language, number) } else { admin_home::people(language, number) }
}

fn count_text(Count { number, is_more }: Count, language: Language) -> String {
    if is_more { admin_home::more(language, number) } else { admin_home::some(language, number) }
}

/// The plot, and the same as a table, for screen readers and exact numbers.
fn sign_ins(hours: Vec<HourOfSignIns>, methods: &[SignInMethod], language: Language) -> AnyView {
    let plot = plot::draw(&hours, language);
    let names = methods.iter().map(|method| method_name(*method, language));
    let columns = [admin_home::hour(language), admin_home::all(language)].into_iter().chain(names).collect();
    // Newest first, like all lists.
    let rows = hours.into_iter().rev().map(|hour| hour_row(hour, language)).collect();
    let table = Table { caption: admin_home::sign_ins(language), columns, rows };
    view! {
        <section class="part">
            <h2>{admin_home::sign_ins(language)}</h2>
            {plot}
            <details class="action">
                <summary class="action__name">{admin_home::numbers(language)}</summary>
                {table.draw()}
            </details>
        </section>
    }
    .into_any()
}

fn hour_row(hour: HourOfSignIns, language: Language) -> Vec<AnyView> {
    let all = hour.all();
    let cells = std::iter::once(all).chain(hour.by_method).map(|sum| sum_text(sum, language).into_any());
    let from = view! { <LocalTime at=hour.from style=TimeStyle::WithClock /> }.into_any();
    std::iter::once(from).chain(cells).collect()
}

fn sum_text(SignInSum { succeeded, failed }: SignInSum, language: Language) -> String {
    if failed == 0 {
        succeeded.to_string()
    } else {
        format!("{succeeded} ({} {failed})", admin_home::failed(language))
    }
}

fn key_table(keys: Vec<KeyInUse>, language: Language) -> AnyView {
    let row = |KeyInUse { kid, from, signs }: KeyInUse| {
        let state = if signs { admin_home::signs(language) } else { admin_home::will_sign(language) };
        vec![
            kid.into_any(),
            state.into_any(),
            view! { <LocalTime at=from style=TimeStyle::WithClock /> }.into_any(),
        ]
    };
    let columns =
        vec![admin_home::key(language), admin_home::key_state(language), admin_home::from(language)];
    part(admin_home::keys(language), columns, keys.into_iter().map(row).collect())
}

fn replica_table(replicas: Vec<ReplicaHere>, language: Language) -> AnyView {
    let row = |ReplicaHere { id, version, since, clock_off }: ReplicaHere| {
        vec![
            id.into_any(),
            version.into_any(),
            view! { <LocalTime at=since style=TimeStyle::WithClock /> }.into_any(),
            admin_home::clock_off_by(language, clock_off).into_any(),
        ]
    };
    let columns = vec![
        admin_home::replica(language),
        admin_home::version(language),
        admin_home::since(language),
        admin_home::clock(language),
    ];
    part(admin_home::replicas(language), columns, replicas.into_iter().map(row).collect())
}

fn part(caption: &'static str, columns: Vec<&'static str>, rows: Vec<Vec<AnyView>>) -> AnyView {
    let table = Table { caption, columns, rows };
    view! { <section class="part"><h2>{caption}</h2>{table.draw()}</section> }.into_any()
}
