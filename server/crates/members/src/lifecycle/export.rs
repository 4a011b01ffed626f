//! `GET /api/users/me/export`: everything that is stored about the caller, as one JSON file. They are told by mail: if it
//! was not them, somebody has it all.
//!
//! What other parts keep comes through [`Elsewhere`]; what may be very much of it is read while the file is sent. Left out is what
//! nobody can read or what is gone in no time: secrets and their hashes; columns that serve the program alone, such as a count of
//! wrong passwords; the bytes of the picture, which are at its address; logins on their way to a provider (ten minutes);
//! revocations and counts of tries (ids and checksums, minutes to hours); and copies of what is here that wait to be dealt with
//! or were a while ago, which are requests that were answered first, mails in the queue, and account events in the outbox, the
//! bus and its dead letters.

use std::sync::Arc;

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use names::{MailNotice, MemberId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use web::endpoint_error;
use web::guard::Fresh;
use web::{RequestContext, Streamed};

use crate::caller::Caller;
use crate::context::Context;
use crate::elsewhere::{Elsewhere, Sections};
use crate::email::contact::Notices;
use crate::failure::Failure;
use crate::lifecycle::exported_account::ExportedAccount;
use crate::lifecycle::exported_log::log_of;
use crate::limits::Limits;
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::profile::me::{OwnProfile, OwnProfileError, active, own_profile};
use crate::reason::{Limited, NotSignedIn};

/// The content of a member's export, to which other parts add their sections.
#[derive(Serialize)]
pub(crate) struct Export {
    exported_at: String,
    profile: OwnProfile,
    #[serde(flatten)]
    account: ExportedAccount,
    #[serde(flatten)]
    elsewhere: Map<String, Value>,
}

/// Each part names what it keeps, so the fields are not listed here.
impl PartialSchema for Export {
    fn schema() -> RefOr<Schema> {
        let text = "The member's data: one list or object for each part that keeps some.";
        ObjectBuilder::new().description(Some(text)).into()
    }
}

impl ToSchema for Export {}

endpoint_error! {
    /// Why a member does not get what is stored about them.
    pub(crate) enum ExportError {
        NotSignedIn(NotSignedIn);
        Profile(OwnProfileError);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

/// Gives members what is stored about them. Cheap to clone.
#[derive(Clone)]
pub struct Exports {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) notices: Notices,
}

impl Exports {
    async fn export(
        &self,
        member: MemberId,
        elsewhere: &dyn Elsewhere,
        context: &RequestContext,
    ) -> Result<Streamed<Export, DbError>, ExportError> {
        self.limits.change_by(member).await?;
        self.record(member, context).await?;
        let profile = own_profile(&self.context.db, member).await?;
        let mut reader = self.context.db.read().await?;
        let account = ExportedAccount::read(&mut reader, member).await?;
        let networks = self.context.audit.exported_networks(&mut reader, member.uuid()).await?;
        drop(reader);
        let Sections { short, mut long } = elsewhere.about(member, &networks).await?;
        long.insert(0, ("audit", log_of(self.context.audit.clone(), member)));
        let exported_at = self.context.clock.now().to_string();
        Ok(Streamed::new(Export { exported_at, profile, account, elsewhere: short }, long))
    }

    /// Records that the member takes the file, and tells them by mail.
    async fn record(&self, member: MemberId, context: &RequestContext) -> Result<(), ExportError> {
        let record = async |mut tx: LentTransaction| {
            active(members::find(&mut tx, member).await?)?;
            self.context.record(&mut tx, AuditKind::DataExport, member, context).await?;
            let notice = MailTemplate::Notice(MailNotice::DataExported);
            self.notices.tell_owner_of(&mut tx, member, notice, context.language).await?;
            Ok::<_, ExportError>(tx.commit(()))
        };
        self.context.db.transact(record).await
    }
}

/// Returns the file, and records that in the audit log. A program needs more than the scope to read a profile.
pub(crate) async fn get(
    Fresh { caller, .. }: Fresh<Caller>,
    State(exports): State<Exports>,
    State(elsewhere): State<Arc<dyn Elsewhere>>,
    context: RequestContext,
) -> Result<Streamed<Export, DbError>, ExportError> {
    let export = exports.export(caller.member, &*elsewhere, &context).await?;
    let file = HeaderValue::from_static("attachment; filename=\"daemun.json\"");
    Ok(export
        .with_header(CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .with_header(CONTENT_DISPOSITION, file))
}
