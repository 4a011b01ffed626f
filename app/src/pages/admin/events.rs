//! `/admin/events`: events that wait, and dead letters.

use contract::views::admin::{ConsumerBehind, DeadLetterEntry, DeadLetterView, EventsView, TopicThatWaits};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::LocalTime;
use crate::components::admin::{Action, AdminFrame, action, code, encoded, section, ways};
use crate::frame::language;
use crate::islands::MovingEvents;
use crate::page::{Page, Record};
use crate::texts::admin_events as texts;
use crate::time_phrases::TimeStyle;

const API: &str = "/api/admin/events/dead-letters";

/// Waiting events, lag and dead letters.
pub struct Events;

impl Page for Events {
    type View = EventsView;

    const RECORD: &'static Record =
        &Record::admin(path::ADMIN_EVENTS, texts::title).called(texts::navigation);

    fn draw(view: EventsView) -> AnyView {
        let language = language();
        let first = view.is_later.then(|| path::ADMIN_EVENTS.to_owned());
        let next = view.next.as_deref().map(|next| format!("{}?after={}", path::ADMIN_EVENTS, encoded(next)));
        let dead = view.dead_letters.iter().map(dead_row).collect();
        let all = (view.dead_count > 0).then(|| {
            action(Action {
                id: "retry-all".to_owned(),
                path: format!("{API}/retry-all"),
                name: texts::retry_all(language),
                lead: texts::retry_all_lead(language).to_owned(),
                fields: None,
            })
        });
        let moving = moving_events(view, language);
        view! {
            <AdminFrame heading=texts::heading(language)>
                <MovingEvents><div class="admin__live" id="moving-events">{moving}</div></MovingEvents>
                {section(
                    texts::dead(language),
                    vec![
                        texts::event(language),
                        texts::consumer(language),
                        texts::topic(language),
                        texts::reason(language),
                        texts::died_at(language),
                    ],
                    dead,
                    texts::no_dead(language),
                )}
                {ways(first, next)}
                {all}
            </AdminFrame>
        }
        .into_any()
    }
}

/// What is on its way at this moment, and how far each consumer is.
pub(crate) fn moving_events(view: EventsView, language: Language) -> AnyView {
    let EventsView { bus, problem, waiting, lags, silent, dead_count, .. } = view;
    let silent = silent.into_iter().map(|bus| view! { <p class="lead">{texts::silent(language, bus)}</p> });
    let silent: Vec<_> = silent.collect();
    let problem = problem.map(|problem| {
        view! { <div><dt>{texts::problem(language)}</dt><dd lang="en">{problem}</dd></div> }
    });
    view! {
        <dl class="facts">
            <div><dt>{texts::bus(language)}</dt><dd>{bus}</dd></div>
            {problem}
            <div><dt>{texts::dead(language)}</dt><dd>{dead_count}</dd></div>
        </dl>
        {silent}
        {section(
            texts::waiting(language),
            vec![texts::topic(language), texts::count(language), texts::since(language)],
            waiting.into_iter().map(waiting_row).collect(),
            texts::nothing_waits(language),
        )}
        {section(
            texts::consumers(language),
            vec![texts::consumer(language), texts::topic(language), texts::count(language), texts::since(language)],
            lags.into_iter().map(|lag| lag_row(lag, language)).collect(),
            texts::no_consumers(language),
        )}
    }
    .into_any()
}

fn waiting_row(TopicThatWaits { topic, events, since }: TopicThatWaits) -> Vec<AnyView> {
    let since = view! { <LocalTime at=since style=TimeStyle::WithClock /> }.into_any();
    vec![code(topic), events.into_any(), since]
}

fn lag_row(lag: ConsumerBehind, language: Language) -> Vec<AnyView> {
    let ConsumerBehind { consumer, topic, bus, events, since } = lag;
    let since = match since {
        Some(at) => view! { <LocalTime at style=TimeStyle::WithClock /> }.into_any(),
        None if events == 0 => texts::up_to_date(language).into_any(),
        None => texts::not_told(language).into_any(),
    };
    vec![code(consumer), code(format!("{topic} · {bus}")), events.into_any(), since]
}

fn dead_row(dead: &DeadLetterEntry) -> Vec<AnyView> {
    let page = format!("{}/{}/{}", path::ADMIN_EVENTS, encoded(&dead.consumer), encoded(&dead.event));
    vec![
        view! { <a href=page>{dead.event.clone()}</a> }.into_any(),
        code(&*dead.consumer),
        code(&*dead.topic),
        view! { <span lang="en">{dead.reason.clone()}</span> }.into_any(),
        view! { <LocalTime at=dead.died_at.clone() style=TimeStyle::WithClock /> }.into_any(),
    ]
}

/// `/admin/events/{consumer}/{event}`: one dead letter, with what to do about it.
pub struct DeadLetter;

impl Page for DeadLetter {
    type View = DeadLetterView;

    const RECORD: &'static Record = &Record::admin(path::ADMIN_DEAD_LETTER, texts::dead_title);

    fn draw(view: DeadLetterView) -> AnyView {
        let language = language();
        let DeadLetterView { entry, member, origin, body } = view;
        let api = format!("{API}/{}/{}", encoded(&entry.consumer), encoded(&entry.event));
        let does = |id: &str, name, lead: &str| {
            let path = format!("{api}/{id}");
            action(Action { id: id.to_owned(), path, name, lead: lead.to_owned(), fields: None })
        };
        let shows = body.is_none().then(|| does("read", texts::read(language), texts::read_lead(language)));
        let retry = does("retry", texts::retry(language), texts::retry_lead(language));
        let discard = does("discard", texts::discard(language), texts::discard_lead(language));
        let body = body.map(|body| {
            view! { <section class="part"><h2>{texts::body(language)}</h2><pre class="raw" tabindex="0">{body}</pre></section> }
        });
        let origin = (!origin.is_empty())
            .then(|| view! { <div><dt>{texts::origin(language)}</dt><dd>{code(origin)}</dd></div> });
        view! {
            <AdminFrame heading=texts::dead_heading(language)>
                <p><a class="way" href=path::ADMIN_EVENTS>{texts::all(language)}</a></p>
                <dl class="facts">
                    <div><dt>{texts::event(language)}</dt><dd>{code(entry.event)}</dd></div>
                    <div><dt>{texts::consumer(language)}</dt><dd>{code(entry.consumer)}</dd></div>
                    <div><dt>{texts::topic(language)}</dt><dd>{code(entry.topic)}</dd></div>
                    <div><dt>{texts::member(language)}</dt><dd>{code(member)}</dd></div>
                    {origin}
                    <div><dt>{texts::failures(language)}</dt><dd>{entry.failures}</dd></div>
                    <div><dt>{texts::reason(language)}</dt><dd lang="en">{entry.reason}</dd></div>
                    <div>
                        <dt>{texts::died_at(language)}</dt>
                        <dd><LocalTime at=entry.died_at style=TimeStyle::WithClock /></dd>
                    </div>
                </dl>
                {body}
                <section class="part">
                    <h2>{texts::actions(language)}</h2>
                    {shows} {retry} {discard}
                </section>
            </AdminFrame>
        }
        .into_any()
    }
}
