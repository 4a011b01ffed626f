//! `GET /api/admin/members/{id}`: one member with their sign-in methods, sessions and apps. Addresses and networks are masked.

use axum::extract::{Path, State};
use db::DbError;
use members::{Failure, SignInMethodEntry};
use names::MemberId;
use serde::Serialize;
use sessions::{OwnApp, OwnSession, SessionsError};
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{InputError, NotFound};
use web::{Refusal, RequestContext, Success, endpoint_error};

use crate::accounts::belongings::{self, ConsentOfMember, FactorsOfMember, MailToMember};
use crate::accounts::list::MemberInList;
use crate::api::AdminApi;
use crate::masked;
use crate::no_parameters::NoQuery;
use crate::operator::Operator;

endpoint_error! {
    /// Why a member is not shown.
    pub(crate) enum OneError {
        Input(InputError) from Refusal;
        NotFound(NotFound);
        Sessions(SessionsError);
        Failed(Failure) from DbError;
    }
}

/// How somebody signs in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignInMethod {
    /// `password`, or a provider.
    method: &'static str,
    /// Its address, masked.
    address: Option<String>,
    address_proven: bool,
    since: String,
    last_used: Option<String>,
}

impl From<SignInMethodEntry> for SignInMethod {
    fn from(entry: SignInMethodEntry) -> Self {
        Self {
            method: entry.provider.map_or("password", names::ProviderName::as_str),
            address: entry.email.as_deref().map(masked::address),
            address_proven: entry.email_proven,
            since: entry.since.to_string(),
            last_used: entry.last_used.map(|at| at.to_string()),
        }
    }
}

/// Where somebody is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionOfMember {
    id: String,
    browser: Option<&'static str>,
    system: Option<&'static str>,
    /// The session's network, masked.
    network: String,
    since: String,
    last_seen_at: String,
}

impl From<OwnSession> for SessionOfMember {
    fn from(own: OwnSession) -> Self {
        Self {
            id: own.session.id.to_string(),
            browser: own.device.browser,
            system: own.device.system,
            network: masked::network(&own.network),
            since: own.session.created_at.to_string(),
            last_seen_at: own.session.last_seen_at.to_string(),
        }
    }
}

/// A sign-in of an app of our own.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppOfMember {
    id: String,
    since: String,
    used_at: String,
}

impl From<OwnApp> for AppOfMember {
    fn from(app: OwnApp) -> Self {
        Self { id: app.id.to_string(), since: app.signed_in_at.to_string(), used_at: app.used_at.to_string() }
    }
}

/// Everything that operators see of one member, with addresses and networks masked.
#[derive(Serialize, ToSchema)]
pub(crate) struct OneMember {
    member: MemberInList,
    sign_in_methods: Vec<SignInMethod>,
    factors: FactorsOfMember,
    sessions: Vec<SessionOfMember>,
    apps: Vec<AppOfMember>,
    /// Apps of others.
    consents: Vec<ConsentOfMember>,
    mails: Vec<MailToMember>,
}

/// `GET /api/admin/members/{id}`, which the access log records.
pub(crate) async fn get(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    query: NoQuery,
    context: RequestContext,
) -> Result<Success<OneMember>, OneError> {
    query?;
    let id = MemberId::parse(&id).map_err(|_| NotFound)?;
    let member = api.members.directory.one(id).await?.ok_or(NotFound)?;
    api.access.record_page(id, &caller.by(), &context).await?;
    let sign_in_methods = api.members.sign_in_methods.of_member(id).await?;
    let sessions = api.sessions.own.sessions_of(id, None).await?;
    let apps = api.sessions.own.apps_of(id).await?;
    Ok(Success::ok(OneMember {
        member: member.into(),
        sign_in_methods: sign_in_methods.entries.into_iter().map(Into::into).collect(),
        sessions: sessions.into_iter().map(Into::into).collect(),
        apps: apps.into_iter().map(Into::into).collect(),
        factors: belongings::factors(&api, id).await?,
        consents: belongings::consents(&api, id).await?,
        mails: belongings::mails(&api, id).await?,
    }))
}
