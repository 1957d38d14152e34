//! The raw log, for archives elsewhere: what comes next, and that it has arrived. Whoever ships it reads beside the pipeline and only
//! passes through it with the place it has come to, so nobody who reports ever waits for an archive.

use crate::{Error, Service, command::Command};
use domain::{DeviceId, Door, Timestamp};
use store::Logged;

/// A message for an archive, with the names that tell people whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedMessage {
    /// Its place in the log; never given twice.
    pub id: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// How.
    pub door: Door,
    /// Whose, as they are called now, where that is known.
    pub friend: Option<String>,
    /// By which device.
    pub device: Option<String>,
    /// The same, as an identifier.
    pub device_id: Option<DeviceId>,
    /// Its topic.
    pub topic: String,
    /// Whether it was sent to be retained.
    pub retained: bool,
    /// As sent.
    pub payload: Vec<u8>,
    /// What became of it.
    pub verdict: String,
}

impl Service {
    /// What comes next for an archive, oldest first; nothing when it has everything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_archive(&self, name: &str, limit: u32) -> Result<Vec<ArchivedMessage>, Error> {
        let after = self.shared.reader.archive(name).await?.shipped;
        let log = self.shared.reader.log_after(after, limit).await?;
        let board = self.shared.board();
        let archived = log.into_iter().map(|message| {
            let Logged { id, received_at, door, device, topic, retained, payload, verdict } = message;
            let known = device.and_then(|device| board.devices.get(&device));
            let owner = known.and_then(|known| board.friends.get(&known.device.friend));
            ArchivedMessage {
                id,
                received_at,
                door,
                friend: owner.map(|owner| owner.friend.name.to_string()),
                device: known.map(|known| known.device.name.to_string()),
                device_id: device,
                topic,
                retained,
                payload,
                verdict,
            }
        });
        Ok(archived.collect())
    }

    /// Notes that an archive has confirmed everything up to and with this message.
    ///
    /// # Errors
    /// When it is not noted: the archive gets the same again.
    pub async fn archived(&self, name: &str, up_to: i64) -> Result<(), Error> {
        let (name, at) = (name.to_owned(), self.shared.now());
        self.command(|reply| Command::Archived { name, up_to, at, reply }).await
    }

    /// How many messages an archive has not got yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn archive_waiting(&self, name: &str) -> Result<u64, Error> {
        Ok(self.shared.reader.archive(name).await?.waiting)
    }
}
