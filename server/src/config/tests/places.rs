//! Values that make no sense are refused where they are written.

use super::*;

/// The key of the one finding, its line, and the cure.
fn the_one(toml: &str) -> (String, String, String) {
    let ConfigError(findings) = loaded(toml, &[]).unwrap_err();
    let [finding] = &findings[..] else { panic!("{toml}: {findings:?}") };
    let line = finding.place.rsplit(':').next().unwrap_or_default();
    (finding.key.clone(), line.to_owned(), finding.cure.clone())
}

#[test]
fn a_value_that_makes_no_sense_is_refused_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.pem");
    std::fs::write(&none, "nope\n").unwrap();
    let authority = MAIL.to_owned() + &format!("smtp_ca_file = \"{}\"\n", none.display());
    for (toml, key, line) in [
        ("[tokens]\nissuer = \"not a url\"\n", "tokens.issuer", "2"),
        ("[tokens]\nissuer = \"http://evil example\"\n", "tokens.issuer", "2"),
        ("[tokens]\nissuer = \"http://issuer.example\"\n", "tokens.issuer", "2"),
        ("[tokens]\nissuer = \"https://issuer.example?a=b\"\n", "tokens.issuer", "2"),
        ("[tokens]\nissuer = \"https://issuer.example#a\"\n", "tokens.issuer", "2"),
        ("[tokens]\n\naccess_ttl = \"11m\"\n", "tokens.access_ttl", "3"),
        ("[tokens]\nrotate_after = \"1s\"\n", "tokens.rotate_after", "2"),
        ("[session]\nidle = \"1ms\"\n", "session.idle", "2"),
        ("[admin]\naccess_log = \"1s\"\n", "admin.access_log", "2"),
        ("[audit]\nretention = \"1s\"\n", "audit.retention", "2"),
        ("[audit]\nanonymous_retention = \"23h\"\n", "audit.anonymous_retention", "2"),
        ("[outgoing]\nprivate_hosts = [\"10.0.0.0/8\"]\n", "outgoing.private_hosts", "2"),
        ("[outgoing]\nprivate_hosts = [\"*.internal\"]\n", "outgoing.private_hosts", "2"),
        ("[outgoing]\nprivate_hosts = [\"http://billing\"]\n", "outgoing.private_hosts", "2"),
        (&authority, "mail.smtp_ca_file", "5"),
    ] {
        let (found, place, cure) = the_one(toml);
        assert_eq!((&*found, &*place), (key, line), "{toml}");
        assert!(cure.starts_with("Write") || cure.starts_with("Name"), "{cure}");
    }
    let hosts = "private_hosts = [\"billing.internal\", \"10.0.0.5\", \"[::1]\", \"::1\", \"localhost\"]";
    let right = format!("[outgoing]\n{hosts}\n[tokens]\nissuer = \"https://issuer.example/tenant\"\n");
    assert_eq!(loaded(&right, &[]).unwrap().config.tokens.issuer, "https://issuer.example/tenant");
    let production =
        format!("mode = \"production\"\npublic_url = \"https://login.example\"\nmaster_keys = [\"{KEY}\"]\n");
    let (key, ..) = the_one(&(production + "[tokens]\nissuer = \"http://localhost:3000\"\n"));
    assert_eq!(key, "tokens.issuer");
}

#[test]
fn what_is_wrong_in_a_file_names_the_key_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let smtp = MAIL.replace("smtp_url = \"smtps://daemun:hunter2@mail.example\"", "smtp_url_file = \"URL\"");
    for (toml, key, line) in [
        (format!("master_keys_file = \"{}\"\n", file("keys", "AAAA\n")), "master_keys_file", "1"),
        (smtp.replace("URL", &file("smtp", "smtp://daemun:hunter2@mail.example")), "mail.smtp_url_file", "3"),
        (format!("[outgoing]\nproxy_file = \"{}\"\n", file("proxy", "ftp://a")), "outgoing.proxy_file", "2"),
    ] {
        let (found, place, _) = the_one(&toml);
        assert_eq!((&*found, &*place), (key, line), "{toml}");
    }
}
