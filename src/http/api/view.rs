//! What the JSON interface shows of our nouns. Named functions from the domain, nothing else.

use domain::{
    EvidenceNote, Fix, Observation, Quantity, Region, SensorForm, Transition, Viewer, live::LiveFriend,
};
use geodesy::Area;
use serde::Serialize;
use serde_json::{Map, Value};
use service::SensorNow;
use utoipa::ToSchema;

/// A region by identifier and name.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegionName {
    /// Opaque.
    pub(crate) id: String,
    /// As people call it.
    pub(crate) name: String,
}

/// A region.
#[derive(Serialize, ToSchema)]
pub(super) struct RegionView {
    /// Opaque.
    id: String,
    /// As people call it.
    name: String,
    /// `{"type":"circle","lat","lon","radius_m"}` or `{"type":"polygon","points":[[lat,lon],…]}`.
    #[schema(value_type = Object)]
    shape: Area,
    /// `icon`, `colour`, `pace`, `audience`, `to_phones` and `schedule`, as they are said when it is drawn.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    details: Map<String, Value>,
    /// When it got this name, shape and details, RFC 3339.
    changed_at: String,
}

/// Somebody entered or left a region.
#[derive(Serialize, ToSchema)]
pub(crate) struct TransitionView {
    /// Opaque.
    id: String,
    /// The friend's name.
    friend: String,
    /// The device's name.
    device: String,
    /// Which region.
    region: RegionName,
    /// `enter` or `leave`.
    #[schema(value_type = String)]
    kind: domain::Kind,
    /// When it happened, RFC 3339.
    at: String,
    /// The time of the evidence that settled it.
    decided_at: String,
    /// When the server knew.
    learnt_at: String,
    /// `server`, `phone`, `both` or `conflict`.
    #[schema(value_type = String)]
    witness: domain::Witness,
    /// Why.
    evidence: Vec<EvidenceView>,
    /// With a leave whose enter is known: how long the stay was.
    #[serde(skip_serializing_if = "Option::is_none")]
    stay_s: Option<i64>,
    /// When the server learnt better: it no longer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded_at: Option<String>,
}

/// One piece of evidence, without coordinates.
#[derive(Serialize, ToSchema)]
pub(super) struct EvidenceView {
    at: String,
    /// `fix`, `claim` or `listing`.
    #[schema(value_type = String)]
    source: domain::Source,
    accuracy_m: Option<f64>,
    /// Signed distance to the region's edge, negative inside.
    edge_distance_m: Option<f64>,
}

/// One position report.
#[derive(Serialize, ToSchema)]
pub(super) struct FixView {
    /// When it was taken, by the phone's clock, RFC 3339.
    at: String,
    /// When the phone made the message, by the phone's clock, where it said so.
    sent_at: Option<String>,
    /// When the server got it.
    received_at: String,
    /// What to think of `at`: `right`, `ahead` (of the server, taken for `received_at`) or `wrong`.
    clock: &'static str,
    lat: f64,
    lon: f64,
    accuracy_m: Option<f64>,
    altitude_m: Option<f64>,
    velocity_kmh: Option<f64>,
    course_deg: Option<f64>,
    battery_pct: Option<u8>,
    trigger: Option<String>,
    connection: Option<String>,
}

impl RegionView {
    /// The region with the friends of its audience by name.
    pub(super) fn new(region: Region, friends: &[LiveFriend]) -> Self {
        Self {
            id: region.id.to_string(),
            name: region.name.to_string(),
            shape: region.area,
            details: service::write_details(&region.details, friends),
            changed_at: region.changed_at.to_string(),
        }
    }
}

impl From<EvidenceNote> for EvidenceView {
    fn from(note: EvidenceNote) -> Self {
        let EvidenceNote { at, source, accuracy_m, edge_distance_m } = note;
        Self { at: at.to_string(), source, accuracy_m, edge_distance_m }
    }
}

impl From<Fix> for FixView {
    fn from(fix: Fix) -> Self {
        Self {
            at: fix.at.to_string(),
            sent_at: fix.sent_at.map(|at| at.to_string()),
            received_at: fix.received_at.to_string(),
            clock: fix.clock().as_str(),
            lat: fix.point.lat(),
            lon: fix.point.lon(),
            accuracy_m: fix.accuracy_m,
            altitude_m: fix.altitude_m,
            velocity_kmh: fix.velocity_kmh,
            course_deg: fix.course_deg,
            battery_pct: fix.battery_pct,
            trigger: fix.trigger,
            connection: fix.connection,
        }
    }
}

impl TransitionView {
    /// The transition with its friend and device by name.
    pub(crate) fn new(transition: Transition, friend: String, device: String) -> Self {
        Self {
            id: transition.id.to_string(),
            friend,
            device,
            region: RegionName { id: transition.region.to_string(), name: transition.region_name },
            kind: transition.kind,
            at: transition.at.to_string(),
            decided_at: transition.decided_at.to_string(),
            learnt_at: transition.learnt_at.to_string(),
            witness: transition.witness,
            evidence: transition.evidence.into_iter().map(EvidenceView::from).collect(),
            stay_s: transition.stay_ms.map(|stay| stay / 1000),
            superseded_at: transition.superseded_at.map(|at| at.to_string()),
        }
    }

    /// What the [`Self::cells`] of a table are called.
    pub(super) const COLUMNS: [&str; 12] = [
        "at",
        "friend",
        "device",
        "kind",
        "region",
        "stay_s",
        "witness",
        "decided_at",
        "learnt_at",
        "superseded_at",
        "region_id",
        "id",
    ];

    /// The same as a row of a table, without the evidence.
    pub(super) fn cells(self) -> [String; 12] {
        let word = |word: serde_json::Value| word.as_str().unwrap_or_default().to_owned();
        [
            self.at,
            self.friend,
            self.device,
            word(serde_json::json!(self.kind)),
            self.region.name,
            self.stay_s.map(|stay| stay.to_string()).unwrap_or_default(),
            word(serde_json::json!(self.witness)),
            self.decided_at,
            self.learnt_at,
            self.superseded_at.unwrap_or_default(),
            self.region.id,
            self.id,
        ]
    }
}

/// A sensor, and what it said last.
#[derive(Serialize, ToSchema)]
pub(super) struct SensorView {
    /// Opaque.
    id: String,
    /// As people call it.
    name: String,
    /// Where it reports: a topic filter. `null` for whoever is not of its group.
    topic: Option<String>,
    /// `csv` or `json`.
    form: &'static str,
    /// Pointer to the time in a JSON document; `null` for the time of receipt, and with `csv`.
    time: Option<String>,
    /// What the values are, in their order.
    values: Vec<ValueView>,
    /// Whether everybody may see it.
    public: bool,
    /// When it was last changed, RFC 3339.
    changed_at: String,
    /// The newest observation.
    last: Option<ObservationView>,
}

/// What a value is.
#[derive(Serialize, ToSchema)]
struct ValueView {
    name: String,
    unit: Option<String>,
    /// Where it stands in a JSON document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

/// What a sensor measured at one time.
#[derive(Serialize, ToSchema)]
pub(super) struct ObservationView {
    /// When, RFC 3339.
    at: String,
    /// When the server got it.
    received_at: String,
    /// In the order of the sensor's values at that time.
    values: Vec<f64>,
}

impl From<Observation> for ObservationView {
    fn from(Observation { at, received_at, values }: Observation) -> Self {
        Self { at: at.to_string(), received_at: received_at.to_string(), values }
    }
}

impl SensorView {
    /// As a viewer may see it: whoever is not of its group sees of a public sensor what it is called and what it observed, not where.
    pub(super) fn new(viewer: &Viewer, SensorNow { sensor, last }: SensorNow) -> Self {
        let insider = viewer.is_of(sensor.group);
        let value = |quantity: &Quantity, pointer: Option<&str>| ValueView {
            name: quantity.name.to_string(),
            unit: quantity.unit.as_ref().map(ToString::to_string),
            pointer: pointer.filter(|_| insider).map(ToOwned::to_owned),
        };
        let (form, time, values) = match &sensor.form {
            SensorForm::Csv { values } => {
                ("csv", None, values.iter().map(|quantity| value(quantity, None)).collect())
            }
            SensorForm::Json { time, values } => {
                let time = time.as_ref().filter(|_| insider).map(|pointer| pointer.as_str().to_owned());
                let each = values.iter().map(|at| value(&at.quantity, Some(at.pointer.as_str())));
                ("json", time, each.collect())
            }
        };
        Self {
            id: sensor.id.to_string(),
            name: sensor.name.to_string(),
            topic: insider.then(|| sensor.topic.to_string()),
            form,
            time,
            values,
            public: sensor.public,
            changed_at: sensor.changed_at.to_string(),
            last: last.map(ObservationView::from),
        }
    }
}
