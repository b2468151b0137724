//! RFC 6749 §4.5 and §2.3.2: a third party's own grant and its own client authentication method.
#![expect(clippy::arithmetic_side_effects, reason = "the moments of these tests are far from any end of time")]
#[cfg(test)]
mod support;

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use support::{form, plan, refused, scope, status_and_error};
use symbolon_policy::GrantSet;
use symbolon_server::{
    Endpoint, ExtensionGrant, Found, Grant, Granted, Outcome, Refusal, RegisteredClient, ServerKey, Settled,
    ValidatedGrant,
    client_auth::{PresentedCredentials, RegisteredCredentials, RegisteredSecret, Vouched},
    crypto::{CryptoProvider, RandomFailed, SecureRandom},
    types::{AuthMethod, ClientId, Digest, ErrorCode, Issuer, Once, RequestParts, Rule, Scope, Secret},
};
use symbolon_store::{Memory, Store as _};
use symbolon_testkit::{FIXED, now};
use time::Duration;

const VOUCHER: &str = "urn:example:params:oauth:grant-type:voucher";
const SPIFFE: &str = "urn:example:client-assertion-type:jwt-spiffe";

/// What a third party writes: its own type around the extension grant.
#[cfg(test)]
struct VoucherGrant {
    grant: ExtensionGrant,
    voucher: String,
}

#[cfg(test)]
impl VoucherGrant {
    fn parse(grant: ExtensionGrant) -> Result<Self, Refusal> {
        match grant.parameter("voucher").map(String::from) {
            Some(voucher) => Ok(Self { grant, voucher }),
            None => Err(grant.refuse("voucher.missing", ErrorCode::InvalidRequest)),
        }
    }

    fn spend(self, worth: u32) -> Result<ValidatedGrant, Refusal> {
        if worth == 0 {
            return Err(self.grant.refuse("voucher.empty", ErrorCode::Other("voucher_empty".into())));
        }
        let once = Once {
            key: Digest::from_bytes([u8::try_from(self.voucher.len()).unwrap(); 32]),
            issued: now(),
            until: now() + Duration::days(400),
        };
        self.grant.once(once).authorize(Granted::to_user(self.voucher, Scope::parse("read").unwrap()))
    }
}

#[cfg(test)]
fn endpoint() -> Endpoint {
    endpoint_with(symbolon_crypto_ring::PROVIDER)
}

#[cfg(test)]
fn endpoint_with(crypto: CryptoProvider) -> Endpoint {
    let key = ServerKey::new("k1", [7; 32]);
    Endpoint::builder(Issuer::parse(support::ISSUER).unwrap(), "https://as.example/token", crypto, key)
        .extension_grant(VOUCHER)
        .extension_assertion_type(SPIFFE)
        .build()
        .unwrap()
}

#[cfg(test)]
fn client(method: AuthMethod) -> RegisteredClient {
    let credentials = RegisteredCredentials::new(ClientId::parse("c").unwrap(), method)
        .with_secret(RegisteredSecret::Plain(Secret::new("s")));
    // The version is the one that the memory store gives to its first registration.
    RegisteredClient::new(credentials, GrantSet::NONE, scope()).with_extension_grant(VOUCHER).with_version(1)
}

#[cfg(test)]
fn decide(endpoint: &Endpoint, client: RegisteredClient, parts: RequestParts) -> Result<Outcome, Refusal> {
    let received = endpoint.receive(parts)?;
    let request = received.authenticate(Found::client(Some(Arc::new(client))), now())?;
    match request.into_grant()? {
        Grant::Extension(grant) if grant.grant_type() == VOUCHER => {
            let worth = u32::try_from(grant.parameters("voucher").count()).unwrap();
            let empty = grant.parameter("voucher") == Some("empty");
            VoucherGrant::parse(grant)?.spend(if empty { 0 } else { worth })?.issue(&plan(), now())
        }
        other => Err(other.unsupported()),
    }
}

#[cfg(test)]
fn settle(store: &Memory, outcome: Outcome) -> Settled {
    let answer = support::ready(store.apply(outcome.commit())).unwrap();
    outcome.settle(answer)
}

#[cfg(test)]
fn store() -> Memory {
    let store = Memory::new(now());
    store.register(client(AuthMethod::ClientSecretPost));
    store
}

#[cfg(test)]
fn request(voucher: &str) -> RequestParts {
    form(format!("grant_type={VOUCHER}&client_id=c&client_secret=s{voucher}"))
}

#[test]
fn a_third_partys_grant_is_used_once() {
    let (endpoint, store) = (endpoint(), store());
    let send = |parts| {
        let outcome =
            decide(&endpoint, client(AuthMethod::ClientSecretPost), parts).unwrap_or_else(Refusal::into_outcome);
        settle(&store, outcome)
    };
    assert_eq!(send(request("&voucher=gift")).status(), 200);
    let again = send(request("&voucher=gift"));
    assert_eq!(again.reason().unwrap().rule(), Rule::Extension);
    assert_eq!(status_and_error(again), refused(400, "invalid_grant"));
    assert_eq!(send(request("&voucher=another")).status(), 200);
}

#[test]
fn a_third_party_refuses_with_a_code_of_its_own() {
    let (endpoint, store) = (endpoint(), store());
    let send = |parts| {
        let outcome =
            decide(&endpoint, client(AuthMethod::ClientSecretPost), parts).unwrap_or_else(Refusal::into_outcome);
        settle(&store, outcome)
    };
    assert_eq!(status_and_error(send(request("&voucher=empty"))), refused(400, "voucher_empty"));
    assert_eq!(status_and_error(send(request(""))), refused(400, "invalid_request"));
    assert_eq!(send(request("&voucher=full")).status(), 200);
}

#[test]
fn an_extension_grant_must_be_listed_and_registered() {
    let listed = endpoint();
    let plain = client(AuthMethod::ClientSecretPost);
    let unregistered = RegisteredClient::new(plain.credentials().clone(), support::all_grants(), scope());
    let rule =
        |endpoint: &Endpoint, client| decide(endpoint, client, request("&voucher=x")).err().map(|r| r.reason().rule());
    assert_eq!(rule(&listed, unregistered), Some(Rule::GrantAllowed));
    assert_eq!(rule(&listed, plain.clone()), None);
    let unlisted = support::Bench::new();
    assert_eq!(rule(unlisted.endpoint(), plain), Some(Rule::GrantKnown));
}

#[test]
fn a_method_of_a_third_party_is_vouched_for_and_only_for_a_client_that_registered_it() {
    let endpoint = endpoint();
    let parts = || {
        form(format!("grant_type={VOUCHER}&voucher=x&client_id=c&client_assertion_type={SPIFFE}&client_assertion=svid"))
    };
    let vouch = |method: AuthMethod, by: &str| {
        let received = endpoint.receive(parts()).unwrap();
        assert!(matches!(received.presented(), PresentedCredentials::Extension { .. }));
        received.vouch(Some(Arc::new(client(method))), Vouched::by(by), now())
    };
    let spiffe = || AuthMethod::Other("spiffe_jwt".into());
    assert!(vouch(spiffe(), "spiffe_jwt").is_ok());
    for refusal in [vouch(spiffe(), "another"), vouch(AuthMethod::ClientSecretPost, "spiffe_jwt")] {
        assert_eq!(refusal.unwrap_err().reason().rule(), Rule::MethodRegistered);
    }
    // Nobody is vouched for beside another method, and an unvouched extension does not authenticate.
    let received = endpoint.receive(request("&voucher=x")).unwrap();
    assert!(received.vouch(Some(Arc::new(client(spiffe()))), Vouched::by("spiffe_jwt"), now()).is_err());
    let received = endpoint.receive(parts()).unwrap();
    assert!(received.authenticate(Found::client(Some(Arc::new(client(spiffe())))), now()).is_err());
}

#[test]
fn a_method_may_come_by_a_scheme_or_beside_the_request_and_is_vouched_for_alone() {
    let issuer = Issuer::parse(support::ISSUER).unwrap();
    let builder = Endpoint::builder(
        issuer,
        "https://as.example/token",
        symbolon_crypto_ring::PROVIDER,
        ServerKey::new("k1", [7; 32]),
    );
    let endpoint = builder.extension_grant(VOUCHER).extension_scheme("Workload").build().unwrap();
    let body = format!("grant_type={VOUCHER}&voucher=x");
    let own = || AuthMethod::Other("workload".into());
    let vouch = |parts: RequestParts, method: AuthMethod, by: &str| {
        let received = endpoint.receive(parts).map_err(|refusal| refusal.reason().rule())?;
        let client = Some(Arc::new(client(method)));
        received.vouch(client, Vouched::by(by), now()).map(|_| ()).map_err(|refusal| refusal.reason().rule())
    };
    let by_scheme = || form(body.clone()).authorization(b"Workload token");
    // A header of its own or a certificate, which are not read: the form names the client, and nothing else is there.
    let beside = || form(format!("{body}&client_id=c"));
    let ways: [&dyn Fn() -> RequestParts; 2] = [&by_scheme, &beside];
    for parts in ways {
        assert_eq!(vouch(parts(), own(), "workload"), Ok(()));
        for (method, by) in [
            (own(), "another"),
            (AuthMethod::None, "workload"),
            (AuthMethod::None, "none"),
            (AuthMethod::ClientSecretBasic, "client_secret_basic"),
            (AuthMethod::TlsClientAuth, "tls_client_auth"),
        ] {
            assert_eq!(vouch(parts(), method, by), Err(Rule::MethodRegistered), "{by}");
        }
        let received = endpoint.receive(parts()).unwrap();
        assert_eq!(
            received.vouch(None, Vouched::by("workload"), now()).unwrap_err().reason().rule(),
            Rule::ClientKnown
        );
        let found = Found::client(Some(Arc::new(client(own()))));
        assert!(endpoint.receive(parts()).unwrap().authenticate(found, now()).is_err(), "nobody vouched");
        let refusal = endpoint.receive(parts()).unwrap().refuse_client_by(Rule::AttestationPopChallenge);
        assert_eq!(refusal.reason().rule().code(), Some(ErrorCode::UseAttestationChallenge));
    }
    for (parts, rule) in [
        (by_scheme().authorization(b"Workload token"), Rule::RequestHeaderOnce),
        (form(format!("{body}&client_secret=s")).authorization(b"Workload token"), Rule::OneMechanism),
        (form(format!("{body}&client_assertion=s")).authorization(b"Workload token"), Rule::OneMechanismWithAssertion),
        (form(body.clone()).authorization(b"Other token"), Rule::AuthorizationScheme),
        (form(format!("{body}&client_id=d")).authorization(b"Workload token"), Rule::ClientIdAgrees),
        (form(format!("{body}&client_id=c&client_secret=s")), Rule::MethodRegistered),
        (form(body.clone()).authorization(b"Basic Yzpz"), Rule::MethodRegistered),
        (form(body.clone()), Rule::ClientIdentified),
    ] {
        assert_eq!(vouch(parts, own(), "workload"), Err(rule));
    }
}

#[test]
fn d1_a_refusal_does_not_spend_the_voucher() {
    let (endpoint, store) = (endpoint(), store());
    let once = Once { key: Digest::from_bytes([5; 32]), issued: now(), until: now() + Duration::hours(1) };
    let send = |scope: &str| {
        let received = endpoint.receive(request("&voucher=x")).unwrap();
        let found = Found::client(Some(Arc::new(client(AuthMethod::ClientSecretPost))));
        let Ok(Grant::Extension(grant)) = received.authenticate(found, now()).unwrap().into_grant() else {
            panic!("voucher")
        };
        let granted = Granted::to_user("gift", Scope::parse(scope).unwrap());
        let outcome = grant.once(once).authorize(granted).and_then(|granted| granted.issue(&plan(), now()));
        settle(&store, outcome.unwrap_or_else(Refusal::into_outcome))
    };
    assert_eq!(status_and_error(send("admin")), refused(400, "invalid_scope"));
    assert_eq!(send("read").status(), 200, "the voucher is as good as new");
    assert_eq!(send("read").reason().unwrap().rule(), Rule::Extension);
}

#[test]
fn rfc7521_4_1_an_extension_grant_has_a_refresh_token_only_if_the_third_party_says_so() {
    let endpoint = endpoint();
    let issue = |wants: bool| {
        let plain = client(AuthMethod::ClientSecretPost);
        let client = RegisteredClient::new(plain.credentials().clone(), GrantSet::REFRESH_TOKEN, scope())
            .with_extension_grant(VOUCHER);
        let received = endpoint.receive(request("&voucher=x")).unwrap();
        let request = received.authenticate(Found::client(Some(Arc::new(client))), now()).unwrap();
        let Ok(Grant::Extension(grant)) = request.into_grant() else { panic!("voucher") };
        let granted = grant.authorize(Granted::to_user("gift", Scope::parse("read").unwrap())).unwrap();
        let granted = if wants { granted.with_refresh_token() } else { granted };
        let outcome = granted.issue(&plan(), now()).unwrap();
        let answer = outcome.commit().applied();
        support::Tokens::of(outcome.settle(answer)).refresh
    };
    assert!(issue(false).is_none());
    assert!(issue(true).is_some());
}

#[test]
fn a125_without_randomness_for_a_family_there_is_an_error_and_nothing_is_consumed() {
    /// Gives so many drawings and then fails.
    #[derive(Debug)]
    struct Gives {
        drawings: usize,
        drawn: AtomicUsize,
    }
    impl SecureRandom for Gives {
        fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
            let is_left = self.drawn.fetch_add(1, Ordering::Relaxed) < self.drawings;
            if is_left { FIXED.fill(out) } else { Err(RandomFailed) }
        }
    }
    let issue = |drawings: usize| {
        let random = Box::leak(Box::new(Gives { drawings, drawn: AtomicUsize::new(0) }));
        let endpoint = endpoint_with(symbolon_crypto_ring::PROVIDER.with_random(random));
        let plain = client(AuthMethod::ClientSecretPost);
        let client = RegisteredClient::new(plain.credentials().clone(), GrantSet::REFRESH_TOKEN, scope())
            .with_extension_grant(VOUCHER);
        let received = endpoint.receive(request("&voucher=x")).unwrap();
        let request = received.authenticate(Found::client(Some(Arc::new(client))), now()).unwrap();
        let Ok(Grant::Extension(grant)) = request.into_grant() else { panic!("voucher") };
        let granted = grant.authorize(Granted::to_user("gift", Scope::parse("read").unwrap())).unwrap();
        granted.with_refresh_token().issue(&plan(), now())
    };
    assert!(issue(2).is_ok());
    let refusal = issue(1).unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::RandomAnswers);
    assert!(refusal.into_outcome().commit().is_empty());
}

#[test]
fn what_an_extension_grants_must_be_tellable() {
    let endpoint = endpoint();
    let authorize = |subject: &str| {
        let received = endpoint.receive(request("&voucher=x")).unwrap();
        let found = Found::client(Some(Arc::new(client(AuthMethod::ClientSecretPost))));
        let Ok(Grant::Extension(grant)) = received.authenticate(found, now()).unwrap().into_grant() else {
            panic!("voucher")
        };
        let granted = grant.authorize(Granted::to_user(subject, Scope::parse("read").unwrap()));
        granted.err().map(|refusal| refusal.reason().rule())
    };
    assert_eq!(authorize(""), Some(Rule::Embedder));
    assert_eq!(authorize("gift"), None);
}
