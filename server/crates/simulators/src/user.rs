//! The people who have accounts at the simulated providers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// A person at one provider. A value that is `None` does not exist, or the person has not agreed to share it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of the providers, each on its own")]
pub(crate) struct User {
    /// The provider's id: digits at Kakao.
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) nickname: Option<String>,
    #[serde(default)]
    pub(crate) email: Option<String>,
    /// Google's `email_verified`, Kakao's `is_email_verified`; Naver has no such flag.
    #[serde(default)]
    pub(crate) email_verified: bool,
    /// Kakao's `is_email_valid`: false once another account uses the address.
    #[serde(default = "yes")]
    pub(crate) email_valid: bool,
    #[serde(default)]
    pub(crate) picture: Option<String>,
    /// The Workspace domain (Google).
    #[serde(default)]
    pub(crate) hosted_domain: Option<String>,
    /// Whether an app in development admits them (Naver, Kakao).
    #[serde(default = "yes")]
    pub(crate) tester: bool,
    /// Kakao: the person has not agreed to share their address. Asking for the scope `account_email` asks them.
    #[serde(default)]
    pub(crate) email_needs_agreement: bool,
}

const fn yes() -> bool {
    true
}

/// The four people, by key. They differ in what the providers know about them.
pub(crate) fn everybody(kind: Kind) -> BTreeMap<String, User> {
    let domain = match kind {
        Kind::Google => "gmail.com",
        Kind::Naver => "naver.com",
        Kind::Kakao => "kakao.com",
    };
    let person = |number: u64, key: &str, nickname: Option<&str>, email: bool, email_verified: bool| {
        let user = User {
            id: id(kind, number),
            nickname: nickname.map(str::to_owned),
            email: email.then(|| format!("{key}@{domain}")),
            email_verified,
            email_valid: true,
            picture: None,
            hosted_domain: None,
            tester: true,
            email_needs_agreement: false,
        };
        (key.to_owned(), user)
    };
    BTreeMap::from([
        person(1, "minji", Some("김민지"), true, true),
        person(2, "junho", Some("이준호"), true, false),
        person(3, "haneul", Some("박하늘"), false, false),
        person(4, "nameless", None, false, false),
    ])
}

/// Ids in the form of each provider: 21 digits, a text like base64, and a number that a 64-bit float cannot represent.
fn id(kind: Kind, number: u64) -> String {
    match kind {
        Kind::Google => format!("10{:019}", 7_450_918_233_u64 + number * 104_729),
        Kind::Naver => format!("kX3-{number}qLw0VJ_hYz7RtN2eBsPcUoM9aFgDiKvT5xHyE8"),
        Kind::Kakao => (9_007_199_254_740_993_u64 + number * 1_000).to_string(),
    }
}
