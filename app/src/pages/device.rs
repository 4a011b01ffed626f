//! `/device`: the member allows or denies a device without a browser (RFC 8628 section 3.3).

use contract::views::{DeviceAnswer, DeviceView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Frame, decision_buttons, scope_list};
use crate::frame::frame;
use crate::page::{Page, Record};
use crate::pages::consent::lasts;
use crate::texts::{consent, device};

/// A field for the code; then the app with its scopes, and two buttons.
pub struct Device;

impl Page for Device {
    type View = DeviceView;

    const RECORD: &'static Record = &Record { acts: true, ..Record::of_members(path::DEVICE, device::title) };

    fn draw(view: DeviceView) -> AnyView {
        let frame = frame();
        let language = frame.language;
        let content = match view {
            DeviceView::Type => field(None, language).into_any(),
            DeviceView::UnknownCode => field(Some(device::unknown(language).to_owned()), language).into_any(),
            DeviceView::Wait(minutes) => field(Some(device::wait(language, minutes)), language).into_any(),
            DeviceView::Done { allowed: true } => {
                done(device::allowed_heading(language), device::allowed(language)).into_any()
            }
            DeviceView::Done { allowed: false } => {
                done(device::denied_heading(language), device::denied(language)).into_any()
            }
            DeviceView::Asks(answer) => {
                let viewer = frame.viewer.as_ref();
                let name = viewer.map(|viewer| viewer.nickname.clone()).unwrap_or_default();
                let member = viewer.map(|viewer| viewer.id.clone()).unwrap_or_default();
                question(answer, Who { name, member }, language).into_any()
            }
        };
        view! { <Frame><section class="card">{content}</section></Frame> }.into_any()
    }
}

/// The viewer: their nickname and their member id.
struct Who {
    name: String,
    member: String,
}

fn field(problem: Option<String>, language: Language) -> impl IntoView {
    let is_wrong = problem.is_some();
    let described = if is_wrong { "user-code-hint user-code-error" } else { "user-code-hint" };
    view! {
        <h1>{device::heading(language)}</h1>
        <p class="lead">{device::lead(language)}</p>
        <form class="form" method="post" action=path::DEVICE>
            <div class="field" class:field--wrong=is_wrong>
                <label class="field__label" for="user-code">{device::label(language)}</label>
                <p class="field__hint" id="user-code-hint">{device::hint(language)}</p>
                <input
                    class="field__input"
                    id="user-code"
                    name="user_code"
                    type="text"
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    maxlength="40"
                    required=true
                    autofocus=is_wrong
                    aria-describedby=described
                    aria-invalid=is_wrong.then_some("true")
                />
                {problem.map(|problem| view! { <p class="field__error" id="user-code-error">{problem}</p> })}
            </div>
            <button class="button button--main" type="submit">{device::submit(language)}</button>
        </form>
    }
}

fn question(
    DeviceAnswer { app, user_code, scopes, longest }: DeviceAnswer,
    who: Who,
    language: Language,
) -> impl IntoView {
    let shown = user_code.clone();
    view! {
        <h1>{device::asks(language, app)}</h1>
        <p class="lead">{device::compare(language)}</p>
        <p><code class="device__code">{shown}</code></p>
        <p>{device::who(language, who.name)}</p>
        <section class="part">
            <h2>{consent::scopes(language)}</h2>
            {scope_list(scopes, language)}
            <p>{lasts(true, longest, language)}</p>
            <p>{consent::withdraw(language)}</p>
            <form class="form" method="post" action=path::DEVICE>
                <input type="hidden" name="user_code" value=user_code />
                <input type="hidden" name="member" value=who.member />
                {decision_buttons(language)}
            </form>
        </section>
    }
}

fn done(heading: &'static str, lead: &'static str) -> impl IntoView {
    view! {
        <h1>{heading}</h1>
        <p class="lead">{lead}</p>
    }
}
