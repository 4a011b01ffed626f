//! `/oauth2/consent`: what an app asks for.

use authorization::{ConsentPage, ConsentRequest};
use contract::views::{ConsentView, ScopeEntry};
use tokens::Scope;
use web::RequestId;

use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for ConsentView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let parts = visit.parts();
        let id = visit.query("request").unwrap_or_default();
        let request_id = RequestId::current().map(|id| id.as_str().to_owned()).unwrap_or_default();
        let page = parts.authorization.consent_page(&id, visit.member()?, &request_id).await;
        match page.map_err(NoPage::Refused)? {
            ConsentPage::Elsewhere(address) => Err(NoPage::Elsewhere(address)),
            ConsentPage::Ask(request) => Ok(view(visit, *request)),
        }
    }
}

fn view(visit: &Visit<'_>, asked: ConsentRequest) -> ConsentView {
    let ConsentRequest { client_name, host, is_self_described, scope, outlives_session, .. } = asked;
    let (request, proof, other_account) = (asked.request, asked.proof, asked.other_account);
    ConsentView {
        app: client_name,
        host,
        is_self_described,
        scopes: scopes(visit, &scope),
        outlives_session,
        longest: visit.parts().authorization.longest_grant(),
        request,
        proof,
        other_account,
    }
}

/// Scopes in the language of the page, as far as the configuration has words for them.
pub(super) fn scopes(visit: &Visit<'_>, scope: &Scope) -> Vec<ScopeEntry> {
    let (words, language) = (visit.parts().authorization.scope_words(), visit.language());
    let entry = |name: &str| ScopeEntry {
        name: name.to_owned(),
        text: words.of(name, language).map(ToOwned::to_owned),
    };
    scope.words().map(entry).collect()
}
