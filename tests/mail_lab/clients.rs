//! Programs that hand a mail to a server themselves: what they print when it fails, trace and all.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::lab::REMOTE;

pub struct Client {
    pub name: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

const SMTPLIB: &str = "
import smtplib, sys
with smtplib.SMTP(sys.argv[1], int(sys.argv[2]), timeout=1) as server:
    server.sendmail('sender@example.org', ['user@example.com'], 'Subject: lab\\r\\n\\r\\nhello\\r\\n')
";

const NET_SMTP: &str = "
use Net::SMTP;
my $smtp = Net::SMTP->new($ARGV[0], Port => $ARGV[1], Timeout => 1, Debug => 1) or die \"cannot connect: $@\\n\";
$smtp->mail('sender@example.org') or die 'mail: ', $smtp->message;
$smtp->to('user@example.com') or die 'rcpt: ', $smtp->message;
$smtp->data(\"Subject: lab\\n\\nhello\\n\") or die 'data: ', $smtp->message;
";

const CURL: &str = "
printf 'Subject: lab\\r\\n\\r\\nhello\\r\\n' |
    curl -sS -m 1 \"smtp://$0:$1\" --mail-from sender@example.org --mail-rcpt user@example.com -T -
";

pub const CLIENTS: [Client; 3] = [
    Client { name: "Python's smtplib", program: "/usr/bin/python3", arguments: &["-c", SMTPLIB] },
    Client { name: "Perl's Net::SMTP", program: "/usr/bin/perl", arguments: &["-e", NET_SMTP] },
    Client { name: "curl", program: "/bin/sh", arguments: &["-c", CURL] },
];

impl Client {
    pub fn is_missing(&self) -> bool {
        let needs = if self.name == "curl" { "/usr/bin/curl" } else { self.program };
        let module = self.program.ends_with("perl")
            && !Command::new(self.program)
                .args(["-MNet::SMTP", "-e1"])
                .output()
                .is_ok_and(|done| done.status.success());
        !Path::new(needs).exists() || module
    }

    /// What it prints when it sends a mail to that port.
    pub fn send(&self, port: u16) -> String {
        let done = Command::new(self.program)
            .args(self.arguments)
            .args([REMOTE, &port.to_string()])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()
    }
}
