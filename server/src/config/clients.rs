//! `[[clients]]`.

use authorization::{ClientConfig, ClientFinding};

use super::finding::Finding;
use super::reader::Reader;
use super::table::{Places, Table};

/// The apps that sign people in through Daemun, as they are written; not yet checked against scopes and each other.
#[derive(Clone, Debug)]
pub struct Clients {
    /// In their order in the file.
    pub configs: Vec<ClientConfig>,
    places: Vec<Places>,
}

impl Clients {
    pub(super) fn read(reader: &Reader) -> Self {
        let (configs, places) = reader.tables("clients").into_iter().map(client).unzip();
        Self { configs, places }
    }

    /// A finding about the client with this number, with its place in the file: of the key, or of the client where the key is
    /// what is missing.
    pub fn place(&self, number: usize, finding: &ClientFinding) -> Finding {
        let ClientFinding { key, problem, cure } = finding;
        let places = self.places.get(number);
        let place = places.and_then(|places| places.get(*key).or_else(|| places.get(""))).cloned();
        Finding {
            place: place.unwrap_or_default(),
            key: format!("clients[{number}].{key}"),
            problem: problem.clone(),
            cure: cure.clone(),
        }
    }
}

fn client(table: Table<'_>) -> (ClientConfig, Places) {
    let client = ClientConfig {
        id: table.text("id"),
        name: table.text("name"),
        auth: table.text("auth"),
        grants: table.list("grants").unwrap_or_default(),
        redirect_uris: table.list("redirect_uris").unwrap_or_default(),
        post_logout_redirect_uris: table.list("post_logout_redirect_uris").unwrap_or_default(),
        scopes: table.list("scopes").unwrap_or_default(),
        audiences: table.list("audiences").unwrap_or_default(),
        origins: table.list("origins"),
        first_party: table.flag("first_party").unwrap_or_default(),
    };
    (client, table.finish())
}

#[cfg(test)]
mod tests {
    use crate::authorization::clients;
    use crate::config::sources::EXAMPLE;
    use crate::config::tests::loaded;

    /// The client that the example shows behind comment signs.
    fn shown() -> String {
        let lines = EXAMPLE.lines().skip_while(|line| *line != "# [[clients]]");
        let lines = lines.take_while(|line| line.starts_with("# ")).map(|line| &line[2..]);
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }

    fn wrong(toml: &str) -> Vec<(String, String)> {
        let config = loaded(toml, &[]).unwrap().config;
        let findings = clients(&config).unwrap_err().0;
        findings.into_iter().map(|finding| (finding.key, finding.place)).collect()
    }

    #[test]
    fn the_client_in_the_example_is_right_and_shows_every_key() {
        let shown = shown();
        let config = loaded(&shown, &[]).unwrap().config;
        let client = clients(&config).unwrap().find("portal-client").unwrap();
        assert_eq!(client.name, "포털");
        for key in [
            "id",
            "name",
            "auth",
            "grants",
            "redirect_uris",
            "post_logout_redirect_uris",
            "scopes",
            "audiences",
            "origins",
            "first_party",
        ] {
            assert!(shown.lines().any(|line| line.starts_with(&format!("{key} "))), "{key}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_client_names_its_line() {
        let twice = format!("{0}{0}", shown());
        assert_eq!(wrong(&twice)[0].0, "clients[1].id");
        let consent = shown().replace("first_party = true", "first_party = false");
        let found = wrong(&consent);
        assert_eq!(found[0].0, "clients[0].first_party");
        assert!(found[0].1.contains("daemun.toml:"), "{found:?}");
        assert_eq!(wrong("[[clients]]\nname = \"x\"\n").len(), 5);
    }

    #[test]
    fn scopes_are_those_of_sessions_and_routes_and_the_standard_ones() {
        let with =
            |scopes: &str| shown().replace("scopes = [\"openid\"", &format!("scopes = [{scopes}\"openid\""));
        assert_eq!(wrong(&with("\"orders:read\", "))[0].0, "clients[0].scopes");
        let toml = with("\"orders:read\", \"email\", ") + "[gateway]\nscopes = [\"orders:read\"]\n";
        assert!(clients(&loaded(&toml, &[]).unwrap().config).is_ok());
    }
}
