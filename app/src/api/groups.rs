//! Who is of which group: what everybody may do about their own, admins of a group about it, and admins of the server about all.

use super::ApiError;
use domain::{FriendId, GroupId, Role};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// Everything that the page about groups shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupsKnown {
    /// The groups they are of, by name.
    pub mine: Vec<GroupKnown>,
    /// What others are called; to admins of the server alone.
    pub others: Vec<String>,
    /// The groups they are invited to, with what these are called, and as what.
    pub invitations: Vec<(GroupId, String, Role)>,
    /// Whether they may make groups.
    pub may_make: bool,
}

/// A group that somebody is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupKnown {
    /// Which.
    pub id: GroupId,
    /// What it is called.
    pub name: String,
    /// Whether it is their home group.
    pub home: bool,
    /// Whether they manage it.
    pub manages: bool,
    /// How many are of it.
    pub count: usize,
    /// Some of them.
    pub part: MembersPart,
    /// Others who are of more groups, and
    pub stays: Several,
    /// who are of this one alone; told to admins alone.
    pub rooted: Several,
    /// Who is invited, by the name that was typed, and as what; to its admins alone.
    pub invited: Vec<(String, Role)>,
}

/// A part of who is of a group, by name: as many as fit on a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MembersPart {
    /// Whose names have this in them.
    pub find: String,
    /// How many these are.
    pub found: usize,
    /// How many of them come before these.
    pub from: usize,
    /// These.
    pub members: Vec<MemberKnown>,
}

impl MembersPart {
    /// How many are in one part.
    pub const MOST: usize = 50;

    /// Of these members those whose names have a text in them, from a place on.
    pub fn of(members: Vec<MemberKnown>, find: &str, from: usize) -> Self {
        let key = domain::fold(find.trim());
        let found = members.into_iter().filter(|member| domain::fold(&member.name).contains(&key));
        let found: Vec<MemberKnown> = found.collect();
        let (count, from) = (found.len(), if from < found.len() { from } else { 0 });
        let members = found.into_iter().skip(from).take(Self::MOST).collect();
        Self { find: find.trim().to_owned(), found: count, from, members }
    }
}

/// Several friends, of whom some are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Several {
    /// Some of them, by name.
    pub names: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl Several {
    const MOST: usize = 10;

    /// Of these.
    pub fn of(names: impl IntoIterator<Item = String>) -> Self {
        let mut names = names.into_iter();
        let first = names.by_ref().take(Self::MOST).collect();
        Self { names: first, more: names.count() }
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Their names, and how many more.
    pub fn words(&self) -> String {
        let names = self.names.join(", ");
        if self.more == 0 { names } else { format!("{names} and {} more", self.more) }
    }
}

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberKnown {
    /// Who.
    pub friend: FriendId,
    /// What they are called.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Whether they can sign in, and so be an admin.
    pub signs_in: bool,
    /// Made up, for a demonstration.
    pub demo: bool,
    /// Whether they are of no other group; told to admins alone.
    pub only_here: bool,
}

/// The groups of whoever asks.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is signed in.
#[server(name = AskGroups, prefix = "/api", endpoint = "groups", input = GetUrl)]
pub async fn groups() -> Result<GroupsKnown, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let viewer = &cx.signed_in()?.viewer;
    let service = cx.service();
    let (known, others): (Vec<_>, Vec<_>) = service
        .groups(viewer)
        .await
        .map_err(ssr::refused)?
        .into_iter()
        .partition(|report| report.role.is_some());
    let invitations = service.group_invitations(viewer).await.map_err(ssr::refused)?;
    let mine = known.into_iter().map(|report| {
        let members: Vec<MemberKnown> = report.members.into_iter().map(ssr::member_known).collect();
        let others = |only_here: bool| {
            let meant =
                members.iter().filter(|member| member.only_here == only_here && !viewer.is(member.friend));
            Several::of(meant.map(|member| member.name.clone()))
        };
        GroupKnown {
            id: report.id,
            name: report.name.to_string(),
            home: report.is_home,
            manages: report.may_manage,
            count: members.len(),
            stays: others(false),
            rooted: others(true),
            part: MembersPart::of(members, "", 0),
            invited: report
                .invited
                .into_iter()
                .map(|invited| (invited.name.to_string(), invited.role))
                .collect(),
        }
    });
    Ok(GroupsKnown {
        mine: mine.collect(),
        others: others.into_iter().map(|report| report.name.to_string()).collect(),
        invitations: invitations
            .into_iter()
            .map(|known| (known.group, known.name.to_string(), known.role))
            .collect(),
        may_make: viewer.is_server_admin(),
    })
}

/// Some of who is of a group.
///
/// # Errors
/// [`ApiError::NotFound`] for the group unless whoever asks is of it.
#[server(name = AskMembers, prefix = "/api", endpoint = "members", input = GetUrl)]
pub async fn members(
    /// Which, by name or id.
    group: String,
    /// What their names have in them; empty for all.
    #[server(default)]
    find: String,
    /// How many to pass over.
    #[server(default)]
    from: usize,
) -> Result<MembersPart, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let viewer = &cx.signed_in()?.viewer;
    let id = cx.service().group_named(viewer, &group).map_err(ssr::refused)?;
    let reports = cx.service().groups(viewer).await.map_err(ssr::refused)?;
    let mut reports = reports.into_iter().filter(|report| report.role.is_some());
    let report = reports.find(|report| report.id == id);
    let report = report.ok_or_else(|| ssr::answered(ApiError::NotFound { what: "group".to_owned() }))?;
    let members = report.members.into_iter().map(ssr::member_known).collect();
    Ok(MembersPart::of(members, &find, from))
}

/// Makes a group, with whoever asks as its first admin.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field; [`ApiError::Forbidden`] unless an admin of the server.
#[server(prefix = "/api", endpoint = "add_group")]
pub async fn add_group(
    /// What to call it.
    name: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let made = cx.service().add_group(cx.viewer()?, &name).await;
    made.map_err(|error| ssr::refused(error).keeping([("name", &*name)]))?;
    ssr::go("/groups?made");
    Ok(())
}

/// Invites somebody into a group, by name. Whether there is somebody of that name is not said.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field; [`ApiError::Forbidden`] unless an admin of the group.
#[server(prefix = "/api", endpoint = "invite_member")]
pub async fn invite_member(
    /// Into which group, by id.
    group: String,
    /// Whom.
    name: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let id = draft::id(&group, "group").map_err(ssr::answered)?;
    let done = cx.service().put_member(cx.viewer()?, id, &name, Role::Friend).await;
    let done = done.map_err(|error| ssr::refused(error).keeping([("name", &*name), ("group", &*group)]))?;
    ssr::go(match done {
        service::Joined::Member => "/groups?joined",
        service::Joined::Invited => "/groups?invited",
    });
    Ok(())
}

/// Takes an invitation back.
///
/// # Errors
/// [`ApiError::Forbidden`] unless an admin of the group; [`ApiError::NotFound`].
#[server(prefix = "/api", endpoint = "withdraw_invitation")]
pub async fn withdraw_invitation(
    /// Into which group, by id.
    group: String,
    /// Whose, as it was typed.
    name: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let group = draft::id(&group, "group").map_err(ssr::answered)?;
    cx.service().withdraw_invitation(cx.viewer()?, group, &name).await.map_err(ssr::refused)?;
    ssr::go("/groups?withdrawn");
    Ok(())
}

/// Accepts an invitation, or declines it.
///
/// # Errors
/// [`ApiError::NotFound`] when there is none.
#[server(prefix = "/api", endpoint = "answer_invitation")]
pub async fn answer_invitation(
    /// Of which group, by id.
    group: String,
    /// `yes`, or anything else.
    answer: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let accept = answer == "yes";
    cx.service().answer_invitation(cx.viewer()?, &group, accept).await.map_err(ssr::refused)?;
    ssr::go(if accept { "/groups?accepted" } else { "/groups?declined" });
    Ok(())
}

/// Makes somebody an admin of a group, or a friend in it like others.
///
/// # Errors
/// [`ApiError::Forbidden`] unless an admin of the group; [`ApiError::Conflict`] for the last one.
#[server(prefix = "/api", endpoint = "set_member_role")]
pub async fn set_member_role(
    /// Of which group, by id.
    group: String,
    /// Whom, by name.
    name: String,
    /// `admin`, or anything else.
    role: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let group = draft::id(&group, "group").map_err(ssr::answered)?;
    let role = if role == "admin" { Role::Admin } else { Role::Friend };
    cx.service().put_member(cx.viewer()?, group, &name, role).await.map_err(ssr::refused)?;
    ssr::go("/groups?role");
    Ok(())
}

/// Has somebody be of a group no more.
///
/// # Errors
/// [`ApiError::Forbidden`] unless it is whoever asks, or an admin of the group; [`ApiError::Conflict`] for the last admin and the last group.
#[server(prefix = "/api", endpoint = "leave_group")]
pub async fn leave_group(
    /// Which, by id.
    group: String,
    /// Who, by id.
    friend: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let group = draft::id(&group, "group").map_err(ssr::answered)?;
    let friend = draft::id(&friend, "friend").map_err(ssr::answered)?;
    let viewer = cx.viewer()?;
    cx.service().remove_member(viewer, group, friend).await.map_err(ssr::refused)?;
    ssr::go(if viewer.is(friend) { "/groups?left" } else { "/groups?out" });
    Ok(())
}

/// Calls a group otherwise.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field; [`ApiError::Forbidden`] unless an admin of the group.
#[server(prefix = "/api", endpoint = "rename_group")]
pub async fn rename_group(
    /// Which, by id.
    group: String,
    /// What to call it.
    name: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let id = draft::id(&group, "group").map_err(ssr::answered)?;
    let done = cx.service().rename_group(cx.viewer()?, id, &name).await;
    done.map_err(|error| ssr::refused(error).keeping([("name", &*name), ("group", &*group)]))?;
    ssr::go("/groups?renamed");
    Ok(())
}

/// Removes a group with everything that is in it. Its friends stay in their others.
///
/// # Errors
/// [`ApiError::Forbidden`] unless an admin of the group; [`ApiError::Conflict`] for the last one, and while it has friends of no other.
#[server(prefix = "/api", endpoint = "remove_group")]
pub async fn remove_group(
    /// Which, by id.
    group: String,
    /// Its name, typed.
    #[server(default)]
    name: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let id = draft::id(&group, "group").map_err(ssr::answered)?;
    let called = cx.service().group_name(viewer, id);
    let called = called.ok_or_else(|| ssr::answered(ApiError::NotFound { what: "group".to_owned() }))?;
    if domain::fold(name.trim()) != called.key() {
        let wrong = ApiError::invalid("name", "must be the name of the group, to confirm");
        return Err(ssr::answered(wrong).keeping([("group", &*group)]));
    }
    let done = cx.service().remove_group(viewer, id, service::Removal::WithEverything).await;
    done.map_err(|error| ssr::refused(error).keeping([("group", &*group)]))?;
    ssr::go("/groups?gone");
    Ok(())
}
