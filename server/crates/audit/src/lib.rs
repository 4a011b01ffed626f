//! The audit log: a table with a row for each security event. A row says who (a member, an operator, a client, the system) did
//! what, about whom, when, from where, and with which outcome.
//!
//! An event is [recorded](AuditLog::record) in the transaction of the change, so there is a row only if there is a change.
//! Repeated events that strangers can cause share one row for each network and hour ([`AuditLog::record_folded`]), and refusals
//! that change nothing else are counted in memory first ([`AuditLog::record_refusal`]), so that a flood of them neither fills
//! the table nor blocks other writers. Every event is also a line of the program's log and a count in
//! `daemun_security_events_total`.
//!
//! Members read the rows about themselves as their [history](AuditLog::history); operators [search](search::part) all rows.
//! Rows are deleted after their [retention](Retention) and made [anonymous](AuditLog::anonymize) when their member is erased.

mod event;
mod filter;
mod history;
mod hour_sum;
mod log;
mod refusals;
mod retention;
mod row;
pub mod search;
mod storage;
mod store;
pub mod sums;

pub use event::{AuditEvent, Outcome};
pub use filter::{AuditFilter, OperatorWanted};
pub use history::{ExportBatch, ExportPlace, ExportedRow, HistoryPage};
pub use hour_sum::HourSum;
pub use log::AuditLog;
pub use names::AuditKind;
pub use retention::Retention;
pub use row::{AuditRow, AuditRowId};
pub use storage::STORAGE;
