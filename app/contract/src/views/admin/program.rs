//! `/admin/program`.

use names::FindingCode;

use crate::moment::Moment;

/// `/admin/program`: findings, replicas, recent refusals and routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramView {
    /// The findings, outages first.
    pub findings: Vec<FindingEntry>,
    /// The replicas on the database.
    pub replicas: Vec<ReplicaEntry>,
    /// The keys of quotas that replicas refused within the last hour.
    pub refused: Vec<RefusedEntry>,
    /// The routes of the gateway.
    pub gateway: Vec<GatewayRouteEntry>,
    /// The routes of the program: method and path, and the guard.
    pub own: Vec<(String, String)>,
}

/// One current problem, whose text and cure follow from its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingEntry {
    /// Its code.
    pub code: FindingCode,
    /// The route, consumer or receiver that it concerns.
    pub place: Option<String>,
    /// How many things it concerns.
    pub count: Option<i64>,
    /// Since when it lasts.
    pub since: Option<Moment>,
    /// Of a setting, what is wrong and what to do in the words of `daemun check`, which are English.
    pub said: Option<(String, String)>,
}

/// A process that sent a beat within the hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaEntry {
    /// The id that the process chose at its start.
    pub id: String,
    /// Its version.
    pub version: String,
    /// When it started.
    pub started_at: Moment,
    /// Its last beat.
    pub beat_at: Moment,
    /// Whether it still beats.
    pub is_beating: bool,
    /// By how many milliseconds its clock is ahead of the database's.
    pub clock_ahead: i64,
    /// The names of the leader leases that it holds.
    pub leases: Vec<String>,
}

/// A refused key of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedEntry {
    /// The name of the limit.
    pub limit: String,
    /// The key, masked.
    pub key: String,
    /// How often it was refused.
    pub times: u64,
    /// The last refusal.
    pub last_at: Moment,
    /// The id of the replica that refused.
    pub replica: String,
}

/// A route of the gateway as the table of routes shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRouteEntry {
    /// Methods and path.
    pub route: String,
    /// The guard.
    pub guard: String,
    /// The upstreams.
    pub upstream: String,
}
