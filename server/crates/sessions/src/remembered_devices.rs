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

/// How many browsers of a member are remembered; the oldest are forgotten beyond that, as with sessions.
const MAX_DEVICES: u32 = 100;
/// How many of them are forgotten at once. Each sign-in adds one.
const MAX_FORGOTTEN: u32 = 10;

/// Stores the browsers that are not asked for a code, and finds them again.
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
        let Some(token) = self.presented(headers).filter(|_| self.are_kept()) else { return Ok(false) };
        remembered_devices::is_known(connection, &token.hash(), member, self.context.clock.now()).await
    }

    /// Forgets all of the member's but the browser that sent these headers.
    pub(crate) async fn delete_others(
        &self,
        tx: &mut Transaction,
        headers: &HeaderMap,
        member: MemberId,
    ) -> Result<u64, DbError> {
        match self.presented(headers) {
            Some(here) => remembered_devices::delete_others(tx, member, &here.hash()).await,
            None => remembered_devices::delete_of_member(tx, member).await,
        }
    }

    fn presented(&self, headers: &HeaderMap) -> Option<OpaqueToken> {
        self.cookie.read(headers).and_then(OpaqueToken::parse)
    }

    /// Remembers the browser that sent these headers as one of the member's, in place of what it was remembered by before, and
    /// gives what its cookie is to hold.
    pub(crate) async fn remember(
        &self,
        tx: &mut Transaction,
        headers: &HeaderMap,
        member: MemberId,
        source: &Source,
    ) -> Result<Option<OpaqueToken>, DbError> {
        if !self.are_kept() {
            return Ok(None);
        }
        if let Some(before) = self.presented(headers) {
            remembered_devices::delete_presented(tx, &before.hash(), member).await?;
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
        for surplus in remembered_devices::surplus(tx, member, MAX_DEVICES, MAX_FORGOTTEN).await? {
            remembered_devices::delete(tx, surplus, member).await?;
        }
        Ok(Some(token))
    }

    /// The cookie that a remembered browser is to keep.
    pub(crate) fn holding(&self, token: &OpaqueToken) -> Cookie<'static> {
        self.cookie.cookie(token.text(), Lifetime::For(self.life))
    }
}
