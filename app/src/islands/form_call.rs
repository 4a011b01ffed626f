//! A form that is sent by a server function, and by itself where that does not serve.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast as _, JsValue};
use leptos::web_sys::js_sys::Math;
use leptos::web_sys::{
    Element, HtmlButtonElement, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlTextAreaElement,
};

use crate::functions::FunctionError;

/// Is on a form that goes its own way.
const PLAIN: &str = "data-plain";

/// The field with the name of a request.
const KEY: &str = "key";

/// Is on a form whose answer is awaited.
const BUSY: &str = "aria-busy";

/// A form that a person has sent, held back. Its server function does what the form would do and says no more than that it is
/// done. Whatever else it says, the form is sent by itself after all: so a refusal comes back to its field, and a session
/// that has ended leads to the login page, as without scripting.
pub(super) struct FormCall {
    pub(super) form: HtmlFormElement,
    pub(super) button: Option<HtmlButtonElement>,
}

impl FormCall {
    /// Holds back the form of this event; `None` for one that goes its own way, or is on its way already.
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

    /// The field of that name.
    pub(super) fn field(&self, name: &str) -> Option<HtmlInputElement> {
        self.form.query_selector(&format!("input[name={name}]")).ok()??.dyn_into().ok()
    }

    /// What was typed into that field.
    pub(super) fn typed(&self, name: &str) -> String {
        self.field(name).map(|field| field.value()).unwrap_or_default()
    }

    /// What was written into the large field of that name.
    pub(super) fn written(&self, name: &str) -> String {
        let field = self.form.query_selector(&format!("textarea[name={name}]")).ok().flatten();
        let field = field.and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok());
        field.map(|field| field.value()).unwrap_or_default()
    }

    /// Gives the request a name that no other has, and the form too: should the answer be lost and the form be sent after all, it is
    /// known to be the same.
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

    /// What is sent next is another request.
    pub(super) fn take_name_away(&self) {
        if let Some(field) = self.field(KEY) {
            field.remove();
        }
    }

    /// Calls the function, and what is to be done once it has done its part.
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

    /// As without scripting, with the button that was pressed: it may carry a value.
    fn send_plainly(&self) {
        let _ = self.form.set_attribute(PLAIN, "");
        match &self.button {
            Some(button) => button.click(),
            None => {
                let _ = self.form.submit();
            }
        }
        // The browser may bring this page back from its cache.
        let _ = self.form.remove_attribute(PLAIN);
    }
}

/// Says that something is done, at the place for notices: it is read out, and stays in view.
pub(super) fn announce(text: &str) {
    let Some(place) = document().get_element_by_id("notices") else { return };
    let Ok(notice) = document().create_element("p") else { return };
    notice.set_class_name("notice notice--done");
    notice.set_text_content(Some(text));
    place.set_inner_html("");
    place.set_class_name("notices notices--live");
    let _ = place.append_child(&notice);
}

/// Writes the address to which the form would have led into the address bar: so both ways end at one address.
pub(super) fn show_address(address: &str) {
    if let Ok(history) = window().history() {
        // A browser that refuses leaves the address as it is; the page works all the same.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
    }
}

/// Every element of that class.
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
