//! `/admin/keys`.

use contract::views::admin::{KeyEntry, KeyEntryState, KeysView};
use members::Failure;
use tokens::KeyState;

use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

impl Load for KeysView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let keys = &visit.parts().operations.tokens.keys;
        keys.read().await.map_err(Failure::from)?;
        let entry = |key: tokens::KeyInfo| {
            let state = match key.state {
                KeyState::Published => KeyEntryState::Published,
                KeyState::Active => KeyEntryState::Signs,
                KeyState::Retired => KeyEntryState::Retired,
                KeyState::Gone => return None,
            };
            let from = visit.moment(key.active_from);
            Some(KeyEntry { kid: key.kid, kind: key.kind.as_str(), state, from })
        };
        Ok(Self { keys: keys.list().into_iter().filter_map(entry).collect() })
    }
}
