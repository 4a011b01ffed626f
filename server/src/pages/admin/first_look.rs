//! `/admin`: what an operator wants to know first. Nothing of it counts a table that grows: sums are kept by the hour, and lists are
//! cut where nobody counts on.

use std::time::Duration;

use audit::HourSum;
use contract::views::admin::{
    Count, FirstLookView, HourOfSignIns, KeyInUse, ReplicaHere, SignInSum, Waiting,
};
use db::replicas::{ReplicaRow, beating};
use jobs::JobState;
use kernel::Timestamp;
use names::{AuditKind, Level, SignInMethod};
use tokens::KeyState;

use super::program::findings;
use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

const HOUR: Duration = Duration::from_hours(1);

/// How many hours are shown.
const SHOWN_HOURS: u32 = 24;

/// How far it counts.
const MAX_COUNTED: u32 = 1000;

/// What was read at once.
struct Read {
    now: Timestamp,
    sums: Vec<HourSum>,
    new_members: u32,
    mails: u32,
    mail_since: Option<Timestamp>,
    event_since: Option<Timestamp>,
    replicas: Vec<ReplicaRow>,
}

async fn read(visit: &Visit<'_>) -> Result<Read, NoPage> {
    let members = &visit.parts().admin.members;
    let now = visit.now();
    let since = now.minus(HOUR * (SHOWN_HOURS - 1));
    let new_members = members.directory.joined_since(since, MAX_COUNTED + 1).await?;
    let mut reader = members.directory.db().read().await?;
    Ok(Read {
        now,
        sums: audit::sums::by_hour(&mut reader, AuditKind::SignIn, since).await?,
        new_members,
        mails: jobs::count_in(&mut reader, &notifications::MAIL, JobState::Waiting, MAX_COUNTED + 1).await?,
        mail_since: notifications::oldest_waiting(&mut reader).await?,
        event_since: events::outbox::oldest_unpublished(&mut reader).await?,
        replicas: beating(&mut reader, now).await?,
    })
}

impl Load for FirstLookView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let read = read(visit).await?;
        let (hours, methods) = hours(visit, &read);
        let attainable = visit.parts().sessions.attainable_by(visit.member()?.member.id).await?;
        let keys = visit.parts().admin.tokens.keys.list();
        let in_use =
            keys.into_iter().filter(|key| matches!(key.state, KeyState::Active | KeyState::Published));
        Ok(Self {
            findings: findings(visit).await,
            lacks_second_factor: attainable.level() == Level::One,
            hours,
            methods,
            new_members: count(read.new_members),
            mails: Waiting { count: count(read.mails), since: read.mail_since.map(|at| visit.moment(at)) },
            events_since: read.event_since.map(|at| visit.moment(at)),
            keys: in_use
                .map(|key| KeyInUse {
                    kid: key.kid,
                    from: visit.moment(key.active_from),
                    signs: key.state == KeyState::Active,
                })
                .collect(),
            replicas: read.replicas.into_iter().map(|replica| replica_here(visit, replica)).collect(),
        })
    }
}

const fn count(number: u32) -> Count {
    if number > MAX_COUNTED {
        Count { number: MAX_COUNTED, is_more: true }
    } else {
        Count { number, is_more: false }
    }
}

fn replica_here(visit: &Visit<'_>, replica: ReplicaRow) -> ReplicaHere {
    ReplicaHere {
        id: replica.id,
        version: replica.version,
        since: visit.moment(replica.started_at),
        clock_off: replica.clock_ahead.unsigned_abs(),
    }
}

/// Each of the last hours with its sums, whether there are any or not.
fn hours(visit: &Visit<'_>, read: &Read) -> (Vec<HourOfSignIns>, Vec<SignInMethod>) {
    let methods: Vec<_> = SignInMethod::ALL
        .into_iter()
        .filter(|method| read.sums.iter().any(|sum| sum.method == method.as_str()))
        .collect();
    let this = read.now.millis() - read.now.millis().rem_euclid(millis(HOUR));
    let from = |back: u32| Timestamp::from_millis(this).minus(HOUR * back);
    let hours = (0..SHOWN_HOURS).rev().map(|back| {
        let of_hour = |sum: &&HourSum| sum.hour == from(back);
        let by_method = methods.iter().map(|method| {
            let sums = read.sums.iter().filter(of_hour).filter(|sum| sum.method == method.as_str());
            sums.map(sum_of).fold(SignInSum::default(), SignInSum::and)
        });
        HourOfSignIns { from: visit.moment(from(back)), by_method: by_method.collect() }
    });
    (hours.collect(), methods)
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

const fn sum_of(sum: &HourSum) -> SignInSum {
    if sum.succeeded {
        SignInSum { succeeded: sum.times, failed: 0 }
    } else {
        SignInSum { succeeded: 0, failed: sum.times }
    }
}
