//! Debian's Postfix, as many of them as a test wants, each with its own queue and log.

use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::lab::{Folder, REMOTE, free_port, is_root, run, wait_for, wait_for_text};

const POSTFIX: &str = "/usr/sbin/postfix";
const POSTGREY: &str = "/usr/sbin/postgrey";

pub fn missing() -> Option<&'static str> {
    match () {
        () if !Path::new(POSTFIX).exists() => Some("postfix is not installed"),
        () if !is_root() => Some("postfix can only be started by root"),
        () => None,
    }
}

const MASTER: &str = "\
pickup    unix  n       -       n       1       1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
";

const RECEIVER: &str =
    "myhostname = mx.example.com\nmydestination = example.org, regexp:{{/example.com/ x}}\nlocal_recipient_maps =\n";

pub struct Postfix {
    folder: Folder,
    config: PathBuf,
    /// Where it takes mail.
    pub port: u16,
}

impl Postfix {
    /// One that sends mail for each domain to that port.
    pub fn sending(routes: impl IntoIterator<Item = (String, u16)>) -> Self {
        let folder = Folder::new();
        let queue = folder.path.clone();
        let routes: String =
            routes.into_iter().map(|(domain, port)| format!("{{ {domain} = smtp:[{REMOTE}]:{port} }} ")).collect();
        let settings =
            format!("myhostname = mail.example.net\nmydestination =\ntransport_maps = inline:{{ {routes}}}\n");
        Self::start(folder, &queue, &settings)
    }

    /// One with mailboxes for everybody at example.com.
    pub fn receiving(settings: &str) -> Self {
        let folder = Folder::new();
        let queue = folder.path.clone();
        Self::start(folder, &queue, &format!("{RECEIVER}{settings}"))
    }

    /// One that listens once more for each list of options, at a port of its own.
    pub fn receiving_with(options: &[&str]) -> (Self, Vec<u16>) {
        let ports: Vec<u16> = options.iter().map(|_| free_port()).collect();
        let service = |(port, options): (&u16, &&str)| {
            let options: String = options.lines().map(|option| format!("  -o {{ {option} }}\n")).collect();
            format!("{REMOTE}:{port} inet n - n - - smtpd\n{options}")
        };
        let folder = Folder::new();
        let queue = folder.path.clone();
        let services: String = ports.iter().zip(options).map(service).collect();
        (Self::start_services(folder, &queue, RECEIVER, &services), ports)
    }

    /// The same with its queue on another file system.
    pub fn receiving_on(disk: &Folder, settings: &str) -> Self {
        Self::start(Folder::new(), &disk.path, &format!("{RECEIVER}{settings}"))
    }

    fn start(folder: Folder, queue: &Path, settings: &str) -> Self {
        Self::start_services(folder, queue, settings, "")
    }

    fn start_services(folder: Folder, queue: &Path, settings: &str, services: &str) -> Self {
        let port = free_port();
        let config = folder.subfolder("etc", "root");
        let data = folder.subfolder("data", "postfix");
        let queue = queue.join("queue");
        std::fs::create_dir_all(&queue).unwrap();
        folder.write("etc/master.cf", &format!("{REMOTE}:{port} inet n - n - - smtpd\n{services}{MASTER}"));
        let common = format!(
            "compatibility_level = 3.6\nqueue_directory = {}\ndata_directory = {}\nmaillog_file = {}\n\
             maillog_file_prefixes = {}\ninet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\nalias_maps =\nalias_database =\nlocal_transport = discard\n\
             mynetworks =\nsmtpd_recipient_restrictions = reject_unauth_destination\nsmtp_helo_timeout = 1s\n\
             smtp_dns_support_level = disabled\nsmtpd_tls_security_level = none\nsmtp_tls_security_level = none\n",
            queue.display(),
            data.display(),
            folder.path.join("mail.log").display(),
            folder.path.display(),
        );
        folder.write("etc/main.cf", &format!("{common}{settings}"));
        run(POSTFIX, &["-c", config.to_str().unwrap(), "start"]);
        let postfix = Postfix { folder, config, port };
        postfix.wait_for_log("daemon started");
        postfix
    }

    /// Hands it a mail as a local program does.
    pub fn submit(&self, sender: &str, recipient: &str) {
        let mut sendmail = Command::new("/usr/sbin/sendmail")
            .args(["-C", self.config.to_str().unwrap(), "-f", sender, recipient])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mail = format!("From: {sender}\nTo: {recipient}\nSubject: lab\n\nhello\n");
        sendmail.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
        assert!(sendmail.wait().unwrap().success(), "{}", self.log());
    }

    pub fn wait_for_log(&self, what: &str) -> String {
        wait_for_text(&self.folder.path.join("mail.log"), what)
    }

    /// The first line of that program about the domain's mail.
    pub fn wait_for_line(&self, program: &str, domain: &str) -> String {
        wait_for(domain, || {
            let log = self.log();
            let found = log.lines().find(|line| line.contains(program) && line.contains(&format!("@{domain}>, relay")));
            found.map(str::to_owned).ok_or(log)
        })
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path.join("mail.log")).unwrap_or_default()
    }

    /// What one of its programs logged.
    pub fn log_of(&self, program: &str) -> String {
        let log = self.log();
        let of = format!("postfix/{program}[");
        log.lines().filter(|line| line.contains(&of)).flat_map(|line| [line, "\n"]).collect()
    }

    /// What `postqueue -p` lists.
    pub fn queue(&self) -> String {
        let listing = || Command::new("postqueue").args(["-c", self.config.to_str().unwrap(), "-p"]).output().unwrap();
        wait_for("reason in the queue listing", || {
            let text = String::from_utf8(listing().stdout).unwrap();
            if text.contains("\n(") || text.contains("  (") { Ok(text) } else { Err(text) }
        })
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // `abort` does not wait for deliveries to end.
        let stopped = Command::new(POSTFIX).args(["-c", self.config.to_str().unwrap(), "abort"]).output();
        assert!(stopped.is_ok() || std::thread::panicking());
    }
}

/// The greylister.
pub struct Postgrey {
    pub port: u16,
    process: Child,
    _folder: Folder,
}

impl Postgrey {
    pub fn start() -> Option<Self> {
        Path::new(POSTGREY).exists().then(|| {
            let port = free_port();
            let folder = Folder::new();
            let data = folder.subfolder("postgrey", "nobody");
            let process = Command::new(POSTGREY)
                .args([format!("--inet={REMOTE}:{port}"), format!("--dbdir={}", data.display())])
                .args(["--user=nobody", "--group=nogroup", "--delay=300"])
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let postgrey = Postgrey { port, process, _folder: folder };
            wait_for("Postgrey", || TcpStream::connect((REMOTE, port)).map_err(|error| error.to_string()));
            postgrey
        })
    }
}

impl Drop for Postgrey {
    fn drop(&mut self) {
        self.process.kill().expect("a child of ours can be killed");
        self.process.wait().expect("a child of ours can be waited for");
    }
}
