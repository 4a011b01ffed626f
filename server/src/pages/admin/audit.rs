//! `/admin/audit`: rows of the audit log. What its reader revealed a moment ago is whole.

use admin::AuditQuery;
use audit::{AuditRow, search};
use contract::views::admin::{AuditAsked, AuditLine, AuditView};
use names::Actor;
use sessions::Device;

use super::logs;
use super::reveal::Revealed;
use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

impl Load for AuditView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let asked = AuditAsked {
            member: visit.typed("member"),
            kind: visit.typed("kind"),
            actor: visit.typed("actor"),
            operator: visit.typed("operator"),
            since: visit.typed("since"),
            until: visit.typed("until"),
        };
        let query = AuditQuery {
            member: Some(asked.member.clone()),
            kind: Some(asked.kind.clone()),
            actor: Some(asked.actor.clone()),
            operator: Some(asked.operator.clone()),
            since: Some(asked.since.clone()),
            until: Some(asked.until.clone()),
            after: Some(visit.typed("after")),
            limit: None,
        };
        let api = &visit.parts().admin;
        let mut view = logs::empty(visit, asked);
        let Ok(wanted) = query.read(&api.zone) else { return Ok(Self { is_wrong: true, ..view }) };
        let mut reader = api.members.directory.db().read().await?;
        let part = search::part(&mut reader, &wanted.filter, wanted.after, wanted.limit).await?;
        drop(reader);
        let revealed = Revealed::by_reader(visit).await?;
        view.rows = part.rows.into_iter().map(|row| line(visit, row, &revealed)).collect();
        view.next = part.next.map(AuditQuery::cursor);
        Ok(view)
    }
}

fn line(visit: &Visit<'_>, row: AuditRow, revealed: &Revealed) -> AuditLine {
    let Device { browser, system } = Device::of(&row.user_agent);
    let succeeded = row.succeeded();
    let id = row.id.to_string();
    let network = (!row.network.is_empty()).then(|| revealed.of_row(visit, &id, &row.network));
    AuditLine {
        at: visit.moment(row.at),
        kind: row.kind,
        succeeded,
        reason: row.reason,
        times: row.times,
        actor: Actor::parse(&row.actor),
        member: row.member,
        operator: row.operator,
        client: row.client,
        object: row.object,
        note: row.note,
        network,
        browser,
        system,
        id,
    }
}
