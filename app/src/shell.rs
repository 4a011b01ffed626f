//! The document around the pages, and the table of routes.

use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};
use names::Language;

use crate::address;
use crate::page_table::has_islands;
use crate::pages::{
    Account, ChangeEmail, ForgotPassword, HistoryLog, Home, KeepAccount, Login, Me, NotFound, Profile,
    ResetPassword, Security, Sessions, SignUp, VerifyEmail,
};
use crate::texts::site;

/// The whole document. Scripts and WASM are named only where the page has islands.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let language = site().map_or(Language::Korean, |site| site.language());
    let alive = address().is_some_and(|address| has_islands(address.split('?').next().unwrap_or_default()));
    view! {
        <!DOCTYPE html>
        <html lang=language.code()>
            <head>
                <Head options=options.clone() />
                <AutoReload options=options.clone() />
                {alive.then(|| view! { <HydrationScripts options islands=true /> })}
                <MetaTags />
            </head>
            <body><App /></body>
        </html>
    }
}

/// What every document's head begins with.
#[component]
pub(crate) fn Head(
    /// The names of the files.
    options: LeptosOptions,
) -> impl IntoView {
    view! {
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href=format!("/pkg/{}.css", options.output_name) />
    }
}

/// The pages by their addresses. All are drawn whole before the first byte leaves: nothing in them has to be waited for.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=Home ssr=SsrMode::Async />
                <Route path=path!("/oauth/login") view=Login ssr=SsrMode::Async />
                <Route path=path!("/me") view=Me ssr=SsrMode::Async />
                <Route path=path!("/me/sessions") view=Sessions ssr=SsrMode::Async />
                <Route path=path!("/me/security") view=Security ssr=SsrMode::Async />
                <Route path=path!("/me/history") view=HistoryLog ssr=SsrMode::Async />
                <Route path=path!("/me/account") view=Account ssr=SsrMode::Async />
                <Route path=path!("/members/:id") view=Profile ssr=SsrMode::Async />
                <Route path=path!("/signup") view=SignUp ssr=SsrMode::Async />
                <Route path=path!("/email/verify") view=VerifyEmail ssr=SsrMode::Async />
                <Route path=path!("/email/change") view=ChangeEmail ssr=SsrMode::Async />
                <Route path=path!("/account/keep") view=KeepAccount ssr=SsrMode::Async />
                <Route path=path!("/password/forgot") view=ForgotPassword ssr=SsrMode::Async />
                <Route path=path!("/password/reset") view=ResetPassword ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
