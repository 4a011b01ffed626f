//! `/admin/webhooks`: receivers and deliveries.

use contract::views::admin::{DeliveryEntry, ReceiverEntry, WebhooksView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::LocalTime;
use crate::components::admin::{Action, AdminFrame, action, choice, code, encoded, filters, section, ways};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::admin_webhooks as texts;
use crate::time_phrases::TimeStyle;

/// Receivers first, then deliveries.
pub struct Webhooks;

impl Page for Webhooks {
    type View = WebhooksView;

    const RECORD: &'static Record =
        &Record::admin(path::ADMIN_WEBHOOKS, texts::title).called(texts::navigation);

    fn draw(view: WebhooksView) -> AnyView {
        let language = language();
        let filtered = filter(&view, language);
        let page = address(&view);
        let WebhooksView { receivers, deliveries, is_later, next, .. } = view;
        let next = next.map(|next| format!("{page}&after={}", encoded(&next)));
        let first = is_later.then_some(page);
        let actions: Vec<_> = receivers.iter().flat_map(|receiver| actions(receiver, language)).collect();
        view! {
            <AdminFrame heading=texts::heading(language)>
                {section(
                    texts::receivers(language),
                    vec![
                        texts::receiver(language),
                        texts::url(language),
                        texts::topics(language),
                        texts::waiting(language),
                        texts::given_up(language),
                    ],
                    receivers.into_iter().map(|receiver| receiver_row(receiver, language)).collect(),
                    texts::no_receivers(language),
                )}
                {actions}
                {filtered}
                {section(
                    texts::log(language),
                    vec![
                        texts::event(language),
                        texts::receiver(language),
                        texts::state(language),
                        texts::at(language),
                        texts::answer(language),
                        texts::actions(language),
                    ],
                    deliveries.into_iter().map(|delivery| delivery_row(delivery, language)).collect(),
                    texts::nothing_sent(language),
                )}
                {ways(first, next)}
            </AdminFrame>
        }
        .into_any()
    }
}

/// The address of the page with its filters.
fn address(view: &WebhooksView) -> String {
    let (receiver, state) = (encoded(&view.receiver), encoded(&view.state));
    format!("{}?receiver={receiver}&state={state}", path::ADMIN_WEBHOOKS)
}

fn filter(view: &WebhooksView, language: Language) -> AnyView {
    let all = || (String::new(), texts::all(language).to_owned());
    let names = view.receivers.iter().map(|receiver| (receiver.name.clone(), receiver.name.clone()));
    let receivers = std::iter::once(all()).chain(names).collect();
    let states = ["waiting", "delivered", "given-up"];
    let states = states.into_iter().map(|state| (state.to_owned(), state_name(state, language).to_owned()));
    let states = std::iter::once(all()).chain(states).collect();
    let fields = view! {
        {choice("filter-receiver", "receiver", texts::receiver(language), receivers, &view.receiver)}
        {choice("filter-state", "state", texts::state(language), states, &view.state)}
    };
    filters(path::ADMIN_WEBHOOKS, fields.into_any(), texts::show(language))
}

fn state_name(state: &str, language: Language) -> &'static str {
    match state {
        "delivered" => texts::delivered(language),
        "given-up" => texts::given_up(language),
        _ => texts::waiting(language),
    }
}

fn receiver_row(receiver: ReceiverEntry, language: Language) -> Vec<AnyView> {
    let ReceiverEntry { name, url, topics, waiting, since, given_up } = receiver;
    let since = since.map(|at| view! { " · " <LocalTime at style=TimeStyle::WithClock /> });
    vec![
        code(name),
        url.map_or_else(|| texts::not_configured(language).into_any(), code),
        topics.into_any(),
        view! { {waiting} {since} }.into_any(),
        given_up.into_any(),
    ]
}

/// The actions on a receiver.
fn actions(receiver: &ReceiverEntry, language: Language) -> Vec<AnyView> {
    let does = |id: &str, name, lead| {
        let path = format!("/api/admin/webhooks/{}/{id}", encoded(&receiver.name));
        action(Action { id: format!("{id}-{}", receiver.name), path, name, lead, fields: None })
    };
    let mut actions = Vec::new();
    if receiver.url.is_some() {
        let lead = texts::test_lead(language, &receiver.name);
        actions.push(does("test", texts::test(language), lead));
    }
    if receiver.given_up > 0 {
        let lead = texts::replay_all_lead(language, &receiver.name);
        actions.push(does("replay-given-up", texts::replay_all(language), lead));
    }
    actions
}

fn delivery_row(delivery: DeliveryEntry, language: Language) -> Vec<AnyView> {
    let DeliveryEntry { receiver, event, topic, state, at, failures, answer } = delivery;
    let tries = (failures > 0).then(|| texts::failures(language, failures.to_string()));
    let replay = (state != "waiting").then(|| {
        let fields = view! { <input type="hidden" name="event" value=event.clone() /> };
        action(Action {
            id: format!("replay-{receiver}-{event}"),
            path: format!("/api/admin/webhooks/{}/replay", encoded(&receiver)),
            name: texts::replay(language),
            lead: texts::replay_lead(language).to_owned(),
            fields: Some(fields.into_any()),
        })
    });
    vec![
        view! { {code(event)} <br /> {topic} }.into_any(),
        code(receiver),
        view! { {state_name(&state, language)} " " {tries} }.into_any(),
        view! { <LocalTime at style=TimeStyle::WithClock /> }.into_any(),
        view! { <span lang="en">{answer}</span> }.into_any(),
        replay.into_any(),
    ]
}
