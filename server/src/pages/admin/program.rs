//! `/admin/program`.

use admin::Finding;
use contract::views::admin::{FindingEntry, GatewayRouteEntry, ProgramView, RefusedEntry, ReplicaEntry};
use db::replicas::{KnownReplica, known};
use limits::RefusedBy;

use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

/// How many of those who were refused are shown.
const MAX_REFUSED: usize = 50;

impl Load for ProgramView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let operations = &visit.parts().operations;
        let replicas = known(&mut *operations.db.read().await?, visit.now()).await?;
        let refused = operations.refused.by_all(&mut *operations.db.read().await?).await?;
        let refused =
            refused.into_iter().take(MAX_REFUSED).map(|RefusedBy { replica, refused }| RefusedEntry {
                limit: refused.limit,
                key: refused.key,
                times: refused.times,
                last_at: visit.moment(refused.last_at),
                replica,
            });
        let gateway = operations.health.gateway.routes().into_iter().map(|row| GatewayRouteEntry {
            route: format!("{} {}", row.methods, row.path),
            guard: row.guard,
            upstream: row.upstream,
        });
        let own = visit.parts().routes.iter();
        Ok(Self {
            findings: findings(visit).await,
            replicas: replicas.into_iter().map(|known| replica_entry(visit, known)).collect(),
            refused: refused.collect(),
            gateway: gateway.collect(),
            own: own.map(|route| (format!("{} {}", route.method, route.path), route.guard.clone())).collect(),
        })
    }
}

/// What is wrong now.
pub(super) async fn findings(visit: &Visit<'_>) -> Vec<FindingEntry> {
    let found = visit.parts().operations.health.findings().await.into_iter();
    let entry = |Finding { code, place, count, since, said }: Finding| FindingEntry {
        code,
        place,
        count,
        since: since.map(|since| visit.moment(since)),
        said: said.map(|said| (said.problem, said.cure)),
    };
    found.map(entry).collect()
}

fn replica_entry(visit: &Visit<'_>, known: KnownReplica) -> ReplicaEntry {
    let KnownReplica { replica, is_beating, leases } = known;
    ReplicaEntry {
        id: replica.id,
        version: replica.version,
        started_at: visit.moment(replica.started_at),
        beat_at: visit.moment(replica.beat_at),
        is_beating,
        clock_ahead: replica.clock_ahead,
        leases,
    }
}
