//! Whatever comes first, a post or a follow, and wherever a program stops in between: nothing is lost.

use crate::stage::{Stage, member, small};

const A: names::MemberId = member(1);
const B: names::MemberId = member(2);

/// What happens, in any order in which a post and a follow are each committed before their events are processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Post,
    HandlePost,
    Follow,
    HandleFollow,
}

fn orders() -> Vec<[Step; 4]> {
    use Step::{Follow, HandleFollow, HandlePost, Post};
    let mut orders = Vec::new();
    for mask in 0_u8..16 {
        if mask.count_ones() == 2 {
            let (mut posts, mut follows) =
                ([Post, HandlePost].into_iter(), [Follow, HandleFollow].into_iter());
            orders.push(std::array::from_fn(|place| {
                if mask >> place & 1 == 1 { posts.next().unwrap() } else { follows.next().unwrap() }
            }));
        }
    }
    orders
}

#[tokio::test]
async fn a_post_comes_whatever_the_order_of_post_follow_and_their_events() {
    assert_eq!(orders().len(), 6);
    for order in orders() {
        for stage in Stage::both(small()).await {
            // Both exist, so that each event is about rows that are there.
            stage.post(A, "a").await;
            stage.settle().await;
            for step in order {
                match step {
                    Step::Post => drop(stage.post(B, "b").await),
                    Step::Follow => stage.follow(A, B).await,
                    // Events are handled by the topic.
                    Step::HandlePost => stage.deal_with("post-created").await,
                    Step::HandleFollow => stage.deal_with("user-followed").await,
                }
            }
            assert_eq!(stage.first(A).await, ["b", "a"], "{order:?}");
            stage.deal_with("post-created").await;
            stage.deal_with("user-followed").await;
            assert_eq!(stage.first(A).await, ["b", "a"], "again: {order:?}");
        }
    }
}
