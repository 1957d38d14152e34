//! `user`, `device` and `token`.

use super::{everything, say};
use anyhow::Context;
use app::{
    api::PhoneCard,
    ssr::{Setup, Site, card, link_url},
};
use clap::{Subcommand, ValueEnum};
use domain::{Level, Party, Role, Timestamp};
use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};
use service::{DeviceCredentials, GrantDraft, InvitationDraft, LineDraft, Service, TokenScope};
use std::io::{IsTerminal, Read};

#[derive(Subcommand)]
pub(super) enum User {
    /// Add somebody who may sign in, asking for the password; with --group, somebody who may already comes into that group, too
    Add {
        /// What they are called; also the name to sign in with
        name: String,
        /// May manage the group's friends, devices and regions; somebody new the server, too
        #[arg(long)]
        admin: bool,
        /// With whom; made when there is none of that name
        #[arg(long)]
        group: Option<String>,
        /// What the group sees of somebody new until they choose [default: precise]
        #[arg(long, value_enum)]
        share: Option<Share>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Who may sign in
    List,
    /// Give somebody a new password
    Password {
        /// Whom
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Invite somebody: prints a link, alone on the last line, that lets in whoever opens it first
    Invite {
        /// As whom; without, whoever opens it chooses
        name: Option<String>,
        /// May manage friends, devices and regions
        #[arg(long)]
        admin: bool,
        /// With whom; made when there is none of that name
        #[arg(long)]
        group: Option<String>,
        /// For how many days the link holds, 1 to 60
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
    /// End all sessions of somebody, who may sign in again at once
    SignOut {
        /// Whose
        name: String,
    },
    /// Take the right to sign in away; without devices, remove the friend
    Remove {
        /// Whose
        name: String,
    },
}

#[derive(Subcommand)]
pub(super) enum Device {
    /// Make a device and its password, and the friend when there is none of that name
    Add {
        /// Whose
        friend: String,
        /// What to call it, such as phone
        device: String,
        /// The group of a new friend; made when there is none of that name
        #[arg(long)]
        group: Option<String>,
        /// What the group sees of a new friend until they choose [default: precise]
        #[arg(long, value_enum)]
        share: Option<Share>,
    },
    /// Make a link by which a device is set up once, within a day, and the friend when there is none of that name. Who can sign in has to
    Invite {
        /// Whose
        friend: String,
        /// What to call it, such as phone
        device: String,
        /// The group of a new friend; made when there is none of that name
        #[arg(long)]
        group: Option<String>,
        /// What the group sees of a new friend until they choose [default: precise]
        #[arg(long, value_enum)]
        share: Option<Share>,
    },
    /// Remove a device and everything it reported
    Remove {
        /// Whose
        friend: String,
        /// Which
        device: String,
    },
    /// Say what a device's payloads are encrypted with; what could not be opened before is read again
    Key {
        /// Whose
        friend: String,
        /// Which
        device: String,
        /// Read the key from standard input
        #[arg(long, conflicts_with = "none")]
        key_stdin: bool,
        /// Its payloads are not encrypted any more
        #[arg(long)]
        none: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum Token {
    /// Make a bearer token, alone on the last line; it is shown once
    Create {
        /// What for
        name: String,
        /// What it may do
        #[arg(long, value_enum)]
        scope: Scope,
        /// Whose rights it has; without, the whole server's
        #[arg(long)]
        user: Option<String>,
    },
    /// Which tokens there are: name, scope, whose, when each was made, and the hour in which it was last used
    List,
    /// Revoke the tokens of that name
    Remove {
        /// What they were made for
        name: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Scope {
    /// Ask
    Read,
    /// Ask, and change what a friend may change
    Write,
    /// Everything
    Admin,
}

/// What the group sees of somebody new. Who is there already has chosen, or an admin for them.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Share {
    /// Where they are, as the phone says
    Precise,
    /// To about 250 m
    Street,
    /// To about 2 km
    District,
    /// To about 15 km
    City,
    /// Only names of regions they are in
    Names,
    /// Nothing
    Off,
}

impl Share {
    const fn level(self) -> Level {
        match self {
            Self::Precise => Level::Precise,
            Self::Street => Level::Street,
            Self::District => Level::District,
            Self::City => Level::City,
            Self::Names => Level::Names,
            Self::Off => Level::Off,
        }
    }
}

/// Says for somebody who was just made what their group sees.
async fn show(service: &Service, name: &str, share: Option<Share>) -> anyhow::Result<()> {
    let Some(share) = share else { return Ok(()) };
    let friend = service.friend_named(&everything(), name)?;
    let draft = GrantDraft {
        to: Party::Group(friend.group),
        level: share.level(),
        since: Some(Timestamp::MIN),
        until: None,
    };
    Ok(service.share(&everything(), friend.id, draft).await?)
}

/// Refuses `--share` for who is there already: what others see of them is not the terminal's to say.
fn only_for_new(service: &Service, name: &str, share: Option<Share>) -> anyhow::Result<()> {
    anyhow::ensure!(
        share.is_none() || service.friend_named(&everything(), name.trim()).is_err(),
        "--share is for somebody new: {name} is there already, and what others see stays as it was said"
    );
    Ok(())
}

impl User {
    pub(super) async fn obey(self, site: &Site) -> anyhow::Result<()> {
        let service = &site.service;
        match self {
            Self::Invite { name, admin, group, days } => {
                let role = if admin { Role::Admin } else { Role::Friend };
                let draft = InvitationDraft { group, name: name.unwrap_or_default(), role, days };
                let (_, link) = service.invite_by_link(&everything(), draft).await?;
                say(&format!("{}/invitation?token={link}", site.public_url))
            }
            Self::SignOut { name } => {
                let friend = service.friend_named(&everything(), &name)?;
                service.end_sessions_of(&everything(), friend.id).await?;
                say(&format!("{name} is signed out everywhere"))
            }
            Self::Add { name, admin, group, share, password_stdin } => {
                only_for_new(service, &name, share)?;
                let role = if admin { Role::Admin } else { Role::Friend };
                if let Some(group) = &group
                    && service
                        .friend_named(&everything(), name.trim())
                        .is_ok_and(|known| known.role.is_some())
                {
                    let known = service.group_named(&everything(), group).ok();
                    let id = match known {
                        Some(id) => id,
                        None => service.add_group(&everything(), group).await?,
                    };
                    service.put_member(&everything(), id, &name, role).await?;
                    return say(&format!("{name} is of {group}, and shows it nothing until they say what"));
                }
                let password = password(password_stdin)?;
                let friend =
                    service.add_user_to(&everything(), group.as_deref(), &name, &password, role).await?;
                show(service, friend.name.as_str(), share).await?;
                say(&format!("{} may sign in", friend.name))
            }
            Self::List => {
                for friend in service.users(&everything())? {
                    let role = if friend.role == Some(Role::Admin) { "admin" } else { "friend" };
                    say(&format!("{}\t{role}", friend.name))?;
                }
                Ok(())
            }
            Self::Password { name, password_stdin } => {
                service.reset_password(&everything(), &name, &password(password_stdin)?).await?;
                say(&format!("{name} has a new password, and is signed out everywhere"))
            }
            Self::Remove { name } => {
                service.remove_user(&everything(), &name).await?;
                say(&format!("{name} may not sign in any more"))
            }
        }
    }
}

impl Device {
    pub(super) async fn obey(self, site: &Site) -> anyhow::Result<()> {
        let (friend, device, group, share) = match self {
            Self::Add { friend, device, group, share } => (friend, device, group, share),
            Self::Invite { friend, device, group, share } => {
                reachable(site);
                only_for_new(&site.service, &friend, share)?;
                let made = site.service.make_link(&everything(), group.as_deref(), &friend, &device).await?;
                show(&site.service, made.friend.name.as_str(), share).await?;
                let url = link_url(site, &made.token);
                say(&format!("link: {url}\nexpires: {}", made.link.once.ends_at))?;
                return picture(&url);
            }
            Self::Remove { friend, device } => {
                let id = site.service.device_named(&everything(), &friend, Some(&device))?;
                site.service.remove_device(&everything(), id).await?;
                return say(&format!("{device} of {friend} is removed, with everything it reported"));
            }
            Self::Key { friend, device, key_stdin, none } => {
                let id = site.service.device_named(&everything(), &friend, Some(&device))?;
                let draft = if none { LineDraft::Clear } else { LineDraft::Key(secret("Key: ", key_stdin)?) };
                site.service.put_line(&everything(), id, draft).await?;
                return say(&format!(
                    "{device} of {friend} {}",
                    if none { "has no key" } else { "has a new key" }
                ));
            }
        };
        reachable(site);
        only_for_new(&site.service, &friend, share)?;
        let made = site.service.add_device_to(&everything(), group.as_deref(), &friend, &device).await?;
        let DeviceCredentials { device: id, username, password, topic } = made;
        show(&site.service, &username, share).await?;
        let setup = Setup { device: id, friend, name: device, username, password, topic };
        let PhoneCard { username, password, topic, link, .. } = card(site, setup);
        say(&format!("username: {username}\npassword: {password}\ntopic: {topic}\nlink: {link}"))?;
        picture(&link)
    }
}

/// Says when a link can lead nowhere.
fn reachable(site: &Site) {
    if ["//0.0.0.0", "//[::]"].iter().any(|nowhere| site.public_url.contains(nowhere)) {
        eprintln!("The link names no address that a phone can reach: set --public-url.");
    }
}

/// A link to be scanned, where somebody can see it.
fn picture(link: &str) -> anyhow::Result<()> {
    if std::io::stdout().is_terminal() {
        let code = QrCode::with_error_correction_level(link, EcLevel::L)
            .context("the link is too long for a QR code")?;
        say(&code.render::<Dense1x2>().build())?;
    }
    Ok(())
}

impl Token {
    pub(super) async fn obey(self, service: &Service) -> anyhow::Result<()> {
        match self {
            Self::Create { name, scope, user } => {
                let scope = match scope {
                    Scope::Read => TokenScope::Read,
                    Scope::Write => TokenScope::Write,
                    Scope::Admin => TokenScope::Admin,
                };
                say(&service.create_token(&everything(), &name, scope, user.as_deref()).await?)
            }
            Self::List => {
                for token in service.tokens(&everything()).await? {
                    let whose = token.user.map_or_else(|| "the whole server".to_owned(), String::from);
                    let used = token.used_at.map_or_else(|| "never used".to_owned(), |at| at.to_string());
                    say(&format!(
                        "{}\t{}\t{whose}\t{}\t{used}",
                        token.name,
                        token.scope.as_str(),
                        token.made_at
                    ))?;
                }
                Ok(())
            }
            Self::Remove { name } => {
                let count = service.remove_tokens(&everything(), &name).await?;
                say(&format!("{count} {} revoked", if count == 1 { "token is" } else { "tokens are" }))
            }
        }
    }
}

fn password(all: bool) -> anyhow::Result<String> {
    secret("Password: ", all)
}

/// A secret from standard input: all of it when asked so, else one line.
fn secret(prompt: &str, all: bool) -> anyhow::Result<String> {
    let mut text = String::new();
    if all {
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    } else {
        eprint!("{prompt}");
        std::io::stdin().read_line(&mut text).context("cannot read standard input")?;
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
