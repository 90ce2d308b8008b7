//! The lists and scores of the shared fixtures, which a script of their own has made.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::domain::guidelines::ListQuery;

/// The fixtures stand beside the checkout.
fn fixtures() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    folder.is_dir().then_some(folder)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn passed_of(tests: &Value, wanted: &Wanted<'_>) -> Passed {
    let texts = |key: &str| {
        let tests = tests.as_array().unwrap().iter();
        tests.filter_map(|test| test[key].as_str().map(str::to_owned)).collect()
    };
    let (names, uuids): (Vec<_>, Vec<_>) = (texts("name"), texts("uuid"));
    let mut passed = Passed::default();
    passed.add(wanted, &names, &uuids);
    passed
}

#[test]
fn scores_are_those_of_the_fixtures() {
    let Some(folder) = fixtures() else { return };
    let run = json(&folder.join("subunit/run300.v2.subunit.json"));
    for expected in json(&folder.join("guidelines/expected.json")).as_array().unwrap() {
        let file = expected["guideline"].as_str().unwrap();
        let text = std::fs::read_to_string(folder.join("guidelines").join(file)).unwrap();
        let guideline = Guideline::read(&text).unwrap();
        let target = expected["target"].as_str().unwrap();
        for (name, passed, by) in [
            ("run300_any", &run["passed"], Match::Any),
            ("run300_name", &run["passed"], Match::Name),
            ("all_passed", &run["tests"], Match::Any),
        ] {
            let wanted = Wanted::of(&guideline, target).unwrap();
            let passed = passed_of(passed, &wanted);
            let found = score(&guideline, ("r", file, target), &passed, by).unwrap();
            let found = serde_json::to_value(found).unwrap();
            for (key, value) in expected["scores"][name].as_object().unwrap() {
                assert_eq!(&found[key], value, "{file} {target} {name} {key}");
            }
        }
        assert!(
            score(&guideline, ("r", file, "nothing"), &Passed::default(), Match::Any).is_none()
        );
    }
}

#[test]
fn lists_are_those_of_the_fixtures() {
    let Some(folder) = fixtures() else { return };
    for expected in json(&folder.join("guidelines/expected.json")).as_array().unwrap() {
        let file = expected["guideline"].as_str().unwrap();
        let text = std::fs::read_to_string(folder.join("guidelines").join(file)).unwrap();
        let guideline = Guideline::read(&text).unwrap();
        for list in expected["test_lists"].as_array().unwrap() {
            let word = |key: &str| list["query"][key].as_str();
            let query = ListQuery::parse(word("type"), word("alias"), word("flag")).unwrap();
            let lines = guideline.list(word("target").unwrap(), &query).unwrap();
            assert_eq!(
                serde_json::to_value(lines).unwrap(),
                list["lines"],
                "{file} {}",
                list["query"]
            );
        }
    }
}

#[test]
fn a_percentage_has_one_decimal_and_rounds_halves_up() {
    assert_eq!(percent(17, 24), Some(70.8));
    assert_eq!(percent(1, 2000), Some(0.1));
    assert_eq!(percent(1, 2001), Some(0.0));
    assert_eq!(percent(0, 0), None);
    assert_eq!(percent(7, 7), Some(100.0));
}
