//! A program that signs its users in: OpenID Connect with axum, and no state between the two halves but a sealed cookie.
//!
//! ```text
//! symbolon serve --development --config crates/cli/examples/development.toml
//! cargo run -p symbolon-reqwest --example login_axum
//! open http://127.0.0.1:9000/login
//! ```
//!
//! The cookies are `Secure` here too, where there is no TLS: Chrome, Edge and Firefox take such cookies from a loopback
//! address, Safari does not. Nothing switches the attribute off, so nobody can forget to switch it on.

mod login;

use core::error::Error;
use std::collections::HashMap;

use symbolon_client::{
    Client, SealingKey,
    client_auth::ClientAuthentication,
    types::{Alg, ClientId, Issuer, SecretBytes},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_reqwest::Sender;
use time::UtcDateTime;
use tokio::{net::TcpListener, sync::Mutex};

use crate::login::{App, routes};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = Issuer::parse("http://127.0.0.1:8080")?;
    let sender = Sender::new()?;
    let client = Client::builder(issuer.clone(), ClientId::parse("basic")?, PROVIDER)
        .metadata(&sender.metadata(&issuer).await?)
        .authentication(ClientAuthentication::Basic("basic-0123456789abcdef0123456789abcdef".into()))
        .id_token_algorithms([Alg::Es256])
        .redirect_uri("http://127.0.0.1:9000/cb")
        .build()?;

    // New at each start. A program of several processes reads one from where its other secrets are.
    let mut octets = [0; SealingKey::MIN_BYTES];
    PROVIDER.random.fill(&mut octets)?;
    let key = SealingKey::new(&PROVIDER, &SecretBytes::new(octets))?;
    let (sessions, taken) = (Mutex::new(HashMap::new()), Mutex::new(HashMap::new()));
    let app = App { client, sender, key, clock: UtcDateTime::now, sessions, taken };

    let listener = TcpListener::bind("127.0.0.1:9000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes(app)).await?;
    Ok(())
}
