//! What a message on a sensor's topic means.

use super::{Bench, LONGEST_VERDICT, REMOVED, SENSOR_GONE, logged};
use crate::{Inbound, Principal, observation, sensor::sensor_on, translate};
use domain::{Door, Sensor, SensorForm};
use store::{NewObservation, Retained};

impl Bench<'_> {
    /// Hears a message if it is for a sensor; false for any other.
    pub(super) fn observe(&mut self, inbound: &Inbound) -> bool {
        let sensor = sensor_on(self.board, &self.settings.templates, &inbound.topic);
        let sensor = match (&inbound.principal, sensor) {
            (Principal::Bridge, Some(sensor)) => sensor,
            (Principal::Sensing(account), sensor) => {
                // The door looked at the board a moment ago; since then an admin may have changed it.
                if !self.board.devices.contains_key(&account.device) {
                    self.batch.messages.push(logged(inbound, None, REMOVED.into(), true));
                    return true;
                }
                let owner = self.board.friends.get(&account.friend);
                let is_of = |group| owner.is_some_and(|owner| owner.friend.is_of(group));
                let Some(sensor) = sensor.filter(|sensor| is_of(sensor.group)) else {
                    let device = Some(account.device);
                    self.batch.messages.push(logged(inbound, device, SENSOR_GONE.into(), true));
                    return true;
                };
                sensor
            }
            (Principal::Bridge, None)
            | (Principal::Device(_) | Principal::Refused(..) | Principal::Admin(_), _) => return false,
        };
        self.take_observation(sensor, inbound);
        true
    }

    /// What a sensor observed is the sensor's and not the device's that passed it on: it stays when that is removed, and so does
    /// its line in the log.
    fn take_observation(&mut self, sensor: &Sensor, inbound: &Inbound) {
        let Inbound { topic, payload, received_at, retained, door, qos, .. } = inbound;
        // What another broker had stored comes again with each subscription: without a time of its own it says nothing of now.
        let timeless = matches!(sensor.form, SensorForm::Json { time: None, .. });
        let (verdict, trouble) = if *retained && payload.is_empty() {
            ("kept: cleared".to_owned(), false)
        } else if *retained && *door == Door::Bridge && timeless {
            ("kept: retained by the other broker, and without a time of its own".to_owned(), false)
        } else {
            match observation::read(&sensor.form, payload, *received_at) {
                Ok(observation) => {
                    self.batch.observations.push(NewObservation { sensor: sensor.id, observation });
                    ("observation".to_owned(), false)
                }
                Err(why) => (format!("refused: no observation: {why}"), true),
            }
        };
        if *retained && *door == Door::Broker {
            self.batch.retained.push(Retained { topic: topic.clone(), payload: payload.clone(), qos: *qos });
        }
        let verdict = translate::cut(&verdict, LONGEST_VERDICT);
        self.batch.messages.push(logged(inbound, None, verdict, trouble));
    }
}
