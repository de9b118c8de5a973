//! A headless Chromium, driven over its DevTools pipe: <https://chromedevtools.github.io/devtools-protocol/>.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const QUIET: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
];

pub struct Chromium {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    profile: PathBuf,
    calls: u64,
}

/// One page that was opened, and what came of it.
pub struct Page<'a> {
    browser: &'a mut Chromium,
    session: String,
    /// Addresses that were asked for.
    pub requests: Vec<String>,
    /// What the browser's console said, and exceptions.
    pub complaints: Vec<String>,
    loaded: bool,
}

fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&path).flat_map(|folder| PROGRAMS.map(|program| folder.join(program)));
    places.into_iter().find(|place| place.is_file())
}

impl Chromium {
    /// `None` where it is not installed.
    pub fn start() -> Option<Self> {
        let program = installed()?;
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser-profile");
        let _ = std::fs::remove_dir_all(&profile);
        // The pipe's ends are file descriptors 3 and 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh"])
            .arg(program)
            .args(QUIET)
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Some(Chromium { child, to, from, profile, calls: 0 })
    }

    fn send(&mut self, session: Option<&str>, method: &str, parameters: Value) -> u64 {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.to.write_all(message.to_string().as_bytes()).and_then(|()| self.to.write_all(b"\0")).unwrap();
        self.calls
    }

    fn next(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "the browser ended");
        serde_json::from_slice(&message).unwrap()
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.send(None, method, parameters);
        loop {
            let message = self.next();
            if message["id"] == id {
                return message["result"].clone();
            }
        }
    }

    /// Shows a file in a window so wide, in a colour scheme.
    pub fn open(&mut self, file: &Path, width: u32, scheme: &str) -> Page<'_> {
        let target = self.call("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = self.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        let mut page = Page { browser: self, session, requests: Vec::new(), complaints: Vec::new(), loaded: false };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        page.call("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        page.call("Emulation.setEmulatedMedia", json!({ "features": features }));
        page.call("Page.navigate", json!({ "url": format!("file://{}", file.display()) }));
        while !page.loaded {
            let message = page.browser.next();
            page.note(&message);
        }
        page
    }
}

impl Page<'_> {
    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.browser.send(Some(&self.session), method, parameters);
        loop {
            let message = self.browser.next();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn note(&mut self, message: &Value) {
        if message["sessionId"] != self.session.as_str() {
            return;
        }
        match message["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Network.requestWillBeSent") => {
                self.requests.extend(message["params"]["request"]["url"].as_str().map(str::to_owned));
            }
            Some("Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded") => {
                self.complaints.push(message["params"].to_string());
            }
            _ => {}
        }
    }

    /// What an expression comes to.
    pub fn value(&mut self, expression: &str) -> Value {
        let result = self.call("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }));
        result["result"]["value"].clone()
    }

    /// Octets of the page as a PDF, in base64.
    pub fn printed(&mut self) -> usize {
        let pdf = self.call("Page.printToPDF", json!({}));
        pdf["data"].as_str().filter(|data| data.starts_with("JVBERi")).map_or(0, str::len)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.send(None, "Browser.close", json!({}));
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
