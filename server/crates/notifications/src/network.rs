//! The network of a sign-in, as a mail names it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use web::ClientAddress;

/// The network of an address. It prints as /24 or /48, which shows a region but no household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Network(IpAddr);

impl Network {
    /// The network that `address` is in.
    pub const fn of(address: IpAddr) -> Self {
        Self(address)
    }
}

/// `203.0.113.0/24`.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&ClientAddress::from(self.0).network())
    }
}
