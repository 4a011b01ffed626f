//! The browser and system of a `User-Agent`, in words that its owner recognises.

/// A browser on a system. Only known names are ever shown, so that what a client writes into its `User-Agent` reaches
/// no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// The browser's name; `None` for one that we do not know.
    pub browser: Option<&'static str>,
    /// The system's name; `None` for one that we do not know.
    pub system: Option<&'static str>,
}

/// The first match decides: most browsers also claim to be the ones below them.
const BROWSERS: [(&str, &str); 18] = [
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(inapp", "NAVER"),
    ("DaumApps", "Daum"),
    ("BAND/", "BAND"),
    (" Line/", "LINE"),
    ("Instagram", "Instagram"),
    ("FBAV/", "Facebook"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Device {
    /// Reads a `User-Agent` (RFC 9110 section 10.1.5). It can say anything: this helps owners to recognise a device, and proves
    /// nothing.
    pub fn of(user_agent: &str) -> Self {
        let first = |names: &[(&str, &'static str)]| {
            names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
        };
        Self { browser: first(&BROWSERS), system: first(&SYSTEMS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_recognised_and_nothing_that_they_write_is_repeated() {
        for (user_agent, browser, system) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                Safari/537.36",
                Some("Chrome"),
                Some("Windows"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 \
                Whale/4.33.325.17 Safari/537.36",
                Some("Whale"),
                Some("Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                Version/18.5 Mobile/15E148 Safari/604.1",
                Some("Safari"),
                Some("iPhone"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S928N) AppleWebKit/537.36 (KHTML, like Gecko) \
                SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                Some("Samsung Internet"),
                Some("Android"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; wv) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36 KAKAOTALK \
                2511020",
                Some("KakaoTalk"),
                Some("Android"),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some("Firefox"),
                Some("macOS"),
            ),
            ("<script>alert(1)</script>", None, None),
            ("", None, None),
        ] {
            assert_eq!(Device::of(user_agent), Device { browser, system }, "{user_agent}");
        }
    }
}
