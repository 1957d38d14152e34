//! `GET /transitions.csv` and `/transitions.json`: everything that is asked for as one file, sent while it is read.

use super::{
    Caller, query,
    transitions::{Asked, Names, part},
    view::TransitionView,
};
use crate::http::problem::Problem;
use axum::{
    body::Body,
    extract::{Query, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use std::{borrow::Cow, io};

/// Who entered and left, newest first, as a file for a spreadsheet. Text that one might take for a formula stands behind an apostrophe.
#[utoipa::path(get, path = "/api/v1/transitions.csv", params(Asked),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn csv(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let pages = pages(&caller, query(asked)?).await?;
    let head = stream::iter([rows([TransitionView::COLUMNS.map(Cow::Borrowed)])]);
    let body = pages.map(|page| {
        rows(page?.into_iter().map(|one| one.cells().map(|cell| harmless(&cell).into_owned().into())))
    });
    Ok(file("csv", "text/csv; charset=utf-8; header=present", head.chain(body)))
}

/// Who entered and left, newest first, as a file that is read like the list.
#[utoipa::path(get, path = "/api/v1/transitions.json", params(Asked),
    responses((status = 200, body = super::List<TransitionView>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn json(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let pages = pages(&caller, query(asked)?).await?;
    let mut between = "";
    let body = pages.map(move |page| {
        let mut text = String::new();
        for one in page? {
            text.push_str(std::mem::replace(&mut between, ",\n"));
            text.push_str(&serde_json::to_string(&one)?);
        }
        Ok(text.into_bytes())
    });
    let (head, end) = (b"{\"items\":[".to_vec(), b"],\"next\":null}".to_vec());
    let body = stream::iter([Ok(head)]).chain(body).chain(stream::iter([Ok(end)]));
    Ok(file("json", "application/json", body))
}

/// Everything that is asked for, in parts. The first is there already: what cannot be answered is said before the file begins.
async fn pages(
    caller: &Caller,
    asked: Asked,
) -> Result<impl Stream<Item = io::Result<Vec<TransitionView>>> + Send + use<>, Problem> {
    let everything = part(caller, asked.whole())?;
    let names = Names::new(caller);
    let mut pages = Box::pin(caller.site.service.every_transition(caller.viewer.clone(), everything));
    let first = pages.next().await.transpose()?;
    // A file that ends too early must not look whole: the connection is cut.
    let rest = pages.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a file of the history ends too early");
        io::Error::other(error)
    });
    let viewed = move |page: Vec<_>| page.into_iter().filter_map(|one| names.view(one)).collect();
    Ok(stream::iter(first.map(Ok)).chain(rest).map_ok(viewed))
}

fn file(
    ending: &str,
    kind: &'static str,
    body: impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static,
) -> Response {
    let named = format!("attachment; filename=\"whereabouts-history.{ending}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, named)];
    (headers, Body::from_stream(body)).into_response()
}

fn rows<'a>(rows: impl IntoIterator<Item = [Cow<'a, str>; 12]>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| cell.as_bytes()))?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

/// A text as it can stand in a spreadsheet: what one might take for a formula stands behind an apostrophe, at its beginning and after
/// whatever some spreadsheet takes for the end of a cell ([OWASP](https://owasp.org/www-community/attacks/CSV_Injection)): which sign
/// separates cells is a setting there.
fn harmless(text: &str) -> Cow<'_, str> {
    /// What formulas begin with, and the wide forms that some spreadsheets take for the same.
    const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    const ENDS: [char; 7] = [',', ';', '|', '"', '\t', '\r', '\n'];
    let mut safe = String::with_capacity(text.len() + 1);
    if text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(FORMULA) {
        safe.push('\'');
    }
    let mut begins = false;
    for sign in text.chars() {
        if begins && FORMULA.contains(&sign) {
            safe.push('\'');
        }
        begins = ENDS.contains(&sign) || (begins && (sign.is_whitespace() || sign == '\''));
        safe.push(sign);
    }
    if safe.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(safe) }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_looks_like_a_formula_is_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t1", "\r1", " =1", "\u{ff1d}1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in
            ["Home", "2026-05-17T08:30:00.000Z", "Anna's =place", "", "3600", "Home, sweet home; 2 - 1"]
        {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn what_looks_like_a_formula_in_a_cell_of_another_sign_is_text_too() {
        for (text, safe) in [
            ("Home;=1+1", "Home;'=1+1"),
            ("Home, @SUM(A1)", "Home, '@SUM(A1)"),
            ("a\t-1", "a\t'-1"),
            ("a\r\n+1", "a\r\n'+1"),
            ("a\",=1", "a\",'=1"),
            ("a|=1", "a|'=1"),
            ("=1;=2", "'=1;'=2"),
            ("\t=1", "'\t'=1"),
            ("a;'=1", "a;''=1"),
        ] {
            assert_eq!(harmless(text), safe);
        }
    }
}
