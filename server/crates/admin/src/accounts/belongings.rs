//! What else belongs to a member: second factors, the apps of others that they agreed to, and the mails that went to them.

use authorization::{ConnectedApp, ConsentError};
use db::DbError;
use members::{CodesInUse, Failure};
use names::MemberId;
use notifications::QueuedMail;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::AdminApi;

/// How many mails are shown, the newest.
const MAX_MAILS: u32 = 10;

/// What a member can show beside a password.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorsOfMember {
    /// Since when one-time codes are asked for.
    codes_since: Option<String>,
    /// How many recovery codes are left.
    recovery_codes_left: u32,
    /// How many passkeys can be used here.
    passkeys: usize,
}

/// An app of others that a member agreed to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConsentOfMember {
    client: String,
    name: String,
    scope: String,
    since: String,
    used_at: String,
}

impl From<ConnectedApp> for ConsentOfMember {
    fn from(app: ConnectedApp) -> Self {
        Self {
            client: app.client_id.as_str().to_owned(),
            scope: app.scope.to_string(),
            since: app.first_used_at.to_string(),
            used_at: app.last_used_at.to_string(),
            name: app.name,
        }
    }
}

/// A mail to a member: which one it is, and not what it says.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailToMember {
    mail: String,
    /// `waiting`, `done` or `dead`.
    state: String,
    at: String,
    attempts: u32,
}

impl From<QueuedMail> for MailToMember {
    fn from(mail: QueuedMail) -> Self {
        let QueuedMail { template, state, created_at, attempts } = mail;
        Self { mail: template, state, at: created_at.to_string(), attempts }
    }
}

/// The second factors of a member.
pub(crate) async fn factors(api: &AdminApi, member: MemberId) -> Result<FactorsOfMember, Failure> {
    let codes: Option<CodesInUse> = api.members.codes.of_member(member).await?;
    let passkeys = api.members.own_passkeys.of_member(member).await?;
    Ok(FactorsOfMember {
        codes_since: codes.as_ref().map(|codes| codes.since.to_string()),
        recovery_codes_left: codes.map_or(0, |codes| codes.recovery_left),
        passkeys: passkeys.iter().filter(|passkey| passkey.is_usable).count(),
    })
}

/// The apps of others that a member agreed to.
pub(crate) async fn consents(api: &AdminApi, member: MemberId) -> Result<Vec<ConsentOfMember>, DbError> {
    let apps = api.authorization.connected_apps(member).await.map_err(ConsentError::into_db)?;
    Ok(apps.into_iter().map(Into::into).collect())
}

/// The newest mails to the mailbox of a member.
pub(crate) async fn mails(api: &AdminApi, member: MemberId) -> Result<Vec<MailToMember>, DbError> {
    let mut reader = api.members.directory.db().read().await?;
    let Some(mailbox) = members::mailbox_of(&mut reader, member).await? else { return Ok(Vec::new()) };
    let mails = notifications::newest_to(&mut reader, &mailbox, MAX_MAILS).await?;
    Ok(mails.into_iter().map(Into::into).collect())
}
