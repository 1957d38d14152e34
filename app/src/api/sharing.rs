//! What a friend lets others see: by the friend, or by an admin for one who cannot sign in.
#![expect(clippy::too_many_arguments, reason = "a form has as many fields as it has")]

use super::ApiError;
use domain::{FriendId, Grant, GroupId, Pause, Seen, Sharing, Timestamp, alert::Direction, live::LiveFriend};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// Everything that the page about one friend's privacy shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Privacy {
    /// Whose.
    pub friend: FriendId,
    /// Their own name.
    pub name: String,
    /// Whether it is whoever asks.
    pub own: bool,
    /// Their home group.
    pub group: GroupId,
    /// All their groups with what they are called, the home group first.
    pub groups: Vec<(GroupId, String)>,
    /// What was said and holds, at most one for a party.
    pub grants: Vec<Grant>,
    /// The pause that is on.
    pub paused: Option<Pause>,
    /// Whether the bots of each of their groups may know when they come and go, the home group first.
    pub bots: Vec<BotChoice>,
    /// Their devices that somebody else set up before they could sign in, by name; to themselves alone.
    pub by_others: Vec<String>,
    /// The other friends of their groups, by name.
    pub others: Vec<Other>,
    /// Who looked over the last thirty days, with what they are called, newest first.
    pub seen: Vec<(String, Seen)>,
    /// Who is told when they come or go; to themselves alone.
    pub watchers: Vec<Watching>,
}

/// Somebody who is told when a friend comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    /// What they are called.
    pub friend: String,
    /// At which regions that the friend may know of; `None` for all.
    pub regions: Option<Vec<String>>,
    /// There are others, too.
    pub others: bool,
    /// Of comings or goings.
    pub direction: Direction,
    /// At which hours; none for always.
    pub hours: Vec<String>,
}

impl Privacy {
    /// The group that a party of the form is: `group`, or `group:` with an id.
    pub fn group_of(&self, party: &str) -> Option<GroupId> {
        match party.strip_prefix("group") {
            Some("") => Some(self.group),
            Some(rest) => rest.strip_prefix(':')?.parse().ok(),
            None => None,
        }
    }

    /// What is said of the groups that somebody shares with them, to whom nothing is said alone.
    pub fn by_groups(&self, other: &Other) -> Option<Grant> {
        let sharing = Sharing { grants: self.grants.clone(), ..Sharing::default() };
        // All of them hold.
        sharing.widest(other.groups(), Timestamp::MIN).cloned()
    }
}

impl Other {
    /// The groups that they share with the friend that it is about.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.sees.friend.memberships.groups()
    }
}

/// Whether the bots of a group may know when a friend comes and goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotChoice {
    /// Which group.
    pub group: GroupId,
    /// What it is called.
    pub name: String,
    /// Since when they may; `None`: they may not.
    pub since: Option<Timestamp>,
    /// The names of its bots.
    pub bots: Vec<String>,
}

/// Another friend of the group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// Who.
    pub friend: FriendId,
    /// What they are called.
    pub name: String,
    /// What they see now of the friend that it is about.
    pub sees: LiveFriend,
}

/// Who sees whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visibility {
    /// How many others see anything.
    pub to: usize,
    /// How many others there are.
    pub others: usize,
    /// Whether anything was said and holds.
    pub said: bool,
    /// Whether everything is paused.
    pub paused: bool,
}

/// The terms of one party as they stand in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedTerms {
    /// The word of a level, or `group` for what the group sees; empty when nothing was chosen.
    #[serde(default)]
    pub level: String,
    /// With `delayed`: how late, minutes.
    #[serde(default)]
    pub delay_min: String,
    /// With `inside`: the ids of the regions.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Empty, `now`, `all` or `day`.
    #[serde(default)]
    pub since: String,
    /// With `day`: such as `2026-05-17`.
    #[serde(default)]
    pub since_day: String,
    /// Empty for good, `keep`, `hour`, `tonight`, `tomorrow` or `at`.
    #[serde(default)]
    pub until: String,
    /// With `at`: such as `2026-05-17T17:42`.
    #[serde(default)]
    pub until_at: String,
    /// Whose clock these are read off: the name of a time zone, or minutes ahead of UTC.
    #[serde(default)]
    pub zone: String,
}

/// What one friend sees before and after something is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Who looks.
    pub eyes: String,
    /// What they see now.
    pub before: LiveFriend,
    /// What they would see.
    pub after: LiveFriend,
}

/// What a friend lets others see, and what the others see of it.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::Forbidden`] unless it is the friend who asks, or an admin for one who cannot sign in.
#[server(name = AskPrivacy, prefix = "/api", endpoint = "privacy", input = GetUrl)]
pub async fn privacy(
    /// Their name or id; empty for whoever asks.
    #[server(default)]
    friend: String,
) -> Result<Privacy, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let owner = ssr::owner(&cx, &friend)?;
    let seen = cx.service().looks_at(cx.viewer()?, owner.friend.id).await.map_err(ssr::refused)?;
    let watchers = ssr::watchers(&cx, &owner).await?;
    Ok(Privacy { seen, watchers, ..ssr::privacy(&cx, &owner)? })
}

/// Who sees whoever asks.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskVisibility, prefix = "/api", endpoint = "visibility", input = GetUrl)]
pub async fn visibility() -> Result<Visibility, ApiError> {
    use crate::ssr;
    use domain::Shown;
    let cx = ssr::cx()?;
    let owner = ssr::owner(&cx, "")?;
    let Privacy { grants, paused, others, .. } = ssr::privacy(&cx, &owner)?;
    let sees = |other: &&Other| !matches!(other.sees.shown, Shown::Off | Shown::Paused);
    Ok(Visibility {
        to: others.iter().filter(sees).count(),
        others: others.len(),
        said: !grants.is_empty(),
        paused: paused.is_some(),
    })
}

/// What a friend sees now, and what they would see if these terms held; nothing while they are not complete.
///
/// # Errors
/// As [`share`], but none about a field.
#[server(name = AskPreview, prefix = "/api", endpoint = "privacy_preview", input = GetUrl)]
pub async fn privacy_preview(
    /// Whose terms they are, by id.
    friend: String,
    /// `group`, `group:` with an id, or a friend's id.
    party: String,
    /// Who looks, by id.
    eyes: String,
    /// What stands in the form.
    #[server(default)]
    terms: TypedTerms,
) -> Result<Option<Preview>, ApiError> {
    use crate::{draft, ssr};
    if terms.level.is_empty() || eyes.is_empty() {
        return Ok(None);
    }
    let cx = ssr::cx()?;
    let owner = ssr::owner(&cx, &friend)?;
    let Ok(terms) = ssr::terms(&owner, &party, &terms) else { return Ok(None) };
    let draft = terms.or_as_group(&owner);
    let eyes: FriendId = draft::id(&eyes, "friend").map_err(ssr::answered)?;
    let seen = cx.service().view_as(cx.viewer()?, owner.friend.id, eyes, Some(draft));
    let (before, after) = match seen {
        Err(service::Error::Invalid { .. }) => return Ok(None),
        seen => seen.map_err(ssr::refused)?,
    };
    let eyes = owner.others.iter().find(|live| live.friend.id == eyes);
    let eyes = eyes.map(|live| live.shown_name().to_owned()).unwrap_or_default();
    Ok(after.map(|after| Preview { eyes, before, after }))
}

/// Says what a party sees from now on.
///
/// # Errors
/// [`ApiError::Invalid`] names the field; [`ApiError::Forbidden`] unless it is the friend who asks, or an admin for one who cannot sign in.
#[server(prefix = "/api", endpoint = "share")]
pub async fn share(
    /// Who says it, by id.
    friend: String,
    /// `group`, `group:` with an id, or a friend's id.
    party: String,
    /// See [`TypedTerms`], as everything that follows.
    #[server(default)]
    level: String,
    /// Minutes.
    #[server(default)]
    delay_min: String,
    /// Ids.
    #[server(default)]
    regions: Vec<String>,
    /// From when on.
    #[server(default)]
    since: String,
    /// A day.
    #[server(default)]
    since_day: String,
    /// Until when.
    #[server(default)]
    until: String,
    /// A moment.
    #[server(default)]
    until_at: String,
    /// Whose clock.
    #[server(default)]
    zone: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let ticked = regions.join(" ");
    let terms = TypedTerms { level, delay_min, regions, since, since_day, until, until_at, zone };
    let typed = [
        ("party", &*party),
        ("level", &*terms.level),
        ("delay_min", &*terms.delay_min),
        ("regions", &*ticked),
        ("since", &*terms.since),
        ("since_day", &*terms.since_day),
        ("until", &*terms.until),
        ("until_at", &*terms.until_at),
    ];
    let cx = ssr::cx()?;
    let say = async {
        let owner = ssr::owner(&cx, &friend)?;
        let terms = ssr::terms(&owner, &party, &terms).map_err(ssr::answered)?;
        let (service, viewer, id) = (cx.service(), cx.viewer()?, owner.friend.id);
        let said = match terms.draft {
            Some(draft) => service.share(viewer, id, draft).await,
            None => service.unshare(viewer, id, terms.to).await,
        };
        said.map_err(ssr::refused)?;
        Ok(owner.page())
    };
    let page = say.await.map_err(|error: ApiError| error.keeping(typed))?;
    ssr::go(&format!("{page}?shared"));
    Ok(())
}

/// Shows nothing to anybody for a while.
///
/// # Errors
/// As [`share`].
#[server(prefix = "/api", endpoint = "pause_sharing")]
pub async fn pause_sharing(
    /// Who pauses, by id.
    friend: String,
    /// `hour`, `tomorrow`, or empty until they say so.
    #[server(default)]
    span: String,
    /// Anything, if others are to read "off" and not "paused".
    #[server(default)]
    quiet: String,
    /// Whose clock.
    #[server(default)]
    zone: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let owner = ssr::owner(&cx, &friend)?;
    let until = owner.pause_until(&span, &zone)?;
    let paused = cx.service().pause(cx.viewer()?, owner.friend.id, until, !quiet.is_empty()).await;
    paused.map_err(ssr::refused)?;
    ssr::go(&format!("{}?paused", owner.page()));
    Ok(())
}

/// Ends a pause.
///
/// # Errors
/// As [`share`].
#[server(prefix = "/api", endpoint = "resume_sharing")]
pub async fn resume_sharing(
    /// Whose, by id.
    friend: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let owner = ssr::owner(&cx, &friend)?;
    cx.service().resume(cx.viewer()?, owner.friend.id).await.map_err(ssr::refused)?;
    ssr::go(&format!("{}?resumed", owner.page()));
    Ok(())
}

/// Says whether the bots of a group may know from now on when a friend comes and goes.
///
/// # Errors
/// As [`share`].
#[server(prefix = "/api", endpoint = "choose_bots")]
pub async fn choose_bots(
    /// Who says it, by id.
    friend: String,
    /// Of which group, by id.
    group: String,
    /// Anything, if they may.
    #[server(default)]
    allowed: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let owner = ssr::owner(&cx, &friend)?;
    let group: GroupId = draft::id(&group, "group").map_err(ssr::answered)?;
    let (service, viewer, id) = (cx.service(), cx.viewer()?, owner.friend.id);
    let said = if allowed.is_empty() {
        service.refuse_bots(viewer, id, group).await
    } else {
        service.allow_bots(viewer, id, group).await
    };
    said.map_err(ssr::refused)?;
    ssr::go(&format!("{}?bots", owner.page()));
    Ok(())
}
