//! Our own small drawings, as one path each in a box of 24 by 24, drawn with a round pen.

use leptos::prelude::*;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A folded map.
    Map,
    /// A circle around a point.
    Region,
    /// A clock with a way back.
    History,
    /// Two people.
    Friends,
    /// A speech balloon.
    Chat,
    /// Sliders.
    Settings,
    /// A log.
    Log,
    /// A phone.
    Phone,
    /// A browser.
    Browser,
    /// A server.
    Server,
    /// Phone and server agree.
    Both,
    /// They do not.
    Disagree,
    /// Came in.
    Arrive,
    /// Went out.
    Leave,
    /// Follow on the map.
    Follow,
    /// The way there.
    Directions,
    /// Show everybody.
    Fit,
    /// Light or dark.
    Theme,
    /// Something new.
    Plus,
    /// Change.
    Pencil,
    /// Take away.
    Bin,
    /// Done.
    Check,
    /// Careful.
    Alert,
    /// Worth knowing.
    Info,
    /// Seen by.
    Eye,
    /// Sign out.
    Exit,
    /// Close.
    Cross,
    /// More or less.
    Chevron,
    /// Take the last step back.
    Undo,
    /// Take it again.
    Redo,
    /// Where one stands.
    Here,
    /// A region: any place.
    Pin,
    /// A region: a house.
    Home,
    /// A region: a briefcase.
    Work,
    /// A region: a scholar's cap.
    School,
    /// A region: a bag.
    Shop,
    /// A region: a dumb-bell.
    Sport,
    /// A region: a cross.
    Health,
    /// A region: a heart.
    Heart,
    /// A region: a train.
    Train,
    /// A region: a tree.
    Tree,
    /// A region: a drop.
    Water,
    /// A region: a star.
    Star,
}

impl From<domain::Icon> for Sign {
    fn from(icon: domain::Icon) -> Self {
        match icon {
            domain::Icon::Pin => Self::Pin,
            domain::Icon::Home => Self::Home,
            domain::Icon::Work => Self::Work,
            domain::Icon::School => Self::School,
            domain::Icon::Shop => Self::Shop,
            domain::Icon::Sport => Self::Sport,
            domain::Icon::Health => Self::Health,
            domain::Icon::Heart => Self::Heart,
            domain::Icon::Train => Self::Train,
            domain::Icon::Tree => Self::Tree,
            domain::Icon::Water => Self::Water,
            domain::Icon::Star => Self::Star,
        }
    }
}

impl Sign {
    /// The drawing, for what is no part of the page's own tree: a label on the map.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Map => "M3 6.5 9 4l6 2.5L21 4v13.5L15 20l-6-2.5L3 20zM9 4v13.5M15 6.5V20",
            Self::Region => "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 10.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3",
            Self::History => "M4 5v4.5h4.5M4.6 9.5A8.5 8.5 0 1 1 3.5 14M12 8v5l3.2 2",
            Self::Friends => {
                "M9 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M2.5 20a6.5 6.5 0 0 1 13 0M15.5 5a3.3 3.3 0 0 1 0 6.2M17.5 14.4a6.3 6.3 0 0 1 4 5.6"
            }
            Self::Chat => "M4 5h16v11.5h-8.500L7 20.5v-4H4zM8 9h8M8 12.5h5",
            Self::Settings => "M4 7h9M17 7h3M4 12h3M11 12h9M4 17h11M19 17h1M15 5v4M9 10v4M17 15v4",
            Self::Log => "M5 4h14v16H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4",
            Self::Phone => {
                "M7.5 2.5h9a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 20V4a1.5 1.5 0 0 1 1.5-1.5M10.5 18.5h3"
            }
            Self::Browser => "M3 4.5h18v15H3zM3 9h18M6 6.8h.01M8.500 6.8h.01",
            Self::Server => "M4 4h16v6.5H4zM4 13.5h16V20H4zM7.5 7.3h.01M7.5 16.8h.01",
            Self::Both => "M3 12.5l4.5 4.5L16 8M11.5 16.5l.5.5L21 8",
            Self::Disagree => "M5 9h14M5 15h14M16.5 4.5l-9 15",
            Self::Arrive => "M13.5 4H19a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-5.5M3.5 12H14M10 8l4 4-4 4",
            Self::Leave => "M10.5 4H5a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h5.500M10 12h10.500M16.5 8l4 4-4 4",
            Self::Follow => {
                "M12 2.500v4M12 17.500v4M2.5 12h4M17.5 12h4M12 6.500a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11"
            }
            Self::Directions => "M4 20 20 4M20 4v9M20 4h-9",
            Self::Fit => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
            Self::Theme => {
                "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18M12 8.500h6.500M12 15.500h6.500M12 12h8.5"
            }
            Self::Plus => "M12 5v14M5 12h14",
            Self::Pencil => "M4 20l1-4.500L16.5 4 20 7.5 8.5 19zM14 6.5 17.5 10",
            Self::Bin => "M4.5 7h15M9 7V4h6v3M6.5 7l1 13h9l1-13M10.5 11v5.500M13.5 11v5.5",
            Self::Check => "M4.5 12.5 10 18 19.5 7",
            Self::Alert => "M12 4 2.5 20h19zM12 10v4.500M12 17.300h.01",
            Self::Info => "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 11v5.500M12 7.700h.01",
            Self::Eye => {
                "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12M12 9.500a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5"
            }
            Self::Exit => "M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M10.5 12H21M17.5 8.5 21 12l-3.5 3.5",
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Chevron => "M6 15l6-6 6 6",
            Self::Undo => "M8.5 4.5 4 9l4.5 4.5M4 9h10.5a5.2 5.2 0 0 1 0 10.5H9",
            Self::Redo => "M15.5 4.5 20 9l-4.5 4.5M20 9H9.5a5.2 5.2 0 0 0 0 10.5H15",
            Self::Here => "M20 4 3.5 11l7.2 2.3L13 20.5z",
            Self::Pin => {
                "M12 21s-7-6.2-7-11.5a7 7 0 0 1 14 0C19 14.8 12 21 12 21M12 7.3a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4"
            }
            Self::Home => "M3.5 11 12 4l8.5 7M6 9.5V20h12V9.5M10 20v-6h4v6",
            Self::Work => "M4 8h16v11.5H4zM9 8V5h6v3M4 13h16",
            Self::School => {
                "M12 5 2.5 10 12 15l9.5-5zM6.5 12.3V17c1.5 1.4 3.5 2 5.5 2s4-.6 5.5-2v-4.7M21.5 10v5"
            }
            Self::Shop => "M5 8h14l1 12H4zM9 11V7a3 3 0 0 1 6 0v4",
            Self::Sport => "M7 7.5v9M4 9.5v5M17 7.5v9M20 9.5v5M7 12h10",
            Self::Health => "M9.5 4h5v5.5H20v5h-5.5V20h-5v-5.5H4v-5h5.5z",
            Self::Heart => {
                "M12 20S3.5 15 3.5 9.3A4.5 4.5 0 0 1 12 7.2a4.5 4.5 0 0 1 8.5 2.1C20.5 15 12 20 12 20"
            }
            Self::Train => {
                "M7 4h10a1.5 1.5 0 0 1 1.5 1.5V15a2.5 2.5 0 0 1-2.5 2.5H8A2.5 2.5 0 0 1 5.5 15V5.5A1.5 1.5 0 0 1 7 4M5.5 11h13M9 14.3h.01M15 14.3h.01M8 17.5 6 21M16 17.5l2 3.5"
            }
            Self::Tree => "M12 3 5.5 11h3L4 17h16l-4.5-6h3zM12 17v4",
            Self::Water => "M12 3.5s6.5 6.800 6.5 11a6.5 6.5 0 0 1-13 0C5.5 10.3 12 3.5 12 3.5",
            Self::Star => "M12 3.5l2.600 5.600 6.1.7-4.5 4.2 1.2 6-5.4-3-5.4 3 1.2-6-4.5-4.2 6.1-.7z",
        }
    }
}

/// A drawing beside words that say the same; silent for those who hear the page.
#[component]
pub fn Icon(
    /// What is drawn.
    sign: Sign,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
            <path d=sign.path() />
        </svg>
    }
}
