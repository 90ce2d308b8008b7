//! What `spin.toml` says: the components, and the URLs that lead to each.
//!
//! This reads the few kinds of lines that our own manifest has, so that the first command of a
//! fresh clone need not wait for a TOML parser to be compiled. Spin and the host read the file
//! properly.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// A component of the manifest.
#[derive(Debug, Default, PartialEq)]
pub struct Component {
    /// Its name, which is also the name of its package and of its wasm file.
    pub name: String,
    /// Its routes, as they stand in the manifest: `/runs/...`.
    pub routes: Vec<String>,
}

impl Component {
    /// The URLs that people may open: every route that stands for a folder or a page.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let fixed = self.routes.iter().filter(|route| !route.contains("/:"));
        fixed.map(|route| route.trim_end_matches("..."))
    }
}

/// Reads the manifest of the workspace.
pub fn components(workspace: &Path) -> Result<Vec<Component>> {
    let path = workspace.join("spin.toml");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let components = read(&text);
    ensure!(!components.is_empty(), "{} names no component", path.display());
    Ok(components)
}

fn read(text: &str) -> Vec<Component> {
    let mut components: Vec<Component> = Vec::new();
    let mut route = String::new();
    for line in text.lines() {
        if let Some(value) = value_of(line, "route") {
            route = value.to_owned();
        } else if let Some(name) = value_of(line, "component") {
            let route = std::mem::take(&mut route);
            match components.iter_mut().find(|component| component.name == name) {
                Some(component) => component.routes.push(route),
                None => components.push(Component { name: name.to_owned(), routes: vec![route] }),
            }
        }
    }
    components
}

/// The text in `key = "text"`.
fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let value = line.strip_prefix(key)?.trim_start().strip_prefix('=')?;
    value.trim_start().strip_prefix('"')?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
[[trigger.http]]
route = "/"
component = "dashboard"

[component.dashboard]
source = "target/wasm32-wasip2/release/dashboard.wasm"

[[trigger.http]]
route = "/runs/..."
component = "paddles"

[[trigger.http]]
route = "/:name"
component = "paddles" # a trap for runs
"#;

    #[test]
    fn routes_belong_to_the_component_below_them() {
        let components = read(MANIFEST);
        let names: Vec<_> = components.iter().map(|component| component.name.as_str()).collect();
        assert_eq!(names, ["dashboard", "paddles"]);
        assert_eq!(components[1].routes, ["/runs/...", "/:name"]);
    }

    #[test]
    fn a_route_with_a_parameter_is_no_url_to_open() {
        let components = read(MANIFEST);
        assert_eq!(components[1].paths().collect::<Vec<_>>(), ["/runs/"]);
    }

    #[test]
    fn every_component_of_our_manifest_is_a_package_of_that_name() {
        let workspace = crate::workspace();
        for component in components(workspace).unwrap() {
            let folder = workspace.join("components").join(&component.name);
            assert!(folder.join("Cargo.toml").exists(), "{}", component.name);
        }
    }
}
