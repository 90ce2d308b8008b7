//! What the host says when it cannot start, and that it says so at once.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use assay_tests::{App, host_program, scratch, workspace};

/// What the host says on standard error before it ends with a failure.
fn refusal(arguments: &[&str]) -> String {
    let state = scratch("refused");
    let manifest = workspace().join("spin.toml");
    let mut host = Command::new(host_program());
    host.arg("--manifest")
        .arg(manifest)
        .arg("--state-dir")
        .arg(state)
        .args(["--listen", "127.0.0.1:0"]);
    let output = host.args(arguments).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{arguments:?} was accepted: {said}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "it listened");
    said
}

/// A changed manifest of ours, in a folder from which the components are still found.
fn manifest_with(from: &str, to: &str) -> String {
    let text = fs::read_to_string(workspace().join("spin.toml")).unwrap();
    assert!(text.contains(from), "our manifest has no {from}");
    let built = format!("source = \"{}/target", workspace().display());
    let text = text.replace("source = \"target", &built).replacen(from, to, 1);
    let path = scratch("manifest").join("spin.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    assert!(refusal(&["--manifest", "/nowhere/spin.toml"]).contains("/nowhere/spin.toml"));
}

#[test]
fn a_component_that_is_not_built_is_named() {
    let manifest = manifest_with("dashboard.wasm", "dashbord.wasm");
    let said = refusal(&["--manifest", &manifest]);
    assert!(said.contains("dashbord.wasm"), "{said}");
}

#[test]
fn a_manifest_that_asks_for_more_than_there_is_is_refused() {
    let manifest = manifest_with(
        "[component.paddles]\n",
        "[component.paddles]\nai_models = [\"llama2-chat\"]\n",
    );
    let said = refusal(&["--manifest", &manifest]);
    assert!(said.contains("ai_models"), "{said}");
}

#[test]
fn a_variable_that_the_manifest_does_not_declare_is_refused() {
    let said = refusal(&["--variable", "no_such_variable=1"]);
    assert!(said.contains("no_such_variable"), "{said}");
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refusal(&["--listen", &address]);
    assert!(said.contains(&address), "{said}");
}

#[test]
fn a_quiet_start_says_nothing() {
    let app = App::with(&[], &[]);
    assert_eq!(app.log(), "");
}
