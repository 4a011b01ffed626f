//! Which headers of a proxy count that asks the gateway.

/// The headers with which a proxy tells which request it asks about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardAuthHeaders {
    /// Both families are looked at, each for itself, and the stricter reading counts: a client that adds the other
    /// family to its request can only harm itself.
    #[default]
    Either,
    /// `X-Forwarded-Method` and `X-Forwarded-Uri`, as Traefik and Caddy set them; the others are not looked at.
    XForwarded,
    /// `X-Original-Method` and `X-Original-URI` or `X-Original-URL`, as one has nginx set them.
    XOriginal,
}

impl ForwardAuthHeaders {
    /// Reads the configured word; `""` is either.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "" => Some(Self::Either),
            "x-forwarded" => Some(Self::XForwarded),
            "x-original" => Some(Self::XOriginal),
            _ => None,
        }
    }
}
