//! `/oauth2/consent`: the member allows or denies what an app asks for.

use std::borrow::Cow;
use std::time::Duration;

use contract::views::ConsentView;
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Frame, decision_buttons, scope_list};
use crate::frame::frame;
use crate::page::{Page, Record};
use crate::texts::consent;

/// The scopes in words, and two buttons.
pub struct Consent;

impl Page for Consent {
    type View = ConsentView;

    const RECORD: &'static Record = &Record::of_members(path::CONSENT, consent::title);

    fn title(view: &ConsentView, language: Language) -> Cow<'static, str> {
        consent::title_for(language, &view.app).into()
    }

    fn draw(view: ConsentView) -> AnyView {
        let frame = frame();
        let language = frame.language;
        let ConsentView {
            app,
            host,
            is_self_described,
            scopes,
            outlives_session,
            longest,
            request,
            proof,
            other_account,
        } = view;
        let warning =
            is_self_described.then(|| view! { <p class="notice">{consent::self_described(language)}</p> });
        let who = frame.viewer.as_ref().map(|viewer| viewer.nickname.clone()).unwrap_or_default();
        let lasts = lasts(outlives_session, longest, language);
        view! {
            <Frame>
                <section class="card">
                    <h1>{consent::heading(language, app.as_str())}</h1>
                    <p class="lead">{consent::host(language)} " " <strong>{host}</strong></p>
                    {warning}
                    <p>
                        {consent::who(language, who)} " "
                        <a class="way" href=other_account>{consent::other_account(language)}</a>
                    </p>
                    <section class="part">
                        <h2>{consent::scopes(language)}</h2>
                        {scope_list(scopes, language)}
                        <p>{lasts}</p>
                        <p>{consent::withdraw(language)}</p>
                        <form class="form" method="post" action=path::CONSENT>
                            <input type="hidden" name="request" value=request />
                            <input type="hidden" name="proof" value=proof />
                            {decision_buttons(language)}
                        </form>
                    </section>
                </section>
            </Frame>
        }
        .into_any()
    }
}

/// How long the app's access lasts. It never lasts longer than the text says.
pub(super) fn lasts(outlives_session: bool, longest: Duration, language: Language) -> String {
    const SECONDS_PER_HOUR: u64 = 60 * 60;
    const SECONDS_PER_DAY: u64 = 24 * SECONDS_PER_HOUR;
    let seconds = longest.as_secs();
    let longest = if seconds >= 2 * SECONDS_PER_DAY {
        consent::days(language, seconds.div_ceil(SECONDS_PER_DAY))
    } else {
        consent::hours(language, seconds.div_ceil(SECONDS_PER_HOUR))
    };
    if outlives_session {
        consent::outlives_session(language, longest)
    } else {
        consent::ends_with_session(language, longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_as_14_the_page_says_how_long_it_lasts() {
        let days = Duration::from_hours(30 * 24);
        assert!(lasts(false, days, Language::Korean).contains("30일"));
        assert!(lasts(true, days, Language::English).contains("30 days"));
        assert!(lasts(true, Duration::from_mins(90), Language::English).contains("2 hours"));
        assert_ne!(lasts(true, days, Language::Korean), lasts(false, days, Language::Korean));
    }
}
