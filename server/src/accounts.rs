//! The ports of `members`, implemented: sending mails, ending sessions, and recognising who calls.

use std::sync::Arc;

use audit::AuditLog;
use db::{DbError, Transaction};
use futures::future::BoxFuture;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use kernel::{Context, HashingCost, OpaqueToken};
use members::{
    AccountSettings, AccountStatus, BearerCallers, Caller, Callers, EraseElsewhere, Failure, HashingSettings,
    MailReturn, MailTemplate, Mailer, MemberRoles, Members, Notices, PasswordPolicy, Ports, RenewalError,
    Renewed, Revocation, Services, SettingsError,
};
use names::{EmailAddress, Language, SessionId, path};
use notifications::{Code, Link, Mail, MailError, Mails, Proof};
use sessions::{Current, Sessions, SessionsOfMembers};
use tokens::Tokens;
use tokio_util::task::TaskTracker;
use url::Url;
use web::guard::Authenticate as _;
use web::{PublicOrigin, Refusal};

use crate::base::Base;
use crate::config::{Config, MailTransport};

/// What `members` gets from the program.
pub struct AccountPorts {
    /// Erases what other parts store about a member.
    pub elsewhere: Arc<dyn EraseElsewhere>,
    /// Counts the work that goes on after an answer, so that the end of the program waits for it.
    pub tasks: TaskTracker,
    /// What hashing one password costs.
    pub hashing: HashingCost,
}

/// The members of this program. Their work after answers runs on `tasks`.
///
/// # Errors
/// When a setting cannot be worked with.
pub fn members_of(
    config: &Config,
    base: &Base,
    audit: &AuditLog,
    tokens: &Tokens,
    accounts: AccountPorts,
) -> Result<Arc<Members>, SettingsError> {
    let AccountPorts { elsewhere, tasks, hashing } = accounts;
    let Base { db, key_ring, context, .. } = base.clone();
    let Context { clock, randomness } = context;
    let has_mail = !matches!(config.mail.transport, MailTransport::Nowhere);
    let settings = AccountSettings {
        reveal_existing: config.members.reveal_existing,
        has_mail,
        deletion_grace: config.members.deletion_grace.get(),
        factor_reset_delay: config.second_factor.reset_delay,
        language: config.mail.language,
        policy: PasswordPolicy {
            words: words_of(&config.public_url),
            ..PasswordPolicy::at_least(config.members.password_min_length)
        },
        hashing: HashingSettings { cost: hashing, ..HashingSettings::default() },
        passkeys: config.passkeys.settings.clone(),
        roles: config.roles.names.clone(),
        factor_required_for: config.second_factor.required_for.clone(),
        ..AccountSettings::default()
    };
    let ports =
        Ports { mails: mailer(config, base), sessions: Arc::new(SessionsOfMembers), elsewhere, tasks };
    let services = Services {
        db,
        tokens: tokens.clone(),
        audit: audit.clone(),
        key_ring,
        limits: base.limits.clone(),
        clock,
        randomness,
    };
    Members::new(&settings, services, &ports)
}

/// What gives members roles and takes them away, where there are no other services.
pub fn roles(config: &Config, base: &Base, audit: &AuditLog, tokens: &Tokens) -> MemberRoles {
    let Context { clock, randomness } = base.context.clone();
    let context = members::Context { db: base.db.clone(), clock, randomness, audit: audit.clone() };
    MemberRoles::new(context, tokens.clone(), notices(config, base), &config.roles.names)
}

/// What disables accounts and enables them, where there are no other services.
pub fn status(config: &Config, base: &Base, audit: &AuditLog, tokens: &Tokens) -> AccountStatus {
    let Context { clock, randomness } = base.context.clone();
    let context = members::Context { db: base.db.clone(), clock, randomness, audit: audit.clone() };
    let revocation = Revocation::new(Arc::new(SessionsOfMembers), tokens.clone());
    AccountStatus::new(context, revocation, notices(config, base), roles(config, base, audit, tokens))
}

/// What tells members what happens to their accounts, where there are no other services.
pub fn notices(config: &Config, base: &Base) -> Notices {
    Notices::new(mailer(config, base), config.mail.language)
}

/// What queues mails of accounts.
pub fn mailer(config: &Config, base: &Base) -> Arc<dyn Mailer> {
    let Base { key_ring, context, .. } = base.clone();
    Arc::new(QueueMailer {
        mails: Mails::new(key_ring, context.clock, context.randomness),
        origin: PublicOrigin::of(&config.public_url),
        has_mail: !matches!(config.mail.transport, MailTransport::Nowhere),
    })
}

/// Words that people would try first as a password here: the parts of the site's host. Not the last part, which half of the
/// country shares, and nothing of an IP address.
fn words_of(site: &Url) -> Vec<String> {
    let (host, _) = idna::domain_to_unicode(site.domain().unwrap_or_default());
    let names = host.rsplit_once('.').map_or(&*host, |(names, _)| names);
    names.split('.').filter(|name| name.chars().count() >= 3 && *name != "www").map(str::to_owned).collect()
}

/// Mails of accounts, through the queue of `notifications`.
struct QueueMailer {
    mails: Mails,
    origin: PublicOrigin,
    has_mail: bool,
}

impl Mailer for QueueMailer {
    fn queue<'a>(
        &'a self,
        tx: &'a mut Transaction,
        to: &'a EmailAddress,
        language: Language,
        template: MailTemplate,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            if !self.has_mail {
                return Ok(());
            }
            let unfit = DbError::Unreadable { column: "jobs.sealed" };
            let Some(template) = self.template(template) else { return Err(unfit) };
            let mail = Mail { to, language, template: &template, idempotency_key: None };
            match self.mails.enqueue(tx, mail).await {
                Ok(_) => Ok(()),
                Err(MailError::Db(error)) => Err(error),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a mail cannot be queued");
                    Err(unfit)
                }
            }
        })
    }
}

impl QueueMailer {
    fn template(&self, template: MailTemplate) -> Option<notifications::MailTemplate> {
        use notifications::MailTemplate as To;
        Some(match template {
            MailTemplate::Notice(notice) => To::Notice(notice),
            MailTemplate::Proof { mail, token, code, return_to } => To::Proof(Proof {
                mail,
                link: self.link(mail.page(), &token, return_to.as_ref())?,
                code: Code::parse(&code.text()).ok()?,
            }),
            MailTemplate::IdentityLinked { method } => To::IdentityLinked { method },
            MailTemplate::IdentityUnlinked { method } => To::IdentityUnlinked { method },
            MailTemplate::DeletionScheduled { when, token } => {
                To::DeletionScheduled { when, link: self.link(path::KEEP_ACCOUNT, &token, None)? }
            }
            MailTemplate::DeletionOrdered { when, token } => {
                To::DeletionOrdered { when, link: self.link(path::KEEP_ACCOUNT, &token, None)? }
            }
            MailTemplate::FactorResetOrdered { when, token } => {
                To::FactorResetOrdered { when, link: self.link(path::KEEP_FACTORS, &token, None)? }
            }
        })
    }

    /// The link to a page, from which its reader may go on.
    fn link(&self, page: &str, token: &OpaqueToken, return_to: Option<&MailReturn>) -> Option<Link> {
        let page = format!("{page}?token={}", token.text());
        let page = match return_to {
            Some(return_to) => path::leading_on(&page, &return_to.address()),
            None => page,
        };
        Link::new(&self.origin, &page).ok()
    }
}

/// Callers by the session's cookie, or by an access token where one is sent.
pub struct CookieOrBearer {
    sessions: Arc<Sessions>,
    bearer: BearerCallers,
}

impl CookieOrBearer {
    /// Finds sessions in `sessions`, and verifies access tokens with `tokens`.
    pub const fn new(sessions: Arc<Sessions>, tokens: Tokens) -> Self {
        Self { sessions, bearer: BearerCallers(tokens) }
    }

    /// The caller of a request that an open page sends by itself: it is no use of the session.
    ///
    /// # Errors
    /// As for [`Callers::find`].
    pub async fn find_unattended(&self, headers: &HeaderMap) -> Result<Option<Caller>, Refusal> {
        if headers.contains_key(AUTHORIZATION) {
            return self.bearer.find(headers).await;
        }
        let current = self.sessions.authenticate_unattended(headers).await?;
        Ok(current.as_deref().map(by_session))
    }
}

/// A member who is known by their session.
fn by_session(current: &Current) -> Caller {
    Caller {
        member: current.member.id,
        authenticated_at: Some(current.session.auth_time),
        proven_by: Some(current.session.proven_by),
        session: Some(current.session.id),
        scope: None,
        roles: current.member.roles(),
    }
}

impl Callers for CookieOrBearer {
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> BoxFuture<'a, Result<Option<Caller>, Refusal>> {
        Box::pin(async move {
            if headers.contains_key(AUTHORIZATION) {
                return self.bearer.find(headers).await;
            }
            let current = self.sessions.authenticate(headers).await?;
            Ok(current.as_deref().map(by_session))
        })
    }

    fn renew<'a>(
        &'a self,
        tx: &'a mut Transaction,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Option<Renewed>, RenewalError>> {
        Box::pin(async move {
            if headers.contains_key(AUTHORIZATION) {
                return self.bearer.renew(tx, headers).await;
            }
            Ok(Some(self.sessions.renewals.renew(tx, headers).await?))
        })
    }

    fn note_code<'a>(
        &'a self,
        tx: &'a mut Transaction,
        session: SessionId,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { Ok(self.sessions.renewals.note_code(tx, session).await?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_acc_3_the_names_of_the_sites_host_are_plain_here() {
        for (site, words) in [
            ("https://login.acme.co.kr", &["login", "acme"][..]),
            ("https://www.xn--vk1bx9m.xn--3e0b707e/", &[]),
            ("https://xn--vk1bn0k87aqxy.example", &["우리대문"]),
            ("http://localhost:3000", &["localhost"]),
            ("http://127.0.0.1:3000", &[]),
            ("http://[::1]:3000", &[]),
        ] {
            assert_eq!(words_of(&site.parse().unwrap()), words, "{site}");
        }
    }
}
