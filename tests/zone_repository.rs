//! A repository of zone files: what `action.yml` and `packaging/check-zones` make of it.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use serde_json::Value;
use yaml_rust2::YamlLoader;

const SOUND: &str = "$TTL 3600\n@ IN SOA ns hostmaster 1 7200 900 1209600 300\n@ IN TXT \"v=spf1 mx -all\"\n@ IN MX 10 mx\nmx IN A 203.0.113.25\n";

fn broken() -> String {
    SOUND.replace("v=spf1 mx", "v=spf1 inlcude:_spf.example.net mx")
}

/// A folder of its own for one test, gone with it.
struct Repository(PathBuf);

impl Repository {
    fn new(name: &str, zones: &[(&str, &str)]) -> Self {
        let path = env::temp_dir().join(format!("smtpwhy-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        for (file, text) in zones {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Repository(path)
    }

    /// Runs the step of the action that checks, as a runner does.
    fn act(&self, zones: &str) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let action =
            YamlLoader::load_from_str(&fs::read_to_string(root.join("action.yml")).unwrap()).unwrap().remove(0);
        let steps = action["runs"]["steps"].as_vec().unwrap();
        let step = steps.iter().find(|step| step["id"].as_str() == Some("check")).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_smtpwhy")).parent().unwrap();
        let path = format!("{}:{}", program.display(), env::var("PATH").unwrap());
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()])
            .current_dir(&self.0)
            .env("PATH", path)
            .env("ZONES", zones)
            .env("SMTPWHY_RESOLVER", "")
            .env("SARIF", self.0.join("sarif"))
            .env("GITHUB_OUTPUT", self.0.join("output"))
            .env("CHECK", root.join("packaging/check-zones"))
            .output()
            .unwrap()
    }

    fn sarif(&self, zone: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.0.join(format!("sarif/{zone}.sarif"))).unwrap()).unwrap()
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_zone_file_is_checked_and_annotated() {
    let zones = [("zones/example.com.zone", SOUND), ("zones/more/db.example.org", &broken())];
    let repository = Repository::new("zones", &zones);
    let output = repository.act("zones/**");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("zones/more/db.example.org:") && !told.contains("example.com"), "{told}");
    let result = &repository.sarif("example.org")["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "spf-syntax");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
    assert_eq!(repository.sarif("example.com")["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn a_pattern_that_names_nothing_is_a_mistake() {
    let output = Repository::new("nothing", &[("example.com.zone", SOUND)]).act("zones/*");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no zone file is named by zones/*"));
}
