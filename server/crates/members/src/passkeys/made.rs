//! A passkey that a browser has made, as it is stored.

use kernel::NewId as _;
use names::MemberId;

use crate::context::Context;
use crate::passkeys::passkey::{Passkey, PasskeyId, PasskeyName};
use crate::passkeys::relying_party::NewKey;

/// That of `member`, for the domain `rp_id`.
pub(crate) fn made(
    context: &Context,
    rp_id: &str,
    member: MemberId,
    key: &NewKey,
    name: &PasskeyName,
) -> Passkey {
    Passkey {
        id: PasskeyId::new(&*context.clock, &*context.randomness),
        member,
        credential_id: key.credential_id.clone(),
        credential: key.credential.clone(),
        rp_id: rp_id.to_owned(),
        name: name.as_str().to_owned(),
        aaguid: key.aaguid,
        transports: key.transports.clone(),
        counter: key.counter,
        backup_eligible: key.backup_eligible,
        backed_up: key.backed_up,
        created_at: context.clock.now(),
        last_used_at: None,
    }
}
