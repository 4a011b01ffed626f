//! A field of a form: label, hint, input and error.

use std::borrow::Cow;

use leptos::prelude::*;
use names::Language;

use crate::texts::fields;

/// The kind of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The e-mail address of an account.
    Email,
    /// An e-mail address that the account is to have. Password managers must not fill in the present one.
    NewEmail,
    /// The e-mail address on the sign-in page, where browsers offer passkeys as well.
    SignInEmail,
    /// The current password.
    CurrentPassword,
    /// A new password with this minimum length in characters, which its hint says.
    NewPassword(u16),
    /// The six digits of a mail or an authenticator app.
    Code,
    /// A recovery code.
    RecoveryCode,
    /// A one-time code or a recovery code; it may be empty.
    AnyCode,
    /// A line of text with at most this many characters; it may be empty.
    Line(u16),
    /// A required line of text with at most this many characters.
    Words(u16),
    /// A day of the calendar.
    Day,
    /// A whole number; it may be empty.
    Count,
    /// A line of text with at most this many characters; it may be empty.
    Optional(u16),
    /// Several lines of text with at most this many characters.
    Text(u16),
    /// The same; it may be empty.
    OptionalText(u16),
    /// A picture file.
    Picture,
}

/// A field of a form: how it is sent, and what is said beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name in the form.
    pub(crate) name: &'static str,
    /// Its label.
    pub(crate) label: &'static str,
    /// Its kind.
    pub(crate) input: Input,
    /// The rules for its value.
    pub(crate) hint: Option<&'static str>,
}

impl Input {
    const fn kind(self) -> &'static str {
        match self {
            Self::Email | Self::NewEmail | Self::SignInEmail => "email",
            Self::CurrentPassword | Self::NewPassword(_) => "password",
            Self::Code
            | Self::RecoveryCode
            | Self::AnyCode
            | Self::Line(_)
            | Self::Words(_)
            | Self::Count
            | Self::Optional(_)
            | Self::OptionalText(_)
            | Self::Text(_) => "text",
            Self::Day => "date",
            Self::Picture => "file",
        }
    }

    /// The attribute `autocomplete`, for password managers and for codes that the system reads from messages (WCAG 2.2, SC
    /// 1.3.5).
    const fn autocomplete(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("username"),
            Self::NewEmail => Some("email"),
            Self::SignInEmail => Some("username webauthn"),
            Self::CurrentPassword => Some("current-password"),
            Self::NewPassword(_) => Some("new-password"),
            Self::Code => Some("one-time-code"),
            Self::Line(_) => Some("nickname"),
            Self::RecoveryCode
            | Self::AnyCode
            | Self::Words(_)
            | Self::Optional(_)
            | Self::OptionalText(_)
            | Self::Day
            | Self::Count => Some("off"),
            Self::Picture | Self::Text(_) => None,
        }
    }

    const fn is_required(self) -> bool {
        !matches!(
            self,
            Self::Line(_) | Self::AnyCode | Self::Count | Self::Optional(_) | Self::OptionalText(_)
        )
    }

    /// The attribute `maxlength`. Browsers count UTF-16 units, and a visible character may have many. So this only stops texts
    /// that are far too long; the server checks the exact length.
    const fn longest(self) -> Option<u16> {
        match self {
            Self::Line(most)
            | Self::Words(most)
            | Self::Optional(most)
            | Self::Text(most)
            | Self::OptionalText(most) => Some(most.saturating_mul(8)),
            _ => None,
        }
    }

    /// The attribute `minlength`, for password managers that generate a password. Browsers count UTF-16 units, so it never
    /// demands more than the rule does.
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

/// What is wrong with a field.
pub(super) struct FieldError {
    /// The text at the field, which says what to do.
    pub(super) text: Cow<'static, str>,
    /// Whether it is the first error of its form.
    pub(super) is_first: bool,
}

/// Draws a field. Hint and error are tied to the input (`aria-describedby`), so that they are read out with it.
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
    let control = if let Input::Text(_) | Input::OptionalText(_) = input {
        view! {
            <textarea class="field__input" id=id.clone() name=name rows="4" maxlength=input.longest() required=input.is_required()
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
