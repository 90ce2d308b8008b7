//! The command line.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context, Result};
use lexopt::prelude::*;

use crate::areas::Size;

/// What to measure, where, and how hard.
#[derive(Debug, PartialEq)]
pub struct Options {
    /// Host and port of the application.
    pub address: String,
    /// Host and port of `bench/plain-copy`, which transfers are compared with.
    pub plain: Option<String>,
    /// Only this area.
    pub area: Option<String>,
    /// Only rows with this in their name.
    pub only: Option<String>,
    /// How many requests are under way at once.
    pub connections: usize,
    /// How long each kind of request is sent.
    pub time: Duration,
    /// How much is stored before.
    pub size: Size,
    /// Whether to compare a small store with a big one.
    pub scale: bool,
}

impl Options {
    /// Whether a row of this area and name was asked for.
    pub fn wants(&self, area: &str, name: &str) -> bool {
        self.area.as_ref().is_none_or(|wanted| wanted == area)
            && self.only.as_ref().is_none_or(|text| name.contains(text))
    }
}

/// The text for `--help`.
pub const HELP: &str = "\
cargo xtask bench [OPTIONS]
    --area NAME        only this area
    --only TEXT        only rows with this text in their name
    --connections N    requests under way at once (16); where an answer is compared with
                       the same work done natively it is always one
    --seconds N        how long each kind of request is sent (5)
    --runs N           groups stored before: runs of paddles, ... (1000)
    --jobs N           items in each group: jobs of a run, ... (30)
    --item-bytes N     size of an item's body (8192)
    --scale            only the reads, with 1,000 and then 100,000 items stored
    --fleet            instead: 50 workers of job-runner finish 5,000 runs of 200 jobs
    --base-url URL     an application that runs already; its store should be empty, and
                       its job_runner_admin_token \"bench\"
    --plain-url URL    with it: bench/plain-copy on the same host, to compare transfers with
";

/// Reads the arguments that follow the program's name; nothing means that help was asked for.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Option<Options>> {
    let mut options = Options {
        address: String::new(),
        plain: None,
        area: None,
        only: None,
        connections: 16,
        time: Duration::from_secs(5),
        size: Size { groups: 1000, items_each: 30, item_bytes: 8192 },
        scale: false,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("area") => options.area = Some(parser.value()?.string()?),
            Long("connections") => options.connections = parser.value()?.parse()?,
            Long("seconds") => options.time = Duration::from_secs(parser.value()?.parse()?),
            Long("runs") => options.size.groups = parser.value()?.parse()?,
            Long("jobs") => options.size.items_each = parser.value()?.parse()?,
            Long("item-bytes") => options.size.item_bytes = parser.value()?.parse()?,
            Long("scale") => options.scale = true,
            Long("base-url") => options.address = address(&parser.value()?.string()?)?,
            Long("plain-url") => options.plain = Some(address(&parser.value()?.string()?)?),
            Long("only") => options.only = Some(parser.value()?.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    anyhow::ensure!(!options.address.is_empty(), "--base-url is missing");
    Ok(Some(options))
}

/// `http://host:port/` as `host:port`.
fn address(url: &str) -> Result<String> {
    let rest = url.strip_prefix("http://").context("--base-url begins with http://")?;
    Ok(rest.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Options>> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn numbers_and_the_address_are_read() {
        let line = "--base-url http://127.0.0.1:3000/ --connections 4 --runs 10 --jobs 3 --scale";
        let options = parsed(line).unwrap().unwrap();
        assert_eq!(options.address, "127.0.0.1:3000");
        assert_eq!((options.connections, options.scale), (4, true));
        assert_eq!(options.size, Size { groups: 10, items_each: 3, item_bytes: 8192 });
    }

    #[test]
    fn help_needs_nothing_else() {
        assert_eq!(parsed("--help").unwrap(), None);
        assert!(parsed("--seconds 1").unwrap_err().to_string().contains("--base-url"));
    }
}
