//! `group`.

use super::{everything, say};
use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use domain::{Role, Viewer};
use service::{GroupReport, Removal, Service};

#[derive(Subcommand)]
pub(super) enum Group {
    /// Make a group
    Add {
        /// What to call it
        name: String,
    },
    /// Which groups there are, and who is of them
    List,
    /// Call a group otherwise; in topics it stays what it was
    Rename {
        /// Which
        group: String,
        /// What to call it
        name: String,
    },
    /// Remove a group of which nobody is, and in which nothing ever was
    Remove {
        /// Which
        name: String,
        /// Remove its regions, sensors, outlets and invitations with it; its friends stay in their other groups
        #[arg(long)]
        all: bool,
    },
    /// Have a friend be of a group, too, or something else there
    Join {
        /// Which
        group: String,
        /// Who
        friend: String,
        /// As what; only who can sign in can be an admin
        #[arg(long, value_enum, default_value = "friend")]
        role: As,
    },
    /// Have a friend be of a group no more; they stay in their others
    Leave {
        /// Which
        group: String,
        /// Who
        friend: String,
    },
    /// Say whether somebody is an admin of the server, who makes groups and their admins
    Server {
        /// Who
        friend: String,
        /// As what
        #[arg(long, value_enum, default_value = "admin")]
        role: As,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum As {
    /// Sees and is seen
    Friend,
    /// Also manages it
    Admin,
}

impl As {
    const fn role(self) -> Role {
        match self {
            Self::Friend => Role::Friend,
            Self::Admin => Role::Admin,
        }
    }
}

impl Group {
    pub(super) async fn obey(self, service: &Service) -> anyhow::Result<()> {
        let all: Viewer = everything();
        let known = |name: &str| service.group_named(&all, name).context("there is no such group");
        match self {
            Self::Add { name } => {
                service.add_group(&all, &name).await?;
                say(&format!("{name} is a group"))
            }
            Self::List => {
                for GroupReport { name, members, .. } in service.groups(&all).await? {
                    let names = members.iter().map(|member| match member.role {
                        Role::Friend => member.friend.name.to_string(),
                        Role::Admin => format!("{} (admin)", member.friend.name),
                    });
                    say(&format!("{name}\t{}", names.collect::<Vec<_>>().join(", ")))?;
                }
                Ok(())
            }
            Self::Rename { group, name } => {
                service.rename_group(&all, known(&group)?, &name).await?;
                say(&format!("{group} is called {name}"))
            }
            Self::Remove { name, all: everything } => {
                let what = if everything { Removal::WithEverything } else { Removal::Unused };
                service.remove_group(&all, known(&name)?, what).await?;
                say(&format!("{name} is removed"))
            }
            Self::Join { group, friend, role } => {
                service.put_member(&all, known(&group)?, &friend, role.role()).await?;
                say(&format!("{friend} is of {group}"))
            }
            Self::Leave { group, friend } => {
                let who = service.friend_named(&all, &friend)?;
                service.remove_member(&all, known(&group)?, who.id).await?;
                say(&format!("{friend} is of {group} no more"))
            }
            Self::Server { friend, role } => {
                let who = service.friend_named(&all, &friend)?;
                let is_admin = role.role() == Role::Admin;
                service.set_server_admin(&all, who.id, is_admin).await?;
                let words = if is_admin { "is an admin of the server" } else { "is no admin of the server" };
                say(&format!("{friend} {words}"))
            }
        }
    }
}
