//! `/oauth2/logout`: signs out at once where an app shows which session it means, and asks otherwise.

use authorization::{LogoutAnswer, LogoutQuestion, LogoutReturn};
use contract::views::{LogoutView, WayBack};
use names::Language;

use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for LogoutView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let query = visit.uri.query().unwrap_or_default();
        let context = visit.context();
        let authorization = &visit.parts().authorization;
        match authorization.logout(query, visit.current, visit.headers, &context).await? {
            LogoutAnswer::Asks(question) => Ok(view(question)),
            LogoutAnswer::Done(done) => {
                let answer = match visit.cookies() {
                    Some(cookies) => done.from(cookies),
                    None => done.answer(),
                };
                Err(NoPage::Answered(Box::new(answer)))
            }
        }
    }

    fn form_action(&self) -> Option<&str> {
        self.back.as_ref()?.form_action.as_deref()
    }

    fn language(&self) -> Option<Language> {
        self.language
    }
}

fn view(LogoutQuestion { client, back, language }: LogoutQuestion) -> LogoutView {
    let back = back.map(|LogoutReturn { client_id, address, state, form_action }| WayBack {
        client_id,
        address,
        state,
        form_action,
    });
    LogoutView { app: client, back, language }
}
