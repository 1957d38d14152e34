//! For how long something is kept: what is in the form by which the server says so, and in the one by which friends do of their own.

use super::told_of;
use crate::{api::ApiError, ui::Field};
use domain::RetentionClass;
use leptos::prelude::*;

/// A field for each class, named by its word, and the button that saves them.
#[component]
pub fn KeepFields(
    /// The classes, each with what is said of it so far, and help.
    asked: Vec<(RetentionClass, String, &'static str)>,
    /// Whether nothing may be said of a class; then anything else is a number.
    #[prop(optional)]
    may_be_empty: bool,
    /// Why the form was refused.
    error: Signal<Option<ApiError>>,
    /// Whether it is on its way.
    #[prop(into)]
    pending: Signal<bool>,
) -> impl IntoView {
    let told = told_of(error);
    let inputmode = if may_be_empty { "numeric" } else { "text" };
    let field = |(class, said, hint): (RetentionClass, String, &'static str)| {
        let (name, label) = (class.as_str(), class.words());
        let kept = error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(name)));
        let value = kept.unwrap_or(said);
        view! { <Field form="keep" name label value hint inputmode may_be_empty told /> }
    };
    let fields = asked.into_iter().map(field).collect_view();
    view! {
        <div class="stack">
            {fields}
            <div class="actions">
                <button class="button button-strong" type="submit" disabled=pending>"Save"</button>
            </div>
        </div>
    }
}
