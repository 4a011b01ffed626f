//! From where a request comes, for the session row and the audit log.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use http::header::USER_AGENT;
use http::request::Parts;
use members::Origin;
use web::{ClientAddress, RequestId};

/// The origin of the request, made from what the layers around it found out.
#[derive(Debug)]
pub(crate) struct RequestOrigin {
    pub(crate) origin: Origin,
    pub(crate) client: Option<ClientAddress>,
}

impl<S: Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let client = parts.extensions.get::<ClientAddress>().copied();
        let request_id = parts.extensions.get::<RequestId>().map_or("", RequestId::as_str);
        let user_agent = parts.headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
        let address = client.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), ClientAddress::ip);
        let network = client.map(ClientAddress::network).unwrap_or_default();
        Ok(Self {
            origin: Origin::new(request_id, (address, network), user_agent.as_deref().unwrap_or_default()),
            client,
        })
    }
}
