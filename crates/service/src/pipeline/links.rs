//! Carrying out what changes about the links by which devices are set up.

use super::Pipeline;
use crate::{Error, command::LinkCommand};
use store::NewDevice;

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_links(&mut self, command: LinkCommand) -> bool {
        match command {
            LinkCommand::Add { link, hash, reply } => {
                reply.send(self.writer.add_link(&link, &hash).await.map_err(Error::from)).is_ok()
            }
            LinkCommand::Open { link, at, reply } => {
                reply.send(self.writer.open_link(link, at).await.map_err(Error::from)).is_ok()
            }
            LinkCommand::Revoke { link, at, reply } => {
                reply.send(self.writer.revoke_link(link, at).await.map_err(Error::from)).is_ok()
            }
            LinkCommand::Use { link, device, credential, at, reply } => {
                let new = NewDevice { device: &device, credential_hash: credential.as_bytes(), added_at: at };
                let done = match self.writer.use_link(link, new).await {
                    Ok(true) => self.everything(Ok(())).await.map(|()| true),
                    done => done.map_err(Error::from),
                };
                reply.send(done).is_ok()
            }
        }
    }
}
