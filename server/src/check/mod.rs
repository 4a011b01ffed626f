//! What `daemun check` looks at around a configuration that is right in itself.

mod clocks;
mod kafka;
mod outgoing;
mod passkeys;
mod secret_files;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use db::Database;
use kernel::OsRandomness;
use tokio::net::TcpListener;

use crate::config::{Config, Mode};
use crate::data_dir::{self, prepare_data_dir};
use crate::environment::site_folder;
use crate::gateway::routes;
use crate::http::assets::Assets;
use crate::listeners::{Listeners, Serving};
use crate::{authorization, mail, master_key};

pub use crate::config::Finding;

/// The shortest time for which Korean law wants the access log to be kept.
const MIN_ACCESS_LOG_RETENTION: Duration = Duration::from_hours(24 * 365);

/// Everything that would keep the program from starting, each with its cure. The ports of one that serves by this configuration already
/// are as they should be.
pub async fn findings(config: &Config, serving: Option<Serving>) -> Vec<Finding> {
    let mut findings = of_settings(config);
    findings.extend(data_dir(&config.data_dir));
    findings.extend(keys(config));
    findings.extend(assets());
    if serving.is_none() {
        findings.extend(ports(&Listeners::of(config).addresses).await);
    }
    findings.extend(mail_server(config).await);
    // One that cannot be opened has its own finding.
    if let Ok(db) = Database::connect(&config.database).await {
        findings.extend(clocks::apart(&db).await);
        findings.extend(passkeys::of_another_domain(config, &db).await);
        db.close().await;
    }
    findings.extend(kafka::cluster(config).await);
    if let Some(proxy) = &config.outgoing.proxy {
        findings.extend(outgoing::proxy(proxy, config).await);
    }
    findings
}

/// What is wrong or doubtful in settings, whatever is around them: that is true as long as the program runs, so that it is also logged at
/// the start and told to operators.
pub fn of_settings(config: &Config) -> Vec<Finding> {
    let mut findings = of_routes(config);
    findings.extend(match authorization::clients(config) {
        Ok(clients) => authorization::doubts(config, &clients),
        Err(error) => error.0,
    });
    findings.extend(config.providers.doubts());
    findings.extend(secret_files::readable(config));
    if config.admin.access_log.get() < MIN_ACCESS_LOG_RETENTION {
        findings.push(Finding::new(
            "admin.access_log",
            "operators in Korea must keep for at least a year who saw whose data, and for two with the data of 50,000 people",
            "Write at least 365d",
        ));
    }
    if config.mode == Mode::Production && !config.ops_listen.ip().is_loopback() {
        findings.push(Finding::new(
            "ops_listen",
            format!("{} may be reached from outside", config.ops_listen),
            "Bind it to a loopback or a private address, or close the port in the firewall",
        ));
    }
    findings
}

/// The same of the gateway's routes alone.
pub fn of_routes(config: &Config) -> Vec<Finding> {
    match routes::table(config) {
        Ok(table) => routes::doubts(config, &table),
        Err(error) => error.0,
    }
}

/// The ring of the configured keys. That of development is made at the first start.
fn keys(config: &Config) -> Option<Finding> {
    if config.master_keys.is_empty() {
        return None;
    }
    let error = master_key::ring(&config.master_keys, &config.data_dir, &OsRandomness).err()?;
    Some(Finding::new("master_keys", error.to_string(), "Write one that `openssl rand -base64 32` prints"))
}

fn assets() -> Option<Finding> {
    let folder = site_folder();
    let error = Assets::load(&folder).err()?;
    let problem = format!("the site's files in {} cannot be read: {error}", folder.display());
    Some(Finding::new("(site)", problem, "`make build` makes them"))
}

async fn mail_server(config: &Config) -> Option<Finding> {
    let tried = match mail::smtp(&config.mail) {
        Ok(None) => Ok(()),
        Ok(Some(smtp)) => smtp.try_out().await,
        Err(error) => Err(error),
    };
    tried.err().map(|error| {
        Finding::new(
            "mail.smtp_url",
            error.to_string(),
            "Start the mail server, or correct the address, the name, the password or `mail.smtp_ca_file`",
        )
    })
}

fn data_dir(path: &Path) -> Option<Finding> {
    let error = prepare_data_dir(path).err()?;
    Some(Finding::new(
        "data_dir",
        format!("{} cannot be written: {error}", path.display()),
        data_dir::cure(&error),
    ))
}

/// The addresses at which the program could not listen. Each is held until the last was tried, as when it serves: two of its own at one
/// port are no better than one that is taken.
async fn ports(addresses: &[(&'static str, SocketAddr)]) -> Vec<Finding> {
    let (mut held, mut findings) = (Vec::new(), Vec::new());
    for (key, address) in addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => held.push((key, address, listener)),
            Err(error) => {
                let own = held.iter().find(|(_, other, _)| meet(other, address));
                let cure = own.map_or_else(
                    || "Stop the program that uses it, or choose another address".to_owned(),
                    |(other, ..)| format!("Choose another port than that of `{other}`"),
                );
                findings.push(Finding::new(key, format!("cannot listen on {address}: {error}"), cure));
            }
        }
    }
    findings
}

/// Whether two listeners would take each other's connections.
fn meet(one: &SocketAddr, other: &SocketAddr) -> bool {
    let all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (all || one.ip() == other.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_and_an_unwritable_folder_are_found() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap();
        let found = ports(&[("listen", address)]).await;
        assert!(
            found[0].problem.contains(&address.to_string()) && found[0].cure.contains("Stop"),
            "{found:?}"
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(data_dir(&file.path().join("below-a-file")).is_some());
        assert!(data_dir(tempfile::tempdir().unwrap().path()).is_none());
    }

    #[tokio::test]
    async fn two_listeners_of_the_program_at_one_port_are_found() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let everywhere = SocketAddr::from(([0, 0, 0, 0], address.port()));
        for first in [address, everywhere] {
            let found = ports(&[("listen", first), ("ops_listen", address)]).await;
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].key, "ops_listen");
            assert!(found[0].cure.contains("`listen`"), "{found:?}");
        }
        assert_eq!(ports(&[("listen", address)]).await, Vec::new(), "they are not held any longer");
    }
}
