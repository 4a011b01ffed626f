//! The relying party: what browsers are asked, and how their answers are checked. The library verifies an answer against its
//! challenge; what it leaves to us is here.

use kernel::Timestamp;
use names::MemberId;
use names::id::Uuid;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    Credential, DiscoverableAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::failure::Failure;
use crate::passkeys::client_data;
use crate::passkeys::passkey::SigningPasskey;
use crate::passkeys::settings::PasskeySettings;
use crate::passkeys::store::passkeys::Use;

const BROKEN: Failure = Failure::Internal("the library for passkeys refuses to ask");

/// What a browser is asked, and what is kept of that until it answers.
pub(crate) struct Asked {
    /// What the browser gets as `publicKey`.
    pub(crate) options: Value,
    /// What its answer is checked against.
    pub(crate) state: Vec<u8>,
}

/// Why an answer does not count: a code for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfit(pub(crate) &'static str);

/// The audit reason when a key signed a counter value that it had signed before: it may have been copied.
pub(crate) const COPIED: Unfit = Unfit("passkey_counter");
/// What cannot be read.
pub(crate) const MALFORMED: Unfit = Unfit("passkey_malformed");
const ORIGIN: Unfit = Unfit("passkey_origin");

/// What a browser says of a key that it made.
pub(crate) struct NewKey {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) credential: String,
    pub(crate) aaguid: Uuid,
    pub(crate) transports: String,
    pub(crate) counter: u32,
    pub(crate) backup_eligible: bool,
    pub(crate) backed_up: bool,
}

/// The site, as authenticators know it.
pub(crate) struct RelyingParty {
    webauthn: Webauthn,
    rp_id: String,
    /// As browsers write them.
    origins: Vec<String>,
}

impl RelyingParty {
    /// # Errors
    /// When the domain is not one of our own origin.
    pub(crate) fn new(settings: &PasskeySettings) -> Result<Self, Failure> {
        const UNFIT: Failure = Failure::Internal("passkeys are not for the domain of the site");
        let (own, others) = settings.origins.split_first().ok_or(UNFIT)?;
        let builder = WebauthnBuilder::new(&settings.rp_id, own).map_err(|_| UNFIT)?;
        let builder = others.iter().fold(builder, WebauthnBuilder::append_allowed_origin);
        let webauthn = builder.rp_name(&settings.name).build().map_err(|_| UNFIT)?;
        let origins = settings.origins.iter().map(|origin| origin.origin().ascii_serialization()).collect();
        Ok(Self { webauthn, rp_id: settings.rp_id.clone(), origins })
    }

    /// The domain for which passkeys are made.
    pub(crate) fn rp_id(&self) -> &str {
        &self.rp_id
    }

    /// Asks for any passkey of this site. No key is named, so that nothing tells who has one.
    pub(crate) fn ask(&self) -> Result<Asked, Failure> {
        let (asked, state) = self.webauthn.start_discoverable_authentication().map_err(|_| BROKEN)?;
        let mut options = written(&asked.public_key)?;
        if let Some(options) = options.as_object_mut() {
            options.remove("allowCredentials");
            options.remove("extensions");
        }
        Ok(Asked { options, state: kept(&state)? })
    }

    /// Whether the passkey signed what was asked: challenge, kind, origin, domain, user verification, signature, count.
    pub(crate) fn check(
        &self,
        state: &[u8],
        Answer(answer): &Answer,
        passkey: &SigningPasskey,
        now: Timestamp,
    ) -> Result<Use, Unfit> {
        let state: DiscoverableAuthentication = read(state)?;
        if !client_data::is_from(&self.origins, &answer.response.client_data_json) {
            return Err(ORIGIN);
        }
        let mut credential: Credential = read(passkey.credential.as_bytes())?;
        credential.counter = passkey.counter;
        credential.backup_eligible = passkey.backup_eligible;
        credential.backup_state = passkey.backed_up;
        let used = self.webauthn.finish_discoverable_authentication_v2(answer, state, credential);
        let used = used.map_err(|error| unfit(&error))?;
        Ok(Use { counter: used.counter(), backed_up: used.backup_state(), at: now })
    }

    /// Asks for a new passkey that can be found without a name, and that none of the `known` ones is.
    pub(crate) fn offer(&self, owner: &Owner<'_>, known: Vec<Vec<u8>>) -> Result<Asked, Failure> {
        let Owner { member, name, nickname } = *owner;
        let (asked, state) = self
            .webauthn
            .start_passkey_registration(member.uuid(), name, nickname, Some(known))
            .map_err(|_| BROKEN)?;
        let mut options = written(&asked.public_key)?;
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok(Asked { options, state: kept(&state)? })
    }

    /// The key that a browser made as it was asked.
    pub(crate) fn accept(&self, state: &[u8], answer: Value) -> Result<NewKey, Unfit> {
        let state: PasskeyRegistration = read(state)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer).map_err(|_| MALFORMED)?;
        if answer.type_ != "public-key" {
            return Err(MALFORMED);
        }
        if !client_data::is_from(&self.origins, &answer.response.client_data_json) {
            return Err(ORIGIN);
        }
        let passkey =
            self.webauthn.finish_passkey_registration(&answer, &state).map_err(|error| unfit(&error))?;
        if answer.extensions.cred_props.as_ref().is_some_and(|properties| properties.rk == Some(false)) {
            return Err(Unfit("passkey_not_discoverable"));
        }
        let credential = Credential::from(passkey);
        if credential.cred_id != answer.raw_id {
            return Err(MALFORMED);
        }
        Ok(NewKey {
            credential: serde_json::to_string(&credential).map_err(|_| MALFORMED)?,
            aaguid: aaguid(&answer.response.attestation_object),
            transports: transports(&answer),
            counter: credential.counter,
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backup_state,
            credential_id: credential.cred_id,
        })
    }
}

/// For whom a passkey is made.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) member: MemberId,
    /// What tells accounts apart in a list of passkeys.
    pub(crate) name: &'a str,
    pub(crate) nickname: &'a str,
}

/// A browser's answer to somebody who signs in.
pub(crate) struct Answer(PublicKeyCredential);

impl Answer {
    pub(crate) fn read(answer: Value) -> Result<Self, Unfit> {
        let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(|_| MALFORMED)?;
        if answer.type_ == "public-key" { Ok(Self(answer)) } else { Err(MALFORMED) }
    }

    /// The id of the key that signed.
    pub(crate) fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    /// The owner that it claims.
    pub(crate) fn owner(&self) -> Option<MemberId> {
        let handle = self.0.get_user_unique_id()?;
        Uuid::from_slice(handle).ok().map(MemberId::from_uuid)
    }
}

fn written(options: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(options).map_err(|_| BROKEN)
}

fn kept(state: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(state).map_err(|_| BROKEN)
}

/// What we wrote ourselves. A newer version may have written it otherwise.
fn read<T: DeserializeOwned>(stored: &[u8]) -> Result<T, Unfit> {
    serde_json::from_slice(stored).map_err(|_| Unfit("passkey_unreadable"))
}

fn unfit(error: &WebauthnError) -> Unfit {
    Unfit(match error {
        WebauthnError::InvalidClientDataType => "passkey_type",
        WebauthnError::MismatchedChallenge => "passkey_challenge",
        WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => return ORIGIN,
        WebauthnError::InvalidRPIDHash => "passkey_rp_id",
        WebauthnError::UserNotPresent => "passkey_not_present",
        WebauthnError::UserNotVerified => "passkey_not_verified",
        WebauthnError::AuthenticationFailure => "passkey_signature",
        WebauthnError::CredentialPossibleCompromise => return COPIED,
        WebauthnError::CredentialAlteredAlgFromRequest | WebauthnError::COSEKeyInvalidAlgorithm => {
            "passkey_algorithm"
        }
        WebauthnError::CredentialBackupEligibilityInconsistent
        | WebauthnError::CredentialMayNotBeHardwareBound => "passkey_backup",
        _ => return MALFORMED,
    })
}

/// The model of what keeps the key; zeros where that is not said. It is behind the hash of the domain (32 bytes), the flags
/// (1) and the count (4).
fn aaguid(attestation: &[u8]) -> Uuid {
    #[derive(Deserialize)]
    struct Attestation<'a> {
        #[serde(rename = "authData", borrow)]
        auth_data: &'a [u8],
    }
    let object: Option<Attestation<'_>> = serde_cbor_2::from_slice(attestation).ok();
    let model = object.and_then(|object| object.auth_data.get(37..53));
    model.and_then(|model| Uuid::from_slice(model).ok()).unwrap_or_default()
}

/// The longest list that is kept; there are seven kinds.
const MAX_TRANSPORTS_BYTES: usize = 200;

fn transports(answer: &RegisterPublicKeyCredential) -> String {
    let listed = serde_json::to_string(&answer.response.transports).unwrap_or_default();
    if listed.starts_with('[') && listed.len() <= MAX_TRANSPORTS_BYTES { listed } else { "[]".to_owned() }
}
