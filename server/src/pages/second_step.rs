//! `/oauth/second`: the sign-in that waits in this browser for a code.

use contract::views::SecondStepView;
use names::{LoginError, path};

use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for SecondStepView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let parts = visit.parts();
        let steps = &parts.sessions.second_steps;
        let Some(waiting) = steps.waiting_in(visit.headers).await? else {
            let return_to = steps.left_in(visit.headers).await?;
            return Err(NoPage::Elsewhere(path::login(Some(LoginError::SecondStepOver), return_to.as_str())));
        };
        let has_passkey = parts.members.own_passkeys.has_usable(waiting.member).await?;
        Ok(Self {
            by_password: waiting.by_password,
            remember_days: steps.remembered_days(),
            passkey_to: has_passkey.then_some(waiting.return_to),
        })
    }
}
