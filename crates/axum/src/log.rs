use std::time::Instant;

use http::Method;
use symbolon_server::{Reason, Settled};
use symbolon_types::{AuthMethod, ClientId, ErrorCode, GrantType, Rule};

/// The one event of a request in which a client authenticates (security decision D21): names and numbers, nothing that the peer
/// chose freely but the id of a client that authenticated.
pub(crate) fn client_request(endpoint: &'static str, settled: &Settled, method: &Method, started: Instant) {
    let reason = settled.reason();
    let code = reason.and_then(code);
    // What a store or a signer said is for the operator, and nobody else wrote it.
    let cause = reason.filter(|reason| matches!(reason, Reason::Unavailable { .. } | Reason::Signer(_)));
    tracing::info!(
        target: TARGET,
        endpoint,
        method = name(method),
        grant_type = settled.grant_type().map(registered),
        client_id = settled.client_id().map(ClientId::as_str),
        auth_method = settled.auth_method().map(AuthMethod::as_str),
        status = settled.status(),
        rule = reason.map(|reason| reason.rule().id()),
        error = code.as_ref().map(ErrorCode::as_str),
        cause = cause.map(tracing::field::display),
        micros = micros(started),
    );
}

/// The one event of a request that was refused before anybody decided.
pub(crate) fn refused(endpoint: &'static str, method: &Method, status: u16, rule: Rule, started: Instant) {
    tracing::info!(target: TARGET, endpoint, method = name(method), status, rule = rule.id(), micros = micros(started));
}

/// The one event of any other request.
pub(crate) fn request(endpoint: &'static str, method: &Method, status: u16, started: Instant) {
    tracing::info!(target: TARGET, endpoint, method = name(method), status, micros = micros(started));
}

fn code(reason: &Reason) -> Option<ErrorCode> {
    match reason {
        Reason::Extension { code, .. } => Some(code.clone()),
        other => other.rule().code(),
    }
}

/// Registered methods by their name; a method may be any token of the peer's choice.
fn name(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "POST" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "PATCH" | "TRACE" | "CONNECT") => known,
        _ => "other",
    }
}

fn registered(grant_type: &GrantType) -> &str {
    match grant_type {
        GrantType::Other(_) => "other",
        registered => registered.as_str(),
    }
}

fn micros(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}

const TARGET: &str = "symbolon_axum";
