//! `/account/keep/factors`: stops an operator's reset of the second factors by the link of the mail that announced it. Opening the
//! page changes nothing.

use leptos::prelude::*;
use names::path;

use crate::components::{KeepTexts, keep};
use crate::form::Form;
use crate::page::{Page, Record};
use crate::texts::keep_factors;

const PATH: &str = path::KEEP_FACTORS;

static TEXTS: KeepTexts = KeepTexts {
    heading: keep_factors::heading,
    lead: keep_factors::lead,
    submit: keep_factors::submit,
    no_link: keep_factors::no_link,
};

/// One button with a link; the other way without one.
pub struct KeepFactors;

impl Page for KeepFactors {
    type View = ();

    const RECORD: &'static Record =
        &Record::public(PATH, keep_factors::title).with_islands().needs_mail().binds_browser();

    fn draw((): ()) -> AnyView {
        keep(PATH, Form::new("keep-factors", "/api/users/factor-reset/cancel"), &TEXTS)
    }
}
