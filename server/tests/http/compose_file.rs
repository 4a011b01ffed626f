//! The cluster of compose.yaml, which operators try first: the program accepts the settings that it gets there.

use server::config::{self, Build, ConfigError, Sources};

/// Where the containers have the certificate of the mail server.
const CERTIFICATES: &str = "/certificate";

/// The variables that compose.yaml gives each replica, with the certificate in `folder`.
fn environment(folder: &str) -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../compose.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let settings = text.lines().skip_while(|line| !line.ends_with("environment: &settings")).skip(1);
    let settings = settings.take_while(|line| line.starts_with("    ")).map(str::trim);
    let pair = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.replace(CERTIFICATES, folder))
    };
    settings.filter(|line| !line.starts_with('#')).map(pair).collect()
}

#[test]
fn the_program_accepts_the_settings_of_the_cluster_in_containers() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["mail".to_owned()]).unwrap();
    std::fs::write(folder.path().join("mail.pem"), made.cert.pem()).unwrap();
    let environment = environment(folder.path().to_str().unwrap());
    assert!(environment.len() >= 10, "{environment:?}");
    let sources = Sources { file: None, explicit: false, environment, build: Build::Release };
    let ConfigError(mut findings) = config::load(&sources).err().unwrap_or(ConfigError(Vec::new()));
    // The release has Kafka's client, whatever this test is built with.
    findings.retain(|finding| cfg!(feature = "kafka") || finding.key != "events.bus");
    assert!(findings.is_empty(), "{}", ConfigError(findings));
}
