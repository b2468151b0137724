use std::{io, time::Instant};

use axum::http::{Method, StatusCode};
use tracing::level_filters::LevelFilter;

/// One line per request to stderr, from now on. As JSON if asked for.
///
/// What enters a line is decided where the event is made; nothing is added here but the time and the level.
pub(super) fn start(json: bool) {
    let lines = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(LevelFilter::INFO).with_target(false);
    // Somebody who listens already goes on listening.
    let _ = if json {
        tracing::subscriber::set_global_default(lines.json().finish())
    } else {
        tracing::subscriber::set_global_default(lines.finish())
    };
}

/// The line of a request that no route takes. Its path is the peer's free choice and stays out.
pub(super) async fn not_found(method: Method) -> StatusCode {
    unrouted(&method, StatusCode::NOT_FOUND)
}

/// The line of a request whose route does not take its method.
pub(super) async fn method_not_allowed(method: Method) -> StatusCode {
    unrouted(&method, StatusCode::METHOD_NOT_ALLOWED)
}

fn unrouted(method: &Method, status: StatusCode) -> StatusCode {
    tracing::info!(endpoint = "none", method = method_name(method), status = status.as_u16());
    status
}

/// Registered methods by their name; a method may be any token of the peer's choice.
pub(super) fn method_name(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "POST" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "PATCH" | "TRACE" | "CONNECT") => known,
        _ => "other",
    }
}

pub(super) fn micros(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}
