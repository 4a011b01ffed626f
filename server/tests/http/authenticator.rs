//! An authenticator app on somebody's phone, and a member who uses it.

use std::time::Duration;

use kernel::Clock as _;
use testkit::{Answer, Browser};
use totp_rs::{Builder, Secret};

use crate::accounts::{EMAIL, PASSWORD, sign_up};
use crate::app::App;

/// Another password than the usual one.
pub const OTHER: &str = "마루 끝에 앉아 듣는 늦여름 빗소리";

/// Where somebody is led who signed in by a recovery code on the way to `/me`.
pub const RECOVERED: &str = "/me/security?notice=recovery_code_used&return_to=%2Fme#codes";

/// One step of the codes.
pub const STEP: Duration = Duration::from_secs(30);

/// The app.
pub struct Authenticator {
    secret: Secret,
}

impl Authenticator {
    /// One that reads the secret from the page.
    fn reading(page: &str) -> Self {
        Self::of(page.split("<code class=\"secret\">").nth(1).unwrap().split('<').next().unwrap())
    }

    /// One that is given the secret, in groups.
    pub fn of(secret: &str) -> Self {
        Self { secret: Secret::try_from_base32(secret.replace(' ', "")).unwrap() }
    }

    /// What it shows so many steps from now.
    pub fn code_at(&self, app: &App, steps: i64) -> String {
        let totp = Builder::new().with_secret(self.secret.clone()).build().unwrap();
        let seconds = app.clock.now().seconds() + steps * 30;
        totp.generate(u64::try_from(seconds).unwrap()).to_string()
    }

    /// What it shows.
    pub fn code(&self, app: &App) -> String {
        self.code_at(app, 0)
    }

    /// The same after the last one was used.
    pub fn next_code(&self, app: &App) -> String {
        app.advance(STEP);
        self.code(app)
    }
}

/// A member with codes: their app, and their recovery codes.
pub struct Careful {
    pub authenticator: Authenticator,
    pub recovery_codes: Vec<String>,
}

impl Careful {
    /// Signs up with the usual address and password, and turns codes on.
    pub async fn become_one(app: &App) -> Self {
        sign_up(app).await;
        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/me");
        Self::turn_on(app, &browser).await
    }

    /// Turns codes on for the member who signed in in this browser a moment ago.
    pub async fn turn_on(app: &App, browser: &Browser) -> Self {
        let begun = browser.submit("/api/users/me/codes/begin", &[]).await;
        assert_eq!(begun.location(), "/me/security#codes", "{}", begun.body);
        let authenticator = Authenticator::reading(&browser.open("/me/security").await.body);
        let on = browser.submit("/api/users/me/codes", &[("code", &authenticator.code(app))]).await;
        assert_eq!(on.location(), "/me/security#codes", "{}", on.body);
        let page = browser.open("/me/security").await.body;
        assert!(page.contains("남은 복구 코드는 10개예요"), "{page}");
        let recovery_codes = recovery_codes(&page);
        assert_eq!(recovery_codes.len(), 10);
        Self { authenticator, recovery_codes }
    }

    /// Signs in with a code after the password.
    pub async fn sign_in(&self, app: &App) -> Browser {
        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/oauth/second");
        let answer = second(&browser, &self.authenticator.next_code(app)).await;
        assert_eq!(answer.location(), "/me", "{}", answer.body);
        browser
    }
}

/// The recovery codes that a page shows.
pub fn recovery_codes(page: &str) -> Vec<String> {
    let Some(list) = page.split("class=\"codes\">").nth(1) else { return Vec::new() };
    let list = list.split("</ul>").next().unwrap();
    list.split("<code>").skip(1).map(|code| code.split('<').next().unwrap().to_owned()).collect()
}

/// Sends the form of the login page.
pub async fn by_password(browser: &Browser, password: &str) -> Answer {
    let form = [("email", EMAIL), ("password", password), ("return_to", "/me")];
    browser.submit("/api/auth/signin/password", &form).await
}

/// Sends the form of the second step.
pub async fn second(browser: &Browser, code: &str) -> Answer {
    browser.submit("/api/auth/signin/second", &[("code", code)]).await
}
