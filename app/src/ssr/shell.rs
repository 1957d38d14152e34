//! The document around every page.

use super::Site;
use crate::{
    App,
    ui::{at, base},
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

/// What this page may load, and from where: only from here, and map pictures from where an admin said.
/// `frame-ancestors` has no effect in a document, so the server sends it as a header.
fn policy(tiles: Option<&str>, reload: &str) -> String {
    let nonce = use_nonce().map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    let pictures = tiles.map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'self'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:{pictures}; \
         connect-src 'self'{reload}; object-src 'none'; base-uri 'none'; form-action 'self'"
    )
}

/// `https://tile.example` of `https://tile.example/{z}/{x}/{y}.png`.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?']).next()?;
    // `{s}` stands for one of several hosts.
    Some(format!("{scheme}://{}", host.replace("{s}.", "*.")))
}

/// The document: what is needed before the first drawing, in the order in which it is needed.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    // A development build is reloaded by `cargo leptos watch`, from a port of its own.
    let port = options.reload_port;
    let reload = if cfg!(debug_assertions) {
        format!(" ws://127.0.0.1:{port} ws://localhost:{port}")
    } else {
        String::new()
    };
    let tiles = use_context::<Site>().and_then(|site| site.tiles).and_then(|tiles| origin(&tiles.url));
    // For `worker.js`: what it keeps is of one friend.
    let friend = super::cx().ok().and_then(|cx| cx.signed_in).and_then(|who| who.viewer.friend());
    // Read again in the browser: `browser::base`. Nothing where there is none.
    let root = base();
    let below = Some(root.clone()).filter(|root| !root.is_empty());
    view! {
        <!DOCTYPE html>
        <html lang="en" data-base=below data-friend=friend.map(|friend| friend.to_string())>
            <head>
                <meta charset="utf-8" />
                <meta http-equiv="Content-Security-Policy" content=policy(tiles.as_deref(), &reload) />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="theme-color" content="#f6f1e7" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#16201f" media="(prefers-color-scheme: dark)" />
                <meta name="color-scheme" content="light dark" />
                <meta name="referrer" content="same-origin" />
                <meta name="robots" content="noindex" />
                <link rel="icon" href=at("/favicon.svg") type="image/svg+xml" />
                <link rel="manifest" href=at("/manifest.webmanifest") />
                <script src=at("/theme.js")></script>
                // The style sheet takes it in, as its lowest layer.
                <link rel="preload" href=at("/vendor/leaflet/leaflet.css") r#as="style" />
                <link rel="stylesheet" href=at("/pkg/whereabouts.css") />
                <script src=at("/vendor/leaflet/leaflet.js") defer></script>
                <script src=at("/vendor/topojson/topojson-client.min.js") defer></script>
                <AutoReload options=options.clone() />
                <HydrationScripts options root />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn map_pictures_may_come_from_their_host_only() {
        assert_eq!(origin("https://tile.example/{z}/{x}/{y}.png").as_deref(), Some("https://tile.example"));
        assert_eq!(origin("https://{s}.tile.example/{z}").as_deref(), Some("https://*.tile.example"));
        assert_eq!(origin("/tiles/{z}/{x}/{y}.png"), None);
    }
}
