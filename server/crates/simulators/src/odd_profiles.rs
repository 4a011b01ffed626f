//! Profiles that are odd in ways that were seen in practice.

use serde_json::{Value, json};

/// Fields with the name of a person.
const NAMES: [&str; 2] = ["name", "nickname"];
/// Other fields that describe a person.
const OTHERS: [&str; 7] = [
    "email",
    "email_verified",
    "is_email_valid",
    "is_email_verified",
    "picture",
    "profile_image",
    "profile_image_url",
];
const MARK: &str = "half-of-a-pair";

/// `value` as JSON in which each name ends with an unpaired surrogate, as when a program cuts a text by UTF-16 units: an escape
/// for no character.
pub(crate) fn with_half_names(mut value: Value) -> String {
    change(&mut value, &|name, value| {
        if let (true, Value::String(text)) = (NAMES.contains(&name), value) {
            text.push_str(MARK);
        }
    });
    value.to_string().replace(MARK, "\\ud83d")
}

/// `value` in which all fields that describe the person have other types.
pub(crate) fn with_odd_types(mut value: Value) -> Value {
    change(&mut value, &|name, value| {
        if NAMES.contains(&name) {
            *value = json!(1234);
        } else if OTHERS.contains(&name) {
            *value = json!({"value": [value.take()]});
        }
    });
    value
}

fn change(value: &mut Value, to: &impl Fn(&str, &mut Value)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                change(value, to);
                to(name, value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, to)),
        _ => {}
    }
}
