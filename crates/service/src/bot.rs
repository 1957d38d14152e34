//! Bots of a group: made and removed by its admins, known to its friends; and whether a friend lets them know when they come and go.
//!
//! What a bot hears is decided in [`domain::sharing`], to whom it posts in `bot/post`, and what was written to it is in `bot/letters`. Its token is shown once,
//! and is worth nothing but that: a bot cannot sign in, and asks nothing else.

mod letters;
mod post;

pub use letters::Letter;
pub(crate) use post::Post;
pub use post::{PostDraft, PostReport, PostTo};

use crate::{
    Bearer, Error, Service, TokenScope,
    audit::Deed,
    command::{BotCommand, Command},
    id,
    request::admin_of,
    secret::{self, Fresh},
    sight::Sight,
};
use domain::{
    Act, Audience, Bot, BotId, FriendId, GroupId, LiveBot, Name, Region, RegionId, SharingChange, Viewer,
    fold,
};
use store::SecretHash;

/// A bot that is to be made.
#[derive(Clone, Debug, Default)]
pub struct BotDraft {
    /// What to call it.
    pub name: String,
    /// Of which group, by name or identifier; `None`: the first that whoever makes it manages.
    pub group: Option<String>,
    /// The regions that it may hear of, by name or identifier.
    pub regions: Vec<String>,
}

/// A bot as a viewer knows it.
#[derive(Clone, Debug)]
pub struct BotReport {
    /// How it is now.
    pub bot: LiveBot,
    /// What its group is called.
    pub group: Name,
    /// Those of its regions that the viewer may know of.
    pub regions: Vec<Region>,
    /// Whether the viewer wants no messages of it.
    pub blocked: bool,
}

/// Whether a friend lets the bots of one of their groups know when they come and go.
#[derive(Clone, Debug)]
pub struct BotChoice {
    /// Which group.
    pub group: GroupId,
    /// What it is called.
    pub name: Name,
    /// Since when they do; `None`: they do not.
    pub since: Option<domain::Timestamp>,
}

impl Service {
    /// The bots of the viewer's groups, by name.
    pub fn bots(&self, by: &Viewer) -> Vec<BotReport> {
        let (board, now) = (self.shared.board(), self.shared.now());
        let sight = Sight::new(&board, by);
        let report = |bot: &Bot| {
            let bot = sight.bot(bot, now)?;
            let group = board.groups.get(&bot.group)?.clone();
            let regions = bot.regions.iter().filter_map(|region| board.region(*region).cloned()).collect();
            let blocked =
                matches!(by, Viewer::Friend { friend, .. } if board.chats.is_bot_blocked(*friend, bot.id));
            Some(BotReport { bot, group, regions, blocked })
        };
        board.bots.iter().filter_map(report).collect()
    }

    /// Makes a bot, and returns it with its token; of that only the hash is kept.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the group; [`Error::NotFound`] for the group; [`Error::Invalid`] and [`Error::Conflict`] for
    /// `name` or `regions`.
    pub async fn add_bot(&self, by: &Viewer, draft: BotDraft) -> Result<(BotReport, String), Error> {
        let group = match draft.group.as_deref() {
            Some(called) => self.group_named(by, called)?,
            None => self.group_for(by, None).await?,
        };
        admin_of(by, group)?;
        let name = Name::new(&draft.name).map_err(Error::name("name"))?;
        let regions = self.regions_for(group, &draft.regions)?;
        let Fresh { told: token, hash } = secret::fresh("wb_")?;
        let made_at = self.shared.now();
        let id = BotId::new(id::new(made_at));
        let note = match regions.len() {
            1 => "for 1 region".to_owned(),
            count => format!("for {count} regions"),
        };
        let deed = Deed::new(Act::BotMade, &name).of(group).which(id.uuid()).note(note);
        let bot = Bot { id, group, name, regions, made_at };
        self.command_told(by, deed, |reply| Command::Bot(BotCommand::Add { bot, hash, reply })).await?;
        let made = self.bots(by).into_iter().find(|known| known.bot.id == id);
        Ok((made.ok_or(Error::NotFound("bot"))?, token))
    }

    /// Removes a bot; whoever listens by its token is cut off.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin of its group.
    pub async fn remove_bot(&self, by: &Viewer, bot: BotId) -> Result<(), Error> {
        let known = self.bots(by).into_iter().find(|known| known.bot.id == bot);
        let LiveBot { group, name, .. } = known.ok_or(Error::NotFound("bot"))?.bot;
        admin_of(by, group)?;
        let deed = Deed::new(Act::BotRemoved, name).of(group).which(bot.uuid());
        self.command_told(by, deed, |reply| Command::Bot(BotCommand::Remove { bot, reply })).await
    }

    /// The bot that is called so, by name or identifier, of those that the viewer knows.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for `bot` where that is the name of several.
    pub fn bot_called(&self, by: &Viewer, called: &str) -> Result<BotId, Error> {
        let (key, id) = (fold(called), called.trim().parse::<BotId>().ok());
        let board = self.shared.board();
        let mut found = board
            .bots
            .iter()
            .filter(|bot| by.may_see_bots(bot.group) && (bot.name.key() == key || id == Some(bot.id)));
        let bot = found.next().ok_or(Error::NotFound("bot"))?;
        if found.next().is_some() {
            return Err(Error::invalid("bot", "must be an identifier: bots of several groups are called so"));
        }
        Ok(bot.id)
    }

    /// Wants no messages of a bot from now on. It cannot tell: what it posts counts as before.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] unless it is a friend who can sign in.
    pub async fn block_bot(&self, by: &Viewer, bot: BotId) -> Result<(), Error> {
        let friend = self.writes_to(by, bot)?;
        self.command(|reply| Command::Bot(BotCommand::Block { friend, bot, reply })).await
    }

    /// Wants messages of it again. What it posted meanwhile does not come.
    ///
    /// # Errors
    /// As [`Self::block_bot`].
    pub async fn unblock_bot(&self, by: &Viewer, bot: BotId) -> Result<(), Error> {
        let friend = self.writes_to(by, bot)?;
        self.command(|reply| Command::Bot(BotCommand::Unblock { friend, bot, reply })).await
    }

    /// A friend who takes part, and knows that bot.
    fn writes_to(&self, by: &Viewer, bot: BotId) -> Result<FriendId, Error> {
        let friend = self.writes_chat(by)?;
        if self.shared.board().knows_bot(by, bot) { Ok(friend) } else { Err(Error::NotFound("bot")) }
    }

    /// Whether a friend lets the bots of their groups know when they come and go, the home group first; of the groups that the viewer may know
    /// of.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless it is the friend who asks, or an admin for one who cannot sign in.
    pub fn bots_of(&self, by: &Viewer, friend: FriendId) -> Result<Vec<BotChoice>, Error> {
        let sharing = self.sharing(by, friend)?;
        let board = self.shared.board();
        let owner = &board.friends.get(&friend).ok_or(Error::NotFound("friend"))?.friend;
        let choice = |group: GroupId| {
            let since = sharing.bot_consent(group).map(|consent| consent.since);
            Some(BotChoice { group, name: board.groups.get(&group)?.clone(), since })
        };
        Ok(owner.memberships.groups().filter(|group| by.is_of(*group)).filter_map(choice).collect())
    }

    /// Lets the bots of a group know from now on when a friend comes and goes, as far as the group sees it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a group that is none of theirs; as [`Self::bots_of`].
    pub async fn allow_bots(&self, by: &Viewer, friend: FriendId, group: GroupId) -> Result<(), Error> {
        self.choose_bots(by, friend, group, SharingChange::AllowBots(group)).await
    }

    /// Lets them know it no more.
    ///
    /// # Errors
    /// As [`Self::allow_bots`].
    pub async fn refuse_bots(&self, by: &Viewer, friend: FriendId, group: GroupId) -> Result<(), Error> {
        self.choose_bots(by, friend, group, SharingChange::RefuseBots(group)).await
    }

    async fn choose_bots(
        &self,
        by: &Viewer,
        friend: FriendId,
        group: GroupId,
        change: SharingChange,
    ) -> Result<(), Error> {
        let known = self.bots_of(by, friend)?;
        if !known.iter().any(|choice| choice.group == group) {
            return Err(Error::NotFound("group"));
        }
        self.say(by, friend, change).await
    }

    /// Who has a bot's token with that hash.
    pub(crate) async fn bot_with(&self, hash: &SecretHash) -> Result<Option<Bearer>, Error> {
        let Some(id) = self.shared.reader.bot_with(hash).await? else { return Ok(None) };
        let bearer = |service: &Self| {
            let board = service.shared.board();
            let bot = board.bots.iter().find(|bot| bot.id == id)?;
            let name = format!("bot {}", bot.name);
            Some(Bearer { viewer: bot.viewer(), scope: TokenScope::Read, name })
        };
        if let Some(found) = bearer(self) {
            return Ok(Some(found));
        }
        // It may have been made at the terminal a moment ago.
        self.refresh().await?;
        Ok(bearer(self))
    }

    /// The regions of a group that are called so, for a bot: what it hears it may say to the whole group.
    fn regions_for(&self, group: GroupId, called: &[String]) -> Result<Vec<RegionId>, Error> {
        if called.is_empty() || called.len() > Bot::MOST_REGIONS {
            return Err(Error::invalid("regions", format!("must name 1 to {} regions", Bot::MOST_REGIONS)));
        }
        let board = self.shared.board();
        let mut regions = Vec::new();
        for called in called {
            let (key, id) = (fold(called), called.trim().parse::<RegionId>().ok());
            let is_meant = |region: &&Region| {
                region.group == group && (region.name.key() == key || id == Some(region.id))
            };
            let mut found = board.all_regions().filter(is_meant);
            let region = found.next().ok_or_else(|| {
                Error::invalid("regions", format!("must be regions of the group, and {called} is none"))
            })?;
            if found.next().is_some() {
                let why = format!("must say which by its identifier: several are called {called}");
                return Err(Error::invalid("regions", why));
            }
            if region.details.audience != Audience::Group {
                let why = format!("must be for the whole group, and {called} is not");
                return Err(Error::invalid("regions", why));
            }
            if !regions.contains(&region.id) {
                regions.push(region.id);
            }
        }
        Ok(regions)
    }
}
