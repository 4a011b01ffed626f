//! The table `identities` as sign-in methods: which a member has, whose an address is, and their end.

use db::{AnyRow, Connection, DbError, Row as _, Statement, Transaction, query};
use kernel::{Purpose, Timestamp};
use names::{EmailAddress, MemberId, ProviderName};
use providers::{ProviderIdentity, Subject};

use crate::model::identity_id::IdentityId;
use crate::model::link_situation::{Address, Claim};
use crate::model::store::members;

/// What grants are sealed for; the owner is the identity.
pub(crate) const PURPOSE: Purpose = Purpose::new("provider-grant");

db::statements! {
    FIND = "SELECT id, member_id, provider, subject, email, email_verified, vouched_since, grant_sealed, created_at, \
        last_sign_in_at FROM identities WHERE provider = ? AND subject = ?";
    OF_MEMBER = "SELECT id, member_id, provider, subject, email, email_verified, vouched_since, grant_sealed, created_at, \
        last_sign_in_at FROM identities WHERE member_id = ? ORDER BY created_at, id";
    INSERT = "INSERT INTO identities (id, member_id, provider, subject, email, email_verified, grant_sealed, \
        created_at, last_sign_in_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    TOUCH = "UPDATE identities SET email = ?, email_verified = ?, last_sign_in_at = ?, \
        grant_sealed = COALESCE(?, grant_sealed) WHERE id = ?";
    SET_ADDRESS_CLAIM = "UPDATE identities SET email = ?, email_verified = ? WHERE id = ?";
    VOUCH_SINCE = "UPDATE identities SET vouched_since = ? WHERE id = ?";
    KEEP_GRANT = "UPDATE identities SET grant_sealed = ? WHERE id = ?";
    DELETE = "DELETE FROM identities WHERE id = ? AND member_id = ?";
    KNOWN = "SELECT (SELECT COUNT(*) FROM local_accounts WHERE email = ?) AS by_password, \
        (SELECT COUNT(*) FROM identities WHERE email = ? AND email_verified = 1) AS by_provider, \
        (SELECT COUNT(*) FROM pending_sign_ups WHERE email = ? AND expires_at > ?) AS waiting, \
        (SELECT COUNT(*) FROM identities WHERE email = ? AND email_verified = 0) AS unproven";
    HOLD_BY_PASSWORD = "UPDATE local_accounts SET email = email WHERE email = ? AND member_id <> ?";
    HOLD_BY_PROVIDER = "UPDATE identities SET email_verified = 1 WHERE email = ? AND email_verified = 1 AND member_id <> ?";
}

/// One sign-in method by a provider.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) id: IdentityId,
    pub(crate) member: MemberId,
    pub(crate) provider: ProviderName,
    pub(crate) subject: Subject,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    /// Since when the provider vouches for this address; `None` for that with which the identity was linked.
    pub(crate) vouched_since: Option<Timestamp>,
    pub(crate) grant_sealed: Option<Vec<u8>>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_sign_in_at: Timestamp,
}

/// What is kept of a sign-in.
pub(crate) struct Touch {
    /// `None` where none came.
    pub(crate) grant_sealed: Option<Vec<u8>>,
    pub(crate) now: Timestamp,
}

impl Identity {
    /// The mailbox that the provider says is theirs.
    pub(crate) fn vouched(&self) -> Option<EmailAddress> {
        self.email.as_deref().filter(|_| self.email_verified).and_then(kernel::email_address::read)
    }
}

pub(crate) async fn find(
    connection: &mut Connection,
    provider: ProviderName,
    subject: &Subject,
) -> Result<Option<Identity>, DbError> {
    finding(provider, subject).fetch_optional(connection).await?.as_ref().map(read).transpose()
}

pub(crate) fn finding(provider: ProviderName, subject: &Subject) -> Statement<'static> {
    query(FIND).bind(provider.as_str()).bind(subject.as_str().to_owned())
}

/// What [`finding`] read.
pub(crate) fn read_found(rows: &[AnyRow]) -> Result<Option<Identity>, DbError> {
    rows.first().map(read).transpose()
}

/// All of a member, oldest first. One that cannot be read (a newer version may have written it) is skipped, so that the
/// member keeps the others, sees their page, and can be erased.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<Identity>, DbError> {
    let rows = query(OF_MEMBER).bind(member.to_string()).fetch_all(connection).await?;
    let readable = |row: &AnyRow| match read(row) {
        Err(error @ DbError::Unreadable { .. }) => {
            tracing::error!(error = &error as &dyn std::error::Error, %member, "a sign-in method is skipped");
            None
        }
        read => Some(read),
    };
    rows.iter().filter_map(readable).collect()
}

/// What a new sign-in method writes.
pub(crate) struct NewIdentity<'a> {
    pub(crate) id: IdentityId,
    pub(crate) member: MemberId,
    pub(crate) identity: &'a ProviderIdentity,
    pub(crate) grant_sealed: Option<Vec<u8>>,
}

/// Gives the member another sign-in method. [`DbError::Exists`] when somebody has it, or another request made it just now.
pub(crate) async fn insert(
    tx: &mut Transaction,
    new: NewIdentity<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    let NewIdentity { id, member, identity, grant_sealed } = new;
    query(INSERT)
        .bind(id.to_string())
        .bind(member.to_string())
        .bind(identity.provider.as_str())
        .bind(identity.subject.as_str())
        .bind(members::address(identity))
        .bind(i64::from(Claim::of(identity) == Claim::Proven))
        .bind(grant_sealed)
        .bind(now.millis())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Keeps what the provider says now beside the identity, and its newest grant; where none came, the old one stays
/// (quirk 19). The member's own e-mail stays as it is: it is theirs. It changes no row when the identity is gone.
pub(crate) fn touching(id: IdentityId, identity: &ProviderIdentity, touch: Touch) -> Statement<'static> {
    let proven = i64::from(Claim::of(identity) == Claim::Proven);
    let touching = query(TOUCH).bind(members::address(identity)).bind(proven);
    touching.bind(touch.now.millis()).bind(touch.grant_sealed).bind(id.to_string())
}

/// Writes down which address the provider gives, and whether it vouches for it.
pub(crate) async fn set_address_claim(
    tx: &mut Transaction,
    id: IdentityId,
    identity: &ProviderIdentity,
) -> Result<(), DbError> {
    query(SET_ADDRESS_CLAIM)
        .bind(members::address(identity))
        .bind(i64::from(Claim::of(identity) == Claim::Proven))
        .bind(id.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Writes down that the provider vouches for another address than before.
pub(crate) async fn vouch_since(tx: &mut Transaction, id: IdentityId, now: Timestamp) -> Result<(), DbError> {
    query(VOUCH_SINCE).bind(now.millis()).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Forgets the grant: the provider has ended it.
pub(crate) async fn clear_grant(tx: &mut Transaction, id: IdentityId) -> Result<(), DbError> {
    query(KEEP_GRANT).bind(None::<Vec<u8>>).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Takes the sign-in method away; `false` when another request did.
pub(crate) async fn delete(tx: &mut Transaction, identity: &Identity) -> Result<bool, DbError> {
    let delete = query(DELETE).bind(identity.id.to_string()).bind(identity.member.to_string());
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// What we know of an address. In one statement, which sees one moment: a sign-up that is proven between two would be neither
/// waiting any more nor an account yet.
pub(crate) async fn address(
    connection: &mut Connection,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<Address, DbError> {
    read_address(&knowing(email, now).fetch_one(connection).await?)
}

pub(crate) fn knowing(email: &EmailAddress, now: Timestamp) -> Statement<'static> {
    let email = email.as_str();
    let known = query(KNOWN).bind(email.to_owned()).bind(email.to_owned()).bind(email.to_owned());
    known.bind(now.millis()).bind(email.to_owned())
}

/// What [`knowing`] read.
pub(crate) fn read_address(row: &AnyRow) -> Result<Address, DbError> {
    for (column, found) in [
        ("by_password", Address::Password),
        ("by_provider", Address::Provider),
        ("waiting", Address::Waiting),
        ("unproven", Address::Unproven),
    ] {
        if row.try_get::<i64, _>(column)? > 0 {
            return Ok(found);
        }
    }
    Ok(Address::Free)
}

/// Whether the proven address is nobody's but this new member's, whose row is written: a second look that waits for a request
/// that writes it at the same moment. Of two who wait for each other, the database ends one, which is then done again.
pub(crate) async fn is_alone(
    tx: &mut Transaction,
    email: &EmailAddress,
    member: MemberId,
) -> Result<bool, DbError> {
    for statement in [HOLD_BY_PASSWORD, HOLD_BY_PROVIDER] {
        let held = query(statement).bind(email.as_str()).bind(member.to_string());
        if held.execute(&mut **tx).await?.rows_affected() > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read(row: &AnyRow) -> Result<Identity, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let text = |column: &'static str| -> Result<String, DbError> { Ok(row.try_get(column)?) };
    Ok(Identity {
        id: IdentityId::parse(&text("id")?).map_err(|_| unreadable("identities.id"))?,
        member: MemberId::parse(&text("member_id")?).map_err(|_| unreadable("identities.member_id"))?,
        provider: ProviderName::parse(&text("provider")?).ok_or_else(|| unreadable("identities.provider"))?,
        subject: Subject::parse(&text("subject")?).ok_or_else(|| unreadable("identities.subject"))?,
        email: row.try_get("email")?,
        email_verified: row.try_get::<i64, _>("email_verified")? != 0,
        vouched_since: row.try_get::<Option<i64>, _>("vouched_since")?.map(Timestamp::from_millis),
        grant_sealed: row.try_get("grant_sealed")?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        last_sign_in_at: Timestamp::from_millis(row.try_get("last_sign_in_at")?),
    })
}
