//! Members who cannot be shown, who are being erased where there are no feeds, and whom nobody knows.

use activity::{FeedWorker, ReportBody, ReportError, Upkeep, operators};
use audit::{AuditFilter, search};
use jobs::Round;
use names::{MemberId, Source};

use crate::stage::{Stage, member, small};

const A: MemberId = member(1);
const B: MemberId = member(2);
const C: MemberId = member(3);

#[tokio::test]
async fn a_post_that_nobody_sees_cannot_be_reported() {
    for stage in Stage::both(small()).await {
        let post = stage.post(A, "a").await;
        let report = ReportBody { reason: Some("spam".to_owned()), note: None, return_to: None };
        stage.everybody.inactive.lock().unwrap().insert(A);
        let refused = stage.activity.report(B, post, &report).await.unwrap_err();
        assert!(matches!(refused, ReportError::NotFound(_)), "{refused:?}");
        assert_eq!(stage.count("SELECT COUNT(*) FROM post_reports").await, 0);
        stage.everybody.inactive.lock().unwrap().clear();
        stage.activity.report(B, post, &report).await.unwrap();
        stage.erase(A).await;
        let refused = stage.activity.report(C, post, &report).await.unwrap_err();
        assert!(matches!(refused, ReportError::NotFound(_)), "{refused:?}");
        assert_eq!(stage.count("SELECT COUNT(*) FROM post_reports").await, 1);
    }
}

#[tokio::test]
async fn an_erasure_ends_where_there_are_no_feeds_and_nothing_else_is_looked_after() {
    for stage in Stage::both(small()).await {
        for number in 10..20 {
            stage.follow(member(number), A).await;
            stage.follow(A, member(number)).await;
        }
        for _ in 0..9 {
            stage.post(A, "a").await;
        }
        stage.block(A, B).await;
        stage.settle().await;
        stage.clock.advance(stage.activity.context.settings.asleep_after * 2);
        stage.erase(A).await;
        let context = &stage.activity.context;
        Upkeep::of_erasures(context.clone()).round().await.unwrap();
        while FeedWorker::start(context.clone()).round().await.unwrap() != Round::default() {}
        for (rows, left) in [
            ("SELECT COUNT(*) FROM people WHERE state = 'leaving'", 0),
            ("SELECT COUNT(*) FROM posts", 0),
            ("SELECT COUNT(*) FROM follows", 0),
            ("SELECT COUNT(*) FROM blocks", 0),
            ("SELECT COUNT(*) FROM feed_entries", 0),
            ("SELECT COUNT(*) FROM people WHERE state = 'asleep'", 0),
            ("SELECT COUNT(*) FROM people", 11),
        ] {
            assert_eq!(stage.count(rows).await, left, "{rows}");
        }
    }
}

#[tokio::test]
async fn feeds_of_nobody_are_not_made_again_and_nothing_is_noted_about_nobody() {
    for stage in Stage::both(small()).await {
        let context = &stage.activity.context;
        let source = Source::system();
        let noted = async || {
            let mut reader = stage.database.read().await.unwrap();
            search::newest(&mut reader, &AuditFilter::default(), 9).await.unwrap().len()
        };
        assert_eq!(operators::rebuild(context, Some(A), &source).await.unwrap(), None);
        assert_eq!(noted().await, 0);
        stage.post(A, "a").await;
        assert_eq!(operators::rebuild(context, Some(A), &source).await.unwrap(), Some(1));
        assert_eq!(operators::rebuild(context, None, &source).await.unwrap(), Some(0), "it is being made");
        assert_eq!(noted().await, 2);
    }
}
