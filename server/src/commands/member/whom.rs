//! Which member a command is about.

use std::str::FromStr;

use db::{Database, DbError};
use names::{EmailAddress, MemberId};

/// So many are named where an address is that of several.
const MAX_NAMED: u32 = 8;

/// A member by their id, or by an address that they have proven.
#[derive(Clone, Debug)]
pub(super) enum Whom {
    Id(MemberId),
    Address(EmailAddress),
}

/// Nobody, or more than one.
#[derive(Debug, thiserror::Error)]
pub(super) enum WhomError {
    #[error("there is no member {0}")]
    Unknown(MemberId),
    #[error("no member has proven the address {}; give the member's id", .0.as_str())]
    Nobody(EmailAddress),
    #[error("several members have proven the address {}; give the id of one: {}", .0.as_str(), .1)]
    Several(EmailAddress, String),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl FromStr for Whom {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if let Ok(id) = MemberId::parse(text) {
            return Ok(Self::Id(id));
        }
        kernel::email_address::read(text)
            .map(Self::Address)
            .ok_or("it must be the id of a member, or an address that they have proven")
    }
}

impl Whom {
    /// The member. An address that somebody merely says is theirs leads to nobody: it may be anybody's.
    pub(super) async fn find(&self, db: &Database) -> Result<MemberId, WhomError> {
        let address = match self {
            Self::Id(id) => {
                let exists = members::exists(&mut *db.read().await?, *id).await?;
                return exists.then_some(*id).ok_or(WhomError::Unknown(*id));
            }
            Self::Address(address) => address,
        };
        let found = members::with_proven_address(&mut *db.read().await?, address, MAX_NAMED).await?;
        match &found[..] {
            [] => Err(WhomError::Nobody(address.clone())),
            [one] => Ok(*one),
            several => {
                let ids: Vec<_> = several.iter().map(ToString::to_string).collect();
                Err(WhomError::Several(address.clone(), ids.join(", ")))
            }
        }
    }
}
