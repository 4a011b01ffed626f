//! `/oauth/second`: the sign-in that waits in this browser for a code.

use contract::views::{SecondStepView, SetUp};
use names::{LoginError, path};
use sessions::WaitingSignIn;
use web::ReturnTo;

use super::load::Load;
use super::no_page::NoPage;
use super::security::drawn;
use super::visit::Visit;

impl Load for SecondStepView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let parts = visit.parts();
        let steps = &parts.sessions.second_steps;
        let Some(waiting) = steps.waiting_in(visit.headers).await? else {
            let left = steps.left_in(visit.headers).await?;
            return Err(NoPage::Elsewhere(instead(visit, left)));
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

/// Where somebody goes for whom no sign-in waits, such as by the button Back after the code. Only somebody whose sign-in was `left`
/// without an end, or whose code was refused, is told that it is over.
fn instead(visit: &Visit<'_>, left: Option<ReturnTo>) -> String {
    let is_refused = visit.query("draft").is_some();
    match (visit.current, left) {
        (Some(_), left) => left.unwrap_or_default().as_str().to_owned(),
        (None, None) if !is_refused => path::LOGIN.to_owned(),
        (None, left) => path::login(Some(LoginError::SecondStepOver), left.unwrap_or_default().as_str()),
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
