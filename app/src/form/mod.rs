//! Forms with their drafts: a refused form shows what was typed and the error at each field (decision 26). They are plain forms
//! and need no scripting.

mod choice;
mod field;
mod form_error;

use std::borrow::Cow;
use std::sync::Arc;

use contract::{Draft, FormError, Frame};
use leptos::prelude::*;
use names::ErrorCode;

use crate::frame::{frame, return_to};
use crate::texts::form_errors;

pub(crate) use choice::choice;
use field::FieldError;
pub(crate) use field::{Field, Input};
pub(crate) use form_error::{NEW_CLIENT, RECOVERY, WITH};

/// A form of a page.
pub(crate) struct Form {
    /// The prefix of the ids of its fields on the page.
    id: Cow<'static, str>,
    action: Cow<'static, str>,
    /// The frame of the page, which may have a draft.
    pub(crate) frame: Arc<Frame>,
}

impl Form {
    /// The form that is sent to `action`. What was typed is filled into every form of the page; errors are shown only in the form
    /// that was sent.
    pub(crate) fn new(id: impl Into<Cow<'static, str>>, action: impl Into<Cow<'static, str>>) -> Self {
        Self { id: id.into(), action: action.into(), frame: frame() }
    }

    fn draft(&self) -> Option<&Draft> {
        self.frame.draft.as_ref()
    }

    /// What was typed into `field`, if the draft has it and it is not empty.
    pub(crate) fn typed(&self, field: &str) -> Option<String> {
        self.draft()?.typed.get(field).filter(|typed| !typed.is_empty()).cloned()
    }

    /// What was typed into `field`, even if it is empty.
    pub(crate) fn typed_or_empty(&self, field: &str) -> Option<String> {
        self.draft()?.typed.get(field).cloned()
    }

    /// What was typed into `field` if it was this form that was refused.
    pub(crate) fn typed_here(&self, field: &str) -> Option<String> {
        if self.came_back() { self.typed(field) } else { None }
    }

    /// Whether this form was sent a moment ago and refused.
    pub(crate) fn came_back(&self) -> bool {
        self.form_error().is_some()
    }

    fn form_error(&self) -> Option<&FormError> {
        self.draft().filter(|draft| draft.action == self.action)?.error.as_ref()
    }

    /// Whether the proof needs a password, or its password was refused.
    pub(crate) fn needs_password(&self) -> bool {
        self.form_error().is_some_and(|error| {
            error.code == Some(ErrorCode::PasswordNeeded)
                || error.fields.iter().any(|wrong| wrong.field == "password")
        })
    }

    /// The token of the link that led here, unless it was refused.
    pub(crate) fn token(&self, in_address: Option<String>) -> Option<String> {
        if self.link_refused() { None } else { in_address.or_else(|| self.typed("token")) }
    }

    fn link_refused(&self) -> bool {
        let by_link = self.typed("token").is_some();
        by_link
            && self.form_error().is_some_and(|error| {
                error.code == Some(ErrorCode::ProofInvalid)
                    || error.fields.iter().any(|wrong| wrong.field == "token")
            })
    }

    /// The wrong fields, each with its text.
    fn errors(&self) -> Vec<(String, Cow<'static, str>)> {
        let Some(error) = self.form_error() else { return Vec::new() };
        let wrong = error.fields.iter().filter(|wrong| wrong.field != "token");
        let mut errors: Vec<_> = wrong
            .map(|wrong| (wrong.field.clone(), form_error::field_text(wrong, &self.action, &self.frame)))
            .collect();
        let field = form_error::field(error, &self.action).filter(|_| !self.link_refused());
        if let Some(field) = field {
            let by_recovery = self.typed(form_error::WITH).as_deref() == Some(form_error::RECOVERY);
            let text = form_error::at_field(error, field, by_recovery, self.frame.language);
            errors.push((field.to_owned(), text.into()));
        }
        errors
    }

    fn field_id(&self, field: &str) -> String {
        format!("{}-{field}", self.id)
    }

    /// The alert above the form: what went wrong, with a link to each wrong field.
    pub(crate) fn alert(&self) -> Option<AnyView> {
        let error = self.form_error()?;
        let errors = self.errors();
        let sentence = if errors.is_empty() {
            let by_link = self.link_refused();
            form_error::sentence(error, by_link, self.frame.language)
        } else {
            form_errors::fields(self.frame.language).to_owned()
        };
        let ways: Vec<_> = errors
            .into_iter()
            .map(|(field, text)| view! { <li><a href=format!("#{}", self.field_id(&field))>{text}</a></li> })
            .collect();
        let ways = (!ways.is_empty()).then(|| view! { <ul class="notice__fields">{ways}</ul> });
        Some(view! { <div class="notice" role="alert"><p>{sentence}</p>{ways}</div> }.into_any())
    }

    /// Draws a field with what was typed and its error.
    pub(crate) fn field(&self, field: Field) -> AnyView {
        let value = self.typed(field.name);
        self.field_with(field, value.unwrap_or_default())
    }

    /// Draws a field with this value and its error.
    pub(crate) fn field_with(&self, field: Field, value: String) -> AnyView {
        let error = self.errors().into_iter().enumerate().find(|(_, (wrong, _))| wrong == field.name);
        let error = error.map(|(index, (_, text))| FieldError { text, is_first: index == 0 });
        field::draw(field, self.field_id(field.name), value, error, self.frame.language)
    }

    /// A box that is ticked or not, with `true` as its value.
    pub(crate) fn tick(&self, name: &'static str, label: &'static str) -> AnyView {
        let (id, checked) = (self.field_id(name), self.typed_here(name).is_some());
        view! {
            <label class="tick">
                <input type="checkbox" id=id name=name value="true" checked=checked />
                <span>{label}</span>
            </label>
        }
        .into_any()
    }

    /// One of several values, with their names.
    pub(crate) fn choice(
        &self,
        name: &'static str,
        label: &'static str,
        options: &[(&'static str, &'static str)],
    ) -> AnyView {
        let chosen = self.typed_here(name).unwrap_or_default();
        let options = options.iter().map(|(value, text)| ((*value).to_owned(), (*text).to_owned())).collect();
        choice(self.field_id(name), name, label, options, &chosen)
    }

    /// The hidden field `return_to`, if the address of the page has one.
    pub(crate) fn return_to() -> Option<AnyView> {
        let field = |value| view! { <input type="hidden" name="return_to" value=value /> }.into_any();
        return_to().map(field)
    }

    /// The whole form, with a file.
    pub(crate) fn draw_upload(self, field: AnyView, submit: &'static str) -> AnyView {
        view! {
            {self.alert()}
            <form class="form" method="post" action=self.action.clone() enctype="multipart/form-data" novalidate=true>
                {field}
                <div class="form__buttons">
                    <button class="button button--quiet" type="submit">{submit}</button>
                </div>
            </form>
        }
        .into_any()
    }

    /// The whole form: the alert, the fields, the button.
    pub(crate) fn draw(self, fields: AnyView, submit: &'static str) -> AnyView {
        self.draw_with(fields, submit, ())
    }

    /// The whole form with something beside its button.
    pub(crate) fn draw_with(
        self,
        fields: AnyView,
        submit: &'static str,
        beside: impl IntoView + 'static,
    ) -> AnyView {
        view! {
            {self.alert()}
            // `novalidate`: the browser's own messages disappear by themselves and are in the browser's language.
            <form class="form" method="post" action=self.action.clone() novalidate=true>
                {fields}
                <div class="form__buttons">
                    <button class="button button--main" type="submit">{submit}</button>
                    {beside.into_any()}
                </div>
            </form>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests;
