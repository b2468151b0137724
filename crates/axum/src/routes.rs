use core::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    response::Response,
    routing::{any, get},
};
use http::Method;
use symbolon_http::{ClientCertError, TrustedProxy, peer_certificate, request_parts, response};
use symbolon_server::Settled;
use symbolon_token_response::{Refused, RefusedAtResource};
use symbolon_types::{PeerCertificate, RequestParts, ResponseParts, Rule};

use crate::{ListenerId, Respond, RespondToBackchannel, RespondToDevices, TokenEndpoint, body, cors::readable, log};

/// The routes, ready to be merged into a router or nested in one.
///
/// | path (see [`Paths`](crate::Paths)) | methods | answer |
/// |---|---|---|
/// | `/token` | every one | of `symbolon-server`; 405 with `Allow: POST` for another method than POST |
/// | `/device_authorization`, if there is one | every one | of `symbolon-server`; 405 with `Allow: POST` likewise |
/// | `/bc-authorize`, if there is one | every one | of `symbolon-server`; 405 with `Allow: POST` likewise |
/// | `/userinfo` | every one | of `symbolon-server`; 405 for another method than GET and POST |
/// | `/jwks` | GET | the JWK set as `application/jwk-set+json`, cacheable |
/// | `/.well-known/openid-configuration` | GET | the metadata as JSON, cacheable |
/// | `/.well-known/oauth-authorization-server` | GET | the same |
///
/// With an [`Origin`](crate::Origin) every `OPTIONS` is taken for what a browser asks beforehand: it is answered here, by 200 and
/// an empty body, whoever sent it.
///
/// Where the router is nested, the metadata's URLs are yours to say ([`TokenEndpointBuilder::metadata`]).
///
/// # Panics
/// As [`Router::route`] does: if a path does not begin with `/`, or two are the same.
///
/// [`TokenEndpointBuilder::metadata`]: crate::TokenEndpointBuilder::metadata
pub fn routes<R: Respond>(endpoint: TokenEndpoint<R>) -> Router {
    let paths = endpoint.paths().clone();
    let origins = endpoint.origins().to_vec();
    let open = |route, methods: &[Method]| readable(route, &origins, methods);
    // Neither devices nor confidential clients are scripts of a browser.
    let closed = [
        (&paths.device_authorization, endpoint.device_route()),
        (&paths.backchannel_authentication, endpoint.backchannel_route()),
    ];
    let closed = closed.into_iter().filter_map(|(path, route)| Some((path, route?)));
    closed
        .fold(Router::new(), |router, (path, route)| router.route(path, route))
        .route(&paths.token, open(any(token::<R>), &[Method::POST]))
        .route(&paths.userinfo, open(any(userinfo::<R>), &[Method::GET, Method::POST]))
        .route(&paths.jwks, open(get(jwks::<R>), &[Method::GET]))
        .route(&paths.openid_configuration, open(get(metadata::<R>), &[Method::GET]))
        .route(&paths.authorization_server, open(get(metadata::<R>), &[Method::GET]))
        .with_state(endpoint)
}

async fn token<R: Respond>(State(endpoint): State<TokenEndpoint<R>>, request: Request) -> Response {
    let responder = endpoint.responder();
    form(&endpoint, "token", request, |parts| responder.token(parts, endpoint.now())).await
}

pub(crate) async fn device_authorization<R: RespondToDevices>(
    State(endpoint): State<TokenEndpoint<R>>,
    request: Request,
) -> Response {
    let (responder, uri) = (endpoint.responder(), endpoint.verification_uri().unwrap_or_default());
    let decide = |parts| responder.device_authorization(parts, uri, endpoint.now());
    form(&endpoint, "device_authorization", request, decide).await
}

pub(crate) async fn backchannel_authentication<R: RespondToBackchannel>(
    State(endpoint): State<TokenEndpoint<R>>,
    request: Request,
) -> Response {
    let responder = endpoint.responder();
    let decide = |parts| responder.backchannel_authentication(parts, endpoint.now());
    form(&endpoint, "backchannel_authentication", request, decide).await
}

/// A form in which a client authenticates: read to its end, then decided.
async fn form<R: Respond, F: Future<Output = Settled>>(
    endpoint: &TokenEndpoint<R>,
    name: &'static str,
    request: Request,
    decide: impl FnOnce(RequestParts) -> F,
) -> Response {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let refuse = |rule: Rule| {
        let realm = endpoint.responder().endpoint().issuer().as_str();
        let refused = Refused::new(rule).realm(realm).into_response();
        log::refused(name, &head.method, refused.status(), rule, started);
        response(refused)
    };
    // What is not whole was never asked: the form might have gone on.
    let Ok(body) = body::read(body).await else { return refuse(Rule::FormSyntax) };
    let parts = match parts(&head, body) {
        Ok(parts) => parts,
        Err(error) => return refuse(error.rule()),
    };
    let settled = decide(parts).await;
    log::client_request(name, &settled, &head.method, started);
    response(settled.into_response())
}

async fn userinfo<R: Respond>(State(endpoint): State<TokenEndpoint<R>>, request: Request) -> Response {
    let started = Instant::now();
    // The access token comes in the header; a body is not read.
    let (head, _body) = request.into_parts();
    let parts = match parts(&head, Vec::new()) {
        Ok(parts) => parts,
        Err(error) => {
            let realm = endpoint.responder().endpoint().issuer().as_str();
            let refused = RefusedAtResource::new(error.rule()).realm(realm).into_response();
            log::refused("userinfo", &head.method, refused.status(), error.rule(), started);
            return response(refused);
        }
    };
    let answer = endpoint.responder().userinfo(parts, endpoint.now()).await.into_response();
    log::request("userinfo", &head.method, answer.status(), started);
    response(answer)
}

async fn jwks<R: Respond>(State(endpoint): State<TokenEndpoint<R>>, request: Request) -> Response {
    let started = Instant::now();
    let answer = document("application/jwk-set+json", endpoint.jwks());
    log::request("jwks", request.method(), answer.status(), started);
    response(answer)
}

async fn metadata<R: Respond>(State(endpoint): State<TokenEndpoint<R>>, request: Request) -> Response {
    let started = Instant::now();
    let answer = document("application/json", endpoint.metadata());
    log::request("metadata", request.method(), answer.status(), started);
    response(answer)
}

/// A public document that may be kept for a while.
fn document(content_type: &'static str, text: &str) -> ResponseParts {
    let headers = vec![("content-type", content_type.into()), ("cache-control", CACHE_CONTROL.into())];
    ResponseParts::new(200, headers, text.as_bytes().to_vec())
}

/// The request with what the server that runs the router says of the connection.
fn parts(head: &http::request::Parts, body: Vec<u8>) -> Result<RequestParts, ClientCertError> {
    let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let proxy = head.extensions.get::<TrustedProxy>();
    let certificate = peer_certificate(head, peer, head.extensions.get::<PeerCertificate>(), proxy)?;
    // The proxy's address is nobody's to count attempts by.
    let peer: Option<IpAddr> = peer.filter(|peer| !proxy.is_some_and(|proxy| proxy.is_at(Some(*peer))));
    let listener = head.extensions.get::<ListenerId>().map_or("", ListenerId::as_str);
    Ok(request_parts(head, body).endpoint(listener).peer_certificate(certificate).peer_network(peer))
}

/// Keys and metadata are kept five minutes: a new key is published at least that long before it signs.
const CACHE_CONTROL: &str = "public, max-age=300";
