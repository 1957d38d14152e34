//! Signing in and out, and the first admin.

use super::ApiError;
use leptos::server;

/// Signs in and goes on to `next`, a path of this server.
///
/// # Errors
/// [`ApiError::Invalid`] for a wrong name or password, without saying which; [`ApiError::Unavailable`] after many tries.
#[server(prefix = "/api", endpoint = "sign_in")]
pub async fn sign_in(
    /// Who.
    name: String,
    /// Their password.
    password: String,
    /// Where to go on, a path of this server.
    #[server(default)]
    next: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let made = cx.service().sign_in(&name, &password, cx.visitor()).await;
    let wrong = || ApiError::invalid("password", "does not belong to that name").keeping([("name", &*name)]);
    let session = made.map_err(|error| ssr::refused(error).unless_unauthorised(wrong))?;
    ssr::change_session(&cx, &session).await?;
    ssr::go(&next);
    Ok(())
}

/// Signs out, here only.
///
/// # Errors
/// Only when the server is out of order.
#[server(prefix = "/api", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    if let Some(who) = &cx.signed_in {
        cx.service().sign_out(&who.session).await.map_err(ssr::refused)?;
    }
    ssr::forget_session(&cx);
    ssr::go("/sign-in");
    Ok(())
}

/// Makes the first admin, with the link that the server printed, and signs them in.
///
/// # Errors
/// [`ApiError::Invalid`] names the field; [`ApiError::Unauthorised`] when the link was used or is wrong.
#[server(prefix = "/api", endpoint = "set_up")]
pub async fn set_up(
    /// Out of the link.
    token: String,
    /// Who.
    name: String,
    /// At least eight characters.
    password: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let made = cx.service().set_up(&token, &name, &password, cx.visitor()).await;
    let session = made.map_err(|error| ssr::refused(error).keeping([("name", &*name)]))?;
    ssr::change_session(&cx, &session).await?;
    ssr::go("/friends?welcome");
    Ok(())
}

/// Changes the password of whoever is signed in.
///
/// # Errors
/// [`ApiError::Invalid`] names the field.
#[server(prefix = "/api", endpoint = "change_password")]
pub async fn change_password(
    /// The password so far.
    old: String,
    /// The password from now on, at least eight characters.
    new: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let changed = cx.service().change_password(cx.signed_in()?, &old, &new).await;
    let wrong = || ApiError::invalid("old", "is not right");
    let session = changed.map_err(|error| ssr::refused(error).unless_unauthorised(wrong))?;
    ssr::keep_session(&cx, &session);
    ssr::go("/settings?changed");
    Ok(())
}
