//! What the judge knows besides messages goes into the journal together with the first message that is judged by it.
//!
//! So it lies in its true place in the log, also when a command at the terminal changed it. A process that judges nothing writes nothing.

use super::Pipeline;
use crate::{Error, Settings, board::OnBoard};
use domain::{DeviceId, FriendId, Role, Stint, Timestamp};
use owntracks::topic::Template;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use store::{Batch, Entry, Groups};

/// The groups of a friend, for the journal. Who cannot sign in is no admin of anything.
fn groups(owner: &OnBoard) -> Groups {
    let signs_in = owner.friend.role.is_some();
    let effective =
        |stint: &Stint| Stint { role: if signs_in { stint.role } else { Role::Friend }, ..*stint };
    Groups { home: owner.friend.group, stints: owner.stints.iter().map(effective).collect() }
}

/// What the journal has, and what is to be written next.
#[derive(Default)]
pub(super) struct Journal {
    settings: Option<String>,
    devices: HashSet<DeviceId>,
    groups: HashMap<FriendId, Groups>,
    pending: Vec<(Timestamp, Entry)>,
}

/// The settings that verdicts depend on, as the journal has them.
#[derive(Deserialize, Serialize)]
struct Rules {
    templates: Vec<String>,
    policy: domain::geofence::Policy,
}

/// The settings, for the journal.
pub(crate) fn rules(settings: &Settings) -> Result<String, Error> {
    let templates = settings.templates.iter().map(Template::to_string).collect();
    let rules = Rules { templates, policy: settings.policy.clone() };
    serde_json::to_string(&rules).map_err(|why| Error::invalid("settings", why.to_string()))
}

/// The settings from the journal.
pub(crate) fn settings(rules: &str, clock: fn() -> Timestamp) -> Result<Settings, Error> {
    let unreadable = |why: String| Error::invalid("settings", why);
    let Rules { templates, policy } =
        serde_json::from_str(rules).map_err(|why| unreadable(why.to_string()))?;
    let templates = templates
        .iter()
        .map(|text| Template::parse(text).map_err(|why| unreadable(why.to_string())))
        .collect::<Result<_, _>>()?;
    Ok(Settings { clock, templates, policy })
}

impl Pipeline {
    /// Reads what the journal has; at the terminal it is written, too, when a key is set there.
    pub(crate) async fn open_journal(&mut self) -> Result<(), Error> {
        for told in self.shared.reader.journal().await? {
            self.journal.has(told.entry);
        }
        Ok(())
    }

    /// Sees what the journal lacks; asked each time everything is loaded.
    pub(super) fn catch_up_journal(&mut self) -> Result<(), Error> {
        let rules = rules(&self.shared.settings)?;
        let now = self.shared.now();
        let journal = &mut self.journal;
        journal.pending.clear();
        if journal.settings.as_ref() != Some(&rules) {
            journal.pending.push((now, Entry::Settings(rules)));
        }
        let board = self.shared.board();
        // In which regions somebody can be found depends on their groups, and which regions their phone means by names on what they may
        // know of there.
        let told = board.friends.values().filter(|owner| !owner.devices.is_empty());
        let told = told.map(|owner| (owner.friend.id, groups(owner)));
        let mut changed: Vec<_> =
            told.filter(|(id, groups)| journal.groups.get(id) != Some(groups)).collect();
        changed.sort_by_key(|(id, _)| *id);
        journal.pending.extend(changed.into_iter().map(|(id, groups)| (now, Entry::Groups(id, groups))));
        let mut new: Vec<_> = board.devices.keys().filter(|id| !journal.devices.contains(id)).collect();
        new.sort();
        journal.pending.extend(new.into_iter().map(|id| (now, Entry::Device(*id))));
        Ok(())
    }

    /// Commits a batch, and with it what the journal lacks.
    pub(super) async fn store(&mut self, batch: &mut Batch) -> Result<(), Error> {
        batch.journal.splice(0..0, self.journal.pending.iter().cloned());
        self.writer.commit(batch).await?;
        self.alerts_wait |= !batch.turns.is_empty();
        for (_, entry) in std::mem::take(&mut self.journal.pending) {
            self.journal.has(entry);
        }
        Ok(())
    }
}

impl Journal {
    fn has(&mut self, entry: Entry) {
        match entry {
            Entry::Settings(rules) => self.settings = Some(rules),
            Entry::Device(id) => {
                self.devices.insert(id);
            }
            Entry::Groups(id, groups) => {
                self.groups.insert(id, groups);
            }
            Entry::Key(_)
            | Entry::KeyGone(_)
            | Entry::DeviceGone(_)
            | Entry::Counting(..)
            | Entry::Region(_)
            | Entry::RegionGone(_)
            | Entry::Sensor(_)
            | Entry::SensorGone(_)
            | Entry::Erased(..) => {}
        }
    }
}
