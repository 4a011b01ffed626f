//! Following, posts and the feed, as this program runs them: what they learn about members, who calls, and what builds feeds from
//! events.

use std::collections::HashMap;
use std::sync::Arc;

use activity::{Activity, Caller, Callers, Card, Cards, Newsfeed, Rates};
use audit::AuditLog;
use db::{Connection, DbError};
use events::Consumer;
use futures::future::BoxFuture;
use http::HeaderMap;
use members::{Callers as _, picture_address};
use names::MemberId;
use web::Refusal;

use crate::accounts::CookieOrBearer;
use crate::base::Base;
use crate::config::Config;

/// Following, posts and the feed.
pub fn activity_of(config: &Config, base: &Base, audit: &AuditLog) -> Activity {
    let context = activity::Context {
        db: base.db.clone(),
        clock: Arc::clone(&base.context.clock),
        randomness: Arc::clone(&base.context.randomness),
        queue: base.queue(),
        audit: audit.clone(),
        settings: config.activity.settings(),
    };
    let rates = Rates::new(base.db.clone(), base.limits.clone());
    Activity { context, cards: Arc::new(ActiveMembers), rates: Arc::new(rates) }
}

/// Members who may sign in.
struct ActiveMembers;

impl Cards for ActiveMembers {
    fn of<'a>(
        &'a self,
        connection: &'a mut Connection,
        members: &'a [MemberId],
    ) -> BoxFuture<'a, Result<HashMap<MemberId, Card>, DbError>> {
        Box::pin(async move {
            let active = members::find_active(connection, members).await?;
            let cards = active.into_iter().map(|member| {
                let picture = picture_address(&member);
                (member.id, Card { id: member.id.to_string(), nickname: member.nickname, picture })
            });
            Ok(cards.collect())
        })
    }
}

/// Callers by the session's cookie or an access token.
pub struct ActivityCallers(pub CookieOrBearer);

impl Callers for ActivityCallers {
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> BoxFuture<'a, Result<Option<Caller>, Refusal>> {
        Box::pin(async move { Ok(self.0.find(headers).await?.map(of_activity)) })
    }

    fn find_unattended<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Option<Caller>, Refusal>> {
        Box::pin(async move { Ok(self.0.find_unattended(headers).await?.map(of_activity)) })
    }
}

/// What this part is told of a caller.
fn of_activity(caller: members::Caller) -> Caller {
    Caller { member: caller.member, scope: caller.scope }
}

/// What makes feeds of events.
pub fn newsfeed(activity: &Activity) -> Arc<dyn Consumer> {
    Arc::new(Newsfeed::new(activity.context.clone()))
}
