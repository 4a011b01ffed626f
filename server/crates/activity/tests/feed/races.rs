//! What happens at the same time.

use crate::stage::{Stage, member, small};

const A: names::MemberId = member(1);
const B: names::MemberId = member(2);

#[tokio::test]
async fn follows_unfollows_and_blocks_at_once_leave_counts_that_agree() {
    for stage in Stage::both(small()).await {
        let context = &stage.activity.context;
        for _ in 0..15 {
            let (one, two) = (activity::follow(context, None, A, B), activity::follow(context, None, A, B));
            let (back, off) = (activity::follow(context, None, B, A), activity::unfollow(context, A, B));
            let (one, two, back, off) = tokio::join!(one, two, back, off);
            one.unwrap();
            two.unwrap();
            back.unwrap();
            off.unwrap();
            stage.counts_agree().await;
            let (follow, block) =
                tokio::join!(activity::follow(context, None, A, B), activity::block(context, None, B, A));
            block.unwrap();
            drop(follow);
            assert_eq!(stage.count("SELECT COUNT(*) FROM follows").await, 0, "a block ends both");
            activity::unblock(context, B, A).await.unwrap();
            stage.counts_agree().await;
        }
        stage.settle().await;
        stage.counts_agree().await;
    }
}

#[tokio::test]
async fn two_requests_with_one_key_make_one_post() {
    for stage in Stage::both(small()).await {
        let body = || activity::PostBody { text: Some("한 번".to_owned()), key: Some("k".to_owned()) };
        let (first, second) = (body(), body());
        let (first, second) =
            tokio::join!(stage.activity.publish(A, &first), stage.activity.publish(A, &second));
        assert_eq!(first.unwrap().0.id, second.unwrap().0.id);
        assert_eq!(stage.count("SELECT COUNT(*) FROM posts").await, 1);
        stage.counts_agree().await;
    }
}

#[tokio::test]
async fn a_post_that_is_deleted_or_whose_author_is_erased_while_it_spreads_is_seen_by_nobody() {
    for stage in Stage::both(small()).await {
        for number in 10..40 {
            stage.follow(member(number), A).await;
        }
        let context = &stage.activity.context;
        for round in 0..6 {
            let post = stage.post(A, "잠깐").await;
            stage.publish_events().await;
            while stage.consume().await {}
            let delete = activity::delete(context, A, post);
            let (deleted, _, _) = tokio::join!(delete, stage.work(), stage.work());
            deleted.unwrap();
            stage.settle().await;
            assert_eq!(stage.first(member(10 + round)).await, [""; 0]);
        }
        let _ = stage.post(A, "마지막").await;
        stage.publish_events().await;
        while stage.consume().await {}
        let mut tx = stage.database.begin().await.unwrap();
        activity::erase(&mut tx, A).await.unwrap();
        tx.commit().await.unwrap();
        tokio::join!(stage.work(), stage.upkeep());
        stage.settle().await;
        assert_eq!(stage.first(member(10)).await, [""; 0]);
        assert_eq!(stage.count("SELECT COUNT(*) FROM follows").await, 0);
        stage.counts_agree().await;
    }
}
