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
    /// Sliders.
    Settings,
    /// A log.
    Log,
    /// A phone.
    Phone,
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
}

impl Sign {
    const fn path(self) -> &'static str {
        match self {
            Self::Map => "M3 6.5 9 4l6 2.5L21 4v13.5L15 20l-6-2.5L3 20zM9 4v13.5M15 6.5V20",
            Self::Region => "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 10.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3",
            Self::History => "M4 5v4.5h4.5M4.6 9.5A8.5 8.5 0 1 1 3.5 14M12 8v5l3.2 2",
            Self::Friends => {
                "M9 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M2.5 20a6.5 6.5 0 0 1 13 0M15.5 5a3.3 3.3 0 0 1 0 6.2M17.5 14.4a6.3 6.3 0 0 1 4 5.6"
            }
            Self::Settings => "M4 7h9M17 7h3M4 12h3M11 12h9M4 17h11M19 17h1M15 5v4M9 10v4M17 15v4",
            Self::Log => "M5 4h14v16H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4",
            Self::Phone => {
                "M7.5 2.5h9a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 20V4a1.5 1.5 0 0 1 1.5-1.5M10.5 18.5h3"
            }
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
