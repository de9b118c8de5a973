//! Debian's Exim. Its package cannot stand beside Postfix's, so `.ci/run` unpacks it under `target/lab`.

use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::lab::{Folder, REMOTE, free_port, is_root, wait_for, wait_for_text};

const UNPACKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/lab/exim/usr/sbin/exim4");
const INSTALLED: &str = "/usr/sbin/exim4";

fn program() -> Option<&'static str> {
    [INSTALLED, UNPACKED].into_iter().find(|path| Path::new(path).exists())
}

pub fn missing() -> Option<&'static str> {
    match program() {
        None => Some("exim4 is not installed"),
        Some(_) if !is_root() => Some("exim can only be started by root"),
        Some(_) => None,
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    /// A router looks its recipients up in a file that is not there.
    TableMissing,
}

pub struct Exim {
    folder: Folder,
    config: PathBuf,
    daemon: Child,
    /// Where it takes mail.
    pub port: u16,
}

impl Exim {
    /// One that sends what is not for example.com to `to`, or, as `mail.example.net`, everything.
    pub fn start(host: &str, fault: Fault, to: u16) -> Self {
        let folder = Folder::new();
        // Exim runs itself again as its own user, who may not enter the folder it was unpacked in.
        let program = folder.path.join("exim4");
        std::fs::copy(self::program().expect("asked for before"), &program).unwrap();
        let (spool, log) = (folder.subfolder("spool", "Debian-exim"), folder.subfolder("log", "Debian-exim"));
        let port = free_port();
        let local = if host.starts_with("mx.") { "example.com" } else { "" };
        let aliases = folder.path.join("aliases");
        if fault == Fault::None {
            folder.write("aliases", "other: user\n");
        }
        let text = format!(
            "exim_path = {}\nspool_directory = {}\nlog_file_path = {}/%slog\nprimary_hostname = {host}\n\
             domainlist local_domains = {local}\ndaemon_smtp_ports = {port}\nlocal_interfaces = {REMOTE}\n\
             acl_smtp_rcpt = rcpt\ntls_advertise_hosts =\nkeep_environment =\n\
             begin acl\nrcpt:\n  require verify = recipient\n  accept\n\
             begin routers\n\
             remote:\n  driver = manualroute\n  domains = ! +local_domains\n  transport = out\n  \
               route_list = * {REMOTE}\n  self = send\n  no_more\n\
             aliases:\n  driver = redirect\n  data = ${{lookup{{$local_part}}lsearch{{{}}}}}\n\
             users:\n  driver = accept\n  local_parts = user\n  transport = drop\n\
             begin transports\nout:\n  driver = smtp\n  port = {to}\n\
             drop:\n  driver = appendfile\n  file = /dev/null\n  user = Debian-exim\n\
             begin retry\n* * F,2h,15m\n",
            program.display(),
            spool.display(),
            log.display(),
            aliases.display(),
        );
        let config = folder.write("exim.conf", &text);
        let daemon = Command::new(&program)
            .arg("-C")
            .arg(&config)
            .arg("-bdf")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let exim = Exim { folder, config, daemon, port };
        wait_for("Exim", || TcpStream::connect((REMOTE, port)).map_err(|error| error.to_string()));
        exim
    }

    /// Hands it a mail as a local program does.
    pub fn submit(&self, sender: &str, recipient: &str) {
        let mut exim = Command::new(self.folder.path.join("exim4"))
            .arg("-C")
            .arg(&self.config)
            .args(["-f", sender, recipient])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mail = format!("From: {sender}\nTo: {recipient}\nSubject: lab\n\nhello\n");
        exim.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
        assert!(exim.wait().unwrap().success());
    }

    pub fn wait_for_log(&self, what: &str) -> String {
        wait_for_text(&self.folder.path.join("log/mainlog"), what)
    }

    /// Its `main` or `reject` log as it stands.
    pub fn log(&self, which: &str) -> String {
        std::fs::read_to_string(self.folder.path.join(format!("log/{which}log"))).unwrap_or_default()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        self.daemon.kill().expect("a child of ours can be killed");
        self.daemon.wait().expect("a child of ours can be waited for");
    }
}
