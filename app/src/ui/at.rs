//! The addresses of pages and files, as browsers ask for them. Everywhere else, in routes, data and redirects, an address begins at the root
//! of the site; where the site lies below a path of its host (`https://example.org/where`), only what is written here knows of it.
//!
//! Every `href`, `src` and `action` of a page goes through [`at`]; the test below refuses one that does not.

/// The path that the site lies below, without a slash at the end: empty, or `/where`. The same on the server and in the browser.
pub fn base() -> String {
    #[cfg(feature = "ssr")]
    let base = leptos::prelude::with_context(|base: &crate::ssr::Base| base.0.to_string());
    #[cfg(not(feature = "ssr"))]
    let base = cfg!(target_arch = "wasm32").then(|| crate::browser::base().to_owned());
    base.unwrap_or_default()
}

/// An address of this site as a browser asks for it. What does not begin at the root is an address of somebody else's, and stays.
pub fn at(address: &str) -> String {
    if address.starts_with('/') { base() + address } else { address.to_owned() }
}

/// The other way round: what a path in the browser's address line is called from the root of the site. One elsewhere stays. Pure.
pub fn within<'p>(base: &str, path: &'p str) -> &'p str {
    match path.strip_prefix(base) {
        Some("") => "/",
        Some(below) if below.starts_with('/') => below,
        Some(_) | None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::within;
    use std::{fs, path::Path};

    #[test]
    fn what_is_below_the_base_begins_at_the_root() {
        for (base, path, below) in [
            ("", "/history", "/history"),
            ("/where", "/where/history", "/history"),
            ("/where", "/where/", "/"),
            ("/where", "/where", "/"),
            ("/where", "/whereabouts", "/whereabouts"),
            ("/where", "/history", "/history"),
        ] {
            assert_eq!(within(base, path), below, "{path} below {base:?}");
        }
    }

    #[test]
    fn every_address_of_a_page_is_put_below_the_path_of_the_site() {
        let mut wrong = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("can be read") {
                let path = entry.expect("can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("ui/at.rs") {
                    let text = fs::read_to_string(&path).expect("is text");
                    wrong.extend(raw(&text).map(|found| format!("{}: {found}", path.display())));
                }
            }
        }
        assert!(wrong.is_empty(), "`at` is missing: {wrong:#?}");
    }

    fn raw(text: &str) -> impl Iterator<Item = &str> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let foreign =
            text.contains("<ActionForm") && !text.contains("ActionForm,") && !text.contains("::ActionForm");
        lines.filter(move |line| {
            let attributes = ["href=", "src=", "action="].into_iter().flat_map(|name| {
                line.match_indices(name).map(move |(start, _)| (&line[..start], &line[start + name.len()..]))
            });
            let is_raw = |(before, value): (&str, &str)| {
                let is_attribute =
                    before.ends_with(' ') || before.ends_with("form") || before.trim().is_empty();
                let is_form = before.ends_with("<ActionForm ");
                let value = value.strip_prefix("move || ").unwrap_or(value);
                let is_put = ["at(", "\"#", "\"\""].iter().any(|put| value.starts_with(put));
                is_attribute && !is_form && !is_put
            };
            let navigates = line.contains("navigate(&") && !line.contains("navigate(&at(");
            attributes.into_iter().any(is_raw) || navigates || (foreign && line.contains("<ActionForm"))
        })
    }

    #[test]
    fn a_raw_address_is_found() {
        let found = |text: &str| raw(text).count();
        assert_eq!(found("<a class=\"x\" href=\"/history\">"), 1);
        assert_eq!(found("<form method=\"get\" action=path>"), 1);
        assert_eq!(found("<button formaction=page>"), 1);
        assert_eq!(found("href=move || wanted.get()"), 1);
        assert_eq!(found("navigate(&address, options)"), 1);
        assert_eq!(found("use leptos::prelude::*;\n<ActionForm action=save>"), 1);
        assert_eq!(found("use crate::ui::{ActionForm, at};\n<ActionForm action=save>\n<a href=at(page)>"), 0);
    }
}
