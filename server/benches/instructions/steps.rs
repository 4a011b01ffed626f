//! The paths that are counted.

/// A path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Bare,
    SessionNobody,
    SessionKept,
    SessionFirst,
    LoginKept,
    PageDrawn,
    Verify,
    Jwks,
    GatewayToken,
    GatewayCookie,
    Refresh,
    Code,
    Provider,
    Password,
    Feed,
}

impl Step {
    pub const ALL: [Self; 15] = [
        Self::Bare,
        Self::SessionNobody,
        Self::SessionKept,
        Self::SessionFirst,
        Self::LoginKept,
        Self::PageDrawn,
        Self::Verify,
        Self::Jwks,
        Self::GatewayToken,
        Self::GatewayCookie,
        Self::Refresh,
        Self::Code,
        Self::Provider,
        Self::Password,
        Self::Feed,
    ];

    /// As the table names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "a trivial answer of the same listener",
            Self::SessionNobody => "session read, nobody",
            Self::SessionKept => "session read, from memory",
            Self::SessionFirst => "session read, first time of each",
            Self::LoginKept => "login page, kept and compressed",
            Self::PageDrawn => "page drawn for a member",
            Self::Verify => "forward-auth, a token seen before",
            Self::Jwks => "keys for services",
            Self::GatewayToken => "gateway, a token seen before",
            Self::GatewayCookie => "gateway, a cookie seen before",
            Self::Refresh => "refresh grant",
            Self::Code => "code grant",
            Self::Provider => "sign-in by a provider",
            Self::Password => "sign-in by password, without argon2",
            Self::Feed => "page of the feed",
        }
    }

    /// What is asked for.
    pub const fn address(self) -> &'static str {
        match self {
            Self::Bare => "/health/live",
            Self::SessionNobody | Self::SessionKept | Self::SessionFirst => "/api/auth/session",
            Self::LoginKept => "/oauth/login",
            Self::PageDrawn => "/me",
            Self::Verify => "/auth/verify",
            Self::Jwks => "/oauth2/jwks",
            Self::GatewayToken | Self::GatewayCookie => "/api/orders/1",
            Self::Refresh | Self::Code => "/oauth2/token",
            Self::Provider => "/api/auth/callback/google",
            Self::Password => "/api/auth/signin/password",
            Self::Feed => "/api/activity/feed",
        }
    }

    /// How often it is asked for while it is counted: the long ones less often.
    pub const fn times(self) -> usize {
        match self {
            Self::Bare
            | Self::SessionNobody
            | Self::SessionKept
            | Self::LoginKept
            | Self::Verify
            | Self::Jwks
            | Self::GatewayToken
            | Self::GatewayCookie => 500,
            Self::SessionFirst | Self::Feed => 200,
            Self::PageDrawn | Self::Refresh | Self::Code | Self::Provider | Self::Password => 50,
        }
    }

    /// How often it is asked for before, so that connections, statements and caches are there.
    pub const fn warm_up(self) -> usize {
        self.times() / 5
    }

    /// How far a count may be from the one that is written down, as a share of it. SQLite writes its log back to the database within one
    /// run and not in another, which these two feel.
    pub const fn allowed(self) -> f64 {
        if matches!(self, Self::SessionFirst | Self::Password) { 0.3 } else { 0.03 }
    }

    /// Those of this name or address; all of which one is a part.
    ///
    /// # Panics
    /// When there is none.
    pub fn named(wanted: &str) -> Vec<Self> {
        let is_it = |step: &Self| step.address() == wanted || step.name() == wanted;
        let found: Vec<_> = Self::ALL.into_iter().filter(is_it).collect();
        let known = || Self::ALL.map(|step| format!("{:<26} {}", step.address(), step.name())).join("\n");
        assert!(!found.is_empty(), "`{wanted}` is none of these:\n{}", known());
        found
    }
}
