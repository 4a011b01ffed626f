//! Recognises browsers inside apps by their `User-Agent`. Google refuses to sign people in there, and a flow that begins in one
//! cannot be finished in another browser, which has other cookies.

/// What apps add to the `User-Agent`. `Line` and `BAND` are common words, so the slash after them counts too.
const APPS: [(&str, HostApp); 24] = [
    ("KAKAOTALK", HostApp::KakaoTalk),
    (" Line/", HostApp::Line),
    ("KAKAOSTORY", HostApp::Other),
    ("NAVER(inapp", HostApp::Other),
    ("DaumApps", HostApp::Other),
    ("DaumDevice", HostApp::Other),
    ("BAND/", HostApp::Other),
    ("everytimeApp", HostApp::Other),
    ("Instagram", HostApp::Other),
    ("FBAN/", HostApp::Other),
    ("FBAV/", HostApp::Other),
    ("FB_IAB", HostApp::Other),
    ("FBIOS", HostApp::Other),
    ("Barcelona ", HostApp::Other),
    ("BytedanceWebview", HostApp::Other),
    ("musical_ly", HostApp::Other),
    ("TikTok", HostApp::Other),
    ("Snapchat", HostApp::Other),
    ("Twitter for ", HostApp::Other),
    ("TwitterAndroid", HostApp::Other),
    ("LinkedInApp", HostApp::Other),
    ("[Pinterest/", HostApp::Other),
    ("MicroMessenger", HostApp::Other),
    ("WhatsApp", HostApp::Other),
];

/// A browser inside an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InAppBrowser {
    /// The app.
    pub app: HostApp,
    /// The operating system.
    pub system: HostSystem,
}

/// An app with a browser inside. Only those that need a link of their own are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostApp {
    /// 카카오톡.
    KakaoTalk,
    /// LINE.
    Line,
    /// Any other app.
    Other,
}

/// The operating system of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostSystem {
    /// Android.
    Android,
    /// iOS and iPadOS.
    Apple,
    /// Any other, or unknown.
    Other,
}

impl InAppBrowser {
    /// The browser with this `User-Agent`, if it is inside an app: the app names itself, or the browser is the system's web
    /// view.
    pub fn of(user_agent: &str) -> Option<Self> {
        let has = |sign: &str| user_agent.contains(sign);
        let system = if has("Android") {
            HostSystem::Android
        } else if has("iPhone") || has("iPad") || has("iPod") {
            HostSystem::Apple
        } else {
            HostSystem::Other
        };
        let lent = match system {
            // The Android WebView says `; wv`. Before Android 5 it said `Version/4.0` instead.
            HostSystem::Android => has("; wv)") || (has("Version/4.0") && has("Chrome/")),
            // On iOS every browser ends with `Safari/`, and a web view does not.
            HostSystem::Apple => has("AppleWebKit") && !has("Safari/"),
            HostSystem::Other => has("; wv)"),
        };
        let named = APPS.iter().find(|(sign, _)| has(sign)).map(|(_, app)| *app);
        named.or(lent.then_some(HostApp::Other)).map(|app| Self { app, system })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANDROID: &str = "Mozilla/5.0 (Linux; Android 15; SM-S938N Build/AP3A; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
        Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36";
    const IPHONE: &str =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

    #[test]
    fn a_browser_inside_an_app_is_known_by_the_app_or_by_what_it_is_made_of() {
        let apps = [
            "KAKAOTALK 25.1.0",
            "Line/15.3.0/IAB",
            "Instagram 380.0.0.28.83",
            "[FBAN/FBIOS;FBAV/510.0.0.38.107;FBBV/1]",
            "[FB_IAB/FB4A;FBAV/510.0.0.53.109;]",
            "DaumApps/8.3.1 DaumDevice/mobile",
            "BAND/21.0.0 (iOS 18.5;iPhone16,2)",
            "NAVER(inapp; search; 2000; 12.9.5)",
            "everytimeApp",
            "BytedanceWebview/d8a21c6",
            "musical_ly_34.1.0",
            "Snapchat/13.30",
            "Twitter for iPhone/11.2",
            "[LinkedInApp]/9.30",
            "[Pinterest/iOS]",
            "MicroMessenger/8.0.50",
        ];
        for app in apps {
            for (base, system) in [
                (ANDROID.replace("; wv", ""), HostSystem::Android),
                (format!("{IPHONE} Mobile/15E148 Safari/604.1"), HostSystem::Apple),
            ] {
                let browser = InAppBrowser::of(&format!("{base} {app}"));
                assert_eq!(browser.map(|browser| browser.system), Some(system), "{app}");
            }
        }
        let of = |agent: &str| InAppBrowser::of(agent).map(|browser| (browser.app, browser.system));
        assert_eq!(of(ANDROID), Some((HostApp::Other, HostSystem::Android)), "a WebView of any app");
        assert_eq!(of(&format!("{IPHONE} Mobile/15E148")), Some((HostApp::Other, HostSystem::Apple)));
        assert_eq!(of("x KAKAOTALK 1"), Some((HostApp::KakaoTalk, HostSystem::Other)));
        assert_eq!(
            of(&format!("{IPHONE} Mobile/15E148 Safari Line/15.3.0")),
            Some((HostApp::Line, HostSystem::Apple))
        );
    }

    #[test]
    fn a_browser_proper_is_none() {
        for agent in [
            "",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Whale/3.7.1.1 Mobile Safari/537.36",
            "Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/142.0 Mobile/15E148 Safari/605.1.15",
        ] {
            assert_eq!(InAppBrowser::of(agent), None, "{agent}");
        }
    }
}
