//! The addresses of hosts that strangers name: public ones alone.

use std::net::SocketAddr;

use kernel::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Finds the addresses of a name, less those that are not public. The connection goes to what is found here: a name that
/// changes its address in between leads nowhere else.
pub(crate) struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
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
        assert!(PublicNames.resolve(Name::from_str("localhost").unwrap()).await.is_err());
    }
}
