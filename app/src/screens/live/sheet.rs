//! What stands beside the map, and on a phone in a sheet that can be pulled up by a button.

use crate::ui::{Icon, Sign};
use leptos::prelude::*;

/// How much of the sheet is seen on a phone. Without script it stays at half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Height {
    /// The first line.
    Peek,
    /// Half of the screen.
    Half,
    /// Everything.
    Full,
}

impl Height {
    const fn class(self) -> &'static str {
        match self {
            Self::Peek => "sheet sheet-peek",
            Self::Half => "sheet sheet-half",
            Self::Full => "sheet sheet-full",
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::Peek => Self::Half,
            Self::Half => Self::Full,
            Self::Full => Self::Peek,
        }
    }

    const fn invitation(self) -> &'static str {
        match self {
            Self::Peek => "Show the friends",
            Self::Half => "Show more of the friends",
            Self::Full => "Show the map",
        }
    }
}

/// The sheet. On wide screens it is a panel at the side and has no button.
#[component]
pub fn Sheet(
    /// What stands in it.
    children: Children,
) -> impl IntoView {
    let height = RwSignal::new(Height::Half);
    view! {
        <div class=move || height.get().class()>
            <button
                type="button"
                class="handle js-only"
                aria-label=move || height.get().invitation()
                on:click=move |_| height.update(|height| *height = height.next())
            >
                <Icon sign=Sign::Chevron />
            </button>
            <div class="sheet-body">{children()}</div>
        </div>
    }
}
