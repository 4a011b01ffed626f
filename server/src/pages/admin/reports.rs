//! `/admin/reports`: posts that members reported. That they were read is written down, as at the command line.

use activity::moderation::{self, Report, ReportsAfter, Visibility};
use contract::views::admin::{ReportedPost, ReportsView};
use names::{Actor, OperatedBy, Operation, OperatorReason, Role};
use web::Refuse as _;

use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

/// How many are shown at once.
const PAGE_SIZE: u32 = 30;

impl Load for ReportsView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let context = visit.parts().admin.activity.as_ref().ok_or(NoPage::Nothing)?;
        let after = visit.query("after");
        let begin = ReportsAfter::parse(after.as_deref()).map_err(|_| NoPage::Nothing)?;
        let reader = &visit.member()?.member;
        let operation = Operation {
            source: visit.context().source.by(Actor::Operator),
            by: OperatedBy::Member(reader.id),
            reason: OperatorReason::reading(),
        };
        let part = moderation::reports(context, begin, PAGE_SIZE, &operation)
            .await
            .map_err(|error| NoPage::Refused(error.refusal()))?;
        Ok(Self {
            reports: part.reports.into_iter().map(|report| reported(visit, report)).collect(),
            is_later: after.is_some(),
            next: part.next,
            administers: reader.has_role(Role::ADMIN_NAME),
        })
    }
}

fn reported(visit: &Visit<'_>, report: Report) -> ReportedPost {
    let hidden = (report.visibility == Visibility::Hidden).then(|| report.hidden_reason.unwrap_or_default());
    ReportedPost {
        post: report.post,
        author: report.author.map(|author| author.to_string()),
        text: report.text,
        hidden,
        reason: report.reason,
        note: report.note,
        at: visit.moment(report.at),
    }
}
