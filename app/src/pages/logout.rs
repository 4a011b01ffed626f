//! `/oauth2/logout`: asks whether to sign out, for an app that did not prove which session it means.

use contract::views::{LogoutView, WayBack};
use leptos::prelude::*;
use names::path;

use crate::components::Frame;
use crate::frame::frame;
use crate::page::{Page, Record};
use crate::texts::logout;

/// One button, in a plain form that is sent to this path.
pub struct Logout;

impl Page for Logout {
    type View = LogoutView;

    const RECORD: &'static Record = &Record { acts: true, ..Record::public(path::LOGOUT, logout::title) };

    fn draw(LogoutView { app, back, .. }: LogoutView) -> AnyView {
        let frame = frame();
        let (language, is_signed_in) = (frame.language, frame.viewer.is_some());
        let (heading, lead, submit) = if is_signed_in {
            (logout::heading(language), logout::lead(language), logout::submit(language))
        } else {
            (logout::nobody(language), logout::nobody_lead(language), logout::go_on(language))
        };
        let asks = app.filter(|_| is_signed_in).map(|app| {
            view! { <p class="lead">{logout::asks(language, &app)}</p> }
        });
        let stay = is_signed_in.then(|| {
            view! { <p class="ways"><a class="way" href=path::HOME>{logout::stay(language)}</a></p> }
        });
        view! {
            <Frame>
                <section class="card">
                    <h1>{heading}</h1>
                    {asks}
                    <p class="lead">{lead}</p>
                    <form class="form" method="post" action=path::LOGOUT>
                        {back.map(fields)}
                        <button class="button button--main" type="submit">{submit}</button>
                    </form>
                    {stay}
                </section>
            </Frame>
        }
        .into_any()
    }
}

fn fields(WayBack { client_id, address, state, .. }: WayBack) -> impl IntoView {
    view! {
        <input type="hidden" name="client_id" value=client_id />
        <input type="hidden" name="post_logout_redirect_uri" value=address />
        {state.map(|state| view! { <input type="hidden" name="state" value=state /> })}
    }
}
