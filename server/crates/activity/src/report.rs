//! Reporting a post to the operators.

use std::time::Duration;

use axum::extract::{Path, State};
use db::{DbError, LentTransaction};
use names::{MemberId, path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{FieldProblem, Refusal, StrictBody, Success};

use crate::activity::Activity;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::post::PostState;
use crate::post_id::PostId;
use crate::post_text::Note;
use crate::rates::Counted;
use crate::reason::Limited;
use crate::store::reports::ReportRow;
use crate::store::{blocks, people, posts, reports};

/// How long a report is kept.
pub(crate) const RETENTION: Duration = Duration::from_hours(180 * 24);

const REASONS: [&str; 4] = ["spam", "abuse", "illegal", "other"];
const REASONS_ALLOWED: &str = "`spam`, `abuse`, `illegal` or `other`";

endpoint_error! {
    /// Why a report is not taken.
    pub enum ReportError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

/// What somebody says of a post.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportBody {
    /// Why: `spam`, `abuse`, `illegal` or `other`.
    #[schema(example = "spam")]
    pub reason: Option<String>,
    /// In their own words; at most 500 characters.
    #[schema(nullable = false, example = "같은 글이 계속 올라옵니다.")]
    pub note: Option<String>,
    /// The page of a member on which the form is, to which it leads back.
    #[schema(nullable = false, example = "/feed")]
    pub return_to: Option<String>,
}

/// A report as it was read.
struct Report {
    reason: &'static str,
    note: Note,
}

impl ReportBody {
    fn read(&self) -> Result<Report, FieldErrors> {
        let reason = REASONS.into_iter().find(|reason| self.reason.as_deref() == Some(*reason));
        let note = Note::parse(self.note.as_deref().unwrap_or_default());
        match (reason, note) {
            (Some(reason), Some(note)) => Ok(Report { reason, note }),
            (reason, note) => {
                let bad_reason = reason.is_none().then(|| FieldProblem::new("reason", REASONS_ALLOWED));
                let bad_note = note.is_none().then(|| FieldProblem::new("note", Note::ALLOWED));
                Err(FieldErrors(bad_reason.into_iter().chain(bad_note).collect()))
            }
        }
    }
}

impl Activity {
    /// Writes down that a member reports a post that they can see. There is one report of each member and post.
    ///
    /// # Errors
    /// See [`ReportError`].
    pub async fn report(&self, caller: MemberId, post: PostId, body: &ReportBody) -> Result<(), ReportError> {
        let Report { reason, note } = body.read()?;
        let now = self.context.now();
        let reporter = people::ensure(&self.context.db, caller, now).await?;
        let row = ReportRow { post, reason: reason.to_owned(), note: note.as_str().to_owned(), at: now };
        let write = async |mut tx: LentTransaction| {
            let found = posts::find(&mut tx, post).await?.filter(|post| post.state == PostState::Shown);
            let author = people::by_no(&mut tx, found.ok_or(NotFound)?.author).await?.ok_or(NotFound)?;
            // Nobody sees what somebody wrote who is not shown themselves.
            let member = author.member.ok_or(NotFound)?;
            let is_shown = self.cards.of(&mut tx, &[member]).await?.contains_key(&member);
            if !is_shown || blocks::is_blocked(&mut tx, author.no, reporter).await? {
                return Err(NotFound.into());
            }
            if reports::is_known(&mut tx, reporter, post).await? {
                return Ok(tx.roll_back(()));
            }
            self.rates.count_within(&mut tx, Counted::Report, caller).await?;
            reports::insert(&mut tx, reporter, &row, now.plus(RETENTION)).await?;
            Ok::<_, ReportError>(tx.commit(()))
        };
        self.context.db.transact(write).await
    }
}

/// That a report was taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Reported {
    /// The id of the post.
    id: String,
}

/// `POST /api/activity/posts/{id}/report`
pub(crate) async fn post(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
    body: Result<StrictBody<ReportBody>, Refusal>,
) -> Result<Success<Reported>, ReportError> {
    let StrictBody(body) = body?;
    let id = PostId::parse(&id).map_err(|_| NotFound)?;
    activity.report(caller.member, id, &body).await?;
    let reported = Success::accepted(Reported { id: id.to_string() });
    Ok(match body.return_to.as_deref().and_then(member_in) {
        Some(member) => reported.leading_to(format!("{}{member}?notice=reported", path::MEMBERS)),
        None => reported,
    })
}

/// The member whose page has this address.
fn member_in(page: &str) -> Option<MemberId> {
    MemberId::parse(page.strip_prefix(path::MEMBERS)?).ok()
}
