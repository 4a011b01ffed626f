//! What people see of following, writing and blocking.

use std::time::Duration;

use activity::{FollowError, ListOf, PageQuery, PostBody, PostId, PublishError, ReportBody, moderation};
use names::Source;

use crate::stage::{Stage, member, small};

const A: names::MemberId = member(1);
const B: names::MemberId = member(2);
const C: names::MemberId = member(3);

#[tokio::test]
async fn ones_own_post_is_there_at_once_and_others_when_they_are_followed() {
    for stage in Stage::both(small()).await {
        stage.post(A, "내 글").await;
        assert_eq!(stage.first(A).await, ["내 글"]);
        stage.post(B, "먼저 쓴 글").await;
        stage.follow(A, B).await;
        stage.settle().await;
        assert_eq!(stage.first(A).await, ["먼저 쓴 글", "내 글"]);
        stage.post(B, "나중에 쓴 글").await;
        stage.settle().await;
        assert_eq!(stage.first(A).await, ["나중에 쓴 글", "먼저 쓴 글", "내 글"]);
        assert_eq!(stage.first(B).await, ["나중에 쓴 글", "먼저 쓴 글"]);
        stage.counts_agree().await;
    }
}

#[tokio::test]
async fn what_may_not_be_seen_is_gone_at_once_before_any_event_is_dealt_with() {
    for stage in Stage::both(small()).await {
        let context = &stage.activity.context;
        stage.follow(A, B).await;
        stage.follow(A, C).await;
        stage.follow(C, A).await;
        let of_b = stage.post(B, "b").await;
        let of_c = stage.post(C, "c").await;
        stage.settle().await;
        assert_eq!(stage.first(A).await, ["c", "b"]);
        assert!(moderation::hide(context, of_b, "광고", None, &Source::system()).await.unwrap());
        assert_eq!(stage.first(A).await, ["c"]);
        assert_eq!(stage.page(B, None, 20).await.posts[0].hidden.as_deref(), Some("광고"));
        assert!(moderation::show(context, of_b, &Source::system()).await.unwrap());
        assert_eq!(stage.first(A).await, ["c", "b"]);
        stage.everybody.inactive.lock().unwrap().insert(B);
        assert_eq!(stage.first(A).await, ["c"]);
        stage.everybody.inactive.lock().unwrap().clear();
        stage.unfollow(A, B).await;
        assert_eq!(stage.first(A).await, ["c"]);
        stage.block(C, A).await;
        assert_eq!(stage.first(A).await, [""; 0]);
        assert!(matches!(activity::follow(context, None, A, C).await, Err(FollowError::NotAllowed(_))));
        activity::unblock(context, C, A).await.unwrap();
        stage.follow(A, C).await;
        stage.settle().await;
        assert_eq!(stage.first(A).await, ["c"]);
        activity::delete(context, C, of_c).await.unwrap();
        assert_eq!(stage.first(A).await, [""; 0]);
        stage.settle().await;
        assert_eq!(stage.count("SELECT COUNT(*) FROM feed_entries").await, 0);
        stage.counts_agree().await;
    }
}

#[tokio::test]
async fn a_post_hidden_for_a_time_comes_back() {
    for stage in Stage::both(small()).await {
        stage.follow(A, B).await;
        let post = stage.post(B, "b").await;
        stage.settle().await;
        let span = Some(Duration::from_hours(24));
        moderation::hide(&stage.activity.context, post, "쉬어 가기", span, &Source::system()).await.unwrap();
        stage.settle().await;
        assert_eq!(stage.first(A).await, [""; 0]);
        stage.clock.advance(Duration::from_hours(24));
        stage.settle().await;
        assert_eq!(stage.first(A).await, ["b"]);
    }
}

#[tokio::test]
async fn to_ask_for_news_is_not_to_look_at_the_feed() {
    for stage in Stage::both(small()).await {
        stage.follow(A, B).await;
        let seen = stage.post(B, "글").await.to_string();
        stage.settle().await;
        stage.first(A).await;
        stage.clock.advance(Duration::from_hours(31 * 24));
        assert_eq!(stage.activity.news(A, Some(&seen)).await.unwrap(), 0);
        stage.settle().await;
        let asleep = "SELECT COUNT(*) FROM people WHERE state = 'asleep'";
        assert_eq!(stage.count(asleep).await, 2, "nobody looked at a feed");
        stage.post(B, "글").await;
        stage.settle().await;
        assert_eq!(
            stage.activity.news(A, Some(&seen)).await.unwrap(),
            1,
            "what is new is found all the same"
        );
        assert_eq!(stage.count(asleep).await, 2);
        stage.first(A).await;
        stage.settle().await;
        assert_eq!(stage.count(asleep).await, 1);
    }
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_post() {
    for stage in Stage::both(small()).await {
        let body = |key: &str| PostBody { text: Some("한 번".to_owned()), key: Some(key.to_owned()) };
        let (one, first) = stage.activity.publish(A, &body("k")).await.unwrap();
        assert!(first);
        let (again, first) = stage.activity.publish(A, &body("k")).await.unwrap();
        assert_eq!((again.id, first), (one.id.clone(), false));
        let (other, first) = stage.activity.publish(B, &body("k")).await.unwrap();
        assert!(first && other.id != one.id, "the key is the author's own");
        stage.clock.advance(Duration::from_hours(24));
        let (later, first) = stage.activity.publish(A, &body("k")).await.unwrap();
        assert!(first && later.id != one.id);
        stage.counts_agree().await;
    }
}

#[tokio::test]
async fn nobody_writes_follows_blocks_or_reports_without_end() {
    let stage = Stage::on(testkit::TestDatabase::sqlite().await, small()).await;
    let body = PostBody { text: Some("글".to_owned()), key: None };
    for _ in 0..30 {
        stage.activity.publish(A, &body).await.unwrap();
    }
    assert!(matches!(stage.activity.publish(A, &body).await, Err(PublishError::Limited(_))));
    let mut posts = Vec::new();
    for _ in 0..21 {
        let post = stage.activity.publish(B, &body).await.unwrap().0;
        posts.push(activity::PostId::parse(&post.id).unwrap());
    }
    let report = ReportBody { reason: Some("spam".to_owned()), note: None, return_to: None };
    for post in &posts[..20] {
        stage.activity.report(A, *post, &report).await.unwrap();
    }
    assert!(stage.activity.report(A, posts[20], &report).await.is_err());
    stage.activity.report(A, posts[0], &report).await.unwrap();
    assert_eq!(stage.count("SELECT COUNT(*) FROM post_reports").await, 20);
    for _ in 0..200 {
        stage.activity.follow(A, B).await.unwrap();
        stage.unfollow(A, B).await;
    }
    assert!(matches!(stage.activity.follow(A, B).await, Err(FollowError::Limited(_))));
    for _ in 0..100 {
        stage.activity.block(A, B).await.unwrap();
        stage.activity.block(A, B).await.unwrap();
        activity::unblock(&stage.activity.context, A, B).await.unwrap();
    }
    assert!(stage.activity.block(A, B).await.is_err());
}

#[tokio::test]
async fn one_follows_so_many_and_no_more() {
    for stage in Stage::both(activity::Settings { follow_most: 2, ..small() }).await {
        stage.follow(A, B).await;
        stage.follow(A, C).await;
        let context = &stage.activity.context;
        assert!(matches!(activity::follow(context, None, A, member(4)).await, Err(FollowError::TooMany(_))));
        stage.follow(A, B).await;
        stage.unfollow(A, B).await;
        stage.follow(A, member(4)).await;
        assert!(matches!(activity::follow(context, None, A, A).await, Err(FollowError::Yourself(_))));
        stage.counts_agree().await;
    }
}

#[tokio::test]
async fn walking_to_the_end_meets_each_post_once_while_others_write() {
    for stage in Stage::both(small()).await {
        stage.follow(A, B).await;
        let mut posts = Vec::new();
        for _ in 0..45 {
            posts.push(stage.post(B, "글").await);
        }
        stage.settle().await;
        let (mut met, mut before) = (Vec::new(), None);
        loop {
            let page = stage.page(A, before, 7).await;
            met.extend(page.posts.iter().map(|post| activity::PostId::parse(&post.id).unwrap()));
            before = page.next;
            stage.post(B, "새 글").await;
            stage.settle().await;
            if before.is_none() {
                break;
            }
        }
        posts.reverse();
        assert_eq!(met, posts);
    }
}

#[tokio::test]
async fn a_long_feed_is_cut_and_ends_there() {
    for stage in Stage::both(small()).await {
        stage.follow(A, B).await;
        stage.settle().await;
        let mut posts = Vec::new();
        for _ in 0..16 {
            for _ in 0..5 {
                posts.push(stage.post(B, "글").await);
            }
            stage.settle().await;
            assert!(stage.count("SELECT COUNT(*) FROM feed_entries").await <= 75);
        }
        let shown = stage.walk(A, 20).await;
        assert!((60..=75).contains(&shown.len()), "{}", shown.len());
        posts.reverse();
        assert_eq!(shown, posts[..shown.len()]);
        // What is older is not mixed in, no matter who wrote it.
        stage.execute("UPDATE people SET loud = 1").await;
        stage.settle().await;
        assert_eq!(stage.walk(A, 50).await, shown);
    }
}

#[tokio::test]
async fn news_are_counted_up_to_twenty_one_and_ones_own_are_none() {
    for stage in Stage::both(small()).await {
        stage.follow(A, B).await;
        let seen = stage.post(B, "글").await.to_string();
        stage.settle().await;
        assert_eq!(stage.activity.news(A, Some(&seen)).await.unwrap(), 0);
        stage.post(A, "내 글").await;
        stage.post(B, "글").await;
        stage.settle().await;
        assert_eq!(stage.activity.news(A, Some(&seen)).await.unwrap(), 1);
        for _ in 0..25 {
            stage.post(B, "글").await;
        }
        stage.settle().await;
        assert_eq!(stage.activity.news(A, Some(&seen)).await.unwrap(), 21);
        let seen = stage.post(B, "글").await.to_string();
        stage.post(B, "새 글").await;
        for _ in 0..25 {
            stage.post(A, "내 글").await;
        }
        stage.settle().await;
        assert_eq!(stage.activity.news(A, Some(&seen)).await.unwrap(), 1, "own posts take nobody's place");
        assert!(stage.activity.news(A, Some("x")).await.is_err());
        assert!(stage.activity.news(A, None).await.is_err());
    }
}

#[tokio::test]
async fn a_repeated_request_is_answered_also_when_no_other_post_may_be_written() {
    for stage in Stage::both(small()).await {
        let request =
            |number: u32| PostBody { text: Some("글".to_owned()), key: Some(format!("k{number}")) };
        let mut first = None;
        for number in 0..30 {
            let (post, is_new) = stage.activity.publish(A, &request(number)).await.unwrap();
            assert!(is_new, "{number}");
            first.get_or_insert(post.id);
        }
        let refused = stage.activity.publish(A, &request(30)).await.unwrap_err();
        assert!(matches!(refused, PublishError::Limited(_)), "{refused:?}");
        for number in [29, 0] {
            assert!(!stage.activity.publish(A, &request(number)).await.unwrap().1, "{number}");
        }
        let first = PostId::parse(&first.unwrap()).unwrap();
        activity::delete(&stage.activity.context, A, first).await.unwrap();
        let gone = stage.activity.publish(A, &request(0)).await.unwrap_err();
        assert!(matches!(gone, PublishError::NotFound(_)), "{gone:?}");
    }
}

#[tokio::test]
async fn lists_agree_with_counts_also_where_somebody_cannot_be_shown() {
    for stage in Stage::both(small()).await {
        for number in 10..17 {
            stage.follow(member(number), A).await;
            stage.clock.advance(Duration::from_millis(1));
        }
        stage.everybody.inactive.lock().unwrap().insert(member(12));
        let (mut met, mut before) = (Vec::new(), None);
        loop {
            let query = PageQuery { before, limit: Some("3".to_owned()) };
            let page = stage.activity.list(ListOf::Followers, A, &query).await.unwrap();
            met.extend(page.members.into_iter().map(|member| member.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let expected: Vec<_> =
            (10..17).rev().map(|number| (number != 12).then(|| member(number).to_string())).collect();
        assert_eq!(met, expected);
        let seen = activity::member_activity(&stage.activity, B, A).await.unwrap();
        assert_eq!(seen.counts.followers, 7);
    }
}

#[tokio::test]
async fn an_erased_member_is_gone_at_once_and_leaves_nothing() {
    for stage in Stage::both(small()).await {
        for number in 10..20 {
            stage.follow(member(number), A).await;
            stage.follow(A, member(number)).await;
            stage.follow(member(number), B).await;
        }
        stage.post(A, "a").await;
        stage.post(B, "b").await;
        stage.block(A, C).await;
        stage.block(member(30), A).await;
        let report =
            ReportBody { reason: Some("other".to_owned()), note: Some("왜".to_owned()), return_to: None };
        let post = stage.post(B, "b2").await;
        stage.activity.report(A, post, &report).await.unwrap();
        stage.settle().await;
        stage.erase(A).await;
        assert_eq!(stage.first(member(10)).await, ["b2", "b"]);
        stage.settle().await;
        assert_eq!(stage.first(member(10)).await, ["b2", "b"]);
        assert_eq!(stage.count("SELECT COUNT(*) FROM people WHERE state = 'leaving'").await, 0);
        for (table, rows) in [
            ("SELECT COUNT(*) FROM follows", 10),
            ("SELECT COUNT(*) FROM posts", 2),
            ("SELECT COUNT(*) FROM blocks", 0),
            ("SELECT COUNT(*) FROM post_reports", 0),
            ("SELECT COUNT(*) FROM feed_entries", 20),
        ] {
            assert_eq!(stage.count(table).await, rows, "{table}");
        }
        stage.counts_agree().await;
    }
}

#[tokio::test]
async fn who_comes_back_sees_the_first_page_at_once_and_the_rest_when_the_feed_is_made() {
    for stage in Stage::both(small()).await {
        for number in 10..16 {
            stage.follow(A, member(number)).await;
            for _ in 0..5 {
                stage.post(member(number), "글").await;
            }
        }
        stage.settle().await;
        stage.clock.advance(Duration::from_hours(24 * 31));
        stage.settle().await;
        assert_eq!(stage.count("SELECT COUNT(*) FROM feed_entries").await, 0);
        let mut posts = Vec::new();
        for number in 10..16 {
            posts.push(stage.post(member(number), "새 글").await);
        }
        stage.settle().await;
        assert_eq!(stage.count("SELECT COUNT(*) FROM feed_entries").await, 0);
        posts.reverse();
        let page = stage.page(A, None, 3).await;
        let shown: Vec<_> =
            page.posts.iter().map(|post| activity::PostId::parse(&post.id).unwrap()).collect();
        assert_eq!(shown, posts[..3]);
        stage.settle().await;
        assert_eq!(stage.walk(A, 20).await.len(), 36);
    }
}
