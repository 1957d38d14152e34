//! Carrying out what changes about outlets.

use super::Pipeline;
use crate::{Error, command::OutletCommand};

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_outlets(&mut self, command: OutletCommand) -> bool {
        let (done, reply) = match command {
            OutletCommand::Put { outlet, password, reply } => {
                let done = self.writer.put_outlet(&outlet, &password).await.map_err(Error::from);
                (self.everything(done).await, reply)
            }
            OutletCommand::Remove { outlet, reply } => {
                let done = self.writer.remove_outlet(outlet).await.map_err(Error::from);
                (self.everything(done).await, reply)
            }
            OutletCommand::Delivered { outlet, up_to, at, reply } => {
                (self.writer.put_delivered(outlet, up_to, at).await.map_err(Error::from), reply)
            }
            OutletCommand::Topics { outlet, used, cleared, reply } => {
                (self.writer.put_outlet_topics(outlet, &used, &cleared).await.map_err(Error::from), reply)
            }
        };
        reply.send(done).is_ok()
    }
}
