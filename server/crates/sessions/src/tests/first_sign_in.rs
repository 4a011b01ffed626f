//! A first sign-in that happens in several tabs and replicas at once.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use http::HeaderMap;
use names::ProviderName;
use providers::{Finished, ProviderIdentity, Subject};

use super::{Stage, browser, context, cookie, login};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_up_9_one_person_in_many_tabs_becomes_one_member_and_comes_in_with_each() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        for person in 0..10 {
            // With an address that the provider vouches for: it has an account as soon as the first tab is in.
            let identity = ProviderIdentity {
                provider: ProviderName::Google,
                subject: Subject::parse(&format!("1{person:02}")).unwrap(),
                email: kernel::email_address::read(&format!("person-{person}@gmail.com")),
                email_verified: true,
                nickname: None,
                picture: None,
                grant: None,
            };
            let tabs = (0..12).map(|tab| {
                let (sessions, identity) = (replicas[tab % 2].clone(), identity.clone());
                // One after the other, so that some begin while another one's is being committed.
                let later = Duration::from_millis(2 * u64::try_from(tab).unwrap());
                tokio::spawn(async move {
                    tokio::time::sleep(later).await;
                    let finished = Finished { identity, login: login("/") };
                    let (logins, browser) = (&sessions.provider_logins, browser(&sessions));
                    logins.start_session(&finished, &browser, &HeaderMap::new(), &context()).await.unwrap()
                })
            });
            let mut members = BTreeSet::new();
            for handle in join_all(tabs).await {
                let current = replicas[0]
                    .lookup
                    .current(&cookie(&handle.unwrap().session().unwrap()))
                    .await
                    .unwrap()
                    .unwrap();
                members.insert(current.session.member);
            }
            assert_eq!(members.len(), 1);
        }
    }
}
