//! A friend has deleted what is stored of them: everything, or of a time.

use crate::{
    Error, Service,
    audit::Deed,
    command::{Command, ForgetCommand},
    share::may_decide,
};
use domain::{Act, Erased, FriendId, Holding, Span, Timestamp, Viewer};

/// What is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasing {
    /// All that is stored of a friend; they stay, with their devices and settings.
    Everything,
    /// What is of a time.
    Time(Span),
}

impl Service {
    /// Deletes what is stored of a friend. What of it comes again is acknowledged and not kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `to`; [`Error::NotFound`], [`Error::Forbidden`] unless it is the friend who asks, or an admin for one who
    /// cannot sign in.
    pub async fn erase(&self, by: &Viewer, friend: FriendId, what: Erasing) -> Result<Erased, Error> {
        let owner = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
            may_decide(by, owner)?;
            owner.friend.clone()
        };
        let (span, everything) = match what {
            Erasing::Everything => {
                (Span { from: Timestamp::MIN, to: self.shared.now().plus_millis(1) }, true)
            }
            Erasing::Time(span) => (span, false),
        };
        if span.to <= span.from {
            return Err(Error::invalid("to", "must be after from"));
        }
        if span.from > self.shared.now() {
            return Err(Error::invalid("from", "must not be in the future"));
        }
        let erase = |reply| Command::Forget(ForgetCommand::Erase { friend, span, everything, reply });
        let is_own = matches!(by, Viewer::Friend { friend: own, .. } if *own == friend);
        let mut removed = if is_own {
            self.command(erase).await?
        } else {
            let note = if everything { "everything" } else { "of a time" };
            self.command_told(by, Deed::to(Act::DataErased, &owner).note(note), erase).await?
        };
        let scrubbed = loop {
            let step = self.command(|reply| Command::Forget(ForgetCommand::On { reply })).await?;
            if step.friend == Some(friend) {
                removed.add(Holding::Messages, step.messages);
            }
            if !step.more {
                break step.scrubbed;
            }
        };
        let (at, beyond) = (self.shared.now(), self.beyond_reach(friend).await?);
        let erased = Erased { at, removed: removed.by_kinds(), scrubbed, beyond };
        self.shared.erased().insert(friend, erased.clone());
        Ok(erased)
    }

    /// Where what was stored of a friend may be besides the database.
    pub(crate) async fn beyond_reach(&self, friend: FriendId) -> Result<Vec<String>, Error> {
        let mut beyond = Vec::new();
        for name in self.shared.reader.archives().await? {
            // What follows the first word is where it is: that is for who runs the server.
            let kind = name.split(' ').next().unwrap_or_default();
            beyond.push(format!(
                "The archive of the raw log ({kind}) keeps what was sent to it; who runs this server can delete it there."
            ));
        }
        let goes_out = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend);
            board.outlets.iter().any(|outlet| owner.is_some_and(|owner| owner.friend.is_of(outlet.group)))
        };
        if goes_out {
            beyond.push(
                "What went out to other brokers: what they retain is cleared there, what their readers got they may keep.".into(),
            );
        }
        beyond.push("Backups of the database that somebody made.".into());
        beyond.push(
            "Phones and browsers of those who saw you, and messages that wait in the broker for phones that are away.".into(),
        );
        beyond.push("Your own phone, which may keep positions that it has not sent yet.".into());
        Ok(beyond)
    }
}
