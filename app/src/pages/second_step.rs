//! `/oauth/second`: the second step of a sign-in, a code after the password or a provider.

use contract::views::{SecondStepView, SetUp};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Frame, PasskeyButton, PasskeySetUp, first_code, to_be_learnt};
use crate::form::{Field, Form, Input, RECOVERY, WITH};
use crate::frame::{frame, query};
use crate::page::{Page, Record};
use crate::texts::{fields, one_time_codes, passkeys, second_step};

const ACTION: &str = "/api/auth/signin/second";

/// A field for a one-time code or a recovery code.
pub struct SecondStep;

impl Page for SecondStep {
    type View = SecondStepView;

    const RECORD: &'static Record =
        &Record::public(path::SECOND_STEP, second_step::title).signs_in().with_passkeys();

    fn draw(view: SecondStepView) -> AnyView {
        let frame = frame();
        let language = frame.language;
        let form = Form::new("second", ACTION);
        if let Some(SetUp::Secret { picture, address, text }) = view.set_up {
            let learnt = to_be_learnt(picture, address, text, language).into_any();
            return set_up_first(form, learnt, view.by_new_passkey, language);
        }
        let with = query(&frame.address, WITH).or_else(|| form.typed(WITH));
        let by_recovery = with.as_deref() == Some(RECOVERY);
        let lead = match (by_recovery, view.by_password) {
            (true, _) => second_step::lead_recovery(language),
            (false, true) => second_step::lead(language),
            (false, false) => second_step::lead_provider(language),
        };
        let (other, other_text) = if by_recovery {
            (path::SECOND_STEP.to_owned(), second_step::use_app(language))
        } else {
            (format!("{}?{WITH}={RECOVERY}", path::SECOND_STEP), second_step::use_recovery(language))
        };
        let is_ticked = form.typed("remember").is_some();
        let remember = view.remember_days.map(|days| remember(days, is_ticked, language));
        let kept = by_recovery.then(|| view! { <input type="hidden" name=WITH value=RECOVERY /> });
        let by_passkey = view.passkey_to.map(|return_to| {
            view! { <PasskeyButton return_to=return_to.into() label=passkeys::sign_in(language) /> }
        });
        let fields = view! { {kept} {form.field(code(by_recovery, language))} {remember} }.into_any();
        let hours = view.reset_hours;
        let without = by_recovery
            .then(|| view! { <p class="notice">{second_step::without_codes(language, hours)}</p> });
        view! {
            <Frame>
                <section class="card">
                    <h1>{second_step::heading(language)}</h1>
                    <p class="lead">{lead}</p>
                    {form.draw(fields, second_step::submit(language))}
                    {by_passkey}
                    {without}
                    <p class="ways">
                        <a class="way" href=other>{other_text}</a>
                        <a class="way" href=path::LOGIN>{second_step::cancel(language)}</a>
                    </p>
                </section>
            </Frame>
        }
        .into_any()
    }
}

/// The set-up of a second factor for a member who needs one and has none. The sign-in is complete only after it.
fn set_up_first(form: Form, learnt: AnyView, by_passkey: bool, language: Language) -> AnyView {
    let fields = form.field(first_code(language)).into_any();
    let by_passkey =
        by_passkey.then(|| view! { <PasskeySetUp other=second_step::set_up_otherwise(language) /> });
    view! {
        <Frame>
            <section class="card">
                <h1>{second_step::set_up_heading(language)}</h1>
                <p class="lead">{second_step::set_up_lead(language)}</p>
                {by_passkey}
                <p>{second_step::set_up_by_app(language)}</p>
                {learnt}
                {form.draw(fields, one_time_codes::confirm(language))}
                <p class="ways">
                    <a class="way" href=path::LOGIN>{second_step::cancel(language)}</a>
                </p>
            </section>
        </Frame>
    }
    .into_any()
}

fn code(by_recovery: bool, language: Language) -> Field {
    if by_recovery {
        let label = fields::recovery_code(language);
        return Field { name: "code", label, input: Input::RecoveryCode, hint: None };
    }
    Field {
        name: "code",
        label: fields::one_time_code(language),
        input: Input::Code,
        hint: Some(second_step::code_hint(language)),
    }
}

fn remember(days: u64, is_ticked: bool, language: Language) -> impl IntoView {
    view! {
        <label class="tick">
            <input type="checkbox" name="remember" value="1" checked=is_ticked />
            <span>{second_step::remember(language, days)}</span>
        </label>
    }
}
