//! Sign-in methods under the names that events give them (design 3.7).

use names::{ProviderName, SignInMethod};
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

const fn name(method: SignInMethod) -> &'static str {
    match method {
        SignInMethod::Password => "EMAIL",
        SignInMethod::Provider(ProviderName::Google) => "GOOGLE",
        SignInMethod::Provider(ProviderName::Naver) => "NAVER",
        SignInMethod::Provider(ProviderName::Kakao) => "KAKAO",
        SignInMethod::Passkey => "PASSKEY",
    }
}

// By reference, as serde calls it.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) fn serialize<S: Serializer>(method: &SignInMethod, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name(*method))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignInMethod, D::Error> {
    let text = String::deserialize(deserializer)?;
    let known = SignInMethod::ALL.into_iter().find(|method| name(*method) == text);
    known.ok_or_else(|| D::Error::custom("expected EMAIL, GOOGLE, NAVER, KAKAO or PASSKEY"))
}
