//! What people change, checked, on its way to the one task that writes.

mod chat;
mod sign_in;

pub(crate) use chat::ChatCommand;
pub(crate) use sign_in::SignInCommand;

use crate::{Error, board::Board, bot::Post};
use domain::{
    Bot, BotId, Device, DeviceId, DeviceLink, Friend, FriendId, GroupId, LinkId, Name, Order, OrderId,
    Outcome, Outlet, OutletId, OwnRetention, Region, RegionId, Retention, RetentionClass, Role, RuleId,
    Schedule, Sensor, SensorId, Sharing, SharingChange, Span, Timestamp,
    alert::{Channel, Rule},
    near::Range,
};
use std::{path::PathBuf, time::Duration};
use store::{
    AlertTarget, BotPost, DeliveryNote, GroupInvitation, NewCard, Password, Removed, SecretHash, Staged,
};
use tokio::sync::oneshot;

/// Where the answer to a command goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What must still be so when a command is carried out: one task writes, so nothing changes in between.
pub(crate) type Premise = Box<dyn FnOnce(&Board) -> Result<(), Error> + Send>;

/// One change, checked before it is sent.
pub(crate) enum Command {
    PutGroup {
        id: GroupId,
        name: Name,
        reply: Reply<GroupId>,
    },
    AddFriend {
        friend: Friend,
        password_hash: Option<String>,
        sharing: Sharing,
        reply: Reply<()>,
    },
    Group(GroupCommand),
    /// How somebody signs in from now on: as what, and with which password if with one; `None`: not at all.
    SetAccount {
        friend: FriendId,
        account: Option<(Role, Option<String>)>,
        reply: Reply<()>,
    },
    /// A friend says what others see of them.
    Share {
        friend: FriendId,
        change: SharingChange,
        reply: Reply<()>,
    },
    RemoveFriends {
        friends: Vec<FriendId>,
        reply: Reply<()>,
    },
    PutDevice {
        device: Device,
        credential: SecretHash,
        added_at: Timestamp,
        reply: Reply<()>,
    },
    RemoveDevice {
        device: DeviceId,
        reply: Reply<()>,
    },
    /// Which device counts for where a friend is; `None`: any of theirs.
    Count {
        friend: FriendId,
        chosen: Option<DeviceId>,
        reply: Reply<()>,
    },
    SignIn(SignInCommand),
    AddOrder {
        order: Order,
        reply: Reply<()>,
    },
    DeliverOrder {
        order: OrderId,
        at: Timestamp,
        confirmed: bool,
        reply: Reply<()>,
    },
    SettleOrder {
        order: OrderId,
        outcome: Outcome,
        at: Timestamp,
        reply: Reply<()>,
    },
    /// What a device's payloads are encrypted with from now on; what stayed closed is read again.
    PutSecret {
        device: DeviceId,
        secret: Option<String>,
        reply: Reply<()>,
    },
    /// A phone is given its regions afresh, whatever it was given before.
    SendRegions {
        device: DeviceId,
        reply: Reply<()>,
    },
    PutTold {
        device: DeviceId,
        at: Timestamp,
        reply: Reply<()>,
    },
    /// A friend has seen what was learnt of the history up to then.
    PutLook {
        look: (FriendId, Timestamp),
        reply: Reply<()>,
    },
    /// What a friend calls near from now on.
    PutRange {
        friend: FriendId,
        range: Range,
        reply: Reply<()>,
    },
    PutCard {
        card: NewCard,
        reply: Reply<()>,
    },
    PutRegion {
        region: Region,
        reply: Reply<()>,
    },
    RemoveRegion {
        region: RegionId,
        reply: Reply<()>,
    },
    PutSensor {
        sensor: Sensor,
        reply: Reply<()>,
    },
    RemoveSensor {
        sensor: SensorId,
        reply: Reply<()>,
    },
    /// Look whether another process wrote.
    Refresh {
        reply: Reply<()>,
    },
    /// See whether the database writes.
    TryOut {
        reply: Reply<()>,
    },
    /// An archive has confirmed everything up to and with this message.
    Archived {
        name: String,
        up_to: i64,
        at: Timestamp,
        reply: Reply<()>,
    },
    Outlet(OutletCommand),
    Alert(AlertCommand),
    Link(LinkCommand),
    Bot(BotCommand),
    BackUp {
        to: PathBuf,
        reply: Reply<()>,
    },
    /// Another command, with what goes into its transaction beside it: entries of the audit log, say.
    Told {
        staged: Staged,
        command: Box<Command>,
    },
    /// Another command, unless what was looked at before it was sent is not so any more; then why is said here, and the command dropped.
    If {
        premise: Premise,
        refused: oneshot::Sender<Error>,
        command: Box<Command>,
    },
    Chat(ChatCommand),
    Forget(ForgetCommand),
    Retain(RetainCommand),
}

/// What is deleted.
pub(crate) enum ForgetCommand {
    /// What is stored of a friend, all of it or of a time.
    Erase { friend: FriendId, span: Span, everything: bool, reply: Reply<Removed> },
    /// Nothing: who looked at a friend is written, to be told.
    WriteSeen { friend: FriendId, reply: Reply<()> },
    /// A step further through the raw log for that.
    On { reply: Reply<Forgot> },
}

/// For how long things are kept.
pub(crate) enum RetainCommand {
    /// By the server; that begins now.
    Set { retention: Retention, reply: Reply<()> },
    /// By a friend.
    SetOwn { friend: FriendId, own: OwnRetention, reply: Reply<()> },
    /// A step of deleting what is older; the first one says which archives must have the messages.
    Sweep { archives: Option<Vec<String>>, reply: Reply<SweepStep> },
}

/// What a step of that came to.
pub(crate) struct SweepStep {
    /// How many rows were deleted, by class.
    pub(crate) rows: Vec<(RetentionClass, u64)>,
    /// How long the writer had to do with it.
    pub(crate) took: Duration,
    /// Whether there is more to do.
    pub(crate) more: bool,
}

/// What a step through the raw log came to.
pub(crate) struct Forgot {
    /// Whose messages.
    pub(crate) friend: Option<FriendId>,
    /// How many were deleted.
    pub(crate) messages: u64,
    /// Whether there is more to go through.
    pub(crate) more: bool,
    /// Whether nothing of what was deleted is left in the files.
    pub(crate) scrubbed: bool,
}

/// What changes about groups.
pub(crate) enum GroupCommand {
    /// A friend is of a group, as that.
    Put {
        member: PutMember,
        reply: Reply<()>,
    },
    /// A friend is of a group no more.
    Leave {
        friend: FriendId,
        group: GroupId,
        reply: Reply<()>,
    },
    /// It is called otherwise.
    Rename {
        group: GroupId,
        name: Name,
        reply: Reply<()>,
    },
    /// If nothing ever was in it.
    Remove {
        group: GroupId,
        reply: Reply<()>,
    },
    /// With everything that is in it.
    Close {
        group: GroupId,
        reply: Reply<()>,
    },
    Invite {
        invitation: GroupInvitation,
        reply: Reply<()>,
    },
    /// By the key of the name; answers whether there was one.
    Disinvite {
        group: GroupId,
        key: String,
        reply: Reply<bool>,
    },
    /// What somebody who signs in may do on the whole server.
    SetServerRole {
        friend: FriendId,
        role: Role,
        reply: Reply<()>,
    },
}

impl From<GroupCommand> for Command {
    fn from(command: GroupCommand) -> Self {
        Self::Group(command)
    }
}

/// A friend is of a group from now on, or is something else there.
#[derive(Clone, Copy)]
pub(crate) struct PutMember {
    pub(crate) friend: FriendId,
    pub(crate) group: GroupId,
    pub(crate) role: Role,
    pub(crate) at: Timestamp,
}

/// What changes about outlets.
pub(crate) enum OutletCommand {
    Put {
        outlet: Box<Outlet>,
        password: Password,
        reply: Reply<()>,
    },
    Remove {
        outlet: OutletId,
        reply: Reply<()>,
    },
    /// An outlet's broker has confirmed something, among it every transition up to this place.
    Delivered {
        outlet: OutletId,
        up_to: i64,
        at: Timestamp,
        reply: Reply<()>,
    },
    /// At which topics an outlet's broker may retain something, and at which not any more.
    Topics {
        outlet: OutletId,
        used: Vec<store::OutletTopic>,
        cleared: Vec<String>,
        reply: Reply<()>,
    },
}

/// What changes about alerts.
pub(crate) enum AlertCommand {
    PutRule {
        rule: Box<Rule>,
        reply: Reply<()>,
    },
    /// Answers whether its owner had one like this.
    RemoveRule {
        owner: FriendId,
        rule: RuleId,
        reply: Reply<bool>,
    },
    PutTarget {
        target: Box<AlertTarget>,
        reply: Reply<()>,
    },
    /// Of several browsers one or all; answers how many that were.
    RemoveTarget {
        owner: FriendId,
        channel: Channel,
        browser: Option<String>,
        reply: Reply<u64>,
    },
    /// A browser gets nothing any more.
    BrowserGone {
        browser: String,
        reply: Reply<()>,
    },
    PutQuiet {
        owner: FriendId,
        hours: Option<Schedule>,
        reply: Reply<()>,
    },
    /// What became of something that was to go out.
    Note {
        place: i64,
        note: DeliveryNote,
        reply: Reply<()>,
    },
}

/// What changes about bots.
pub(crate) enum BotCommand {
    Add {
        bot: Bot,
        hash: SecretHash,
        reply: Reply<()>,
    },
    Remove {
        bot: BotId,
        reply: Reply<()>,
    },
    /// Answers with the post as it is stored, and whether it is new: what a bot calls it is taken by one post alone.
    Post {
        post: Box<Post>,
        reply: Reply<(BotPost, bool)>,
    },
    /// A friend wants nothing of a bot.
    Block {
        friend: FriendId,
        bot: BotId,
        reply: Reply<()>,
    },
    /// A friend wants something of a bot again.
    Unblock {
        friend: FriendId,
        bot: BotId,
        reply: Reply<()>,
    },
}

/// What changes about the links by which devices are set up.
pub(crate) enum LinkCommand {
    Add {
        link: Box<DeviceLink>,
        hash: SecretHash,
        reply: Reply<()>,
    },
    /// Its page was looked at.
    Open {
        link: LinkId,
        at: Timestamp,
        reply: Reply<()>,
    },
    /// Answers whether it was worth something.
    Use {
        link: LinkId,
        device: Device,
        credential: SecretHash,
        at: Timestamp,
        reply: Reply<bool>,
    },
    /// Answers whether there was one to take back.
    Revoke {
        link: LinkId,
        at: Timestamp,
        reply: Reply<bool>,
    },
}
