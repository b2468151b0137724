//! Every way in which a token request, a device authorization request or a backchannel authentication request is refused.
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use symbolon_policy::RefreshMode;
use symbolon_server::{
    Decision,
    client_auth::ClientKeys,
    jose::SigningKey,
    types::{AuthMethod, ClientId, Method, Rule},
};
use symbolon_testkit::{
    certificates::{BUSINESS, BUSINESS_KEY, INTERMEDIATE, ORGANIZATION_NUMBER, SELF_SIGNED_OTHER_KEY, WILDCARD},
    keys, now,
};
use symbolon_token_request::encode_component;
use time::Duration;

use super::{
    Asks, Case,
    Ends::{
        self, InvalidDpopProof, KnownAssertion, KnownProof, NotApplied, NotAuthenticated, Refused, Replay, UseDpopNonce,
    },
    Fault, Polls, Proofs, Request, Setup, Stage,
    authorization::{ACCESS_TOKEN, redeem, voucher},
    devices::{poll, poll_by_ciba},
    jwts::{self, ID_JAG_IDP, IDP_KEY, MAC_KEY, PROOF_KEYS, SIGNING_KEY, SILENT_IDP},
    program::{TOKEN_URL, UNREGISTERED},
    stage::{BASIC, not_validated, validated},
};
use crate::support::ISSUER;

/// By a signed assertion, by one with a MAC, by a secret, and not at all.
pub const EVERYBODY: &[AuthMethod] =
    &[AuthMethod::PrivateKeyJwt, AuthMethod::ClientSecretJwt, AuthMethod::ClientSecretBasic, AuthMethod::None];
pub const WITH_ASSERTION: &[AuthMethod] = &[AuthMethod::PrivateKeyJwt, AuthMethod::ClientSecretJwt];
const WITH_SECRET: &[AuthMethod] = &[AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
const WITH_KEY: &[AuthMethod] = &[AuthMethod::PrivateKeyJwt];
const WITH_HEADER: &[AuthMethod] = &[AuthMethod::ClientSecretBasic];
const WITH_NAME: &[AuthMethod] = &[AuthMethod::TlsClientAuth];
const WITH_CERTIFICATE: &[AuthMethod] = &[AuthMethod::SelfSignedTlsClientAuth];
const SHARING_A_SECRET: &[AuthMethod] =
    &[AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost, AuthMethod::ClientSecretJwt];
const CONFIDENTIAL: &[AuthMethod] =
    &[AuthMethod::PrivateKeyJwt, AuthMethod::ClientSecretJwt, AuthMethod::ClientSecretBasic];
const PUBLIC: &[AuthMethod] = &[AuthMethod::None];
/// Those whose certificate says nothing about who they are.
const BY_OTHER_THAN_CERTIFICATE: &[AuthMethod] =
    &[AuthMethod::PrivateKeyJwt, AuthMethod::ClientSecretBasic, AuthMethod::None];

const CODE: &[Asks] = &[Asks::Code];
const REFRESH: &[Asks] = &[Asks::Refresh];
const VOUCHER: &[Asks] = &[Asks::Voucher];
const DEVICE: &[Asks] = &[Asks::Device];
const CIBA: &[Asks] = &[Asks::Ciba];
/// What one polls for.
const DEFERRED: &[Asks] = &[Asks::Device, Asks::Ciba];
const EXCHANGE: &[Asks] = &[Asks::Exchange];
const ASSERTIONS: &[Asks] = &[Asks::Assertion, Asks::IdJag];
pub const DEVICE_AUTHORIZATION: &[Asks] = &[Asks::DeviceAuthorization];
pub const BACKCHANNEL: &[Asks] = &[Asks::Backchannel];
/// What has a record in the store.
const RECORDED: &[Asks] = &[Asks::Code, Asks::Refresh, Asks::Device, Asks::Ciba];
const UNRECORDED: &[Asks] = &[Asks::ClientCredentials, Asks::Voucher];
/// Of every endpoint some.
const EVERYWHERE: &[Asks] = &[Asks::Code, Asks::Refresh, Asks::DeviceAuthorization, Asks::Backchannel];
/// Whatever ends in tokens.
pub const TOKENS: &[Asks] = &[
    Asks::Code,
    Asks::Refresh,
    Asks::ClientCredentials,
    Asks::Voucher,
    Asks::Device,
    Asks::Ciba,
    Asks::Assertion,
    Asks::IdJag,
    Asks::Exchange,
];
pub const ANYTHING: &[Asks] = &[
    Asks::Code,
    Asks::Refresh,
    Asks::ClientCredentials,
    Asks::Voucher,
    Asks::Device,
    Asks::Ciba,
    Asks::Assertion,
    Asks::IdJag,
    Asks::Exchange,
    Asks::DeviceAuthorization,
    Asks::Backchannel,
];

const NO_PROOF: &[Proofs] = &[Proofs::None];
const A_PROOF: &[Proofs] = &[Proofs::Plain, Proofs::WithNonce];
const WITHOUT_NONCE: &[Proofs] = &[Proofs::Plain];
const WITH_NONCE: &[Proofs] = &[Proofs::WithNonce];
pub const WITH_AND_WITHOUT: &[Proofs] = &[Proofs::None, Proofs::Plain, Proofs::WithNonce];

/// By everybody, for what has a record, with and without proof, unless it says otherwise.
fn case(name: &'static str, ends: Ends, rule: Rule, error: &'static str, spoil: fn(&Stage, &mut Request)) -> Case {
    Case {
        name,
        ends,
        rule,
        status: 400,
        error,
        by: EVERYBODY,
        asks: RECORDED,
        proofs: WITH_AND_WITHOUT,
        finds_a_record: false,
        polls: None,
        setup: None,
        spoil,
    }
}

/// The whole table, in the order in which a request is judged (D10).
pub fn cases() -> Vec<Case> {
    [
        framing(),
        credentials(),
        authentication(),
        assertions(),
        nonces(),
        proofs(),
        bindings(),
        grants(),
        codes(),
        refresh_tokens(),
        polls(),
        device_authorization(),
        backchannel(),
        grant_assertions(),
        exchanges(),
        authorization_details(),
        what_is_issued(),
        ids_that_are_known(),
        replays(),
        answers(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn framing() -> Vec<Case> {
    let framing = |name, rule, spoil| case(name, NotAuthenticated, rule, "invalid_request", spoil).asks(EVERYWHERE);
    vec![
        framing("a GET", Rule::RequestMethod, |_, r| r.method = Method::Get).status(405),
        framing("JSON", Rule::RequestContentType, |_, r| r.content_type = "application/json"),
        framing("two Authorization values", Rule::RequestHeaderOnce, |_, r| {
            r.authorization = vec![BASIC.into(); 2];
        }),
        framing("a parameter in the query", Rule::RequestQuery, |_, r| r.query = Some("code=x")),
        framing("a body that is too long", Rule::RequestLength, |_, r| r.add("x", "a".repeat(65_535))).status(413),
        framing("a malformed form", Rule::FormSyntax, |_, r| r.add("x", "%zz")),
        framing("too many parameters", Rule::FormCount, |_, r| (0..65).for_each(|n| r.add(format!("p{n}"), "x"))),
        framing("a parameter that comes twice", Rule::FormRepeated, |_, r| {
            (0..2).for_each(|_| r.add("grant_type", "x"));
        }),
        framing("one JWT as assertion and grant", Rule::FormOneJwtTwice, |_, r| {
            r.add("assertion", r.assertion_text().to_owned());
        })
        .by(WITH_ASSERTION),
        framing("the client assertion as grant", Rule::FormOneJwtTwice, |_, r| {
            r.set("assertion", r.assertion_text().to_owned());
        })
        .by(WITH_ASSERTION)
        .asks(ASSERTIONS),
        case("no randomness", NotAuthenticated, Rule::RandomAnswers, "server_error", |_, r| {
            r.fault = Fault::NoRandomness;
        })
        .asks(EVERYWHERE)
        .status(500),
    ]
}

fn credentials() -> Vec<Case> {
    let conflict = |name, rule, error, spoil| case(name, NotAuthenticated, rule, error, spoil).asks(EVERYWHERE);
    vec![
        conflict("two secrets", Rule::OneMechanism, "invalid_request", |_, r| {
            r.set("client_secret", "mysecret");
            r.authorization = vec![BASIC.into()];
        })
        .by(WITH_SECRET),
        conflict("an assertion beside Basic", Rule::OneMechanismWithAssertion, "invalid_client", |_, r| {
            r.authorization = vec![BASIC.into()];
        })
        .by(WITH_ASSERTION),
        conflict("an assertion beside a secret", Rule::OneMechanismWithAssertion, "invalid_client", |_, r| {
            r.add("client_secret", "mysecret");
        })
        .by(WITH_ASSERTION),
        conflict("nobody", Rule::ClientIdentified, "invalid_client", |_, r| {
            r.authorization.clear();
            r.assertion = None;
            r.remove("client_id");
            r.remove("client_secret");
        }),
        conflict("an unknown scheme", Rule::AuthorizationScheme, "invalid_client", |_, r| {
            r.authorization = vec!["Bearer x".into()];
        })
        .by(&[AuthMethod::ClientSecretBasic, AuthMethod::TlsClientAuth, AuthMethod::None]),
        conflict("malformed Basic", Rule::BasicSyntax, "invalid_client", |_, r| {
            r.authorization = vec!["Basic !".into()];
        })
        .by(WITH_HEADER),
        conflict("no assertion type", Rule::AssertionType, "invalid_client", |_, r| r.assertion_type = None)
            .by(WITH_ASSERTION),
        conflict("an unknown assertion type", Rule::AssertionType, "invalid_client", |_, r| {
            r.assertion_type = Some("urn:example:other");
        })
        .by(WITH_ASSERTION),
        conflict("another client_id than in the header", Rule::ClientIdAgrees, "invalid_request", |_, r| {
            r.add("client_id", "post");
        })
        .by(WITH_HEADER),
        conflict(
            "another client_id than in the assertion",
            Rule::ClientIdAgreesWithAssertion,
            "invalid_client",
            |_, r| r.add("client_id", "app"),
        )
        .by(WITH_ASSERTION),
    ]
}

fn authentication() -> Vec<Case> {
    let failed = |name, rule, spoil| case(name, NotAuthenticated, rule, "invalid_client", spoil).asks(EVERYWHERE);
    vec![
        failed("an unknown client", Rule::ClientKnown, |stage, r| {
            if r.assertion.is_some() {
                stage.change_assertion(r, |claims| {
                    claims["iss"] = "nobody".into();
                    claims["sub"] = "nobody".into();
                });
            } else if r.authorization.is_empty() {
                r.set("client_id", "nobody");
            } else {
                // `nobody:mysecret`
                r.authorization = vec!["Basic bm9ib2R5Om15c2VjcmV0".into()];
            }
        }),
        failed("a signature where a MAC is registered", Rule::MethodRegistered, |stage, r| {
            stage.sign_assertion_of(r, &SIGNING_KEY, "JWT");
        })
        .by(&[AuthMethod::ClientSecretJwt]),
        failed("a MAC where a signature is registered", Rule::MethodRegistered, |stage, r| {
            stage.sign_assertion_of(r, &MAC_KEY, "JWT");
        })
        .by(WITH_KEY),
        failed("a secret in the form where Basic is registered", Rule::MethodRegistered, |_, r| {
            r.authorization.clear();
            r.add("client_id", "app");
            r.add("client_secret", "mysecret");
        })
        .by(WITH_HEADER),
        failed("Basic where the form is registered", Rule::MethodRegistered, |_, r| {
            r.remove("client_id");
            r.remove("client_secret");
            // `post:mysecret`
            r.authorization = vec!["Basic cG9zdDpteXNlY3JldA==".into()];
        })
        .by(&[AuthMethod::ClientSecretPost]),
        failed("a secret of a client without one", Rule::MethodRegistered, |_, r| r.add("client_secret", "x"))
            .by(&[AuthMethod::TlsClientAuth, AuthMethod::None]),
        failed("too many attempts", Rule::ClientThrottle, |_, r| r.fault = Fault::TooManyAttempts)
            .by(&[AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost, AuthMethod::ClientSecretJwt])
            .status(429),
        failed("a wrong secret in the header", Rule::SecretMatches, |_, r| {
            // `app:wrong`
            r.authorization = vec!["Basic YXBwOndyb25n".into()];
        })
        .by(WITH_HEADER),
        failed("a wrong secret in the form", Rule::SecretMatches, |_, r| r.set("client_secret", "wrong"))
            .by(&[AuthMethod::ClientSecretPost]),
        failed("a secret that has expired", Rule::SecretFresh, |_, r| r.at = late()).by(SHARING_A_SECRET).setup(
            |setup| {
                setup.set_credentials(|credentials| credentials.with_secret_expiry(now().saturating_add(SHORT)));
            },
        ),
        failed("no certificate", Rule::CertificatePresent, |_, r| r.certificate = None)
            .by(&[AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth]),
        failed("a certificate that nobody validated", Rule::CertificateAnchor, |_, r| {
            r.certificate = Some(not_validated(BUSINESS));
        })
        .by(WITH_NAME),
        failed("a certificate of another name", Rule::CertificateName, |_, r| {
            r.certificate = Some(validated(INTERMEDIATE));
        })
        .by(WITH_NAME),
        failed("a certificate that is not registered", Rule::CertificateRegistered, |_, r| {
            r.certificate = Some(not_validated(SELF_SIGNED_OTHER_KEY));
        })
        .by(WITH_CERTIFICATE),
        failed("keys that were not fetched", Rule::FoundComplete, |_, r| r.fault = Fault::KeysNotFetched)
            .by(WITH_KEY)
            .setup(|setup| {
                let uri = ClientKeys::Uri("https://client.example/jwks".into());
                setup.set_credentials(|credentials| credentials.with_keys(uri));
                setup.keys_at_uri = Some(jwts::usual_keys());
            }),
    ]
}

fn assertions() -> Vec<Case> {
    let assertion = |name, rule, spoil| {
        case(name, NotAuthenticated, rule, "invalid_client", spoil).by(WITH_ASSERTION).asks(EVERYWHERE)
    };
    vec![
        assertion("no JWT", Rule::AssertionSyntax, |_, r| r.set_assertion(format!("{}.x", r.assertion_text()))),
        assertion("an assertion without signature", Rule::AssertionAlg, |_, r| {
            r.set_assertion(with_header(r.assertion_text(), &json!({ "alg": "none" })));
        }),
        assertion("an access token", Rule::AssertionTyp, |stage, r| {
            stage.sign_assertion_of(r, stage.setup.key.as_ref().unwrap(), "at+jwt");
        }),
        assertion("an unknown key", Rule::AssertionKey, |stage, r| {
            stage.sign_assertion_of(r, &jwts::key(keys::P384), "JWT");
        })
        .by(WITH_KEY),
        assertion("an unknown certificate", Rule::AssertionX5c, |stage, r| {
            stage.sign_assertion_of(r, &key_of_chain(), "JWT");
        })
        .by(WITH_KEY),
        assertion("a chain that nobody validated", Rule::AssertionChain, |_, r| r.fault = Fault::ChainNotValidated)
            .by(WITH_KEY)
            .setup(signs_by_chain),
        assertion("a chain of another organisation", Rule::AssertionOrganization, |_, r| {
            let header = json!({ "alg": "ES256", "x5c": [STANDARD.encode(WILDCARD)] });
            r.set_assertion(with_header(r.assertion_text(), &header));
        })
        .by(WITH_KEY)
        .setup(signs_by_chain),
        assertion("a forged signature", Rule::AssertionSignature, |_, r| r.set_assertion(forged(r.assertion_text()))),
        assertion("another iss", Rule::AssertionIss, |stage, r| {
            stage.change_assertion(r, |claims| claims["iss"] = "app".into());
        }),
        assertion("no sub", Rule::AssertionSub, |stage, r| stage.change_assertion(r, |claims| remove(claims, "sub"))),
        assertion("another aud", Rule::AssertionAud, |stage, r| {
            stage.change_assertion(r, |claims| claims["aud"] = TOKEN_URL.into());
        }),
        assertion("an exp that is over", Rule::AssertionExp, |stage, r| {
            stage.change_assertion(r, |claims| claims["exp"] = seconds(-60));
        }),
        assertion("an exp in an hour", Rule::AssertionLifetime, |stage, r| {
            stage.change_assertion(r, |claims| claims["exp"] = seconds(3_600));
        }),
        assertion("an nbf in two minutes", Rule::AssertionNbf, |stage, r| {
            stage.change_assertion(r, |claims| claims["nbf"] = seconds(120));
        }),
        assertion("an iat in two minutes", Rule::AssertionIat, |stage, r| {
            stage.change_assertion(r, |claims| claims["iat"] = seconds(120));
        }),
        assertion("no jti", Rule::AssertionJti, |stage, r| stage.change_assertion(r, |claims| remove(claims, "jti"))),
    ]
}

fn nonces() -> Vec<Case> {
    let nonce = |name, spoil| {
        case(name, UseDpopNonce, Rule::DpopNonce, "use_dpop_nonce", spoil).proofs(WITH_NONCE).asks(TOKENS)
    };
    vec![
        nonce("no nonce", |stage, r| stage.change_proof(r, |claims| remove(claims, "nonce"))),
        nonce("a nonce of somebody else's making", |stage, r| {
            stage.change_proof(r, |claims| claims["nonce"] = "x".into());
        }),
        nonce("a nonce that is over", |_, r| r.at = late()).setup(|setup| setup.policy.dpop.nonce_lifetime = SHORT),
        nonce("no nonce, and everything else is wrong as well", |stage, r| {
            stage.change_proof(r, |claims| remove(claims, "nonce"));
            r.certificate = None;
            r.set("grant_type", "password");
        })
        .by(BY_OTHER_THAN_CERTIFICATE)
        .setup(binds_to_both),
    ]
}

fn proofs() -> Vec<Case> {
    let proof = |name, rule, spoil| case(name, InvalidDpopProof, rule, "invalid_dpop_proof", spoil).proofs(A_PROOF);
    vec![
        proof("two proofs", Rule::DpopHeaderOnce, |stage, r| r.proofs.push(stage.proof())),
        proof("no JWT as proof", Rule::DpopSyntax, |_, r| r.set_proof("x.y")),
        proof("a proof of another typ", Rule::DpopTyp, |stage, r| {
            r.set_proof(stage.sign_proof_by(0, "JWT", &stage.proof_claims(r.proofs[0].id)));
        }),
        proof("a proof with a MAC", Rule::DpopAlg, |stage, r| {
            let claims = stage.proof_claims(r.proofs[0].id);
            r.set_proof(stage.sign_assertion_by(&MAC_KEY, "dpop+jwt", &claims));
        }),
        proof("a proof without a key", Rule::DpopKey, |stage, r| {
            let claims = stage.proof_claims(r.proofs[0].id);
            r.set_proof(stage.sign_assertion_by(&SIGNING_KEY, "dpop+jwt", &claims));
        }),
        proof("a forged proof", Rule::DpopSignature, |_, r| r.set_proof(forged(&r.proofs[0].text))),
        proof("another htm", Rule::DpopHtm, |stage, r| stage.change_proof(r, |claims| claims["htm"] = "GET".into())),
        proof("another htu", Rule::DpopHtu, |stage, r| {
            stage.change_proof(r, |claims| claims["htu"] = "https://other.example/token".into());
        }),
        proof("a proof without jti", Rule::DpopJti, |stage, r| stage.change_proof(r, |claims| remove(claims, "jti"))),
        proof("a nonce where there are none", Rule::DpopNonceUnasked, |stage, r| {
            stage.change_proof(r, |claims| claims["nonce"] = "x".into());
        })
        .proofs(WITHOUT_NONCE),
        proof("a proof without iat", Rule::DpopIat, |stage, r| stage.change_proof(r, |claims| remove(claims, "iat"))),
        proof("an old proof", Rule::DpopIat, |stage, r| stage.change_proof(r, |claims| claims["iat"] = seconds(-120)))
            .proofs(WITHOUT_NONCE),
        proof("a proof with an exp that is over", Rule::DpopValidity, |stage, r| {
            stage.change_proof(r, |claims| claims["exp"] = seconds(-1));
        }),
        proof("no proof of a client that must send one", Rule::DpopPresent, |_, r| r.proofs.clear())
            .setup(|setup| setup.client = setup.client.clone().with_dpop_bound_access_tokens(true)),
        proof("no proof for a bound code", Rule::DpopPresent, |_, r| r.proofs.clear())
            .asks(CODE)
            .setup(|setup| setup.is_code_bound = true),
        proof("no proof for a bound refresh token", Rule::DpopPresent, |_, r| r.proofs.clear())
            .asks(REFRESH)
            .by(PUBLIC),
        case("a listener that nobody knows", InvalidDpopProof, Rule::Embedder, "server_error", |_, r| {
            r.listener = "nobody";
        })
        .proofs(A_PROOF)
        .status(500),
    ]
}

/// What is judged of the keys that are shown, once the proof holds.
fn bindings() -> Vec<Case> {
    let binding = |name, rule, spoil| case(name, Refused, rule, "invalid_request", spoil).by(BY_OTHER_THAN_CERTIFICATE);
    vec![
        binding("no certificate where tokens are bound to it", Rule::CertificateBound, |_, r| r.certificate = None)
            .proofs(NO_PROOF)
            .setup(binds_to_certificate),
        binding("a proof without the certificate beside it", Rule::CertificateBound, |_, r| r.certificate = None)
            .proofs(A_PROOF)
            .setup(binds_to_both),
        binding("a proof beside a certificate", Rule::OneBinding, |stage, r| r.proofs = vec![stage.proof()])
            .proofs(NO_PROOF)
            .setup(binds_to_certificate),
    ]
}

fn grants() -> Vec<Case> {
    vec![
        case("no grant type", Refused, Rule::FormMissing, "invalid_request", |_, r| r.remove("grant_type"))
            .asks(TOKENS),
        case("an unknown grant type", Refused, Rule::GrantKnown, "unsupported_grant_type", |_, r| {
            r.set("grant_type", "password");
        })
        .asks(TOKENS),
        case("a grant type of other clients", Refused, Rule::GrantAllowed, "unauthorized_client", |_, r| {
            r.set("grant_type", UNREGISTERED);
        })
        .asks(TOKENS),
        case("client credentials of nobody", Refused, Rule::GrantAllowed, "unauthorized_client", |_, r| {
            r.set("grant_type", "client_credentials");
        })
        .by(PUBLIC),
        case("no code", Refused, Rule::FormMissing, "invalid_request", |_, r| r.remove("code")).asks(CODE),
        case("no refresh token", Refused, Rule::FormMissing, "invalid_request", |_, r| r.set("refresh_token", ""))
            .asks(REFRESH),
        case("a malformed scope", Refused, Rule::ScopeSyntax, "invalid_scope", |_, r| r.set("scope", "\"")).asks(&[
            Asks::Refresh,
            Asks::ClientCredentials,
            Asks::Voucher,
            Asks::Assertion,
            Asks::IdJag,
            Asks::Exchange,
            Asks::DeviceAuthorization,
            Asks::Backchannel,
        ]),
        case("no device code", Refused, Rule::FormMissing, "invalid_request", |_, r| r.remove("device_code"))
            .asks(DEVICE),
        case("no auth_req_id", Refused, Rule::FormMissing, "invalid_request", |_, r| r.remove("auth_req_id"))
            .asks(CIBA),
        case("no assertion", Refused, Rule::FormMissing, "invalid_request", |_, r| r.remove("assertion"))
            .asks(ASSERTIONS),
        case("no subject token", Refused, Rule::FormMissing, "invalid_request", |_, r| r.remove("subject_token"))
            .asks(EXCHANGE),
        case(
            "a refresh where public clients have none",
            Refused,
            Rule::RefreshMethod,
            "unauthorized_client",
            |_, r| {
                r.set("grant_type", "refresh_token");
                r.set("refresh_token", "x");
            },
        )
        .by(PUBLIC)
        .asks(CODE)
        .setup(|setup| setup.policy.refresh.public_clients = false),
    ]
}

fn codes() -> Vec<Case> {
    let code = |name, rule, spoil| case(name, Refused, rule, "invalid_grant", spoil).asks(CODE);
    vec![
        // Nothing of the client is found: a public one leaves nothing behind.
        code("an unknown code", Rule::CodeKnown, |_, r| r.set("code", "unknown")),
        code("another client's code", Rule::CodeClient, |stage, r| r.set("code", stage.foreign_code().expose())),
        // A code of the client is found: a public one leaves its proof behind.
        code("no verifier", Rule::CodeVerifierPresence, |_, r| r.remove("code_verifier")).finds_a_record(),
        code("a malformed verifier", Rule::CodeVerifierSyntax, |_, r| r.set("code_verifier", "x")).finds_a_record(),
        code("another verifier", Rule::CodeVerifier, |_, r| r.set("code_verifier", "x".repeat(43))).finds_a_record(),
        code("another redirect_uri", Rule::CodeRedirectUri, |_, r| r.set("redirect_uri", "https://app.example/"))
            .finds_a_record(),
        code("another key", Rule::CodeBinding, |stage, r| r.proofs = vec![stage.proof_of_another_key()])
            .proofs(A_PROOF)
            .setup(|setup| setup.is_code_bound = true)
            .finds_a_record(),
        code("a redeemed code with another verifier", Rule::CodeVerifier, |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("code", other.code.expose());
            r.set("code_verifier", "x".repeat(43));
        })
        .finds_a_record(),
        code("an expired code", Rule::CodeFresh, |_, r| r.at = late())
            .setup(|setup| setup.policy.code.lifetime = SHORT)
            .finds_a_record(),
    ]
}

fn refresh_tokens() -> Vec<Case> {
    let refresh = |name, rule, spoil| case(name, Refused, rule, "invalid_grant", spoil).asks(REFRESH);
    vec![
        refresh("a malformed refresh token", Rule::RefreshKnown, |_, r| r.set("refresh_token", "x")),
        refresh("a refresh token of no family", Rule::RefreshKnown, |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("refresh_token", with_another_character(other.current().expose(), 0));
        }),
        refresh("a forged refresh token", Rule::RefreshKnown, |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("refresh_token", forged(other.current().expose()));
        }),
        refresh("another client's refresh token", Rule::RefreshClient, |stage, r| {
            r.set("refresh_token", stage.foreign_refresh_token().expose());
        }),
        refresh("another key", Rule::RefreshBinding, |stage, r| r.proofs = vec![stage.proof_of_another_key()])
            .by(PUBLIC)
            .proofs(A_PROOF)
            .finds_a_record(),
        refresh("another certificate", Rule::RefreshBinding, |_, r| {
            r.certificate = Some(not_validated(b"another"));
        })
        .by(PUBLIC)
        .proofs(NO_PROOF)
        .setup(binds_to_certificate)
        .finds_a_record(),
        refresh("a superseded token with another key", Rule::RefreshBinding, |stage, r| {
            let other = stage.another();
            r.set("refresh_token", other.redeem_and_refresh(stage).expose());
            r.proofs = vec![stage.proof_of_another_key()];
        })
        .by(PUBLIC)
        .proofs(A_PROOF)
        .finds_a_record(),
        refresh("a refresh token of a revoked family", Rule::GrantActive, |stage, r| {
            let other = stage.another();
            let superseded = other.redeem_and_refresh(stage);
            other.present(stage, &superseded);
            r.set("refresh_token", other.current().expose());
        })
        .finds_a_record(),
        refresh("a grant that ended", Rule::GrantActive, |_, r| r.fault = Fault::GrantEnded).finds_a_record(),
        refresh("an expired refresh token", Rule::RefreshFresh, |_, r| r.at = late())
            .setup(|setup| setup.policy.refresh.idle_lifetime = SHORT)
            .finds_a_record(),
        case("a wider scope", Refused, Rule::ScopeNarrows, "invalid_scope", |_, r| r.set("scope", "admin"))
            .asks(REFRESH)
            .finds_a_record(),
    ]
}

fn polls() -> Vec<Case> {
    let poll_with = |name, rule, error, spoil| case(name, Refused, rule, error, spoil).asks(DEFERRED);
    vec![
        // Nothing of the client is found.
        poll_with("polling with what is unknown", Rule::DeferredKnown, "invalid_grant", |_, r| r.set_polled("unknown")),
        poll_with("what the user types in", Rule::DeferredKnown, "invalid_grant", |stage, r| {
            let user_code = stage.poll_undecided(r).user_code.unwrap();
            r.set_polled(user_code);
        })
        .asks(DEVICE)
        .polls(Polls::Not),
        poll_with("the code of a browser", Rule::DeferredKnown, "invalid_grant", |stage, r| {
            r.set_polled(stage.another().code.expose());
        }),
        poll_with("a device code as auth_req_id", Rule::DeferredKnown, "invalid_grant", |stage, r| {
            let asked = stage.device();
            stage.look_at(asked.id);
            r.set_polled(asked.code.expose());
        })
        .asks(CIBA)
        .polls(Polls::Not),
        poll_with("an auth_req_id as device code", Rule::DeferredKnown, "invalid_grant", |stage, r| {
            let asked = stage.backchannel();
            stage.look_at(asked.id);
            r.set_polled(asked.code.expose());
        })
        .asks(DEVICE)
        .by(CONFIDENTIAL)
        .polls(Polls::Not),
        poll_with("what another client asked", Rule::DeferredClient, "invalid_grant", |stage, r| {
            r.set_polled(stage.foreign().code.expose());
        }),
        poll_with("what another client asked and was approved", Rule::DeferredClient, "invalid_grant", |stage, r| {
            let asked = stage.foreign();
            stage.approve(&asked);
            r.set_polled(asked.code.expose());
        }),
        poll_with("what another client asked and redeemed", Rule::DeferredClient, "invalid_grant", |stage, r| {
            let asked = stage.foreign();
            stage.approve(&asked);
            let redeeming = if stage.asks == Asks::Ciba { poll_by_ciba } else { poll };
            let mut own = Request::new(redeeming(&asked.code));
            stage.sign_in_as_foreign_client(&mut own);
            stage.accept(&own, "the other client's own");
            r.set_polled(asked.code.expose());
        }),
        // One of the client is found.
        poll_with("what nobody decided", Rule::DeferredDecided, "authorization_pending", |stage, r| {
            stage.poll_undecided(r);
        })
        .polls(Polls::InTime)
        .finds_a_record(),
        poll_with("what nobody decided, too soon", Rule::DeferredPace, "slow_down", |stage, r| {
            stage.poll_undecided(r);
            assert_eq!(stage.send(&stage.renewed(r)).status(), 400);
        })
        .polls(Polls::TooSoon)
        .finds_a_record(),
        poll_with(
            "for another resource, and nobody decided",
            Rule::DeferredDecided,
            "authorization_pending",
            |stage, r| {
                stage.poll_undecided(r);
                r.set("resource", "https://other.example");
            },
        )
        .polls(Polls::InTime)
        .finds_a_record(),
        poll_with("what was denied", Rule::DeferredDenied, "access_denied", |stage, r| {
            let asked = stage.poll_undecided(r);
            stage.decide_for(&asked, Decision::Deny);
        })
        .polls(Polls::Not)
        .finds_a_record(),
        poll_with("what is over before anybody decided", Rule::DeferredFresh, "expired_token", |stage, r| {
            stage.poll_undecided(r);
            r.at = late();
        })
        .setup(|setup| setup.policy.deferred.lifetime = SHORT)
        .polls(Polls::InTime)
        .finds_a_record(),
        poll_with("what was approved and is over", Rule::DeferredFresh, "expired_token", |_, r| r.at = late())
            .setup(|setup| setup.policy.deferred.lifetime = SHORT)
            .finds_a_record(),
    ]
    .into_iter()
    .chain(polls_that_are_refused_before())
    .collect()
}

/// What is refused before the row is looked up is no poll.
fn polls_that_are_refused_before() -> Vec<Case> {
    vec![
        case("a poll with a wrong secret", NotAuthenticated, Rule::SecretMatches, "invalid_client", |stage, r| {
            stage.poll_undecided(r);
            // `app:wrong`
            r.authorization = vec!["Basic YXBwOndyb25n".into()];
        })
        .by(WITH_HEADER),
        case("a poll without nonce", UseDpopNonce, Rule::DpopNonce, "use_dpop_nonce", |stage, r| {
            stage.poll_undecided(r);
            stage.change_proof(r, |claims| remove(claims, "nonce"));
        })
        .proofs(WITH_NONCE),
        case("a poll with a forged proof", InvalidDpopProof, Rule::DpopSignature, "invalid_dpop_proof", |stage, r| {
            stage.poll_undecided(r);
            r.set_proof(forged(&r.proofs[0].text));
        })
        .proofs(A_PROOF),
        case(
            "a poll with malformed details",
            Refused,
            Rule::AuthorizationDetailsSyntax,
            "invalid_authorization_details",
            |stage, r| {
                stage.poll_undecided(r);
                r.set("authorization_details", "%5B");
            },
        ),
        case("a poll with a used assertion", KnownAssertion, Rule::AssertionOnce, "invalid_client", |stage, r| {
            use_assertion(stage, r);
            stage.poll_undecided(r);
        })
        .by(WITH_ASSERTION),
        case("a poll with a used proof", KnownProof, Rule::DpopOnce, "invalid_dpop_proof", |stage, r| {
            use_proof(stage, r);
            stage.poll_undecided(r);
        })
        .proofs(A_PROOF),
        case("a poll that was not applied", NotApplied, Rule::StoreAnswers, "temporarily_unavailable", |stage, r| {
            stage.poll_undecided(r);
            r.fault = Fault::NotApplied;
        })
        .status(503),
    ]
    .into_iter()
    .map(|case| case.asks(DEFERRED).polls(Polls::Not))
    .collect()
}

/// What is asked for before there is a device code.
fn device_authorization() -> Vec<Case> {
    let asked = |name, rule, error, spoil| case(name, Refused, rule, error, spoil).asks(DEVICE_AUTHORIZATION);
    vec![
        asked("where there are no device codes", Rule::GrantKnown, "unsupported_grant_type", |_, r| {
            r.fault = Fault::GrantNotSupported;
        }),
        asked("of a client without device codes", Rule::GrantAllowed, "unauthorized_client", |_, r| {
            r.fault = Fault::GrantNotRegistered;
        }),
        asked("a scope beyond the registration", Rule::ScopeNarrows, "invalid_scope", |_, r| r.set("scope", "admin")),
        // D8: 503 says that nothing was changed.
        case("a user code that is taken", NotApplied, Rule::DeferredUnique, "temporarily_unavailable", |_, r| {
            r.fault = Fault::UserCodeTaken;
        })
        .asks(DEVICE_AUTHORIZATION)
        .status(503),
    ]
}

/// What is asked for before there is an `auth_req_id`, and who is asked.
fn backchannel() -> Vec<Case> {
    let asked = |name, rule, error, spoil| case(name, Refused, rule, error, spoil).asks(BACKCHANNEL);
    let malformed = |name, rule, spoil| asked(name, rule, "invalid_request", spoil);
    vec![
        asked("where there is no CIBA", Rule::GrantKnown, "unsupported_grant_type", |_, r| {
            r.fault = Fault::GrantNotSupported;
        }),
        asked("of a client without CIBA", Rule::GrantAllowed, "unauthorized_client", |_, r| {
            r.fault = Fault::GrantNotRegistered;
        }),
        malformed("no hint", Rule::BackchannelHint, |_, r| r.remove("login_hint")),
        malformed("two hints", Rule::BackchannelHint, |_, r| r.add("id_token_hint", "a.b.c")),
        malformed("a signed request", Rule::BackchannelRequest, |_, r| r.add("request", "a.b.c")),
        malformed("an expiry that is no number", Rule::BackchannelRequest, |_, r| r.add("requested_expiry", "soon")),
        asked("a message of two lines", Rule::BackchannelMessage, "invalid_binding_message", |_, r| {
            r.add("binding_message", "a%0Ab");
        }),
        malformed("no notification token", Rule::BackchannelToken, |_, r| r.remove("client_notification_token"))
            .setup(wants_to_be_told),
        malformed("a notification token that is guessed", Rule::BackchannelToken, |_, r| {
            r.set("client_notification_token", "token");
        })
        .setup(wants_to_be_told),
        asked("no scope", Rule::BackchannelScope, "invalid_scope", |_, r| r.remove("scope")),
        asked("a scope without openid", Rule::BackchannelScope, "invalid_scope", |_, r| r.set("scope", "profile")),
        asked("a scope beyond the client's", Rule::ScopeNarrows, "invalid_scope", |_, r| {
            r.set("scope", "openid+admin");
        }),
        asked("a resource that is no URI", Rule::ResourceNarrows, "invalid_target", |_, r| r.add("resource", "here")),
        // What the program says of the user.
        asked("nobody whom we know", Rule::BackchannelUser, "unknown_user_id", |_, r| r.set("login_hint", "mallory")),
        asked("a hint that is over", Rule::BackchannelHintFresh, "expired_login_hint_token", |_, r| {
            r.remove("login_hint");
            r.add("login_hint_token", "a.b.c");
        }),
        asked("no user code", Rule::BackchannelUserCode, "missing_user_code", |_, r| r.set("login_hint", "bob")),
        asked("a wrong user code", Rule::BackchannelUserCodeRight, "invalid_user_code", |_, r| {
            r.set("login_hint", "bob");
            r.add("user_code", "wrong");
        }),
        asked("a user of whom nobody may ask", Rule::BackchannelAllowed, "access_denied", |_, r| {
            r.set("login_hint", "carol");
        })
        .status(403),
    ]
}

/// Grants that are JWTs. One that is refused is not remembered, and may come again.
fn grant_assertions() -> Vec<Case> {
    let grant = |name, rule, spoil| case(name, Refused, rule, "invalid_grant", spoil).asks(ASSERTIONS);
    vec![
        // Nothing of the client is found.
        grant("no JWT as grant", Rule::GrantAssertionSyntax, |_, r| r.set("assertion", "a.b")),
        grant("a grant without iss", Rule::GrantAssertionIss, |stage, r| {
            stage.change_grant(r, |claims| remove(claims, "iss"));
        }),
        grant("a grant of nobody known", Rule::GrantAssertionIss, |stage, r| {
            stage.change_grant(r, |claims| claims["iss"] = "https://other.idp.example".into());
        }),
        grant("a grant of this server", Rule::GrantAssertionIss, |stage, r| {
            stage.change_grant(r, |claims| claims["iss"] = ISSUER.into());
        }),
        grant("a grant that authenticates a client", Rule::GrantAssertionTyp, |stage, r| {
            stage.sign_grant_of(r, &IDP_KEY, Some("client-authentication+jwt"));
        }),
        grant("a grant with a MAC", Rule::GrantAssertionAlg, |stage, r| stage.sign_grant_of(r, &MAC_KEY, None)),
        grant("a grant without signature", Rule::GrantAssertionAlg, |_, r| {
            r.set("assertion", with_header(r.get("assertion"), &json!({ "alg": "none" })));
        }),
        grant("a grant by an unknown key", Rule::GrantAssertionKey, |stage, r| {
            stage.sign_grant_of(r, &IDP_KEY.clone().with_kid("idp-2"), None);
        }),
        grant("a forged grant", Rule::GrantAssertionSignature, |_, r| r.set("assertion", forged(r.get("assertion")))),
        grant("a grant for another server", Rule::GrantAssertionAud, |stage, r| {
            stage.change_grant(r, |claims| claims["aud"] = "https://other.example".into());
        }),
        grant("a grant that is over", Rule::GrantAssertionExp, |stage, r| {
            stage.change_grant(r, |claims| claims["exp"] = seconds(-60));
        }),
        grant("a grant for an hour", Rule::GrantAssertionLifetime, |stage, r| {
            stage.change_grant(r, |claims| claims["exp"] = seconds(3_600));
        }),
        grant("a grant from two minutes on", Rule::GrantAssertionNbf, |stage, r| {
            stage.change_grant(r, |claims| claims["nbf"] = seconds(120));
        }),
        grant("a grant of two minutes from now", Rule::GrantAssertionIat, |stage, r| {
            stage.change_grant(r, |claims| claims["iat"] = seconds(120));
        }),
        grant("a grant without jti", Rule::GrantAssertionJti, |stage, r| {
            stage.change_grant(r, |claims| remove(claims, "jti"));
        }),
        grant("a grant by who may not speak to the client", Rule::GrantAssertionClient, |stage, r| {
            stage.change_grant(r, |claims| claims["iss"] = SILENT_IDP.into());
        })
        .asks(&[Asks::Assertion]),
        grant("a grant for another client", Rule::GrantAssertionClient, |stage, r| {
            stage.change_grant(r, |claims| claims["client_id"] = "foreign".into());
        })
        .asks(&[Asks::IdJag]),
        grant("a grant for a key that is not shown", Rule::GrantAssertionBinding, |stage, r| {
            let jkt = PROOF_KEYS[1].public_jwk().unwrap().thumbprint(stage.bench.crypto.sha256);
            stage.change_grant(r, |claims| claims["cnf"] = json!({ "jkt": jkt.to_base64url() }));
        }),
        grant("a grant without sub", Rule::GrantAssertionSub, |stage, r| {
            stage.change_grant(r, |claims| remove(claims, "sub"));
        }),
        grant("a grant of a malformed scope", Rule::GrantAssertionGranted, |stage, r| {
            stage.change_grant(r, |claims| claims["scope"] = json!(["read"]));
        }),
        // A grant to the client is found.
        grant("a grant of somebody who is nobody here", Rule::GrantAssertionSub, |stage, r| {
            stage.change_grant(r, |claims| claims["sub"] = "U1".into());
        })
        .finds_a_record(),
        grant("a grant that was used", Rule::GrantAssertionOnce, use_grant).finds_a_record(),
        grant("a grant that is used meanwhile", Rule::GrantAssertionOnce, |stage, r| {
            stage.change_grant(r, |claims| claims["jti"] = "used".into());
            r.fault = Fault::Meanwhile(|stage| {
                let mut used = stage.renewed(&stage.right);
                stage.change_grant(&mut used, |claims| claims["jti"] = "used".into());
                // The second time it is used already.
                let _ = stage.send(&used);
            });
        })
        .finds_a_record(),
        case("a scope beyond the grant", Refused, Rule::ScopeNarrows, "invalid_scope", |_, r| r.set("scope", "openid"))
            .asks(ASSERTIONS)
            .finds_a_record(),
        case("a grant of nothing", Refused, Rule::ScopeNarrows, "invalid_scope", |stage, r| {
            stage.change_grant(r, |claims| claims["scope"] = "admin".into());
        })
        .asks(ASSERTIONS)
        .finds_a_record(),
        case("a grant of the client assertion's id", Refused, Rule::FormOneJwtTwice, "invalid_request", |stage, r| {
            let jti = format!("assertion-{}", r.assertion.as_ref().unwrap().id);
            stage.change_grant(r, |claims| claims["jti"] = jti.into());
        })
        .by(WITH_ASSERTION)
        .asks(&[Asks::IdJag])
        .setup(|setup| {
            setup.set_credentials(|mut credentials| {
                credentials.client_id = ClientId::parse(ID_JAG_IDP).unwrap();
                credentials
            });
        })
        .finds_a_record(),
    ]
}

/// Token exchange, which consumes nothing, whatever its end.
fn exchanges() -> Vec<Case> {
    let exchange = |name, rule, spoil| case(name, Refused, rule, "invalid_request", spoil).asks(EXCHANGE);
    vec![
        // Nothing of the client is found.
        exchange("a subject token of which nobody knows", Rule::ExchangeSubject, |_, r| r.set("subject_token", "none")),
        exchange("a subject token that is said to be another kind", Rule::ExchangeSubject, |_, r| {
            r.set("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
        }),
        exchange("another client's token", Rule::ExchangeHolder, |stage, r| {
            r.set("subject_token", stage.foreign_tokens().access.expose());
        }),
        // A token of the client is.
        exchange("a subject token that was revoked", Rule::ExchangeSubject, |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("subject_token", other.access().expose());
            other.redeem(stage);
        })
        .finds_a_record(),
        exchange("an exchange for a refresh token", Rule::ExchangeTokenType, |_, r| {
            r.set("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token");
        })
        .finds_a_record(),
        exchange("an exchange without a rule", Rule::ExchangeAllowed, |_, r| r.fault = Fault::NoExchangeRule)
            .finds_a_record(),
        case("an exchange for another target", Refused, Rule::ExchangeTarget, "invalid_target", another_resource)
            .asks(EXCHANGE)
            .finds_a_record(),
        case("a bound token without proof", InvalidDpopProof, Rule::DpopPresent, "invalid_dpop_proof", |_, r| {
            r.proofs.clear();
        })
        .asks(EXCHANGE)
        .proofs(A_PROOF),
        exchange("a bound token with a proof of another key", Rule::ExchangeBinding, |stage, r| {
            r.proofs = vec![stage.proof_of_another_key()];
        })
        .proofs(A_PROOF)
        .finds_a_record(),
        exchange("an actor of whom nobody knows", Rule::ExchangeActor, |_, r| {
            r.add("actor_token", "none");
            r.add("actor_token_type", ACCESS_TOKEN);
        })
        .finds_a_record(),
        exchange("another client's token as actor", Rule::ExchangeActor, |stage, r| {
            r.add("actor_token", stage.foreign_tokens().access.expose());
            r.add("actor_token_type", ACCESS_TOKEN);
        })
        .finds_a_record(),
        exchange("a client that may not act", Rule::ExchangeMayAct, |stage, r| {
            let other = stage.another_with(|granted| granted.may_act = json!({ "sub": "bob" }).as_object().cloned());
            other.redeem(stage);
            r.set("subject_token", other.access().expose());
        })
        .finds_a_record(),
        exchange("too many actors", Rule::ExchangeActors, |stage, r| {
            let other = stage.another_with(|granted| {
                let chain = (0..5).fold(json!({ "sub": "0" }), |act, _| json!({ "sub": "1", "act": act }));
                granted.act = chain.as_object().cloned();
            });
            other.redeem(stage);
            r.set("subject_token", other.access().expose());
        })
        .finds_a_record(),
        case("an exchange for a wider scope", Refused, Rule::ScopeNarrows, "invalid_scope", |_, r| {
            r.set("scope", "admin");
        })
        .asks(EXCHANGE)
        .finds_a_record(),
        // What revokes the family is the code that comes again. The second time it is over before.
        case("a family that ends during an exchange", Replay, Rule::GrantActive, "invalid_grant", |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("subject_token", other.access().expose());
            r.fault = Fault::Meanwhile(|stage| stage.last_other().redeem(stage));
        })
        .by(WITH_ASSERTION)
        .asks(EXCHANGE)
        .finds_a_record(),
    ]
}

fn authorization_details() -> Vec<Case> {
    let malformed = |name, spoil| {
        case(name, Refused, Rule::AuthorizationDetailsSyntax, "invalid_authorization_details", spoil).asks(ANYTHING)
    };
    let wider = |name| {
        let rule = Rule::AuthorizationDetailsNarrow;
        case(name, Refused, rule, "invalid_authorization_details", |_, r| {
            r.set("authorization_details", encode_component(r#"[{"type":"other"}]"#));
        })
    };
    vec![
        malformed("details that are no list", |_, r| r.set("authorization_details", encode_component("{}"))),
        malformed("details without type", |_, r| r.set("authorization_details", encode_component("[{}]"))),
        wider("details that were not granted").finds_a_record(),
        wider("details that a JWT does not grant").asks(ASSERTIONS).finds_a_record(),
        wider("details that are not registered, and no record").asks(UNRECORDED),
        wider("details that a token does not have").asks(EXCHANGE).finds_a_record(),
        wider("details for a device that are not registered").asks(DEVICE_AUTHORIZATION),
        wider("details for a user that are not registered").asks(BACKCHANNEL),
    ]
}

/// What is judged when tokens are issued. Of what an extension grant finds nobody but the third party knows.
fn what_is_issued() -> Vec<Case> {
    vec![
        case("a scope beyond the registration", Refused, Rule::ScopeNarrows, "invalid_scope", |_, r| {
            r.set("scope", "admin");
        })
        .asks(UNRECORDED),
        case("another resource", Refused, Rule::ResourceNarrows, "invalid_target", another_resource)
            .asks(RECORDED)
            .finds_a_record(),
        case("another resource than a JWT grants", Refused, Rule::ResourceNarrows, "invalid_target", another_resource)
            .asks(ASSERTIONS)
            .finds_a_record(),
        case("another resource, and no record", Refused, Rule::ResourceNarrows, "invalid_target", another_resource)
            .asks(UNRECORDED),
        case("a voucher that is empty", Refused, Rule::Extension, "invalid_grant", |_, r| r.set("voucher", ""))
            .asks(VOUCHER),
        case("a voucher that was spent", Refused, Rule::Extension, "invalid_grant", |stage, r| {
            stage.accept(&stage.request(voucher("spent")), "spent");
            r.set("voucher", "spent");
        })
        .asks(VOUCHER)
        // It was found by the store, when everything else held.
        .finds_a_record(),
        case("the assertion as voucher", Refused, Rule::FormOneJwtTwice, "invalid_request", |_, r| {
            r.fault = Fault::VoucherIsTheAssertion;
        })
        .by(WITH_ASSERTION)
        .asks(VOUCHER),
        case("a voucher that cannot be told", Refused, Rule::Embedder, "server_error", |_, r| {
            r.fault = Fault::Untellable;
        })
        .asks(VOUCHER)
        .status(500),
        case("a token without lifetime", Refused, Rule::Embedder, "server_error", |_, r| r.fault = Fault::NoLifetime)
            .finds_a_record()
            .status(500),
        case("a signer that is down", Refused, Rule::SignerAnswers, "server_error", |_, r| r.fault = Fault::SignerDown)
            .finds_a_record()
            .status(500),
        case("a client that is registered anew meanwhile", Refused, Rule::GrantActive, "invalid_grant", |_, r| {
            r.fault = Fault::Meanwhile(|stage| stage.bench.store().register(stage.setup.client.clone()));
        })
        .asks(ANYTHING)
        .finds_a_record(),
    ]
}

fn ids_that_are_known() -> Vec<Case> {
    vec![
        case("an assertion that was used", KnownAssertion, Rule::AssertionOnce, "invalid_client", |stage, r| {
            use_assertion(stage, r);
        })
        .by(WITH_ASSERTION)
        .asks(ANYTHING),
        case("a proof that was used", KnownProof, Rule::DpopOnce, "invalid_dpop_proof", |stage, r| use_proof(stage, r))
            .proofs(A_PROOF)
            .asks(TOKENS),
    ]
}

fn replays() -> Vec<Case> {
    let replay = |name, rule, spoil| case(name, Replay, rule, "invalid_grant", spoil).finds_a_record();
    vec![
        replay("a redeemed code", Rule::CodeOnce, |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("code", other.code.expose());
        })
        .asks(CODE),
        replay("a redeemed code for another resource", Rule::CodeOnce, |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("code", other.code.expose());
            r.set("resource", "https://other.example");
        })
        .asks(CODE),
        replay("a code that is redeemed meanwhile", Rule::CodeOnce, |stage, r| {
            r.set("code", stage.another().code.expose());
            r.fault = Fault::Meanwhile(|stage| stage.last_other().redeem(stage));
        })
        .asks(CODE),
        replay("what was approved and redeemed", Rule::DeferredOnce, |stage, r| {
            let other = stage.another_approved();
            other.redeem(stage);
            r.set_polled(other.code.expose());
        })
        .asks(DEFERRED),
        replay("what was approved and redeemed, and is over", Rule::DeferredOnce, |stage, r| {
            let other = stage.another_approved();
            other.redeem(stage);
            r.set_polled(other.code.expose());
            r.at = late();
        })
        .asks(DEFERRED)
        .setup(|setup| setup.policy.deferred.lifetime = SHORT),
        replay("what was approved and redeemed, for another resource", Rule::DeferredOnce, |stage, r| {
            let other = stage.another_approved();
            other.redeem(stage);
            r.set_polled(other.code.expose());
            r.set("resource", "https://other.example");
        })
        .asks(DEFERRED),
        replay("what was approved and is redeemed meanwhile", Rule::DeferredOnce, |stage, r| {
            r.set_polled(stage.another_approved().code.expose());
            r.fault = Fault::Meanwhile(|stage| stage.last_other().redeem(stage));
        })
        .asks(DEFERRED),
        replay("a superseded refresh token", Rule::RefreshCurrent, |stage, r| {
            r.set("refresh_token", stage.another().redeem_and_refresh(stage).expose());
        })
        .asks(REFRESH),
        replay("a superseded refresh token with a wider scope", Rule::RefreshCurrent, |stage, r| {
            r.set("refresh_token", stage.another().redeem_and_refresh(stage).expose());
            r.set("scope", "admin");
        })
        .asks(REFRESH),
        replay("a refresh token that is rotated meanwhile", Rule::RefreshCurrent, |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("refresh_token", other.current().expose());
            r.fault = Fault::Meanwhile(|stage| stage.last_other().refresh(stage));
        })
        .asks(REFRESH),
    ]
}

/// Where the request itself is right, and nothing is changed.
fn answers() -> Vec<Case> {
    let unavailable =
        |name, rule, spoil| case(name, NotApplied, rule, "temporarily_unavailable", spoil).asks(ANYTHING).status(503);
    let failed = |name, rule, spoil| case(name, NotApplied, rule, "server_error", spoil).asks(ANYTHING).status(500);
    vec![
        unavailable("no answer about the client", Rule::StoreAnswers, |_, r| r.fault = Fault::ClientLookUp),
        unavailable("no answer about the record", Rule::StoreAnswers, |_, r| r.fault = Fault::RecordLookUp)
            .asks(TOKENS),
        unavailable("a commit that was not applied", Rule::StoreAnswers, |_, r| r.fault = Fault::NotApplied),
        failed("a commit of which nobody knows", Rule::StoreOutcomeKnown, |_, r| r.fault = Fault::OutcomeUnknown),
        failed("an answer to another commit", Rule::StoreAnswersThisCommit, |_, r| {
            r.fault = Fault::AnswerToAnotherCommit;
        }),
        unavailable("too many ids", Rule::ReplayQuota, |_, r| r.fault = Fault::TooManyIds).status(429),
        unavailable("a race that may be run again", Rule::RefreshUncontended, |stage, r| {
            let other = stage.another();
            other.redeem(stage);
            r.set("refresh_token", other.current().expose());
            r.fault = Fault::Meanwhile(|stage| stage.last_other().refresh(stage));
        })
        .asks(REFRESH)
        .setup(|setup| {
            setup.policy.refresh.mode = RefreshMode::SingleSuccessor { grace: Duration::seconds(30) };
            setup.policy.refresh.legacy_grace_without_binding = true;
        }),
    ]
}

// What several cases share.

/// How long something lives where a case waits for its end.
const SHORT: Duration = Duration::seconds(5);

/// When that is over.
fn late() -> time::UtcDateTime {
    now() + SHORT + Duration::SECOND
}

fn seconds(from_now: i64) -> Value {
    (now().unix_timestamp() + from_now).into()
}

fn remove(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name);
}

/// The same with another signature or tag.
fn forged(text: &str) -> String {
    with_another_character(text, text.len() - 8)
}

fn with_another_character(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

/// The same under another header: what is judged before the signature.
fn with_header(jwt: &str, header: &Value) -> String {
    let (_, rest) = jwt.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// The assertion of this request is used for something else.
fn use_assertion(stage: &Stage, request: &Request) {
    let mut used = stage.request(redeem(&stage.another().code));
    used.assertion.clone_from(&request.assertion);
    stage.accept(&used, "used");
}

/// So is its proof.
fn use_proof(stage: &Stage, request: &Request) {
    let mut used = stage.request(redeem(&stage.another().code));
    used.proofs.clone_from(&request.proofs);
    stage.accept(&used, "used");
}

/// The request carries another grant, and one with the id of that is used.
fn use_grant(stage: &Stage, request: &mut Request) {
    stage.change_grant(request, |claims| claims["jti"] = "used".into());
    stage.accept(&stage.renewed(request), "used");
}

fn another_resource(_: &Stage, request: &mut Request) {
    request.set("resource", "https://other.example");
}

fn key_of_chain() -> SigningKey {
    jwts::key(BUSINESS_KEY).with_x5c(vec![BUSINESS.to_vec(), INTERMEDIATE.to_vec()]).unwrap()
}

fn signs_by_chain(setup: &mut Setup) {
    setup.set_credentials(|credentials| credentials.with_organization_number(ORGANIZATION_NUMBER));
    setup.key = Some(key_of_chain());
}

fn wants_to_be_told(setup: &mut Setup) {
    setup.client = setup.client.clone().with_notification_endpoint("https://app.example/cb/ciba");
}

fn binds_to_certificate(setup: &mut Setup) {
    setup.client = setup.client.clone().with_certificate_bound_access_tokens(true);
    setup.certificate = Some(not_validated(b"one"));
}

fn binds_to_both(setup: &mut Setup) {
    binds_to_certificate(setup);
    setup.policy.dpop.legacy_beside_mutual_tls = true;
}
