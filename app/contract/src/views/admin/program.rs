//! `/admin/program`.

use names::FindingCode;

use crate::moment::Moment;

/// `/admin/program`: what is wrong now, the replicas, who is refused, the routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramView {
    /// What is wrong, outages first.
    pub findings: Vec<FindingEntry>,
    /// The programs on the database.
    pub replicas: Vec<ReplicaEntry>,
    /// Who was refused by this replica within the hour.
    pub refused: Vec<RefusedEntry>,
    /// The routes of the gateway.
    pub gateway: Vec<GatewayRouteEntry>,
    /// The routes of the program: method and path, and what is asked of the caller.
    pub own: Vec<(String, String)>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingEntry {
    /// What.
    pub code: FindingCode,
    /// Where.
    pub place: Option<String>,
    /// How many there are of it.
    pub count: Option<i64>,
    /// Since when.
    pub since: Option<Moment>,
}

/// A replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaEntry {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// When it started.
    pub started_at: Moment,
    /// When it was heard last.
    pub beat_at: Moment,
    /// Whether it is there.
    pub is_beating: bool,
    /// How many milliseconds its clock is ahead.
    pub clock_ahead: i64,
    /// What it does for all.
    pub leases: String,
}

/// Somebody who was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedEntry {
    /// The quota.
    pub limit: String,
    /// Whom, masked.
    pub key: String,
    /// How often.
    pub times: u64,
    /// When for the last time.
    pub last_at: Moment,
}

/// A route of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRouteEntry {
    /// Methods and path.
    pub route: String,
    /// What is asked of the caller.
    pub guard: String,
    /// The upstreams.
    pub upstream: String,
}
