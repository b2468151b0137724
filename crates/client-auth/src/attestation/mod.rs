//! Attestation-based client authentication, `attest_jwt_client_auth`, as [draft-ietf-oauth-attestation-based-client-auth-10]
//! has it: an attester that the server trusts signs the key of one instance of the client; the instance proves it.
//!
//! The feature `unstable-attestation` follows that draft: this module may change in any release.
//!
//! A server judges the two headers and vouches for the client; it is a method that is carried by headers of its own:
//! ```
//! use symbolon_client_auth::{
//!     Checks, RegisteredCredentials,
//!     attestation::{ATTEST_JWT_CLIENT_AUTH, AttestationEvidence, AttestationSigner, PresentedAttestation},
//!     jose::{SigningKey, VerifyingKeys},
//!     policy::Policy,
//!     types::{Alg, AuthMethod, ClientId, Issuer, Trace, Values},
//! };
//! use symbolon_crypto_ring::PROVIDER;
//! use time::UtcDateTime;
//!
//! let (now, issuer) = (UtcDateTime::from_unix_timestamp(1_700_000_000)?, Issuer::parse("https://as.example")?);
//! let client_id = ClientId::parse("wallet")?;
//! let (attester, _) = SigningKey::generate(&PROVIDER, Alg::Es256)?;
//! let (instance, _) = SigningKey::generate(&PROVIDER, Alg::Es256)?;
//!
//! // The attester: not of this crate. It signs the instance's public key.
//! let cnf: serde_json::Value = serde_json::from_str(&instance.public_jwk().expect("a key pair").to_json())?;
//! let claims = serde_json::json!({ "sub": "wallet", "exp": 1_700_003_600, "cnf": { "jwk": cnf } });
//! let attestation = attester.sign(&PROVIDER, Some("oauth-client-attestation+jwt"), &claims)?;
//!
//! // The client's half.
//! let signer = AttestationSigner::new(attestation.into(), instance, &issuer)?;
//! let applied = signer.apply(&PROVIDER, &client_id, None, now)?;
//!
//! // The server's half.
//! let [mut header, mut pop] = [Values::default(), Values::default()];
//! header.push(applied.headers[0].1.expose().as_bytes());
//! pop.push(applied.headers[1].1.expose().as_bytes());
//! let presented = PresentedAttestation::read(&header, &pop, Some("wallet"))?.expect("both headers");
//! let registered =
//!     RegisteredCredentials::new(client_id, AuthMethod::parse(ATTEST_JWT_CLIENT_AUTH));
//! let checks = Checks {
//!     crypto: &PROVIDER,
//!     policy: &Policy::OAUTH_2_1.assertion,
//!     issuer: &issuer,
//!     token_endpoint: "https://as.example/token",
//! };
//! let attesters = VerifyingKeys::new(vec![attester.verifying_key(&PROVIDER)?]);
//! let evidence = AttestationEvidence { attesters: &attesters, challenge: None };
//! let attested =
//!     checks.check_attestation(&presented, Some(&registered), &evidence, &mut Trace::stop_at_first(), now)?;
//! let proven = attested.into_vouched().into_proven(&registered)?;
//! assert_eq!(proven.client_id().as_str(), "wallet");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Out of scope
//! An attestation with a MAC, which the draft allows; a DPoP proof in place of the proof (`attest_jwt_client_auth_dpop`);
//! making and remembering challenges; finding out whom to trust as an attester; attestations as a signal beside another
//! method, which are then not read.
//!
//! [draft-ietf-oauth-attestation-based-client-auth-10]: https://datatracker.ietf.org/doc/html/draft-ietf-oauth-attestation-based-client-auth-10

mod check;
mod error;
mod presented;
mod signer;

pub use check::{AttestationEvidence, Attested};
pub use error::AttestationError;
pub use presented::PresentedAttestation;
pub use signer::AttestationSigner;

/// The method's name (§8). It is [`AuthMethod::Other`](crate::types::AuthMethod) until the draft is an RFC.
pub const ATTEST_JWT_CLIENT_AUTH: &str = "attest_jwt_client_auth";

/// `typ` of an attestation (§4).
const ATTESTATION_TYP: &str = "oauth-client-attestation+jwt";
/// `typ` of a proof (§5.1).
const POP_TYP: &str = "oauth-client-attestation-pop+jwt";
