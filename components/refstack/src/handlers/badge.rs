//! A score as a picture of one line, for a page elsewhere.

use assay_web::badge::Badge;
use axum::response::{IntoResponse, Response};

use crate::domain::scores::Score;

/// Guideline and target, verdict and percentage.
pub fn of(score: &Score<'_>) -> Response {
    let guideline = score.guideline.strip_suffix(".json").unwrap_or(score.guideline);
    let label = format!("{} {guideline}", score.target);
    let (word, color) = match score.passed {
        Some(true) => ("passed", "#2e8b3d"),
        Some(false) => ("failed", "#c33d2e"),
        None => ("no tests", "#6b6b6b"),
    };
    let percent = score.non_flagged_required.percent.map(|percent| format!(" {percent:.1}%"));
    let message = format!("{word}{}", percent.unwrap_or_default());
    Badge { label: &label, message: &message, color }.into_response()
}
