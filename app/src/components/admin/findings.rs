//! What is wrong now, each with what to do about it.

use contract::views::admin::FindingEntry;
use leptos::prelude::*;
use names::{FindingCode, Language};

use crate::components::with_time;
use crate::texts::{admin_program as texts, finding_cure, finding_text};

/// The list, as the first part of a page; `advice` is for the reader of the page alone.
pub(crate) fn findings(
    findings: Vec<FindingEntry>,
    advice: Option<&'static str>,
    language: Language,
) -> AnyView {
    let content = if findings.is_empty() && advice.is_none() {
        view! { <p class="lead">{texts::no_findings(language)}</p> }.into_any()
    } else {
        let items: Vec<_> = findings.into_iter().map(|finding| item(finding, language)).collect();
        let advice = advice.map(|advice| view! { <li class="problem">{advice}</li> });
        view! { <ul class="problems">{items} {advice}</ul> }.into_any()
    };
    view! { <section class="part part--first"><h2>{texts::findings(language)}</h2>{content}</section> }
        .into_any()
}

fn item(finding: FindingEntry, language: Language) -> AnyView {
    let FindingEntry { code: what, place, count, since, said } = finding;
    let count = count.map(|count| count_text(what, count, language));
    let since = since.map(|since| with_time(|time| texts::since(language, time), since));
    let place = place.map(|place| view! { <code>{place}</code> });
    // A command says it, in its own words.
    let said = said.map(|(problem, cure)| view! { <p lang="en">{format!("{problem}. {cure}.")}</p> });
    view! {
        <li class="problem">
            <p><strong>{finding_text(what, language)}</strong> " " {place} " " {count} " " {since}</p>
            {said}
            <p>{finding_cure(what, language)}</p>
        </li>
    }
    .into_any()
}

fn count_text(what: FindingCode, count: i64, language: Language) -> String {
    match what {
        FindingCode::ClockOff => texts::milliseconds(language, count.to_string()),
        FindingCode::SignInsFail => texts::percent(language, count.to_string()),
        _ => texts::number(language, count.to_string()),
    }
}
