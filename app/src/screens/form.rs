//! What forms have in common: showing what the server refused.

use crate::{
    api::ApiError,
    ui::{Banner, Told, Tone, at},
};
use leptos::{prelude::*, server::ServerActionError};
use leptos_router::hooks::use_query_map;
use server_fn::{ServerFn, error::ServerFnUrlError};

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

/// The last try of a form that was taken, counted from one; for what is to be asked for again then, and not after a refusal.
pub fn taken<S>(action: ServerAction<S>) -> Memo<usize>
where
    S: ServerFn<Error = ApiError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    Memo::new(move |before: Option<&usize>| {
        let tries = action.version().get();
        let is_taken = action.value().with(|value| matches!(value, Some(Ok(_))));
        if is_taken { tries } else { before.copied().unwrap_or_default() }
    })
}

/// Does something whenever a form was sent and taken. In the browser only.
pub fn when_done<S>(action: ServerAction<S>, act: impl Fn() + 'static)
where
    S: ServerFn<Error = ApiError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Effect::new(move |_| {
        if value.with(|value| matches!(value, Some(Ok(_)))) {
            act();
        }
    });
}

/// Why a form that is no server function was refused, by the path it was sent to.
pub fn refusal_of(form: &str) -> StoredValue<Option<ApiError>> {
    let error = use_context::<ServerActionError>().filter(|error| error.path() == form);
    // Told once: the query goes when one goes on.
    let told = use_query_map().with_untracked(|query| query.get("__err").is_some());
    StoredValue::new(
        error.filter(|_| told).map(|error| ServerFnUrlError::<ApiError>::decode_err(error.err())),
    )
}

/// The part of an error that belongs beside a field.
pub fn told_of(error: Signal<Option<ApiError>>) -> Signal<Option<Told>> {
    Signal::derive(move || error.with(|error| error.as_ref().and_then(ApiError::told)))
}

/// The part of an error that no field shows.
#[component]
pub fn Trouble(
    /// The form's error.
    error: Signal<Option<ApiError>>,
    /// The fields that show what is wrong with them; all that there can be, unless said otherwise. A form of buttons has none.
    #[prop(optional)]
    fields: Option<&'static [&'static str]>,
) -> impl IntoView {
    let is_shown = move |told: &Told| fields.is_none_or(|fields| fields.contains(&told.field.as_str()));
    move || {
        let error = error.get().filter(|error| !error.told().is_some_and(|told| is_shown(&told)));
        error.map(|error| {
            let said = error
                .told()
                .map_or_else(|| error.to_string(), |told| format!("This {} {}.", told.field, told.why));
            view! { <Banner tone=Tone::Bad>{said}</Banner> }
        })
    }
}

/// Stands where a list or a page would be, when it could not be had.
#[component]
pub fn Problem(
    /// Why.
    error: ApiError,
) -> impl IntoView {
    let sign_in = (error == ApiError::Unauthorised)
        .then(|| view! { " " <a href=at("/sign-in") rel="external">"Sign in"</a> });
    view! { <Banner tone=Tone::Bad>{error.to_string()} {sign_in}</Banner> }
}
