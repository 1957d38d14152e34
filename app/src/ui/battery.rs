//! How much charge a phone has.

use leptos::prelude::*;

/// A small drawn battery and the number beside it. Below a fifth it stands out, in shape too.
#[component]
pub fn Battery(
    /// Charge, 0 to 100.
    percent: u8,
) -> impl IntoView {
    let percent = percent.min(100);
    let class = if percent < 20 { "battery is-low" } else { "battery" };
    // The inside of the drawing is 14 units wide.
    let fill = format!("{:.1}", f64::from(percent) * 0.14);
    view! {
        <span class=class>
            <svg viewBox="0 0 20 12" width="20" height="12" aria-hidden="true" focusable="false">
                <rect x="0.5" y="0.5" width="17" height="11" rx="2.5" class="battery-case" />
                <rect x="18.5" y="4" width="1.5" height="4" rx="0.7" class="battery-tip" />
                <rect x="2" y="2" width=fill height="8" rx="1.2" class="battery-fill" />
            </svg>
            <span class="visually-hidden">"battery "</span>
            {percent}
            "\u{202f}%"
        </span>
    }
}
