//! Regions that people draw, change and remove.

pub(crate) mod member;

use crate::{
    Error, Service,
    audit::Deed,
    command::Command,
    hours, id,
    request::{admin_of, some_admin},
};
use domain::{Act, Audience, Details, GroupId, Name, Region, RegionId, Schedule, Timestamp, Viewer};
use geodesy::Area;

/// A region as somebody wants it.
#[derive(Clone, Debug)]
pub struct RegionDraft {
    /// What to call it.
    pub name: String,
    /// Where.
    pub area: Area,
    /// Everything else; `None` leaves what is there.
    pub details: Option<Details>,
}

/// A region as it was for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionVersion {
    /// As it was; since when, it says itself.
    pub region: Region,
    /// Until when; `None` for what holds.
    pub until: Option<Timestamp>,
}

impl Service {
    /// How a region was drawn, newest first; one that is no more, too. Of its versions those that were for the viewer, if it still is, or
    /// was last.
    ///
    /// # Errors
    /// [`Error::NotFound`]; when the database fails.
    pub async fn region_versions(&self, by: &Viewer, region: RegionId) -> Result<Vec<RegionVersion>, Error> {
        let story = self.shared.reader.region_story(region).await?;
        let last = story.iter().rev().find_map(|(_, region)| region.as_ref());
        last.filter(|last| by.may_see_region(last)).ok_or(Error::NotFound("region"))?;
        let mut versions: Vec<RegionVersion> = Vec::new();
        for (at, region) in story {
            let same = |version: &RegionVersion| {
                let known = &version.region;
                region.as_ref().is_some_and(|region| {
                    (&known.name, &known.area, &known.details)
                        == (&region.name, &region.area, &region.details)
                })
            };
            let before = versions.last_mut().filter(|version| version.until.is_none());
            if before.as_deref().is_some_and(same) {
                continue;
            }
            if let Some(before) = before {
                before.until = Some(at);
            }
            versions.extend(region.map(|region| RegionVersion { region, until: None }));
        }
        versions.retain(|version| by.may_see_region(&version.region));
        versions.reverse();
        Ok(versions)
    }

    /// Draws a region, or changes the one with this identifier.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] for `name`, `friends`, `hours` and `zone`.
    pub async fn put_region(
        &self,
        by: &Viewer,
        region: Option<RegionId>,
        draft: RegionDraft,
    ) -> Result<Region, Error> {
        self.put_region_in(by, None, region, draft).await
    }

    /// As [`Self::put_region`]; a new region is of that group.
    ///
    /// # Errors
    /// As [`Self::put_region`].
    pub async fn put_region_in(
        &self,
        by: &Viewer,
        group: Option<GroupId>,
        region: Option<RegionId>,
        draft: RegionDraft,
    ) -> Result<Region, Error> {
        some_admin(by)?;
        let name = Name::new(&draft.name).map_err(Error::name("name"))?;
        let changed_at = self.shared.now();
        let region = match region {
            Some(id) => {
                let known = self.known_region(by, id)?;
                let details = draft.details.unwrap_or_else(|| known.details.clone());
                Region { name, area: draft.area, changed_at, details, ..known }
            }
            None => Region {
                id: self.new_region(changed_at),
                group: self.group_for_new(by, group).await?,
                name,
                area: draft.area,
                demo: false,
                changed_at,
                details: draft.details.unwrap_or_default(),
            },
        };
        let mut region = region;
        admin_of(by, region.group)?;
        region.details = self.check_details(region.group, region.details)?;
        let put = region.clone();
        let deed = Deed::new(Act::RegionChanged, &put.name).of(put.group).which(put.id.uuid());
        self.command_told(by, deed, |reply| Command::PutRegion { region: put, reply }).await?;
        Ok(region)
    }

    /// Removes a region; its history stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn remove_region(&self, by: &Viewer, region: RegionId) -> Result<(), Error> {
        some_admin(by)?;
        let known = self.known_region(by, region)?;
        admin_of(by, known.group)?;
        let deed = Deed::new(Act::RegionRemoved, &known.name).of(known.group).which(known.id.uuid());
        self.command_told(by, deed, |reply| Command::RemoveRegion { region, reply }).await
    }

    /// An identifier for a region that no phone takes for another region.
    fn new_region(&self, now: Timestamp) -> RegionId {
        loop {
            let id = RegionId::new(id::new(now));
            if !self.shared.board().is_mistakable(id) {
                return id;
            }
        }
    }

    /// The details of a region of a group, as far as they can be.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `friends`, `hours` and `zone`.
    pub(crate) fn check_details(&self, group: GroupId, mut details: Details) -> Result<Details, Error> {
        self.check_audience(group, &mut details.audience)?;
        details.schedule.as_ref().map_or(Ok(()), check_schedule)?;
        Ok(details)
    }

    /// Only friends of the group can be meant, and somebody must be. Those who are gone are left out.
    fn check_audience(&self, group: GroupId, audience: &mut Audience) -> Result<(), Error> {
        let Audience::Friends(friends) = audience else { return Ok(()) };
        if friends.is_empty() {
            return Err(Error::invalid("friends", "must be at least one"));
        }
        let board = self.shared.board();
        friends.retain(|id| board.friends.contains_key(id));
        let theirs = |id| board.friends.get(id).is_some_and(|on_board| on_board.friend.is_of(group));
        if friends.iter().all(theirs) {
            Ok(())
        } else {
            Err(Error::invalid("friends", "must be of the region's group"))
        }
    }

    fn known_region(&self, by: &Viewer, id: RegionId) -> Result<Region, Error> {
        let region = self.shared.board().region(id).cloned();
        region.filter(|region| by.may_see_region(region)).ok_or(Error::NotFound("region"))
    }
}

pub(crate) fn check_schedule(schedule: &Schedule) -> Result<(), Error> {
    if schedule.hours.is_empty() || schedule.hours.len() > Schedule::MOST_HOURS {
        let why = format!("must be 1 to {} lines", Schedule::MOST_HOURS);
        return Err(Error::invalid("hours", why));
    }
    if !hours::is_zone(&schedule.zone) {
        return Err(Error::invalid("zone", "must be a time zone such as Europe/Zurich"));
    }
    Ok(())
}
