//! `smtpwhy logs`: what is counted is what was written, whichever way it comes in.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use smtpwhy::knowledge::Knowledge;

#[path = "../benches/peers/log.rs"]
mod log;

/// A folder of its own for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("smtpwhy-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_library_reads_files_as_the_program_does() {
    let folder = Folder::new("library");
    let line = "2026-01-05T10:11:12Z mx postfix/smtp[7]: 4F2A1: to=<u@example.com>, relay=mx.example.com[192.0.2.1]:25, \
                dsn=4.2.2, status=deferred (host mx.example.com[192.0.2.1] said: 452 4.2.2 Mailbox full)\n";
    folder.file("mail.log", line.repeat(3));
    let paths = [folder.0.clone()];
    let all = smtpwhy::triage::Window::default();
    let report = smtpwhy::logs::triage(&paths, Knowledge::embedded(), all).unwrap();
    let group = &report.triage.groups[0];
    assert_eq!((group.cause.id, group.incidents, group.still_waiting), ("mailbox-full", 3, 1));
    assert!(report.broken.is_empty());
    let missing = smtpwhy::logs::triage(&[folder.0.join("missing")], Knowledge::embedded(), all).unwrap_err();
    assert!(missing.to_string().contains("missing: "), "{missing}");
}

fn command(args: &[&str], files: &[&Path]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
    command.arg("logs").args(args).args(files).env("TZ", "UTC").env_remove("COLUMNS").env("LC_ALL", "C.UTF-8");
    command
}

fn ran(args: &[&str], files: &[&Path]) -> Output {
    command(args, files).output().unwrap()
}

fn triaged(args: &[&str], files: &[&Path]) -> Value {
    let output = ran(&[args, &["--json"]].concat(), files);
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"))
}

fn piped(args: &[&str], input: &[u8]) -> Output {
    let mut child =
        command(args, &[]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn group<'a>(triage: &'a Value, cause: &str) -> &'a Value {
    let groups = triage["groups"].as_array().unwrap();
    groups.iter().find(|group| group["cause"] == cause).unwrap_or_else(|| panic!("no {cause} in {triage:#}"))
}

/// 2026-03-03T08:00:00Z
const START: u64 = 1_772_524_800;

fn generated(messages: u64) -> (Vec<u8>, log::Known) {
    let mut text = Vec::new();
    let known = log::write(messages, START, &mut text).unwrap();
    (text, known)
}

fn seconds(time: &Value) -> u64 {
    time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second() as u64
}

fn assert_known(triage: &Value, known: &log::Known) {
    assert_eq!(triage["lines"], known.lines);
    assert_eq!(triage["unrecognised"], 0, "{triage:#}");
    assert_eq!(triage["incidents"], known.failures.values().map(|failures| failures.incidents).sum::<u64>());
    assert_eq!(triage["groups"].as_array().unwrap().len(), known.failures.len(), "{triage:#}");
    for (cause, failures) in &known.failures {
        let group = group(triage, cause);
        for (field, expected) in [
            ("incidents", failures.incidents),
            ("messages", failures.messages),
            ("recipients", failures.recipients.len() as u64),
            ("delivered_later", failures.delivered_later),
            ("still_waiting", failures.still_waiting),
            ("failed", failures.failed),
            ("refused", 0),
            ("here", 0),
        ] {
            assert_eq!(group[field], expected, "{cause}: {field}");
        }
        assert_eq!((seconds(&group["first"]), seconds(&group["last"])), (failures.first, failures.last), "{cause}");
        let domains = group["domains"].as_array().unwrap();
        let found =
            domains.iter().map(|domain| (domain["name"].as_str().unwrap(), domain["incidents"].as_u64().unwrap()));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), failures.domains, "{cause}");
        let trend = group["trend"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap());
        assert_eq!(trend.sum::<u64>(), failures.incidents, "{cause}: trend");
        assert_delays(group, failures.delays.clone(), cause);
    }
}

fn assert_delays(group: &Value, mut delays: Vec<u64>, cause: &str) {
    delays.sort_unstable();
    let count = delays.len();
    if count == 0 {
        assert_eq!((&group["median_delay"], &group["p95_delay"]), (&Value::Null, &Value::Null), "{cause}");
        return;
    }
    assert_eq!(group["median_delay"], (delays[(count - 1) / 2] + delays[count / 2]) / 2, "{cause}: median");
    assert_eq!(group["p95_delay"], delays[(count * 95).div_ceil(100) - 1], "{cause}: p95");
}

#[test]
fn every_figure_of_a_known_log_is_found() {
    let folder = Folder::new("known");
    let (text, known) = generated(6000);
    assert!(known.failures.len() == 5 && known.failures["greylisting"].still_waiting > 0, "{known:?}");
    let path = folder.file("mail.log", &text);
    fs::File::options().write(true).open(&path).unwrap().set_modified(after_start()).unwrap();
    assert_known(&triaged(&[], &[&path]), &known);
}

fn after_start() -> std::time::SystemTime {
    std::time::UNIX_EPOCH + Duration::from_secs(START + 30 * 86_400)
}

/// The log cut at a line end near the middle.
fn halves(text: &[u8]) -> (&[u8], &[u8]) {
    let middle = text.len() / 2 + text[text.len() / 2..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    text.split_at(middle)
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn a_rotated_set_is_one_log_however_it_is_named_ordered_and_compressed() {
    let folder = Folder::new("rotated");
    let (text, known) = generated(3000);
    let (early, late) = halves(&text);
    let (first, second) = halves(early);
    let files = [
        folder.file("mail.log", late),
        folder.file("mail.log.1.bz2", bzipped(second)),
        // Two members and two frames, as appending leaves them.
        folder.file("mail.log.2.gz", [gzipped(halves(first).0), gzipped(halves(first).1)].concat()),
    ];
    for file in &files {
        fs::File::options().write(true).open(file).unwrap().set_modified(after_start()).unwrap();
    }
    let triage = triaged(&[], &files.each_ref().map(PathBuf::as_path));
    assert_known(&triage, &known);
    assert_known(&triaged(&[], &[&folder.0]), &known);

    let zst = folder.file("whole.zst", [zstandard(early), zstandard(late)].concat());
    fs::File::options().write(true).open(&zst).unwrap().set_modified(after_start()).unwrap();
    assert_known(&triaged(&[], &[&zst]), &known);
}

#[test]
fn xz_is_read() {
    // `printf 'Mar  3 08:00:01 …' | xz`
    let xz = data_encoding::BASE64.decode(include_bytes!("logs/deferred.log.xz.base64").trim_ascii()).unwrap();
    let output = piped(&["--json"], &xz);
    let triage: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&triage["lines"], &triage["incidents"]), (&2.into(), &1.into()));
    assert_eq!(group(&triage, "greylisting")["delivered_later"], 1);
}

const GREYLISTED: &str = "Mar  3 08:00:01 mail postfix/smtp[1]: 4A00000001: to=<u@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1, delays=0/0/1/0, dsn=4.2.0, status=deferred (host mx.example.net[192.0.2.25] said: 450 4.2.0 <u@example.net>: Recipient address rejected: Greylisted (in reply to RCPT TO command))\n";
const SENT: &str = "Mar  3 08:10:01 mail postfix/smtp[1]: 4A00000001: to=<u@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=601, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n";

#[test]
fn a_window_of_time_leaves_out_what_is_outside() {
    let folder = Folder::new("window");
    let path = folder.file("mail.log", [GREYLISTED, SENT].concat());
    fs::File::options().write(true).open(&path).unwrap().set_modified(after_start()).unwrap();
    let fate = |args: &[&str]| {
        let triage = triaged(args, &[&path]);
        let groups = triage["groups"].as_array().unwrap().clone();
        groups
            .first()
            .map(|group| [&group["delivered_later"], &group["still_waiting"]].map(|count| count.as_u64().unwrap()))
    };
    assert_eq!(fate(&["--since", "2026-03-03"]), Some([1, 0]));
    assert_eq!(fate(&["--since", "2026-03-03T08:00", "--until", "2026-03-03T08:05"]), Some([0, 1]));
    assert_eq!(fate(&["--since", "2026-03-03T08:05:00Z"]), None);
    let refused = ran(&["--since", "yesterdayish"], &[&path]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn fates_are_told_per_message_and_recipient() {
    let line = |time: &str, rest: &str| format!("Mar  3 {time} mail postfix/{rest}\n");
    let deferred =
        "status=deferred (host mx.example.net[192.0.2.25] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))";
    let text = [
        // Two recipients: one arrives, the other does not.
        line("08:00:00", &format!("smtp[1]: AAAAA1: to=<a@example.net>, relay=x, dsn=4.2.0, {deferred}")),
        line("08:00:00", &format!("smtp[1]: AAAAA1: to=<b@example.net>, relay=x, dsn=4.2.0, {deferred}")),
        line("08:05:00", "smtp[1]: AAAAA1: to=<a@example.net>, relay=x, dsn=2.0.0, status=sent (250 Ok)"),
        line("08:05:00", &format!("smtp[1]: AAAAA1: to=<b@example.net>, relay=x, dsn=4.2.0, {deferred}")),
        // Given up after days in the queue.
        line("08:00:00", &format!("smtp[1]: AAAAA2: to=<c@example.net>, relay=x, dsn=4.2.0, {deferred}")),
        line("09:00:00", "qmgr[2]: AAAAA2: from=<s@example.com>, status=expired, returned to sender"),
        line("09:00:00", "qmgr[2]: AAAAA2: removed"),
        // The same queue id again, after the first message with it was done.
        line("10:00:00", &format!("smtp[1]: AAAAA2: to=<c@example.net>, relay=x, dsn=4.2.0, {deferred}")),
        line("10:05:00", "smtp[1]: AAAAA2: to=<c@example.net>, relay=x, dsn=2.0.0, status=sent (250 Ok)"),
        line("10:05:00", "qmgr[2]: AAAAA2: removed"),
        // Refused at the door, twice, to the same client.
        line("11:00:00", "smtpd[3]: NOQUEUE: reject: RCPT from c.example.org[198.51.100.3]: 450 4.2.0 <u@example.com>: Recipient address rejected: Greylisted; from=<s@example.org> to=<u@example.com> proto=ESMTP helo=<c.example.org>"),
        line("11:05:00", "smtpd[9]: NOQUEUE: reject: RCPT from c.example.org[198.51.100.3]: 450 4.2.0 <u@example.com>: Recipient address rejected: Greylisted; from=<s@example.org> to=<u@example.com> proto=ESMTP helo=<c.example.org>"),
    ]
    .concat();
    let output = piped(&["--json"], text.as_bytes());
    let triage: Value = serde_json::from_slice(&output.stdout).unwrap();
    let grey = group(&triage, "greylisting");
    let counts =
        ["incidents", "here", "messages", "recipients", "delivered_later", "still_waiting", "failed", "refused"];
    assert_eq!(counts.map(|field| grey[field].as_u64().unwrap()), [7, 2, 4, 4, 1, 1, 1, 1]);
    assert_eq!(grey["median_delay"], 300);
    assert_eq!(group(&triage, "message-expired")["failed"], 1);
    let all = ["delivered_later", "still_waiting", "failed"].map(|field| triage[field].as_u64().unwrap());
    assert_eq!(all, [1, 1, 1], "each message once, whatever it met");
}

#[test]
fn messages_are_followed_in_the_logs_of_other_servers() {
    for (name, log) in [
        (
            "exim",
            "2026-03-03 08:00:00 1xVZih-0000DX-05 == bob@example.net R=dnslookup T=remote_smtp defer (-44) H=mx.example.net [192.0.2.25] DT=0s: SMTP error from remote mail server after RCPT TO:<bob@example.net>: 450 4.2.0 Greylisted\n\
            2026-03-03 08:05:00 1xVZih-0000DX-05 == bob@example.net R=dnslookup T=remote_smtp defer (-53): retry time not reached for any host\n\
            2026-03-03 08:10:00 1xVZih-0000DX-05 => bob@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.25] C=\"250 ok\"\n\
            2026-03-03 08:10:00 1xVZih-0000DX-05 Completed\n",
        ),
        (
            "sendmail",
            "Mar  3 08:00:00 mx sendmail[168]: 6238001Z000168: to=<bob@example.net>, ctladdr=alice@example.com (1000/1000), delay=00:00:06, xdelay=00:00:06, mailer=esmtp, pri=30283, relay=mx.example.net. [192.0.2.25], dsn=4.2.0, reply=450 4.2.0 Greylisted, stat=Deferred: 450 4.2.0 Greylisted\n\
            Mar  3 08:10:00 mx sendmail[170]: 6238001Z000168: to=<bob@example.net>, delay=00:10:06, mailer=esmtp, pri=120283, relay=mx.example.net. [192.0.2.25], dsn=2.0.0, stat=Sent (ok)\n",
        ),
        (
            "opensmtpd",
            "Mar  3 08:00:00 mx smtpd[47]: 9d0aa21d34b4751d mta delivery evpid=2662cb515b30bc76 from=<alice@example.com> to=<bob@example.net> rcpt=<-> source=\"203.0.113.133\" relay=\"192.0.2.25 (mx.example.net)\" delay=0s result=\"TempFail\" stat=\"450 4.2.0 Greylisted\"\n\
            Mar  3 08:10:00 mx smtpd[47]: 9d0aa21d34b4751e mta delivery evpid=2662cb515b30bc76 from=<alice@example.com> to=<bob@example.net> rcpt=<-> source=\"203.0.113.133\" relay=\"192.0.2.25 (mx.example.net)\" delay=10m result=\"Ok\" stat=\"250 ok\"\n",
        ),
        (
            "qmail",
            "@4000000069a69a8a00000000 starting delivery 7: msg 123456 to remote bob@example.net\n\
            @4000000069a69a8b00000000 delivery 7: deferral: 192.0.2.25_does_not_like_recipient./Remote_host_said:_450_4.2.0_Greylisted/Giving_up_on_192.0.2.25./\n\
            @4000000069a69ce300000000 starting delivery 9: msg 123456 to remote bob@example.net\n\
            @4000000069a69ce300000000 delivery 9: success: 192.0.2.25_accepted_message./Remote_host_said:_250_ok/\n\
            @4000000069a69ce300000000 end msg 123456\n",
        ),
        (
            "journald",
            "{\"__REALTIME_TIMESTAMP\":\"1772524800000000\",\"_HOSTNAME\":\"mx\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"MESSAGE\":\"4A00000001: to=<bob@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1, dsn=4.2.0, status=deferred (host mx.example.net[192.0.2.25] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))\"}\n\
            {\"__REALTIME_TIMESTAMP\":\"1772525400000000\",\"_HOSTNAME\":\"mx\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"MESSAGE\":\"4A00000001: to=<bob@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=601, dsn=2.0.0, status=sent (250 Ok)\"}\n",
        ),
    ] {
        let output = piped(&["--json"], log.as_bytes());
        let triage: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{name}"));
        let grey = group(&triage, "greylisting");
        let counts = ["incidents", "messages", "recipients", "delivered_later", "median_delay"];
        assert_eq!(counts.map(|field| grey[field].as_u64()), [1, 1, 1, 1, 600].map(Some), "{name}: {triage:#}");
        assert_eq!(grey["domains"][0]["name"], "example.net", "{name}");
        assert_eq!(triage["unrecognised"], 0, "{name}");
    }
}

#[test]
fn nothing_is_lost_silently() {
    let text = [
        GREYLISTED,
        "Mar  3 08:00:02 mail postfix/smtpd[1]: warning: the frobnicator is unwell\n",
        "Mar  3 08:00:02 mail CRON[1]: (root) FAILED to open PAM security session\n",
        "no log at all\n",
        "192.0.2.1 - - \"GET / HTTP/1.1\" 404 512\n",
        "msmtp: server message: 452 4.3.1 Insufficient system storage\n",
        "\u{0}\u{1}\n",
    ]
    .concat();
    let output = piped(&["--json"], &[text.as_bytes(), b"\xff\xfe 451 \xff\n"].concat());
    let triage: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&triage["lines"], &triage["incidents"], &triage["unrecognised"]), (&8.into(), &2.into(), &1.into()));
    assert_eq!(triage["unrecognised_examples"][0], text.lines().nth(1).unwrap());
}

#[test]
fn a_folder_of_bounces_is_read_mail_by_mail() {
    let folder = Folder::new("bounces");
    let bounce = |number: u32, status: &str, said: &str| {
        format!(
            "From: MAILER-DAEMON@example.com\r\nTo: alice@example.com\r\nSubject: failed\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.com\r\n\r\n\
             Final-Recipient: rfc822; u{number}@example.net\r\nAction: failed\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; {said}\r\nLast-Attempt-Date: Tue, 3 Mar 2026 08:00:0{number} +0000\r\n\r\n--b--\r\n"
        )
    };
    let full = bounce(1, "5.2.2", "552 5.2.2 <u1@example.net>: Mailbox full, quota exceeded");
    folder.file("new/one.eml", &full);
    folder.file("new/two.eml", bounce(2, "5.1.1", "550 5.1.1 <u2@example.net>: User unknown"));
    folder.file("box", format!("From x Tue Mar  3 08:00:03 2026\n{full}\nFrom x Tue Mar  3 08:00:04 2026\n{full}\n"));
    folder.file("mail.log", GREYLISTED);
    folder.file(".hidden", GREYLISTED);
    let triage = triaged(&[], &[&folder.0]);
    assert_eq!(triage["incidents"], 5, "{triage:#}");
    assert_eq!(group(&triage, "mailbox-full")["failed"], 3);
    assert_eq!(group(&triage, "mailbox-not-found")["messages"], 1);
    assert_eq!(group(&triage, "greylisting")["still_waiting"], 1);
}

#[test]
fn a_stream_has_one_diagnosis_a_line_with_its_place() {
    let folder = Folder::new("stream");
    let text = [SENT, GREYLISTED, SENT, GREYLISTED].concat();
    let path = folder.file("mail.log", &text);
    let output = ran(&["--format", "ndjson"], &[&path]);
    assert_eq!(output.status.code(), Some(0));
    let lines: Vec<Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    for (line, start) in lines.iter().zip([SENT.len(), 2 * SENT.len() + GREYLISTED.len()]) {
        assert_eq!(line["input"]["form"], "postfix-log");
        assert_eq!(line["input"]["span"][0], start);
        assert_eq!(line["causes"][0]["id"], "greylisting");
        assert_eq!(line["context"]["queue_id"], "4A00000001");
        assert_eq!(line["file"], path.to_str().unwrap());
    }
}

/// Nothing here takes as long as this, on any machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a program prints, line by line, to be waited for.
fn lines_of(output: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.for_each(|line| drop(sender.send(line)));
    });
    receiver
}

/// A stream gives what it has while its source is still open.
#[test]
fn a_stream_does_not_wait_for_the_end() {
    let mut child = command(&["--format", "ndjson"], &[]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines = lines_of(child.stdout.take().unwrap());
    for _ in 0..3 {
        input.write_all(GREYLISTED.as_bytes()).unwrap();
        input.flush().unwrap();
        assert!(lines.recv_timeout(PATIENCE).unwrap().contains("greylisting"));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_is_written_later_is_followed_over_a_rotation() {
    let folder = Folder::new("follow");
    let path = folder.file("mail.log", GREYLISTED);
    let mut child = command(&["--follow", "-q"], &[&path]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = lines_of(child.stdout.take().unwrap());
    let next = || lines.recv_timeout(PATIENCE).expect("groups are printed as they change");
    assert!(next().contains("1 waiting"));
    let mut file = fs::File::options().append(true).open(&path).unwrap();
    // In two writes: a line is one only when it has ended.
    let (start, end) = SENT.split_at(40);
    file.write_all(start.as_bytes()).unwrap();
    file.write_all(end.as_bytes()).unwrap();
    assert!(next().contains("100 % later, 0 waiting"));
    fs::rename(&path, folder.0.join("mail.log.1")).unwrap();
    folder.file("mail.log", GREYLISTED.replace("4A00000001", "4A00000002"));
    let line = next();
    assert!(line.contains("2 messages, 2 failures, 50 % later, 1 waiting"), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_told() {
    let folder = Folder::new("broken");
    let good = folder.file("mail.log", GREYLISTED);
    let whole = gzipped(GREYLISTED.repeat(2000).as_bytes());
    let cut = folder.file("mail.log.1.gz", &whole[..whole.len() / 2]);
    let output = ran(&["--json"], &[&good, &cut]);
    assert_eq!(output.status.code(), Some(2));
    let triage: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(triage["incidents"].as_u64().unwrap() > 1, "what was read before the fault counts");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("mail.log.1.gz: "), "{stderr}");

    let missing = ran(&[], &[&folder.0.join("none.log")]);
    assert_eq!((missing.status.code(), missing.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("none.log: "));
    assert_eq!(piped(&[], b"").status.code(), Some(3));
    assert_eq!(piped(&["-q"], SENT.as_bytes()).status.code(), Some(3));
}

/// Long lines, nothing but lines, and bytes of every kind: they are counted, and memory stays as it is.
#[test]
fn hostile_logs_are_bounded_and_counted() {
    let long =
        [b"Mar  3 08:00:00 mail postfix/smtp[1]: error ".to_vec(), vec![b'x'; 20 << 20], b"\n".to_vec()].concat();
    let input =
        [long, vec![b'\n'; 1_000_000], (0..=255).cycle().take(100_000).collect(), b"\n".to_vec(), GREYLISTED.into()]
            .concat();
    let output = piped(&["--json"], &input);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let triage: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = input.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!((&triage["lines"], &triage["incidents"], &triage["cut"]), (&lines.into(), &1.into(), &1.into()));
}

/// A clock that was wrong when the log was written, or is now.
#[test]
fn a_file_of_any_date_is_read() {
    let folder = Folder::new("dates");
    let path = folder.file("mail.log", GREYLISTED.as_bytes());
    let day = Duration::from_secs(86_400);
    for written in [UNIX_EPOCH - day, UNIX_EPOCH, UNIX_EPOCH + day * 365 * 400, UNIX_EPOCH + day * 365 * 100_000] {
        fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
        let output = ran(&["--json"], &[&path]);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), complained.as_ref()), (Some(0), ""), "{written:?}");
        let triage: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(triage["incidents"], 1, "{written:?}");
    }
}

#[test]
fn mails_that_are_read_in_part_are_counted() {
    let folder = Folder::new("partly");
    let head = "From: MAILER-DAEMON@mx.example.org\nTo: alice@example.org\nSubject: x\n";
    let part = |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}.\n\n--b{n}.\n");
    folder.file("deep.eml", format!("{head}{}\nx\n", (0..10).map(part).collect::<String>()).as_bytes());
    folder.file("long.eml", [format!("{head}\n").into_bytes(), vec![b'x'; 9 << 20]].concat());
    folder.file("whole.eml", format!("{head}\n550 5.1.1 User unknown\n").as_bytes());
    let output = ran(&["--json"], &[&folder.0]);
    let triage: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(triage["partly_read"], 2, "{triage}");
    let told = String::from_utf8(ran(&[], &[&folder.0]).stdout).unwrap();
    assert!(told.contains("2 mails were read in part only"), "{told}");
}

#[test]
fn the_table_fits_eighty_columns_and_puts_the_worst_first() {
    let folder = Folder::new("table");
    let (text, known) = generated(4000);
    let path = folder.file("mail.log", &text);
    fs::File::options().write(true).open(&path).unwrap().set_modified(after_start()).unwrap();
    let output = ran(&["--ascii"], &[&path]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.is_ascii(), "{table}");
    assert!(table.lines().all(|line| line.len() <= 80), "{table}");
    let narrow = command(&["--ascii"], &[&path]).env("COLUMNS", "50").output().unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    assert!(narrow.lines().all(|line| line.len() <= 50) && narrow.contains("% later"), "{narrow}");
    let incidents = known.failures.values().map(|failures| failures.incidents).sum::<u64>();
    assert!(table.replace(',', "").starts_with(&format!("{incidents} failures in ")), "{table}");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with(['x', '!', '-'])).collect();
    assert_eq!(rows.len(), 5, "{table}");
    let needs = rows.iter().map(|row| ["act", "tell"].iter().position(|need| row.ends_with(need)).unwrap_or(2));
    assert!(needs.is_sorted(), "{table}");
    assert!(rows.iter().any(|row| row.contains("mailbox-full") && row.ends_with("tell")), "{table}");
    assert!(rows.iter().any(|row| row.ends_with(|sign| "_.:-=+*#".contains(sign))), "some need nothing: {table}");
}
