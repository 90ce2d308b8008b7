//! A score as a picture of one line, for a page elsewhere.

use super::xml::escape;
use crate::domain::scores::Score;

const LONGEST_LABEL: usize = 40;

/// Two boxes: guideline and target, verdict and percentage. The width of a text is a guess (7
/// pixels a sign), which
/// `textLength` makes true.
pub fn draw(score: &Score<'_>) -> String {
    let guideline = score.guideline.strip_suffix(".json").unwrap_or(score.guideline);
    let label: String =
        format!("{} {guideline}", score.target).chars().take(LONGEST_LABEL).collect();
    let (word, color) = match score.passed {
        Some(true) => ("passed", "#2e8b3d"),
        Some(false) => ("failed", "#c33d2e"),
        None => ("no tests", "#6b6b6b"),
    };
    let percent = score.non_flagged_required.percent.map(|percent| format!(" {percent:.1}%"));
    let message = format!("{word}{}", percent.unwrap_or_default());
    picture(&label, &message, color)
}

fn picture(label: &str, message: &str, color: &str) -> String {
    let (left, right) = (7 * label.chars().count() + 10, 7 * message.chars().count() + 10);
    let (left_text, right_text) = (left - 10, right - 10);
    let (width, right_x) = (left + right, left + 5);
    let (label, message) = (escape(label), escape(message));
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img"
 aria-label="{label}: {message}">
<title>{label}: {message}</title>
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="5" y="14" textLength="{left_text}">{label}</text>
<text x="{right_x}" y="14" textLength="{right_text}">{message}</text>
</g>
</svg>
"##
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_in_the_picture_are_escaped() {
        let picture = super::picture("<b>", "passed 100.0%", "#000");
        assert!(picture.contains(">&lt;b&gt;<"), "{picture}");
    }
}
