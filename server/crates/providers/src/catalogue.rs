//! The descriptions of all providers. The configuration, the linking of identities and the endpoints go over them, so that none
//! of those names a provider.

mod google;
mod kakao;
mod naver;

use names::ProviderName;

use crate::description::Description;

/// The description of a provider.
pub const fn describe(name: ProviderName) -> &'static Description {
    match name {
        ProviderName::Google => &google::DESCRIPTION,
        ProviderName::Naver => &naver::DESCRIPTION,
        ProviderName::Kakao => &kakao::DESCRIPTION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_described_under_its_own_name_with_addresses_that_are_some() {
        for name in ProviderName::ALL {
            let description = describe(name);
            assert_eq!(description.name, name);
            assert!(!description.protocols.is_empty(), "{name} speaks something");
            for (_, protocol) in description.protocols {
                let endpoints = (description.endpoints)(*protocol).unwrap();
                for url in [&endpoints.authorize, &endpoints.token, &endpoints.userinfo, &endpoints.unlink] {
                    assert_eq!(url.scheme(), "https", "{name}");
                }
            }
        }
    }
}
