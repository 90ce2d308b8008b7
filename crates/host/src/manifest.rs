//! The manifest: the part of Spin's `spin.toml`, version 2, that this host carries out.
//!
//! A field that is not listed here is an error that names it and its line, because a setting that is silently ignored
//! would be worse. Spin itself knows more fields; whoever needs them runs the application on Spin.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use wasmtime::error::Context as _;
use wasmtime::{Result, bail, ensure};

/// A whole `spin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: u32,
    // Must be there.
    #[expect(dead_code, reason = "known to Spin, of no use here")]
    application: Application,
    /// Application variables by name.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    /// Components by id.
    #[serde(default, rename = "component")]
    pub components: BTreeMap<String, Component>,
}

/// The `[application]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "known to Spin, of no use here")]
pub struct Application {
    name: String,
    version: Option<String>,
    description: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
}

/// An entry of `[variables]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The value when none is given at start.
    pub default: Option<String>,
    /// Whether a value must be given at start.
    #[serde(default)]
    pub required: bool,
    #[serde(default, rename = "secret")]
    pub(crate) _secret: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    #[serde(default)]
    http: Vec<HttpTrigger>,
}

/// A `[[trigger.http]]`: which component answers which paths.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    /// A path pattern such as `/runs/...`.
    pub route: String,
    /// The component's id.
    pub component: String,
    #[serde(default, rename = "id")]
    _id: Option<String>,
}

/// A `[component.<id>]` table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The wasm file, relative to the manifest.
    pub source: String,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    /// The component's variables, each a template over application variables.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Environment variables of the guest.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// SQLite databases that it may open.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    /// Key-value stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// Where it may send requests.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    #[serde(default, rename = "build")]
    _build: Option<Build>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "for `spin build`, of no use here")]
struct Build {
    command: toml::Value,
    workdir: Option<String>,
    #[serde(default)]
    watch: Vec<String>,
}

impl Manifest {
    /// Reads and checks the file.
    pub fn read(file: &Path) -> Result<Self> {
        let name = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
        Self::parse(&text).with_context(|| format!("{name} cannot be run by this host"))
    }

    fn parse(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The HTTP triggers.
    pub fn triggers(&self) -> &[HttpTrigger] {
        &self.trigger.http
    }

    /// The components that have a route, by id.
    pub fn routed_components(&self) -> impl Iterator<Item = (&String, &Component)> {
        let routed: BTreeSet<_> = self.trigger.http.iter().map(|t| &t.component).collect();
        self.components.iter().filter(move |(id, _)| routed.contains(id))
    }

    fn check(&self) -> Result<()> {
        let version = self.spin_manifest_version;
        ensure!(version == 2, "spin_manifest_version is {version}, this host knows 2");
        ensure!(!self.trigger.http.is_empty(), "there is no [[trigger.http]]");
        for trigger in &self.trigger.http {
            let HttpTrigger { route, component, .. } = trigger;
            ensure!(
                self.components.contains_key(component),
                "route '{route}' names the component '{component}', which is not there"
            );
        }
        for (id, component) in &self.components {
            only_default(id, "sqlite_databases", &component.sqlite_databases)?;
            only_default(id, "key_value_stores", &component.key_value_stores)?;
        }
        Ok(())
    }
}

/// Other labels need a `runtime-config.toml`, which is Spin's.
fn only_default(id: &str, field: &str, labels: &[String]) -> Result<()> {
    match labels.iter().find(|label| *label != "default") {
        Some(label) => bail!("{field} of component '{id}': '{label}' is not 'default'"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "small"
        [[trigger.http]]
        route = "/..."
        component = "web"
        [component.web]
        source = "web.wasm"
        [component.web.build]
        command = "make"
        watch = ["src/**/*"]
    "#;

    fn refusal(text: &str) -> String {
        format!("{:#}", Manifest::parse(text).expect_err("must be refused"))
    }

    #[test]
    fn a_small_manifest_is_read() {
        let manifest = Manifest::parse(SMALL).unwrap();
        assert_eq!(manifest.triggers()[0].route, "/...");
        let ids: Vec<_> = manifest.routed_components().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["web"]);
    }

    #[test]
    fn an_unknown_field_is_named_with_its_line() {
        let message = refusal(&SMALL.replace("source", "files = [\"x\"]\nsource"));
        assert!(
            message.contains("unknown field `files`") && message.contains("line 9"),
            "{message}"
        );
        for (from, to) in [
            ("[application]", "colour = 1\n[application]"),
            ("name =", "nam ="),
            ("route =", "executor = { type = \"wagi\" }\nroute ="),
            ("command =", "shell ="),
        ] {
            assert!(refusal(&SMALL.replace(from, to)).contains("unknown field"), "{to}");
        }
    }

    #[test]
    fn what_cannot_be_run_is_refused() {
        assert!(refusal(&SMALL.replace("= 2", "= 1")).contains("this host knows 2"));
        assert!(
            refusal(&SMALL.replace("\"web\"", "\"wob\"")).contains("'wob', which is not there")
        );
        let stores = "key_value_stores = [\"default\", \"other\"]\nsource";
        assert!(refusal(&SMALL.replace("source", stores)).contains("'other' is not 'default'"));
        assert!(refusal("spin_manifest_version = 2").contains("application"));
    }
}
