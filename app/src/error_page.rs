//! The error page, drawn without the router: it must come out even when nothing else does.

use contract::Language;
use leptos::config::LeptosOptions;
use leptos::prelude::*;

use crate::components::FrameFor;
use crate::shell::Head;
use crate::texts::{Locale, locale_of, td_string};

/// The complete document for a refusal. It says what to do next, and the id by which it can be found in the log;
/// nothing of the cause. `site` is the address of the site, where opening it there helps.
pub fn error_page(
    options: &LeptosOptions,
    (status, code, site): (u16, &str, Option<&str>),
    request_id: &str,
    language: Language,
) -> String {
    let locale = locale_of(language);
    let (heading, lead) = texts((status, code), locale);
    let (next, label) = next((status, code), locale);
    let lead = site.map_or(lead.to_owned(), |site| td_string!(locale, error_other_origin_lead, site = site));
    let next = site.map_or(next.to_owned(), |site| format!("{site}/"));
    let (options, request_id) = (options.clone(), request_id.to_owned());
    let owner = Owner::new();
    let document = owner.with(|| {
        view! {
            <html lang=language.code()>
                <head>
                    <Head options />
                    <title>{td_string!(locale, error_title)}</title>
                </head>
                <body>
                    <FrameFor language here="/".to_owned()>
                        <section class="card">
                            <p class="status">{status}</p>
                            <h1>{heading}</h1>
                            <p class="lead">{lead}</p>
                            <p><a class="button button--main" href=next>{label}</a></p>
                            <p class="request-id">{td_string!(locale, request_id)} <code>{request_id}</code></p>
                        </section>
                    </FrameFor>
                </body>
            </html>
        }
        .to_html()
    });
    format!("<!DOCTYPE html>{document}")
}

/// A callback that did its work before, in a browser that is signed in.
const SIGNED_IN_ALREADY: &str = "SIGNED_IN_ALREADY";

fn texts((status, code): (u16, &str), locale: Locale) -> (&'static str, &'static str) {
    match status {
        _ if code == SIGNED_IN_ALREADY => {
            (td_string!(locale, error_signed_in_heading), td_string!(locale, error_signed_in_lead))
        }
        400 => (td_string!(locale, error_400_heading), td_string!(locale, error_400_lead)),
        403 => (td_string!(locale, error_403_heading), td_string!(locale, error_403_lead)),
        404 => (td_string!(locale, error_404_heading), td_string!(locale, error_404_lead)),
        409 => (td_string!(locale, error_409_heading), td_string!(locale, error_409_lead)),
        429 => (td_string!(locale, error_429_heading), td_string!(locale, error_429_lead)),
        500 => (td_string!(locale, error_500_heading), td_string!(locale, error_500_lead)),
        503 | 504 => (td_string!(locale, error_503_heading), td_string!(locale, error_503_lead)),
        _ => (td_string!(locale, error_other_heading), td_string!(locale, error_other_lead)),
    }
}

/// A login that broke begins anew; who linked what is somebody else's goes back to the sign-in methods; everything else goes home.
fn next((status, code): (u16, &str), locale: Locale) -> (&'static str, &'static str) {
    match status {
        _ if code == SIGNED_IN_ALREADY => ("/", td_string!(locale, back_home)),
        400 => ("/oauth/login", td_string!(locale, sign_in)),
        409 => ("/me/security", td_string!(locale, to_security)),
        _ => ("/", td_string!(locale, back_home)),
    }
}
