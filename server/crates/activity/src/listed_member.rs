//! A member who may not be shown at the moment.

use serde::Serialize;
use utoipa::ToSchema;

use crate::cards::Card;

/// Somebody in a list. Without anything for those who cannot be shown at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListedMember {
    /// The member's id.
    pub id: Option<String>,
    /// The nickname.
    pub nickname: Option<String>,
    /// Where the picture is.
    pub picture: Option<String>,
}

impl From<Card> for ListedMember {
    fn from(card: Card) -> Self {
        Self { id: Some(card.id), nickname: Some(card.nickname), picture: Some(card.picture) }
    }
}
