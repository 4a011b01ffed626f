//! `/admin/mails`.

use admin::Part;
use contract::views::admin::{MailEntry, MailsView};
use jobs::JobState;
use notifications::MailInQueue;

use super::events::PAGE_SIZE;
use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

impl Load for MailsView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let operations = &visit.parts().operations;
        let given_up_shown = visit.query("state").as_deref() == Some("given-up");
        let state = if given_up_shown { JobState::Dead } else { JobState::Waiting };
        let after = visit.query("after");
        let Part { entries, next } = operations.mails_from(state, after.as_deref(), PAGE_SIZE).await?;
        Ok(Self {
            given_up_shown,
            waiting: operations.mails.count(JobState::Waiting).await?,
            given_up: operations.mails.count(JobState::Dead).await?,
            mails: entries.into_iter().map(|mail| entry(visit, mail)).collect(),
            is_later: after.is_some(),
            next,
        })
    }
}

fn entry(visit: &Visit<'_>, mail: MailInQueue) -> MailEntry {
    MailEntry {
        to: admin::masked::address(&mail.recipient),
        id: mail.id,
        template: mail.template,
        created_at: visit.moment(mail.created_at),
        due_at: visit.moment(mail.due_at),
        attempts: mail.attempts,
        can_be_sent: mail.can_be_sent,
        failure: mail.failure,
    }
}
