//! `POST /api/admin/reveal` and `POST /api/admin/audit/{id}/reveal`: what is masked, whole. That it is shown is written down in the
//! transaction in which it is looked up.

use audit::AuditRowId;
use axum::extract::{Path, State};
use db::{DbError, LentTransaction};
use members::Failure;
use names::{AccessKind, MemberId, path};
use serde::{Deserialize, Serialize};
use sessions::SessionsError;
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, RequestContext, StrictBody, Success, endpoint_error};

use crate::access::record::{Access, Looking};
use crate::api::AdminApi;
use crate::given_reason::reason;
use crate::operator::Operator;

endpoint_error! {
    /// Why nothing is revealed.
    pub(crate) enum RevealError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        Sessions(SessionsError);
        Failed(Failure) from DbError;
    }
}

/// Whose, what, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealBody {
    #[schema(required = true, nullable = false, value_type = String, example = "01912f3a-0000-7000-8000-000000000001")]
    member: Option<String>,
    /// `addresses`, which it is if left out, or `networks`.
    #[schema(nullable = false, example = "addresses")]
    what: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "Asked by the member, ticket 1234")]
    reason: Option<String>,
    /// The page to which a form leads back.
    #[schema(nullable = false, example = "/admin/members")]
    page: Option<String>,
}

/// What was masked. What is not asked for is left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revealed {
    id: String,
    /// The contact address.
    address: Option<String>,
    /// Those of sign-in methods.
    sign_in_methods: Vec<RevealedMethod>,
    /// Those of sessions.
    sessions: Vec<RevealedSession>,
}

/// The address of a sign-in method.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevealedMethod {
    /// `password`, or a provider.
    method: &'static str,
    address: Option<String>,
}

/// The network of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevealedSession {
    id: String,
    network: String,
}

/// Why, and where a form leads back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealRowBody {
    #[schema(required = true, nullable = false, value_type = String, example = "An attack from one network, ticket 1234")]
    reason: Option<String>,
    /// The page to which a form leads back.
    #[schema(nullable = false, example = "/admin/audit?kind=sign_in")]
    page: Option<String>,
}

/// The network of a row.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevealedRow {
    id: String,
    network: String,
}

/// An admin page with its query; nothing else is led to.
fn page(text: Option<String>, usual: &str) -> String {
    let of_admin = |page: &str| {
        let rest = page.strip_prefix(path::ADMIN).unwrap_or("x");
        let begins = rest.is_empty() || rest.starts_with(['/', '?']);
        begins && page.len() <= 1_000 && page.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    text.filter(|page| of_admin(page)).unwrap_or_else(|| usual.to_owned())
}

fn kind(text: Option<&str>) -> Result<AccessKind, FieldErrors> {
    match text {
        None | Some("" | "addresses") => Ok(AccessKind::Addresses),
        Some("networks") => Ok(AccessKind::Networks),
        Some(_) => Err(FieldErrors::one("what", "addresses or networks")),
    }
}

/// Reveals addresses or networks of a member.
pub(crate) async fn member(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    context: RequestContext,
    body: Result<StrictBody<RevealBody>, Refusal>,
) -> Result<Success<Revealed>, RevealError> {
    let RevealBody { member, what, reason: why, page: back } = body?.0;
    let operation = caller.operation(&context, reason(why.as_deref())?);
    let kind = kind(what.as_deref())?;
    let member = member.and_then(|text| MemberId::parse(&text).ok());
    let member = member.ok_or(FieldErrors::one("member", "the id of a member"))?;
    let reveal = async |mut tx: LentTransaction| {
        let known = api.members.directory.one_within(&mut tx, member).await?.ok_or(NotFound)?;
        let mut revealed = Revealed {
            id: member.to_string(),
            address: None,
            sign_in_methods: Vec::new(),
            sessions: Vec::new(),
        };
        if kind == AccessKind::Addresses {
            revealed.address = known.email;
            let methods = api.members.sign_in_methods.within(&mut tx, member).await?.entries;
            revealed.sign_in_methods = methods
                .into_iter()
                .map(|entry| RevealedMethod {
                    method: entry.provider.map_or("password", names::ProviderName::as_str),
                    address: entry.email,
                })
                .collect();
        } else {
            let sessions = api.sessions.own.sessions_within(&mut tx, member, None).await?;
            revealed.sessions = sessions
                .into_iter()
                .map(|own| RevealedSession { id: own.session.id.to_string(), network: own.network })
                .collect();
        }
        let access = Access { kind, member: Some(member), object: "" };
        let looking = Looking { operation: &operation, address: Some(context.address()) };
        api.access.record_within(&mut tx, &access, &looking).await?;
        Ok::<_, RevealError>(tx.commit(revealed))
    };
    let revealed = api.access.db().transact(reveal).await?;
    Ok(Success::ok(revealed).leading_to(page(back, &format!("{}/members/{member}", path::ADMIN))))
}

/// Reveals the network of a row of the audit log.
pub(crate) async fn row(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    Path(id): Path<String>,
    context: RequestContext,
    body: Result<StrictBody<RevealRowBody>, Refusal>,
) -> Result<Success<RevealedRow>, RevealError> {
    let RevealRowBody { reason: why, page: back } = body?.0;
    let operation = caller.operation(&context, reason(why.as_deref())?);
    let id = AuditRowId::parse(&id).map_err(|_| NotFound)?;
    let reveal = async |mut tx: LentTransaction| {
        let row = audit::search::one(&mut tx, id).await?.ok_or(NotFound)?;
        let member = row.member.as_deref().and_then(|member| MemberId::parse(member).ok());
        let id = id.to_string();
        let access = Access { kind: AccessKind::AuditNetwork, member, object: &id };
        let looking = Looking { operation: &operation, address: Some(context.address()) };
        api.access.record_within(&mut tx, &access, &looking).await?;
        Ok::<_, RevealError>(tx.commit(RevealedRow { id, network: row.network }))
    };
    let revealed = api.access.db().transact(reveal).await?;
    Ok(Success::ok(revealed).leading_to(page(back, &format!("{}/audit", path::ADMIN))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_a_page_of_operators_and_nowhere_else() {
        let back = |text: &str| page(Some(text.to_owned()), "/admin/audit");
        for good in ["/admin/audit?kind=sign_in&after=A", "/admin/members/1", "/admin?x=1"] {
            assert_eq!(back(good), good);
        }
        for bad in [
            "//evil.example",
            "/me",
            "/administrator",
            "https://evil.example/admin",
            "/admin/\\x",
            "/admin/\r\n",
            "",
        ] {
            assert_eq!(back(bad), "/admin/audit", "{bad:?}");
        }
    }

    #[test]
    fn addresses_and_networks_are_asked_for_by_name() {
        assert_eq!(kind(None).ok(), Some(AccessKind::Addresses));
        assert_eq!(kind(Some("networks")).ok(), Some(AccessKind::Networks));
        assert!(kind(Some("everything")).is_err());
    }
}
