//! `daemun copy`: everything that the program keeps, to another database.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Args;
use db::{CopyError, DatabaseCopy, DatabaseSettings, DatabaseTransport, DatabaseUrl};

use super::configured;
use super::output::written;
use crate::config::{Config, Mode, Sources};
use crate::parts::list::PARTS;

#[derive(Args)]
pub(super) struct Copy {
    #[command(flatten)]
    places: Places,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct Places {
    /// The database to copy from; `database.url` of the configuration if left out.
    #[arg(long, value_name = "URL", value_parser = DatabaseUrl::parse)]
    from: Option<DatabaseUrl>,
    /// The database to copy to, which must be empty; `database.url` of the configuration if left out.
    #[arg(long, value_name = "URL", value_parser = DatabaseUrl::parse)]
    to: Option<DatabaseUrl>,
}

/// Why it was not copied.
#[derive(Debug, thiserror::Error)]
enum CopyCommandError {
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(
        "{option}: passwords and sessions would go to another host without verified TLS: add ?ssl-mode=VERIFY_IDENTITY&ssl-ca=FILE \
         (without ssl-ca the public authorities count)"
    )]
    Unverified { option: &'static str },
    #[error("the answer cannot be written")]
    Output(#[from] io::Error),
}

pub(super) async fn run(copy: &Copy, sources: &Sources) -> ExitCode {
    configured::run(sources, async |config| work(&copy.places, config).await).await
}

async fn work(places: &Places, config: &Config) -> Result<(), CopyCommandError> {
    let from = settings("--from", places.from.as_ref(), config)?;
    let to = settings("--to", places.to.as_ref(), config)?;
    let tables = PARTS.iter().flat_map(|part| part.storage.tables).map(|table| table.name);
    let copy = DatabaseCopy::begin(&from, &to, tables).await?;
    let (tables, mut rows) = (copy.tables().to_vec(), 0);
    for table in &tables {
        let copied = copy.copy(table).await?;
        rows += copied;
        if copied > 0 {
            written(writeln!(io::stdout().lock(), "{table:<28} {copied:>12}"))?;
        }
    }
    copy.finish().await?;
    let cure = "Now name the new database in `database.url`, and start with the same master key.";
    Ok(written(writeln!(io::stdout().lock(), "{} tables, {rows} rows. {cure}", tables.len()))?)
}

/// Those of the configuration, for another place if one is given.
fn settings(
    option: &'static str,
    url: Option<&DatabaseUrl>,
    config: &Config,
) -> Result<DatabaseSettings, CopyCommandError> {
    let Some(url) = url else { return Ok(config.database.clone()) };
    // The configuration's own place was looked at when it was read.
    if config.mode == Mode::Production && url.transport() == DatabaseTransport::Unverified {
        return Err(CopyCommandError::Unverified { option });
    }
    Ok(DatabaseSettings { url: url.clone(), read_url: None, ..config.database.clone() })
}
