//! A form that is sent by script, and without script by the browser: leptos's own, but for the address, which it writes from the root of the
//! host. See [`super::at`].

use super::at;
use leptos::{form::FromFormData, prelude::*};
use serde::de::DeserializeOwned;
use server_fn::{
    Http, ServerFn,
    client::Client,
    codec::PostUrl,
    error::{IntoAppError, ServerFnErrorErr},
    request::ClientReq,
};
use web_sys::{FormData, SubmitEvent};

/// What the browser makes of a form, before a server function takes it.
type Fields<F> = <<<F as ServerFn>::Client as Client<<F as ServerFn>::Error>>::Request as ClientReq<
    <F as ServerFn>::Error,
>>::FormData;

/// A form around the fields of a server function.
#[component]
pub fn ActionForm<F, Answer>(
    /// What is done with them.
    action: ServerAction<F>,
    children: Children,
) -> impl IntoView
where
    F: DeserializeOwned + ServerFn<Protocol = Http<PostUrl, Answer>> + Clone + Send + Sync + 'static,
    Fields<F>: From<FormData>,
    F::Output: Send + Sync + 'static,
    F::Error: Send + Sync + 'static,
    F::Client: Client<F::Error>,
{
    let submit = move |event: SubmitEvent| {
        if event.default_prevented() {
            return;
        }
        event.prevent_default();
        match F::from_event(&event) {
            Ok(fields) => {
                action.dispatch(fields);
            }
            Err(error) => {
                let error = ServerFnErrorErr::Serialization(error.to_string()).into_app_error();
                action.value().set(Some(Err(error)));
                action.version().update(|version| *version += 1);
            }
        }
    };
    view! { <form method="post" action=at(F::url()) on:submit=submit>{children()}</form> }
}
