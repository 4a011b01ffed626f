//! A browser that its owner had remembered.

use kernel::Timestamp;
use names::define_id;

define_id!(
    /// The id of a remembered browser, with which its owner names it.
    DeviceId
);

/// A browser that is remembered, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedDevice {
    /// The id.
    pub id: DeviceId,
    /// What it called itself.
    pub user_agent: String,
    /// From where.
    pub network: String,
    /// When it was remembered.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}
