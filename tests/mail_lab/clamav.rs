//! ClamAV's daemon and its milter, with a signature of the lab's own: all mails that say hello are infected.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::lab::{Folder, REMOTE, free_port, wait_for};

const CLAMD: &str = "/usr/sbin/clamd";
const MILTER: &str = "/usr/sbin/clamav-milter";
/// `hello`, anywhere in a file of any type.
const SIGNATURE: &str = "Lab.Greeting:0:*:68656c6c6f\n";

pub struct Clamav {
    /// The milter's.
    pub port: u16,
    _milter: Running,
    daemon: Option<Running>,
    _folder: Folder,
}

impl Clamav {
    /// `None` where it is not installed.
    pub fn start() -> Option<Self> {
        if ![CLAMD, MILTER].iter().all(|program| Path::new(program).exists()) {
            return None;
        }
        let folder = Folder::new();
        let (port, scanning) = (free_port(), free_port());
        folder.write("lab.ndb", SIGNATURE);
        let daemon = folder.write(
            "clamd.conf",
            &format!(
                "Foreground true\nTCPAddr {REMOTE}\nTCPSocket {scanning}\nDatabaseDirectory {}\n",
                folder.path.display()
            ),
        );
        let milter = folder.write(
            "milter.conf",
            &format!(
                "Foreground true\nMilterSocket inet:{port}@{REMOTE}\nClamdSocket tcp:{REMOTE}:{scanning}\n\
                 OnInfected Reject\nRejectMsg Virus found: %v\n"
            ),
        );
        let daemon = Running::start(Command::new(CLAMD).arg("-c").arg(daemon), scanning);
        let milter = Running::start(Command::new(MILTER).arg("-c").arg(milter), port);
        Some(Clamav { port, _milter: milter, daemon: Some(daemon), _folder: folder })
    }

    /// Leaves the milter without its daemon.
    pub fn end_daemon(&mut self) {
        self.daemon = None;
    }
}

struct Running(Child);

impl Running {
    fn start(command: &mut Command, port: u16) -> Self {
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for("ClamAV", || TcpStream::connect((REMOTE, port)).map_err(|error| error.to_string()));
        Running(process)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().expect("a child of ours can be killed");
        self.0.wait().expect("a child of ours can be waited for");
    }
}
