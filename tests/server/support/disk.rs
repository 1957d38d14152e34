//! A disk that can be full, without any rights: a small file system in memory where the system lets us mount one, or a limit on how
//! large a file may become, which works everywhere. The server meets the first as "no space left", the second as "file too large".
//! And a slow one: each time the server asks that something be on the disk for good, it waits.

use super::{Home, Server, process::Guarded};
use std::{
    fs::File,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Which kind of disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mounted,
    Limited,
}

/// The disk of a server that runs.
pub(crate) struct SmallDisk {
    kind: Kind,
    server: u32,
    /// As we see it.
    pub(crate) data: PathBuf,
}

impl Kind {
    /// The first that this system has.
    pub(crate) fn best() -> Self {
        let mut trial = Command::new("unshare");
        trial.args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).stderr(Stdio::null());
        if trial.status().is_ok_and(|status| status.success()) { Self::Mounted } else { Self::Limited }
    }

    fn command(self) -> Command {
        let (program, arguments, script) = match self {
            // In name spaces of its own, the server sees its data on the small disk; they go with it.
            Self::Mounted => (
                "unshare",
                &["-rm", "sh"][..],
                "mkdir seed && cp -a data/. seed && mount -t tmpfs -o size=12m tmpfs data && cp -a seed/. data && exec \"$@\"",
            ),
            // Without a signal, as it is with a full disk.
            Self::Limited => ("sh", &[][..], "trap '' XFSZ && exec \"$@\""),
        };
        let mut command = Command::new(program);
        command.args(arguments).args(["-ec", script, "sh"]);
        command
    }
}

impl Home {
    /// Starts a server whose data are on a small disk.
    pub(crate) async fn serve_on(&self, kind: Kind) -> (Server, SmallDisk) {
        let child = self.spawn_by(kind.command(), "server", &Self::arguments(&[]));
        let server = child.id();
        let data = match kind {
            Kind::Mounted => PathBuf::from(format!("/proc/{server}/root{}", self.text("data"))),
            Kind::Limited => self.path("data"),
        };
        (self.ready(Guarded(child)).await, SmallDisk { kind, server, data })
    }
}

/// What a slow disk does to the two calls that wait for it: a fifth of a second, as a worn memory card at work.
const SLOW: &str = "
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int fsync(int file) { usleep(200000); return ((int (*)(int))dlsym(RTLD_NEXT, \"fsync\"))(file); }
int fdatasync(int file) { usleep(200000); return ((int (*)(int))dlsym(RTLD_NEXT, \"fdatasync\"))(file); }
";

impl Home {
    /// Starts a server whose disk takes its time. The compiler is there: the server needed it, too.
    pub(crate) async fn serve_on_a_slow_disk(&self) -> Server {
        let (source, library) = (self.text("slow.c"), self.text("slow.so"));
        std::fs::write(&source, SLOW).expect("can be written");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o", &library, &source, "-ldl"]).status();
        assert!(built.is_ok_and(|status| status.success()), "there is a C compiler");
        let mut command = Command::new("env");
        command.arg(format!("LD_PRELOAD={library}"));
        let server = self.ready(Guarded(self.spawn_by(command, "server", &Self::arguments(&[])))).await;
        let loaded = std::fs::read_to_string(format!("/proc/{}/maps", server.pid())).expect("it lives");
        assert!(loaded.contains(&library), "its disk is slow");
        server
    }
}

impl SmallDisk {
    /// From now on there is no room.
    pub(crate) fn fill(&self) {
        match self.kind {
            Kind::Mounted => {
                let mut ballast = File::create(self.ballast()).expect("the disk is there");
                for size in [1 << 16, 1 << 12, 1] {
                    while ballast.write_all(&vec![0; size]).is_ok() {}
                }
            }
            Kind::Limited => self.limit("1:"),
        }
    }

    /// From now on there is room again.
    pub(crate) fn free(&self) {
        match self.kind {
            Kind::Mounted => std::fs::remove_file(self.ballast()).expect("the disk is there"),
            Kind::Limited => self.limit("unlimited:"),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.data.join("ballast")
    }

    fn limit(&self, soft: &str) {
        let mut prlimit = Command::new("prlimit");
        prlimit.arg(format!("--pid={}", self.server)).arg(format!("--fsize={soft}"));
        assert!(prlimit.status().expect("there is prlimit").success(), "the limit can be set");
    }
}
