//! A form that calls a server function, and is sent as a plain form if that fails.

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

/// The attribute of a form whose call is pending.
const BUSY: &str = "aria-busy";

/// A submitted form whose sending is prevented while a server function does the same. If the function fails, the form is sent
/// after all, so that errors appear at their fields and an ended session leads to the login page, as without scripting.
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
        let _ = form.set_attribute(BUSY, "true");
        Some(Self { form, button })
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

    /// Makes an idempotency key and adds it to the form as well: if the response is lost and the form is sent after all, the
    /// server recognises the repetition.
    pub(super) fn name_request(&self) -> String {
        self.take_name_away();
        let part = || format!("{:.0}", Math::random() * 1e15);
        let name = format!("{}{}", part(), part());
        if let Ok(field) = document().create_element("input") {
            for (attribute, value) in [("type", "hidden"), ("name", KEY), ("value", &name)] {
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
            let _ = self.form.remove_attribute(BUSY);
            match answer {
                Ok(answer) => done(&self, answer),
                Err(_) => self.send_plainly(),
            }
        });
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

/// Shows a success notice in the live region of the page.
pub(super) fn announce(text: &str) {
    let Some(place) = document().get_element_by_id("notices") else { return };
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
