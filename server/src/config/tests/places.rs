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
        ("[outgoing]\nno_proxy = [\"a b\"]\n", "outgoing.no_proxy", "2"),
        ("[outgoing]\nno_proxy = [\"sso.corp\", \"10.0.0.0/99\"]\n", "outgoing.no_proxy", "2"),
        ("[session]\nscopes = [\"open id\"]\n", "session.scopes", "2"),
        ("[session]\nscopes = [\"openid\", \"\"]\n", "session.scopes", "2"),
        ("[session]\nscopes = [\"read\", \"read\"]\n", "session.scopes", "2"),
        ("[gateway]\nscopes = [\"a b\"]\n", "gateway.scopes", "2"),
        ("[gateway]\nscopes = [\"\"]\n", "gateway.scopes", "2"),
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
fn of_two_values_that_do_not_go_together_the_line_that_somebody_wrote_is_named() {
    for (toml, key, line) in [
        ("[tokens]\npublish_ahead = \"60d\"\n", "tokens.publish_ahead", "2"),
        ("[tokens]\npublish_ahead = \"2d\"\nrotate_after = \"3d\"\n", "tokens.rotate_after", "3"),
        ("[session]\nabsolute = \"1h\"\n", "session.absolute", "2"),
        ("[session]\nidle = \"900d\"\n", "session.idle", "2"),
    ] {
        let (found, place, _) = the_one(toml);
        assert_eq!((&*found, &*place), (key, line), "{toml}");
    }
}

#[test]
fn an_address_that_does_not_fit_says_what_is_wrong_with_it_and_quotes_no_password() {
    for (url, part) in [
        ("localhost:4330", "neither `https://` nor `http://`"),
        ("http://user:hunter2@localhost:4330", "a name or a password"),
        ("https://login.example/#x", "a fragment"),
        ("http://login.example", "plain http to another machine"),
    ] {
        let ConfigError(findings) = loaded(&format!("public_url = \"{url}\"\n"), &[]).unwrap_err();
        assert!(findings[0].problem.contains(part), "{url}: {findings:?}");
        assert!(!format!("{findings:?}").contains("hunter2"), "{findings:?}");
    }
}

#[test]
fn keys_that_are_given_twice_are_wrong_where_they_are() {
    let toml = "master_keys = [\"AAAA\"]\nmaster_keys_file = \"no-such-file\"\n";
    let ConfigError(findings) = loaded(toml, &[]).unwrap_err();
    let keys: Vec<_> = findings.iter().map(|finding| finding.key.as_str()).collect();
    assert_eq!(keys, ["master_keys", "master_keys_file"], "{findings:?}");
    assert!(findings[0].problem.contains("given too"), "{findings:?}");
    assert!(findings[1].problem.contains("cannot be read"), "{findings:?}");
}

#[test]
fn an_admin_key_without_a_client_is_said_to_have_no_effect() {
    let doubts = |toml: &str| loaded(toml, &[]).unwrap().config.providers.doubts();
    let without = doubts("[providers.kakao]\nadmin_key = \"adminkey123\"\n");
    assert_eq!(without.len(), 1, "{without:?}");
    assert_eq!(without[0].key, "providers.kakao.admin_key");
    assert!(without[0].problem.contains("`providers.kakao.client_id`"), "{without:?}");
    let whole = "[providers.kakao]\nclient_id = \"a\"\nclient_secret = \"b\"\nadmin_key = \"adminkey123\"\n";
    assert_eq!(doubts(whole), Vec::new());
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
