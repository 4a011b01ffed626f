//! The document around the pages.

use std::borrow::Cow;
use std::sync::Arc;

use contract::Frame;
use hydration_context::SsrSharedContext;
use leptos::config::LeptosOptions;
use leptos::nonce::Nonce;
use leptos::prelude::*;
use names::Language;

use crate::page::{Access, Page, Record, Text};

/// The parts of documents that are the same for all requests.
#[derive(Clone, Debug)]
pub struct Shell {
    options: LeptosOptions,
    /// The beginning of every head.
    head: String,
    account: Navigation,
    admin: Navigation,
    reloads: bool,
}

/// The pages of an area, as its navigation names them.
#[derive(Clone, Debug)]
pub(crate) struct Navigation(pub(crate) Arc<[NavigationEntry]>);

/// A page in the navigation of its area.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NavigationEntry {
    pub(crate) path: &'static str,
    pub(crate) label: Text,
    pub(crate) access: Access,
}

impl Navigation {
    /// The entries of the pages that have one of these kinds of access and a name in the navigation.
    fn of(pages: &[&'static Record], access: &[Access]) -> Self {
        let pages = pages.iter().filter(|page| access.contains(&page.access));
        let entries = pages.filter_map(|page| {
            let Record { path, access, navigation, .. } = **page;
            Some(NavigationEntry { path, label: navigation?, access })
        });
        Self(entries.collect())
    }
}

impl Shell {
    /// A shell for these pages, in the order of the navigation. With `reloads`, open pages reload when the site was rebuilt.
    pub fn new(options: LeptosOptions, pages: impl Iterator<Item = &'static Record>, reloads: bool) -> Self {
        let pages: Vec<_> = pages.collect();
        let account = Navigation::of(&pages, &[Access::Members]);
        let admin = Navigation::of(&pages, &[Access::Operators, Access::Moderators]);
        Self { head: head(&options), account, admin, options, reloads }
    }

    /// The whole document of a page. It is rendered synchronously, since its view is complete.
    pub fn draw<P: Page>(&self, frame: Arc<Frame>, view: P::View, nonce: Nonce) -> String {
        let (page, language) = (P::RECORD, frame.language);
        let has_passkeys = frame.settings.has_passkeys;
        let title = P::title(&view, language);
        // Islands with children need it.
        let shared = page.islands.then(|| Arc::new(SsrSharedContext::new_islands()) as _);
        let owner = Owner::new_root(shared);
        let comes_alive = P::comes_alive(&frame);
        let html = owner.with(|| {
            provide_context(frame);
            match page.access {
                Access::Operators | Access::Moderators => provide_context(self.admin.clone()),
                Access::Members if page.navigation.is_some() => provide_context(self.account.clone()),
                Access::Members | Access::Everybody => {}
            }
            let body = P::draw(view).to_html();
            let passkeys = if page.passkeys && has_passkeys { self.passkeys(&nonce) } else { String::new() };
            document(language, &[&self.head, &passkeys, &self.scripts(comes_alive, nonce)], &title, &body)
        });
        owner.unset_with_forced_cleanup();
        html
    }

    /// The script of passkeys, which is small and needs no WASM.
    fn passkeys(&self, nonce: &Nonce) -> String {
        let address = self.passkeys_address();
        view! { <script type="module" src=address nonce=nonce.clone()></script> }.to_html()
    }

    fn passkeys_address(&self) -> String {
        format!("/pkg/{}_passkeys.js", self.options.output_name)
    }

    /// The address of the script of passkeys, if it is the only script that a document names.
    pub fn only_passkeys(&self, document: &str) -> Option<String> {
        let address = self.passkeys_address();
        let is_only = document.matches("<script").count() == 1;
        (is_only && document.contains(&format!("src=\"{address}\""))).then_some(address)
    }

    /// The document with the style sheet inlined in place of its link, for browsers that do not have the file yet.
    #[must_use]
    pub fn with_style(&self, document: &str, style: &str) -> String {
        document.replacen(&style_link(&self.options), &["<style>", style, "</style>"].concat(), 1)
    }

    /// The scripts that load the WASM, and the one that reloads the page.
    fn scripts(&self, islands: bool, nonce: Nonce) -> String {
        if !islands && !self.reloads {
            return String::new();
        }
        provide_context(nonce);
        let options = || self.options.clone();
        let reload = self.reloads.then(|| view! { <AutoReload options=options() /> });
        let islands = islands.then(|| view! { <HydrationScripts options=options() islands=true /> });
        view! { {reload} {islands} }.to_html()
    }
}

/// The link to the style sheet.
fn style_link(options: &LeptosOptions) -> String {
    view! { <link rel="stylesheet" href=format!("/pkg/{}.css", options.output_name) /> }.to_html()
}

/// The beginning of every head.
pub(crate) fn head(options: &LeptosOptions) -> String {
    let head = view! {
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    }
    .to_html();
    head + &style_link(options)
}

/// A document with these parts in its head. They and `body` are HTML; the title is text.
pub(crate) fn document(language: Language, head: &[&str], title: &str, body: &str) -> String {
    let mut title = Cow::Borrowed(title);
    if title.contains(['&', '<']) {
        title = title.replace('&', "&amp;").replace('<', "&lt;").into();
    }
    let start = ["<!DOCTYPE html><html lang=\"", language.code(), "\"><head>"].concat();
    let head = head.concat();
    [&start, &head, "<title>", &title, "</title></head><body>", body, "</body></html>"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_takes_the_place_of_the_link_to_it() {
        let options = LeptosOptions::builder().output_name("daemun.0").build();
        let shell = Shell::new(options, std::iter::empty(), false);
        let html = document(Language::Korean, &[&shell.head], "문", "<p></p>");
        assert!(html.contains("/pkg/daemun.0.css"));
        let html = shell.with_style(&html, "p > a{}");
        assert!(html.contains("<style>p > a{}</style>") && !html.contains(".css"), "{html}");
    }

    #[test]
    fn a_title_is_text_alone() {
        let html = document(Language::English, &["<meta>"], "</title><script>1 & 2", "<p></p>");
        assert_eq!(
            html,
            "<!DOCTYPE html><html lang=\"en\"><head><meta><title>&lt;/title>&lt;script>1 &amp; 2</title></head>\
             <body><p></p></body></html>"
        );
    }
}
