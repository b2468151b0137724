//! From the PEM file of a key to an access token, by `private_key_jwt` (RFC 7523 §2.2) and `client_credentials`.
use symbolon_client::client_auth::{AssertionSigner, ClientAuthentication};
use symbolon_client::{Client, Received, jose::SigningKey, types::ClientId, types::Issuer, types::Scope};
use symbolon_crypto_ring::PROVIDER;
use symbolon_reqwest::Sender;
use time::UtcDateTime;

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let issuer = Issuer::parse("http://127.0.0.1:8080")?;
    let pem = std::fs::read_to_string("crates/cli/examples/app.key.pem")?;
    let key = SigningKey::from_pem(&PROVIDER, &pem, None)?.with_kid("app-1");
    let sender = Sender::new()?;
    let client = Client::builder(issuer.clone(), ClientId::parse("app")?, PROVIDER)
        .metadata(&sender.metadata(&issuer).await?)
        .authentication(ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &issuer)))
        .build()?;
    let sending = client.client_credentials(Some(Scope::parse("read")?), UtcDateTime::now())?;
    let Received::Tokens(tokens) = sender.request_tokens(sending, UtcDateTime::now).await? else {
        return Err("refused".into());
    };
    println!("an access token until {:?}", tokens.without_id_token()?.expires_at());
    Ok(())
}
