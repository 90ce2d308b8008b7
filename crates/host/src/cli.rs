//! The command line: what can be chosen at start, its defaults and its help text.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

/// What `--help` prints.
pub const HELP: &str = "\
assay-host: runs a spin.toml (manifest version 2) on this machine

Usage: assay-host [OPTIONS]

  --manifest FILE          the application [default: spin.toml]
  --listen ADDRESS         host and port; port 0 picks a free one [default: 127.0.0.1:3000]
  --state-dir DIR          databases and key-value stores [default: .spin beside the manifest]
  --variable NAME=VALUE    sets an application variable; may be repeated
                           (SPIN_VARIABLE_<NAME> in the environment does the same, with less weight)
  --max-concurrent N       requests served at the same time, the others get 503 [default: 1024]
  --instance-memory MIB    memory that one component instance may use [default: 256]
  --cache-dir DIR          compiled components [default: beside this program]
  --log-requests           one line a request on standard error
  --check-plans            refuse SQL statements that read a whole table
  --quiet                  nothing on standard error but warnings and errors
  --exit-with-stdin        stop when standard input ends: whoever started this program is gone
  -h, --help               this text

Prints one line on standard output, `listening on http://ADDRESS`, when it takes requests.
SIGINT or SIGTERM: finishes the requests that are under way, then stops; a second one stops at once.
";

/// The choices of one start.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The `spin.toml`.
    pub manifest: PathBuf,
    /// Host and port.
    pub listen: String,
    /// Where databases are; `None` is `.spin` beside the manifest.
    pub state_dir: Option<PathBuf>,
    /// Application variables given as `name=value`.
    pub variables: Vec<(String, String)>,
    /// Requests served at the same time.
    pub max_concurrent: usize,
    /// MiB of memory of one instance.
    pub instance_memory: usize,
    /// Where compiled components are kept; `None` is beside the program.
    pub cache_dir: Option<PathBuf>,
    /// One line a request.
    pub log_requests: bool,
    /// Refuse full scans.
    pub check_plans: bool,
    /// No progress lines.
    pub quiet: bool,
    /// Stop when standard input ends.
    pub exit_with_stdin: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            manifest: "spin.toml".into(),
            listen: "127.0.0.1:3000".into(),
            state_dir: None,
            variables: Vec::new(),
            max_concurrent: 1024,
            instance_memory: 256,
            cache_dir: None,
            log_requests: false,
            check_plans: false,
            quiet: false,
            exit_with_stdin: false,
        }
    }
}

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Serve an application.
    Serve(Options),
    /// Print the help text.
    Help,
}

/// Reads the arguments (without the program's name).
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("manifest") => options.manifest = parser.value()?.into(),
            Long("listen") => options.listen = parser.value()?.string()?,
            Long("state-dir") => options.state_dir = Some(parser.value()?.into()),
            Long("variable") => options.variables.push(parser.value()?.parse_with(assignment)?),
            Long("max-concurrent") => options.max_concurrent = positive(&mut parser)?,
            Long("instance-memory") => options.instance_memory = positive(&mut parser)?,
            Long("cache-dir") => options.cache_dir = Some(parser.value()?.into()),
            Long("log-requests") => options.log_requests = true,
            Long("check-plans") => options.check_plans = true,
            Long("quiet") => options.quiet = true,
            Long("exit-with-stdin") => options.exit_with_stdin = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Command::Serve(options))
}

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("give it as name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn positive(parser: &mut lexopt::Parser) -> Result<usize, lexopt::Error> {
    parser.value()?.parse_with(|text| match text.parse() {
        Ok(0) | Err(_) => Err("give a whole number above 0"),
        Ok(number) => Ok(number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &[&str]) -> Result<Command, lexopt::Error> {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn no_arguments_are_the_defaults() {
        assert_eq!(parse_words(&[]).unwrap(), Command::Serve(Options::default()));
    }

    #[test]
    fn every_option_is_read() {
        let words = "--manifest a.toml --listen 0.0.0.0:0 --state-dir s --variable a=b=c --variable d= \
            --max-concurrent 2 --instance-memory 64 --cache-dir c --log-requests --check-plans --quiet \
            --exit-with-stdin";
        let words: Vec<_> = words.split_whitespace().collect();
        let expected = Options {
            manifest: "a.toml".into(),
            listen: "0.0.0.0:0".into(),
            state_dir: Some("s".into()),
            variables: vec![("a".into(), "b=c".into()), ("d".into(), String::new())],
            max_concurrent: 2,
            instance_memory: 64,
            cache_dir: Some("c".into()),
            log_requests: true,
            check_plans: true,
            quiet: true,
            exit_with_stdin: true,
        };
        assert_eq!(parse_words(&words).unwrap(), Command::Serve(expected));
        assert!(words.iter().filter(|w| w.starts_with("--")).all(|w| HELP.contains(w)));
    }

    #[test]
    fn what_it_does_not_know_is_an_error() {
        for words in [
            &["--lisen", "x"][..],
            &["up"],
            &["--max-concurrent", "0"],
            &["--variable", "x"],
            &["--manifest"],
        ] {
            assert!(parse_words(words).is_err(), "{words:?}");
        }
    }
}
