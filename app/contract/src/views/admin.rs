//! The views of the admin area, a file for each page.

mod access_log;
mod audit;
mod clients;
mod events;
mod first_look;
mod keys;
mod log;
mod long_work;
mod mails;
mod masked;
mod member;
mod members;
mod program;
mod reports;
mod webhooks;

pub use access_log::{AccessAsked, AccessLine, AccessLogView};
pub use audit::{AuditAsked, AuditLine, AuditView};
pub use clients::{ClientEntry, ClientView, ClientsView};
pub use events::{ConsumerBehind, DeadLetterEntry, DeadLetterView, EventsView, TopicThatWaits};
pub use first_look::{Count, FirstLookView, HourOfSignIns, KeyInUse, ReplicaHere, SignInSum, Waiting};
pub use keys::{KeyEntry, KeyEntryState, KeysView};
pub use log::LogView;
pub use long_work::{LongWorkEntry, LongWorkKind, LongWorkState, LongWorkView};
pub use mails::{MailEntry, MailsView};
pub use masked::{Masked, Reveal};
pub use member::{
    AppOfMember, FactorsOfMember, MailOfMember, MailState, MemberView, MethodOfMember, RowOfMember,
    SessionOfMember,
};
pub use members::{FoundMember, MemberField, MemberState, MembersView};
pub use program::{FindingEntry, GatewayRouteEntry, ProgramView, RefusedEntry, ReplicaEntry};
pub use reports::{ReportedPost, ReportsView};
pub use webhooks::{DeliveryEntry, ReceiverEntry, WebhooksView};
