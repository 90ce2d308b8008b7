//! One file, in either tree: download and removal. How it gets there is in `uploads`.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::reading::{self, Content};
use crate::error::{Error, Result};
use crate::extract;
use crate::store::{self, files};

/// `GET .../{binary}`: the file itself.
pub async fn show(
    method: Method,
    extract::File(place): extract::File,
    headers: HeaderMap,
) -> Result<Response> {
    let db = store::open().await?;
    let file = files::at(db, &place).await?.ok_or(NO_SUCH_FILE)?;
    let content = Content {
        blob: file.blob,
        sha256: file.sha256,
        size: file.size,
        modified: file.modified,
        cache_control: "no-cache",
        headers: attachment(&place.name),
    };
    reading::answer(db, &method, &headers, &content).await
}

/// `DELETE .../{binary}`: removes the file and what only it kept there.
pub async fn delete(extract::File(place): extract::File) -> Result<StatusCode> {
    let db = store::open().await?;
    if !files::delete(db, &place).await? {
        return Err(NO_SUCH_FILE);
    }
    store::sweep::a_little(db).await;
    Ok(StatusCode::NO_CONTENT)
}

const NO_SUCH_FILE: Error = Error::NotThere("no such file");

/// The headers that make a browser save a download under its name.
fn attachment(name: &str) -> HeaderMap {
    let plain: String = name
        .chars()
        .map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '_' })
        .collect();
    let mut text = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        text.push_str(&format!(
            "; filename*=UTF-8''{}",
            utf8_percent_encode(name, NON_ALPHANUMERIC)
        ));
    }
    let disposition = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"));
    let binary = HeaderValue::from_static("application/octet-stream");
    [(header::CONTENT_DISPOSITION, disposition), (header::CONTENT_TYPE, binary)]
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_ascii_is_told_twice() {
        let told =
            |name| attachment(name)[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        assert_eq!(told("a+b_1.deb"), "attachment; filename=\"a+b_1.deb\"");
        assert_eq!(told("ü.deb"), "attachment; filename=\"_.deb\"; filename*=UTF-8''%C3%BC%2Edeb");
        assert_eq!(told("a\"b"), "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b");
    }
}
