//! The secret that a member's authenticator app shares with us.

use std::fmt;

use kernel::{Randomness, Timestamp};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::failure::Failure;

/// What RFC 4226 section 4 recommends: as long as a hash of SHA-1.
const LEN: usize = 20;

/// How long a code is shown.
const STEP_SECONDS: u64 = 30;

/// How many steps a device's clock may be off, either side.
const MAX_SKEW_STEPS: u16 = 1;

/// The secret. Wiped when dropped, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Seed([u8; LEN]);

impl Seed {
    pub(crate) fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; LEN];
        randomness.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads what [`Self::bytes`] gave.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) const fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The number of the step whose code was typed, if that is now or one step away.
    pub(crate) fn step_of(&self, typed: &str, now: Timestamp) -> Result<Option<i64>, Failure> {
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let step = self.totp(Builder::new())?.check(typed, seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    /// What an authenticator app reads: for whom the codes are, and the secret.
    pub(crate) fn address(&self, site: &str, account: &str) -> Result<String, Failure> {
        let named = |text: &str| text.replace(':', " ");
        let builder = Builder::new().with_account_name(named(account)).with_issuer(Some(named(site)));
        self.totp(builder)?
            .to_url()
            .map_err(|_| Failure::Internal("the address of one-time codes cannot be made"))
    }

    /// The secret in groups of four characters, to be typed.
    pub(crate) fn text(&self) -> String {
        let characters: Vec<char> = Secret::from(self.0.to_vec()).to_base32().chars().collect();
        characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }

    fn totp(&self, builder: Builder) -> Result<Totp, Failure> {
        // What every authenticator app can do; SHA-1 is not weak here (RFC 6238 section 1.2).
        let builder = builder.with_algorithm(Algorithm::SHA1).with_digits(6);
        let builder = builder.with_step_duration(STEP_SECONDS).with_skew(MAX_SKEW_STEPS);
        let built = builder.with_secret(self.0.to_vec()).build();
        built.map_err(|_| Failure::Internal("one-time codes cannot be made"))
    }
}

/// Keeps the secret out of logs and panics (S-KEY-8).
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// Six digits as people type them, with or without spaces.
pub(crate) fn six_digits(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|character| !character.is_whitespace()).take(7).collect();
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, of whose eight digits the last six count.
    #[test]
    fn s_acc_16_codes_are_those_of_the_rfc() {
        let seed = Seed::read(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let at = |seconds: i64| seed.step_of(code, Timestamp::from_millis(seconds * 1000)).unwrap();
            for off in [0, 30, -30] {
                assert_eq!(at(seconds + off), Some(seconds / 30), "{code} {off}");
            }
            // No code is from before 1970.
            for off in [90, -90].into_iter().filter(|off| seconds + off >= 0) {
                assert_eq!(at(seconds + off), None, "{code} {off}");
            }
        }
    }

    #[test]
    fn an_authenticator_app_is_told_for_whom_the_codes_are() {
        let seed = Seed::read(b"12345678901234567890").unwrap();
        let address = seed.address("Daemun", "hong@example.com").unwrap();
        assert!(address.starts_with("otpauth://totp/Daemun:hong%40example.com?"), "{address}");
        assert!(address.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{address}");
        assert!(address.contains("issuer=Daemun"), "{address}");
        assert_eq!(seed.text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(format!("{seed:?}"), "[REDACTED]");
    }

    #[test]
    fn digits_are_read_however_they_are_typed() {
        assert_eq!(six_digits(" 012 345\n").as_deref(), Some("012345"));
        for bad in ["", "12345", "1234567", "12345a", "-12345", "１２３４５６"] {
            assert_eq!(six_digits(bad), None, "{bad}");
        }
    }
}
