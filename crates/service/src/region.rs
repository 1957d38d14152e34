//! Regions that people draw, change and remove.

use crate::{Error, Service, command::Command, id, request::admin};
use domain::{Details, Name, Region, RegionId, Timestamp, Viewer};
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
    /// [`Error::Forbidden`], [`Error::Invalid`] for `name`, [`Error::NotFound`].
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

    fn known_region(&self, by: &Viewer, id: RegionId) -> Result<Region, Error> {
        let region = self.shared.board().region(id).cloned();
        region.filter(|region| by.may_see_region(region)).ok_or(Error::NotFound("region"))
    }
}
