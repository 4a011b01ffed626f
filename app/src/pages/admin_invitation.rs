//! `/admin/invite`: a member accepts the invitation to administer. Opening the page changes nothing.

use leptos::prelude::*;
use names::path;

use crate::components::Frame;
use crate::form::Form;
use crate::frame::{frame, query};
use crate::islands::PlainAddress;
use crate::page::{Page, Record};
use crate::texts::admin_invitation;

const PATH: &str = path::ADMIN_INVITATION;

/// One button with a link; what to do without one.
pub struct AdminInvitation;

impl Page for AdminInvitation {
    type View = ();

    const RECORD: &'static Record = &Record::of_members(PATH, admin_invitation::title).with_islands();

    fn draw((): ()) -> AnyView {
        let frame = frame();
        let (language, in_address) = (frame.language, query(&frame.address, "token"));
        let form = Form::new("invitation", "/api/admin/invitation");
        let name = frame.viewer.as_ref().map(|viewer| viewer.nickname.clone()).unwrap_or_default();
        let (lead, content) = match form.token(in_address.clone()) {
            Some(token) => {
                let token = view! { <input type="hidden" name="token" value=token /> }.into_any();
                let button = form.draw(token, admin_invitation::submit(language));
                (admin_invitation::lead(language, name), Some(button))
            }
            None => (admin_invitation::no_link(language).to_owned(), form.alert()),
        };
        view! {
            <Frame>
                <section class="card">
                    <h1>{admin_invitation::heading(language)}</h1>
                    <p class="lead">{lead}</p>
                    {content}
                </section>
                {in_address.map(|_| view! { <PlainAddress path=PATH.to_owned() /> })}
            </Frame>
        }
        .into_any()
    }
}
