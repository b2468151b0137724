//! A token request with `private_key_jwt`, from the plan to what is sent, beside the signature of its assertion.

use core::error::Error;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_benches::{Case, NULL, pkcs8_der};
use symbolon_client::{Client, OutgoingRequest};
use symbolon_client_auth::{AssertionSigner, ClientAuthentication};
use symbolon_crypto::{CryptoProvider, PrivateKey};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{SigningKey, UnverifiedJwt};
use symbolon_testkit::{keys, now};
use symbolon_token_request::TokenRequest;
use symbolon_types::{Alg, ClientId, Issuer, Scope};

use crate::leaked;

pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    let mut cases = Vec::new();
    for (name, crypto, alg, pem) in [
        ("null", &NULL, Alg::Es256, keys::P256),
        ("ES256", &PROVIDER, Alg::Es256, keys::P256),
        ("Ed25519", &PROVIDER, Alg::Ed25519, keys::ED25519),
        ("RS256", &PROVIDER, Alg::Rs256, keys::RSA_2048),
    ] {
        let der = pkcs8_der(pem);
        let key = SigningKey::from_pkcs8_der(crypto, &der, Some(alg))?.with_kid("2026");
        let client: &Client = leaked(client(crypto, key)?);
        let scope: &Scope = leaked(Scope::parse("read write")?);
        let request = move || request(client, scope);
        let assertion = asserted(&request(), &key_of(crypto, &der, alg)?);
        let case = Case::new(format!("request private_key_jwt {name}"), request);
        if name == "null" {
            cases.push(case.within(3_000.0, 1_500.0).counted());
            continue;
        }
        let signer = crypto.signature(alg)?.load_private(&PrivateKey::Pkcs8(&der))?;
        let (message, mut signature) = (assertion.into_bytes(), Vec::new());
        let bare = format!("request private_key_jwt {name}, bare");
        cases.push(Case::new(bare.as_str(), move || {
            signature.clear();
            signer.sign(PROVIDER.random, &message, &mut signature).expect("the backend signs");
        }));
        cases.push(case.above(bare).within(3_000.0, 1_500.0));
    }
    Ok(cases)
}

fn client(crypto: &CryptoProvider, key: SigningKey) -> Result<Client, Box<dyn Error>> {
    let issuer = Issuer::parse("https://op.example/")?;
    let authentication = ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &issuer));
    let builder = Client::builder(issuer, ClientId::parse("client.example")?, *crypto);
    Ok(builder.token_endpoint("https://op.example/token").authentication(authentication).build()?)
}

fn request(client: &Client, scope: &Scope) -> OutgoingRequest {
    let sending = client.client_credentials(Some(scope.clone()), now()).expect("a confidential client");
    let (request, _pending) = sending.ready().expect("the key is here");
    request
}

fn key_of(crypto: &CryptoProvider, der: &[u8], alg: Alg) -> Result<symbolon_jose::VerifyingKey, Box<dyn Error>> {
    Ok(SigningKey::from_pkcs8_der(crypto, der, Some(alg))?.verifying_key(crypto)?)
}

/// The octets that were signed. The request is the right one, and its signature is good.
fn asserted(request: &OutgoingRequest, key: &symbolon_jose::VerifyingKey) -> String {
    let form = TokenRequest::parse(request.body().expose().as_bytes().to_vec()).expect("a form");
    assert_eq!(form.parameter("scope"), Some("read write"));
    assert_eq!(form.parameter("client_id"), Some("client.example"));
    let assertion = form.parameter("client_assertion").expect("an assertion");
    assert!(UnverifiedJwt::parse(assertion).expect("a JWS").verify(key).is_ok());
    let (input, signature) = assertion.rsplit_once('.').expect("a compact JWS");
    assert!(URL_SAFE_NO_PAD.decode(signature).is_ok_and(|signature| signature.len() >= 64));
    input.to_owned()
}
