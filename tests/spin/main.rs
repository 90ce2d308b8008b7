//! What the built components ask of the runtime must be there in Spin 4.1, the oldest one that our
//! README names.
//!
//! Our own host links what we know of; Spin links more, but not everything that a toolchain or a
//! dependency may start to import one day. This reads the components themselves, so such a day is
//! seen here and not by an operator.

mod names;

use std::fs;
use std::path::PathBuf;

use assay_tests::workspace;
use wasmparser::{Parser, Payload};

/// Packages of WASI that Spin 4.1 links in both of its versions.
const WASI: &[&str] = &["cli", "clocks", "filesystem", "http", "random", "sockets"];

/// Spin's own interfaces, of all that it offers, which our host offers too.
const SPIN: &[&str] = &[
    "spin:key-value/key-value@3.0.0",
    "spin:sqlite/sqlite@3.1.0",
    "spin:variables/variables@3.0.0",
];

/// Whether Spin 4.1 has this interface: `wasi:http/types@0.3.0`.
fn is_offered(import: &str) -> bool {
    let Some((name, version)) = import.split_once('@') else { return false };
    let Some((package, _)) = name.strip_prefix("wasi:").and_then(|name| name.split_once('/'))
    else {
        return SPIN.contains(&import);
    };
    // Any 0.2.x: these are compatible with each other, and the host's linker treats them as one.
    let second = version.starts_with("0.2.") && !version.contains('-');
    (second && (package == "io" || WASI.contains(&package)))
        || (version == "0.3.0" && WASI.contains(&package))
}

/// The built components: every `source` of the manifest.
fn components() -> Vec<PathBuf> {
    let manifest = fs::read_to_string(workspace().join("spin.toml")).unwrap();
    let sources =
        manifest.lines().filter_map(|line| line.strip_prefix("source = \"")?.strip_suffix('"'));
    sources.map(|source| workspace().join(source)).collect()
}

/// The names that the outermost component imports and exports.
fn interfaces(wasm: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut imports, mut exports, mut depth) = (Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("a component") {
            Payload::ComponentSection { .. } | Payload::ModuleSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports
                    .extend(section.into_iter().map(|import| import.unwrap().name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                exports
                    .extend(section.into_iter().map(|export| export.unwrap().name.name.to_owned()));
            }
            _ => {}
        }
    }
    (imports, exports)
}

#[test]
fn every_component_asks_only_for_what_spin_offers() {
    let components = components();
    assert!(!components.is_empty(), "the manifest has no component");
    for path in components {
        let name = path.display();
        let wasm =
            fs::read(&path).unwrap_or_else(|e| panic!("{name}: {e}; run `cargo xtask build`"));
        let (imports, exports) = interfaces(&wasm);
        let missing: Vec<_> = imports.iter().filter(|import| !is_offered(import)).collect();
        assert!(missing.is_empty(), "{name} imports what Spin 4.1 does not have: {missing:?}");
        assert!(imports.iter().any(|import| import.starts_with("wasi:")), "{name}: {imports:?}");
        // The export that makes Spin reuse an instance; with the one of WASI 0.2 each request would
        // get a fresh one.
        assert!(
            exports.iter().any(|export| export == "wasi:http/handler@0.3.0"),
            "{name}: {exports:?}"
        );
    }
}

#[test]
fn an_interface_of_another_version_is_not_offered() {
    for import in ["wasi:http/types@0.3.0", "wasi:io/poll@0.2.9", "spin:sqlite/sqlite@3.1.0"] {
        assert!(is_offered(import), "{import}");
    }
    for import in [
        "wasi:http/types@0.3.1",
        "wasi:http/types@0.3.0-rc-2026-03-15",
        "wasi:io/poll@0.3.0",
        "wasi:nn/graph@0.2.0",
        "spin:sqlite/sqlite@3.2.0",
        "env",
    ] {
        assert!(!is_offered(import), "{import}");
    }
}
