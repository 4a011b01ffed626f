//! `POST /auth/login`, `POST /auth/refresh` and `POST /auth/logout`: for apps that are not browsers and keep their own tokens (design 3.3).
//! No cookie is read or set here.

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::Transaction;
use http::StatusCode;
use kernel::NewId as _;
use members::{MemberStatus, RequestContext};
use names::{Language, SessionId, SignInMethod, Source};
use serde::{Deserialize, Serialize};
use tokens::{ClientId, EndReason, Family, Grant, Presented, Redemption, RefreshToken, Refused, Rotation};
use utoipa::ToSchema;
use web::{Refusal, StrictJson, Success};
use zeroize::Zeroizing;

use crate::error::SessionsError;
use crate::state::Sessions;
use crate::tokens_of_session::refused_code;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    #[schema(example = "hong@example.com")]
    email: String,
    #[schema(value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Zeroizing<String>,
}

/// What the others carry.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    #[schema(value_type = String, example = "dr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    refresh_token: Zeroizing<String>,
}

/// Tokens for an app, as OAuth 2.0 names them (RFC 6749 section 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct TokensBody {
    access_token: String,
    refresh_token: String,
    expires_in: u64,
    token_type: &'static str,
}

/// Lets a member in by e-mail and password.
pub(crate) async fn login(
    State(sessions): State<Sessions>,
    context: RequestContext,
    body: Result<StrictJson<LoginBody>, Refusal>,
) -> Result<Success<TokensBody>, SessionsError> {
    let StrictJson(body) = body.map_err(SessionsError::Form)?;
    let tokens = sessions.sign_app_in((&body.email, &body.password), &context).await?;
    Ok(Success::ok(tokens))
}

/// Spends a refresh token for the next pair.
pub(crate) async fn refresh(
    State(sessions): State<Sessions>,
    context: RequestContext,
    body: Result<StrictJson<RefreshBody>, Refusal>,
) -> Result<Success<TokensBody>, SessionsError> {
    let StrictJson(body) = body.map_err(SessionsError::Form)?;
    let token = RefreshToken::parse(&body.refresh_token).ok_or(SessionsError::RefreshRefused("malformed"))?;
    sessions.refresh_app(&token, &context).await.map(Success::ok)
}

/// Ends the family of a refresh token. Anyone who has a token of it, even a spent one, may end it; for one that we never
/// gave out there is nothing to end, and the answer is the same.
pub(crate) async fn logout(
    State(sessions): State<Sessions>,
    context: RequestContext,
    body: Result<StrictJson<RefreshBody>, Refusal>,
) -> Result<StatusCode, SessionsError> {
    let StrictJson(body) = body.map_err(SessionsError::Form)?;
    if let Some(token) = RefreshToken::parse(&body.refresh_token) {
        sessions.sign_app_out(&token, &context.source).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

impl Sessions {
    async fn sign_app_in(
        &self,
        credentials: (&str, &str),
        context: &RequestContext,
    ) -> Result<TokensBody, SessionsError> {
        let authenticated = self.accounts.authenticate(credentials, context).await?;
        let mut tx = self.db.begin().await?;
        let member = self.accounts.sign_in_by_password(&mut tx, &authenticated, context).await?;
        let grant = Grant {
            subject: member.id,
            session: SessionId::new(&*self.clock, &*self.randomness),
            client_id: ClientId::own_app(),
            scope: self.scope.clone(),
        };
        let rotation = self.tokens.issue(&mut tx, &grant).await?;
        self.note_sign_in(&mut tx, (member.id, SignInMethod::Password), &context.source).await?;
        let issued = AuditEvent::new(AuditKind::TokenIssue, &context.source).about(member.id.uuid());
        self.audit.record(&mut tx, &issued).await?;
        tx.commit().await?;
        self.tokens_body(&rotation, &member).await
    }

    async fn refresh_app(
        &self,
        token: &RefreshToken,
        context: &RequestContext,
    ) -> Result<TokensBody, SessionsError> {
        if !self.knows(token).await? {
            return Err(SessionsError::RefreshRefused("unknown"));
        }
        let client_id = ClientId::own_app();
        let presented = Presented { token, client_id: &client_id, scope: None };
        let mut tx = self.db.begin().await?;
        let rotation = match self.tokens.redeem(&mut tx, presented).await? {
            Redemption::Rotated(rotation) => rotation,
            Redemption::Refused(refused) => {
                if let Refused::Reused(family) = &refused {
                    let from = (&context.source, Some(context.language));
                    self.note_reuse(&mut tx, family, from).await?;
                }
                // What was found out is kept, although the answer is a refusal (S-TOK-17).
                tx.commit().await?;
                return Err(SessionsError::RefreshRefused(refused_code(&refused)));
            }
        };
        let member = rotation.family.subject;
        let member =
            members::find(&mut tx, member).await?.filter(|member| member.status == MemberStatus::Active);
        tx.commit().await?;
        let member = member.ok_or(SessionsError::RefreshRefused("no active member"))?;
        self.tokens_body(&rotation, &member).await
    }

    /// Signs the access token of a rotation; after the commit, so that nobody waits for a signature with the database in
    /// hand.
    pub(crate) async fn tokens_body(
        &self,
        rotation: &Rotation,
        member: &members::Member,
    ) -> Result<TokensBody, SessionsError> {
        let (audience, roles) = (self.tokens.own_audience(), member.roles());
        let access = self.tokens.mint_access(rotation.access(audience, &member.nickname, &roles)).await?;
        Ok(TokensBody {
            access_token: access.expose().to_owned(),
            refresh_token: rotation.refresh.text(),
            expires_in: access.expires_in(self.clock.now()).as_secs(),
            token_type: "Bearer",
        })
    }

    /// Whether we ever gave the token out. Nonsense is to cost no more than a look: a write waits for all others.
    async fn knows(&self, token: &RefreshToken) -> Result<bool, SessionsError> {
        let mut reader = self.db.read().await?;
        Ok(self.tokens.family_of(&mut reader, token).await?.is_some())
    }

    async fn sign_app_out(&self, token: &RefreshToken, source: &Source) -> Result<(), SessionsError> {
        if !self.knows(token).await? {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        let Some(family) = self.tokens.family_of(&mut tx, token).await? else { return Ok(()) };
        // The family of a browser's session ends with that session, not by a token that no browser ever holds.
        if family.client_id != ClientId::own_app() {
            return Ok(());
        }
        if self.tokens.revoke_family(&mut tx, family.id, EndReason::SignedOut).await? {
            let ended = AuditEvent::new(AuditKind::SignOut, source).about(family.subject.uuid());
            self.audit.record(&mut tx, &ended).await?;
        }
        tx.commit().await?;
        self.tokens.read_feed().await?;
        Ok(())
    }

    /// Writes down that a spent token was presented, and tells the owner: somebody has a token that they should not have.
    /// A family ends once, so there is one row and one mail for it.
    pub(crate) async fn note_reuse(
        &self,
        tx: &mut Transaction,
        family: &Family,
        (source, language): (&Source, Option<Language>),
    ) -> Result<(), SessionsError> {
        metrics::counter!("daemun_refresh_reuse_total").increment(1);
        let member = family.subject;
        self.accounts.tell_of_reuse(tx, member, language).await?;
        let reused = AuditEvent::new(AuditKind::TokenReuse, source).failed("reused");
        Ok(self.audit.record(tx, &reused.about(member.uuid())).await?)
    }
}
