//! How the route table prints guards.

use std::fmt;

/// Where a request may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Anywhere: it only reads.
    Anywhere,
    /// A provider's redirect, with our cookie.
    LoginTransaction,
    /// A provider's server.
    ProviderWebhook,
    /// A proxy before services.
    Gateway,
    /// Our own pages.
    SameOrigin,
    /// Our own pages, and programs.
    OwnPagesOrPrograms,
    /// Programs with a credential.
    Credential,
    /// Clients of the authorization server.
    OauthClient,
    /// What clients of the authorization server have browsers send.
    OauthRequest,
    /// This machine.
    Development,
}

impl Source {
    /// Its name in the route table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anywhere => "public",
            Self::LoginTransaction => "login-transaction",
            Self::ProviderWebhook => "provider-webhook",
            Self::Gateway => "gateway",
            Self::SameOrigin => "same-origin",
            Self::OwnPagesOrPrograms => "own-pages-or-programs",
            Self::Credential => "credential",
            Self::OauthClient => "oauth-client",
            Self::OauthRequest => "oauth-request",
            Self::Development => "development",
        }
    }
}

/// What a member must have proven beyond being signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProofNeeded {
    /// Nothing.
    #[default]
    None,
    /// Who they are, a moment ago.
    Fresh,
    /// Who they are by more than a password, if they can.
    Strong,
}

/// What is asked of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they have nothing to do with each other")]
pub struct MemberEntry {
    /// An access token must allow one of these.
    pub scopes: &'static [&'static str],
    /// The role that they must have.
    pub role: Option<&'static str>,
    /// Whether it is a page, from which strangers are sent to the login page.
    pub is_page: bool,
    /// Whether a page links to it, so that who navigates there without the proof is sent to give it.
    pub is_linked: bool,
    /// Whether others than those whom it lets in find nothing there.
    pub is_hidden: bool,
    /// Whether an open page sends it by itself, so that it is no use of the session.
    pub is_unattended: bool,
    /// What they must have proven.
    pub proof: ProofNeeded,
    /// Whether the form may be sent again by whom it signed out.
    pub may_repeat: bool,
}

/// A guard, as it was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardEntry {
    /// Where a request may come from.
    pub source: Source,
    /// What is asked of its sender; `None` when nobody asks who they are.
    pub member: Option<MemberEntry>,
}

impl fmt::Display for GuardEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(MemberEntry { scopes, role, is_hidden, is_unattended, proof, may_repeat, .. }) = self.member
        else {
            return f.write_str(self.source.as_str());
        };
        if self.source != Source::Anywhere {
            write!(f, "{}, ", self.source.as_str())?;
        }
        f.write_str("signed-in")?;
        f.write_str(match proof {
            ProofNeeded::None => "",
            ProofNeeded::Fresh => ", fresh",
            ProofNeeded::Strong => ", strong",
        })?;
        if !scopes.is_empty() {
            write!(f, ", scope {}", scopes.join(" or "))?;
        }
        if let Some(role) = role {
            write!(f, ", role {role}")?;
        }
        if may_repeat {
            f.write_str(", or repeated")?;
        }
        if is_hidden {
            f.write_str(", hidden")?;
        }
        if is_unattended {
            f.write_str(", unattended")?;
        }
        Ok(())
    }
}
