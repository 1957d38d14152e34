//! What hinders an app from reporting.

use serde_json::{Map, Value};

use crate::{member::Members, writer::Writer};

const KIND: &str = "status";

/// The answer to [`crate::Action::Status`]: how the app and its phone are set up. Origin: `_type` `status` of Android (since
/// 2.5.2) and iOS (since 17.2.5), topic suffix `status`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// `android`: when an Android phone answers.
    pub android: Option<AndroidStatus>,
    /// `iOS`: when an iPhone or iPad answers. Boxed, because it is long.
    pub ios: Option<Box<IosStatus>>,
    /// `_id`: random per message. Android.
    pub id: Option<String>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

/// The state of Android. The app leaves out what is 0, so what is missing is 0, false or empty.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the app's own four")]
pub struct AndroidStatus {
    /// `wifi`: whether Wi-Fi is switched on; it helps to find the place.
    pub wifi: bool,
    /// `ps`: whether the phone saves power. Bad for reporting.
    pub saves_power: bool,
    /// `bo`: whether the system puts the app to sleep to save the battery. Bad for reporting.
    pub battery_optimised: bool,
    /// `hib`: whether the system takes the app's rights away when it is not used. Bad for reporting.
    pub hibernates: bool,
    /// `loc`: how much of the place the app may know, 0 (all) down to -4 (nothing); see [`AndroidStatus::access`].
    pub location: i8,
    /// `version`: the app's version code.
    pub version: u32,
    /// `flavour`: `gms` (with Google's services) or `oss`.
    pub flavour: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

/// How much of the place an Android app may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocationAccess {
    /// 0: always, exactly.
    Always,
    /// -1: always, but only roughly.
    AlwaysRoughly,
    /// -2: while the app is in use, exactly.
    InUse,
    /// -3: while the app is in use, and only roughly.
    InUseRoughly,
    /// -4: never.
    Never,
}

/// The state of iOS. The words are Apple's names of its constants, as sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IosStatus {
    /// `version` of the app.
    pub version: Option<String>,
    /// `locale`, such as `de_DE`.
    pub locale: Option<String>,
    /// `localeUsesMetricSystem`: kilometres rather than miles.
    pub metric: Option<bool>,
    /// `backgroundRefreshStatus`: good is `UIBackgroundRefreshStatusAvailable`.
    pub background_refresh: Option<String>,
    /// `locationManagerAuthorizationStatus`: good is `kCLAuthorizationStatusAuthorizedAlways`.
    pub location_authorization: Option<String>,
    /// `altimeterAuthorizationStatus`: needed for the air pressure.
    pub altimeter_authorization: Option<String>,
    /// `altimeterIsRelativeAltitudeAvailable`
    pub altimeter_available: Option<bool>,
    /// `motionActivityManagerAuthorizationStatus`: needed for steps and motion.
    pub motion_authorization: Option<String>,
    /// `motionActivityManagerIsActivityAvailable`
    pub motion_available: Option<bool>,
    /// `pedometerIsStepCountingAvailable`
    pub counts_steps: Option<bool>,
    /// `pedometerIsFloorCountingAvailable`
    pub counts_floors: Option<bool>,
    /// `pedometerIsDistanceAvailable`
    pub measures_distance: Option<bool>,
    /// `deviceSystemName`: `iOS`, `iPadOS`.
    pub system_name: Option<String>,
    /// `deviceSystemVersion`
    pub system_version: Option<String>,
    /// `deviceModel`: `iPhone`, `iPad`.
    pub model: Option<String>,
    /// `deviceIdentifierForVendor`: a UUID that stays until the app is removed.
    pub vendor_id: Option<String>,
    /// `deviceUserInterfaceIdiom`
    pub idiom: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl AndroidStatus {
    /// `location` in words; `None` for a number the app does not document.
    pub const fn access(&self) -> Option<LocationAccess> {
        match self.location {
            0 => Some(LocationAccess::Always),
            -1 => Some(LocationAccess::AlwaysRoughly),
            -2 => Some(LocationAccess::InUse),
            -3 => Some(LocationAccess::InUseRoughly),
            -4 => Some(LocationAccess::Never),
            _ => None,
        }
    }

    fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of(KIND, object);
        Self {
            wifi: from.flag("wifi").unwrap_or_default(),
            saves_power: from.flag("ps").unwrap_or_default(),
            battery_optimised: from.flag("bo").unwrap_or_default(),
            hibernates: from.flag("hib").unwrap_or_default(),
            location: from.integer("loc").unwrap_or_default(),
            version: from.integer("version").unwrap_or_default(),
            flavour: from.text("flavour"),
            extra: from.rest(),
        }
    }

    /// With its zeros, as the older app wrote it.
    fn write(&self) -> Map<String, Value> {
        Writer::inner()
            .integer("wifi", Some(self.wifi))
            .integer("ps", Some(self.saves_power))
            .integer("bo", Some(self.battery_optimised))
            .integer("hib", Some(self.hibernates))
            .integer("loc", Some(self.location))
            .integer("version", Some(self.version))
            .text("flavour", self.flavour.as_deref())
            .finish(&self.extra)
    }
}

impl IosStatus {
    fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of(KIND, object);
        Self {
            version: from.text("version"),
            locale: from.text("locale"),
            metric: from.flag("localeUsesMetricSystem"),
            background_refresh: from.text("backgroundRefreshStatus"),
            location_authorization: from.text("locationManagerAuthorizationStatus"),
            altimeter_authorization: from.text("altimeterAuthorizationStatus"),
            altimeter_available: from.flag("altimeterIsRelativeAltitudeAvailable"),
            motion_authorization: from.text("motionActivityManagerAuthorizationStatus"),
            motion_available: from.flag("motionActivityManagerIsActivityAvailable"),
            counts_steps: from.flag("pedometerIsStepCountingAvailable"),
            counts_floors: from.flag("pedometerIsFloorCountingAvailable"),
            measures_distance: from.flag("pedometerIsDistanceAvailable"),
            system_name: from.text("deviceSystemName"),
            system_version: from.text("deviceSystemVersion"),
            model: from.text("deviceModel"),
            vendor_id: from.text("deviceIdentifierForVendor"),
            idiom: from.text("deviceUserInterfaceIdiom"),
            extra: from.rest(),
        }
    }

    fn write(&self) -> Map<String, Value> {
        Writer::inner()
            .text("version", self.version.as_deref())
            .text("locale", self.locale.as_deref())
            .flag("localeUsesMetricSystem", self.metric)
            .text("backgroundRefreshStatus", self.background_refresh.as_deref())
            .text("locationManagerAuthorizationStatus", self.location_authorization.as_deref())
            .text("altimeterAuthorizationStatus", self.altimeter_authorization.as_deref())
            .flag("altimeterIsRelativeAltitudeAvailable", self.altimeter_available)
            .text("motionActivityManagerAuthorizationStatus", self.motion_authorization.as_deref())
            .flag("motionActivityManagerIsActivityAvailable", self.motion_available)
            .flag("pedometerIsStepCountingAvailable", self.counts_steps)
            .flag("pedometerIsFloorCountingAvailable", self.counts_floors)
            .flag("pedometerIsDistanceAvailable", self.measures_distance)
            .text("deviceSystemName", self.system_name.as_deref())
            .text("deviceSystemVersion", self.system_version.as_deref())
            .text("deviceModel", self.model.as_deref())
            .text("deviceIdentifierForVendor", self.vendor_id.as_deref())
            .text("deviceUserInterfaceIdiom", self.idiom.as_deref())
            .finish(&self.extra)
    }
}

impl Status {
    pub(crate) fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of(KIND, object);
        Self {
            android: from.object("android").map(AndroidStatus::read),
            ios: from.object("iOS").map(IosStatus::read).map(Box::new),
            id: from.text("_id"),
            topic: from.text("topic"),
            extra: from.rest(),
        }
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .object("android", self.android.as_ref().map(AndroidStatus::write))
            .object("iOS", self.ios.as_deref().map(IosStatus::write))
            .text("_id", self.id.as_deref())
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}
