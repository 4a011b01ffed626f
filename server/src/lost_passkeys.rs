//! Passkeys of another domain than the configured one let nobody in: whom that would lock out.

use db::{Database, DbError};

use crate::config::Config;

/// Members who could not sign in any more.
#[derive(Debug, thiserror::Error)]
#[error(
    "`passkeys.rp_id`: {members} members could not sign in any more, since all that they have is passkeys of another domain than \
     `{rp_id}`. Write the domain that it was before, or start with --accept-lost-passkeys"
)]
pub struct LostPasskeys {
    /// How many members could not sign in any more.
    pub members: u64,
    /// The domain that is configured.
    pub rp_id: String,
}

/// Who would be locked out, unless that is accepted.
///
/// # Errors
/// When the database refuses.
pub async fn lost(config: &Config, db: &Database) -> Result<Option<LostPasskeys>, DbError> {
    let Some(settings) = config.passkeys.settings.as_ref().filter(|_| !config.passkeys.accepts_lost) else {
        return Ok(None);
    };
    let members = members::stranded_by(db, &settings.rp_id).await?;
    Ok((members > 0).then(|| LostPasskeys { members, rp_id: settings.rp_id.clone() }))
}
