//! A form that calls a server function, and is sent as a plain form if that fails. If the server was not reached, it stays with what was
//! typed.

use contract::SiteError;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast as _, JsValue};
use leptos::web_sys::js_sys::Math;
use leptos::web_sys::{
    Element, HtmlButtonElement, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlTextAreaElement,
};

use crate::functions::FunctionError;

/// The attribute of a form that is sent as a plain form.
const PLAIN: &str = "data-plain";

/// The name of the field with the idempotency key.
const KEY: &str = "key";

/// The attribute of that field with the text that was sent, and the one that says that the request may not have arrived.
const TEXT: &str = "data-text";
const LOST: &str = "data-lost";

/// The attribute of a form and a button whose call is pending.
const BUSY: &str = "aria-busy";

/// The id of the live region of the page, and its attribute with the sentence that the server was not reached.
const NOTICES: &str = "notices";
const SENTENCE: &str = "data-unreached";

/// A submitted form whose sending is prevented while a server function does the same. If the function fails, the form is sent
/// after all, so that errors appear at their fields and an ended session leads to the login page, as without scripting. Without a
/// network, that would leave the page for one of the browser, so a sentence is shown instead.
pub(super) struct FormCall {
    pub(super) form: HtmlFormElement,
    pub(super) button: Option<HtmlButtonElement>,
}

impl FormCall {
    /// Prevents the sending of the form of this event. Returns `None` for a form that is sent plainly or whose call is pending.
    pub(super) fn of(event: &SubmitEvent) -> Option<Self> {
        let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
        let button: Option<HtmlButtonElement> = event.submitter().and_then(|button| button.dyn_into().ok());
        let leads_elsewhere = button.as_ref().is_some_and(|button| button.has_attribute("formaction"));
        if form.has_attribute(PLAIN) || leads_elsewhere {
            return None;
        }
        event.prevent_default();
        if form.has_attribute(BUSY) {
            return None;
        }
        let call = Self { form, button };
        call.show_busy(true);
        if let Ok(Some(sentence)) = call.form.query_selector(".unreached") {
            sentence.remove();
        }
        Some(call)
    }

    /// Shows that the call is pending, or that it is not any more.
    fn show_busy(&self, is_busy: bool) {
        mark_busy(&self.form, is_busy);
        if let Some(button) = &self.button {
            mark_busy(button, is_busy);
        }
    }

    /// The input with this name.
    pub(super) fn field(&self, name: &str) -> Option<HtmlInputElement> {
        self.form.query_selector(&format!("input[name={name}]")).ok()??.dyn_into().ok()
    }

    /// What was typed into the input with this name.
    pub(super) fn typed(&self, name: &str) -> String {
        self.field(name).map(|field| field.value()).unwrap_or_default()
    }

    /// What was typed into the text area with this name.
    pub(super) fn written(&self, name: &str) -> String {
        let field = self.form.query_selector(&format!("textarea[name={name}]")).ok().flatten();
        let field = field.and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok());
        field.map(|field| field.value()).unwrap_or_default()
    }

    /// Makes an idempotency key for this text and adds it to the form as well: if the response is lost and the form is sent after
    /// all, the server recognises the repetition. The same text after a request that was lost is a repetition, too.
    pub(super) fn name_request(&self, text: &str) -> String {
        let lost = self.field(KEY).filter(|field| field.has_attribute(LOST));
        if let Some(field) = lost.filter(|field| field.get_attribute(TEXT).as_deref() == Some(text)) {
            return field.value();
        }
        self.take_name_away();
        let part = || format!("{:.0}", Math::random() * 1e15);
        let name = format!("{}{}", part(), part());
        if let Ok(field) = document().create_element("input") {
            for (attribute, value) in [("type", "hidden"), ("name", KEY), ("value", &name), (TEXT, text)] {
                let _ = field.set_attribute(attribute, value);
            }
            let _ = self.form.append_child(&field);
        }
        name
    }

    /// Removes the idempotency key, so that the next sending is another request.
    pub(super) fn take_name_away(&self) {
        if let Some(field) = self.field(KEY) {
            field.remove();
        }
    }

    /// Calls `function`, and then `done` if it succeeded.
    pub(super) fn send<T: 'static>(
        self,
        function: impl Future<Output = Result<T, FunctionError>> + 'static,
        done: impl FnOnce(&Self, T) + 'static,
    ) {
        leptos::task::spawn_local(async move {
            let answer = function.await;
            self.show_busy(false);
            match answer {
                Ok(answer) => done(&self, answer),
                Err(FunctionError(SiteError::Unreachable)) => self.say_unreached(),
                Err(_) => self.send_plainly(),
            }
        });
    }

    /// Says at the form that the server was not reached.
    fn say_unreached(&self) {
        if let Some(key) = self.field(KEY) {
            let _ = key.set_attribute(LOST, "");
        }
        let notices = document().get_element_by_id(NOTICES);
        let text = notices.and_then(|place| place.get_attribute(SENTENCE)).unwrap_or_default();
        let Ok(sentence) = document().create_element("p") else { return };
        sentence.set_class_name("notice unreached");
        let _ = sentence.set_attribute("role", "alert");
        let _ = self.form.append_child(&sentence);
        sentence.set_text_content(Some(&text));
    }

    /// Sends the form as without scripting, with the button that was pressed, since it may have a value.
    fn send_plainly(&self) {
        let _ = self.form.set_attribute(PLAIN, "");
        match &self.button {
            Some(button) => button.click(),
            None => {
                let _ = self.form.submit();
            }
        }
        // The browser may restore this page from its back/forward cache.
        let _ = self.form.remove_attribute(PLAIN);
    }
}

fn mark_busy(element: &Element, is_busy: bool) {
    let _ = if is_busy { element.set_attribute(BUSY, "true") } else { element.remove_attribute(BUSY) };
}

/// Whether the page shows an error of a form that was sent plainly.
pub(super) fn shows_error() -> bool {
    matches!(document().query_selector("[role=alert]:not(.unreached)"), Ok(Some(_)))
}

/// Shows a success notice in the live region of the page.
pub(super) fn announce(text: &str) {
    let Some(place) = document().get_element_by_id(NOTICES) else { return };
    let Ok(notice) = document().create_element("p") else { return };
    notice.set_class_name("notice notice--done");
    notice.set_text_content(Some(text));
    place.set_inner_html("");
    place.set_class_name("notices notices--live");
    let _ = place.append_child(&notice);
}

/// Replaces the address of the page by the one to which the plain form would have led.
pub(super) fn show_address(address: &str) {
    if let Ok(history) = window().history() {
        // If the browser refuses, the address stays; the page works anyway.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
    }
}

/// All elements with this class.
pub(super) fn of_class(class: &str) -> Vec<Element> {
    let found = document().get_elements_by_class_name(class);
    (0..found.length()).filter_map(|index| found.item(index)).collect()
}

/// Gives the focus to an element.
pub(super) fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
