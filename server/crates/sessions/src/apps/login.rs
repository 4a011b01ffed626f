//! `POST /auth/login`: a member signs in by e-mail and password.

use std::sync::Arc;

use audit::AuditEvent;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use db::{DbError, LentTransaction, Transaction};
use kernel::NewId as _;
use members::{Authenticated, PasswordSignInError};
use names::{AuditKind, ErrorCode, MemberId, SessionId, SignInMethod};
use serde::Deserialize;
use tokens::{ClientId, EndReason, Grant, Rotation, Surplus, TokensError};
use utoipa::ToSchema;
use web::guard::{Proof, Proven, Unproven};
use web::openapi::{Argument as _, Operation};
use web::{Refusal, Refuse, RequestContext, StrictJson, Success};
use zeroize::Zeroizing;

use crate::apps::app_logins::AppLogins;
use crate::apps::tokens_body::{self, TokensBody};
use crate::begin::{MAX_ENDED, MAX_SESSIONS, SignIn};
use crate::error::{SessionsError, endpoint_error};
use crate::reason::BadForm;
use crate::second_step::ask::FirstStep;
use crate::state::Sessions;

endpoint_error! {
    /// Why an app gets no tokens.
    pub(crate) enum AppLoginError {
        Form(BadForm);
        SignIn(PasswordSignInError);
        SecondFactor(SecondFactorNeeded);
        FactorRequired(FactorRequired);
        Failed(SessionsError) from DbError, TokensError;
    }
    sign_in: SignIn, SecondFactor, FactorRequired;
}

/// Address and password are right, and a code is asked for: it is to be sent with this challenge.
#[derive(Debug, thiserror::Error)]
#[error("a second factor is asked for")]
pub(crate) struct SecondFactorNeeded(Zeroizing<String>);

impl Refuse for SecondFactorNeeded {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::SecondFactorNeeded).challenging(self.0.as_str())
    }
}

/// The account needs a second factor and has none. It is set up on our own pages, where its owner sees what the device is to learn.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a second factor has to be set up first")]
pub(crate) struct FactorRequired;

impl Refuse for FactorRequired {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::SecondFactorRequired)
    }
}

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    #[schema(example = "hong@example.com")]
    email: String,
    #[schema(value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Zeroizing<String>,
}

/// The proof of a sign-in: address and password were right a moment ago.
pub(crate) struct Login(Authenticated);

impl Proof<Arc<Sessions>> for Login {
    async fn read(request: Unproven<'_, Arc<Sessions>>) -> Result<Self, Response> {
        authenticated(request).await.map(Self).map_err(AppLoginError::into_response)
    }

    fn describe(operation: &mut Operation) {
        StrictJson::<LoginBody>::describe(operation);
    }
}

async fn authenticated(request: Unproven<'_, Arc<Sessions>>) -> Result<Authenticated, AppLoginError> {
    let Unproven { state: sessions, parts, body } = request;
    let LoginBody { email, password } = tokens_body::read(&parts.headers, body).await?;
    let context = RequestContext::of(parts);
    Ok(sessions.app_logins.members.password_sign_in.authenticate(&email, &password, &context).await?)
}

/// Lets a member in by e-mail and password.
pub(crate) async fn post(
    Proven { proof: Login(authenticated), .. }: Proven<Login>,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
) -> Result<Success<TokensBody>, AppLoginError> {
    sessions.app_logins.sign_app_in(&authenticated, &context).await.map(Success::ok)
}

impl AppLogins {
    async fn sign_app_in(
        &self,
        authenticated: &Authenticated,
        context: &RequestContext,
    ) -> Result<TokensBody, AppLoginError> {
        let method = SignInMethod::Password;
        let password_at = Some(authenticated.changed_at());
        let first = FirstStep { member: authenticated.member(), method, password_at };
        let sign_in = async |mut tx: LentTransaction| {
            let let_in = self.members.password_sign_in.sign_in_by_password(&mut tx, authenticated, context);
            let member = let_in.await?;
            if self.second_steps.lacks_factor(&mut tx, &member).await? {
                return Err(FactorRequired.into());
            }
            if self.second_steps.is_due_in_app(&mut tx, first).await? {
                return Ok(tx.roll_back(None));
            }
            let rotation = self.begin_family(&mut tx, SignIn::by(member.id, method), context).await?;
            Ok::<_, AppLoginError>(tx.commit(Some((rotation, member))))
        };
        let Some((rotation, member)) = self.context.db.transact(sign_in).await? else {
            let challenge = self.second_steps.wait_in_app(first).await?;
            return Err(SecondFactorNeeded(Zeroizing::new(challenge.text())).into());
        };
        Ok(self.tokens_body(&rotation, &member).await?)
    }

    /// Begins the family of tokens of an app, with what the audit log says of it.
    pub(crate) async fn begin_family(
        &self,
        tx: &mut Transaction,
        who: SignIn,
        context: &RequestContext,
    ) -> Result<Rotation, SessionsError> {
        let grant = Grant {
            subject: who.member,
            session: SessionId::new(&*self.context.clock, &*self.context.randomness),
            client_id: ClientId::own_app(),
            scope: self.scope.clone(),
            audience: None,
            auth_time: self.context.clock.now(),
            proven_by: Some(who.proven_by),
            method: Some(who.method),
            key: None,
        };
        let rotation = self.tokens.families.issue(tx, &grant).await?;
        self.end_surplus(tx, who.member).await?;
        self.starts.note_sign_in(tx, who, &context.source).await?;
        let issued = AuditEvent::new(AuditKind::TokenIssue, &context.source).about(who.member.uuid());
        self.context.audit.record(tx, &issued).await?;
        Ok(rotation)
    }

    /// Ends what a member has too many of, and deletes it: a script that signs in for every call would leave ever more rows to look
    /// through.
    async fn end_surplus(&self, tx: &mut Transaction, member: MemberId) -> Result<(), SessionsError> {
        let (families, client) = (&self.tokens.families, ClientId::own_app());
        let surplus = Surplus { kept: MAX_SESSIONS, limit: MAX_ENDED };
        for session in families.surplus_families(tx, member, &client, surplus).await? {
            self.tokens.revoker.revoke_session(tx, session, EndReason::SignedOutElsewhere).await?;
            families.delete_ended(tx, session, &client).await?;
        }
        Ok(())
    }
}
