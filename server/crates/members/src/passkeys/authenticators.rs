//! Authenticators by the model that they claim to be (AAGUID). The claim is not attested, so it is used for names only, never for
//! decisions.

use names::id::Uuid;

/// The common ones, from the list that their makers keep together
/// (<https://github.com/passkeydeveloper/passkey-authenticator-aaguids>).
const NAMES: &[(&str, &str)] = &[
    ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"),
    ("adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac"),
    ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "iCloud Keychain"),
    ("dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "iCloud Keychain"),
    ("53414d53-554e-4700-0000-000000000000", "Samsung Pass"),
    ("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"),
    ("9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello"),
    ("6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello"),
    ("bada5566-a7aa-401f-bd96-45619a55120d", "1Password"),
    ("d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden"),
    ("531126d6-e717-415c-9320-3d9aa6981239", "Dashlane"),
    ("b84e4048-15dc-4dd0-8640-f4f60813c8af", "NordPass"),
    ("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6", "Keeper"),
    ("f3809540-7f14-49c1-a8b3-8f813b225541", "Enpass"),
    ("50726f74-6f6e-5061-7373-50726f746f6e", "Proton Pass"),
    ("fdb141b2-5d84-443e-8a35-4698c205a502", "KeePassXC"),
    ("eaecdef2-1c31-5634-8639-f1cbd9c00a08", "KeePassDX"),
    ("b5397666-4885-aa6b-cebf-e52262a439a2", "Chromium"),
    ("771b48fd-d3d4-4f74-9232-fc157ab0507a", "Edge on Mac"),
    ("cb69481e-8ff7-4039-93ec-0a2729a154a8", "YubiKey"),
    ("ee882879-721c-4913-9775-3dfcce97072a", "YubiKey"),
    ("fa2b99dc-9e39-4257-8f92-4a30d23c4118", "YubiKey"),
    ("2fc0579f-8113-47ea-b116-bb5a8db9202a", "YubiKey"),
];

/// The first match decides: most browsers also claim to be the ones below them.
const BROWSERS: [(&str, &str); 9] = [
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// The name of the authenticator of this model.
pub(crate) fn name_of(aaguid: Uuid) -> Option<&'static str> {
    let aaguid = aaguid.to_string();
    NAMES.iter().find(|(known, _)| *known == aaguid).map(|(_, name)| *name)
}

/// The browser in which a passkey was made. Only known names are kept of what it calls itself.
pub(crate) fn browser_name(user_agent: &str) -> Option<&'static str> {
    BROWSERS.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_is_named_by_what_keeps_it_or_by_the_browser() {
        let google = Uuid::parse_str("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4").unwrap();
        assert_eq!(name_of(google), Some("Google Password Manager"));
        assert_eq!(name_of(Uuid::nil()), None);
        for (known, _) in NAMES {
            assert_eq!(Uuid::parse_str(known).unwrap().to_string(), *known);
        }
        assert_eq!(browser_name("Mozilla/5.0 Chrome/140.0.0.0 Whale/4.0 Safari/537.36"), Some("Whale"));
        assert_eq!(browser_name("<script>"), None);
    }
}
