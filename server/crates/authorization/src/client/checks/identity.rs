//! `id` and `name`.

use tokens::ClientId;

use crate::client::config::ClientConfig;
use crate::client::findings::Findings;

/// The longest name.
const MAX_NAME_CHARS: usize = 100;

pub(crate) fn id(client: &ClientConfig, found: &mut Findings) -> Option<ClientId> {
    let cure = "Write 1 to 100 letters, digits or -._~:/, such as portal-client; no UUID, which is what members have";
    let Some(text) = &client.id else {
        found.wrong("id", "it is missing", cure);
        return None;
    };
    let id = ClientId::parse(text);
    match &id {
        None => found.wrong("id", format!("`{text}` cannot be an id"), cure),
        Some(id) if *id == ClientId::own_site() || *id == ClientId::own_app() => {
            found.wrong("id", format!("`{text}` is one of Daemun's own clients"), "Choose another one");
        }
        Some(_) => {}
    }
    id
}

pub(crate) fn name(client: &ClientConfig, found: &mut Findings) -> String {
    let name = client.name.as_deref().unwrap_or_default().trim();
    let fits =
        !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    if !fits {
        found.wrong("name", "people are told the name of the app", "Write it in 1 to 100 characters");
    }
    name.to_owned()
}
