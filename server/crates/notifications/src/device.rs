//! The device of a sign-in, as one of a closed list.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A browser and its operating system. Anybody may choose the text of a `User-Agent`, so a mail only names the known browser and
/// system that it matches (S-MAIL-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The browser.
    pub browser: Browser,
    /// The system.
    pub system: System,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "proper names")]
        pub enum $name {
            $($variant,)+
            Unknown,
        }

        impl $name {
            /// Every value, each once.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+ Self::Unknown];

            /// Its name; `None` if it is unknown.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($word),)+
                    Self::Unknown => None,
                }
            }
        }
    };
}

words!(
    /// A browser, or an app that contains one.
    Browser {
        KakaoTalk = "KakaoTalk",
        NaverApp = "NAVER",
        Whale = "Whale",
        SamsungInternet = "Samsung Internet",
        Edge = "Edge",
        Opera = "Opera",
        Firefox = "Firefox",
        Chrome = "Chrome",
        Safari = "Safari",
    }
);

words!(
    /// An operating system.
    System {
        Windows = "Windows",
        IPhone = "iPhone",
        IPad = "iPad",
        Android = "Android",
        ChromeOs = "ChromeOS",
        MacOs = "macOS",
        Linux = "Linux",
    }
);

/// The first match counts: most browsers also name others that they are compatible with.
const BROWSERS: [(&str, Browser); 12] = [
    ("KAKAOTALK", Browser::KakaoTalk),
    ("NAVER(inapp", Browser::NaverApp),
    ("Whale/", Browser::Whale),
    ("SamsungBrowser/", Browser::SamsungInternet),
    ("Edg", Browser::Edge),
    ("OPR/", Browser::Opera),
    ("FxiOS/", Browser::Firefox),
    ("Firefox/", Browser::Firefox),
    ("CriOS/", Browser::Chrome),
    ("Chrome/", Browser::Chrome),
    ("Chromium/", Browser::Chrome),
    ("Safari/", Browser::Safari),
];

const SYSTEMS: [(&str, System); 8] = [
    ("Windows", System::Windows),
    ("iPhone", System::IPhone),
    ("iPad", System::IPad),
    ("Android", System::Android),
    ("CrOS", System::ChromeOs),
    ("Mac OS X", System::MacOs),
    ("Macintosh", System::MacOs),
    ("Linux", System::Linux),
];

impl Device {
    /// All combinations of browser and system.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let with = |browser: &'static Browser| {
            System::ALL.iter().map(move |system| Self { browser: *browser, system: *system })
        };
        Browser::ALL.iter().flat_map(with)
    }

    /// The device with this `User-Agent`.
    pub fn of(user_agent: &str) -> Self {
        let browser = BROWSERS.iter().find(|(mark, _)| user_agent.contains(mark));
        let system = SYSTEMS.iter().find(|(mark, _)| user_agent.contains(mark));
        Self {
            browser: browser.map_or(Browser::Unknown, |(_, browser)| *browser),
            system: system.map_or(System::Unknown, |(_, system)| *system),
        }
    }
}

/// The known names, such as `Chrome, Windows`; empty if neither is known.
impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = [self.browser.name(), self.system.name()].into_iter().flatten().collect();
        f.write_str(&known.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_by_its_own_name_and_not_by_those_it_resembles() {
        for (user_agent, words) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
              Safari/537.36 Edg/140.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
              Version/18.0 Safari/605.1.15",
                "Safari, macOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S928N) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
              Chrome/140.0 Mobile Safari/537.36;KAKAOTALK 2510",
                "KakaoTalk, Android",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            ("curl/8.5.0", ""),
        ] {
            assert_eq!(Device::of(user_agent).to_string(), words);
        }
    }

    #[test]
    fn s_mail_11_what_a_client_calls_itself_does_not_come_through() {
        let device = Device::of("<b>Chrome/1 http://evil.example</b> Windows");
        assert_eq!(device.to_string(), "Chrome, Windows");
    }
}
