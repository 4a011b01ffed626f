//! Pages that are kept because all visitors see the same: nobody gets a byte of another's.

use std::collections::{BTreeSet, HashMap};

use futures::future::join_all;
use reqwest::Method;
use testkit::{Answer, Browser};

use crate::app::App;

const VISITORS: usize = 200;

/// A word that is in everything that this visitor says.
fn mark(number: usize) -> String {
    format!("mark{number}x")
}

/// The marks that a page has.
fn marks(body: &str) -> BTreeSet<String> {
    let ends = body.split("mark").skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        rest[digits.len()..].starts_with('x').then(|| format!("mark{digits}x"))
    });
    ends.filter(|mark| mark.len() > 5).collect()
}

/// A visitor and what they got, with what their page depends on where it is one that is kept.
struct Seen {
    mark: String,
    common: Option<String>,
    answer: Answer,
}

/// One of a mixed crowd: by the bare address, with a provider that they used last, with what they typed or where they are going
/// in the address, in a browser inside an app.
async fn visit(browser: Browser, number: usize) -> Seen {
    let (mark, language) = (mark(number), ["ko", "en"][number % 2]);
    let page = ["/", "/oauth/login"][number / 2 % 2];
    let agent = match number % 5 {
        4 => format!("Mozilla/5.0 (Linux; Android 15) KAKAOTALK 25.1.0 {mark}"),
        _ => format!("Mozilla/5.0 {mark}"),
    };
    let last = ["", "google", "kakao"][number % 3];
    if !last.is_empty() {
        browser.plant("daemun-last", last);
    }
    browser.plant("daemun-other", &mark);
    let path = match number % 7 {
        5 => format!("{page}?return_to=/{mark}"),
        6 => format!("{page}?error=bad_credentials&email={mark}"),
        _ => page.to_owned(),
    };
    let common = (number % 7 < 5 && (number % 5 < 4 || page == "/"))
        .then(|| format!("{page} {language} {}", if page == "/" { "" } else { last }));
    let headers = [
        ("user-agent", &*agent),
        ("accept-language", language),
        ("sec-fetch-site", "none"),
        ("sec-fetch-mode", "navigate"),
        ("accept", "text/html"),
    ];
    let answer = browser.send(Method::GET, &path, &headers, None).await;
    Seen { mark, common, answer }
}

#[tokio::test]
async fn two_hundred_mixed_visitors_get_nothing_of_each_other() {
    let app = App::start().await;
    let members = ["minji", "junho", "haneul"].map(|user| (user, app.browser()));
    let mut nicknames = Vec::new();
    for (user, browser) in &members {
        app.sign_in(browser, "kakao", user).await;
        let session: serde_json::Value =
            serde_json::from_str(&browser.fetch("/api/auth/session").await.body).unwrap();
        nicknames.push(session["user"]["name"].as_str().unwrap().to_owned());
    }
    // Members come meanwhile, to the same addresses.
    let of_members = join_all((0..VISITORS / 4).map(|number| members[number % 3].1.open("/")));
    let of_visitors = join_all((0..VISITORS).map(|number| visit(app.browser(), number)));
    let (of_members, of_visitors) = tokio::join!(of_members, of_visitors);
    for (number, answer) in of_members.iter().enumerate() {
        let named: Vec<_> = nicknames.iter().filter(|name| answer.body.contains(&**name)).collect();
        assert_eq!(named, [&nicknames[number % 3]]);
    }
    let mut kept: HashMap<&str, &str> = HashMap::new();
    for Seen { mark, common, answer } in &of_visitors {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(!nicknames.iter().any(|name| answer.body.contains(&**name)), "{mark}");
        assert!(marks(&answer.body).iter().all(|other| other == mark), "{mark}: {:?}", marks(&answer.body));
        assert!(!answer.header("cache-control").contains("public"), "what is kept is kept here");
        if let Some(common) = common {
            assert!(marks(&answer.body).is_empty(), "{mark}");
            // No script, or the one of passkeys by its address.
            let policy = answer.header("content-security-policy");
            assert_eq!(policy.contains("script-src 'none'"), common.starts_with("/ "), "{policy}");
            assert!(!policy.contains("nonce-") && !answer.body.contains("nonce="), "{policy}");
            let language = common.split(' ').nth(1).unwrap();
            assert!(answer.body.contains(&format!("<html lang=\"{language}\">")), "{common}");
            assert_eq!(*kept.entry(common).or_insert(&answer.body), answer.body, "{common}");
        }
    }
    // The main page in two languages, the login page in two with each of three that were used last.
    assert_eq!(kept.len(), 8);
    let different: BTreeSet<_> = kept.values().collect();
    assert_eq!(different.len(), 8);
    let cookies = of_visitors.iter().filter_map(|seen| seen.answer.headers.get("set-cookie"));
    let cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect();
    assert_eq!(cookies.iter().collect::<BTreeSet<_>>().len(), cookies.len(), "each browser has its own");
    assert_eq!(cookies.len(), VISITORS / 2, "the login page binds each");
    app.stop().await;
}
