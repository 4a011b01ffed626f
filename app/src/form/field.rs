//! A field of a form: label, hint, input, and what is wrong with what was typed.

use std::borrow::Cow;

use leptos::prelude::*;
use names::Language;

use crate::texts::fields;

/// What is typed into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The address with which one signs in.
    Email,
    /// The same where one signs in: browsers offer passkeys there as well.
    SignInEmail,
    /// The password that one has.
    CurrentPassword,
    /// A password to be, of at least so many characters. Its hint says so.
    NewPassword(u16),
    /// Six digits of a mail or a device.
    Code,
    /// A recovery code.
    RecoveryCode,
    /// A code of a device or a recovery code, by who has one.
    AnyCode,
    /// A line of text, of at most so many characters as people see them.
    Line(u16),
    /// A line of text that must be there, of at most so many characters.
    Words(u16),
    /// A day of the calendar.
    Day,
    /// A whole number, which may be left out.
    Count,
    /// Several lines of text, of at most so many characters.
    Text(u16),
    /// A picture file.
    Picture,
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name in the form.
    pub(crate) name: &'static str,
    /// What it is called.
    pub(crate) label: &'static str,
    /// What is typed into it.
    pub(crate) input: Input,
    /// The rules, said beforehand.
    pub(crate) hint: Option<&'static str>,
}

impl Input {
    const fn kind(self) -> &'static str {
        match self {
            Self::Email | Self::SignInEmail => "email",
            Self::CurrentPassword | Self::NewPassword(_) => "password",
            Self::Code
            | Self::RecoveryCode
            | Self::AnyCode
            | Self::Line(_)
            | Self::Words(_)
            | Self::Count
            | Self::Text(_) => "text",
            Self::Day => "date",
            Self::Picture => "file",
        }
    }

    /// For password managers and for the code that the system reads from a message (WCAG 2.2, SC 1.3.5).
    const fn autocomplete(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("username"),
            Self::SignInEmail => Some("username webauthn"),
            Self::CurrentPassword => Some("current-password"),
            Self::NewPassword(_) => Some("new-password"),
            Self::Code => Some("one-time-code"),
            Self::Line(_) => Some("nickname"),
            Self::RecoveryCode | Self::AnyCode | Self::Words(_) | Self::Day | Self::Count => Some("off"),
            Self::Picture | Self::Text(_) => None,
        }
    }

    const fn is_required(self) -> bool {
        !matches!(self, Self::Line(_) | Self::AnyCode | Self::Count)
    }

    /// Browsers count units of UTF-16, of which one character that people see may have many. So this stops only what is
    /// out of all measure; the server counts.
    const fn longest(self) -> Option<u16> {
        match self {
            Self::Line(most) | Self::Words(most) | Self::Text(most) => Some(most.saturating_mul(8)),
            _ => None,
        }
    }

    /// For password managers, which make no shorter one then. It counts in units of UTF-16, so it never asks for more
    /// than the rule does.
    const fn shortest(self) -> Option<u16> {
        match self {
            Self::NewPassword(least) => Some(least),
            _ => None,
        }
    }

    const fn is_secret(self) -> bool {
        matches!(self, Self::CurrentPassword | Self::NewPassword(_) | Self::RecoveryCode | Self::AnyCode)
    }
}

/// What is wrong with what was typed.
pub(super) struct FieldError {
    /// What to do about it.
    pub(super) text: Cow<'static, str>,
    /// Whether it is the first of its form.
    pub(super) is_first: bool,
}

/// Draws it. What is wrong is tied to the input, so that it is read out with it.
pub(super) fn draw(
    Field { name, label, input, hint }: Field,
    id: String,
    value: String,
    error: Option<FieldError>,
    language: Language,
) -> AnyView {
    let hint = match input {
        Input::NewPassword(least) => Some(fields::password_hint(language, least).into()),
        _ => hint.map(Cow::Borrowed),
    };
    let is_wrong = error.is_some();
    let takes_focus = error.as_ref().is_some_and(|error| error.is_first);
    let error = error.map(|error| error.text);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described: Vec<_> =
        [hint.as_ref().map(|_| hint_id.clone()), error.as_ref().map(|_| error_id.clone())]
            .into_iter()
            .flatten()
            .collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let autocomplete = if name == "greeting" { Some("off") } else { input.autocomplete() };
    let control = if let Input::Text(_) = input {
        view! {
            <textarea class="field__input" id=id.clone() name=name rows="4" maxlength=input.longest() required=true
                autofocus=takes_focus aria-invalid=is_wrong.then_some("true") aria-describedby=described
            >{value}</textarea>
        }
        .into_any()
    } else {
        view! {
            <input class="field__input" id=id.clone() name=name type=input.kind()
                value=(!input.is_secret() && !value.is_empty()).then_some(value)
                autocomplete=autocomplete
                inputmode=matches!(input, Input::Code | Input::Count).then_some("numeric")
                accept=(input == Input::Picture).then_some("image/png,image/jpeg,image/webp")
                minlength=input.shortest()
                maxlength=input.longest()
                required=input.is_required()
                autofocus=takes_focus
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=described
            />
        }
        .into_any()
    };
    view! {
        <div class="field" class:field--wrong=is_wrong>
            <label class="field__label" for=id>{label}</label>
            {hint.map(|hint| view! { <p class="field__hint" id=hint_id>{hint}</p> })}
            {control}
            {error.map(|error| view! { <p class="field__error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}
