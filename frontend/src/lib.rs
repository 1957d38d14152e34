//! The browser's way in. It holds nothing of its own: the pages are in `app`.
#![recursion_limit = "256"]

#[cfg(feature = "csr")]
mod workbench;

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page that the server drew. Called by the script in that page.
#[cfg(feature = "hydrate")]
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::server_fn::client::set_server_url(app::browser::base());
    if app::browser::is_home() {
        leptos::mount::hydrate_body(app::App);
    }
}

/// Shows the workbench, where there is no server that drew anything. Called as soon as this is loaded.
#[cfg(feature = "csr")]
#[wasm_bindgen(start)]
pub fn show() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(workbench::Workbench);
}
