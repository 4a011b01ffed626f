//! What a member changes about their codes: `POST /api/users/me/codes/remove` turns them off, `…/recovery` makes other recovery
//! codes, `…/providers` says whether codes are asked for after a provider.

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction};
use names::MailNotice;
use serde::Deserialize;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::Fresh;
use web::reason::{InputError, NotFound};
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::caller::{Caller, RenewalError, Sender};
use crate::failure::Failure;
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::reason::{LastSecondFactor, Limited, NotSignedIn};
use crate::totp::codes::OneTimeCodes;
use crate::totp::set_up::RecoveryCodesBody;
use crate::totp::store::{account_codes, recovery_codes, seeds, setups};

endpoint_error! {
    /// Why a member's codes stay as they are.
    pub enum CodesChangeError {
        Input(InputError) from Refusal;
        NotSignedIn(NotSignedIn);
        NotFound(NotFound);
        LastSecondFactor(LastSecondFactor);
        Limited(Limited);
        Renewal(RenewalError);
        Failed(Failure) from DbError;
    }
}

/// Turns codes off. What helps without them goes as well, and devices that were trusted are asked again.
pub(crate) async fn remove(
    Fresh { caller, .. }: Fresh<Caller>,
    State(codes): State<OneTimeCodes>,
    context: RequestContext,
    sender: Sender,
) -> Result<Success<Next>, CodesChangeError> {
    let turn_off = async |mut tx: LentTransaction| {
        // Held until the commit, so that a passkey that goes at the same moment is seen.
        if !members::hold(&mut tx, caller.member).await? {
            return Err(NotSignedIn.into());
        }
        if !seeds::delete(&mut tx, caller.member).await? {
            return Err(NotFound.into());
        }
        if codes.required.are_lacking_of(&mut tx, caller.member).await? {
            return Err(LastSecondFactor.into());
        }
        // Where they are all that helps without the passkey, they stay.
        if account_codes::of_member(&mut tx, caller.member).await?.is_none() {
            recovery_codes::delete_all(&mut tx, caller.member).await?;
        }
        setups::delete(&mut tx, caller.member).await?;
        codes.revocation.delete_devices(&mut tx, caller.member).await?;
        let renewed = sender.renewal().make(&mut tx).await?;
        let notice = MailTemplate::Notice(MailNotice::CodesTurnedOff);
        codes.notices.tell_owner_of(&mut tx, caller.member, notice, context.language).await?;
        codes.context.record(&mut tx, AuditKind::CodesTurnedOff, caller.member, &context).await?;
        Ok::<_, CodesChangeError>(tx.commit(renewed))
    };
    let renewed = codes.context.db.transact(turn_off).await?;
    codes.revocation.know_at_once().await;
    sender.keep(renewed);
    Ok(Success::ok(Step::Done.into()))
}

/// Makes other recovery codes. Those of before are worth nothing.
pub(crate) async fn renew_recovery_codes(
    Fresh { caller, .. }: Fresh<Caller>,
    State(codes): State<OneTimeCodes>,
    context: RequestContext,
) -> Result<Success<RecoveryCodesBody>, CodesChangeError> {
    codes.limits.change_by(caller.member).await?;
    let session = caller.session.ok_or(NotSignedIn)?;
    let make = async |mut tx: LentTransaction| {
        if !seeds::exists(&mut tx, caller.member).await?
            && account_codes::of_member(&mut tx, caller.member).await?.is_none()
        {
            return Err(NotFound.into());
        }
        let made = codes.make_recovery_codes(&mut tx, caller.member).await?;
        codes.show_in(&mut tx, caller.member, session, &made).await?;
        let notice = MailTemplate::Notice(MailNotice::RecoveryCodesReplaced);
        codes.notices.tell_owner_of(&mut tx, caller.member, notice, context.language).await?;
        codes.context.record(&mut tx, AuditKind::RecoveryCodesMade, caller.member, &context).await?;
        Ok::<_, CodesChangeError>(tx.commit(made))
    };
    let recovery_codes = codes.context.db.transact(make).await?;
    Ok(Success::ok(RecoveryCodesBody { recovery_codes }))
}

/// Whether codes are asked for after a provider.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProvidersBody {
    /// Sent by a form when its box is ticked.
    #[schema(nullable = false, example = "1")]
    ask: Option<String>,
}

/// Says whether codes are asked for after a provider.
pub(crate) async fn ask_after_providers(
    Fresh { caller, .. }: Fresh<Caller>,
    State(codes): State<OneTimeCodes>,
    context: RequestContext,
    body: Result<StrictBody<ProvidersBody>, Refusal>,
) -> Result<Success<Next>, CodesChangeError> {
    codes.limits.change_by(caller.member).await?;
    let StrictBody(ProvidersBody { ask }) = body?;
    let asks = ask.is_some();
    let kind =
        if asks { AuditKind::CodesAskedAfterProviders } else { AuditKind::CodesNotAskedAfterProviders };
    let change = async |mut tx: LentTransaction| {
        if !seeds::ask_after_providers(&mut tx, caller.member, asks).await? {
            let is_so_already = seeds::exists(&mut tx, caller.member).await?;
            return if is_so_already { Ok(tx.roll_back(())) } else { Err(NotFound.into()) };
        }
        codes.context.record(&mut tx, kind, caller.member, &context).await?;
        Ok::<_, CodesChangeError>(tx.commit(()))
    };
    codes.context.db.transact(change).await?;
    Ok(Success::ok(Step::Done.into()))
}
