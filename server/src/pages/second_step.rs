//! `/oauth/second`: the sign-in that waits in this browser for a code.

use contract::views::{SecondStepView, SetUp};
use names::{LoginError, path};
use sessions::WaitingSignIn;

use super::load::Load;
use super::no_page::NoPage;
use super::security::drawn;
use super::visit::Visit;

impl Load for SecondStepView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let parts = visit.parts();
        let steps = &parts.sessions.second_steps;
        let Some(waiting) = steps.waiting_in(visit.headers).await? else {
            let return_to = steps.left_in(visit.headers).await?;
            return Err(NoPage::Elsewhere(path::login(Some(LoginError::SecondStepOver), return_to.as_str())));
        };
        let set_up = set_up(visit, &waiting).await?;
        let has_passkey = parts.members.own_passkeys.has_usable(waiting.member).await?;
        Ok(Self {
            by_password: waiting.by_password,
            remember_days: steps.remembered_days(),
            passkey_to: has_passkey.then_some(waiting.return_to),
            by_new_passkey: set_up.is_some() && parts.members.new_passkeys.is_some(),
            set_up,
            reset_hours: parts.members.factor_resets.hours(),
        })
    }
}

/// What the device is to learn of a member who needs codes and has none. Another sign-in of theirs may have begun since, or they were set
/// up there.
async fn set_up(visit: &Visit<'_>, waiting: &WaitingSignIn) -> Result<Option<SetUp>, NoPage> {
    let Some(place) = waiting.set_up else { return Ok(None) };
    match visit.parts().sessions.second_steps.shown_at(waiting.member, place).await? {
        Some(shown) => Ok(Some(drawn(shown)?)),
        None => Err(NoPage::Elsewhere(path::login(Some(LoginError::SecondStepOver), &waiting.return_to))),
    }
}
