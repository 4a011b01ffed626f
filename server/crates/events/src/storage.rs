//! What this part declares of its tables, and how long what is done with is kept (S-EVT-9): personal data in events is gone
//! after the longest of these spans.

use std::time::Duration;

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::outbox::sequence;
use crate::{dead_letter, in_process, inbox, outbox};

/// Of published events in the outbox, for anyone who asks what went out. What is not published is kept without end.
const PUBLISHED_RETENTION: Duration = days(7);
/// Of deliveries of the in-process bus that no consumer took, since nobody of the group runs any more.
const UNDELIVERED_RETENTION: Duration = days(30);
/// Of what consumers remember having processed. Longer than any message can be under way, or it is processed twice.
const CONSUMED_RETENTION: Duration = days(60);
/// By how much brokers keep an event longer than they are told: they delete segments as a whole, of a week each (`segment.ms`).
const SEGMENT_SPAN: Duration = days(7);
/// The longest retention that topics may have. A group that Kafka has forgotten reads everything again that its topics keep, and
/// has to recognise what it has dealt with.
pub const MAX_TOPIC_RETENTION: Duration = CONSUMED_RETENTION.saturating_sub(SEGMENT_SPAN);
/// Dead letters that no operator handled are deleted after this.
const DEAD_LETTER_RETENTION: Duration = days(30);

const fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

const COPIES: Export =
    Export::Omitted("copies of what the export has, that wait to be dealt with or were a while ago");

/// What the program has to know of the tables of this part.
pub const STORAGE: Storage = Storage {
    part: "events",
    tables: &[
        Table {
            name: "outbox_events",
            holds: "events for other services (of accounts, posts and follows; [schemas](events/README.md))",
            kept: "7 days after they were published",
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "published_at").kept_for(PUBLISHED_RETENTION)),
            sealed: &[],
            owner: Owner::OwnRule {
                columns: &["event_key"],
                erasure: "deleted, but for events that no bus has taken yet",
            },
            export: COPIES,
        },
        Table {
            name: "outbox_keys",
            holds: "the last number of a member's events",
            kept: "7 days after the last event",
            // Numbers are times: one that is this old has long been passed by the clock, so the next is greater still.
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "last_sequence").kept_for(PUBLISHED_RETENTION)),
            sealed: &[],
            owner: Owner::OwnRule {
                columns: &["event_key"],
                erasure: "deleted, but while events wait that no bus has taken yet",
            },
            export: COPIES,
        },
        Table {
            name: "bus_subscriptions",
            holds: "on the in-process bus: who hears what",
            kept: "stays",
            expiry: Expiry::Stays("one row for each consumer of the program and topic"),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
        Table {
            name: "bus_deliveries",
            holds: "on the in-process bus: events on their way to a consumer",
            kept: "until they are dealt with, 30 days at most",
            expiry: Expiry::Column(
                ExpiryColumn::new("rowid", "published_at")
                    .kept_for(UNDELIVERED_RETENTION)
                    .losing("events that no consumer came for"),
            ),
            sealed: &[],
            owner: Owner::Column("event_key"),
            export: COPIES,
        },
        Table {
            name: "bus_dead_letters",
            holds: "events that a consumer could not deal with",
            kept: "30 days",
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "died_at").kept_for(DEAD_LETTER_RETENTION)),
            sealed: &[],
            owner: Owner::Column("event_key"),
            export: COPIES,
        },
        Table {
            name: "consumed_events",
            holds: "which events a consumer has dealt with, by their ids",
            kept: "60 days",
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "consumed_at").kept_for(CONSUMED_RETENTION)),
            sealed: &[],
            owner: Owner::Nobody,
            export: Export::Omitted("about nobody"),
        },
    ],
    statements: &[
        outbox::store::STATEMENTS,
        in_process::store::STATEMENTS,
        dead_letter::store::STATEMENTS,
        inbox::STATEMENTS,
    ],
    per_dialect: sequence::statements,
};
