//! A power cut in the middle of uploads: each is there with all of its tests and its file, or not
//! at all.

use std::thread;
use std::time::{Duration, Instant};

use assay_tests::{App, Client, Value, areas};

use crate::stream;

/// An upload of two chunks, whose tests are stored in several batches.
fn long_stream() -> Vec<u8> {
    let filler = "x".repeat(1023);
    (0..6000)
        .map(|n| {
            let id = format!("acme.crash.Test.test_{n}[id-{n},{}]", "y".repeat(300));
            let log = if n % 10 == 0 { format!("{filler}\n") } else { String::new() };
            format!("test: {id}\nfailure: {id} [\n{log}]\n")
        })
        .collect::<String>()
        .into_bytes()
}

/// All results there are.
fn results(client: &Client) -> Vec<Value> {
    let page =
        |n: u64| client.get(&format!("/v1/results?per_page=100&page={n}")).expect(200).json();
    let pages = page(1)["pagination"]["total_pages"].as_u64().unwrap();
    (1..=pages).flat_map(|n| page(n)["results"].as_array().unwrap().clone()).collect()
}

/// Wants a result to be whole: as many tests as it counts, and its file.
fn check(client: &Client, result: &Value, files: &[Vec<u8>]) {
    let url = format!("/v1/results/{}", result["id"].as_str().unwrap());
    let count = |key: &str| result["summary"][key].as_u64().unwrap();
    let (total, passed) = (count("total") + count("enumerated"), count("passed"));
    let shown = client.get(&url).expect(200).json();
    assert!(shown["results"].as_array().unwrap().len() as u64 <= passed);
    let last = client.get(&format!("{url}/tests?per_page=1&page={total}")).expect(200).json();
    assert_eq!(last["pagination"]["total_pages"], total);
    assert_eq!(last["tests"][0]["index"], total - 1);
    let file = client.get(&format!("{url}/file")).expect(200);
    assert!(files.iter().any(|whole| whole == file.bytes()), "{url} is no whole file");
}

#[test]
fn a_power_cut_leaves_whole_results_or_none() {
    let variables = [("refstack_public_details", "true")];
    let mut app = App::with(&variables, &[]);
    let files = [stream("statuses.v2"), long_stream()];
    let mut answered = 0;
    for round in 0..4 {
        let client = app.client(areas::REFSTACK);
        let before = results(&client).len();
        answered += thread::scope(|scope| {
            let uploads: Vec<_> = (0..4)
                .map(|n| {
                    let (client, file) = (client.clone(), files[n % 2].clone());
                    scope.spawn(move || {
                        let post = || client.post("/v1/post-result", file.clone()).attempt();
                        std::iter::from_fn(|| post().ok())
                            .inspect(|a| assert_eq!(a.status(), 201))
                            .count()
                    })
                })
                .collect();
            let deadline = Instant::now() + Duration::from_secs(60);
            while results(&client).len() < before + 3 + round && Instant::now() < deadline {}
            app.kill();
            uploads.into_iter().map(|upload| upload.join().expect("a count")).sum::<usize>()
        });
        app.restart();
        let client = app.client(areas::REFSTACK);
        let found = results(&client);
        assert!(found.len() >= answered, "{} of {answered} that were answered", found.len());
        found.iter().for_each(|result| check(&client, result, &files));
    }
}
