//! The server looks at itself as phones see it: through its doors, by its public address, at its certificates, clock and disk; and says
//! what to do. It asks nobody but itself: no foreign server, no public clock.
//!
//! The same is done by the server that runs, for its page and interface, and by the command at the terminal, which knows of it what stands in the
//! lock file. What only the server itself knows is left out there.

mod certificate;
mod doors;
mod house;
mod line;

pub(crate) use house::{free, note_backup};

use crate::{certificate::Files, clock, running::Open, tls::Standing};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use certificate::Trust;
use domain::{Check, Health, Role, SelfTest, Viewer};
use futures::future::BoxFuture;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use service::{SelfTests, Service};
use std::path::PathBuf;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Whom it looks as: nobody in particular, and at nothing that is anybody's.
const ITSELF: Viewer = Viewer::Server { role: Role::Admin };

/// What is looked at.
pub(crate) struct Examinee {
    pub(crate) service: Service,
    pub(crate) data: PathBuf,
    pub(crate) public_url: String,
    /// The doors of the server that runs; `None` when none does.
    pub(crate) open: Option<Open>,
    /// How it is with the certificate's files, where that is known.
    pub(crate) certificate: Option<watch::Receiver<Standing>>,
    /// The host by which mail is sent; `None` when none is.
    pub(crate) mail: Option<String>,
}

impl Examinee {
    /// Answers wishes, one after the other, until `stop`.
    pub(crate) async fn attend(self, mut wishes: SelfTests, stop: CancellationToken) {
        while let Some(Some(wish)) = stop.run_until_cancelled(wishes.recv()).await {
            let Some(found) = stop.run_until_cancelled(self.look()).await else { return };
            // Whoever asked may have gone.
            wish.send(found).ok();
        }
    }

    /// Looks at everything.
    pub(crate) fn look(&self) -> BoxFuture<'_, SelfTest> {
        // Many things at one time are large.
        Box::pin(self.look_at_all())
    }

    async fn look_at_all(&self) -> SelfTest {
        // At the terminal nobody has chosen it yet.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let at = clock::now();
        let authority = std::fs::read(Files::below(&self.data).authority).ok();
        let own = authority.and_then(|pem| CertificateDer::from_pem_slice(&pem).ok());
        // Reading the system's authorities takes a while.
        let trust = tokio::task::spawn_blocking(move || Trust::here(own)).await;
        let (doors, house) = tokio::join!(
            async {
                match (&self.open, &trust) {
                    (Some(open), Ok(trust)) => doors::look(self, open, trust, at).await,
                    (Some(_), Err(_)) => vec![],
                    (None, _) => vec![Check::new(
                        Health::Bad,
                        "server",
                        "Server",
                        "no server works on this data directory",
                        "Start it; then run this again.",
                    )],
                }
            },
            house::look(self, at)
        );
        SelfTest { at, checks: doors.into_iter().chain(house).collect() }
    }
}

/// A word that tells this server from any other that might answer in its place.
pub(crate) fn marker() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
