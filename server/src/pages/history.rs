//! `/me/history`: what happened to the viewer's account, from the newest line on or from an older one.

use audit::{AuditRow, AuditRowId};
use contract::views::{HistoryEntry, HistoryView};
use members::Failure;
use names::{Actor, AuditKind, Role, SignInMethod};
use sessions::Device;

use super::load::Load;
use super::no_page::NoPage;
use super::place::place;
use super::visit::Visit;

impl Load for HistoryView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let after = visit.query("after").map(|id| AuditRowId::parse(&id)).transpose();
        let after = after.map_err(|_| NoPage::Nothing)?;
        let member = visit.member()?.member.id.uuid();
        let page = visit.parts().audit.history(member, after).await.map_err(Failure::from)?;
        let page = page.ok_or(NoPage::Nothing)?;
        Ok(Self {
            entries: page.rows.iter().map(|row| entry(visit, row)).collect(),
            older: page.older.map(|row| row.to_string()),
            has_newer: after.is_some(),
        })
    }
}

fn entry(visit: &Visit<'_>, row: &AuditRow) -> HistoryEntry {
    let Device { browser, system } = Device::of(&row.user_agent);
    HistoryEntry {
        what: AuditKind::parse(&row.kind),
        succeeded: row.succeeded(),
        method: SignInMethod::parse(&row.provider),
        role: Role::parse(&row.object).ok(),
        app: visit.parts().authorization.app_name(&row.client),
        by: Actor::parse(&row.actor),
        at: visit.moment(row.at),
        times: u32::try_from(row.times).unwrap_or(u32::MAX),
        browser,
        system,
        place: place(&row.network),
    }
}
