//! Asking the server to look at itself. Ports, files and certificates are another room's: it takes wishes from a channel, one after the
//! other, and is never called from here.

use crate::{Error, Service, request::server_admin};
use domain::{SelfTest, Viewer};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// How long it may take, with all that wait before.
const PATIENCE: Duration = Duration::from_mins(1);
/// Admins who wait at one time; more wait their turn.
const WISHES: usize = 4;

/// Where wishes for a self-test arrive.
pub type SelfTests = mpsc::Receiver<oneshot::Sender<SelfTest>>;

/// Who looks.
#[derive(Default)]
pub(crate) struct Examiner(Mutex<Option<mpsc::Sender<oneshot::Sender<SelfTest>>>>);

impl Service {
    /// For whoever looks: what is asked of it from now on.
    pub fn attend_self_tests(&self) -> SelfTests {
        let (sender, wishes) = mpsc::channel(WISHES);
        // Nothing that panics happens under the lock.
        *self.shared.examiner.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        wishes
    }

    /// Looks at the server as phones see it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server; [`Error::Busy`] when it takes too long.
    pub async fn self_test(&self, by: &Viewer) -> Result<SelfTest, Error> {
        server_admin(by)?;
        let examiner = self.shared.examiner.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let examiner = examiner.ok_or(Error::Machine("only a server that runs looks at itself"))?;
        let (reply, answer) = oneshot::channel();
        let asking = async {
            examiner.send(reply).await.ok()?;
            answer.await.ok()
        };
        match timeout(PATIENCE, asking).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(Error::Stopping),
            Err(_) => Err(Error::Busy { retry_after_s: 10 }),
        }
    }

    /// What SQLite says of the database's own structure: `ok`, or the first thing that is wrong. It reads all of it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server; when the database does not answer.
    pub async fn check_database(&self, by: &Viewer) -> Result<String, Error> {
        server_admin(by)?;
        Ok(self.shared.reader.quick_check().await?)
    }
}
