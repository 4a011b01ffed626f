//! `/account/keep`: cancels a deletion by the link of the mail that announced it. Opening the page changes nothing.

use leptos::prelude::*;
use names::path;

use crate::components::{KeepTexts, keep};
use crate::form::Form;
use crate::page::{Page, Record};
use crate::texts::keep_account;

const PATH: &str = path::KEEP_ACCOUNT;

static TEXTS: KeepTexts = KeepTexts {
    heading: keep_account::heading,
    lead: keep_account::lead,
    submit: keep_account::submit,
    no_link: keep_account::no_link,
};

/// One button with a link; the other ways without one.
pub struct KeepAccount;

impl Page for KeepAccount {
    type View = ();

    const RECORD: &'static Record =
        &Record::public(PATH, keep_account::title).with_islands().needs_mail().binds_browser();

    fn draw((): ()) -> AnyView {
        keep(PATH, Form::new("keep", "/api/users/deletion/cancel"), &TEXTS)
    }
}
