//! Outlets, for admins: brokers that what is stored goes out to.
#![expect(clippy::too_many_arguments, reason = "a form has as many fields as it has")]

use super::ApiError;
use domain::{GroupId, OutletId, Timestamp};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// An outlet and how it is doing. The password is never in here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a tick in a form, and they are independent")]
pub struct OutletView {
    /// Which.
    pub id: OutletId,
    /// Of which group.
    pub group: GroupId,
    /// The broker's address, without user and password.
    pub broker: String,
    /// Who we are there.
    pub user: String,
    /// Whether there is a password.
    pub has_password: bool,
    /// The certificates to trust instead of the system's, PEM.
    pub authority: String,
    /// The topic below which everything goes.
    pub base: String,
    /// Whether positions go out.
    pub positions: bool,
    /// Whether transitions go out.
    pub transitions: bool,
    /// Whether observations go out.
    pub observations: bool,
    /// Whether anything goes out.
    pub on: bool,
    /// Whether its broker is connected.
    pub connected: bool,
    /// When the broker last confirmed something.
    pub delivered_at: Option<Timestamp>,
    /// How many messages wait.
    pub waiting: u64,
    /// What went wrong last, and when; none once it works again.
    pub error: Option<(Timestamp, String)>,
    /// When it was last tested, and what went wrong then, if anything.
    pub tested: Option<(Timestamp, Option<String>)>,
}

/// The outlets of one's group.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins.
#[server(name = AskOutlets, prefix = "/api", endpoint = "outlets", input = GetUrl)]
pub async fn outlets() -> Result<Vec<OutletView>, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let reports = cx.service().outlets(cx.viewer()?).await.map_err(ssr::refused)?;
    Ok(reports.into_iter().map(ssr::outlet).collect())
}

/// Makes an outlet, or changes the one with that `id`. The fields come as they were typed. An empty password stays as it is.
///
/// # Errors
/// [`ApiError::Invalid`] or [`ApiError::Conflict`] names the field, and holds what was typed, the password apart.
#[server(prefix = "/api", endpoint = "save_outlet")]
pub async fn save_outlet(
    /// The outlet's id; empty for a new one.
    #[server(default)]
    id: String,
    /// The broker's address.
    broker: String,
    /// Who we are there.
    #[server(default)]
    user: String,
    /// The password there.
    #[server(default)]
    password: String,
    /// Certificates to trust, PEM.
    #[server(default)]
    authority: String,
    /// The topic below which everything goes.
    base: String,
    /// Not empty: positions go out.
    #[server(default)]
    positions: String,
    /// Not empty: transitions go out.
    #[server(default)]
    transitions: String,
    /// Not empty: observations go out.
    #[server(default)]
    observations: String,
    /// Not empty: it is on.
    #[server(default)]
    on: String,
    /// Of which group a new one is, by id; empty for the first that they manage.
    #[server(default)]
    group: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    // Whoever typed a password into the address does not get it back in the address of this page.
    let shown = if broker.contains('@') { "" } else { &*broker };
    // A list of certificates would be too long for that address.
    let certificates = if authority.len() > 3000 { "" } else { &*authority };
    let typed = [
        ("id", &*id),
        ("broker", shown),
        ("user", &*user),
        ("authority", certificates),
        ("base", &*base),
        ("positions", &*positions),
        ("transitions", &*transitions),
        ("observations", &*observations),
        ("on", &*on),
        ("group", &*group),
    ];
    let save = async {
        let known = if id.is_empty() { None } else { Some(draft::id(&id, "outlet")?) };
        let draft = service::OutletDraft {
            broker: broker.clone(),
            user: user.clone(),
            password: if password.is_empty() {
                service::PasswordDraft::Keep
            } else {
                service::PasswordDraft::New(password)
            },
            authority: authority.clone(),
            base: base.clone(),
            positions: !positions.is_empty(),
            transitions: !transitions.is_empty(),
            observations: !observations.is_empty(),
            on: !on.is_empty(),
            group: draft::chosen("group", &group)?,
        };
        cx.service().put_outlet(viewer, known, draft).await.map_err(ssr::refused)
    };
    save.await.map_err(|error| ssr::answered(error).keeping(typed))?;
    ssr::go("/admin/outlets?saved");
    Ok(())
}

/// Takes an outlet away.
///
/// # Errors
/// [`ApiError::NotFound`] when it is gone already.
#[server(prefix = "/api", endpoint = "remove_outlet")]
pub async fn remove_outlet(
    /// The outlet's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let outlet = draft::id(&id, "outlet").map_err(ssr::answered)?;
    cx.service().remove_outlet(viewer, outlet).await.map_err(ssr::refused)?;
    ssr::go("/admin/outlets?removed");
    Ok(())
}

/// Publishes a test message by an outlet. What came of it stands beside the outlet from then on.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::Unavailable`] when too many tests wait.
#[server(prefix = "/api", endpoint = "test_outlet")]
pub async fn test_outlet(
    /// The outlet's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let outlet = draft::id(&id, "outlet").map_err(ssr::answered)?;
    // Its outcome is remembered with the outlet.
    let _told_there = cx.service().try_outlet(viewer, outlet).await.map_err(ssr::refused)?;
    ssr::go("/admin/outlets?tested");
    Ok(())
}
