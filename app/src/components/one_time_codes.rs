//! A member's one-time codes: turning them on, their state, and turning them off.

use contract::views::{AccountCodeEntry, CodesEntry, CodesView, QrPicture, SetUp};
use leptos::prelude::*;
use names::Language;

use crate::components::local_time::with_time;
use crate::form::{Field, Form, Input};
use crate::frame::language;
use crate::texts::{fields, one_time_codes};

const BEGIN: &str = "/api/users/me/codes/begin";
const CONFIRM: &str = "/api/users/me/codes";
const PUT_AWAY: &str = "/api/users/me/codes/put-away";
const REMOVE: &str = "/api/users/me/codes/remove";
const RECOVERY: &str = "/api/users/me/codes/recovery";
const PROVIDERS: &str = "/api/users/me/codes/providers";

/// The section of the security page.
#[component]
pub(crate) fn OneTimeCodes(
    /// Their state.
    codes: CodesView,
) -> impl IntoView {
    let language = language();
    let CodesView { in_use, set_up, account } = codes;
    let account = account.map(|account| account_code(account, in_use.is_none(), language));
    let has_codes = in_use.is_some();
    let alerts = [BEGIN, REMOVE, RECOVERY, PROVIDERS].map(|action| Form::new("codes", action).alert());
    let in_use = in_use.map(|codes| entry(codes, language));
    let is_being_set_up = set_up.is_some();
    let set_up = set_up.map(|set_up| match set_up {
        SetUp::Secret { picture, address, text } => secret(picture, address, text, language).into_any(),
        SetUp::RecoveryCodes(codes) => recovery_codes(codes, language).into_any(),
    });
    let begin = if has_codes { one_time_codes::again(language) } else { one_time_codes::begin(language) };
    view! {
        <section class="part" id="codes">
            <h2>{one_time_codes::heading(language)}</h2>
            <p class="lead">{one_time_codes::lead(language)}</p>
            {alerts}
            {account}
            {set_up}
            {in_use}
            {(!is_being_set_up).then(|| button(BEGIN, begin))}
        </section>
    }
}

fn button(action: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <button class="button button--quiet" type="submit">{label}</button>
        </form>
    }
}

fn entry(codes: CodesEntry, language: Language) -> impl IntoView {
    let CodesEntry { since, recovery_left, after_providers, is_ended } = codes;
    let count = recovery_left;
    let in_use = |time| one_time_codes::in_use(language, one_time_codes::InUse { time, count });
    let in_use = with_time(in_use, since);
    let warning = if is_ended {
        Some(one_time_codes::ended(language))
    } else {
        (recovery_left == 0).then(|| one_time_codes::no_recovery_left(language))
    };
    view! {
        <p>{in_use}</p>
        {warning.map(|warning| view! { <p class="notice">{warning}</p> })}
        <form class="form" method="post" action=PROVIDERS>
            <label class="tick">
                <input type="checkbox" name="ask" value="1" checked=after_providers />
                <span>{one_time_codes::after_providers(language)}</span>
            </label>
            <div class="form__buttons">
                <button class="button button--quiet" type="submit">{one_time_codes::save(language)}</button>
            </div>
        </form>
        <div class="form__buttons">
            {button(RECOVERY, one_time_codes::new_recovery(language))}
            {button(REMOVE, one_time_codes::remove(language))}
        </div>
    }
}

/// The account code, above the recovery codes with which it is to be kept. `alone` means that no one-time codes are in use, so
/// the button for new recovery codes is here.
fn account_code(account: AccountCodeEntry, alone: bool, language: Language) -> impl IntoView {
    let AccountCodeEntry { code, recovery_left } = account;
    let left = alone.then(|| {
        view! {
            <p>{one_time_codes::recovery_left(language, recovery_left)}</p>
            {button(RECOVERY, one_time_codes::new_recovery(language))}
        }
    });
    view! {
        <section class="notice">
            <h3>{one_time_codes::account_heading(language)}</h3>
            <p>{one_time_codes::account_lead(language)}</p>
            <p><code class="secret" id="account-code">{code}</code></p>
            {left}
        </section>
    }
}

fn secret(picture: QrPicture, address: String, text: String, language: Language) -> impl IntoView {
    let form = Form::new("first-code", CONFIRM);
    let fields = form.field(first_code(language));
    view! {
        {to_be_learnt(picture, address, text, language)}
        {form.draw(fields, one_time_codes::confirm(language))}
    }
}

/// The field for the first code of an authenticator app.
pub(crate) fn first_code(language: Language) -> Field {
    Field {
        name: "code",
        label: fields::one_time_code(language),
        input: Input::Code,
        hint: Some(one_time_codes::confirm_hint(language)),
    }
}

/// The secret for an authenticator app: as a QR code, as a link, and as text.
pub(crate) fn to_be_learnt(
    picture: QrPicture,
    address: String,
    text: String,
    language: Language,
) -> impl IntoView {
    view! {
        <p>{one_time_codes::scan(language)}</p>
        {drawing(picture, one_time_codes::picture(language))}
        <p><a class="button button--quiet" href=address>{one_time_codes::open_app(language)}</a></p>
        <p>{one_time_codes::by_hand(language)}</p>
        <p><code class="secret">{text}</code></p>
    }
}

/// The QR code, dark on light in both themes, with the quiet zone that scanners need.
fn drawing(QrPicture { path, width }: QrPicture, label: &'static str) -> impl IntoView {
    let view_box = format!("-4 -4 {0} {0}", width + 8);
    view! {
        <svg class="qr" viewBox=view_box role="img" aria-label=label>
            <path d=path />
        </svg>
    }
}

fn recovery_codes(codes: Vec<String>, language: Language) -> impl IntoView {
    let codes: Vec<_> = codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect();
    view! {
        <section class="notice">
            <h3>{one_time_codes::recovery_heading(language)}</h3>
            <p>{one_time_codes::recovery_lead(language)}</p>
            <ul class="codes">{codes}</ul>
            {button(PUT_AWAY, one_time_codes::put_away(language))}
        </section>
    }
}
