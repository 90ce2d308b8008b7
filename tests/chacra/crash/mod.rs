//! A host that is killed at random points of uploads, replacements, removals and copies: what is
//! listed is whole, what was acknowledged is there, and a sweep leaves exactly the live bytes.

mod operations;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use assay_tests::{App, Client, areas, json};

use crate::{bytes_in_key_value, sha256};
use operations::{After, Operation, Plan, Unfinished};

const FOLDER: &str = "/packages/p/d/r/a";
const TWIN: &str = "/binaries/p/default/head/d/r/a";
const KILLS: usize = 20;

/// The files by their names: digests.
type Files = BTreeMap<String, String>;

#[test]
fn a_host_killed_at_random_points_lists_only_whole_files_and_a_sweep_leaves_only_live_bytes() {
    // A failed test shows it; `ASSAY_SEED` repeats the operations and the points.
    let seed = std::env::var("ASSAY_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut plan = Plan::new(seed.unwrap_or_else(operations::any_seed));
    eprintln!("ASSAY_SEED={}", plan.seed());
    let mut app = App::with(&[], &[]);
    let (kept, content) = (format!("{FOLDER}/{}", operations::KEPT), plan.content(0));
    app.client(areas::CHACRA).put(&kept, content).expect(201);
    let mut files = listed(&app.client(areas::CHACRA));
    let mut unfinished = Vec::new();
    for kill in 0..KILLS {
        let operations = run_until_killed(&app, &mut plan);
        app.restart();
        let found = listed(&app.client(areas::CHACRA));
        check(&files, &found, &operations, kill);
        unfinished.extend(operations.into_iter().filter_map(|operation| operation.unfinished));
        files = found;
    }
    let chacra = app.client(areas::CHACRA);
    for upload in &unfinished {
        settle(&chacra, upload, plan.below(2) == 0);
    }
    assert_only_live_bytes(&app, &chacra);
}

/// One upload that is killed somewhere, and another operation beside it. Gives both, with what was
/// acknowledged.
fn run_until_killed(app: &App, plan: &mut Plan) -> Vec<Operation> {
    let chacra = app.client(areas::CHACRA);
    let (mut upload, mut beside) = (plan.upload(&chacra), plan.any(&chacra));
    let until = plan.point(upload.request.len());
    let (pause, read_first) = (plan.below(40_000), plan.below(8) == 0);
    // Both are connected before the host may be dead.
    let (mut connection, mut another) = (chacra.connect(), chacra.connect());
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            beside.send(&mut another, usize::MAX);
            beside.read(&mut another);
        });
        upload.send(&mut connection, until);
        if read_first && until >= upload.request.len() {
            upload.read(&mut connection);
        }
        // Not an event that could be awaited: the point is that the moment is any.
        thread::sleep(Duration::from_micros(pause as u64));
        app.kill();
        upload.read(&mut connection);
        other.join().unwrap();
    });
    vec![upload, beside]
}

/// Every file is in a state that one of the operations leaves, or in the one before if none of its
/// operations was acknowledged.
fn check(before: &Files, found: &Files, operations: &[Operation], kill: usize) {
    let names: BTreeSet<&String> =
        before.keys().chain(found.keys()).chain(operations.iter().map(|o| &o.name)).collect();
    for name in names {
        let of_this = || {
            let others = |o: &&Operation| &o.name == name && !matches!(o.after, After::Same);
            operations.iter().filter(others)
        };
        let after = |operation: &Operation| match &operation.after {
            After::Has(digest) => Some(digest.clone()),
            After::Gone | After::Same => None,
        };
        let mut possible: Vec<Option<String>> = of_this().map(after).collect();
        if !of_this().any(Operation::is_done) {
            possible.push(before.get(name).cloned());
        }
        let now = found.get(name).cloned();
        assert!(possible.contains(&now), "kill {kill}: {name} is {now:?}, of {possible:#?}");
    }
}

/// Goes on with a resumable upload where the server says that it is, or gives it up.
fn settle(chacra: &Client, upload: &Unfinished, finish: bool) {
    let tus = |method| chacra.request(method, &upload.url).header("tus-resumable", "1.0.0");
    let far = tus("HEAD").expect_any(&[200, 404]);
    if far.status() == 404 {
        // Its last PATCH was whole, only the answer got lost; `check` has seen the file.
        return;
    }
    let offset: usize = far.header("upload-offset").unwrap().parse().unwrap();
    assert!(offset < upload.content.len(), "all bytes are there, and the file is not");
    assert!(offset >= upload.acknowledged, "bytes that were acknowledged are lost");
    if !finish {
        tus("DELETE").expect(204);
        return;
    }
    let patch = tus("PATCH").header("content-type", "application/offset+octet-stream");
    let patch = patch.header("upload-offset", &offset.to_string());
    patch.body(&upload.content[offset..]).expect(204);
    assert_eq!(listed(chacra)[&upload.name], sha256(&upload.content));
}

/// Sweeps until nothing is left to sweep, and counts.
fn assert_only_live_bytes(app: &App, chacra: &Client) {
    let files = listed(chacra);
    while chacra.post("/chacra/gc?grace_hours=0", "").expect(200).json()["more"] == json!(true) {}
    let digests: BTreeSet<&String> = files.values().collect();
    let size = |digest: &&String| {
        let head = chacra.head(&format!("/chacra/blobs/{digest}")).expect(200);
        head.header("content-length").unwrap().parse::<u64>().unwrap()
    };
    let live: u64 = digests.iter().map(size).sum();
    let stats = chacra.get("/chacra/stats").expect(200).json();
    assert_eq!(stats["stored_bytes"], json!(live));
    assert_eq!(stats["uploads_open"], json!(0));
    assert_eq!(bytes_in_key_value(app), live, "bytes in the key-value store itself");
    assert_eq!(listed(chacra), files);
}

/// The files, each of which has the digest that both trees tell of it.
fn listed(chacra: &Client) -> Files {
    let listing = chacra.get(FOLDER).expect(200).json();
    let twins = chacra.get(TWIN).expect(200).json();
    assert_eq!(listing.as_object().unwrap().len(), twins.as_object().unwrap().len());
    let files = listing.as_object().unwrap().iter().map(|(name, file)| {
        let digest = sha256(chacra.get(&format!("{FOLDER}/{name}")).expect(200).bytes());
        assert_eq!(file["sha256"], digest, "{name}");
        assert_eq!(twins[name]["sha256"], digest, "{name}");
        (name.clone(), digest)
    });
    files.collect()
}
