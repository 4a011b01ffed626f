//! What the pages of the audit log and of the access log have in common.

use contract::views::admin::LogView;

use crate::pages::visit::Visit;

/// A page without rows.
pub(super) fn empty<A, L>(visit: &Visit<'_>, asked: A) -> LogView<A, L> {
    let now = jiff::Timestamp::from_millisecond(visit.now().millis()).unwrap_or_default();
    let today = now.to_zoned(visit.parts().admin.zone.clone()).date().to_string();
    let is_later = !visit.typed("after").is_empty();
    LogView { asked, is_wrong: false, rows: Vec::new(), is_later, next: None, today }
}
