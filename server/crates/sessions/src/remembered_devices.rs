//! Browsers that their owner had remembered, so that no code is asked for there at a sign-in. It never stands for a proof that
//! has to be fresh. The browser holds a random token in a cookie of its own; the row has its hash.

use std::time::Duration;

use db::{Connection, DbError, Transaction};
use http::HeaderMap;
use kernel::{NewId as _, OpaqueToken};
use members::Context;
use names::{MemberId, Source};
use web::CookieName;
use web::cookies::{Cookie, Lifetime};

use crate::remembered_device::DeviceId;
use crate::store::remembered_devices::{self, NewDevice};

/// Remembers browsers.
#[derive(Clone, Debug)]
pub struct RememberedDevices {
    pub(crate) context: Context,
    pub(crate) cookie: CookieName,
    /// For how long; zero: not at all.
    pub(crate) life: Duration,
}

impl RememberedDevices {
    /// Whether browsers are remembered here.
    pub const fn are_kept(&self) -> bool {
        !self.life.is_zero()
    }

    /// Whether the browser that sent these headers is remembered as one of the member's.
    pub(crate) async fn is_known(
        &self,
        connection: &mut Connection,
        headers: &HeaderMap,
        member: MemberId,
    ) -> Result<bool, DbError> {
        let token = self.cookie.read(headers).and_then(OpaqueToken::parse).filter(|_| self.are_kept());
        let Some(token) = token else { return Ok(false) };
        remembered_devices::is_known(connection, &token.hash(), member, self.context.clock.now()).await
    }

    /// Remembers a browser of the member, and gives the cookie that it is to keep.
    pub(crate) async fn remember(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        source: &Source,
    ) -> Result<Option<Cookie<'static>>, DbError> {
        if !self.are_kept() {
            return Ok(None);
        }
        let (token, now) = (OpaqueToken::new(&*self.context.randomness), self.context.clock.now());
        let device = NewDevice {
            id: DeviceId::new(&*self.context.clock, &*self.context.randomness),
            token: &token.hash(),
            member,
            source,
            now,
            expires_at: now.plus(self.life),
        };
        remembered_devices::insert(tx, device).await?;
        Ok(Some(self.cookie.cookie(token.text(), Lifetime::For(self.life))))
    }
}
