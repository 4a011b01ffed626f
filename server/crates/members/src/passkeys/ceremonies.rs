//! Ceremonies: what was asked of a browser, until its answer comes. Each can be used once, within five minutes, by the one who
//! began it.

use std::sync::Arc;
use std::time::Duration;

use db::{Connection, DbError, LentTransaction, Transaction};
use kernel::{KeyRing, NewId as _};

use crate::context::Context;
use crate::failure::Failure;
use crate::passkeys::ceremony::{Ceremony, CeremonyId, CeremonyPurpose, Holder};
use crate::passkeys::question::{PasskeyAnswer, PasskeyQuestion};
use crate::passkeys::relying_party::Asked;
use crate::passkeys::store::ceremonies;

/// How long a browser has for its answer, which browsers are told as well.
const LIFE: Duration = Duration::from_mins(5);

/// A ceremony whose answer may be looked at. It is not spent yet.
pub(crate) struct OpenCeremony {
    pub(crate) id: CeremonyId,
    /// What the relying party kept.
    pub(crate) state: Vec<u8>,
}

/// Keeps ceremonies. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ceremonies {
    pub(crate) context: Context,
    pub(crate) key_ring: Arc<KeyRing>,
}

impl Ceremonies {
    /// Begins one, within the caller's transaction.
    pub(crate) async fn begin(
        &self,
        tx: &mut Transaction,
        purpose: CeremonyPurpose,
        holder: Holder,
        state: &[u8],
    ) -> Result<CeremonyId, Failure> {
        let (clock, randomness) = (&*self.context.clock, &*self.context.randomness);
        let id = CeremonyId::new(clock, randomness);
        let sealed = self
            .key_ring
            .seal(ceremonies::PURPOSE, &id.to_string(), state, randomness)
            .map_err(|_| Failure::Internal("a ceremony cannot be sealed"))?;
        let expires_at = clock.now().plus(LIFE);
        ceremonies::insert(tx, &Ceremony { id, purpose, holder, sealed, expires_at }).await?;
        Ok(id)
    }

    /// Begins one that nothing else comes with.
    pub(crate) async fn ask(
        &self,
        purpose: CeremonyPurpose,
        holder: Holder,
        Asked { options, state }: Asked,
    ) -> Result<PasskeyQuestion, Failure> {
        let begin = async |mut tx: LentTransaction| {
            let ceremony = self.begin(&mut tx, purpose, holder, &state).await?;
            Ok::<_, Failure>(tx.commit(ceremony))
        };
        let ceremony = self.context.db.transact(begin).await?.to_string();
        Ok(PasskeyQuestion { ceremony, options })
    }

    /// That to which somebody answers in whose browser perhaps nobody is signed in.
    pub(crate) async fn find_of_browser(
        &self,
        connection: &mut Connection,
        purpose: CeremonyPurpose,
        answer: &PasskeyAnswer,
    ) -> Result<Option<OpenCeremony>, DbError> {
        let Some(browser) = answer.browser else { return Ok(None) };
        self.find(connection, &answer.ceremony, purpose, &Holder::Browser(browser)).await
    }

    /// The ceremony that a browser names, if it is for this, for them, and not over. One that was sealed with a key that is
    /// gone counts as over.
    pub(crate) async fn find(
        &self,
        connection: &mut Connection,
        id: &str,
        purpose: CeremonyPurpose,
        holder: &Holder,
    ) -> Result<Option<OpenCeremony>, DbError> {
        let Ok(id) = CeremonyId::parse(id) else { return Ok(None) };
        let found = ceremonies::find(connection, id).await?;
        let now = self.context.clock.now();
        let fits =
            |known: &Ceremony| known.purpose == purpose && known.holder.is(holder) && now < known.expires_at;
        let Some(ceremony) = found.filter(fits) else { return Ok(None) };
        let state = self.key_ring.open(ceremonies::PURPOSE, &id.to_string(), &ceremony.sealed);
        Ok(state.ok().map(|state| OpenCeremony { id, state }))
    }
}
