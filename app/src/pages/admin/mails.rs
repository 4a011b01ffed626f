//! `/admin/mails`: mails that wait, and mails that were given up.

use contract::views::admin::{MailEntry, MailsView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::LocalTime;
use crate::components::admin::{Action, AdminFrame, action, choice, code, encoded, filters, section, ways};
use crate::frame::language;
use crate::islands::SendMailsAgain;
use crate::page::{Page, Record};
use crate::success_notices::success_notice;
use crate::texts::{admin_mails as texts, mail_kind_text};
use crate::time_phrases::TimeStyle;

/// Both lists, one at a time.
pub struct Mails;

impl Page for Mails {
    type View = MailsView;

    const RECORD: &'static Record = &Record::admin(path::ADMIN_MAILS, texts::title).called(texts::navigation);

    fn draw(view: MailsView) -> AnyView {
        let language = language();
        let MailsView { given_up_shown, waiting, given_up, mails, is_later, next } = view;
        let chosen = if given_up_shown { "given-up" } else { "waiting" };
        let page = format!("{}?state={chosen}", path::ADMIN_MAILS);
        let next = next.map(|next| format!("{page}&after={}", encoded(&next)));
        let first = is_later.then_some(page);
        let options = vec![
            ("waiting".to_owned(), texts::waiting(language).to_owned()),
            ("given-up".to_owned(), texts::given_up(language).to_owned()),
        ];
        let fields = choice("filter-state", "state", texts::state(language), options, chosen);
        let all = (given_up > 0).then(|| {
            action(Action {
                id: "retry-all".to_owned(),
                path: "/api/admin/mails/retry-all".to_owned(),
                name: texts::retry_all(language),
                lead: texts::retry_all_lead(language).to_owned(),
                fields: None,
            })
        });
        let mut columns = vec![
            texts::to(language),
            texts::template(language),
            texts::created_at(language),
            if given_up_shown { texts::tried_at(language) } else { texts::due_at(language) },
            texts::attempts(language),
            texts::failure(language),
        ];
        if given_up_shown {
            columns.push(texts::actions(language));
        }
        let heading = if given_up_shown { texts::given_up(language) } else { texts::waiting(language) };
        let rows = mails.into_iter().map(|mail| row(mail, given_up_shown, language)).collect();
        let list = section(heading, columns, rows, texts::none(language));
        let list = if given_up_shown {
            let sent = success_notice("mail_sent_again", language).unwrap_or_default().to_owned();
            view! { <SendMailsAgain sent=sent>{list}</SendMailsAgain> }.into_any()
        } else {
            list
        };
        view! {
            <AdminFrame heading=texts::heading(language)>
                <dl class="facts">
                    <div><dt>{texts::waiting(language)}</dt><dd>{waiting}</dd></div>
                    <div><dt>{texts::given_up(language)}</dt><dd id="given-up-count">{given_up}</dd></div>
                </dl>
                {filters(path::ADMIN_MAILS, fields, texts::show(language))}
                {list}
                {ways(first, next)}
                {all}
            </AdminFrame>
        }
        .into_any()
    }
}

/// In the words of the program and of mail servers, which are English.
fn failure(failure: Option<String>) -> AnyView {
    failure.map(|failure| view! { <span lang="en">{failure}</span> }).into_any()
}

fn row(mail: MailEntry, given_up_shown: bool, language: Language) -> Vec<AnyView> {
    let mut cells = vec![
        mail.to.into_any(),
        mail_kind_text(&mail.template, language).map_or_else(|| code(&*mail.template), IntoAny::into_any),
        view! { <LocalTime at=mail.created_at style=TimeStyle::WithClock /> }.into_any(),
        view! { <LocalTime at=mail.due_at style=TimeStyle::WithClock /> }.into_any(),
        mail.attempts.into_any(),
        failure(mail.failure),
    ];
    if given_up_shown && mail.can_be_sent {
        cells.push(action(Action {
            id: format!("retry-{}", mail.id),
            path: format!("/api/admin/mails/{}/retry", mail.id),
            name: texts::retry(language),
            lead: texts::retry_lead(language).to_owned(),
            fields: None,
        }));
    } else if given_up_shown {
        cells.push(texts::gone(language).into_any());
    }
    cells
}
