//! Many clients at once: nothing is stored twice, nothing is paired twice, nothing is lost.

use assay_tests::{Value, json, race, unique};

use crate::{new_uuid, notification, rows, stacktach};

#[test]
fn of_20_clients_with_the_same_batch_each_item_is_stored_by_one() {
    let client = stacktach();
    let name = unique("compute.instance.op");
    let batch: Value = (0..25)
        .flat_map(|i| {
            let instance = new_uuid();
            [("start", 1), ("end", 3)].map(|(step, second)| {
                let at = format!("2026-03-10 10:{i:02}:{second:02}");
                notification(&format!("{name}.{step}"), &instance, &at, json!({}))
            })
        })
        .collect();
    let answers = race(20, |_| {
        client.post("/stacktach/notifications/", batch.clone()).expect_any(&[200, 201]).json()
    });
    let sum = |key: &str| answers.iter().map(|answer| answer[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("stored"), sum("duplicates")), (50, 950));
    let summary = rows(&client, "/stacky/summary/");
    let row = summary.iter().find(|row| row[0] == json!(name)).unwrap();
    assert_eq!(row, &json!([name, 25, "0d 00:00:02.00", "0d 00:00:02.00", "0d 00:00:02"]));
}

#[test]
fn starts_and_ends_of_200_instances_become_200_pairs() {
    let client = stacktach();
    let name = unique("compute.instance.op");
    race(8, |_| {
        for _ in 0..25 {
            let instance = new_uuid();
            for (step, at) in [("start", "2026-03-10 10:00:00"), ("end", "2026-03-10 10:00:01")] {
                let body = notification(&format!("{name}.{step}"), &instance, at, json!({}));
                client.post("/stacktach/notifications/", body).expect(201);
            }
            let timings = rows(&client, &format!("/stacky/timings/uuid/?uuid={instance}"));
            assert_eq!(timings, [json!([".", name, "0d 00:00:01.00"])]);
        }
    });
    assert_eq!(rows(&client, &format!("/stacky/timings/?limit=1000&name={name}")).len(), 200);
}

#[test]
fn two_ends_at_once_do_not_take_the_same_start() {
    let (client, instance) = (stacktach(), new_uuid());
    let name = unique("compute.instance.op");
    for i in 0..8 {
        let at = format!("2026-03-10 10:00:0{i}");
        let body = notification(&format!("{name}.start"), &instance, &at, json!({}));
        client.post("/stacktach/notifications/", body).expect(201);
    }
    race(8, |i| {
        let at = format!("2026-03-10 10:01:0{i}");
        let body = notification(&format!("{name}.end"), &instance, &at, json!({}));
        client.post("/stacktach/notifications/", body).expect(201)
    });
    let timings = rows(&client, &format!("/stacky/timings/uuid/?uuid={instance}"));
    assert_eq!(timings.len(), 8);
    assert!(timings.iter().all(|row| row[0] == "."), "{timings:?}");
}

#[test]
fn a_deployment_that_many_name_first_is_made_once() {
    let (client, name) = (stacktach(), unique("first"));
    let path = format!("/stacktach/notifications/?deployment={name}");
    race(16, |_| {
        let body =
            notification("compute.instance.update", &new_uuid(), "2026-03-10 10:00:00", json!({}));
        client.post(&path, body).expect(201)
    });
    let named =
        rows(&client, "/stacky/deployments/").into_iter().filter(|row| row[1] == json!(name));
    assert_eq!(named.count(), 1);
}
