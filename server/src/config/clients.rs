//! `[[clients]]`.

use authorization::{ClientConfig, ClientFinding};

use super::finding::Finding;
use super::reader::Reader;
use super::table::{Places, Table};
use super::units::Span;

/// The apps that sign people in through Daemun, as configured; not yet checked against scopes and each other.
#[derive(Clone, Debug)]
pub struct Clients {
    /// In their order in the file.
    pub configs: Vec<ClientConfig>,
    places: Vec<Places>,
    /// Where each has its secret, if it has one.
    secret_files: Vec<Option<SecretFile>>,
}

/// A file in which a client's secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile {
    /// The key that names it, or holds the secret itself.
    pub key: &'static str,
    /// Which file.
    pub path: String,
}

impl Clients {
    pub(super) fn read(reader: &Reader) -> Self {
        let mut clients = Self { configs: Vec::new(), places: Vec::new(), secret_files: Vec::new() };
        for table in reader.tables("clients") {
            clients.secret_files.push(SecretFile::of(&table, "secret", "secret_file"));
            let (config, places) = client(table);
            clients.configs.push(config);
            clients.places.push(places);
        }
        clients
    }

    /// The files with secrets, each with the number of its client.
    pub fn secret_files(&self) -> impl Iterator<Item = (usize, &SecretFile)> {
        self.secret_files.iter().enumerate().filter_map(|(number, file)| Some((number, file.as_ref()?)))
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

impl SecretFile {
    /// That of the secret which is written as `key`, or in the file that `file_key` names.
    pub(super) fn of(table: &Table<'_>, key: &'static str, file_key: &'static str) -> Option<Self> {
        if let Some(path) = table.text(file_key) {
            return Some(Self { key: file_key, path });
        }
        // A place in a file is its name and a line.
        let (path, _line) = table.place(key)?.rsplit_once(':')?;
        Some(Self { key, path: path.to_owned() })
    }
}

fn client(table: Table<'_>) -> (ClientConfig, Places) {
    let client = ClientConfig {
        id: table.text("id"),
        name: table.text("name"),
        auth: table.text("auth"),
        secret: table.secret("secret", "secret_file"),
        jwks: table.document("jwks", "jwks_file"),
        grants: table.list("grants").unwrap_or_default(),
        redirect_uris: table.list("redirect_uris").unwrap_or_default(),
        post_logout_redirect_uris: table.list("post_logout_redirect_uris").unwrap_or_default(),
        scopes: table.list("scopes").unwrap_or_default(),
        audiences: table.list("audiences").unwrap_or_default(),
        introspects: table.list("introspects").unwrap_or_default(),
        origins: table.list("origins"),
        first_party: table.flag("first_party").unwrap_or_default(),
        backchannel_logout_uri: table.text("backchannel_logout_uri"),
        require_par: table.flag("require_par").unwrap_or_default(),
        dpop: table.text("dpop"),
        pkce: table.text("pkce"),
        access_ttl: table.span("access_ttl").map(Span::get),
        refresh_ttl: table.span("refresh_ttl").map(Span::get),
    };
    (client, table.finish())
}

#[cfg(test)]
mod tests {
    use crate::authorization::clients;
    use crate::config::sources::EXAMPLE;
    use crate::config::tests::loaded;
    use kernel::ExposeSecret as _;

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
            "secret",
            "secret_file",
            "jwks",
            "jwks_file",
            "grants",
            "redirect_uris",
            "post_logout_redirect_uris",
            "scopes",
            "audiences",
            "introspects",
            "origins",
            "first_party",
            "backchannel_logout_uri",
            "require_par",
            "dpop",
            "pkce",
            "access_ttl",
            "refresh_ttl",
        ] {
            let begins = |line: &str| line.trim_start_matches("# ").starts_with(&format!("{key} = "));
            assert!(shown.lines().any(begins), "{key}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_client_names_its_line() {
        let twice = format!("{0}{0}", shown());
        assert_eq!(wrong(&twice)[0].0, "clients[1].id");
        let unnamed = shown().replace("name = ", "name = \"\" # ");
        let found = wrong(&unnamed);
        assert_eq!(found[0].0, "clients[0].name");
        assert!(found[0].1.contains("daemun.toml:"), "{found:?}");
        assert_eq!(wrong("[[clients]]\nname = \"x\"\n").len(), 4);
    }

    #[test]
    fn scopes_are_those_of_sessions_and_routes_and_the_standard_ones() {
        let with =
            |scopes: &str| shown().replace("scopes = [\"openid\"", &format!("scopes = [{scopes}\"openid\""));
        assert_eq!(wrong(&with("\"orders:read\", "))[0].0, "clients[0].scopes");
        let toml = with("\"orders:read\", \"email\", ") + "[gateway]\nscopes = [\"orders:read\"]\n";
        assert!(clients(&loaded(&toml, &[]).unwrap().config).is_ok());
    }

    #[test]
    fn a_secret_comes_from_one_place_and_a_key_set_may_have_many_lines() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "from-a-file\n").unwrap();
        let client = |lines: &str| loaded(&format!("[[clients]]\nid = \"x\"\n{lines}\n"), &[]);
        let in_file = format!("secret_file = \"{}\"", file.display());
        let config = client(&in_file).unwrap().config;
        assert_eq!(config.clients.configs[0].secret.as_ref().unwrap().expose_secret(), "from-a-file");
        let (_, found) = config.clients.secret_files().next().unwrap();
        assert_eq!((found.key, found.path.as_str()), ("secret_file", file.to_str().unwrap()));
        let here = client("secret = \"a-secret\"").unwrap().config;
        assert!(here.clients.secret_files().next().unwrap().1.path.ends_with("daemun.toml"));
        assert!(!format!("{here:?}").contains("a-secret"), "S-KEY-8");
        let both = client(&format!("{in_file}\nsecret = \"hunter2\"")).unwrap_err();
        assert_eq!(
            (both.0[0].key.as_str(), both.to_string().contains("hunter2")),
            ("clients[0].secret", false)
        );
        for wrong in [
            "secret = \"\"",
            "secret = \"two words\"",
            "secret_file = \"/nowhere/at/all\"",
            "access_ttl = \"soon\"",
        ] {
            assert_eq!(client(wrong).unwrap_err().0.len(), 1, "{wrong}");
        }
        let keys = client("jwks = \'\'\'\n{\n \"keys\": []\n}\n\'\'\'\naccess_ttl = \"90s\"").unwrap().config;
        assert!(keys.clients.configs[0].jwks.as_ref().unwrap().contains("keys"));
        assert_eq!(keys.clients.configs[0].access_ttl, Some(std::time::Duration::from_secs(90)));
    }
}
