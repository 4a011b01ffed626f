//! The symmetric secrets that sign webhooks (Standard Webhooks 1.0).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::Timestamp;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";
/// The length of a secret in bytes, by Standard Webhooks.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that a receiver shares with us. It does not print.
#[derive(Clone)]
pub struct WebhookSecret(hmac::Key);

/// Why a text is not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It is not `whsec_` and base64.
    #[error("it is not `whsec_` and base64 behind it")]
    Form,
    /// It has too few bytes, or too many.
    #[error("it has {0} bytes behind `whsec_`, not 24 to 64")]
    Length(usize),
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}

impl WebhookSecret {
    /// Parses `whsec_` and the base64 of 24 to 64 bytes.
    ///
    /// # Errors
    /// When it has another form or length.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretError::Form)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| SecretError::Form)?);
        if !LENGTHS.contains(&bytes.len()) {
            return Err(SecretError::Length(bytes.len()));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The signature of a body with this id and time: `v1,` and the base64 of an HMAC-SHA-256.
    pub(crate) fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let mut signing = hmac::Context::with_key(&self.0);
        signing.update(format!("{id}.{}.", at.seconds()).as_bytes());
        signing.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(signing.sign()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The example of the reference libraries.
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Timestamp::from_millis(1_614_265_330_000),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_of_24_to_64_bytes_and_prints_nothing() {
        let of = |bytes: usize| WebhookSecret::parse(&format!("whsec_{}", STANDARD.encode(vec![7; bytes])));
        assert_eq!(of(23).unwrap_err(), SecretError::Length(23));
        assert_eq!(of(65).unwrap_err(), SecretError::Length(65));
        assert!(of(24).is_ok() && of(64).is_ok());
        assert_eq!(format!("{:?}", of(24).unwrap()), "WebhookSecret");
        for bad in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%"] {
            assert!(WebhookSecret::parse(bad).is_err(), "{bad}");
        }
    }
}
