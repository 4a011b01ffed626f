//! Codes that a member turns on in the course of a sign-in, since a role of theirs needs a second factor: nobody is signed in before.

use db::Transaction;
use kernel::Timestamp;
use names::MemberId;
use web::RequestContext;

use crate::failure::Failure;
use crate::totp::codes::OneTimeCodes;
use crate::totp::seed::Seed;
use crate::totp::set_up::{FirstCode, SetUpError};
use crate::totp::set_up_place::SetUpPlace;
use crate::totp::store::setups::{self, Setup};

impl OneTimeCodes {
    /// Makes the secret that the device of a member is to learn whose sign-in waits for that until `end`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin_within(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        place: SetUpPlace,
        end: Timestamp,
    ) -> Result<(), Failure> {
        let seed = Seed::new(&*self.context.randomness);
        let seed_sealed = Some(self.seal(setups::SEED, member, seed.bytes())?);
        Ok(setups::put(tx, member, Setup { place, seed_sealed, codes_sealed: None }, end).await?)
    }

    /// Turns codes on, if `typed` is the present code of that secret, and gives the recovery codes. `None`: it is not, or another sign-in
    /// of the member has begun since.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn turn_on_within(
        &self,
        tx: &mut Transaction,
        first: FirstCode<'_>,
        context: &RequestContext,
    ) -> Result<Option<Vec<String>>, Failure> {
        match self.turn_on(tx, first, context).await {
            Ok(codes) => Ok(Some(codes)),
            Err(SetUpError::Failed(failure)) => Err(failure),
            Err(_) => Ok(None),
        }
    }
}
