//! Each rule of the configuration.

use std::path::PathBuf;

use names::ProviderName;

use super::*;

mod places;

fn sources(toml: &str, environment: &[(&str, &str)], build: Build) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("daemun.toml");
    std::fs::write(&file, toml).unwrap();
    let environment =
        environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    (folder, Sources { file: Some(file), explicit: true, environment, build })
}

pub(super) fn loaded(toml: &str, environment: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let (_folder, sources) = sources(toml, environment, Build::Development);
    load(&sources)
}

/// The keys of what is wrong.
pub(super) fn found(toml: &str) -> Vec<String> {
    let Err(error) = loaded(toml, &[]) else { return Vec::new() };
    error.0.into_iter().map(|finding| finding.key).collect()
}

fn findings(toml: &str) -> Vec<(String, String)> {
    let ConfigError(findings) = loaded(toml, &[]).unwrap_err();
    findings.into_iter().map(|finding| (finding.key, finding.cure)).collect()
}

const MAIL: &str = "[mail]\ntransport = \"smtp\"\nsmtp_url = \"smtps://daemun:hunter2@mail.example\"\nfrom = \"a@login.example\"\n";
const KEY: &str = "i4kNUelL0R+A5UlXRLwZJ+91cOScZtyn6KM2pCJWeto=";

#[test]
fn every_key_of_the_example_is_read_and_every_key_read_is_in_it() {
    let sources = Sources { file: None, explicit: false, environment: Vec::new(), build: Build::Development };
    let mut findings = Vec::new();
    let reader = Reader::new(sources::gather(&sources, &mut findings), findings);
    let config = read(&reader, &sources);
    assert_eq!(reader.unread(), Vec::<&String>::new(), "these keys have no effect");
    assert_eq!(
        reader.into_findings(),
        [],
        "a key is read that the example lacks, or a default is not allowed"
    );
    assert_eq!(config.public_url.as_str(), "http://localhost:3000/");
    assert!(config.simulators.enabled);
}

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_known_one() {
    let ConfigError(findings) =
        loaded("mode = \"development\"\n[providers.kakao]\nclient_ids = \"x\"\n", &[]).unwrap_err();
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert!(finding.place.ends_with("daemun.toml:3"), "{}", finding.place);
    assert_eq!(finding.key, "providers.kakao.client_ids");
    assert!(finding.cure.contains("`providers.kakao.client_id`"), "{}", finding.cure);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let wrong = findings(
        "mode = \"test\"\nlisten = \"here\"\n[session]\nidle = \"soon\"\n[limits]\nbody = 5\nconnections = 0\n\
         trusted_proxies = [\"10.0.0.0/99\"]\n[providers.google]\nissuer = \"http://accounts.example\"\nclient_id = \"x\"\n",
    );
    let keys: Vec<&str> = wrong.iter().map(|(key, _)| key.as_str()).collect();
    for key in [
        "mode",
        "listen",
        "session.idle",
        "limits.body",
        "limits.connections",
        "limits.trusted_proxies",
        "providers.google.issuer",
        "providers.google.client_secret",
    ] {
        assert!(keys.contains(&key), "{key} is missing in {keys:?}");
    }
}

#[test]
fn s_tok_12_no_service_can_be_given_the_audience_of_our_own_api() {
    let config = loaded("", &[]).unwrap().config;
    assert_eq!(config.tokens.audience, None, "each route its own");
    let settings = config.tokens.settings(std::time::Duration::from_hours(1));
    assert_eq!(settings.audience, "http://localhost:3000");
    let shared = loaded("[tokens]\naudience = \"daemun-services\"\n", &[]).unwrap().config;
    assert_eq!(shared.tokens.audience.as_deref(), Some("daemun-services"));
    for wrong in [
        "[tokens]\naudience = \"http://localhost:3000\"\n",
        "[tokens]\nissuer = \"https://issuer.example\"\naudience = \"https://issuer.example\"\n",
        "[tokens]\naudience = \"two words\"\n",
    ] {
        let found = findings(wrong);
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
        assert_eq!(found[0].0, "tokens.audience");
        assert!(found[0].1.contains("\"\""), "the cure: {}", found[0].1);
    }
}

#[test]
fn the_environment_overrides_the_file() {
    let environment = [
        ("DAEMUN_PROVIDERS__KAKAO__CLIENT_ID", "from-environment"),
        ("DAEMUN_PROVIDERS__KAKAO__SCOPES", "account_email, openid"),
        ("DAEMUN_LIMITS__CONNECTIONS", "7"),
        ("DAEMUN_TEST_MYSQL_URL", "is no key"),
        ("PATH", "/bin"),
    ];
    let config = loaded("[providers.kakao]\nclient_id = \"from-file\"\n", &environment).unwrap().config;
    assert_eq!(config.providers.find(ProviderName::Kakao).unwrap().client_id, "from-environment");
    assert_eq!(config.providers.find(ProviderName::Kakao).unwrap().scopes, ["account_email", "openid"]);
    assert_eq!(config.limits.connections.connections, 7);
    let ConfigError(findings) = loaded("", &[("DAEMUN_PUBLIC_ULR", "x")]).unwrap_err();
    assert_eq!(findings[0].place, "environment variable DAEMUN_PUBLIC_ULR");
    assert!(findings[0].cure.contains("`public_url`"));
}

#[test]
fn a_secret_comes_from_one_place_and_never_prints() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "hunter2-from-file\n").unwrap();
    let from_file =
        format!("[providers.google]\nclient_id = \"x\"\nclient_secret_file = \"{}\"\n", file.display());
    let config = loaded(&from_file, &[]).unwrap().config;
    assert_eq!(
        config.providers.find(ProviderName::Google).unwrap().client_secret.as_ref().unwrap().expose_secret(),
        "hunter2-from-file"
    );
    assert!(!format!("{config:?}").contains("hunter2"), "s_key_8");
    let ConfigError(both) = loaded(&format!("{from_file}client_secret = \"hunter2\"\n"), &[]).unwrap_err();
    assert!(!format!("{both:?}").contains("hunter2\""));
    assert_eq!(both[0].key, "providers.google.client_secret");
}

#[test]
fn s_key_1_production_needs_https_and_a_real_key() {
    let keys = |toml: &str| findings(toml).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys("mode = \"production\"\n"), ["public_url", "master_keys"]);
    let weak = "mode = \"production\"\npublic_url = \"https://login.example\"\nmaster_keys = [\"AAAA\"]\n";
    assert_eq!(keys(weak), ["master_keys"]);
    let good =
        format!("mode = \"production\"\npublic_url = \"https://login.example\"\nmaster_keys = [\"{KEY}\"]\n");
    let config = loaded(&good, &[]).unwrap().config;
    assert!(!config.simulators.enabled, "the default is off in production");
    assert!(matches!(config.mail.transport, MailTransport::Nowhere), "nobody would read the mailbox");
}

#[test]
fn s_ops_3_production_and_release_builds_refuse_simulators() {
    let toml = format!(
        "mode = \"production\"\npublic_url = \"https://login.example\"\nmaster_keys = [\"{KEY}\"]\n\
         [simulators]\nenabled = true\n"
    );
    assert_eq!(findings(&toml)[0].0, "simulators.enabled");
    let (_folder, release) = sources("[simulators]\nenabled = true\n", &[], Build::Release);
    assert_eq!(load(&release).unwrap_err().0[0].key, "simulators.enabled");
    let (_folder, release) = sources("", &[("DAEMUN_SIMULATORS__ENABLED", "true")], Build::Release);
    assert_eq!(load(&release).unwrap_err().0[0].key, "simulators.enabled");
    let (_folder, release) = sources("", &[], Build::Release);
    assert!(!load(&release).unwrap().config.simulators.enabled);
}

#[test]
fn mails_that_would_reach_nobody_or_go_in_the_clear_are_refused() {
    let keys = |toml: &str| findings(toml).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys("[mail]\ntransport = \"smtp\"\n"), ["mail.smtp_url"]);
    let smtp = |rest: &str| format!("[mail]\ntransport = \"smtp\"\n{rest}");
    assert_eq!(keys(&smtp("smtp_url = \"smtps://mail.example\"\n")), ["mail.from"]);
    assert_eq!(
        keys(&smtp("from = \"a@b.example\"\nsmtp_url = \"smtp://mail.example\"\n")),
        ["mail.smtp_url"]
    );
    assert_eq!(
        keys("[mail]\ntransport = \"pigeon\"\nlanguage = \"fr\"\n"),
        ["mail.transport", "mail.language"]
    );
    assert_eq!(keys(&MAIL.replace("a@login.example", "a@b\\r\\nBcc: c@d")), ["mail.from"]);
}

#[test]
fn s_key_8_the_mail_servers_password_is_in_no_print() {
    let config = loaded(MAIL, &[]).unwrap().config;
    assert!(!format!("{config:?}").contains("hunter2"));
    let ConfigError(findings) = loaded(&MAIL.replace("smtps:", "smtp:"), &[]).unwrap_err();
    assert!(!format!("{findings:?}").contains("hunter2"), "{findings:?}");
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for (url, allowed) in [
        ("http://localhost:3000", true),
        ("http://127.0.0.1:3000/", true),
        ("http://[::1]:3000", true),
        ("https://login.example", true),
        ("http://login.example", false),
        ("http://localhost.example", false),
        ("https://user@login.example", false),
        ("https://login.example/#x", false),
        ("https://login.example/path", false),
        ("ftp://login.example", false),
        ("login.example", false),
    ] {
        assert_eq!(loaded(&format!("public_url = \"{url}\"\n"), &[]).is_ok(), allowed, "{url}");
    }
}

#[test]
fn an_absent_file_is_fine_unless_it_was_asked_for() {
    let absent = |explicit| Sources {
        file: Some(PathBuf::from("no-such-folder/daemun.toml")),
        explicit,
        environment: Vec::new(),
        build: Build::Development,
    };
    assert!(load(&absent(false)).is_ok());
    assert!(load(&absent(true)).unwrap_err().to_string().contains("no-such-folder/daemun.toml"));
}

#[test]
fn a_file_that_was_there_has_to_be_there_when_it_is_read_again() {
    let (folder, sources) = sources("[limits]\nconnections = 7\n", &[], Build::Development);
    let at_start = Sources { explicit: false, ..sources };
    let later = at_start.again();
    assert_eq!(load(&later).unwrap().config.limits.connections.connections, 7);
    drop(folder);
    assert!(load(&at_start).is_ok(), "an absent file is fine where there never was one");
    assert!(load(&later.again()).unwrap_err().to_string().contains("daemun.toml"));
}

#[test]
fn broken_toml_names_its_line() {
    let ConfigError(findings) = loaded("mode = \"development\"\nlisten = \n", &[]).unwrap_err();
    assert!(findings[0].place.ends_with(":2"), "{findings:?}");
}

#[test]
fn what_kubernetes_writes_for_a_service_of_our_name_is_passed_over_and_a_typo_is_not() {
    let platform = [
        ("DAEMUN_SERVICE_HOST", "10.96.12.7"),
        ("DAEMUN_SERVICE_PORT", "3000"),
        ("DAEMUN_SERVICE_PORT_HTTP", "3000"),
        ("DAEMUN_PORT", "tcp://10.96.12.7:3000"),
        ("DAEMUN_PORT_3000_TCP", "tcp://10.96.12.7:3000"),
        ("DAEMUN_PORT_3000_TCP_ADDR", "10.96.12.7"),
        ("DAEMUN_PORT_3000_TCP_PORT", "3000"),
        ("DAEMUN_PORT_3000_TCP_PROTO", "tcp"),
        ("DAEMUN_OPS_SERVICE_HOST", "10.96.12.8"),
    ];
    assert_eq!(loaded("", &platform).unwrap().passed_over, platform.map(|(name, _)| name));
    let with_typo = [&platform[..], &[("DAEMUN_LISTENN", "127.0.0.1:3000")]].concat();
    let ConfigError(findings) = loaded("", &with_typo).unwrap_err();
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert!(finding.place.ends_with("DAEMUN_LISTENN") && finding.cure.contains("`listen`"), "{finding}");
}

#[test]
fn an_empty_variable_counts_as_absent() {
    let empty = [("DAEMUN_MODE", ""), ("DAEMUN_LIMITS__CONNECTIONS", " "), ("DAEMUN_SESSION__SCOPES", "")];
    let config = loaded("[limits]\nconnections = 7\n", &empty).unwrap().config;
    assert_eq!((config.mode, config.limits.connections.connections), (Mode::Development, 7));
}

#[test]
fn every_value_is_read_without_what_surrounds_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let google =
        format!("[providers.google]\nclient_id = \"x\"\nclient_secret_file = \"{}\"\n", file.display());
    for text in ["\u{feff}Zk3vQ9xT", "Zk3vQ9xT\r\n", "\u{feff} Zk3vQ9xT \n\n"] {
        std::fs::write(&file, text).unwrap();
        let config = loaded(&google, &[]).unwrap().config;
        assert_eq!(
            config
                .providers
                .find(ProviderName::Google)
                .unwrap()
                .client_secret
                .as_ref()
                .unwrap()
                .expose_secret(),
            "Zk3vQ9xT",
            "{text:?}"
        );
    }
    for (text, problem) in [
        ("Zk3v\nQ9xT", "line end"),
        ("Zk3v Q9xT", "blank"),
        ("Zk3v\u{200b}Q9xT", "ASCII"),
        ("비밀", "ASCII"),
        ("\0", "control"),
    ] {
        std::fs::write(&file, text).unwrap();
        let ConfigError(findings) = loaded(&google, &[]).unwrap_err();
        assert_eq!(findings[0].key, "providers.google.client_secret_file");
        assert!(
            findings[0].problem.contains(problem) && !findings[0].problem.contains("Zk3v"),
            "{findings:?}"
        );
    }
    let keys = folder.path().join("keys");
    std::fs::write(&keys, format!("\u{feff}{KEY}\r\n{KEY}\r\n")).unwrap();
    let config =
        loaded(&format!("\u{feff}master_keys_file = \"{}\"\r\n", keys.display()), &[]).unwrap().config;
    assert_eq!(config.master_keys.len(), 2);
    let carriage = [("DAEMUN_PUBLIC_URL", "http://localhost:3000\r"), ("DAEMUN_LIMITS__CONNECTIONS", "7\n")];
    assert_eq!(loaded("", &carriage).unwrap().config.limits.connections.connections, 7);
    let broken = [("DAEMUN_TOKENS__AUDIENCE", "a\u{fffd}")];
    assert!(loaded("", &broken).unwrap_err().0[0].problem.contains("UTF-8"));
}

#[test]
fn a_proxy_is_read_and_its_password_is_in_no_print() {
    let toml = "[outgoing]\nproxy = \"http://daemun:hunter2@proxy.corp:3128\"\nno_proxy = [\"sso.corp\"]\n";
    let config = loaded(toml, &[]).unwrap().config;
    assert_eq!(config.outgoing.proxy.as_ref().unwrap().credentials(), Some(("daemun", "hunter2")));
    assert!(!format!("{config:?}").contains("hunter2"), "s_key_8");
    let ConfigError(bad) = loaded(&toml.replace("http:", "socks5:"), &[]).unwrap_err();
    assert_eq!(bad[0].key, "outgoing.proxy");
    assert!(!format!("{bad:?}").contains("hunter2"));
    assert!(loaded("", &[("HTTPS_PROXY", "http://elsewhere:1")]).unwrap().config.outgoing.proxy.is_none());
}

#[test]
fn a_time_zone_is_named_as_in_the_iana_database() {
    let zone = |settings: &str| loaded(settings, &[]).unwrap().config.site.time_zone;
    assert_eq!(zone("").iana_name(), Some("Asia/Seoul"));
    assert_eq!(zone("[site]\ntime_zone = \"America/New_York\"\n").iana_name(), Some("America/New_York"));
    for bad in ["Seoul", "+09:00", ""] {
        let wrong = findings(&format!("[site]\ntime_zone = \"{bad}\"\n"));
        let [(key, cure)] = &wrong[..] else { panic!("{bad}: {wrong:?}") };
        assert_eq!(key, "site.time_zone");
        assert!(cure.contains("Asia/Seoul"), "{cure}");
    }
}

#[test]
fn s_acc_1_the_least_length_of_a_password_has_bounds() {
    assert_eq!(loaded("", &[]).unwrap().config.members.password_min_length, 10);
    let fifteen = [("DAEMUN_MEMBERS__PASSWORD_MIN_LENGTH", "15")];
    assert_eq!(loaded("", &fifteen).unwrap().config.members.password_min_length, 15);
    for bad in ["7", "65", "0", "-1", "\"long\"", "10.5"] {
        let wrong = findings(&format!("[members]\npassword_min_length = {bad}\n"));
        let [(key, cure)] = &wrong[..] else { panic!("{bad}: {wrong:?}") };
        assert_eq!(
            (key.as_str(), cure.as_str()),
            ("members.password_min_length", "Write a whole number from 8 to 64",)
        );
    }
}
