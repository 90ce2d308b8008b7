//! Measures the requests that real clients send most, in a closed loop over kept-alive connections.
//!
//! A package of its own, because a load generator must be built in release mode and share the
//! machine's cores with the server it measures: one thread, HTTP by hand. [`areas`] says what is
//! sent, [`load`] sends it, [`transfers`] moves files, [`report`] prints what came of it.

mod areas;
mod load;
mod options;
mod report;
mod seed;
mod transfers;
mod wire;

use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use crate::areas::{Area, Hot, Request, Size};
use crate::load::{Crowd, Load};
use crate::options::Options;
use crate::report::{Report, Row};

fn main() -> ExitCode {
    match options::parse(std::env::args_os().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Option<Options>) -> Result<()> {
    let Some(options) = options else {
        return report::print(options::HELP);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measured = tokio::task::LocalSet::new().block_on(&runtime, measure(&options))?;
    report::print(&measured.table())?;
    report::print(&measured.flow_table())?;
    report::print(&measured.json().to_string())?;
    match measured.errors() {
        0 => Ok(()),
        errors => bail!("{errors} requests were not answered as they should be"),
    }
}

/// Seeds and measures each area that was asked for.
async fn measure(options: &Options) -> Result<Report> {
    let areas = chosen(options)?;
    let mut report = Report::default();
    let empty = Size { groups: 0, ..options.size };
    report.add(one(options, "-", &FRONT_PAGE, empty).await?);
    for area in areas {
        let sizes = if options.scale { area.scale.to_vec() } else { vec![options.size] };
        let mut stored = 0;
        for size in sizes {
            if !area.hot.iter().any(|hot| options.wants(area.name, hot.name)) {
                continue;
            }
            seed::seed(&options.address, area, size, stored..size.groups)
                .await
                .context("the store is not seeded")?;
            stored = size.groups;
            let wanted =
                |hot: &&Hot| (hot.read || !options.scale) && options.wants(area.name, hot.name);
            for hot in area.hot.iter().filter(wanted) {
                report.add(one(options, area.name, hot, size).await?);
            }
            if let Some(waiting) = &area.waiting {
                let crowd = Crowd::gather(&options.address, waiting);
                report.add(one(options, area.name, &waiting.beside, size).await?);
                ensure!(crowd.is_whole(), "{}: a waiting client was not served", area.name);
            }
        }
    }
    if !options.scale {
        report.flows = transfers::measure(options).await.context("transfers")?;
    }
    Ok(report)
}

/// What every other request is compared with: the least that this host does for a component.
const FRONT_PAGE: Hot =
    Hot { name: "GET /", read: true, status: 200, request: |_, _| Request::get("/".into()) };

/// Measures one kind of request.
async fn one(options: &Options, area: &'static str, hot: &Hot, size: Size) -> Result<Row> {
    eprintln!("bench: {area}: {} ({} stored)", hot.name, size.items());
    // One parse is compared with one answer: at several connections answers wait for each other.
    let alone = (hot.request)(0, size).natively.is_some();
    let connections = if alone { 1 } else { options.connections };
    let load = Load::new(&options.address, connections, hot, size);
    // Fills caches and starts instances; what it counts is thrown away.
    load.run(options.time / 10).await?;
    Ok(Row {
        area,
        name: hot.name,
        read: hot.read,
        stored: size.items(),
        sample: load.run(options.time).await?,
    })
}

fn chosen(options: &Options) -> Result<Vec<&'static Area>> {
    let chosen: Vec<_> = areas::ALL
        .iter()
        .copied()
        .filter(|area| options.area.as_ref().is_none_or(|name| name == area.name))
        .collect();
    match chosen.is_empty() {
        true => bail!("no area of that name is measured; there are {}", areas::names()),
        false => Ok(chosen),
    }
}
