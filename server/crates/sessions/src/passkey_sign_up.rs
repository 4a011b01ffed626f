//! Becoming a member by a passkey: `POST /api/auth/signup/passkey/options` asks the browser to make one, `POST /api/auth/signup/passkey`
//! makes the member and their session. Where that is switched off, there are no such paths.

use axum::extract::State;
use db::{DbError, LentTransaction};
use members::{
    NewMember, Nickname, PasskeyAnswer, PasskeyQuestion, PasskeySignUpError, PasskeySignUpQuestionError,
    PasskeySignUps, ProvenSignUp,
};
use names::{SignInMethod, path};
use serde::Deserialize;
use utoipa::ToSchema;
use web::body::Nested;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Browser, Plain, Refusal, RequestContext, ReturnTo, StrictJson};

use crate::begin::SignIn;
use crate::error::{SessionsError, endpoint_error};
use crate::passkey::{AnswerBody, PasskeyLogins, SignedInBody, no_answer};
use crate::passkey_options::QuestionBody;
use crate::store;

endpoint_error! {
    /// Why a browser is not asked to make a passkey for a new member.
    pub(crate) enum SignUpQuestionError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        Question(PasskeySignUpQuestionError);
        Failed(SessionsError) from DbError;
    }
}

endpoint_error! {
    /// Why nobody becomes a member by a passkey.
    pub(crate) enum SignUpError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        SignUp(PasskeySignUpError);
        Failed(SessionsError) from DbError;
    }
    sign_in: SignUp;
}

/// What the new member is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NicknameBody {
    #[schema(required = true, nullable = false, value_type = String, example = "하늘")]
    nickname: Option<String>,
}

/// Begins a ceremony, bound to this browser.
pub(crate) async fn options(
    State(logins): State<PasskeyLogins>,
    context: RequestContext,
    Browser { headers, cookies }: Browser,
    body: Result<StrictJson<NicknameBody>, Refusal>,
) -> Result<Plain<QuestionBody>, SignUpQuestionError> {
    let sign_ups = logins.sign_ups().ok_or(NotFound)?;
    let StrictJson(NicknameBody { nickname }) = body?;
    let nickname = nickname.as_deref().and_then(Nickname::parse);
    let nickname = nickname.ok_or_else(|| FieldErrors::one("nickname", Nickname::ALLOWED))?;
    let browser = logins.browser_cookie.read_or_new(&headers, &*logins.context.randomness);
    let asked = sign_ups.ask(&nickname, browser.hash(), &context).await?;
    let PasskeyQuestion { ceremony, options } = asked;
    cookies.add(logins.browser_cookie.cookie(&browser));
    Ok(Plain::of(&QuestionBody { ceremony, public_key: options }))
}

/// Makes the member, and gives the browser a new session. It leads to their recovery codes, and from there to where they were going.
pub(crate) async fn post(
    State(logins): State<PasskeyLogins>,
    browser: Browser,
    context: RequestContext,
    body: Result<StrictJson<AnswerBody>, Refusal>,
) -> Result<Plain<SignedInBody>, SignUpError> {
    let sign_ups = logins.sign_ups().ok_or(NotFound)?;
    let StrictJson(AnswerBody { ceremony, credential, return_to }) = body.map_err(no_answer)?;
    let Some((ceremony, Nested(credential))) = ceremony.zip(credential) else {
        return Err(FieldErrors::one("credential", "what the browser made, with its `ceremony`").into());
    };
    let return_to = return_to.as_deref().map_or_else(ReturnTo::home, ReturnTo::parse);
    let bound = logins.browser_cookie.read(&browser.headers).map(|bound| bound.hash());
    let proven = sign_ups.prove(PasskeyAnswer { ceremony, credential, browser: bound }, &context).await?;
    logins.sign_up(sign_ups, &proven, &browser, &context).await?;
    let next = path::security("codes", "passkey_signed_up", return_to.as_str());
    Ok(Plain::of(&SignedInBody { next }))
}

impl PasskeyLogins {
    fn sign_ups(&self) -> Option<&PasskeySignUps> {
        self.members.passkey_sign_ups.as_ref()
    }

    async fn sign_up(
        &self,
        sign_ups: &PasskeySignUps,
        proven: &ProvenSignUp,
        browser: &Browser,
        context: &RequestContext,
    ) -> Result<(), SignUpError> {
        let old = self.starts.cookie.handle(&browser.headers);
        let sign_up = async |mut tx: LentTransaction| {
            let NewMember { member, recovery_codes } =
                sign_ups.sign_up_by_passkey(&mut tx, proven, context).await?;
            let who = SignIn::by(member.id, SignInMethod::Passkey);
            let handle = self.starts.begin_session(&mut tx, who, old.as_ref(), &context.source).await?;
            if let Some(session) = store::find(&mut tx, &handle.hash()).await? {
                let shown = self.members.codes.show_in(&mut tx, member.id, session.id, &recovery_codes);
                shown.await.map_err(SessionsError::from)?;
            }
            Ok::<_, SignUpError>(tx.commit(handle))
        };
        match self.context.db.transact(sign_up).await {
            Ok(handle) => {
                self.starts.evict_ended(old.as_ref()).await;
                browser.cookies.add(self.starts.cookie.holding(&handle));
                Ok(())
            }
            Err(SignUpError::SignUp(error)) => {
                sign_ups.note_late(proven, &error, context).await?;
                Err(error.into())
            }
            Err(error) => Err(error),
        }
    }
}
