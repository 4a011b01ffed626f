//! The id of a post, which says when it was written.

use kernel::Timestamp;
use names::id::Uuid;

names::define_id!(
    /// A post. Ids are in the order in which posts were written.
    PostId
);

impl PostId {
    /// Less than that of any post.
    pub(crate) const FIRST: Self = Self::from_uuid(Uuid::nil());
    /// Greater than that of any post.
    pub(crate) const LAST: Self = Self::from_uuid(Uuid::max());

    /// When the post was written.
    pub fn at(self) -> Timestamp {
        let millis = self.uuid().as_bytes()[..6].iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte));
        Timestamp::from_millis(millis)
    }

    /// The least one after it.
    pub(crate) fn next(self) -> Self {
        Self::from_uuid(Uuid::from_u128(self.uuid().as_u128().saturating_add(1)))
    }

    /// A small number that is as good as drawn by lot.
    pub(crate) fn chance(self) -> i64 {
        let bytes = self.uuid().into_bytes();
        i64::from(u16::from_be_bytes([bytes[14], bytes[15]]))
    }

    /// As a table column has it.
    pub(crate) fn column(self) -> Vec<u8> {
        self.uuid().as_bytes().to_vec()
    }

    /// From a table column; `None` when it has another length.
    pub(crate) fn from_column(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::from_uuid)
    }
}

impl serde::Serialize for PostId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uuid().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for PostId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::SeededRandomness;

    #[test]
    fn an_id_says_when_its_post_was_written_and_is_in_that_order() {
        let randomness = SeededRandomness::new(1);
        let ids: Vec<_> = (0..50)
            .map(|millis| {
                let at = Timestamp::from_millis(1_768_739_696_000 + millis);
                let id = PostId::from_uuid(kernel::id::uuid_at(at, &randomness));
                assert_eq!(id.at(), at);
                assert_eq!(PostId::from_column(&id.column()), Some(id));
                id
            })
            .collect();
        assert!(ids.is_sorted() && ids.iter().map(|id| id.column()).is_sorted());
        assert!(PostId::FIRST < ids[0] && ids[49] < PostId::LAST);
        assert!(ids[0] < ids[0].next() && ids[0].next() <= ids[1]);
        assert_eq!(PostId::LAST.next(), PostId::LAST);
        assert_eq!(PostId::from_column(b"short"), None);
    }
}
