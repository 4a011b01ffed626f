//! A page that cancels something by the link of the mail that announced it. With a link it has one button; without one it shows
//! the other ways to cancel.

use leptos::prelude::*;
use names::{Language, path};

use super::frame::Frame;
use crate::form::Form;
use crate::frame::{frame, query};
use crate::islands::PlainAddress;
use crate::texts::login;

/// A text in the language of the page.
type Text = fn(Language) -> &'static str;

/// The texts of such a page.
pub(crate) struct KeepTexts {
    pub(crate) heading: Text,
    pub(crate) lead: Text,
    pub(crate) submit: Text,
    /// Shown in place of `lead` if there is no link, or its token was used.
    pub(crate) no_link: Text,
}

/// The page at `path` with this form, whose only field is the token of the link.
pub(crate) fn keep(path: &'static str, form: Form, texts: &'static KeepTexts) -> AnyView {
    let frame = frame();
    let (language, in_address) = (frame.language, query(&frame.address, "token"));
    let (lead, alert, button) = match form.token(in_address.clone()) {
        Some(token) => {
            let token = view! { <input type="hidden" name="token" value=token /> }.into_any();
            (texts.lead, None, Some(form.draw(token, (texts.submit)(language))))
        }
        None => (texts.no_link, form.alert(), None),
    };
    view! {
        <Frame>
            <section class="card">
                <h1>{(texts.heading)(language)}</h1>
                {alert}
                <p class="lead">{lead(language)}</p>
                {button}
                <p class="ways">
                    <a class="way" href=path::LOGIN>{login::back(language)}</a>
                    <a class="way" href=path::FORGOT_PASSWORD>{login::forgot(language)}</a>
                </p>
            </section>
            {in_address.map(|_| view! { <PlainAddress path=path.to_owned() /> })}
        </Frame>
    }
    .into_any()
}
