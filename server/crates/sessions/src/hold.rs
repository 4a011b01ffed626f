//! Locking a session for what depends on it, such as a client that gets tokens because somebody is signed in.

use db::{Transaction, Unit};
use names::{MemberId, SessionId};

use crate::error::SessionsError;
use crate::lookup::SessionLookup;
use crate::store;

impl SessionLookup {
    /// Holds the rows of a member and of one of their sessions until the commit, so that a sign-out, or an account that is
    /// disabled, comes before or after and sees what was begun. `false` when either came before, or when the member needs a second factor by
    /// now and has none: then nothing is theirs.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold(
        &self,
        tx: &mut Transaction,
        session: SessionId,
        member: MemberId,
    ) -> Result<bool, SessionsError> {
        let now = self.context.clock.now();
        Ok(members::hold(tx, member).await?
            && store::hold(tx, session, member, now).await?
            && !self.families.members.required_factors.are_lacking_of(tx, member).await?)
    }

    /// Whether [`Self::hold_in`] does all of it: what somebody lacks is asked for by [`Self::hold`] alone.
    pub fn holds_by_statements(&self) -> bool {
        !self.families.members.required_factors.concern_somebody()
    }

    /// The same in `unit`, which is refused where [`Self::hold`] says `false`. Its first statement reads the member, for
    /// [`members::read_held`].
    ///
    /// # Errors
    /// When a value cannot be sent.
    pub fn hold_in(
        &self,
        unit: &mut Unit,
        session: SessionId,
        member: MemberId,
    ) -> Result<(), SessionsError> {
        unit.add_find(members::holding(self.context.db.dialect(), member))?;
        unit.add_change(store::holding(session, member, self.context.clock.now()))?;
        Ok(())
    }
}
