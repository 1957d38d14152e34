//! What a commit changes of how things are.

use super::{Board, Provision, app_by_status};
use domain::live::Change;
use store::{Batch, PhoneWaypoint};

impl Board {
    /// Makes a committed change visible.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Moved(device, spot) => {
                if let Some(reporter) = self.devices.get_mut(device) {
                    let owner = self.friends.get(&reporter.device.friend);
                    let late_ms = owner.map_or(0, |owner| owner.sharing.longest_delay_ms());
                    // It is told to each group of the friend.
                    reporter.lost_at = None;
                    if reporter.spot.as_ref() != Some(spot) {
                        reporter.leave(late_ms, spot.at);
                        reporter.spot = Some(spot.clone());
                        self.crowd.put(*device, spot.point, spot.accuracy_m);
                        let friend = reporter.device.friend;
                        self.note(friend);
                    }
                }
            }
            Change::Lost(device, at) => {
                if let Some(reporter) = self.devices.get_mut(device) {
                    reporter.lost_at = Some(*at);
                }
            }
            Change::Stays(friend, stays) => {
                if let Some(on_board) = self.friends.get_mut(friend) {
                    on_board.stays.clone_from(stays);
                }
            }
            // What is shown of somebody may depend on where they are.
            Change::Region(region) => {
                self.note_all();
                self.put_region(region.clone());
            }
            Change::RegionGone(region) => {
                self.note_all();
                self.drop_region(*region);
            }
            // What a sensor observed is not on the board; the sensor itself its command puts there. The history is not on it either.
            // How a friend is shown is a matter between two, their range and alerts their own, who is online or connected the lines say, and
            // messages between friends the pipeline takes up by itself.
            Change::Sensor(_)
            | Change::Superseded { .. }
            | Change::Friend(_)
            | Change::Range(_)
            | Change::Alert(_)
            | Change::Chat(_)
            | Change::ChatGone(_)
            | Change::Unread(_)
            | Change::Online(..)
            | Change::BotConnected(..) => {}
            Change::Card(friend, card) => {
                if let Some(on_board) = self.friends.get_mut(friend) {
                    on_board.card = Some(card.clone());
                }
            }
            Change::Crossed(transition) => {
                if let Some(group) = self.group_of(transition.region, transition.friend) {
                    let last = self.crossed_at.entry(group).or_insert(transition.learnt_at);
                    *last = transition.learnt_at.max(*last);
                }
            }
        }
    }

    /// Takes up what a committed batch tells of the places that phones keep, and of how often they report.
    pub(crate) fn learn(&mut self, batch: &Batch) {
        for state in &batch.states {
            if let Some(reporter) = self.devices.get_mut(&state.device) {
                reporter.rhythm.clone_from(&state.rhythm);
            }
        }
        for PhoneWaypoint { device, key, waypoint } in &batch.waypoints {
            if let Some(reporter) = self.devices.get_mut(device) {
                reporter.known.insert(key.clone(), waypoint.clone());
                reporter.provision = Provision::Open;
            }
        }
        for (device, region, at) in &batch.confirmed {
            let reporter = self.devices.get_mut(device);
            if let Some(sent) = reporter.and_then(|reporter| reporter.sent.get_mut(region)) {
                sent.confirmed_at.get_or_insert(*at);
            }
        }
        for (device, at) in &batch.lists {
            if let Some(reporter) = self.devices.get_mut(device) {
                reporter.listed_at = Some(*at);
                reporter.app = reporter.app.or_else(|| reporter.app_by_list());
                reporter.provision = Provision::Open;
            }
        }
        for (device, said, _) in &batch.statuses {
            if let Some(reporter) = self.devices.get_mut(device) {
                reporter.app = app_by_status(said).or(reporter.app);
                reporter.provision = Provision::Open;
            }
        }
    }
}
