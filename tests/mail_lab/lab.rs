//! Folders, ports and waiting.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// A folder that every user may enter, gone when the test is over.
pub struct Folder {
    pub path: PathBuf,
    is_mounted: bool,
}

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("smtpwhy-lab-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        run("chmod", &["755", path.to_str().unwrap()]);
        Folder { path, is_mounted: false }
    }

    /// On a file system of its own of that size, where mounting is allowed.
    pub fn on_small_disk(size: &str) -> Option<Self> {
        let mut folder = Folder::new();
        let options = format!("size={size},mode=755");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder.path).output();
        folder.is_mounted = mount.is_ok_and(|done| done.status.success());
        folder.is_mounted.then_some(folder)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub fn subfolder(&self, name: &str, owner: &str) -> PathBuf {
        let path = self.path.join(name);
        fs::create_dir_all(&path).unwrap();
        run("chown", &[owner, path.to_str().unwrap()]);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_mounted {
            run("umount", &["-l", self.path.to_str().unwrap()]);
        }
        if std::thread::panicking() {
            return;
        }
        // A server that is just ending may still write here.
        for _ in 0..20 {
            match fs::remove_dir_all(&self.path) {
                Err(error) if error.kind() != ErrorKind::NotFound => std::thread::sleep(Duration::from_millis(100)),
                _ => return,
            }
        }
    }
}

pub fn run(program: &str, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {arguments:?}: {said}");
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout == b"0\n")
}

/// Where the lab's receivers are. Not 127.0.0.1: what Postfix cannot reach there is a filter or store of its own.
pub const REMOTE: &str = "127.0.0.2";

/// A port with nothing on it, there.
pub fn free_port() -> u16 {
    TcpListener::bind((REMOTE, 0)).unwrap().local_addr().unwrap().port()
}

/// Reads again and again until there is what is waited for.
pub fn wait_for<T>(what: &str, mut read: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match read() {
            Ok(found) => return found,
            Err(so_far) => assert!(begun.elapsed() < PATIENCE, "no {what} in:\n{so_far}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The file's text once it holds `what`.
pub fn wait_for_text(path: &Path, what: &str) -> String {
    wait_for(what, || {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        if text.contains(what) { Ok(text) } else { Err(text) }
    })
}
