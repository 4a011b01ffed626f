//! `GET /api/admin/members`: members found by one thing that is known of them, or all, the newest first. Addresses are masked.

use axum::extract::State;
use db::DbError;
use members::{Failure, ListedMember, MemberStatus, Wanted};
use names::{MemberId, ProviderName, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError};
use web::{FieldProblem, Refusal, StrictQuery, Success, endpoint_error};

use crate::api::AdminApi;
use crate::limit;
use crate::masked;
use crate::operator::Operator;

endpoint_error! {
    /// Why nobody is found.
    pub(crate) enum ListError {
        Input(InputError) from Refusal, FieldErrors;
        Failed(Failure) from DbError;
    }
}

/// By what members are found, and which part of them: at most one of the first five, `provider` and `subject` together.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    #[schema(nullable = false, example = "01912f3a-0000-7000-8000-000000000001")]
    id: Option<String>,
    #[schema(nullable = false, example = "hong@example.com")]
    address: Option<String>,
    /// The beginning of a nickname.
    #[schema(nullable = false, example = "하")]
    nickname: Option<String>,
    #[schema(nullable = false, example = "ROLE_ADMIN")]
    role: Option<String>,
    #[schema(nullable = false, example = "google")]
    provider: Option<String>,
    #[schema(nullable = false, example = "108123456789012345678")]
    subject: Option<String>,
    /// The `next` of the part before.
    #[schema(nullable = false)]
    after: Option<String>,
    /// How many rows at most, 1 to 100.
    #[schema(nullable = false, value_type = u32, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

impl ListQuery {
    fn wanted(&self) -> Result<Wanted, FieldErrors> {
        let one = |field, allowed| FieldErrors::one(field, allowed);
        let subject = self.provider.as_ref().or(self.subject.as_ref());
        let asked =
            [self.id.as_ref(), self.address.as_ref(), self.nickname.as_ref(), self.role.as_ref(), subject];
        if asked.iter().filter(|asked| asked.is_some()).count() > 1 {
            return Err(one("id", "one of id, address, nickname, role, provider with subject"));
        }
        if let Some(id) = &self.id {
            return MemberId::parse(id).map(Wanted::Id).map_err(|_| one("id", "the id of a member"));
        }
        if let Some(text) = &self.address {
            let address = kernel::email_address::read(text);
            return address.map(Wanted::Address).ok_or(one("address", "a whole email address"));
        }
        if let Some(prefix) = &self.nickname {
            let fits = !prefix.is_empty() && prefix.chars().count() <= 100;
            let allowed = "the beginning of a nickname, 1 to 100 characters";
            return fits.then(|| Wanted::Nickname(prefix.clone())).ok_or(one("nickname", allowed));
        }
        if let Some(role) = &self.role {
            let role = Role::parse(role);
            return role.map(Wanted::Role).map_err(|_| one("role", "a role, such as ROLE_ADMIN"));
        }
        match (&self.provider, &self.subject) {
            (None, None) => Ok(Wanted::Everybody),
            (Some(provider), Some(subject)) => {
                let provider = ProviderName::parse(provider);
                let names = || format!("one of {}", ProviderName::ALL.map(ProviderName::as_str).join(", "));
                let provider =
                    provider.ok_or_else(|| FieldErrors(vec![FieldProblem::new("provider", names())]))?;
                Ok(Wanted::Subject(provider, subject.clone()))
            }
            _ => Err(one("subject", "the provider and the subject together")),
        }
    }

    fn after(&self) -> Result<Option<MemberId>, FieldErrors> {
        let read = |text: &String| MemberId::parse(text);
        let after = self.after.as_ref().map(read).transpose();
        after.map_err(|_| FieldErrors::one("after", "the `next` of the part before"))
    }
}

/// What operators see of a member without revealing anything.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberInList {
    id: String,
    nickname: String,
    /// The contact address, masked.
    address: Option<String>,
    /// `active`, `disabled` or `deleting`.
    status: &'static str,
    joined_at: String,
    /// When the account goes.
    delete_at: Option<String>,
    roles: Vec<String>,
}

impl From<ListedMember> for MemberInList {
    fn from(member: ListedMember) -> Self {
        Self {
            id: member.id.to_string(),
            nickname: member.nickname,
            address: member.email.as_deref().map(masked::address),
            status: status(member.status),
            joined_at: member.joined_at.to_string(),
            delete_at: member.delete_at.map(|at| at.to_string()),
            roles: std::iter::once(Role::USER).chain(member.roles).map(|role| role.to_string()).collect(),
        }
    }
}

const fn status(status: MemberStatus) -> &'static str {
    match status {
        MemberStatus::Active => "active",
        MemberStatus::Disabled => "disabled",
        MemberStatus::Deleting => "deleting",
    }
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberPart {
    members: Vec<MemberInList>,
    /// What `after` is for the next part; `null` at the end.
    next: Option<String>,
}

/// `GET /api/admin/members`: finds members by id, address, nickname, role or identity.
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(api): State<AdminApi>,
    query: Result<StrictQuery<ListQuery>, Refusal>,
) -> Result<Success<MemberPart>, ListError> {
    let StrictQuery(query) = query?;
    let (wanted, after, limit) = (query.wanted()?, query.after()?, limit::alone(query.limit.as_deref())?);
    let found = api.members.directory.find(&wanted, after, limit).await?;
    Ok(Success::ok(MemberPart {
        members: found.members.into_iter().map(Into::into).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}
