//! `/admin/long-work`.

use admin::{WorkRow, WorkState};
use contract::views::admin::{LongWorkEntry, LongWorkKind, LongWorkState, LongWorkView};

use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

/// How many are shown.
const PAGE_SIZE: u32 = 30;

impl Load for LongWorkView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let works = visit.parts().operations.long_work.list(None, PAGE_SIZE).await?;
        Ok(Self { works: works.into_iter().map(|work| entry(visit, work)).collect() })
    }
}

fn entry(visit: &Visit<'_>, work: WorkRow) -> LongWorkEntry {
    let kind = match work.kind.as_str() {
        "replay-webhooks" => LongWorkKind::ReplayWebhooks(work.object),
        "retry-dead-letters" => LongWorkKind::RetryDeadLetters,
        "send-mails" => LongWorkKind::SendMails,
        "reseal" => LongWorkKind::Reseal,
        _ => LongWorkKind::Other,
    };
    let state = match work.state {
        WorkState::Running => LongWorkState::Running,
        WorkState::Done => LongWorkState::Done,
        WorkState::Stopped => LongWorkState::Stopped,
        WorkState::Failed => LongWorkState::Failed,
    };
    LongWorkEntry {
        id: work.id.to_string(),
        kind,
        state,
        done: work.done,
        total: work.total,
        begun_at: visit.moment(work.begun_at),
    }
}
