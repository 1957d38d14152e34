//! Carrying out what changes about signing in.

use super::Pipeline;
use crate::{Error, command::SignInCommand, hub::News};

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_sign_in(&mut self, command: SignInCommand) -> bool {
        use SignInCommand as C;
        match command {
            C::AddSession { hash, friend, started_at, ends_at, reply } => {
                let new = store::NewSession { hash: &hash, friend, started_at, ends_at };
                reply.send(self.writer.add_session(new).await.map_err(Error::from)).is_ok()
            }
            C::RemoveSession { hash, reply } => {
                let done = self.writer.remove_session(&hash).await.map_err(Error::from);
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
            C::AddToken { id, name, hash, scope, friend, made_at, reply } => {
                let (name, scope) = (name.as_str(), scope.as_str());
                let new = store::NewToken { id, name, hash: &hash, scope, friend, made_at };
                reply.send(self.writer.add_token(new).await.map_err(Error::from)).is_ok()
            }
            C::RemoveTokens { tokens, reply } => {
                reply.send(self.writer.remove_tokens(&tokens).await.map_err(Error::from)).is_ok()
            }
            C::Tell { entries, reply } => {
                reply.send(self.writer.put_audit(&entries).await.map_err(Error::from)).is_ok()
            }
        }
    }
}
