//! A token by `client_credentials` (RFC 6749 §4.4), sent by a blocking HTTP library: no runtime, no adapter.
//!
//! ```text
//! symbolon serve --development --config crates/cli/examples/development.toml
//! cargo run -p symbolon-client --example ureq
//! ```
use core::{error::Error, time::Duration};

use symbolon_client::{
    Client, Delivery, IncomingResponse, OutgoingRequest, Received,
    client_auth::ClientAuthentication,
    types::{ClientId, Issuer, Scope},
};
use symbolon_crypto_ring::PROVIDER;
use time::UtcDateTime;
use ureq::Agent;

fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::builder(Issuer::parse("http://127.0.0.1:8080")?, ClientId::parse("basic")?, PROVIDER)
        .token_endpoint("http://127.0.0.1:8080/token")
        .authentication(ClientAuthentication::Basic("basic-0123456789abcdef0123456789abcdef".into()))
        .build()?;
    let agent = agent();
    let mut sending = client.client_credentials(Some(Scope::parse("read")?), UtcDateTime::now())?;
    loop {
        let (request, pending) = sending.ready()?;
        let response = match send(&agent, &request, client.policy().limits.response_bytes) {
            Ok(response) => response,
            Err(error) => {
                eprintln!("no answer: {error}");
                // What it says of the grant matters where a code or a refresh token was sent.
                return Err(pending.lost(Delivery::Unknown).into());
            }
        };
        match pending.receive(&response, UtcDateTime::now())? {
            Received::Tokens(tokens) => {
                println!("an access token until {:?}", tokens.without_id_token()?.expires_at());
                return Ok(());
            }
            // Once at most, for a client with a DPoP key.
            Received::SendAgain(again) => sending = again,
            Received::Refused(answer) => return Err(answer.to_string().into()),
            _ => return Err("an answer of a later version".into()),
        }
    }
}

/// What a sender must be: it follows no redirect, hands every status back, asks no proxy of the environment, and gives up.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(30)));
    config.build().into()
}

/// Sends the request once, and reads no more of the answer than the client takes.
fn send(agent: &Agent, request: &OutgoingRequest, limit: usize) -> Result<IncomingResponse, Box<dyn Error>> {
    let mut sent = agent.post(request.url());
    for (name, value) in request.headers() {
        sent = sent.header(*name, value.expose());
    }
    let mut answer = sent.send(request.body().expose())?;
    let body = answer.body_mut().with_config().limit(limit.try_into()?).read_to_vec()?;
    let received = IncomingResponse::new(answer.status().as_u16(), body);
    let headers = answer.headers().iter();
    Ok(headers.fold(received, |received, (name, value)| received.with_header(name.as_str(), value.as_bytes())))
}
