//! Telling those who keep members in memory what has changed, within this process.

use std::sync::{Arc, OnceLock};

use db::Transaction;
use names::MemberId;

/// Keeps members in memory.
pub trait MemberObserver: Send + Sync {
    /// What people see of a member has changed: the nickname, the picture, the address.
    fn member_changed(&self, member: MemberId);
}

/// The changes of what people see of members. Cheap to clone.
#[derive(Clone, Default)]
pub struct MemberChanges(Arc<OnceLock<Arc<dyn MemberObserver>>>);

impl MemberChanges {
    /// Registers an observer. The first one stays.
    pub fn observe(&self, observer: Arc<dyn MemberObserver>) {
        let _first_stays = self.0.set(observer);
    }

    /// Tells of a change as soon as it is committed: the answer to it may already lead to a page that shows the member.
    pub(crate) fn tell_after_commit(&self, tx: &mut Transaction, member: MemberId) {
        let changes = self.clone();
        tx.after_commit(move || {
            if let Some(observer) = changes.0.get() {
                observer.member_changed(member);
            }
        });
    }
}
