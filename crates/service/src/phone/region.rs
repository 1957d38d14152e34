//! Regions on phones, for people: how far each has come, what a phone keeps besides, and what of that could be a region of the home group.

use crate::{
    Error, RegionDraft, Service,
    board::{Board, Reporter},
    command::Command,
    pipeline::provision::wanted,
    request::{admin_of, some_admin},
    sight::Sight,
};
use domain::{
    Details, Device, DeviceId, Friend, Region, RegionId, Showing, Timestamp, Viewer,
    waypoint::{Given, Receipt, Waypoint},
};
use geodesy::{Area, Circle};
use std::collections::HashMap;

/// A region that a phone holds, should hold, or was to forget.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionOnPhone {
    /// Which.
    pub region: RegionId,
    /// What it is called there.
    pub name: String,
    /// The circle, of a polygon: its radius in metres.
    pub circle_m: Option<u32>,
    /// How far it has come.
    pub receipt: Receipt,
}

/// A phone that a region is given to.
#[derive(Clone, Debug, PartialEq)]
pub struct PhoneOfRegion {
    /// Which.
    pub device: Device,
    /// Whose.
    pub owner: Friend,
    /// The circle, of a polygon: its radius in metres.
    pub circle_m: Option<u32>,
    /// How far the region has come.
    pub receipt: Receipt,
}

/// A place that somebody drew on a phone.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceOnPhone {
    /// What the phone calls it.
    pub name: String,
    /// Where; `None` for beacons.
    pub circle: Option<Circle>,
    /// When the phone last told of it.
    pub seen_at: Timestamp,
    /// The region that it is.
    pub region: Option<RegionId>,
}

/// What a phone keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhonePlaces {
    /// Of the regions of its friend's groups, by name.
    pub regions: Vec<RegionOnPhone>,
    /// Of its own, by name.
    pub own: Vec<PlaceOnPhone>,
    /// When it last told of everything that it keeps.
    pub listed_at: Option<Timestamp>,
}

/// A place on a phone that could become a region.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceOffer {
    /// On which phone.
    pub device: Device,
    /// Whose that is.
    pub owner: Friend,
    /// The key of the place on that phone. Opaque.
    pub key: String,
    /// What the phone calls it.
    pub name: String,
    /// Where.
    pub circle: Circle,
    /// How many other phones have the same place.
    pub others: usize,
}

/// How many places are offered at a time.
const MOST_OFFERS: usize = 100;

impl Service {
    /// What a phone keeps of the regions of its friend's groups and of its own.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin or its owner; when the database fails.
    pub async fn places_on(&self, by: &Viewer, device: DeviceId) -> Result<PhonePlaces, Error> {
        self.owner_for(by, device)?;
        let silences = self.silences().await?;
        let board = self.shared.board();
        let reporter = board.devices.get(&device).ok_or(Error::NotFound("device"))?;
        let phone = reporter.phone();
        let on_phone = |region: &Given, receipt| RegionOnPhone {
            region: region.region,
            name: region.name.clone(),
            circle_m: as_circle(&board, region.region),
            receipt,
        };
        let wanted = wanted(&board, reporter);
        let silent = silences.get(&device).copied();
        let mut regions: Vec<_> =
            wanted.iter().map(|given| on_phone(given, phone.receipt(given, silent))).collect();
        let owner = &board.owner(reporter).ok_or(Error::NotFound("device"))?.friend;
        for region in board.regions_for_phones(owner) {
            let known = wanted.iter().any(|given| given.region == region.id);
            if !known && by.may_see_region(region) && may_hold(&board, reporter, region) {
                let receipt = refusal(&board, reporter, region);
                let name = region.name.to_string();
                regions.push(RegionOnPhone { region: region.id, name, circle_m: None, receipt });
            }
        }
        for (region, sent) in &reporter.sent {
            let listed = regions.iter().any(|known| known.region == *region);
            let name = sent.given.as_ref().map(|given| given.name.clone());
            let there = board.region(*region);
            let visible = there.filter(|region| by.may_see_region(region));
            let name = name.or_else(|| Some(visible?.name.to_string()));
            // Of a group that they left the others decide nothing, and learn nothing.
            let known = there.or_else(|| board.gone.get(region));
            let theirs = by.is(owner.id) || known.is_none_or(|region| by.is_of(region.group));
            if let (false, true, Some(receipt)) = (listed, theirs, phone.farewell(*region)) {
                let name = name.unwrap_or_else(|| "A region of before".into());
                regions.push(RegionOnPhone { region: *region, name, circle_m: None, receipt });
            }
        }
        regions.sort_by_cached_key(|known| (known.name.to_lowercase(), known.region));
        let shown = Sight::new(&board, by).showing_of(reporter.device.friend, self.shared.now());
        let is_others = |own: &Waypoint| board.foreign(reporter, by).any(|region| own.is_of(region.id));
        let mut own: Vec<PlaceOnPhone> = phone
            .own()
            .filter(|own| is_shown(&shown, own) && (by.is(owner.id) || !is_others(own)))
            .map(|own| PlaceOnPhone {
                name: own.name.clone(),
                circle: own.circle(),
                seen_at: own.seen_at,
                region: board
                    .region_at(reporter, own)
                    .filter(|id| board.region(*id).is_some_and(|region| by.may_see_region(region))),
            })
            .collect();
        own.sort_by_cached_key(|own| own.name.to_lowercase());
        Ok(PhonePlaces { regions, own, listed_at: reporter.listed_at })
    }

    /// Which phones a region is given to, and how far it has come on each; none when phones are not given it. Phones of those who may
    /// not know of it are not among them.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin; when the database fails.
    pub async fn phones_with(&self, by: &Viewer, region: RegionId) -> Result<Vec<PhoneOfRegion>, Error> {
        some_admin(by)?;
        let silences = self.silences().await?;
        let board = self.shared.board();
        let known = board.region(region).filter(|region| by.may_see_region(region));
        let region = known.ok_or(Error::NotFound("region"))?;
        admin_of(by, region.group)?;
        let mut phones = Vec::new();
        for reporter in board.devices.values() {
            let owner = board.owner(reporter).filter(|owner| owner.friend.is_of(region.group));
            let Some(owner) = owner else { continue };
            let phone = reporter.phone();
            let wanted = wanted(&board, reporter);
            let silent = silences.get(&reporter.device.id).copied();
            let receipt = match wanted.iter().find(|given| given.region == region.id) {
                Some(given) => Some(phone.receipt(given, silent)),
                None if region.details.to_phones && may_hold(&board, reporter, region) => {
                    Some(refusal(&board, reporter, region))
                }
                None => phone.farewell(region.id).filter(|receipt| !matches!(receipt, Receipt::Left(_))),
            };
            if let Some(receipt) = receipt {
                let (device, owner) = (reporter.device.clone(), owner.friend.seen_by(by));
                let circle_m = as_circle(&board, region.id);
                phones.push(PhoneOfRegion { device, owner, circle_m, receipt });
            }
        }
        phones.sort_by_cached_key(|phone| (phone.owner.name.key(), phone.device.name.key()));
        Ok(phones)
    }

    /// Gives a phone its regions afresh, for one whose owner removed or changed them there.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless an admin or its owner.
    pub async fn send_regions(&self, by: &Viewer, device: DeviceId) -> Result<(), Error> {
        self.owner_for(by, device)?;
        self.command(|reply| Command::SendRegions { device, reply }).await
    }

    /// Places that friends drew on their phones and that are no regions of their home group yet.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin.
    pub fn offered_places(&self, by: &Viewer) -> Result<Vec<PlaceOffer>, Error> {
        some_admin(by)?;
        let (board, now) = (self.shared.board(), self.shared.now());
        let sight = Sight::new(&board, by);
        let mut reporters: Vec<_> = board.devices.values().collect();
        reporters.sort_by_key(|reporter| reporter.device.id);
        let mut offers: Vec<(PlaceOffer, &Waypoint)> = Vec::new();
        'phones: for reporter in reporters {
            let owner = board.friends.get(&reporter.device.friend);
            let owner = owner.filter(|owner| by.administers(owner.friend.group) && !owner.friend.demo);
            let Some((owner, showing)) = owner.map(|owner| (&owner.friend, sight.showing(owner, now))) else {
                continue;
            };
            let phone = reporter.phone();
            let own = phone.own().filter(|own| is_shown(&showing, own) && is_own(&board, reporter, own));
            // What is a region of another group of theirs is none of this one.
            let is_new = |own: &&Waypoint| board.region_of_group_at(owner.group, reporter, own).is_none();
            for own in own.filter(is_new) {
                let Some(circle) = own.circle() else { continue };
                let same = |(offer, known): &&mut (PlaceOffer, &Waypoint)| {
                    offer.owner.group == owner.group && known.is_same(own)
                };
                if let Some((offer, _)) = offers.iter_mut().find(same) {
                    offer.others += 1;
                    continue;
                }
                if offers.len() >= MOST_OFFERS {
                    break 'phones;
                }
                let key = reporter.known.iter().find(|(_, known)| *known == own).map(|(key, _)| key.clone());
                let offer = PlaceOffer {
                    device: reporter.device.clone(),
                    owner: owner.seen_by(by),
                    key: key.unwrap_or_default(),
                    name: own.name.clone(),
                    circle,
                    others: 0,
                };
                offers.push((offer, own));
            }
        }
        let mut offers: Vec<PlaceOffer> = offers.into_iter().map(|(offer, _)| offer).collect();
        offers.sort_by_cached_key(|offer| offer.name.to_lowercase());
        Ok(offers)
    }

    /// Makes a region of a place on a phone. Phones that have the place have the region from then on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; [`Error::NotFound`] when the phone does not have it; [`Error::Conflict`] when it is a region
    /// already; [`Error::Invalid`] for `name`.
    pub async fn adopt_place(&self, by: &Viewer, device: DeviceId, key: &str) -> Result<Region, Error> {
        some_admin(by)?;
        let (name, circle, group) = {
            let board = self.shared.board();
            let reporter = board.devices.get(&device);
            let owner = reporter.and_then(|reporter| board.friends.get(&reporter.device.friend));
            let sight = Sight::new(&board, by);
            let owner = owner.filter(|owner| by.administers(owner.friend.group));
            let showing = owner.map(|owner| sight.showing(owner, self.shared.now()));
            let showing = showing.filter(Showing::is_precise);
            let (reporter, showing) = reporter.zip(showing).ok_or(Error::NotFound("device"))?;
            let known = reporter.known.get(key).filter(|known| known.is_there() && is_shown(&showing, known));
            let known = known.filter(|known| is_own(&board, reporter, known));
            let known = known.ok_or(Error::NotFound("place"))?;
            if board.region_of_group_at(reporter.group, reporter, known).is_some() {
                return Err(Error::Conflict { field: "key", why: "is a region already".into() });
            }
            (known.name.clone(), known.circle().ok_or(Error::NotFound("place"))?, reporter.group)
        };
        let draft = RegionDraft { name, area: Area::Circle(circle), details: Some(Details::default()) };
        self.put_region_in(by, Some(group), None, draft).await
    }

    async fn silences(&self) -> Result<HashMap<DeviceId, Timestamp>, Error> {
        Ok(self.shared.reader.silences().await?.into_iter().collect())
    }
}

/// Whether somebody sees a place that another drew for themselves: that is where they are at home, and was drawn and told of at times of
/// which anything is seen.
fn is_shown(showing: &Showing, place: &Waypoint) -> bool {
    let drawn = place.made_at.is_none_or(|at| showing.covers(at));
    showing.is_precise() && showing.covers(place.seen_at) && drawn
}

/// Whether a place is none that the phone has as a region of a group that is not, or no more, for those of its friend's home group.
fn is_own(board: &Board, reporter: &Reporter, place: &Waypoint) -> bool {
    !board.beyond_home(reporter).any(|region| place.is_of(region.id))
}

/// Whether the owner of a phone may know of a region that is not made up.
fn may_hold(board: &Board, reporter: &Reporter, region: &Region) -> bool {
    let viewer = board.friends.get(&reporter.device.friend).filter(|owner| !owner.friend.demo);
    viewer.is_some_and(|owner| owner.viewer().may_see_region(region))
}

/// As how wide a circle phones watch a polygon, metres; `None` for a circle, and for what is too wide for them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most some thousand metres")]
fn as_circle(board: &Board, region: RegionId) -> Option<u32> {
    let region = board.region(region).filter(|region| matches!(region.area, Area::Polygon(_)))?;
    Some(board.circle_on_phones(region.id)?.radius_m() as u32)
}

/// Why a phone should not hold a region that it may know of.
fn refusal(board: &Board, reporter: &Reporter, region: &Region) -> Receipt {
    match board.circle_on_phones(region.id) {
        None => Receipt::Shape,
        Some(_) if reporter.phone().has_its_own(region) => Receipt::Own,
        Some(_) => Receipt::Beyond,
    }
}
