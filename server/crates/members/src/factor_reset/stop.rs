//! The owner keeps their second factors: by `POST /api/users/factor-reset/cancel` with the link of the mail, or by a sign-in in which
//! they showed one.

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use kernel::OpaqueToken;
use names::{MemberId, Source, path};
use serde::Deserialize;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::own_pages_or_programs;
use web::reason::{FieldErrors, InputError};
use web::{PageForm, Refusal, RequestContext, Routes, StrictBody, Success};

use crate::api::MembersApi;
use crate::email::mail_proofs::Spending;
use crate::factor_reset::order::FactorResets;
use crate::factor_reset::stop_waiting::{stop, stop_waiting};
use crate::factor_reset::store::factor_resets;
use crate::failure::Failure;
use crate::field::Fields;
use crate::model::mail_proof::Proof;
use crate::next::{Next, Step};
use crate::reason::{BadProof, Limited};
use crate::repeat::Sent;

endpoint_error! {
    /// Why the second factors of a member are still going to go.
    pub enum FactorKeepError {
        Input(InputError) from Refusal, FieldErrors;
        BadProof(BadProof);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

impl FactorResets {
    /// Stops what was ordered, by the token of its mail. Nobody is signed in by it.
    ///
    /// # Errors
    /// [`FactorKeepError::BadProof`], also when it has taken effect or was stopped before.
    pub async fn stop_by_link(
        &self,
        token: OpaqueToken,
        context: &RequestContext,
    ) -> Result<(), FactorKeepError> {
        let proof = Proof::Token(token.clone());
        let sent = Sent::KeepFactors(&proof);
        let stop = async |mut tx: LentTransaction| {
            let waiting = factor_resets::find_by_stop(&mut tx, &token.hash()).await?.ok_or(BadProof)?;
            if !stop(&self.context, &self.notices, &mut tx, waiting, &context.source).await? {
                return Err(BadProof.into());
            }
            self.proofs.remember(&mut tx, sent, waiting.member, context).await?;
            Ok::<_, FactorKeepError>(tx.commit(()))
        };
        let spending = Spending { sent, what: AuditKind::FactorResetStopped };
        let stopped = self.context.db.transact(stop);
        self.proofs.spend(spending, context, stopped, async |_| Ok(Some(()))).await
    }

    /// Stops what was ordered for a member who has just shown a second factor, in the transaction of that sign-in: they have it still.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn stop_by_sign_in(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        source: &Source,
    ) -> Result<(), DbError> {
        stop_waiting(&self.context, &self.notices, tx, member, source).await
    }
}

/// Adds `POST /api/users/factor-reset/cancel`.
pub(crate) fn add(routes: Routes<MembersApi>) -> Routes<MembersApi> {
    routes.form(
        "/api/users/factor-reset/cancel",
        own_pages_or_programs(),
        PageForm::on(path::KEEP_FACTORS).keeps(&["token"]).leads_to("/oauth/login?notice=factors_kept"),
        post,
    )
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepFactorsBody {
    #[schema(required = true, nullable = false, value_type = String, example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: Option<String>,
}

/// `POST /api/users/factor-reset/cancel`: the link of the mail cancels the reset, without a sign-in.
pub(crate) async fn post(
    State(resets): State<FactorResets>,
    context: RequestContext,
    body: Result<StrictBody<KeepFactorsBody>, Refusal>,
) -> Result<Success<Next>, FactorKeepError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let token = value.token.as_deref().and_then(OpaqueToken::parse);
    let token = fields.take("token", "the token of the link", token);
    resets.stop_by_link(fields.done(token)?, &context).await?;
    Ok(Success::ok(Step::SignIn.into()))
}
