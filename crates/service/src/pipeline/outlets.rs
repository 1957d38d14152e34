//! Carrying out what changes about outlets.

use super::Pipeline;
use crate::{Error, command::OutletCommand};
use domain::Outlet;

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_outlets(&mut self, command: OutletCommand) -> bool {
        let (done, reply) = match command {
            OutletCommand::Put { outlet, password, reply } => {
                let done = match self.clash(&outlet) {
                    None => self.writer.put_outlet(&outlet, &password).await.map_err(Error::from),
                    Some(clash) => Err(clash),
                };
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

    /// What somebody else has set up a moment ago and this outlet would meet: only here, where one task writes, nothing comes between.
    fn clash(&self, outlet: &Outlet) -> Option<Error> {
        let board = self.shared.board();
        let sensor = board.sensors().iter().any(|sensor| outlet.base.meets(&sensor.topic));
        let other = board.outlets.iter().any(|other| outlet.clashes_with(other));
        let why = "is read or used by something else here".to_owned();
        (sensor || other).then_some(Error::Conflict { field: "base", why })
    }
}
