//! `POST /auth/login`: a member signs in by e-mail and password.

use std::sync::Arc;

use audit::AuditEvent;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use db::{DbError, Ended, LentTransaction};
use kernel::NewId as _;
use members::{Authenticated, Member, PasswordSignInError};
use names::{AuditKind, SessionId, SignInMethod};
use serde::Deserialize;
use tokens::{ClientId, Grant, Rotation, TokensError};
use utoipa::ToSchema;
use web::guard::{Proof, Proven, Unproven};
use web::openapi::{Argument as _, Operation};
use web::{RequestContext, StrictJson, Success};
use zeroize::Zeroizing;

use crate::apps::app_logins::AppLogins;
use crate::apps::tokens_body::{self, TokensBody};
use crate::begin::SignIn;
use crate::error::{SessionsError, endpoint_error};
use crate::reason::BadForm;
use crate::state::Sessions;

endpoint_error! {
    /// Why an app gets no tokens.
    pub(crate) enum AppLoginError {
        Form(BadForm);
        SignIn(PasswordSignInError);
        Failed(SessionsError) from DbError, TokensError;
    }
    sign_in: SignIn;
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
        let sign_in = async |tx: LentTransaction| self.begin_app(tx, authenticated, context).await;
        let (rotation, member) = self.context.db.transact(sign_in).await?;
        Ok(self.tokens_body(&rotation, &member).await?)
    }

    async fn begin_app(
        &self,
        mut tx: LentTransaction,
        authenticated: &Authenticated,
        context: &RequestContext,
    ) -> Result<Ended<(Rotation, Member)>, AppLoginError> {
        let member =
            self.members.password_sign_in.sign_in_by_password(&mut tx, authenticated, context).await?;
        let who = SignIn::by(member.id, SignInMethod::Password);
        let grant = Grant {
            subject: member.id,
            session: SessionId::new(&*self.context.clock, &*self.context.randomness),
            client_id: ClientId::own_app(),
            scope: self.scope.clone(),
            audience: None,
            auth_time: self.context.clock.now(),
            proven_by: Some(who.proven_by),
            key: None,
        };
        let rotation = self.tokens.families.issue(&mut tx, &grant).await?;
        self.starts.note_sign_in(&mut tx, who, &context.source).await?;
        let issued = AuditEvent::new(AuditKind::TokenIssue, &context.source).about(member.id.uuid());
        self.context.audit.record(&mut tx, &issued).await?;
        Ok(tx.commit((rotation, member)))
    }
}
