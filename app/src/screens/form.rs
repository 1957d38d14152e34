//! What forms have in common: showing what the server refused.

use crate::{
    api::ApiError,
    ui::{Banner, Told, Tone},
};
use leptos::prelude::*;
use server_fn::ServerFn;

/// The error of a form's last try, with script and without.
pub fn error_of<S>(action: ServerAction<S>) -> Signal<Option<ApiError>>
where
    S: ServerFn<Error = ApiError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || {
        value.with(|value| value.as_ref().and_then(|result| result.as_ref().err().cloned()))
    })
}

/// The part of an error that belongs beside a field.
pub fn told_of(error: Signal<Option<ApiError>>) -> Signal<Option<Told>> {
    Signal::derive(move || error.with(|error| error.as_ref().and_then(ApiError::told)))
}

/// The part of an error that belongs to no field.
#[component]
pub fn Trouble(
    /// The form's error.
    error: Signal<Option<ApiError>>,
) -> impl IntoView {
    move || {
        let error = error.get().filter(|error| error.told().is_none());
        error.map(|error| view! { <Banner tone=Tone::Bad>{error.to_string()}</Banner> })
    }
}

/// Stands where a list or a page would be, when it could not be had.
#[component]
pub fn Problem(
    /// Why.
    error: ApiError,
) -> impl IntoView {
    let sign_in = (error == ApiError::Unauthorised)
        .then(|| view! { " " <a href="/sign-in" rel="external">"Sign in"</a> });
    view! { <Banner tone=Tone::Bad>{error.to_string()} {sign_in}</Banner> }
}
