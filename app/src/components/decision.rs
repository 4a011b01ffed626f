//! The two buttons with which a person allows or denies a request.

use leptos::prelude::*;
use names::Language;

use crate::texts::consent;

/// Both in one row, for a form that sends `decision`.
pub(crate) fn decision_buttons(language: Language) -> impl IntoView {
    view! {
        <div class="form__buttons">
            <button class="button button--main" type="submit" name="decision" value="allow">
                {consent::allow(language)}
            </button>
            <button class="button button--quiet" type="submit" name="decision" value="deny">
                {consent::deny(language)}
            </button>
        </div>
    }
}
