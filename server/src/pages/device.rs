//! `/device`: which device asks for what, by the code that it shows.

use authorization::{DevicePage, DeviceQuestion};
use contract::views::{DeviceAnswer, DeviceView};
use http::StatusCode;

use super::consent::scopes;
use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for DeviceView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        if let Some(done) = visit.query("done") {
            return Ok(Self::Done { allowed: done == "allowed" });
        }
        let Some(typed) = visit.query("user_code") else { return Ok(Self::Type) };
        Ok(match visit.parts().authorization.device_page(&typed, visit.member()?).await? {
            DevicePage::UnknownCode => Self::UnknownCode,
            DevicePage::Wait(wait) => Self::Wait(wait.as_secs().div_ceil(60)),
            DevicePage::Asks(DeviceQuestion { client, user_code, scope }) => {
                let longest = visit.parts().authorization.longest_grant();
                Self::Asks(DeviceAnswer { app: client, user_code, scopes: scopes(visit, &scope), longest })
            }
        })
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownCode => StatusCode::BAD_REQUEST,
            Self::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Type | Self::Asks(_) | Self::Done { .. } => StatusCode::OK,
        }
    }
}
