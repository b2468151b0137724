//! The browser of the demo: it follows the client to the authorization endpoint and brings back the callback.

use super::{
    Failure,
    steps::step,
    tamper::Tamper,
    wire::{Message, exchange},
};

/// Sends the user to the authorization endpoint and returns the query of the callback.
pub(super) async fn visit(url: &str, tamper: Option<Tamper>) -> Result<String, Failure> {
    let fail = |why: &str| Failure::at(step::AUTHORIZE, why);
    let url = match tamper {
        Some(Tamper::Nonce) => replace_parameter(url, "nonce", "another"),
        // That of the key in RFC 7638 §3.1.
        Some(Tamper::DpopJkt) => replace_parameter(url, "dpop_jkt", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        _ => url.to_owned(),
    };
    let (host, request) = Message::get(&url, "").ok_or_else(|| fail("the authorization endpoint is no URL"))?;
    let response = exchange(&host, &request).await.map_err(|error| Failure::at(step::AUTHORIZE, error))?;
    let location = response.header("location").ok_or_else(|| fail("the server did not redirect"))?;
    let (_, query) = location.split_once('?').ok_or_else(|| fail("the callback has no query"))?;
    Ok(match tamper {
        Some(Tamper::State) => replace_parameter(query, "state", "another"),
        Some(Tamper::Iss) => replace_parameter(query, "iss", "https%3A%2F%2Fother.example"),
        Some(Tamper::CallbackDuplicate) => format!("{query}&code=another"),
        _ => query.to_owned(),
    })
}

/// The text with the value of this parameter replaced, wherever it stands.
pub(super) fn replace_parameter(text: &str, name: &str, value: &str) -> String {
    let (before, query) = text.split_once('?').map_or((None, text), |(before, query)| (Some(before), query));
    let replaced: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((known, _)) if known == name => format!("{name}={value}"),
            _ => pair.to_owned(),
        })
        .collect();
    let query = replaced.join("&");
    before.map_or(query.clone(), |before| format!("{before}?{query}"))
}

/// A URL or form with every value cut after eight characters.
pub(super) fn shorten_query(text: &str) -> String {
    let (before, query) = text.split_once('?').map_or(("", text), |(before, query)| (before, query));
    let short: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", shorten(value)),
            None => pair.to_owned(),
        })
        .collect();
    let query = short.join("&");
    if before.is_empty() { query } else { format!("{before}?{query}") }
}

/// The first characters of a long text.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() > 24 {
        let start: String = text.chars().take(8).collect();
        format!("{start}..")
    } else {
        text.to_owned()
    }
}
