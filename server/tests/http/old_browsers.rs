//! Forms of our own pages in browsers that send no `Sec-Fetch-Site`: there the same-origin rule has `Origin` alone to go
//! by, and what browsers write into it depends on the page's `Referrer-Policy`.

use reqwest::Method;
use testkit::{Answer, Browser};

use crate::app::{App, ORIGIN};

/// A browser by the headers that it sends with a form, but for the codings that this test cannot unpack.
struct Old {
    name: &'static str,
    agent: &'static str,
    more: &'static [(&'static str, &'static str)],
}

const BROWSERS: [Old; 5] = [
    Old {
        name: "Safari 16.0",
        agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15",
        more: &[
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("accept-language", "ko-KR,ko;q=0.9"),
        ],
    },
    Old {
        name: "Firefox 89",
        agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:89.0) Gecko/20100101 Firefox/89.0",
        more: &[
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"),
            ("accept-language", "ko-KR,ko;q=0.8,en-US;q=0.5,en;q=0.3"),
            ("upgrade-insecure-requests", "1"),
        ],
    },
    Old {
        name: "KakaoTalk on an old Android WebView",
        agent: "Mozilla/5.0 (Linux; Android 9; SM-G960N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/74.0.3729.157 Mobile Safari/537.36;KAKAOTALK 1909010",
        more: &[
            (
                "accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,image/apng,*/*;q=0.8",
            ),
            ("accept-language", "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7"),
            ("cache-control", "max-age=0"),
            ("upgrade-insecure-requests", "1"),
            ("x-requested-with", "com.kakao.talk"),
        ],
    },
    Old {
        name: "Naver on iOS 15",
        agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 15_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 Mobile/15E148 Safari/605.1 NAVER(inapp; search; 1000; 11.20.3; 12PROMAX)",
        more: &[
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("accept-language", "ko-KR,ko;q=0.9"),
        ],
    },
    Old {
        name: "Instagram on an old Android WebView",
        agent: "Mozilla/5.0 (Linux; Android 8.0.0; SM-G930K; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/73.0.3683.90 Mobile Safari/537.36 Instagram 90.0.0.18.110 Android",
        more: &[
            (
                "accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,image/apng,*/*;q=0.8",
            ),
            ("accept-language", "ko-KR,en-US;q=0.8"),
            ("x-requested-with", "com.instagram.android"),
        ],
    },
];

/// What a browser writes into `Origin` and `Referer` when a form of `page` is sent within its origin (Fetch, "append a
/// request `Origin` header"; Referrer Policy, "determine request's referrer").
fn of_a_form(policy: &str, page: &str) -> (&'static str, Option<String>) {
    match policy {
        "no-referrer" => ("null", None),
        "same-origin" => (ORIGIN, Some(format!("{ORIGIN}{page}"))),
        "strict-origin" | "origin" => (ORIGIN, Some(format!("{ORIGIN}/"))),
        other => panic!("{other}: what do browsers make of that?"),
    }
}

impl Old {
    async fn open(&self, browser: &Browser, path: &str) -> Answer {
        browser.send(Method::GET, path, &[&[("user-agent", self.agent)], self.more].concat(), None).await
    }

    async fn submit(&self, browser: &Browser, (policy, page): (&str, &str), form: &Form) -> Answer {
        let (origin, referer) = of_a_form(policy, page);
        let mut headers = [&[("user-agent", self.agent), ("origin", origin)], self.more].concat();
        if let Some(referer) = &referer {
            headers.push(("referer", referer));
        }
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.send(Method::POST, &form.action, &headers, Some(&fields)).await
    }
}

struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

/// The forms of a page that change something, with their fields left as they are.
fn forms(html: &str) -> Vec<Form> {
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&amp;", "&"))
    };
    let of_form = |text: &str| {
        let (tag, rest) = text.split_once('>')?;
        if attribute(tag, "method")? != "post" {
            return None;
        }
        let inside = rest.split("</form>").next()?;
        let tags = inside.split('<').filter(|tag| tag.starts_with("input") || tag.starts_with("button"));
        let fields = tags
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())));
        Some(Form { action: attribute(tag, "action")?, fields: fields.collect() })
    };
    html.split("<form").skip(1).filter_map(|text| of_form(&format!(" {text}"))).collect()
}

const PAGES: [&str; 7] = [
    "/",
    "/oauth/login?return_to=%2Fme",
    "/signup",
    "/email/verify?token=x",
    "/email/change?token=x",
    "/password/forgot",
    "/password/reset?token=x",
];

#[tokio::test]
async fn s_bff_3_every_form_of_our_own_can_be_sent_without_sec_fetch_site() {
    let app = App::start().await;
    for old in &BROWSERS {
        let mut sent = 0;
        for path in PAGES {
            let browser = app.browser();
            let page = old.open(&browser, path).await;
            assert_eq!(page.status, 200, "{}: {path}", old.name);
            let policy = page.header("referrer-policy").to_owned();
            for form in forms(&page.body) {
                let answer = old.submit(&browser, (&policy, path), &form).await;
                assert_ne!(answer.status, 403, "{}: {path} → {} {}", old.name, form.action, answer.body);
                sent += 1;
                // A form that another site sends, or a sandboxed frame, or our own under `no-referrer`.
                for foreign in ["https://evil.example", "null"] {
                    let headers = [("user-agent", old.agent), ("origin", foreign)];
                    let answer = browser.send(Method::POST, &form.action, &headers, Some(&[])).await;
                    assert_eq!(answer.status, 403, "{}: {foreign} → {}", old.name, form.action);
                }
            }
        }
        assert!(sent >= 12, "{}: {sent} forms", old.name);
    }
}

#[tokio::test]
async fn a_whole_sign_in_works_without_sec_fetch_site() {
    let app = App::start().await;
    for (old, user) in BROWSERS.iter().zip(["minji", "junho", "minji", "junho", "minji"]) {
        let browser = app.browser();
        let path = "/oauth/login?return_to=%2Fme";
        let page = old.open(&browser, path).await;
        let forms = forms(&page.body);
        let google = forms.iter().find(|form| form.action == "/api/auth/signin/google").unwrap();
        let policy = page.header("referrer-policy").to_owned();
        let answer = old.submit(&browser, (&policy, path), google).await;
        assert_eq!(answer.status, 303, "{}: {}", old.name, answer.body);
        let callback = app.provider.agree(answer.location(), user).await;
        let answer = old.open(&browser, &callback).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me"), "{}", old.name);
        let me = old.open(&browser, "/me").await;
        let out = self::forms(&me.body).into_iter().find(|form| form.action == "/api/auth/signout").unwrap();
        let answer = old.submit(&browser, (me.header("referrer-policy"), "/me"), &out).await;
        assert_eq!(answer.status, 303, "{}", old.name);
        assert!(!app.is_signed_in(&browser).await);
    }
}
