//! The command line: words in, one [`Command`] out.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use lexopt::prelude::*;

/// What to do.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Build and run the application.
    Up(Up),
    /// Run the tests.
    Test(Test),
    /// Measure the application; the arguments are those of the bench program.
    Bench(Vec<OsString>),
    /// Build the components and the host.
    Build,
    /// Install the client programs that the tests use.
    Clients,
    /// Everything that has to hold before a change lands.
    Ci,
    /// Print this text.
    Help(&'static str),
}

/// What serves the application.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Runtime {
    /// Our own host, `crates/host`.
    #[default]
    Host,
    /// The Spin CLI.
    Spin,
}

/// How to run the application.
#[derive(Debug, PartialEq)]
pub struct Up {
    /// What serves it.
    pub runtime: Runtime,
    /// Address and port.
    pub listen: String,
    /// Another manifest than the application's; no argument says so.
    pub manifest: Option<PathBuf>,
    /// Where the data lives; the default is the one of Spin.
    pub state_dir: Option<PathBuf>,
    /// `name=value`, each for a variable of `spin.toml`.
    pub variables: Vec<String>,
    /// Whether to leave out everything that is not an answer or an error.
    pub quiet: bool,
    /// Handed on to the server as they are.
    pub rest: Vec<OsString>,
}

impl Default for Up {
    fn default() -> Self {
        Self {
            runtime: Runtime::Host,
            listen: "127.0.0.1:3000".into(),
            manifest: None,
            state_dir: None,
            variables: Vec::new(),
            quiet: false,
            rest: Vec::new(),
        }
    }
}

/// Which tests to run, and against what.
#[derive(Debug, Default, PartialEq)]
pub struct Test {
    /// Only unit tests.
    pub unit: bool,
    /// Only API and client tests.
    pub api: bool,
    /// Only the test program of this area.
    pub area: Option<String>,
    /// What serves the application under test.
    pub runtime: Runtime,
    /// An application that runs already.
    pub base_url: Option<String>,
    /// Handed on to the test programs: names of tests, `--nocapture`, ...
    pub rest: Vec<OsString>,
}

/// Reads the arguments that follow the program's name.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command> {
    let mut arguments: Vec<_> = arguments.collect();
    let named = arguments.first().is_some_and(|word| !word.to_string_lossy().starts_with('-'));
    let name = if named { arguments.remove(0) } else { "up".into() };
    match name.to_string_lossy().as_ref() {
        "up" => parse_up(arguments),
        "test" => parse_test(arguments),
        "bench" => Ok(Command::Bench(arguments)),
        "build" => plain(arguments, Command::Build),
        "clients" => plain(arguments, Command::Clients),
        "ci" => plain(arguments, Command::Ci),
        "help" => Ok(Command::Help(HELP)),
        other => Err(anyhow!("there is no command `{other}`; `cargo xtask help` lists them")),
    }
}

fn parse_up(arguments: Vec<OsString>) -> Result<Command> {
    let mut up = Up::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = next(&mut parser, &mut up.rest)? {
        match argument.as_str() {
            "help" => return Ok(Command::Help(HELP)),
            "with" => up.runtime = parser.value()?.parse_with(runtime)?,
            "listen" => up.listen = parser.value()?.string()?,
            "state-dir" => up.state_dir = Some(parser.value()?.into()),
            "variable" => up.variables.push(parser.value()?.parse_with(variable)?),
            "quiet" => up.quiet = true,
            _ => return Err(unknown(&argument)),
        }
    }
    Ok(Command::Up(up))
}

fn parse_test(arguments: Vec<OsString>) -> Result<Command> {
    let mut test = Test::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = next(&mut parser, &mut test.rest)? {
        match argument.as_str() {
            "help" => return Ok(Command::Help(HELP)),
            "unit" => test.unit = true,
            "api" => test.api = true,
            "area" => test.area = Some(parser.value()?.string()?),
            "with" => test.runtime = parser.value()?.parse_with(runtime)?,
            "base-url" => test.base_url = Some(parser.value()?.string()?),
            _ => return Err(unknown(&argument)),
        }
    }
    Ok(Command::Test(test))
}

/// The next option by its long name; what follows `--` goes to `rest`.
fn next(parser: &mut lexopt::Parser, rest: &mut Vec<OsString>) -> Result<Option<String>> {
    if parser.try_raw_args().is_some_and(|raw| raw.peek().is_some_and(|word| word == "--")) {
        rest.extend(parser.raw_args()?.skip(1));
        return Ok(None);
    }
    match parser.next()? {
        Some(Short('h')) => Ok(Some("help".into())),
        Some(Long(name)) => Ok(Some(name.to_owned())),
        Some(other) => Err(other.unexpected().into()),
        None => Ok(None),
    }
}

fn plain(arguments: Vec<OsString>, command: Command) -> Result<Command> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match next(&mut parser, &mut Vec::new())? {
        None => Ok(command),
        Some(argument) if argument == "help" => Ok(Command::Help(HELP)),
        Some(argument) => Err(unknown(&argument)),
    }
}

fn unknown(option: &str) -> anyhow::Error {
    anyhow!("there is no option `--{option}` here; `cargo xtask help` lists them")
}

fn runtime(word: &str) -> Result<Runtime> {
    match word {
        "host" => Ok(Runtime::Host),
        "spin" => Ok(Runtime::Spin),
        _ => Err(anyhow!("it is `host` or `spin`")),
    }
}

fn variable(word: &str) -> Result<String> {
    match word.split_once('=') {
        Some((name, _)) if !name.is_empty() => Ok(word.to_owned()),
        _ => Err(anyhow!("it is written name=value")),
    }
}

const HELP: &str = "\
cargo xtask [up] [OPTIONS] [-- SERVER OPTIONS]   build everything, then serve it until Ctrl-C
    --listen ADDRESS:PORT   where to listen (127.0.0.1:3000)
    --state-dir DIR         where the data lives (.spin)
    --variable NAME=VALUE   set a variable of spin.toml; may be repeated
    --with host|spin        our own host (the default), or the Spin CLI 4.1 or newer
    --quiet                 print only errors

cargo xtask test [OPTIONS] [-- TEST OPTIONS]     run the tests; alone: all of them
    --unit                  only unit tests
    --api                   only API and client tests
    --area NAME             only the API and client tests of one area
    --with host|spin        what the API tests run against
    --base-url URL          run the API tests against an app that runs already

cargo xtask bench [OPTIONS]                      measure it; --help lists the options
cargo xtask build                                build the components and the host
cargo xtask clients                              install the client programs that the tests use
cargo xtask ci                                   everything that .ci/run runs
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn no_command_means_up() {
        assert_eq!(parsed("").unwrap(), Command::Up(Up::default()));
        assert_eq!(parsed("--quiet").unwrap(), Command::Up(Up { quiet: true, ..Up::default() }));
    }

    #[test]
    fn up_takes_its_options_and_hands_on_the_rest() {
        let up = Up {
            runtime: Runtime::Spin,
            listen: "[::1]:80".into(),
            manifest: None,
            state_dir: Some("/tmp/x".into()),
            variables: vec!["a=1".into(), "b=".into()],
            quiet: false,
            rest: vec!["--log-requests".into()],
        };
        let line = "up --with spin --listen=[::1]:80 --state-dir /tmp/x --variable a=1 \
            --variable b= -- --log-requests";
        assert_eq!(parsed(line).unwrap(), Command::Up(up));
    }

    #[test]
    fn a_test_may_be_one_area_and_one_name() {
        let test =
            Test { area: Some("paddles".into()), rest: vec!["runs".into()], ..Test::default() };
        assert_eq!(parsed("test --area paddles -- runs").unwrap(), Command::Test(test));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (line, wanted) in [
            ("fly", "`fly`"),
            ("up --fast", "`--fast`"),
            ("up --variable x", "name=value"),
            ("up --with docker", "`host` or `spin`"),
            ("test paddles", "paddles"),
            ("ci --quick", "`--quick`"),
        ] {
            let error = format!("{:#}", parsed(line).unwrap_err());
            assert!(error.contains(wanted), "{line}: {error}");
        }
    }

    #[test]
    fn help_is_there_for_who_asks() {
        for line in ["help", "--help", "-h", "test --help", "ci --help"] {
            assert_eq!(parsed(line).unwrap(), Command::Help(HELP), "{line}");
        }
    }
}
