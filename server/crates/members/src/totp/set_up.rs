//! Turning one-time codes on: `POST /api/users/me/codes/begin` makes the secret, `POST /api/users/me/codes` takes the first code and
//! gives recovery codes, `POST /api/users/me/codes/put-away` ends their being shown.
//!
//! What is being set up is seen in the very session that began it, for a few minutes: no other one of the member, which may be
//! a thief's, learns the secret.

use std::time::Duration;

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use names::{MailNotice, MemberId, SessionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::{Fresh, SignedIn};
use web::reason::InputError;
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::caller::{Caller, Renewal, RenewalError, Renewed, Sender};
use crate::failure::Failure;
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::reason::{Limited, NotSignedIn, NothingBegun, WrongFirstCode};
use crate::totp::codes::OneTimeCodes;
use crate::totp::seed::{Seed, six_digits};
use crate::totp::set_up_place::SetUpPlace;
use crate::totp::store::seeds::{self, NewSeed};
use crate::totp::store::setups::{self, Setup};

/// How long a secret or recovery codes are shown.
const DISPLAY_LIFETIME: Duration = Duration::from_mins(10);

endpoint_error! {
    /// Why one-time codes are not turned on.
    pub enum SetUpError {
        Input(InputError) from Refusal;
        NotSignedIn(NotSignedIn);
        NothingBegun(NothingBegun);
        WrongFirstCode(WrongFirstCode);
        Limited(Limited);
        Renewal(RenewalError);
        Failed(Failure) from DbError;
    }
}

/// The first code of a device, where its secret was made.
#[derive(Clone, Copy, Debug)]
pub struct FirstCode<'a> {
    /// The member who sets codes up.
    pub member: MemberId,
    /// The session or waiting sign-in in which the set-up began.
    pub place: SetUpPlace,
    /// The code, as it was typed.
    pub typed: &'a str,
}

/// Codes that were turned on.
pub(crate) struct TurnedOn {
    recovery_codes: Vec<String>,
    renewed: Option<Renewed>,
}

impl OneTimeCodes {
    /// Makes the secret that a member's device is to learn.
    pub(crate) async fn begin_set_up(
        &self,
        member: MemberId,
        session: SessionId,
    ) -> Result<Seed, SetUpError> {
        self.limits.change_by(member).await?;
        let seed = Seed::new(&*self.context.randomness);
        let sealed = self.seal(setups::SEED, member, seed.bytes())?;
        let begin = async |mut tx: LentTransaction| {
            if !members::hold(&mut tx, member).await? {
                return Err(NotSignedIn.into());
            }
            let place = SetUpPlace::session(session);
            let setup = Setup { place, seed_sealed: Some(sealed.clone()), codes_sealed: None };
            setups::put(&mut tx, member, setup, self.context.clock.now().plus(DISPLAY_LIFETIME)).await?;
            Ok::<_, SetUpError>(tx.commit(()))
        };
        self.context.db.transact(begin).await?;
        Ok(seed)
    }

    /// Turns codes on, if `typed` is the present code of the secret that was made in this session. The session has shown a
    /// code with that, and gets another secret (S-COOKIE-5).
    pub(crate) async fn finish_set_up(
        &self,
        tx: &mut Transaction,
        first: FirstCode<'_>,
        renewal: Renewal<'_>,
        context: &RequestContext,
    ) -> Result<TurnedOn, SetUpError> {
        let member = first.member;
        let recovery_codes = self.turn_on(tx, first, context).await?;
        let renewed = renewal.make(tx).await?;
        if let Some(renewed) = &renewed {
            renewal.note_code(tx, renewed.session).await?;
            self.show_in(tx, member, renewed.session, &recovery_codes).await?;
        }
        Ok(TurnedOn { recovery_codes, renewed })
    }

    /// Turns codes on where their secret was made, and gives the recovery codes.
    pub(crate) async fn turn_on(
        &self,
        tx: &mut Transaction,
        FirstCode { member, place, typed }: FirstCode<'_>,
        context: &RequestContext,
    ) -> Result<Vec<String>, SetUpError> {
        let now = self.context.clock.now();
        if !members::hold(tx, member).await? {
            return Err(NotSignedIn.into());
        }
        let begun = setups::find(tx, member, now).await?.filter(|setup| setup.place == place);
        let sealed = begun.and_then(|setup| setup.seed_sealed).ok_or(NothingBegun)?;
        let seed = self.seed(setups::SEED, member, &sealed)?;
        let digits = six_digits(typed).ok_or(WrongFirstCode)?;
        let last_step = seed.step_of(&digits, now)?.ok_or(WrongFirstCode)?;
        let before = seeds::find(tx, member).await?;
        let new = NewSeed {
            member,
            sealed: self.seal(seeds::PURPOSE, member, seed.bytes())?,
            enabled_at: now,
            last_step,
            after_providers: before.is_none_or(|before| before.after_providers),
        };
        seeds::put(tx, new).await?;
        self.revocation.delete_devices(tx, member).await?;
        let recovery_codes = self.make_recovery_codes(tx, member).await?;
        self.notices
            .tell_owner_of(tx, member, MailTemplate::Notice(MailNotice::CodesTurnedOn), context.language)
            .await?;
        self.context.record(tx, AuditKind::CodesTurnedOn, member, context).await?;
        Ok(recovery_codes)
    }

    /// Shows recovery codes in a session, until they are put away.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn show_in(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        session: SessionId,
        codes: &[String],
    ) -> Result<(), Failure> {
        let sealed = self.seal(setups::CODES, member, codes.join("\n").as_bytes())?;
        let place = SetUpPlace::session(session);
        let setup = Setup { place, seed_sealed: None, codes_sealed: Some(sealed) };
        Ok(setups::put(tx, member, setup, self.context.clock.now().plus(DISPLAY_LIFETIME)).await?)
    }
}

/// What a device is to learn.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecretBody {
    /// In groups, to be typed.
    #[schema(example = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")]
    secret: String,
    /// The same for an app, with the names of site and account.
    #[schema(example = "otpauth://totp/Daemun:hong?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Daemun")]
    address: String,
}

/// `POST /api/users/me/codes/begin`: a new secret, which counts once a code of it is confirmed.
pub(crate) async fn begin(
    Fresh { caller, .. }: Fresh<Caller>,
    State(codes): State<OneTimeCodes>,
) -> Result<Success<SecretBody>, SetUpError> {
    let session = caller.session.ok_or(NotSignedIn)?;
    let seed = codes.begin_set_up(caller.member, session).await?;
    let account = {
        let mut reader = codes.context.db.read().await?;
        members::find(&mut reader, caller.member).await?.ok_or(NotSignedIn)?
    };
    let account = account.email.unwrap_or(account.nickname);
    let address = seed.address(&codes.site, &account)?;
    Ok(Success::ok(SecretBody { secret: seed.text(), address }))
}

/// A code that was typed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeBody {
    #[schema(required = true, nullable = false, value_type = String, example = "081804")]
    code: Option<String>,
}

/// Ten codes, of which each helps once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodesBody {
    #[schema(example = json!(["7K3QP-0M9XA"]))]
    pub(crate) recovery_codes: Vec<String>,
}

/// Turns codes on by the first one.
pub(crate) async fn confirm(
    Fresh { caller, .. }: Fresh<Caller>,
    State(codes): State<OneTimeCodes>,
    context: RequestContext,
    sender: Sender,
    body: Result<StrictBody<CodeBody>, Refusal>,
) -> Result<Success<RecoveryCodesBody>, SetUpError> {
    let StrictBody(CodeBody { code }) = body?;
    let typed = code.ok_or(WrongFirstCode)?;
    let session = caller.session.ok_or(NotSignedIn)?;
    codes.limits.change_by(caller.member).await?;
    let turn_on = async |mut tx: LentTransaction| {
        let place = SetUpPlace::session(session);
        let first = FirstCode { member: caller.member, place, typed: &typed };
        let on = codes.finish_set_up(&mut tx, first, sender.renewal(), &context).await?;
        Ok::<_, SetUpError>(tx.commit(on))
    };
    let TurnedOn { recovery_codes, renewed } = codes.context.db.transact(turn_on).await?;
    codes.revocation.know_at_once().await;
    sender.keep(renewed);
    Ok(Success::ok(RecoveryCodesBody { recovery_codes }))
}

/// Puts the recovery codes away that this session sees.
pub(crate) async fn put_away(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(codes): State<OneTimeCodes>,
) -> Result<Success<Next>, SetUpError> {
    let session = caller.session.ok_or(NotSignedIn)?;
    let put_away = async |mut tx: LentTransaction| {
        setups::delete_of_place(&mut tx, caller.member, SetUpPlace::session(session)).await?;
        Ok::<_, SetUpError>(tx.commit(()))
    };
    codes.context.db.transact(put_away).await?;
    Ok(Success::ok(Step::Done.into()))
}
