//! Regions that people draw, change and remove.

use crate::{Error, Service, command::Command, hours, id, request::admin};
use domain::{Audience, Details, GroupId, Name, Region, RegionId, Schedule, Timestamp, Viewer};
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

impl Service {
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
        admin(by)?;
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
                group: self.group_for(by, None).await?,
                name,
                area: draft.area,
                demo: false,
                changed_at,
                details: draft.details.unwrap_or_default(),
            },
        };
        self.check_audience(region.group, &region.details.audience)?;
        region.details.schedule.as_ref().map_or(Ok(()), check_schedule)?;
        let put = region.clone();
        self.command(|reply| Command::PutRegion { region: put, reply }).await?;
        Ok(region)
    }

    /// Removes a region; its history stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn remove_region(&self, by: &Viewer, region: RegionId) -> Result<(), Error> {
        admin(by)?;
        self.known_region(by, region)?;
        self.command(|reply| Command::RemoveRegion { region, reply }).await
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

    /// Only friends of the group can be meant, and somebody must be.
    fn check_audience(&self, group: GroupId, audience: &Audience) -> Result<(), Error> {
        let Audience::Friends(friends) = audience else { return Ok(()) };
        let board = self.shared.board();
        let theirs = |id| board.friends.get(id).is_some_and(|on_board| on_board.friend.group == group);
        match friends.as_slice() {
            [] => Err(Error::invalid("friends", "must be at least one")),
            friends if !friends.iter().all(theirs) => {
                Err(Error::invalid("friends", "must be of the region's group"))
            }
            _ => Ok(()),
        }
    }

    fn known_region(&self, by: &Viewer, id: RegionId) -> Result<Region, Error> {
        let region = self.shared.board().region(id).cloned();
        region.filter(|region| by.may_see_region(region)).ok_or(Error::NotFound("region"))
    }
}

fn check_schedule(schedule: &Schedule) -> Result<(), Error> {
    if schedule.hours.is_empty() || schedule.hours.len() > Schedule::MOST_HOURS {
        let why = format!("must be 1 to {} lines", Schedule::MOST_HOURS);
        return Err(Error::invalid("hours", why));
    }
    if !hours::is_zone(&schedule.zone) {
        return Err(Error::invalid("zone", "must be a time zone such as Europe/Zurich"));
    }
    Ok(())
}
