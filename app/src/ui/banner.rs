//! A line that says what happened or what is wrong.

use super::{Icon, Sign};
use leptos::prelude::*;

/// How a banner is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something worth knowing.
    Note,
    /// It worked.
    Good,
    /// Something to be careful about.
    Warning,
    /// It did not work.
    Bad,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Note => "banner banner-note",
            Self::Good => "banner banner-good",
            Self::Warning => "banner banner-warning",
            Self::Bad => "banner banner-bad",
        }
    }

    const fn sign(self) -> Sign {
        match self {
            Self::Note => Sign::Info,
            Self::Good => Sign::Check,
            Self::Warning | Self::Bad => Sign::Alert,
        }
    }

    /// What is wrong is said at once, everything else when there is a pause.
    const fn role(self) -> &'static str {
        match self {
            Self::Bad => "alert",
            Self::Note | Self::Good | Self::Warning => "status",
        }
    }
}

/// A banner. Its colour is never the only sign: an icon and the words say the same.
#[component]
pub fn Banner(
    /// How it is meant.
    tone: Tone,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=tone.class() role=tone.role()>
            <Icon sign=tone.sign() />
            <div class="banner-text">{children()}</div>
        </div>
    }
}
