//! `/chacra/`: configuration, sweeps, retention, copies.

use assay_tests::{App, areas, json};

use crate::{bytes, chacra, folder, put};

#[test]
fn the_configuration_is_checked_and_hides_its_password() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    let defaults = chacra.get("/chacra/config").expect(200).json();
    assert_eq!((&defaults["grace_hours"], &defaults["purge_repos"]), (&json!(24), &json!(false)));
    for (body, key) in [
        (json!({ "colour": 1 }), "colour"),
        (json!({ "grace_hours": "1" }), "grace_hours"),
        (json!({ "repos": { "p": { "automatic": "yes" } } }), "repos.p.automatic"),
        (json!({ "purge_rotation": { "p": { "tag": {} } } }), "purge_rotation.p.tag"),
    ] {
        let refusal = chacra.put("/chacra/config", body).expect(400);
        assert!(refusal.message().contains(key), "{}", refusal.message());
    }
    chacra.put("/chacra/config", json!([])).expect(400);
    chacra.put("/chacra/config", "{").expect(400);
    chacra.put("/chacra/config", json!({ "base_url": "x".repeat(300_000) })).expect(413);
    let hidden = chacra.put("/chacra/config", json!({ "callback_key": "***" })).expect(200);
    assert_eq!(hidden.json()["callback_key"], json!(null), "there is none to keep");
    let set = json!({ "grace_hours": 1, "callback_key": "s3cret" });
    assert_eq!(chacra.put("/chacra/config", set).expect(200).json()["callback_key"], "***");
    chacra.put("/chacra/config", json!({ "callback_key": "***" })).expect(200);
    let after = chacra.get("/chacra/config").expect(200).json();
    assert_eq!((&after["callback_key"], &after["grace_hours"]), (&json!("***"), &json!(24)));
}

#[test]
fn a_configuration_that_cannot_be_read_is_not_the_usual_one() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    chacra.put("/chacra/config", json!({ "grace_hours": 1 })).expect(200);
    crate::sql(&app, "sqlite_db.db", "UPDATE chacra_config SET body = '[' RETURNING 1");
    chacra.get("/chacra/config").expect(500);
}

#[test]
fn old_repositories_go_by_the_rules_and_the_newest_stay() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    for (reference, sha1) in [("main", "a1"), ("main", "b2"), ("main", "c3"), ("v1", "a1")] {
        put(&chacra, &format!("/binaries/p/{reference}/{sha1}/d/v/a/f"), b"twelve bytes");
    }
    assert_eq!(
        chacra.post("/chacra/purge", "").expect(200).json(),
        json!({ "purged": [], "bytes": 0 })
    );
    let rules = json!({ "ref": { "main": { "days": 0, "keep_minimum": 1 } } });
    let config = json!({ "purge_repos": true, "purge_rotation": { "p": rules } });
    chacra.put("/chacra/config", config).expect(200);
    let gone = json!({ "purged": ["p/main/a1/d/v/default", "p/main/b2/d/v/default"], "bytes": 24 });
    assert_eq!(chacra.post("/chacra/purge?dry_run=1", "").expect(200).json(), gone);
    assert_eq!(chacra.post("/chacra/purge", "").expect(200).json(), gone);
    let left = chacra.get("/binaries/p").expect(200).json();
    assert_eq!(left, json!({ "main": ["c3"], "v1": ["a1"] }));
}

#[test]
fn a_purge_that_leaves_some_says_so() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    put(&chacra, "/binaries/p/main/a1/d/v/a/f", b"x");
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                INSERT INTO chacra_repos (
                    project_id, ref, sha1, distro, distro_version, flavor, slug, modified)
                SELECT project_id, ref, i, distro, distro_version, flavor, i, 1
                  FROM n, chacra_repos
                RETURNING id";
    crate::sql(&app, "sqlite_db.db", many);
    let rules = json!({ "ref": { "main": { "days": 0 } } });
    let config = json!({ "purge_repos": true, "purge_rotation": { "p": rules } });
    chacra.put("/chacra/config", config).expect(200);
    let purge = || chacra.post("/chacra/purge", "").expect(200).json();
    let first = purge();
    assert_eq!(first["purged"].as_array().unwrap().len(), 1000);
    assert_eq!((&first["bytes"], &first["more"]), (&json!(0), &json!(true)));
    assert_eq!(purge(), json!({ "purged": ["p/main/a1/d/v/default"], "bytes": 1 }));
}

#[test]
fn content_that_nobody_has_stays_for_the_grace_time() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    let content = bytes(1_500_000, 31);
    let url = format!("/chacra/blobs/{}", crate::sha256(&content));
    put(&chacra, "/packages/p/d/r/a/f", &content);
    chacra.delete("/packages/p/d/r/a/f").expect(204);
    chacra.post("/chacra/gc", "").expect(200);
    assert!(chacra.get(&url).expect(200).bytes() == content);
    let swept = chacra.post("/chacra/gc?grace_hours=0", "").expect(200).json();
    assert_eq!(swept, json!({ "blobs": 1, "chunks": 2, "bytes": 1_500_000, "more": false }));
    chacra.get(&url).expect(404);
    chacra.post("/chacra/gc?grace_hours=x", "").expect(400);
}

#[test]
fn a_copy_is_of_one_depth_and_all_or_nothing() {
    let (project, folder) = folder();
    let chacra = chacra();
    for name in ["a", "b"] {
        put(&chacra, &format!("{folder}/{name}"), name.as_bytes());
    }
    put(&chacra, &format!("{folder}/flavors/debug/c"), b"c");
    let from = format!("/binaries/{project}/main/a1/");
    let to = format!("/binaries/{project}/v1/head/");
    let copy = |from: &str, to: &str, force: bool| {
        chacra.post("/chacra/copy", json!({ "from": from, "to": to, "force": force })).send()
    };
    assert_eq!(copy(&from, &to, false).json(), json!({ "copied": 3 }));
    let flavor = format!("/binaries/{project}/v1/head/debian/bookworm/x86_64/flavors/debug/c");
    assert_eq!(chacra.get(&flavor).expect(200).text(), "c");
    chacra.delete(&format!("{to}debian/bookworm/x86_64/a")).expect(204);
    assert_eq!(copy(&from, &to, false).status(), 400);
    chacra.get(&format!("{to}debian/bookworm/x86_64/a")).expect(404);
    assert_eq!(copy(&from, &to, true).json(), json!({ "copied": 3 }));
    let package = format!("/packages/{project}/debian/bookworm/x86_64/a");
    assert_eq!(copy(&format!("{folder}/a"), &package, false).json(), json!({ "copied": 1 }));
    assert_eq!(chacra.get(&package).expect(200).text(), "a");
    assert_eq!(copy("/binaries/nobody/main/a1", &to, false).status(), 404);
    for (from, to) in
        [(from.as_str(), package.as_str()), ("x", &to), ("/binaries/p/r", "/binaries/q/r")]
    {
        assert_eq!(copy(from, to, false).status(), 400, "{from} {to}");
    }
    chacra.post("/chacra/copy", json!({})).expect(400);
}

#[test]
fn a_copy_reads_the_newest_and_any_slice() {
    let (project, folder) = folder();
    let chacra = chacra();
    put(&chacra, &format!("{folder}/a"), b"old");
    put(&chacra, &format!("{folder}/a").replace("/a1/", "/b2/"), b"new");
    let copy = |from: &str, to: &str| {
        chacra.post("/chacra/copy", json!({ "from": from, "to": to })).expect(200).json()
    };
    let one = json!({ "copied": 1 });
    let root = format!("/binaries/{project}");
    assert_eq!(copy(&format!("{root}/main/latest/"), &format!("{root}/v1/b2/")), one);
    let promoted = format!("{folder}/a").replace("/main/a1/", "/v1/b2/");
    assert_eq!(chacra.get(&promoted).expect(200).text(), "new");
    let latest = format!("{folder}/flavors/default/a").replace("/a1/", "/latest/");
    assert_eq!(copy(&latest, &format!("/packages/{project}/d/r/a/f?ref=x&sha1=y")), one);
    assert_eq!(chacra.get(&format!("{root}/x/y/d/r/a/f")).expect(200).text(), "new");
    assert_eq!(copy(&format!("/packages/{project}?ref=x&sha1=y"), &format!("{root}/x/z")), one);
    let none = json!({ "from": format!("{root}/none/latest/"), "to": format!("{root}/v2/b/") });
    chacra.post("/chacra/copy", none).expect(404);
}

#[test]
fn a_copy_takes_files_and_not_entries() {
    let (project, folder) = folder();
    let chacra = chacra();
    chacra.post(&folder, json!({ "name": "entry" })).expect(200);
    let to = format!("/binaries/{project}/v1/head/debian/bookworm/x86_64");
    put(&chacra, &format!("{to}/entry"), b"there");
    let copy = |force: bool| {
        chacra.post("/chacra/copy", json!({ "from": folder, "to": to, "force": force }))
    };
    copy(true).expect(404);
    put(&chacra, &format!("{folder}/f"), b"f");
    chacra.post(&to, json!({ "name": "f" })).expect(200);
    assert_eq!(copy(false).expect(200).json(), json!({ "copied": 1 }), "it fills an entry");
    assert_eq!(chacra.get(&format!("{to}/f")).expect(200).text(), "f");
    assert_eq!(chacra.get(&format!("{to}/entry")).expect(200).text(), "there");
}

#[test]
fn a_copy_knows_the_long_form() {
    let (project, _) = folder();
    let chacra = chacra();
    put(&chacra, &format!("/packages/{project}/debian/12/amd64/f"), b"x");
    let from = format!("/packages/{project}/distributions/debian/releases/12/archs/amd64/f");
    let to = format!("/packages/{project}-2/distributions/debian/releases/13/archs/amd64/g/");
    chacra.post("/chacra/copy", json!({ "from": from, "to": to })).expect(200);
    let copied = format!("/packages/{project}-2/debian/13/amd64/g");
    assert_eq!(chacra.get(&copied).expect(200).text(), "x");
    let wrong = from.replace("archs", "arches");
    chacra.post("/chacra/copy", json!({ "from": wrong, "to": to })).expect(400);
}

#[test]
fn a_replaced_file_stays_with_its_repository() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    put(&chacra, "/packages/p/d/r/a/f", b"one");
    // No URL moves a repository yet.
    let moved = "UPDATE chacra_repos SET ref = 'moved', slug = 'p/moved/head/d/r/flavors/default'";
    crate::sql(&app, "sqlite_db.db", moved);
    chacra.put("/packages/p/d/r/a/f", "three").expect(200);
    assert_eq!(chacra.get("/packages/p/d/r/a/f").expect(200).text(), "three");
    let repos = "SELECT group_concat(ref || ' ' || files || ' ' || size) FROM chacra_repos";
    assert_eq!(crate::sql(&app, "sqlite_db.db", repos), "moved 1 5");
    chacra.delete("/packages/p/d/r/a/f").expect(204);
    assert_eq!(chacra.get("/chacra/stats").expect(200).json()["repos"], 0);
}

#[test]
fn a_repository_has_the_time_of_its_newest_file() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    put(&chacra, "/packages/p/d/r/a/f", b"one");
    chacra.put("/packages/p/d/r/a/f", "two").expect(200);
    put(&chacra, "/packages/p/d/r/a/g", b"one");
    let same = "SELECT modified = (SELECT max(modified) FROM chacra_binaries) FROM chacra_repos";
    assert_eq!(crate::sql(&app, "sqlite_db.db", same), "1", "to the microsecond");
    chacra.delete("/packages/p/d/r/a/g").expect(204);
    let later = same.replace(" = ", " >= ");
    assert_eq!(crate::sql(&app, "sqlite_db.db", &later), "1");
}

#[test]
fn the_area_says_what_it_is() {
    let (project, folder) = folder();
    let chacra = chacra();
    put(&chacra, &format!("{folder}/a"), b"x");
    let about = chacra.get("/chacra/").expect(200).json();
    assert!(about["description"].is_string());
    assert!(about["projects"].as_array().unwrap().contains(&json!(project)));
    chacra.get("/chacra/key.asc").expect(404);
}
