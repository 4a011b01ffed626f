//! Erases what the parts store about a member, in the transaction that erases the member.

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use members::EraseElsewhere;
use names::{EmailAddress, MemberId};

use crate::parts::erasure::Erased;
use crate::parts::list::PARTS;

/// Every part of the program.
pub struct EveryPart;

impl EraseElsewhere for EveryPart {
    fn erase<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
        addresses: &'a [EmailAddress],
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let id = member.to_string();
            for part in PARTS {
                part.storage.erase(tx, &id).await?;
                if let Some(rule) = part.erasure {
                    rule(tx, Erased { member, addresses }).await?;
                }
            }
            Ok(())
        })
    }

    fn discard_prepared<'a>(
        &'a self,
        tx: &'a mut Transaction,
        member: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            for rule in PARTS.iter().filter_map(|part| part.prepared) {
                rule(tx, member).await?;
            }
            Ok(())
        })
    }
}
