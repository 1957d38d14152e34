//! Opening the data directory: the store, and the one task that writes it.

use crate::{clock, config::Mistake, lifecycle::Lifecycle};
use domain::geofence::Policy;
use owntracks::topic::Template;
use service::{Service, Settings};
use std::path::Path;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Opens the store and starts what works on it, without any door.
///
/// # Errors
/// When the data directory or the database cannot be used.
#[expect(
    clippy::disallowed_methods,
    reason = "the pipeline outlives the other tasks: it ends when they have handed in their last"
)]
pub(crate) async fn open(
    data: &Path,
    templates: Vec<Template>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<(Service, CancellationToken, JoinHandle<()>)> {
    directory(data)?;
    let (writer, reader) = store::open(&data.join("whereabouts.db")).await?;
    let settings = Settings { clock: clock::now, templates, policy: Policy::default() };
    let (service, pipeline) = service::open(writer, reader, settings).await?;
    let (stop, failed) = (CancellationToken::new(), lifecycle.stopping());
    let (stopped, ended) = (stop.clone(), stop.clone());
    let done = tokio::spawn(async move {
        // Also when the pipeline panics.
        let _stopping = failed.drop_guard();
        if let Err(error) = pipeline.run(stopped).await {
            tracing::error!(%error, "the store could not be closed");
        }
        if !ended.is_cancelled() {
            tracing::error!("the pipeline ended by itself; stopping");
        }
    });
    Ok((service, stop, done))
}

/// Makes the data directory, for us alone.
pub(crate) fn directory(data: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let wrong = |why: std::io::Error| {
        Mistake::new("data", data.display(), format!("it must be a directory we can write: {why}"))
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(wrong)?;
    let probe = data.join(".writable");
    std::fs::write(&probe, []).and_then(|()| std::fs::remove_file(&probe)).map_err(wrong)?;
    Ok(())
}
