//! `/admin/webhooks`.

use admin::{Part, ReceiverState};
use contract::views::admin::{DeliveryEntry, ReceiverEntry, WebhooksView};
use webhooks::LoggedDelivery;

use super::events::PAGE_SIZE;
use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

impl Load for WebhooksView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let operations = &visit.parts().operations;
        let chosen = |name| visit.query(name).filter(|text| !text.is_empty());
        let (receiver, state, after) = (chosen("receiver"), chosen("state"), chosen("after"));
        let Part { entries, next } = operations
            .deliveries_from(receiver.as_deref(), state.as_deref(), after.as_deref(), PAGE_SIZE)
            .await?;
        let receivers = operations.receivers.list().await?;
        Ok(Self {
            receivers: receivers.into_iter().map(|state| receiver_entry(visit, state)).collect(),
            receiver: receiver.unwrap_or_default().into_owned(),
            state: state.unwrap_or_default().into_owned(),
            deliveries: entries.into_iter().map(|row| delivery_entry(visit, row)).collect(),
            is_later: after.is_some(),
            next,
        })
    }
}

fn receiver_entry(visit: &Visit<'_>, state: ReceiverState) -> ReceiverEntry {
    let (url, topics) = match state.configured {
        Some(configured) => (Some(configured.url), configured.topics.join(", ")),
        None => (None, String::new()),
    };
    ReceiverEntry {
        name: state.name,
        url,
        topics,
        waiting: state.waiting,
        since: state.since.map(|since| visit.moment(since)),
        given_up: state.given_up,
    }
}

fn delivery_entry(visit: &Visit<'_>, row: LoggedDelivery) -> DeliveryEntry {
    DeliveryEntry {
        at: visit.moment(row.tried_at.unwrap_or(row.created_at)),
        receiver: row.receiver,
        event: row.event_id,
        topic: row.topic,
        state: row.state,
        failures: row.failures,
        answer: row.answer,
    }
}
