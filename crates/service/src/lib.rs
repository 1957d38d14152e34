//! Everything the product does, without a port.
//!
//! One direction: a door hands an [`Inbound`] to [`Service::submit`] and waits; the [`Pipeline`] decodes, judges and commits it with
//! its neighbours in one transaction; only then the door gets its [`Receipt`] and the viewers their news. Questions go the other
//! way, from the board in memory or from the store, and pass [`domain::sharing`].
#![forbid(unsafe_code)]

mod account;
mod alert;
mod archive;
mod arrival;
mod audit;
mod board;
mod bot;
mod broker;
mod chat;
mod command;
mod console;
mod demo;
mod diary;
mod erase;
mod error;
mod events;
mod exchange;
mod explain;
mod group;
mod history;
mod holding;
mod hours;
mod hub;
mod id;
mod inbound;
mod judge;
mod lines;
mod live;
mod near;
mod observation;
mod online;
mod outlet;
mod phone;
mod pipeline;
mod position;
mod query;
mod rebuild;
mod region;
mod request;
mod retention;
mod secret;
mod seen;
mod selftest;
mod sensor;
mod share;
mod sight;
mod track;
mod translate;
mod zone;

pub use account::{
    Bearer, DeviceCredentials, INVITATION_DAYS, InvitationDraft, InvitationNow, InvitationState, LinkReport,
    NewLink, NewSession, Offer, Session, SignedIn, Standing, Token, TokenScope, Visitor, Welcome,
};
pub use alert::{
    AlertAbilities, AlertBrowser, AlertChannels, AlertTarget, AlertTask, AlertTrial, AlertTrials,
    AlertTrouble, BrowserDraft, ChannelDraft, Posted, RuleDraft, RuleReport, WatcherReport,
};
pub use archive::ArchivedMessage;
pub use arrival::WRONG_PASSWORD;
pub use audit::AuditQuery;
pub use bot::{BotChoice, BotDraft, BotReport, Letter, PostDraft, PostReport, PostTo};
pub use broker::BrokerRequest;
pub use chat::{ChatDraft, ChatQuery, Sent, ThreadReport};
pub use console::{ConsoleFilter, PublishDraft};
pub use domain::Door;
pub use erase::Erasing;
pub use error::Error;
pub use events::Heard;
pub use exchange::{Imported, RegionFormat};
pub use explain::{Explained, Explanation};
pub use group::{GroupReport, Invitation, Invited, Joined, Member, Removal, ServerAdmins};
pub use history::{PastPresence, PastPresent, Spent, SpentPlace, SpentQuery};
pub use holding::StoredReport;
pub use inbound::{Author, DeviceAccount, Inbound, Principal, Receipt, Refusal};
pub use live::Key;
pub use near::{Around, Near};
pub use online::Connected;
pub use outlet::{
    MARK as OUTLET_MARK, OutletDraft, OutletReport, OutletState, OutletTask, PasswordDraft, Trial, Trials,
    may_lead_to,
};
pub use phone::{
    CardDraft, DeviceReport, Gaze, Glimpse, Hearsay, LineDraft, Outgoing, PhoneOfRegion, PhonePlaces,
    PlaceOffer, PlaceOnPhone, RegionOnPhone,
};
pub use pipeline::Pipeline;
pub use position::OwnPosition;
pub use query::{FixQuery, MessageQuery, Page, Presence, Present, Stats, TransitionQuery};
pub use rebuild::{AT_ONCE, Rebuilt, rebuild};
pub use region::{
    RegionDraft, RegionVersion,
    member::{read_details, write_details},
};
pub use retention::{OwnKept, Swept};
pub use selftest::SelfTests;
pub use sensor::{ObservationQuery, SensorDraft, SensorNow, ValueDraft};
pub use share::GrantDraft;
pub use store::{Belief, Compared, OutletEvent, OutletTopic, Retained};
pub use track::{HindsightQuery, Track, TrackQuery};
pub use zone::{Day, Days, Zone};

use board::Board;
use domain::{Erased, FriendId, Storage, Timestamp, geofence::Policy};
use hub::Hub;
use owntracks::topic::Template;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};
use store::{Reader, Writer};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// What the service is told at the start.
pub struct Settings {
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// What the levels of a topic mean, on the bridge; the first also makes the topics of new devices.
    pub templates: Vec<Template>,
    /// How regions are judged.
    pub policy: Policy,
}

/// A cheap handle on everything.
#[derive(Clone)]
pub struct Service {
    shared: Arc<Shared>,
    /// The token of the whole server that this handle acts for, by name.
    token: Option<Arc<str>>,
}

struct Shared {
    settings: Settings,
    reader: Reader,
    board: RwLock<Board>,
    hub: Hub,
    /// Full means: the disk is behind, so whoever asks waits, and a door does not acknowledge.
    inbox: mpsc::Sender<request::Request>,
    /// The same for what waits before the inbox, in bytes.
    room: Semaphore,
    /// Whether the database wrote when it was last asked to.
    writes: watch::Sender<bool>,
    /// Cancelled when everything is to end soon.
    leaving: CancellationToken,
    guard: account::Guard,
    used: account::Used,
    set_up_link: account::SetUpLink,
    /// When it was last looked whether another process wrote.
    refreshed: tokio::sync::Mutex<Option<tokio::time::Instant>>,
    /// Held while a demonstration is added or removed: both are many steps.
    demo: tokio::sync::Mutex<()>,
    counts: query::Counts,
    cards_sent: phone::CardsSent,
    spots_sent: phone::SpotsSent,
    doors: broker::Doors,
    sign_ins: arrival::SignIns,
    lines: lines::Lines,
    outlets: outlet::Desk,
    alerts: alert::Desk,
    /// Who waits for messages.
    waiters: chat::Waiters,
    examiner: selftest::Examiner,
    /// What is counted for the audit log and not written yet.
    counted: audit::Counted,
    /// Who looked at whom, and is not written yet.
    watched: seen::Watched,
    /// What was deleted last, to tell those who had it deleted.
    erased: Mutex<HashMap<FriendId, Erased>>,
    /// What was deleted because it was too old, since the start.
    swept: Mutex<retention::Swept>,
    /// How much there was when it was last looked at.
    sizes: tokio::sync::Mutex<Option<Storage>>,
    /// Says how much is free on the disk.
    disk: retention::Disk,
}

/// How many requests may wait for the pipeline.
const INBOX: usize = 8192;

/// Puts the service together from an open store. Nothing happens until the pipeline runs.
///
/// # Errors
/// When the store cannot be read, or there is no source of randomness.
pub async fn open(writer: Writer, reader: Reader, settings: Settings) -> Result<(Service, Pipeline), Error> {
    let (inbox, requests) = mpsc::channel(INBOX);
    let board = Board::default();
    let shared = Arc::new(Shared {
        settings,
        reader,
        board: RwLock::new(board),
        hub: Hub::new(),
        inbox,
        room: Semaphore::new(request::ROOM_BYTES as usize),
        writes: watch::Sender::new(true),
        leaving: CancellationToken::new(),
        guard: account::Guard::new(),
        used: account::Used::default(),
        set_up_link: account::SetUpLink::new()?,
        refreshed: tokio::sync::Mutex::default(),
        demo: tokio::sync::Mutex::default(),
        counts: query::Counts::default(),
        cards_sent: phone::CardsSent::default(),
        spots_sent: phone::SpotsSent::default(),
        doors: broker::Doors::default(),
        sign_ins: arrival::SignIns::default(),
        lines: lines::Lines::new()?,
        outlets: outlet::Desk::default(),
        alerts: alert::Desk::default(),
        waiters: chat::Waiters::default(),
        examiner: selftest::Examiner::default(),
        counted: audit::Counted::default(),
        watched: seen::Watched::default(),
        erased: Mutex::default(),
        swept: Mutex::default(),
        sizes: tokio::sync::Mutex::default(),
        disk: retention::Disk::default(),
    });
    let mut pipeline = Pipeline::new(Arc::clone(&shared), writer, requests);
    pipeline.open_journal().await?;
    pipeline.load().await?;
    Ok((Service { shared, token: None }, pipeline))
}

impl Shared {
    fn now(&self) -> Timestamp {
        (self.settings.clock)()
    }

    /// The board, to look at. Never held across an await.
    fn board(&self) -> std::sync::RwLockReadGuard<'_, Board> {
        self.board.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What was deleted last. Never held across an await.
    fn erased(&self) -> MutexGuard<'_, HashMap<FriendId, Erased>> {
        self.erased.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was deleted because it was too old. Never held across an await.
    fn swept(&self) -> MutexGuard<'_, retention::Swept> {
        self.swept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn board_mut(&self) -> std::sync::RwLockWriteGuard<'_, Board> {
        self.board.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
