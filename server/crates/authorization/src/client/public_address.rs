//! The addresses of hosts that strangers name: public ones alone.

use std::net::SocketAddr;

use kernel::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Finds the addresses of a name, less those that are not public. The connection goes to what is found here: a name that
/// changes its address in between leads nowhere else.
pub(crate) struct PublicNames {
    /// The host of the proxy, which the client looks up in the same way. The operator named it, and it may be private.
    pub(crate) proxy: Option<String>,
}

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let is_proxy = self.proxy.as_ref().is_some_and(|host| host.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> =
                found.filter(|address| is_proxy || is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_has_no_public_address() {
        use std::str::FromStr as _;
        let names = PublicNames { proxy: Some("proxy.example".to_owned()) };
        assert!(names.resolve(Name::from_str("localhost").unwrap()).await.is_err());
    }
}
