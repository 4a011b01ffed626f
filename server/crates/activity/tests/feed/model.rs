//! What every feed should be, by posts, follows and blocks alone.

use std::collections::{BTreeMap, BTreeSet};

use activity::PostId;
use kernel::Timestamp;

/// A member, as the model numbers them.
pub type Somebody = u128;

/// What somebody does, or happens to their posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Write { author: Somebody },
    Delete { author: Somebody, post: PostId },
    Hide { post: PostId, until: Option<Timestamp> },
    Show { post: PostId },
    Follow { one: Somebody, other: Somebody },
    Unfollow { one: Somebody, other: Somebody },
    Block { one: Somebody, other: Somebody },
    Unblock { one: Somebody, other: Somebody },
}

/// What there should be.
#[derive(Debug, Default)]
pub struct Model {
    follows: BTreeSet<(Somebody, Somebody)>,
    blocks: BTreeSet<(Somebody, Somebody)>,
    posts: BTreeMap<PostId, Somebody>,
    hidden: BTreeMap<PostId, Option<Timestamp>>,
    /// All that there ever were.
    written: BTreeSet<PostId>,
}

impl Model {
    /// The posts of an author, oldest first.
    pub fn of(&self, author: Somebody) -> Vec<PostId> {
        self.posts.iter().filter(|(_, by)| **by == author).map(|(post, _)| *post).collect()
    }

    pub fn is_blocked(&self, one: Somebody, other: Somebody) -> bool {
        self.blocks.contains(&(one, other)) || self.blocks.contains(&(other, one))
    }

    pub fn hidden(&self) -> Vec<PostId> {
        self.hidden.keys().copied().collect()
    }

    /// Notes what was done; of a post that was written, its id.
    pub fn note(&mut self, action: Action, written: Option<PostId>) {
        match action {
            Action::Write { author } => {
                let post = written.expect("it was written");
                assert!(self.of(author).iter().all(|earlier| *earlier < post), "times of an author grow");
                self.posts.insert(post, author);
                self.written.insert(post);
            }
            Action::Delete { post, .. } => {
                self.posts.remove(&post);
                self.hidden.remove(&post);
            }
            Action::Hide { post, until } => {
                self.hidden.insert(post, until);
            }
            Action::Show { post } => {
                self.hidden.remove(&post);
            }
            Action::Follow { one, other } => {
                if !self.is_blocked(one, other) {
                    self.follows.insert((one, other));
                }
            }
            Action::Unfollow { one, other } => {
                self.follows.remove(&(one, other));
            }
            Action::Block { one, other } => {
                self.blocks.insert((one, other));
                self.follows.remove(&(one, other));
                self.follows.remove(&(other, one));
            }
            Action::Unblock { one, other } => {
                self.blocks.remove(&(one, other));
            }
        }
    }

    /// What was hidden until now is shown again.
    pub fn show_until(&mut self, now: Timestamp) {
        self.hidden.retain(|_, until| until.is_none_or(|until| until > now));
    }

    fn sees(&self, reader: Somebody, post: PostId, author: Somebody) -> bool {
        reader == author
            || (self.follows.contains(&(reader, author))
                && !self.hidden.contains_key(&post)
                && !self.is_blocked(reader, author))
    }

    /// The whole feed of a reader that was cut at `floor`.
    pub fn feed(&self, reader: Somebody, floor: PostId) -> Vec<PostId> {
        let seen = self.posts.iter().rev().filter(|(post, author)| self.sees(reader, **post, **author));
        seen.map(|(post, _)| *post).filter(|post| *post >= floor).collect()
    }

    /// Whether so many posts were ever written that a feed may have been cut there.
    pub fn may_be_cut_at(&self, floor: PostId, length: u32) -> bool {
        self.written.range(floor..).count() >= usize::try_from(length).unwrap()
    }
}
