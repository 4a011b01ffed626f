//! Links from a browser inside an app to another browser, as far as systems and apps have one.

use contract::views::OtherBrowser;
use http::HeaderMap;
use http::header::USER_AGENT;
use kernel::{HostApp, HostSystem, InAppBrowser};
use url::Url;

/// How to open `address` in another browser, if the one that sent `headers` is inside an app.
pub(super) fn other_browser(headers: &HeaderMap, address: impl FnOnce() -> String) -> Option<OtherBrowser> {
    let agent = String::from_utf8_lossy(headers.get(USER_AGENT)?.as_bytes());
    let browser = InAppBrowser::of(&agent)?;
    let is_apple = browser.system == HostSystem::Apple;
    let address = address();
    Some(OtherBrowser { link: link(browser, &address), address, is_apple })
}

fn link(browser: InAppBrowser, address: &str) -> Option<String> {
    let escaped: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
    match (browser.system, browser.app) {
        // Without a package, the system asks which browser, or takes the one that its owner chose.
        (HostSystem::Android, _) => {
            let url = Url::parse(address).ok()?;
            let (_, rest) = address.split_once("://")?;
            Some(format!(
                "intent://{rest}#Intent;scheme={};action=android.intent.action.VIEW;\
                category=android.intent.category.BROWSABLE;S.browser_fallback_url={escaped};end",
                url.scheme()
            ))
        }
        (_, HostApp::KakaoTalk) => Some(format!("kakaotalk://web/openExternal?url={escaped}")),
        // LINE opens an address with this parameter outside of itself.
        (_, HostApp::Line) => {
            let mut url = Url::parse(address).ok()?;
            url.query_pairs_mut().append_pair("openExternalBrowser", "1");
            Some(url.into())
        }
        (HostSystem::Apple | HostSystem::Other, HostApp::Other) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const ADDRESS: &str = "https://login.example/oauth/login?return_to=%2Fme";

    fn link_in(agent: &'static [u8]) -> Option<String> {
        let headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_bytes(agent).unwrap())]);
        other_browser(&headers, || ADDRESS.to_owned()).map(|other| other.link.unwrap_or_default())
    }

    #[test]
    fn each_app_is_left_by_the_link_that_there_is() {
        let intent = "intent://login.example/oauth/login?return_to=%2Fme#Intent;scheme=https;\
            action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;\
            S.browser_fallback_url=https%3A%2F%2Flogin.example%2Foauth%2Flogin%3Freturn_to%3D%252Fme;end";
        assert_eq!(link_in(b"Mozilla/5.0 (Linux; Android 15; wv) Instagram 380.0").as_deref(), Some(intent));
        assert_eq!(
            link_in(b"(Linux; Android 15) KAKAOTALK 25 \xed\x99\x8d").as_deref(),
            Some(intent),
            "odd bytes"
        );
        assert_eq!(
            link_in(b"(iPhone) AppleWebKit/605 KAKAOTALK 25").as_deref(),
            Some(
                "kakaotalk://web/openExternal?url=https%3A%2F%2Flogin.example%2Foauth%2Flogin%3Freturn_to%3D%252Fme"
            )
        );
        assert_eq!(
            link_in(b"(iPhone) AppleWebKit/605 Safari Line/15.3.0").as_deref(),
            Some("https://login.example/oauth/login?return_to=%2Fme&openExternalBrowser=1")
        );
        assert_eq!(link_in(b"(iPhone) AppleWebKit/605 Instagram 380").as_deref(), Some(""), "by hand");
        assert_eq!(link_in(b"(Windows NT 10.0) Chrome/140.0 Safari/537.36"), None);
    }
}
