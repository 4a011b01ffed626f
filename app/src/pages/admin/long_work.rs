//! `/admin/long-work`: long work, its progress, and stopping it.

use contract::views::admin::{LongWorkEntry, LongWorkKind, LongWorkState, LongWorkView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::LocalTime;
use crate::components::admin::{Action, AdminFrame, action, section};
use crate::frame::language;
use crate::page::{Page, Record};
use crate::texts::admin_long_work as texts;
use crate::time_phrases::TimeStyle;

/// The list, newest first.
pub struct LongWork;

impl Page for LongWork {
    type View = LongWorkView;

    const RECORD: &'static Record =
        &Record::admin(path::ADMIN_LONG_WORK, texts::title).called(texts::navigation);

    fn draw(LongWorkView { works }: LongWorkView) -> AnyView {
        let language = language();
        let running = works.iter().any(|work| work.state == LongWorkState::Running);
        // A link that reloads the page, so that it needs no scripting.
        let again = running
            .then(|| view! { <p><a class="button button--quiet" href=path::ADMIN_LONG_WORK>{texts::again(language)}</a></p> });
        view! {
            <AdminFrame heading=texts::heading(language)>
                {again}
                {section(
                    texts::heading(language),
                    vec![
                        texts::work(language),
                        texts::state(language),
                        texts::done(language),
                        texts::begun_at(language),
                        texts::actions(language),
                    ],
                    works.into_iter().map(|work| row(work, language)).collect(),
                    texts::none(language),
                )}
            </AdminFrame>
        }
        .into_any()
    }
}

fn row(work: LongWorkEntry, language: Language) -> Vec<AnyView> {
    let LongWorkEntry { id, kind, state, done, total, begun_at } = work;
    let kind = match kind {
        LongWorkKind::ReplayWebhooks(receiver) => texts::replay_webhooks(language, receiver),
        LongWorkKind::RetryDeadLetters => texts::retry_dead_letters(language).to_owned(),
        LongWorkKind::SendMails => texts::send_mails(language).to_owned(),
        LongWorkKind::Reseal => texts::reseal(language).to_owned(),
        LongWorkKind::Other => texts::other(language).to_owned(),
    };
    let name = match state {
        LongWorkState::Running => texts::running(language),
        LongWorkState::Done => texts::finished(language),
        LongWorkState::Stopped => texts::stopped(language),
        LongWorkState::Failed => texts::failed(language),
    };
    let progress = match total {
        Some(total) => format!("{done} / {total}"),
        None => done.to_string(),
    };
    let bar = total.filter(|total| *total > 0 && state == LongWorkState::Running).map(|total| {
        let (value, max) = (done.to_string(), total.to_string());
        view! { <progress value=value max=max aria-label=kind.clone()></progress> }
    });
    let stop = (state == LongWorkState::Running).then(|| {
        action(Action {
            id: format!("stop-{id}"),
            path: format!("/api/admin/long-work/{id}/stop"),
            name: texts::stop(language),
            lead: texts::stop_lead(language).to_owned(),
            fields: None,
        })
    });
    vec![
        kind.into_any(),
        name.into_any(),
        view! { {progress} " " {bar} }.into_any(),
        view! { <LocalTime at=begun_at style=TimeStyle::WithClock /> }.into_any(),
        stop.into_any(),
    ]
}
