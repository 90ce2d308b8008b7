//! `/v1/results/{id}/report` and `/badge.svg`: how far a result meets a guideline.

use std::borrow::Cow;

use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use super::results::{readable, still_there};
use super::{badge, csv, guidelines};
use crate::domain::guidelines::Guideline;
use crate::domain::scores::{Match, Passed, Score, Wanted, score};
use crate::error::{Error, Result};
use crate::extract::Path;
use crate::store;
use crate::store::details;
use crate::store::results::{Known, Reader};
use crate::uploads::unfold::unfold;

/// What is scored.
struct Asked {
    guideline: String,
    target: String,
    by: Match,
}

/// The guideline and target of a query, else those of the result.
fn asked(query: &Query, known: &Known) -> Result<Asked> {
    let pick = |name: &str, own: &Option<String>| {
        let named = query.non_empty(name).map(str::to_owned).or_else(|| own.clone());
        named.ok_or_else(|| {
            Error::invalid(format!("Neither the query nor the result names a {name}"))
        })
    };
    Ok(Asked {
        guideline: pick("guideline", &known.guideline)?,
        target: pick("target", &known.target)?,
        by: Match::parse(query.non_empty("match"))
            .ok_or_else(|| Error::invalid("Invalid match"))?,
    })
}

/// All that a score is made of.
struct Scorable {
    id: String,
    file: String,
    guideline: Guideline,
    passed: Passed,
    asked: Asked,
}

impl Scorable {
    /// What a query asks for, of a result that the reader may see.
    async fn read(reader: &Reader, id: String, query: &Query) -> Result<Self> {
        let known = readable(reader, &id).await?;
        let asked = asked(query, &known)?;
        let guideline = guidelines::find(&asked.guideline).await?;
        let not_there = || Error::NotThere(format!("Guideline {} not found", asked.guideline));
        let (file, guideline) = guideline.ok_or_else(not_there)?;
        let wanted = Wanted::of(&guideline, &asked.target).ok_or_else(|| no_target(&asked))?;
        let passed = passed(&known, &wanted).await?;
        still_there(store::open().await?, &known, &id).await?;
        Ok(Self { id, file, guideline, passed, asked })
    }

    fn score(&self) -> Result<Score<'_>> {
        let names = (self.id.as_str(), self.file.as_str(), self.asked.target.as_str());
        let score = score(&self.guideline, names, &self.passed, self.asked.by);
        score.ok_or_else(|| no_target(&self.asked))
    }
}

fn no_target(asked: &Asked) -> Error {
    Error::invalid(format!("Invalid target: {}", asked.target))
}

/// What passed in a result of what is wanted, read piece by piece.
async fn passed(known: &Known, wanted: &Wanted<'_>) -> Result<Passed> {
    let (db, mut all, mut after) = (store::open().await?, Passed::default(), -1);
    unfold(db, known).await?;
    let texts = |list: &str| -> Vec<String> {
        serde_json::from_str(&format!("[{list}]")).unwrap_or_default()
    };
    while let Some(piece) = details::passed_after(db, known.upload, after).await? {
        all.add(wanted, &texts(&piece.names), &texts(&piece.uuids));
        after = piece.first;
    }
    Ok(all)
}

/// `GET /v1/results/{id}/report`: the score, as JSON or CSV.
pub async fn show(reader: Reader, Path(id): Path<String>, query: Query) -> Result<Response> {
    let scorable = Scorable::read(&reader, id, &query).await?;
    match query.non_empty("format") {
        None | Some("json") => {
            let text = serde_json::to_string(&scorable.score()?);
            Ok(JsonText(text.unwrap_or_default()).into_response())
        }
        Some("csv") => {
            let name = format!("{}-report.csv", scorable.id);
            Ok(csv::answer(lines(&scorable.score()?), &name, query.get("download") == Some("1")))
        }
        Some(_) => Err(Error::invalid("Invalid format")),
    }
}

fn lines(score: &Score<'_>) -> String {
    let header = ["capability", "status", "test", "passed", "flagged", "matched"];
    let mut text = csv::line(header.map(Cow::Borrowed));
    for capability in &score.capabilities {
        for test in &capability.tests {
            let (passed, flagged) = (test.passed.to_string(), test.flagged.to_string());
            text.push_str(&csv::line([
                Cow::Borrowed(capability.id),
                Cow::Borrowed(capability.status),
                Cow::Borrowed(test.name),
                Cow::Owned(passed),
                Cow::Owned(flagged),
                Cow::Borrowed(test.matched.unwrap_or_default()),
            ]));
        }
    }
    text
}

/// `GET /v1/results/{id}/badge.svg`: the verdict and the percentage as a picture.
pub async fn badge(reader: Reader, Path(id): Path<String>, query: Query) -> Result<Response> {
    let scorable = Scorable::read(&reader, id, &query).await?;
    let picture = badge::of(&scorable.score()?);
    let fresh = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    Ok((fresh, picture).into_response())
}
