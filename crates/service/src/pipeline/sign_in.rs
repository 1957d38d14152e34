//! Carrying out what changes about signing in.

use super::Pipeline;
use crate::{Error, command::SignInCommand, hub::News};

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_sign_in(&mut self, command: SignInCommand) -> bool {
        use SignInCommand as C;
        match command {
            C::AddSession { hash, friend, started_at, ends_at, id, place, browser, reply } => {
                let (place, browser) = (&*place, &*browser);
                let new = store::NewSession { hash, friend, started_at, ends_at, id, place, browser };
                reply.send(self.writer.add_session(new).await.map_err(Error::from)).is_ok()
            }
            C::RemoveSession { hash, reply } => {
                let done = self.writer.remove_session(&hash).await.map_err(Error::from);
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
            C::EndSessions { friend, which, reply } => {
                let done = self.writer.end_sessions(friend, &which).await.map_err(Error::from);
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
            C::AddInvitation { invitation, hash, reply } => {
                reply.send(self.writer.add_invitation(&invitation, &hash).await.map_err(Error::from)).is_ok()
            }
            C::RevokeInvitation { invitation, at, reply } => {
                reply.send(self.writer.revoke_invitation(invitation, at).await.map_err(Error::from)).is_ok()
            }
            C::LinkIdentity { reply } => {
                reply.send(self.writer.link_identity().await.map_err(Error::from)).is_ok()
            }
            C::UnlinkIdentity { friend, issuer, reply } => {
                reply.send(self.writer.unlink_identity(friend, &issuer).await.map_err(Error::from)).is_ok()
            }
            C::AddToken { id, name, hash, scope, friend, made_at, reply } => {
                let (name, scope) = (name.as_str(), scope.as_str());
                let new = store::NewToken { id, name, hash, scope, friend, made_at };
                reply.send(self.writer.add_token(new).await.map_err(Error::from)).is_ok()
            }
            C::RemoveTokens { tokens, reply } => {
                let done = self.writer.remove_tokens(&tokens).await.map_err(Error::from);
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
            C::Tell { entries, reply } => {
                reply.send(self.writer.put_audit(&entries).await.map_err(Error::from)).is_ok()
            }
        }
    }
}
