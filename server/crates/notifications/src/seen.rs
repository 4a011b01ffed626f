//! The table `seen_places`: the devices and networks from which each member signed in.

use std::time::Duration;

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::{KeyRing, MasterKeyId, Purpose, Timestamp};
use names::MemberId;

use crate::device::Device;
use crate::network::Network;

/// How long a place is remembered after the last sign-in from there.
const RETENTION: Duration = Duration::from_hours(24 * 180);
/// How many places of a member are kept. Each sign-in checks all of them.
const MAX_PLACES: i64 = 200;
const PURPOSE: Purpose = Purpose::new("seen-place");
/// The marker for a member who has not signed in since the sign-up.
const NEWCOMER: &str = "newcomer";

db::statements! {
    OF_MEMBER = "SELECT tag, key_id FROM seen_places WHERE member_id = ? ORDER BY keep_until DESC LIMIT ?";
    KNOWN_OF_MEMBER = "SELECT tag, keep_until FROM seen_places WHERE member_id = ? ORDER BY keep_until DESC LIMIT ?";
    INSERT = "INSERT INTO seen_places (member_id, tag, key_id, keep_until) VALUES (?, ?, ?, ?)";
    /// Replaces a tag of an older master key by one of the newest, so that the older key can be removed.
    TOUCH = "UPDATE seen_places SET tag = ?, key_id = ?, keep_until = ? WHERE member_id = ? AND tag = ?";
    DELETE = "DELETE FROM seen_places WHERE member_id = ? AND tag = ?";
    /// The oldest tags beyond the bound. A sign-in adds two at most.
    SURPLUS = "SELECT tag FROM seen_places WHERE member_id = ? ORDER BY keep_until DESC, tag LIMIT 10 OFFSET ?";
}

/// A row of the table, as far as it can be recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeenPlace {
    /// A device.
    Device(Device),
    /// One of the networks that were asked about.
    Network(String),
    /// The marker of a new member, whose first sign-in causes no mail.
    Newcomer,
    /// A network that was not asked about; only its checksum is known.
    Checksum,
}

/// The places from which `member` signed in, and until when each is remembered, latest first. Only checksums of networks are
/// stored: those in `networks`, as [`Network`] prints them, are recognised.
///
/// # Errors
/// When the database refuses.
pub async fn seen_places(
    connection: &mut Connection,
    key_ring: &KeyRing,
    member: MemberId,
    networks: &[String],
) -> Result<Vec<(SeenPlace, Timestamp)>, DbError> {
    let places = Places { key_ring, member, now: Timestamp::from_millis(0) };
    let rows = query(KNOWN_OF_MEMBER).bind(places.member()).bind(MAX_PLACES).fetch_all(connection).await?;
    let read = |row: &db::AnyRow| {
        let tag: Vec<u8> = row.try_get("tag")?;
        Ok((places.recognise(&tag, networks), Timestamp::from_millis(row.try_get("keep_until")?)))
    };
    rows.iter().map(read).collect()
}

/// What is known of a member.
struct KnownTags {
    tags: Vec<Vec<u8>>,
    /// Whether a place can be told from them: there are none, or some are of a key of the ring.
    can_be_told: bool,
}

/// The places of one member.
pub(crate) struct Places<'a> {
    pub(crate) key_ring: &'a KeyRing,
    pub(crate) member: MemberId,
    pub(crate) now: Timestamp,
}

impl Places<'_> {
    /// Notes that the member has just signed up, so that their first sign-in causes no mail.
    pub(crate) async fn expect_first(&self, tx: &mut Transaction) -> Result<(), DbError> {
        self.insert(tx, NEWCOMER).await
    }

    /// Notes a sign-in, and returns whether it is worth a mail: it comes from a new device or network and is not the first one
    /// after the sign-up. Where no tag is of a key of the ring, nothing can be told: the master key was replaced since the member last
    /// signed in, and a mail to each of them would be about our keys.
    pub(crate) async fn note(
        &self,
        tx: &mut Transaction,
        device: Device,
        network: Network,
    ) -> Result<bool, DbError> {
        let KnownTags { tags: known, can_be_told } = self.known(tx).await?;
        let newcomer = self.find(&known, NEWCOMER);
        if let Some(tag) = newcomer {
            query(DELETE).bind(self.member()).bind(tag.clone()).execute(&mut **tx).await?;
        }
        let mut new = false;
        for place in [of_device(device), of_network(&network.to_string())] {
            if let Some(tag) = self.find(&known, &place) {
                query(TOUCH)
                    .bind(self.tag(&place))
                    .bind(self.key_id())
                    .bind(self.keep_until())
                    .bind(self.member())
                    .bind(tag.clone())
                    .execute(&mut **tx)
                    .await?;
            } else {
                self.insert(tx, &place).await?;
                new = true;
            }
        }
        if new && known.len() as u64 >= MAX_PLACES.unsigned_abs() {
            self.drop_surplus(tx).await?;
        }
        Ok(new && newcomer.is_none() && can_be_told)
    }

    /// Deletes the oldest places of a member who has too many.
    async fn drop_surplus(&self, tx: &mut Transaction) -> Result<(), DbError> {
        let surplus = query(SURPLUS).bind(self.member()).bind(MAX_PLACES).fetch_all(&mut **tx).await?;
        for row in surplus {
            let tag: Vec<u8> = row.try_get("tag")?;
            query(DELETE).bind(self.member()).bind(tag).execute(&mut **tx).await?;
        }
        Ok(())
    }

    fn recognise(&self, tag: &[u8], networks: &[String]) -> SeenPlace {
        let is = |place: &str| self.key_ring.authentic(PURPOSE, self.message(place).as_bytes(), tag);
        if is(NEWCOMER) {
            return SeenPlace::Newcomer;
        }
        if let Some(device) = Device::all().find(|device| is(&of_device(*device))) {
            return SeenPlace::Device(device);
        }
        let network = networks.iter().find(|network| is(&of_network(network)));
        network.map_or(SeenPlace::Checksum, |network| SeenPlace::Network(network.clone()))
    }

    async fn known(&self, tx: &mut Transaction) -> Result<KnownTags, DbError> {
        let rows = query(OF_MEMBER).bind(self.member()).bind(MAX_PLACES).fetch_all(&mut **tx).await?;
        let (mut tags, mut can_be_told) = (Vec::with_capacity(rows.len()), rows.is_empty());
        for row in &rows {
            tags.push(row.try_get("tag")?);
            let key: Option<String> = row.try_get("key_id")?;
            // One from before keys were written down may be of any.
            can_be_told |=
                key.and_then(|key| MasterKeyId::parse(&key)).is_none_or(|key| self.key_ring.has(key));
        }
        Ok(KnownTags { tags, can_be_told })
    }

    async fn insert(&self, tx: &mut Transaction, place: &str) -> Result<(), DbError> {
        let insert = query(INSERT).bind(self.member()).bind(self.tag(place)).bind(self.key_id());
        let insert = insert.bind(self.keep_until());
        match insert.execute(&mut **tx).await.map_err(DbError::from) {
            Ok(_) | Err(DbError::Exists(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn find<'t>(&self, known: &'t [Vec<u8>], place: &str) -> Option<&'t Vec<u8>> {
        let message = self.message(place);
        known.iter().find(|tag| self.key_ring.authentic(PURPOSE, message.as_bytes(), tag))
    }

    fn tag(&self, place: &str) -> Vec<u8> {
        self.key_ring.authenticate(PURPOSE, self.message(place).as_bytes()).to_vec()
    }

    /// Of the key that tags are made with.
    fn key_id(&self) -> String {
        self.key_ring.newest().to_string()
    }

    fn message(&self, place: &str) -> String {
        format!("{}/{place}", self.member())
    }

    fn member(&self) -> String {
        self.member.to_string()
    }

    const fn keep_until(&self) -> i64 {
        self.now.millis().saturating_add(RETENTION.as_secs().cast_signed() * 1000)
    }
}

fn of_device(device: Device) -> String {
    format!("device/{device}")
}

fn of_network(network: &str) -> String {
    format!("network/{network}")
}
