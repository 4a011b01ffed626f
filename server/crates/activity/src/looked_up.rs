//! What is looked up for a page, and no more of it than can be on the page.
//!
//! A reader may have a hundred authors whose posts are not in the feed, each with any number of them. What is read of them must
//! not be a hundred pages. The newest two posts of each author are known; where these alone fill the page, its end is among them, and
//! only of those authors there can be more on the page of whom two are on it already.

use crate::post_id::PostId;
use crate::store::authors::{Author, Most};
use crate::store::page::{Further, LookedUp, Part};

/// So many more authors than a page has posts are asked for at first, for those whose newest post is hidden.
const SPARE_AUTHORS: u32 = 3;

/// How many authors are asked for their posts, for a page of `many`. What an author wrote last says nothing of older pages.
pub(crate) fn asked_at_first(before: PostId, many: u32) -> Most {
    if before == PostId::LAST { Most::Last(many.saturating_add(SPARE_AUTHORS)) } else { Most::All }
}

/// What is on a page, and the part of the feed that it is in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Narrowed {
    pub(crate) part: Part,
    pub(crate) looked_up: LookedUp,
}

impl Narrowed {
    /// How many rows are read at most for further posts.
    pub(crate) fn rows(&self) -> u32 {
        self.looked_up.further.iter().map(|further| further.many).sum()
    }
}

/// Leaves out what cannot be among the newest `many` posts of a part.
pub(crate) fn narrow(whole: Part, authors: &[Author], many: u32) -> Narrowed {
    let known = authors.iter().flat_map(|author| [author.newest, author.second]).flatten();
    let mut known: Vec<_> = known.filter(|post| *post >= whole.floor).collect();
    known.sort_unstable_by_key(|post| std::cmp::Reverse(*post));
    known.truncate(usize::try_from(many).unwrap_or(usize::MAX));
    let is_full = known.len() >= usize::try_from(many).unwrap_or(usize::MAX);
    // So many posts are not older than this one.
    let end = known.last().copied().filter(|_| is_full);
    let part = Part { floor: end.unwrap_or(whole.floor), ..whole };
    let further = authors.iter().filter_map(|author| {
        let second = author.second.filter(|second| *second >= part.floor)?;
        let newer = known.partition_point(|post| *post >= second);
        let many = many.saturating_sub(u32::try_from(newer).unwrap_or(u32::MAX));
        (many > 0).then_some(Further { author: author.no, before: second, many })
    });
    let mut further: Vec<_> = further.collect();
    further.sort_unstable_by_key(|further| std::cmp::Reverse(further.before));
    Narrowed { part, looked_up: LookedUp { posts: known, further } }
}

/// Whether others than these may have posts that are in the part.
pub(crate) fn leaves_out(part: Part, authors: &[Author], asked: Most) -> bool {
    let Most::Last(asked) = asked else { return false };
    let is_full = authors.len() >= usize::try_from(asked).unwrap_or(usize::MAX);
    let earliest = authors.iter().map(|author| author.last_post).min();
    is_full && earliest.is_some_and(|earliest| earliest >= part.floor.at().millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    use kernel::Timestamp;
    use testkit::SeededRandomness;

    use crate::person::PersonNo;
    use crate::store::page::OwnPosts;

    fn whole() -> Part {
        Part { reader: PersonNo(1), before: PostId::LAST, floor: PostId::FIRST, own: OwnPosts::Shown }
    }

    fn post(at: i64) -> PostId {
        let randomness = SeededRandomness::new(u64::try_from(at).unwrap());
        PostId::from_uuid(kernel::id::uuid_at(Timestamp::from_millis(at), &randomness))
    }

    /// An author with posts of these times, newest first.
    fn author(no: i64, times: &[i64]) -> Author {
        let post = |place: usize| times.get(place).copied().map(post);
        let last_post = times.first().copied().unwrap_or_default();
        Author { no: PersonNo(no), last_post, newest: post(0), second: post(1) }
    }

    #[test]
    fn of_authors_who_wrote_in_turn_nothing_further_is_looked_up() {
        let authors: Vec<_> = (1..=100).map(|no| author(no, &[10_000 - no, 9_000 - no])).collect();
        let Narrowed { part, looked_up } = narrow(whole(), &authors, 21);
        let newest: Vec<_> = (1..=21).map(|no| post(10_000 - no)).collect();
        assert_eq!(looked_up, LookedUp { posts: newest, further: Vec::new() });
        assert_eq!(part.floor, post(9_979));
        assert!(!leaves_out(part, &authors[..24], Most::Last(24)));
    }

    #[test]
    fn an_author_with_two_posts_on_the_page_may_have_as_many_as_there_are_places_after_them() {
        let authors = [author(2, &[900, 800]), author(3, &[850, 10]), author(4, &[700])];
        let Narrowed { part, looked_up } = narrow(whole(), &authors, 5);
        assert_eq!(looked_up.posts, [900, 850, 800, 700, 10].map(post));
        assert_eq!(looked_up.further, [Further { author: PersonNo(2), before: post(800), many: 2 }]);
        assert_eq!(part.floor, post(10));
        // Fewer than fill the page leave it open below.
        let Narrowed { part, looked_up } = narrow(whole(), &authors, 9);
        assert_eq!(part.floor, PostId::FIRST);
        let further = [(2, 800, 6), (3, 10, 4)];
        let further =
            further.map(|(no, before, many)| Further { author: PersonNo(no), before: post(before), many });
        assert_eq!(looked_up.further, further);
    }

    #[test]
    fn what_is_older_than_the_floor_is_not_looked_up() {
        let part = Part { floor: post(800).next(), ..whole() };
        let Narrowed { looked_up, .. } = narrow(part, &[author(2, &[900, 800]), author(3, &[700, 600])], 5);
        assert_eq!(looked_up, LookedUp { posts: vec![post(900)], further: Vec::new() });
    }

    #[test]
    fn others_are_asked_for_while_they_may_have_written_later_than_the_end() {
        let mut authors: Vec<_> = (1..=24).map(|no| author(no, &[1_000 - no])).collect();
        assert!(!leaves_out(narrow(whole(), &authors, 21).part, &authors, Most::Last(24)));
        // The newest posts of four are hidden: those of the next ones may be on the page.
        authors[..4].iter_mut().for_each(|author| author.newest = None);
        let part = narrow(whole(), &authors, 21).part;
        assert!(leaves_out(part, &authors, Most::Last(24)));
        assert!(!leaves_out(part, &authors, Most::All));
        assert!(!leaves_out(part, &authors, Most::Last(25)), "there are no others");
    }
}
