//! Files with the secrets of clients and of receivers of webhooks: nobody else on the machine may read them.

use std::fs::metadata;
use std::os::unix::fs::PermissionsExt as _;

use authorization::ClientFinding;

use crate::config::{Config, Finding, SecretFile};

/// What everybody on the machine may read.
const READABLE_BY_OTHERS: u32 = 0o004;

pub(super) fn readable(config: &Config) -> Vec<Finding> {
    let of_clients =
        config.clients.secret_files().filter(|(_, file)| is_readable(file)).map(|(number, file)| {
            let finding = ClientFinding { key: file.key, problem: problem(file), cure: cure(file) };
            config.clients.place(number, &finding)
        });
    let of_webhooks = config.webhooks.secret_files().filter(|(_, file)| is_readable(file));
    let of_webhooks =
        of_webhooks.map(|(number, file)| config.webhooks.place(number, file.key, problem(file), cure(file)));
    of_clients.chain(of_webhooks).collect()
}

fn is_readable(file: &SecretFile) -> bool {
    metadata(&file.path).is_ok_and(|metadata| metadata.permissions().mode() & READABLE_BY_OTHERS != 0)
}

fn problem(file: &SecretFile) -> String {
    format!("everybody on this machine can read {}, which has a secret in it", file.path)
}

fn cure(file: &SecretFile) -> String {
    format!("`chmod o-r {}`, or put the secret into a `secret_file` of its own", file.path)
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};

    use super::*;
    use crate::config::{Build, Sources, load};

    #[test]
    fn a_secret_in_a_file_that_everybody_can_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (file, secret) = (folder.path().join("daemun.toml"), folder.path().join("secret"));
        std::fs::write(&secret, "a-secret").unwrap();
        let toml = |line: &str| format!("[[clients]]\nid = \"a\"\n{line}\n");
        let found = |line: &str, mode: u32| {
            std::fs::write(&file, toml(line)).unwrap();
            for path in [&file, &secret] {
                set_permissions(path, Permissions::from_mode(mode)).unwrap();
            }
            let sources = Sources {
                file: Some(file.clone()),
                explicit: true,
                environment: Vec::new(),
                build: Build::Development,
            };
            let found = readable(&load(&sources).unwrap().config);
            found.into_iter().map(|finding| finding.key).collect::<Vec<_>>()
        };
        let in_file = format!("secret_file = \"{}\"", secret.display());
        assert_eq!(found("secret = \"x\"", 0o644), ["clients[0].secret"]);
        assert_eq!(found(&in_file, 0o644), ["clients[0].secret_file"]);
        for line in ["secret = \"x\"", &in_file] {
            assert_eq!(found(line, 0o640), Vec::<String>::new());
        }
        assert_eq!(found("name = \"no secret\"", 0o644), Vec::<String>::new());
        std::fs::write(&secret, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap();
        let receiver = "[[webhooks]]\nurl = \"https://hooks.example/\"\ntopics = [\"user-login\"]";
        let webhook = format!("{receiver}\nsecret_file = \"{}\"", secret.display());
        assert_eq!(found(&webhook, 0o644), ["webhooks[0].secret_file"]);
        assert_eq!(found(&webhook, 0o640), Vec::<String>::new());
    }
}
