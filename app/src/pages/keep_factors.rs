//! `/account/keep/factors`: an operator's reset of the second factors is called off, by the link of the mail that announced it. Opening
//! the page changes nothing.

use leptos::prelude::*;
use names::path;

use crate::components::Frame;
use crate::form::Form;
use crate::frame::{frame, query};
use crate::islands::PlainAddress;
use crate::page::{Page, Record};
use crate::texts::{keep_factors, login};

const PATH: &str = path::KEEP_FACTORS;

/// One button for a link; the other way without one.
pub struct KeepFactors;

impl Page for KeepFactors {
    type View = ();

    const RECORD: &'static Record =
        &Record::public(PATH, keep_factors::title).with_islands().needs_mail().binds_browser();

    fn draw((): ()) -> AnyView {
        let frame = frame();
        let (language, in_address) = (frame.language, query(&frame.address, "token"));
        let form = Form::new("keep-factors", "/api/users/factor-reset/cancel");
        let token = form.token(in_address.clone());
        let lead =
            if token.is_some() { keep_factors::lead(language) } else { keep_factors::no_link(language) };
        let (alert, button) = match token {
            Some(token) => {
                let token = view! { <input type="hidden" name="token" value=token /> }.into_any();
                (None, Some(form.draw(token, keep_factors::submit(language))))
            }
            None => (form.alert(), None),
        };
        view! {
            <Frame>
                <section class="card">
                    <h1>{keep_factors::heading(language)}</h1>
                    {alert}
                    <p class="lead">{lead}</p>
                    {button}
                    <p class="ways">
                        <a class="way" href=path::LOGIN>{login::back(language)}</a>
                        <a class="way" href=path::FORGOT_PASSWORD>{login::forgot(language)}</a>
                    </p>
                </section>
                {in_address.map(|_| view! { <PlainAddress path=PATH.to_owned() /> })}
            </Frame>
        }
        .into_any()
    }
}
