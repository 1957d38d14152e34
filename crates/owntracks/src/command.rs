//! Orders to a phone.

use serde_json::{Map, Value};

use crate::{Configuration, Epoch, Monitoring, Tour, Waypoint, Waypoints, member::Members, writer::Writer};

const KIND: &str = "cmd";

/// An order to a phone: `_type` `cmd`, on `<base>/cmd`, never retained (a retained one is obeyed at each connection), or in the
/// answer to a request in HTTP mode. Whether a phone obeys is its own decision: see [`Configuration::cmd`] and
/// [`Configuration::remote_configuration`].
///
/// ```
/// use owntracks::{Command, Monitoring, encode};
///
/// assert_eq!(encode(&Command::report_location().into()), br#"{"_type":"cmd","action":"reportLocation"}"#);
/// assert_eq!(
///     encode(&Command::monitoring(Monitoring::Move).into()),
///     br#"{"_type":"cmd","action":"setConfiguration","configuration":{"_type":"configuration","monitoring":2}}"#,
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// What is to be done.
    pub action: Action,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

/// What a phone is to do: `action`, with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// `reportLocation`: answer with a location of trigger `r`. Both apps; neither in quiet or manual mode.
    ReportLocation,
    /// `reportSteps`: answer with [`crate::Steps`]. iOS.
    ReportSteps {
        /// `from`: where the interval begins; today's midnight when missing.
        from: Option<Epoch>,
        /// `to`: where it ends; now when missing.
        to: Option<Epoch>,
    },
    /// `dump`: answer with a [`crate::Dump`], password and all. iOS.
    Dump,
    /// `status`: answer with a [`crate::Status`]. Android since 2.5.2, iOS since 17.2.5.
    Status,
    /// `waypoints`: answer with all regions. Both apps.
    Waypoints,
    /// `setWaypoints`: add or replace these regions. Android tells them by `tst`, iOS by `rid`, so give both; on Android a radius
    /// must be above 0. Both apps; iOS wants `remoteConfiguration`.
    SetWaypoints(Waypoints),
    /// `clearWaypoints`: forget all regions; on Android the only way to take one away. Android since 2.5.0, iOS since 16.4.3
    /// with `remoteConfiguration`.
    ClearWaypoints,
    /// `setConfiguration`: change these settings. Both apps, with `remoteConfiguration`.
    SetConfiguration(Box<Configuration>),
    /// `response`: the answer to a [`crate::Request`]. iOS.
    Response(Response),
    /// `action`: show this to the user. iOS before 18.0.1.
    Show {
        /// `content`: text or HTML.
        content: Option<String>,
        /// `url` of a page.
        url: Option<String>,
        /// `notify`: as a notification.
        notify: Option<bool>,
        /// `extern`: in the browser.
        external: Option<bool>,
    },
    /// Any other word, or none; also one of the above whose argument is unusable. Android refuses the whole message.
    Other(Option<String>),
}

/// The answer to a [`crate::Request`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Response {
    /// `request`: what is answered, `tour` or `tours`.
    pub request: Option<String>,
    /// `status`: 200 when there is a tour; anything else means that there is none. Like those of HTTP.
    pub status: Option<u16>,
    /// `tour`: the one that was asked for, with its link.
    pub tour: Option<Tour>,
    /// `tours`: all there are. Written with their number in `ntours`, without those that lack label or times.
    pub tours: Option<Vec<Tour>>,
}

impl Command {
    /// An order and nothing else.
    pub fn new(action: Action) -> Self {
        Self { action, topic: None, extra: Map::new() }
    }

    /// Say where you are.
    pub fn report_location() -> Self {
        Self::new(Action::ReportLocation)
    }

    /// Say how many steps were made between two moments; without them, today.
    pub fn report_steps(from: Option<Epoch>, to: Option<Epoch>) -> Self {
        Self::new(Action::ReportSteps { from, to })
    }

    /// Say how you are set up, with your password.
    pub fn dump() -> Self {
        Self::new(Action::Dump)
    }

    /// Say what hinders you.
    pub fn status() -> Self {
        Self::new(Action::Status)
    }

    /// Say which regions you know.
    pub fn waypoints() -> Self {
        Self::new(Action::Waypoints)
    }

    /// Know these regions too.
    pub fn set_waypoints(waypoints: Vec<Waypoint>) -> Self {
        Self::new(Action::SetWaypoints(Waypoints { waypoints, ..Waypoints::default() }))
    }

    /// Forget all regions.
    pub fn clear_waypoints() -> Self {
        Self::new(Action::ClearWaypoints)
    }

    /// Change these settings.
    pub fn set_configuration(configuration: Configuration) -> Self {
        Self::new(Action::SetConfiguration(Box::new(configuration)))
    }

    /// Report more or less eagerly.
    pub fn monitoring(monitoring: Monitoring) -> Self {
        Self::set_configuration(Configuration { monitoring: Some(monitoring), ..Configuration::default() })
    }

    /// Here is what you asked for.
    pub fn respond(response: Response) -> Self {
        Self::new(Action::Response(response))
    }

    pub(crate) fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of(KIND, object);
        let word = from.text("action");
        let action = Action::read(word.as_deref(), &mut from).unwrap_or(Action::Other(word));
        Self { action, topic: from.text("topic"), extra: from.rest() }
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        let writer = Writer::of(KIND).text("action", self.action.as_str());
        self.action.write(writer).text("topic", self.topic.as_deref()).finish(&self.extra)
    }
}

impl Action {
    /// The word on the wire.
    pub fn as_str(&self) -> Option<&str> {
        Some(match self {
            Self::ReportLocation => "reportLocation",
            Self::ReportSteps { .. } => "reportSteps",
            Self::Dump => "dump",
            Self::Status => "status",
            Self::Waypoints => "waypoints",
            Self::SetWaypoints(_) => "setWaypoints",
            Self::ClearWaypoints => "clearWaypoints",
            Self::SetConfiguration(_) => "setConfiguration",
            Self::Response(_) => "response",
            Self::Show { .. } => "action",
            Self::Other(word) => return word.as_deref(),
        })
    }

    fn read(word: Option<&str>, from: &mut Members) -> Option<Self> {
        Some(match word? {
            "reportLocation" => Self::ReportLocation,
            "reportSteps" => Self::ReportSteps { from: from.epoch("from"), to: from.epoch("to") },
            "dump" => Self::Dump,
            "status" => Self::Status,
            "waypoints" => Self::Waypoints,
            "setWaypoints" => Self::SetWaypoints(Waypoints::read(from.object("waypoints")?).ok()?),
            "clearWaypoints" => Self::ClearWaypoints,
            "setConfiguration" => {
                Self::SetConfiguration(Box::new(Configuration::read(from.object("configuration")?)))
            }
            "response" => Self::Response(Response::read(from)),
            "action" => Self::Show {
                content: from.text("content"),
                url: from.text("url"),
                notify: from.flag("notify"),
                external: from.flag("extern"),
            },
            _ => return None,
        })
    }

    fn write(&self, writer: Writer) -> Writer {
        match self {
            Self::ReportSteps { from, to } => writer.epoch("from", *from).epoch("to", *to),
            Self::SetWaypoints(list) => writer.object("waypoints", Some(list.write())),
            Self::SetConfiguration(settings) => writer.object("configuration", Some(settings.write())),
            Self::Response(response) => response.write(writer),
            Self::Show { content, url, notify, external } => writer
                .text("content", content.as_deref())
                .text("url", url.as_deref())
                .flag("notify", *notify)
                .flag("extern", *external),
            Self::ReportLocation
            | Self::Dump
            | Self::Status
            | Self::Waypoints
            | Self::ClearWaypoints
            | Self::Other(_) => writer,
        }
    }
}

impl Response {
    fn read(from: &mut Members) -> Self {
        let tours = from.entries("tours").map(|entries| {
            let objects = entries.into_iter().filter_map(|entry| match entry {
                Value::Object(object) => Some(Tour::read(object)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
            });
            objects.filter(Tour::is_listable).collect()
        });
        let _number_of_tours: Option<i64> = from.integer("ntours");
        Self {
            request: from.text("request"),
            status: from.integer("status"),
            tour: from.object("tour").map(Tour::read),
            tours,
        }
    }

    fn write(&self, writer: Writer) -> Writer {
        let tours: Option<Vec<_>> = self.tours.as_ref().map(|tours| {
            tours.iter().filter(|tour| tour.is_listable()).map(|tour| Value::Object(tour.write())).collect()
        });
        let number = tours.as_ref().and_then(|tours| i64::try_from(tours.len()).ok());
        writer
            .text("request", self.request.as_deref())
            .integer("status", self.status)
            .object("tour", self.tour.as_ref().map(Tour::write))
            .list("tours", tours)
            .integer("ntours", number)
    }
}
