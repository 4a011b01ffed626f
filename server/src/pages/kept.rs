//! Pages that are the same for all visitors: drawn once for each [`Key`], and [kept](super::kept_pages).
//!
//! Such a page is drawn from its key alone, and not from the request that asked for it first: so nothing of one visitor can be in
//! the page of another.

use std::sync::Arc;

use app::Page;
use axum::response::Response;
use contract::Frame;
use http::header::COOKIE;
use leptos::nonce::Nonce;
use web::headers::PagePolicy;

use super::kept_key::Key;
use super::kept_pages::Kept;
use super::load::Load;
use super::state::Inner;
use super::visit::Visit;

/// Whether a document names a script. Where somebody typed the word, it has a nonce that nothing uses.
pub(super) fn names_script(html: &str) -> bool {
    html.contains("<script")
}

/// For a visitor who comes by the bare address of a page that is the same for all of them.
fn key_of<P: Page<View: Load>>(pages: &Inner, visit: &Visit<'_>) -> Option<Key> {
    let page = P::RECORD;
    let is_bare = visit.current.is_none() && visit.uri.query().is_none();
    if !page.same_for_visitors || pages.reloads || !is_bare || !P::View::is_as_for_all(visit) {
        return None;
    }
    let last_used = visit.parts().last_method.read(visit.headers);
    let has_style = !visit.headers.contains_key(COOKIE);
    Some(Key { page: page.path, language: visit.language(), last_used, has_style })
}

/// The page as it is kept, drawn if nobody asked for it before; `None` where this visitor's is not that of all.
pub(super) async fn answer<P: Page<View: Load>>(pages: &Inner, visit: &Visit<'_>) -> Option<Response> {
    let key = key_of::<P>(pages, visit)?;
    let drawn = pages.kept.get(key, || draw::<P>(pages, key)).await?;
    Some(drawn.answer(visit.headers))
}

async fn draw<P: Page<View: Load>>(pages: &Inner, key: Key) -> Option<Kept> {
    let view = P::View::for_all(&key)?;
    let settings = Arc::clone(&pages.settings);
    let frame = Frame { language: key.language, address: key.page.into(), settings, ..Frame::default() };
    let style = pages.parts.style.as_ref().filter(|_| key.has_style);
    let form_action: &[String] = if P::RECORD.leads_to_providers { &pages.form_action } else { &[] };
    let nonce = Nonce::new();
    let html = pages.shell.draw::<P>(Arc::new(frame), view, nonce.clone());
    // What many get proves nothing by a nonce: the policy names the file.
    let mut html = html.replace(&format!(" nonce=\"{nonce}\""), "");
    let script = if names_script(&html) { Some(pages.shell.only_passkeys(&html)?) } else { None };
    let script = script.map(|path| [pages.parts.sessions.origin.as_str(), &path].concat());
    let policy = PagePolicy {
        form_action,
        script: script.as_deref(),
        style: style.map(|style| &*style.source),
        ..PagePolicy::default()
    };
    let policy = policy.header();
    if let Some(style) = style {
        html = pages.shell.with_style(&html, &style.text);
    }
    Some(Kept::new(html, policy).await)
}
