//! The README's transcripts are true: every `$ curl` in it answers what stands below it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use assay_tests::{App, scratch, workspace};

/// A command, and the lines below it in the README.
#[derive(Debug, Default, PartialEq)]
struct Step {
    command: String,
    output: Vec<String>,
}

/// The steps of all `console` blocks.
fn steps(markdown: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        match line.strip_prefix("```") {
            Some(language) => inside = language == "console",
            None if !inside => {}
            None => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => {
                    steps.push(Step { command: command.to_owned(), output: Vec::new() });
                }
                (None, Some(step)) => step.output.push(line.to_owned()),
                (None, None) => {}
            },
        }
    }
    steps
}

/// Whether a line is as expected, where `...` stands for anything.
fn matches(line: &str, wanted: &str) -> bool {
    let mut rest = line;
    let parts: Vec<_> = wanted.split("...").collect();
    for (i, part) in parts.iter().enumerate() {
        match rest.find(part) {
            Some(at) if i > 0 || at == 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    wanted.ends_with("...") || rest.is_empty()
}

#[test]
fn every_curl_of_the_readme_answers_what_stands_below_it() {
    let app = App::with(&[], &[]);
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let here = |text: &str| text.replace("http://127.0.0.1:3000", &app.base_url());
    let steps = steps(&readme);
    let curls: Vec<_> = steps.iter().filter(|step| step.command.starts_with("curl ")).collect();
    assert!(!curls.is_empty(), "the README shows no curl");
    for step in curls {
        let output =
            Command::new("sh").arg("-c").arg(here(&step.command)).output().expect("sh and curl");
        let printed = String::from_utf8(output.stdout).unwrap();
        let (printed, wanted): (Vec<_>, Vec<_>) =
            (printed.lines().collect(), step.output.iter().map(|l| here(l)).collect());
        assert_eq!(printed.len(), wanted.len(), "{}\n{printed:#?}", step.command);
        for (line, wanted) in printed.iter().zip(&wanted) {
            assert!(matches(line, wanted), "{}\nprinted {line}\n not    {wanted}", step.command);
        }
    }
}

#[test]
fn the_command_that_runs_it_says_what_is_where_and_serves_it() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let shown =
        steps(&readme).into_iter().find(|step| step.command == "cargo xtask up").unwrap().output;
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();

    let mut up = Command::new(env!("CARGO"))
        .args(["xtask", "up", "--listen", &free, "--state-dir"])
        .arg(scratch("up"))
        .current_dir(workspace())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(up.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut printed = Vec::new();
    for line in lines {
        printed.push(line.replace(&free, "127.0.0.1:3000"));
        if line.starts_with("listening on") {
            break;
        }
    }
    let served = Command::new("curl").args(["-sf", &format!("http://{free}/")]).output().unwrap();
    Command::new("kill").args(["-s", "INT", &up.id().to_string()]).status().unwrap();
    let status = up.wait().unwrap();

    // Progress goes to standard error, and the folder of the data is another one.
    for line in
        shown.iter().filter(|line| !line.starts_with("assay:") && !line.starts_with("  data"))
    {
        assert!(
            printed.contains(line),
            "the README shows {line:?}, but this is printed: {printed:#?}"
        );
    }
    assert!(served.status.success() && !served.stdout.is_empty(), "GET / was not served");
    assert_eq!(status.code(), Some(0), "Ctrl-C");
}

#[test]
fn a_transcript_is_commands_and_what_they_print() {
    let markdown = "text\n```console\n$ curl a\n{}\n$ cargo b\n```\n```sh\n$ curl c\n```\n";
    let step = |command: &str, output: &[&str]| Step {
        command: command.into(),
        output: output.iter().map(|line| (*line).into()).collect(),
    };
    assert_eq!(steps(markdown), [step("curl a", &["{}"]), step("cargo b", &[])]);
}

#[test]
fn three_dots_stand_for_anything() {
    assert!(matches(r#"{"a":1,"b":2}"#, r#"{"a":1,...}"#));
    assert!(matches("abc", "a..."));
    assert!(matches("abc", "abc"));
    assert!(!matches("abc", "ab"));
    assert!(!matches("xabc", "abc"));
    assert!(!matches("abc", "...b"));
}
