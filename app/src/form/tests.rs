use std::sync::Arc;

use contract::{Draft, FieldError, Frame, SiteSettings};
use names::{ErrorCode, FieldReason, Language};

use super::*;
use crate::texts::{errors, fields};

fn draft(typed: &[(&str, &str)], code: ErrorCode, fields: &[(&str, Option<FieldReason>)]) -> Draft {
    let fields =
        fields.iter().map(|(field, reason)| FieldError { field: (*field).to_owned(), reason: *reason });
    Draft {
        action: "/here".to_owned(),
        typed: typed.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect(),
        error: Some(FormError { status: 400, code: Some(code), fields: fields.collect(), wait: Some(61) }),
    }
}

/// Runs `act` with an English frame that has this draft.
fn with<T>(draft: Draft, act: impl FnOnce() -> T) -> T {
    Owner::new().with(|| {
        provide_context(Arc::new(frame(Some(draft))));
        act()
    })
}

fn frame(draft: Option<Draft>) -> Frame {
    let settings = Arc::new(SiteSettings { password_min_length: 12, ..SiteSettings::default() });
    Frame { language: Language::English, draft, settings, ..Frame::default() }
}

const EMAIL: Field = Field { name: "email", label: "E-mail", input: Input::Email, hint: None };
const PASSWORD: Field =
    Field { name: "password", label: "Password", input: Input::NewPassword(12), hint: None };

#[test]
fn what_was_typed_comes_back_escaped_and_a_password_never() {
    let typed = [("email", "\"><script>"), ("password", "a secret of mine")];
    let html = with(draft(&typed, ErrorCode::ValidationFailed, &[("email", None)]), || {
        let form = Form::new("f", "/here");
        let fields = view! { {form.field(EMAIL)} {form.field(PASSWORD)} }.into_any();
        form.draw(fields, "Go").to_html()
    });
    assert!(
        html.contains("value=\"&quot;&gt;&lt;script&gt;\"") || html.contains("value=\"&quot;><script>\""),
        "{html}"
    );
    assert!(!html.contains("a secret of mine"));
    assert!(html.contains("aria-describedby=\"f-email-error\"") && html.contains("id=\"f-email-error\""));
    assert!(html.contains("role=\"alert\"") && html.contains("href=\"#f-email\""));
    assert_eq!(html.matches("autofocus").count(), 1, "the first wrong field takes the focus");
}

#[test]
fn a_fault_stands_in_its_own_form_only() {
    let back = draft(&[("email", "hong@example.com")], ErrorCode::AddressTaken, &[]);
    with(back, || {
        let other = Form::new("o", "/elsewhere");
        assert!(other.alert().is_none());
        assert_eq!(other.typed("email").as_deref(), Some("hong@example.com"));
        assert_eq!(Form::new("f", "/here").errors().len(), 1);
    });
}

#[test]
fn a_link_that_is_no_good_gives_way_to_the_code() {
    let back = draft(&[("token", "spent")], ErrorCode::ProofInvalid, &[]);
    with(back, || {
        let form = Form::new("f", "/here");
        assert_eq!(form.token(Some("spent".to_owned())), None);
        assert!(form.errors().is_empty(), "there is no code to blame");
        assert!(form.alert().is_some());
    });
    let back = draft(
        &[("token", "good")],
        ErrorCode::ValidationFailed,
        &[("password", Some(FieldReason::PasswordLength))],
    );
    with(back, || {
        let form = Form::new("f", "/here");
        assert_eq!(form.token(None).as_deref(), Some("good"), "a wrong password leaves the link good");
        assert!(form.needs_password());
    });
}

#[test]
fn a_wrong_code_is_told_as_the_one_that_was_asked_for() {
    let told = |action: &'static str, typed: &[(&str, &str)]| {
        let back = Draft { action: action.to_owned(), ..draft(typed, ErrorCode::SecondFactorWrong, &[]) };
        with(back, || Form::new("f", action).errors())
    };
    let (english, here) = (Language::English, "/here");
    let of_app = errors::text("second_factor_wrong", english).unwrap();
    assert_eq!(told(here, &[]), [("code".to_owned(), Cow::Borrowed(of_app))]);
    let by_recovery = told(here, &[(WITH, RECOVERY)]);
    assert_eq!(by_recovery, [("code".to_owned(), Cow::Borrowed(form_errors::recovery_code(english)))]);
    let either = told("/api/users/password/reset", &[]);
    assert_eq!(either, [("second_code".to_owned(), Cow::Borrowed(form_errors::any_code(english)))]);
}

#[test]
fn what_is_wrong_with_the_whole_form_is_explained_with_the_time_to_wait() {
    let sentence = |code: Option<ErrorCode>, wait| {
        let error = FormError { status: 429, code, fields: Vec::new(), wait };
        form_error::sentence(&error, false, Language::English)
    };
    let told = sentence(Some(ErrorCode::TooManyRequests), Some(61));
    assert!(told.contains("Too many attempts. ") && told.contains("2 min"), "never too early: {told}");
    assert!(sentence(Some(ErrorCode::Busy), Some(3)).contains("3 s"));
    assert!(!sentence(Some(ErrorCode::NoPassword), None).contains("again in"));
    assert_eq!(sentence(None, None), sentence(Some(ErrorCode::FramingAmbiguous), None), "nobody explains it");
    let text = |reason| {
        let wrong = FieldError { field: "password".to_owned(), reason: Some(reason) };
        form_error::field_text(&wrong, "/api/users/signup", &frame(None))
    };
    assert_ne!(text(FieldReason::PasswordLength), text(FieldReason::PasswordLeaked));
    assert_ne!(text(FieldReason::PasswordLeaked), text(FieldReason::PasswordContext));
}

#[test]
fn s_acc_1_hint_fault_and_input_say_the_least_length_that_is_set() {
    let back = draft(&[], ErrorCode::ValidationFailed, &[("password", Some(FieldReason::PasswordLength))]);
    let html = with(back, || {
        let form = Form::new("f", "/here");
        let field = crate::components::new_password(&form, "Password");
        form.draw(field, "Go").to_html()
    });
    let hint = fields::password_hint(Language::English, 12);
    let error = form_errors::password_length(Language::English, 12);
    assert!(hint.contains("12") && error.contains("12"));
    assert!(html.contains(&hint) && html.contains(&error), "{html}");
    assert!(html.contains("minlength=\"12\""), "{html}");
}
