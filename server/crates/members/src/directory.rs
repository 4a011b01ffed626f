//! Members as operators find them.

use db::{Connection, DbError};
use kernel::Timestamp;
use names::{EmailAddress, MemberId, ProviderName, Role};

use crate::context::Context;
use crate::directory::listed::ListedMember;
use crate::directory::store::search;

pub(crate) mod listed;

pub(crate) mod store {
    pub(crate) mod search;
}

/// Which members are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All, the newest first.
    Everybody,
    /// One.
    Id(MemberId),
    /// Those with this address, proven or not.
    Address(EmailAddress),
    /// Those whose nickname begins so, letter by letter.
    Nickname(String),
    /// Who somebody at a provider is here.
    Subject(ProviderName, String),
    /// Those with this role.
    Role(Role),
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberList {
    /// The members.
    pub members: Vec<ListedMember>,
    /// After whom the next part begins; `None` at the end.
    pub next: Option<MemberId>,
}

/// Finds members for operators. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    context: Context,
}

impl Directory {
    /// Reads members from the database of `context`.
    pub const fn new(context: Context) -> Self {
        Self { context }
    }

    /// The database that is searched.
    pub const fn db(&self) -> &db::Database {
        &self.context.db
    }

    /// Those who are wanted, at most `limit`, from the first after `after` on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(
        &self,
        wanted: &Wanted,
        after: Option<MemberId>,
        limit: u32,
    ) -> Result<MemberList, DbError> {
        let mut reader = self.context.db.read().await?;
        let one_more = limit.saturating_add(1);
        let mut ids = match wanted {
            Wanted::Everybody => search::older(&mut reader, after, one_more).await?,
            Wanted::Id(id) => vec![*id],
            Wanted::Address(address) => search::with_address(&mut reader, address, after, one_more).await?,
            Wanted::Nickname(prefix) => search::with_nickname(&mut reader, prefix, after, one_more).await?,
            Wanted::Subject(provider, subject) => {
                search::with_subject(&mut reader, *provider, subject).await?
            }
            // It is not stored.
            Wanted::Role(role) if *role == Role::USER => search::older(&mut reader, after, one_more).await?,
            Wanted::Role(role) => search::with_role(&mut reader, role, after, one_more).await?,
        };
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = ids.len() > most;
        ids.truncate(most);
        let next = ids.last().copied().filter(|_| has_more);
        Ok(MemberList { members: search::listed(&mut reader, &ids).await?, next })
    }

    /// How many became members since a moment, counted up to `most`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn joined_since(&self, since: Timestamp, most: u32) -> Result<u32, DbError> {
        search::joined_since(&mut *self.context.db.read().await?, since, most).await
    }

    /// One member; `None` when there is none with this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn one(&self, member: MemberId) -> Result<Option<ListedMember>, DbError> {
        self.one_within(&mut *self.context.db.read().await?, member).await
    }

    /// The same within what is being done.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn one_within(
        &self,
        connection: &mut Connection,
        member: MemberId,
    ) -> Result<Option<ListedMember>, DbError> {
        Ok(search::listed(connection, &[member]).await?.pop())
    }
}
