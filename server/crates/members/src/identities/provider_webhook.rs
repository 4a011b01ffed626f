//! `POST /api/providers/naver/unlinked` and `GET` or `POST /api/providers/kakao/unlinked`: a provider says that a person
//! disconnected us there (providers' facts, 2.8 and 3.8). Which proof each brings is in its file in `providers`.

use audit::{AuditEvent, AuditKind};
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use db::{LentTransaction, Transaction};
use http::request::Parts;
use http::{Method, StatusCode};
use names::{Actor, ProviderName, SignInMethod};
use providers::{Providers, Subject, WebhookError, describe};
use web::endpoint_error;
use web::guard::{Proof, Proven, Unproven, provider_webhook};
use web::reason::{BadBody, NotFound};
use web::{PublicOrigin, Refusal, Refuse, RequestContext, Routes};

use crate::context::Context;
use crate::email::contact::Notices;
use crate::email::former_mailbox;
use crate::failure::Failure;
use crate::identities::method_count::MethodCount;
use crate::identities::profile_copies;
use crate::identities::store::identities;
use crate::identities::store::identities::Identity;
use crate::identities::unlink_job;
use crate::lifecycle::schedule::{DeletionSchedule, OrderedBy};
use crate::member_observer::MemberChanges;
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::revocation::Revocation;
use crate::roles::MemberRoles;

/// More fields than any webhook has.
const MAX_FIELDS: usize = 32;

/// The state of the webhooks' routes.
#[derive(Clone)]
pub struct WebhooksApi {
    /// What a webhook does.
    pub webhooks: ProviderWebhooks,
    /// The providers, which read their webhooks.
    pub providers: Providers,
}

/// The routes that providers call. Their requests bring a proof of their own, and no cookie.
pub fn webhook_routes(origin: PublicOrigin) -> Routes<WebhooksApi> {
    let path = "/api/providers/{provider}/unlinked";
    let proven = provider_webhook::<Unlinked>();
    Routes::new(origin).act(path, proven, cut).post(path, proven, cut)
}

/// Does what follows when a person disconnected us at a provider. Cheap to clone.
#[derive(Clone)]
pub struct ProviderWebhooks {
    pub(crate) context: Context,
    pub(crate) notices: Notices,
    pub(crate) revocation: Revocation,
    pub(crate) schedule: DeletionSchedule,
    pub(crate) counts: MethodCount,
    pub(crate) roles: MemberRoles,
    pub(crate) changes: MemberChanges,
}

impl ProviderWebhooks {
    /// The provider has ended the grant of `subject`: the sessions that signed in by it end, the identity is removed, and the owner
    /// is told. The last sign-in method stays, so that the same person can come back by it, and the account is deleted when the
    /// grace is over; that of the last administrator stays as well.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cut_by_provider(
        &self,
        provider: ProviderName,
        subject: &Subject,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        // The provider sends this, not the person: its language says nothing.
        let context = &RequestContext {
            language: self.notices.language,
            source: context.source.clone().by(Actor::Client),
            ..context.clone()
        };
        let found = {
            let mut reader = self.context.db.read().await?;
            identities::find(&mut reader, provider, subject).await?
        };
        let cut = async |mut tx: LentTransaction| {
            // Nothing is left there to be ended.
            unlink_job::cancel(&mut tx, provider, subject).await?;
            if let Some(identity) = &found {
                self.cut(&mut tx, identity, context).await?;
            }
            Ok::<_, Failure>(tx.commit(()))
        };
        self.context.db.transact(cut).await?;
        self.revocation.read_feed().await
    }

    async fn cut(
        &self,
        tx: &mut Transaction,
        identity: &Identity,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        // Locked before counting, so that two at once cannot both find another sign-in method.
        let is_active = members::hold(tx, identity.member).await?;
        let linked = identities::of_member(tx, identity.member).await?;
        if linked.iter().all(|known| known.id != identity.id) {
            return Ok(());
        }
        let told = AuditEvent::new(AuditKind::ProviderWebhook, &context.source);
        let told = told.about(identity.member.uuid()).by_method(identity.provider.as_str());
        self.context.audit.record(tx, &told).await?;
        if self.counts.count(tx, identity.member).await? > 1 {
            let told = MailTemplate::IdentityUnlinked { method: SignInMethod::Provider(identity.provider) };
            self.notices.tell_owner_of(tx, identity.member, told, context.language).await?;
            former_mailbox::keep_vouched(&self.context, tx, identity).await?;
            identities::delete(tx, identity).await?;
            profile_copies::take_away(&self.context, &self.changes, tx, identity).await?;
            return self.revocation.end_of_provider(tx, identity.member, identity.provider).await;
        }
        identities::clear_grant(tx, identity.id).await?;
        if is_active && self.roles.is_last_administrator(tx, identity.member).await? {
            // Without them nobody could administer, and who has the account at the provider alone has not shown that they want this.
            let kept = AuditEvent::new(AuditKind::DeletionRequest, &context.source);
            let kept = kept.failed("last_administrator").about(identity.member.uuid());
            self.context.audit.record(tx, &kept).await?;
            tracing::error!(
                member = %identity.member,
                provider = %identity.provider,
                "the last administrator was disconnected at their only provider; the account stays"
            );
            return self.revocation.end_of_provider(tx, identity.member, identity.provider).await;
        }
        if is_active {
            let held = Failure::Internal("a member whose row is held is not active");
            self.schedule
                .schedule_deletion(tx, identity.member, OrderedBy::Owner(context))
                .await?
                .ok_or(held)?;
        }
        Ok(())
    }
}

/// The webhook says nothing that its provider would say.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a webhook is malformed")]
pub(crate) struct Malformed;

impl Refuse for Malformed {
    fn refusal(&self) -> Refusal {
        Refusal::for_status(StatusCode::BAD_REQUEST)
    }
}

/// The webhook does not come from its provider.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a webhook is not its provider's")]
pub(crate) struct Untrusted;

impl Refuse for Untrusted {
    fn refusal(&self) -> Refusal {
        Refusal::for_status(StatusCode::UNAUTHORIZED)
    }
}

endpoint_error! {
    /// Why a webhook is refused.
    pub(crate) enum WebhookRefused {
        Body(BadBody) from Refusal;
        NotFound(NotFound);
        Malformed(Malformed);
        Untrusted(Untrusted);
    }
}

/// The proof that a provider has ended a grant: of which person, as the provider says.
struct Unlinked {
    provider: ProviderName,
    subject: Subject,
}

impl Proof<WebhooksApi> for Unlinked {
    async fn read(request: Unproven<'_, WebhooksApi>) -> Result<Self, Response> {
        let Unproven { state: api, parts, body } = request;
        unlinked(api, parts, std::mem::take(body)).await.map_err(WebhookRefused::into_response)
    }
}

async fn unlinked(api: &WebhooksApi, parts: &mut Parts, body: Body) -> Result<Unlinked, WebhookRefused> {
    let name = Path::<String>::from_request_parts(parts, &()).await;
    let Path(name) = name.map_err(|_| NotFound)?;
    let provider = ProviderName::parse(&name).ok_or(NotFound)?;
    let form = if parts.method == Method::POST {
        web::body::read(body, web::body::MAX_CALL_BYTES).await?
    } else if describe(provider).unlink_webhook.is_some_and(|webhook| webhook.by_get) {
        Bytes::copy_from_slice(parts.uri.query().unwrap_or_default().as_bytes())
    } else {
        return Err(NotFound.into());
    };
    let fields: Vec<_> = form_urlencoded::parse(&form).into_owned().take(MAX_FIELDS).collect();
    match api.providers.webhook(provider, &parts.headers, &fields) {
        Ok(subject) => Ok(Unlinked { provider, subject }),
        Err(error) => {
            tracing::warn!(%provider, %error, "a provider's webhook was refused");
            if matches!(error, WebhookError::Untrusted) {
                let source = RequestContext::of(parts).source.by(Actor::Client);
                let denied = AuditEvent::new(AuditKind::AccessDenied, &source).failed("webhook_untrusted");
                api.webhooks.context.audit.count_refusal(&denied.by_method(provider.as_str()));
            }
            Err(refuse(error))
        }
    }
}

/// Answers as each provider expects, also for people whom we do not know (quirk 36): it would take anything else for a failure.
async fn cut(
    Proven { proof: Unlinked { provider, subject }, .. }: Proven<Unlinked>,
    State(api): State<WebhooksApi>,
    context: RequestContext,
) -> Result<StatusCode, Failure> {
    api.webhooks.cut_by_provider(provider, &subject, &context).await?;
    Ok(describe(provider).unlink_webhook.map_or(StatusCode::OK, |webhook| webhook.answer))
}

fn refuse(error: WebhookError) -> WebhookRefused {
    match error {
        WebhookError::NotServed => NotFound.into(),
        WebhookError::Malformed => Malformed.into(),
        WebhookError::Untrusted => Untrusted.into(),
    }
}
