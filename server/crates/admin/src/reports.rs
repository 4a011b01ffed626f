//! Posts that members reported: `GET /api/admin/reports`, and hiding and showing a post. The rules are those of the command line.

use std::time::Duration;

use activity::moderation::{self, Report, ReportsAfter};
use activity::{CursorInvalid, PostId};
use axum::extract::{Path, State};
use db::DbError;
use members::Failure;
use names::{MemberId, OperatorReason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, RequestContext, StrictBody, StrictQuery, Success, endpoint_error};

use crate::api::AdminApi;
use crate::given_reason::{ReasonBody, Reasoned as _, reason};
use crate::operator::Operator;
use crate::part::PartQuery;

/// The longest time for which a post is hidden, if not for good.
const MAX_HIDDEN_DAYS: u64 = 365;

endpoint_error! {
    /// Why reports are not shown, or a post stays as it is.
    pub(crate) enum ReportsError {
        Input(InputError) from Refusal, FieldErrors;
        Cursor(CursorInvalid);
        NotFound(NotFound);
        Activity(activity::Failure);
        Failed(Failure) from DbError;
    }
}

/// One report, with the post as it is now.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportedPost {
    post: String,
    /// The author's id; `null` when they are gone.
    author: Option<String>,
    /// `null` when it is gone.
    text: Option<String>,
    /// `shown`, `hidden` or `deleted`.
    state: &'static str,
    /// What its author is told, where it is hidden.
    hidden_reason: Option<String>,
    /// Why it was reported: `spam`, `abuse`, `illegal` or `other`.
    reason: String,
    /// In the words of who reported it.
    note: String,
    at: String,
}

impl From<Report> for ReportedPost {
    fn from(report: Report) -> Self {
        Self {
            post: report.post,
            author: report.author.map(|author: MemberId| author.to_string()),
            text: report.text,
            state: report.visibility.as_str(),
            hidden_reason: report.hidden_reason,
            reason: report.reason,
            note: report.note,
            at: report.at.to_string(),
        }
    }
}

/// A part of the reports.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportedPosts {
    reports: Vec<ReportedPost>,
    /// What `after` is for the next part; `null` at the end.
    next: Option<String>,
}

/// Why, which its author is told, and for how long.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HideBody {
    #[schema(required = true, nullable = false, value_type = String, example = "Advertising")]
    reason: Option<String>,
    /// For so many days; for good if left out.
    #[schema(nullable = false, example = "30")]
    days: Option<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct PostChanged {
    /// `false`: it was shown already.
    changed: bool,
}

/// For how long a post is hidden; `None` for good.
fn span(days: Option<&str>) -> Result<Option<Duration>, FieldErrors> {
    let Some(days) = days.filter(|days| !days.is_empty()) else { return Ok(None) };
    let number = days.bytes().all(|byte| byte.is_ascii_digit()).then(|| days.parse().ok()).flatten();
    let number = number.filter(|number| (1..=MAX_HIDDEN_DAYS).contains(number));
    let allowed = "a whole number of days from 1 to 365, or nothing for good";
    number.map(|number| Some(Duration::from_hours(24 * number))).ok_or(FieldErrors::one("days", allowed))
}

fn known(api: &AdminApi) -> Result<&activity::Context, NotFound> {
    api.activity.as_ref().ok_or(NotFound)
}

/// Shows what was reported.
pub(crate) async fn get(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    context: RequestContext,
    query: Result<StrictQuery<PartQuery>, Refusal>,
) -> Result<Success<ReportedPosts>, ReportsError> {
    let StrictQuery(query) = query?;
    let limit = query.limit()?;
    let after = ReportsAfter::parse(query.after.as_deref())?;
    let operation = caller.operation(&context, OperatorReason::reading());
    let part = moderation::reports(known(&api)?, after, limit, &operation).await?;
    let reports = part.reports.into_iter().map(Into::into).collect();
    Ok(Success::ok(ReportedPosts { reports, next: part.next }))
}

/// `POST /api/admin/posts/{id}/hide`
pub(crate) async fn hide(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    context: RequestContext,
    body: Result<StrictBody<HideBody>, Refusal>,
) -> Result<Success<PostChanged>, ReportsError> {
    let HideBody { reason: why, days } = body?.0;
    let operation = caller.operation(&context, reason(why.as_deref())?);
    let span = span(days.as_deref())?;
    let post = PostId::parse(&id).map_err(|_| NotFound)?;
    let told = operation.reason.as_str();
    if !moderation::hide(known(&api)?, post, told, span, &operation).await? {
        return Err(NotFound.into());
    }
    Ok(Success::ok(PostChanged { changed: true }))
}

/// Shows a hidden post again.
pub(crate) async fn show(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    context: RequestContext,
    body: Result<StrictBody<ReasonBody>, Refusal>,
) -> Result<Success<PostChanged>, ReportsError> {
    let operation = caller.operation(&context, reason(body?.0.reason())?);
    let post = PostId::parse(&id).map_err(|_| NotFound)?;
    let changed = moderation::show(known(&api)?, post, &operation).await?;
    Ok(Success::ok(PostChanged { changed }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_hidden_for_days_or_for_good() {
        assert_eq!(span(None).unwrap(), None);
        assert_eq!(span(Some("")).unwrap(), None);
        assert_eq!(span(Some("2")).unwrap(), Some(Duration::from_hours(48)));
        for bad in ["0", "366", "-1", "1d", "+1", "99999999999999999999"] {
            assert!(span(Some(bad)).is_err(), "{bad}");
        }
    }
}
