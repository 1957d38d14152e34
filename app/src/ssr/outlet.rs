//! From what the service knows of an outlet to what its page shows.

use crate::api::OutletView;
use service::OutletReport;

/// An outlet and how it is doing.
pub fn outlet(OutletReport { outlet, has_password, state }: OutletReport) -> OutletView {
    OutletView {
        id: outlet.id,
        group: outlet.group,
        broker: outlet.broker,
        user: outlet.user.unwrap_or_default(),
        has_password,
        authority: outlet.authority.unwrap_or_default(),
        base: outlet.base.to_string(),
        positions: outlet.positions,
        transitions: outlet.transitions,
        observations: outlet.observations,
        on: outlet.on,
        connected: state.connected,
        delivered_at: state.delivered_at,
        waiting: state.waiting,
        error: state.error,
        tested: state.tested.map(|(at, outcome)| (at, outcome.err())),
    }
}
