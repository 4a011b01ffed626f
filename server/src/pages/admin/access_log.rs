//! `/admin/access-log`: which operator saw what of whom.

use admin::{AccessQuery, AccessRow};
use contract::views::admin::{AccessAsked, AccessLine, AccessLogView};
use names::AccessKind;

use super::logs;
use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

impl Load for AccessLogView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let asked = AccessAsked {
            member: visit.typed("member"),
            operator: visit.typed("operator"),
            since: visit.typed("since"),
            until: visit.typed("until"),
        };
        let query = AccessQuery {
            member: Some(asked.member.clone()),
            operator: Some(asked.operator.clone()),
            since: Some(asked.since.clone()),
            until: Some(asked.until.clone()),
            after: Some(visit.typed("after")),
            limit: None,
        };
        let api = &visit.parts().admin;
        let view = logs::empty(visit, asked);
        let Ok(wanted) = query.read(&api.zone) else { return Ok(Self { is_wrong: true, ..view }) };
        let part = api.access.part(&wanted.filter, wanted.after, wanted.limit).await?;
        Ok(Self {
            rows: part.rows.into_iter().map(|row| line(visit, row)).collect(),
            next: part.next.map(AccessQuery::cursor),
            ..view
        })
    }
}

fn line(visit: &Visit<'_>, row: AccessRow) -> AccessLine {
    AccessLine {
        at: visit.moment(row.at),
        what: AccessKind::parse(&row.kind),
        member: row.member,
        object: row.object,
        operator: row.operator,
        client: row.client,
        address: row.address,
        note: row.note,
    }
}
