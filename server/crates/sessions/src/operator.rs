//! Signing members out for an operator: one, or everybody, as after a backup was restored (S-BFF-14, S-OPS-5).

use db::Database;
use kernel::{Clock, Randomness};
use members::{AuditEvent, AuditKind, MemberId, Origin, Outcome};
use tokens::{EndReason, Subject, Tokens};

use crate::{SessionsError, store};

/// How many members are looked up at once; each is signed out in a transaction of their own.
const BATCH: u32 = 20;

/// An operator's hand, which needs no program that serves. Those that serve know within a second.
#[derive(Debug)]
pub struct Operator<'a> {
    /// The database.
    pub db: &'a Database,
    /// Whose families end.
    pub tokens: &'a Tokens,
    /// When and under which id it is written down.
    pub instruments: (&'a dyn Clock, &'a dyn Randomness),
}

impl Operator<'_> {
    /// Ends all sessions and all tokens of a member, whether there are any or not.
    ///
    /// # Errors
    /// When the database refuses; then nothing was ended.
    pub async fn signs_out(&self, member: MemberId) -> Result<(), SessionsError> {
        let mut tx = self.db.begin().await?;
        store::delete_of_member(&mut tx, member).await?;
        let subject = Subject::from_uuid(member.uuid());
        self.tokens.revoke_member(&mut tx, subject, EndReason::Administrator).await?;
        let event = AuditEvent {
            kind: AuditKind::SignedOutByOperator,
            outcome: Outcome::Success,
            member: Some(member),
            provider: "",
            origin: &Origin::program(),
        };
        let (clock, randomness) = self.instruments;
        members::record(&mut tx, &event, clock, randomness).await?;
        Ok(tx.commit().await?)
    }

    /// Ends all sessions and all tokens of everybody, those that are made meanwhile included. Answers how many members
    /// had any.
    ///
    /// # Errors
    /// When the database refuses; those who were signed out until then stay so.
    pub async fn signs_everybody_out(&self) -> Result<u64, SessionsError> {
        let mut signed_out = 0;
        loop {
            let mut reader = self.db.read().await?;
            let mut members = store::signed_in(&mut reader, BATCH).await?;
            if members.is_empty() {
                let holders = tokens::holders(&mut reader, BATCH).await?;
                members.extend(holders.into_iter().map(|subject| MemberId::from_uuid(subject.uuid())));
            }
            drop(reader);
            if members.is_empty() {
                return Ok(signed_out);
            }
            for member in members {
                self.signs_out(member).await?;
                signed_out += 1;
            }
        }
    }
}
