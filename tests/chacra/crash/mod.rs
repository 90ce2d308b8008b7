//! A host that dies in the middle of uploads: what is listed is whole, and a sweep leaves exactly
//! the live bytes.

use std::time::Duration;

use assay_tests::{App, Client, areas, json};

use crate::{bytes, sha256};

const FOLDER: &str = "/packages/p/d/r/a";
const UPLOADS: usize = 20;

/// The content of the n-th upload: several chunks, two of the twenty alike.
fn content(n: usize) -> Vec<u8> {
    bytes(2_200_000 + 50_000 * n, (n % 18) as u32 * 7 + 1)
}

#[test]
fn a_killed_host_lists_only_whole_files_and_the_sweep_leaves_only_live_bytes() {
    let mut app = App::with(&[], &[]);
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        acknowledged.extend(upload_until_killed(&app, round));
        app.restart();
    }
    let chacra = app.client(areas::CHACRA);
    let listed = whole_files(&chacra);
    for name in &acknowledged {
        assert!(listed.contains_key(name), "{name} was acknowledged and is gone");
    }
    while chacra.post("/chacra/gc?grace_hours=0", "").expect(200).json()["more"] == json!(true) {}
    let live: u64 = listed
        .values()
        .map(|(_, size)| *size)
        .collect::<std::collections::BTreeSet<_>>()
        .iter()
        .sum();
    let stats = chacra.get("/chacra/stats").expect(200).json();
    assert_eq!(stats["stored_bytes"], json!(live));
    assert_eq!(stored_in_key_value(&app), live, "bytes in the key-value store itself");
    assert_eq!(whole_files(&chacra), listed);
}

/// Four uploads at once, and a kill at another moment each time. Gives the names that were
/// answered.
fn upload_until_killed(app: &App, round: usize) -> Vec<String> {
    let per_round = UPLOADS / 5;
    std::thread::scope(|scope| {
        let uploads: Vec<_> = (0..per_round)
            .map(|n| {
                let (n, chacra) = (round * per_round + n, app.client(areas::CHACRA));
                scope.spawn(move || {
                    let sent = chacra.put(&format!("{FOLDER}/f{n}"), content(n)).attempt();
                    sent.is_ok_and(|answer| answer.status() == 201).then(|| format!("f{n}"))
                })
            })
            .collect();
        // Not an event that could be awaited: the point is that the moment is any.
        std::thread::sleep(Duration::from_millis(60 + 150 * round as u64));
        app.kill();
        uploads.into_iter().filter_map(|upload| upload.join().unwrap()).collect()
    })
}

/// The listed files with their digests and sizes, each of which is that of what is downloaded.
fn whole_files(chacra: &Client) -> std::collections::BTreeMap<String, (String, u64)> {
    let listing = chacra.get(FOLDER).expect_any(&[200, 404]);
    if listing.status() == 404 {
        return Default::default();
    }
    let files = listing.json();
    let files = files.as_object().unwrap().iter().map(|(name, file)| {
        let answer = chacra.get(&format!("{FOLDER}/{name}")).expect(200);
        let digest = sha256(answer.bytes());
        assert_eq!(file["sha256"], digest, "{name}");
        (name.clone(), (digest, answer.bytes().len() as u64))
    });
    files.collect()
}

/// What lies in the file of the host's key-value store.
fn stored_in_key_value(app: &App) -> u64 {
    let query = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(\
        \"SELECT coalesce(sum(length(value)), 0) FROM spin_key_value\").fetchone()[0])";
    let file = app.state_dir().join("sqlite_key_value.db");
    let output =
        std::process::Command::new("python3").args(["-c", query]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}
