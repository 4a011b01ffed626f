//! Sign-in methods under the names that events give them (design 3.7).

use names::SignInMethod;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

fn name(method: SignInMethod) -> String {
    match method {
        SignInMethod::Password => "EMAIL".to_owned(),
        SignInMethod::Provider(_) | SignInMethod::Passkey => method.as_str().to_ascii_uppercase(),
    }
}

// By reference, as serde calls it.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) fn serialize<S: Serializer>(method: &SignInMethod, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&name(*method))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignInMethod, D::Error> {
    let text = String::deserialize(deserializer)?;
    let known = SignInMethod::ALL.into_iter().find(|method| name(*method) == text);
    known.ok_or_else(|| {
        let names: Vec<_> = SignInMethod::ALL.into_iter().map(name).collect();
        D::Error::custom(format_args!("expected one of {}", names.join(", ")))
    })
}
