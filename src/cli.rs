//! The commands at the terminal. They work on the same data directory, with the server running or not.

mod bots;
mod groups;
mod people;
mod rebuild;
mod retention;
mod selftest;
mod simulate;

use crate::{
    App,
    certificate::Files,
    config::{Config, Raw},
    lifecycle::Lifecycle,
    opening,
    selftest::note_backup,
    telemetry,
};
use anyhow::Context;
use app::ssr::Site;
use clap::{Parser, Subcommand};
use domain::{Role, Viewer};
use std::{ffi::OsString, io::Write, path::PathBuf};

/// See where the people you care for are, on your own server.
#[derive(Parser)]
#[command(name = "whereabouts", version, about)]
pub struct Args {
    #[command(flatten)]
    settings: Raw,
    /// File with settings [default: whereabouts.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (what happens without a command)
    Serve,
    /// People who may sign in
    #[command(subcommand)]
    User(people::User),
    /// Groups, and who is of which
    #[command(subcommand)]
    Group(groups::Group),
    /// Phones and other things that report
    #[command(subcommand)]
    Device(people::Device),
    /// Tokens of the JSON interface
    #[command(subcommand)]
    Token(people::Token),
    /// Bots: programs that hear who comes and goes
    #[command(subcommand)]
    Bot(bots::Bot),
    /// Make a server certificate for these names and addresses, and an own authority that phones can be made to trust
    Cert {
        /// Names and addresses by which phones reach this server; without any, those of the last time
        #[arg(value_name = "NAME_OR_ADDRESS")]
        names: Vec<String>,
    },
    /// Write a consistent copy of everything to FILE, while the server runs or not
    Backup {
        /// A file that is not there yet
        file: PathBuf,
    },
    /// Say for how long what is stored is kept; what is older is deleted by the server
    Retention(retention::Retention),
    /// Look at the server as phones see it, and say what to do; exit code 1 when something does not work
    SelfTest,
    /// Judge every message again, into a fresh database, and prove that the one in use says the same
    Rebuild {
        /// Keep the fresh database here, for use in place of the other; a file that is not there yet
        #[arg(value_name = "FILE")]
        keep: Option<PathBuf>,
    },
    /// Friends who walk, for demonstrations and load: publishes like phones do
    Simulate(simulate::Simulate),
}

impl Args {
    /// Does what was asked.
    ///
    /// # Errors
    /// When it cannot be done.
    pub async fn obey(self) -> anyhow::Result<()> {
        let raw = self.settings.with_file(self.config.as_deref())?;
        match self.command {
            None | Some(Command::Serve) => Box::pin(serve(raw)).await,
            Some(Command::User(command)) => with_service(raw, async |site, _| command.obey(site).await).await,
            Some(Command::Group(command)) => {
                with_service(raw, async |site, _| command.obey(&site.service).await).await
            }
            Some(Command::Device(command)) => {
                with_service(raw, async |site, _| command.obey(site).await).await
            }
            Some(Command::Token(command)) => {
                with_service(raw, async |site, _| command.obey(&site.service).await).await
            }
            Some(Command::Bot(command)) => {
                with_service(raw, async |site, _| command.obey(&site.service).await).await
            }
            Some(Command::Cert { names }) => cert(raw, names),
            Some(Command::Backup { file }) => {
                with_service(raw, async |site, config| {
                    site.service.back_up(&everything(), file).await.context("no backup was made")?;
                    note_backup(&config.data).context("the backup was made, but not noted")
                })
                .await
            }
            Some(Command::Retention(command)) => {
                with_service(raw, async |site, _| command.obey(&site.service).await).await
            }
            Some(Command::SelfTest) => {
                with_service(raw, async |site, config| selftest::run(site, config).await).await
            }
            Some(Command::Rebuild { keep }) => {
                with_service(raw, async |site, config| rebuild::run(site, config, keep).await).await
            }
            Some(Command::Simulate(simulate)) => {
                with_service(raw, async |site, config| {
                    simulate.run(&site.service, config.listen, config.mqtt_listen).await
                })
                .await
            }
        }
    }
}

/// Whether an address with a password, that of an outside broker, is among the arguments, which everybody on this machine can read.
fn shows_password(arguments: impl Iterator<Item = OsString>) -> bool {
    let password = |argument: OsString| {
        let argument = argument.to_string_lossy();
        let (_scheme, rest) = argument.split_once("://")?;
        let (user, _host) = rest.rsplit_once('@')?;
        Some(user.contains(':'))
    };
    arguments.filter_map(password).any(|shows| shows)
}

async fn serve(raw: Raw) -> anyhow::Result<()> {
    telemetry::start();
    if shows_password(std::env::args_os()) {
        tracing::warn!(
            "everybody on this machine can read the password in --mqtt-url: set WHEREABOUTS_MQTT_URL instead, or mqtt-url in a settings file"
        );
    }
    let app = App::build(raw.check()?).await?;
    if let Some(token) = app.service.set_up_token() {
        eprintln!(
            "No one can sign in yet. Open this link once to make the first admin:\n  {}/set-up?token={token}",
            app.public_url
        );
    }
    let door = |address: Option<std::net::SocketAddr>| {
        address.map_or_else(|| "off".to_owned(), |address| address.to_string())
    };
    say(&format!("whereabouts ready http={} mqtt={} mqtts={}", app.http, door(app.mqtt), door(app.mqtts)))?;
    app.run(std::future::pending()).await
}

/// Makes certificates. The database is not needed.
fn cert(raw: Raw, names: Vec<String>) -> anyhow::Result<()> {
    let config = raw.check()?;
    opening::directory(&config.data)?;
    let files = Files::below(&config.data);
    let names = files.make(names)?;
    say(&format!(
        "authority: {}\ncertificate: {}\nnames: {}",
        files.authority.display(),
        files.certificate.display(),
        names.join(", ")
    ))?;
    eprintln!("A running server takes it up by itself. Phones fetch the authority from /ca.crt.");
    Ok(())
}

/// Opens the data directory without any door, does something, and closes it again.
async fn with_service(
    raw: Raw,
    what: impl AsyncFnOnce(&Site, &Config) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let config = raw.check()?;
    let (service, stop, done) =
        crate::opening::open(&config.data, config.templates.clone(), &Lifecycle::default()).await?;
    let mut site = crate::site(&config, service, config.listen, config.mqtt_listen, config.mqtts_listen);
    // A server that runs knows its doors better than the settings of this command.
    if let Some(doors) = crate::running::doors(&config.data) {
        site.public_url = config.public_url.clone().or(doors.public_url).unwrap_or(site.public_url);
        site.mqtt = doors.mqtt;
        site.mqtt_tls = doors.mqtt_tls;
    }
    let result = what(&site, &config).await;
    stop.cancel();
    done.await?;
    result
}

/// Whoever can write the data directory may do everything.
fn everything() -> Viewer {
    Viewer::Server { role: Role::Admin }
}

/// Answers on standard output.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot write to standard output")
}
