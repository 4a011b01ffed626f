//! The keys of `[kafka]` that say how brokers are spoken to.

use events::{KafkaClientCertificate, KafkaLogin, KafkaSecurity, KafkaTls};
use kernel::SecretString;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::reader::Reader;

pub(super) fn security(reader: &Reader) -> KafkaSecurity {
    let key = "kafka.security";
    let (tls, login) = (tls(reader), login(reader));
    let (with_tls, with_login) = match reader.text(key).as_str() {
        "plaintext" => (false, false),
        "ssl" => (true, false),
        "sasl_plaintext" => (false, true),
        "sasl_ssl" => (true, true),
        other => {
            let problem = format!("`{other}` is not allowed here");
            reader.wrong(key, problem, "Write \"plaintext\", \"ssl\", \"sasl_plaintext\" or \"sasl_ssl\"");
            (false, false)
        }
    };
    if with_login && (login.username.is_empty() || login.password.is_none()) {
        let missing = if login.username.is_empty() { "kafka.username" } else { "kafka.password" };
        reader.wrong(missing, "`kafka.security` needs it", "Write the one that was given to you");
    }
    if !with_tls && (tls.authority.is_some() || tls.client.is_some()) {
        reader.wrong(
            key,
            "a certificate is named, and nothing is encrypted",
            "Write \"ssl\" or \"sasl_ssl\"",
        );
    }
    if !with_login && login.password.is_some() {
        reader.wrong(key, "a password is given, and nobody is asked for one", "Write \"sasl_ssl\"");
    }
    let Login { mechanism, username, password } = login;
    KafkaSecurity {
        tls: with_tls.then_some(tls),
        login: password.filter(|_| with_login).map(|password| KafkaLogin { mechanism, username, password }),
    }
}

struct Login {
    mechanism: String,
    username: String,
    password: Option<SecretString>,
}

fn login(reader: &Reader) -> Login {
    Login {
        mechanism: reader.one_of("kafka.sasl_mechanism", &["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
        username: reader.word("kafka.username"),
        password: reader.secret("kafka.password"),
    }
}

fn tls(reader: &Reader) -> KafkaTls {
    let text = |key, wanted: Pem| {
        let path = reader.text(key);
        if path.is_empty() {
            return None;
        }
        let text = reader.file(key, &path)?;
        if !wanted.is_in(&text) {
            reader.wrong(key, format!("the file {path} has no {} in PEM", wanted.name()), wanted.cure());
        }
        Some(text)
    };
    let authority = text("kafka.ca_file", Pem::Certificate);
    let certificate = text("kafka.certificate_file", Pem::Certificate);
    let client = match (certificate, text("kafka.key_file", Pem::Key)) {
        (Some(certificate), Some(key)) => Some(KafkaClientCertificate { certificate, key: key.into() }),
        (None, None) => None,
        (certificate, _) => {
            let missing = if certificate.is_none() { "kafka.certificate_file" } else { "kafka.key_file" };
            reader.wrong(missing, "a certificate and its key belong together", "Name both, or neither");
            None
        }
    };
    KafkaTls { authority, client }
}

/// What a file in PEM has to hold.
#[derive(Clone, Copy)]
enum Pem {
    Certificate,
    Key,
}

impl Pem {
    const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Key => "private key",
        }
    }

    const fn cure(self) -> &'static str {
        match self {
            Self::Certificate => "Name a file that begins with -----BEGIN CERTIFICATE-----",
            Self::Key => "Name a file that begins with -----BEGIN PRIVATE KEY-----",
        }
    }

    /// Whether the text has at least one, and nothing of the kind that cannot be read.
    fn is_in(self, text: &str) -> bool {
        let text = text.as_bytes();
        match self {
            Self::Certificate => {
                let mut all = CertificateDer::pem_slice_iter(text).peekable();
                all.peek().is_some() && all.all(|one| one.is_ok())
            }
            // Its password is a property of librdkafka, `ssl.key.password`.
            Self::Key => PrivateKeyDer::from_pem_slice(text).is_ok() || is_encrypted(text),
        }
    }
}

fn is_encrypted(key: &[u8]) -> bool {
    // As PKCS #8 has it, and as older programs write it.
    const MARKS: [&[u8]; 2] = [b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED"];
    MARKS.iter().any(|mark| key.windows(mark.len()).any(|part| part == *mark))
}

#[cfg(test)]
mod tests {
    use crate::config::tests::{found, loaded};

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        let login = "security = \"sasl_ssl\"\nusername = \"daemun\"\npassword = \"x\"\n";
        let config = loaded(&format!("[kafka]\nbrokers = \"a:1\"\n{login}"), &[]).unwrap().config;
        assert_eq!(config.events.kafka.unwrap().security.protocol(), "sasl_ssl");
        for (toml, key) in [
            ("security = \"tls\"", "kafka.security"),
            ("security = \"sasl_ssl\"\nusername = \"daemun\"", "kafka.password"),
            ("security = \"sasl_ssl\"\npassword = \"x\"", "kafka.username"),
            ("password = \"x\"", "kafka.security"),
            ("sasl_mechanism = \"GSSAPI\"", "kafka.sasl_mechanism"),
            ("ca_file = \"/nowhere\"", "kafka.ca_file"),
        ] {
            assert_eq!(found(&format!("[kafka]\n{toml}\n")), [key], "{toml}");
        }
    }

    #[test]
    fn files_of_certificates_and_keys_are_in_pem() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let torn = certificate.replace("MII", "M=I");
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            format!("{}", path.display())
        };
        let (certificate, key) = (file("certificate", &certificate), file("key", &key));
        let (torn, word) = (file("torn", &torn), file("word", "a certificate"));
        let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let locked = file("locked", locked);
        let older = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        let older = file("older", older);
        let found = |ca: &str, certificate: &str, key: &str| {
            found(&format!(
                "[kafka]\nbrokers = \"a:1\"\nsecurity = \"ssl\"\nca_file = \"{ca}\"\n\
                certificate_file = \"{certificate}\"\nkey_file = \"{key}\"\n"
            ))
        };
        for key in [&key, &locked, &older] {
            assert_eq!(found(&certificate, &certificate, key), [""; 0], "{key}");
        }
        for wrong in [&torn, &word, &key] {
            assert_eq!(found(wrong, &certificate, &key), ["kafka.ca_file"], "{wrong}");
            assert_eq!(found(&certificate, wrong, &key), ["kafka.certificate_file"], "{wrong}");
        }
        for wrong in [&word, &certificate] {
            assert_eq!(found(&certificate, &certificate, wrong), ["kafka.key_file"], "{wrong}");
        }
    }
}
