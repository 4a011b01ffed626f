//! What the page at `/device` has to know.

use std::time::Duration;

use db::LentTransaction;
use sessions::Current;
use tokens::Scope;

use super::error::DeviceError;
use super::user_code::UserCode;
use crate::server::{AuthorizationServer, Context};
use crate::store::device_codes::{self, DeviceRequest};

/// What a typed code comes to.
#[derive(Clone, Debug)]
pub enum DevicePage {
    /// It is a device's, and the person is asked.
    Asks(DeviceQuestion),
    /// It is unknown or no longer valid.
    UnknownCode,
    /// There were too many wrong ones: this session waits.
    Wait(Duration),
}

/// What a person is asked to allow.
#[derive(Clone, Debug)]
pub struct DeviceQuestion {
    /// The name of the app on the device.
    pub client: String,
    /// The code, to be compared with what the device shows.
    pub user_code: String,
    /// What the app may do then.
    pub scope: Scope,
}

impl AuthorizationServer {
    /// The result of a code that the person signed in as `current` typed, or that a link contained. Wrong ones are counted.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn device_page(&self, typed: &str, current: &Current) -> Result<DevicePage, DeviceError> {
        let context = self.context();
        match find(context, typed, current).await {
            Ok(Some(TypedCode { code, request, .. })) => {
                let client = context.clients.find(request.client_id.as_str());
                Ok(client.map_or(DevicePage::UnknownCode, |client| {
                    DevicePage::Asks(DeviceQuestion {
                        client: client.name.clone(),
                        user_code: code.to_string(),
                        scope: request.scope,
                    })
                }))
            }
            Ok(None) => Ok(DevicePage::UnknownCode),
            Err(DeviceError::TooMany(exceeded)) => Ok(DevicePage::Wait(exceeded.retry_after)),
            Err(error) => Err(error),
        }
    }
}

/// A user code that belongs to a request that still waits.
pub(crate) struct TypedCode {
    code: UserCode,
    /// Under which its request is stored.
    pub(crate) user: [u8; 32],
    pub(crate) request: DeviceRequest,
}

/// The request that waits under a code. A try is counted with its outcome: only wrong ones stay counted, and while there are too
/// many, the right one is not looked for either.
pub(crate) async fn find(
    context: &Context,
    typed: &str,
    current: &Current,
) -> Result<Option<TypedCode>, DeviceError> {
    let find = async |mut tx: LentTransaction| {
        let session = &current.session.id;
        let attempt = context.limiter.attempt("authorization.device_codes", context.wrong_codes, session);
        context.limiter.count_within(&mut tx, attempt).await?;
        if let Some(code) = UserCode::parse(typed) {
            // While master keys are replaced, another one may have been the newest where the device began.
            for user in context.user_codes.of_each_key(code.bytes()) {
                let found = device_codes::find_waiting(&mut tx, &user, context.clock.now()).await?;
                if let Some(request) = found {
                    // It was right, and does not count.
                    return Ok(tx.roll_back(Some(TypedCode { code, user, request })));
                }
            }
        }
        Ok::<_, DeviceError>(tx.commit(None))
    };
    context.services.db.transact(find).await
}
