//! The right request before it is sent, and who sends it to whom.
use core::cell::{Cell, RefCell};
use std::{
    rc::Rc,
    sync::{Arc, LazyLock},
};

use symbolon_policy::{DpopNonce, GrantSet, Policy};
use symbolon_server::{
    DeferredKey, Granted, NewCode, RegisteredClient, StoredCode, StoredDeferred,
    client_auth::{ClientCertificates, RegisteredCredentials, x509::SubjectName},
    jose::{SigningKey, VerifyingKeys},
    types::{AuthMethod, CertificateChain, ClientId, Digest, PeerCertificate, Secret},
};
use symbolon_store::{Driver, Memory, Store as _};
use symbolon_testkit::{
    FixedRandom,
    certificates::{BUSINESS, SELF_SIGNED, SUBJECT},
    now,
};
use time::Duration;

use super::{
    Asks, Authorization, Case, Form, Jwt, Proofs, Request,
    authorization::{client_credentials, exchange, grant, redeem, refresh, voucher},
    devices::{poll, poll_by_ciba},
    jwts::{ID_JAG_IDP, MAC_KEY, PLAIN_IDP, PROOF_KEYS, SIGNING_KEY, SUBJECT_OF_GRANTS, grant_issuers},
    program::{VOUCHER, endpoint},
};
use crate::support::{self, Bench, REDIRECT_URI, Tokens, ready};

/// `app:mysecret`
pub const BASIC: &str = "Basic YXBwOm15c2VjcmV0";
pub const ANCHOR: &str = "Partner CA";
/// Those that the usual policy and the usual clients do not have.
const MORE_GRANTS: GrantSet =
    GrantSet::JWT_BEARER.and(GrantSet::DEVICE_CODE).and(GrantSet::TOKEN_EXCHANGE).and(GrantSet::CIBA);
/// The clients, one for each way to authenticate.
pub const CLIENT_IDS: &[&str] = &["app", "post", "spa", "signer", "mac", "named", "registered"];

/// What a stage is made of.
pub struct Setup {
    pub policy: Policy,
    pub client: RegisteredClient,
    /// Signs the client's assertions.
    pub key: Option<SigningKey>,
    /// What is at the client's `jwks_uri`.
    pub keys_at_uri: Option<Arc<VerifyingKeys>>,
    /// Whether the authorization request named the key of the proofs (`dpop_jkt`).
    pub is_code_bound: bool,
    pub certificate: Option<PeerCertificate>,
}

/// An endpoint, a client and the right request that it has not sent yet.
pub struct Stage {
    pub bench: Bench,
    pub setup: Setup,
    pub right: Request,
    pub asks: Asks,
    /// Where the right request is a refresh, the authorization that it is of.
    pub began_with: Option<Rc<Authorization>>,
    has_proofs: bool,
    pub nonce: Option<String>,
    ids: Cell<usize>,
    /// The codes whose rows must stay as they are: of the right request, and of somebody else.
    watched: RefCell<Vec<Digest>>,
    /// The row whose polls are looked at.
    polled: Cell<Option<Digest>>,
    /// Older authorizations of the same client.
    others: RefCell<Vec<Rc<Authorization>>>,
}

static CLIENTS: LazyLock<Vec<RegisteredClient>> = LazyLock::new(|| {
    let known = [support::app(), support::post(), support::spa(), support::signer(), support::mac()];
    let mut clients: Vec<_> = known.iter().map(|client| client_of(client.credentials().clone())).collect();
    let named = ClientCertificates::named(SubjectName::subject_dn(SUBJECT).unwrap(), [ANCHOR]);
    let registered = ClientCertificates::Registered(vec![SELF_SIGNED.into()]);
    for (id, method, certificates) in
        [("named", AuthMethod::TlsClientAuth, named), ("registered", AuthMethod::SelfSignedTlsClientAuth, registered)]
    {
        let credentials = RegisteredCredentials::new(ClientId::parse(id).unwrap(), method);
        clients.push(client_of(credentials.with_certificates(certificates)));
    }
    clients
});

/// A client with these credentials, and all else as every client has it.
pub fn client_of(credentials: RegisteredCredentials) -> RegisteredClient {
    RegisteredClient::new(credentials, support::all_grants(), support::scope())
        .with_redirect_uri(REDIRECT_URI)
        .with_extension_grant(VOUCHER)
        .with_grants(MORE_GRANTS)
}

pub fn validated(der: &[u8]) -> PeerCertificate {
    PeerCertificate::new(der, CertificateChain::ValidatedTo(ANCHOR.into()))
}

pub fn not_validated(der: &[u8]) -> PeerCertificate {
    PeerCertificate::new(der, CertificateChain::NotValidated)
}

impl Setup {
    fn new(method: &AuthMethod, proofs: Proofs) -> Self {
        let client = CLIENTS.iter().find(|client| client.credentials().method == *method).unwrap().clone();
        Self {
            policy: support::policy(|policy| {
                policy.grants = policy.grants.and(MORE_GRANTS);
                if let Proofs::WithNonce = proofs {
                    policy.dpop.nonce = DpopNonce::Required;
                }
            }),
            client,
            key: match method {
                AuthMethod::PrivateKeyJwt => Some(SIGNING_KEY.clone()),
                AuthMethod::ClientSecretJwt => Some(MAC_KEY.clone()),
                _ => None,
            },
            keys_at_uri: None,
            is_code_bound: false,
            certificate: match method {
                AuthMethod::TlsClientAuth => Some(validated(BUSINESS)),
                AuthMethod::SelfSignedTlsClientAuth => Some(not_validated(SELF_SIGNED)),
                _ => None,
            },
        }
    }

    /// The client with other credentials.
    pub fn set_credentials(&mut self, change: impl FnOnce(RegisteredCredentials) -> RegisteredCredentials) {
        self.client = client_of(change(self.client.credentials().clone()));
    }
}

impl Stage {
    pub fn new(case: Option<&Case>, method: &AuthMethod, asks: Asks, proofs: Proofs) -> Self {
        let mut setup = Setup::new(method, proofs);
        if let Some(change) = case.and_then(|case| case.setup) {
            change(&mut setup);
        }
        let crypto = symbolon_crypto_ring::PROVIDER.with_random(FixedRandom::leaked(7));
        let store = Memory::new(now() - Duration::hours(1));
        for client in CLIENTS.iter().chain([&setup.client]) {
            store.register(client.clone());
        }
        for issuer in grant_issuers(setup.client.client_id()) {
            store.link_subject(issuer.issuer().as_str(), None, SUBJECT_OF_GRANTS, "alice");
            store.register_issuer(issuer);
        }
        let endpoint = endpoint(crypto, setup.policy);
        let mut stage = Self {
            bench: Bench { driver: Driver::new(endpoint, store, support::plan()), crypto },
            setup,
            right: Request::new(Vec::new()),
            asks,
            began_with: None,
            has_proofs: proofs != Proofs::None,
            nonce: None,
            ids: Cell::new(0),
            watched: RefCell::default(),
            polled: Cell::new(None),
            others: RefCell::default(),
        };
        stage.nonce = (proofs == Proofs::WithNonce).then(|| stage.ask_for_a_nonce());
        stage.right = stage.right_request();
        stage
    }

    fn right_request(&mut self) -> Request {
        match self.asks {
            Asks::Code => self.request(redeem(&self.watched_code(&self.setup.client))),
            Asks::Refresh => {
                let other = self.authorization(self.watched_code(&self.setup.client));
                other.redeem(self);
                let request = self.request(refresh(&other.current()));
                self.began_with = Some(Rc::new(other));
                request
            }
            Asks::ClientCredentials => self.request(client_credentials()),
            Asks::Voucher => self.request(voucher("gift")),
            Asks::Device | Asks::Ciba => {
                let asked = self.approved();
                self.watch(asked.id);
                let redeeming = if self.asks == Asks::Ciba { poll_by_ciba } else { poll };
                self.request(redeeming(&asked.code))
            }
            Asks::Assertion => self.request(grant(&self.grant_assertion(PLAIN_IDP))),
            Asks::IdJag => self.request(grant(&self.grant_assertion(ID_JAG_IDP))),
            Asks::Exchange => {
                let other = self.authorization(self.watched_code(&self.setup.client));
                other.redeem(self);
                self.request(exchange(&other.access()))
            }
            Asks::DeviceAuthorization => self.device_request(),
            Asks::Backchannel => self.backchannel_request(),
        }
    }

    /// This form, with the credentials of the client, an assertion and a proof that nobody has seen.
    pub fn request(&self, form: Form) -> Request {
        let mut request = Request::new(form);
        let client_id = self.setup.client.client_id().as_str();
        request.certificate = self.setup.certificate.clone();
        match self.setup.client.credentials().method {
            AuthMethod::ClientSecretBasic => request.authorization = vec![BASIC.into()],
            AuthMethod::ClientSecretPost => {
                request.add("client_id", client_id);
                request.add("client_secret", "mysecret");
            }
            AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt => {
                let id = self.new_id();
                let text = self.sign_assertion(&self.assertion_claims(id));
                request.assertion = Some(Jwt { id, text });
            }
            _ => request.add("client_id", client_id),
        }
        request.proofs = self.has_proofs.then(|| self.proof()).into_iter().collect();
        request
    }

    /// The same with an assertion and a proof that nobody has seen.
    pub fn renewed(&self, request: &Request) -> Request {
        let fresh = self.request(Vec::new());
        Request { assertion: fresh.assertion, proofs: fresh.proofs, ..request.clone() }
    }

    /// The right request as the case spoils it.
    pub fn spoiled(&self, case: &Case, right: &Request) -> Request {
        let mut request = right.clone();
        (case.spoil)(self, &mut request);
        request
    }

    pub fn new_id(&self) -> usize {
        self.ids.set(self.ids.get() + 1);
        self.ids.get()
    }

    fn ask_for_a_nonce(&self) -> String {
        let response = self.send(&self.request(redeem(&Secret::new("none")))).into_response();
        response.header("dpop-nonce").unwrap().to_owned()
    }

    fn code(&self, client: &RegisteredClient) -> Secret {
        self.code_for(client, support::granted())
    }

    fn code_for(&self, client: &RegisteredClient, granted: Granted) -> Secret {
        let jkt = PROOF_KEYS[0].public_jwk().unwrap().thumbprint(self.bench.crypto.sha256);
        let is_bound = self.setup.is_code_bound;
        let with_jkt = |new| if is_bound { NewCode::with_dpop_jkt(new, jkt) } else { new };
        self.bench.code_with(client, granted, with_jkt)
    }

    /// A code whose row is compared from now on.
    fn watched_code(&self, client: &RegisteredClient) -> Secret {
        let code = self.code(client);
        self.watch(self.bench.endpoint().code_digest(&code));
        code
    }

    /// The rows of this code are compared from now on.
    pub fn watch(&self, code: Digest) {
        self.watched.borrow_mut().push(code);
    }

    /// What the store has of the right request and of other clients.
    pub fn records(&self) -> Vec<(Option<StoredCode>, Option<StoredDeferred>)> {
        let store = self.bench.store();
        let rows = |digest: &Digest| {
            (ready(store.code(digest)).unwrap(), ready(store.deferred(DeferredKey::Id(*digest))).unwrap())
        };
        self.watched.borrow().iter().map(rows).collect()
    }

    /// Polls of this row are looked at from now on.
    pub fn look_at(&self, id: Digest) {
        self.polled.set(Some(id));
    }

    /// The row that is looked at.
    pub fn polled(&self) -> Option<StoredDeferred> {
        self.polled.get().map(|id| self.deferred(id))
    }

    /// Somebody else's code.
    pub fn foreign_code(&self) -> Secret {
        self.watched_code(&self.foreign_client())
    }

    /// Somebody else's refresh token.
    pub fn foreign_refresh_token(&self) -> Secret {
        self.foreign_tokens().refresh().clone()
    }

    /// Somebody else's tokens.
    pub fn foreign_tokens(&self) -> Tokens {
        let mut request = Request::new(redeem(&self.foreign_code()));
        self.sign_in_as_foreign_client(&mut request);
        Tokens::of(self.send(&request))
    }

    pub fn sign_in_as_foreign_client(&self, request: &mut Request) {
        request.add("client_id", self.foreign_client().client_id().as_str());
        request.add("client_secret", "mysecret");
    }

    /// One that authenticates by a secret in the form, under another id.
    fn foreign_client(&self) -> RegisteredClient {
        let mut credentials = support::post().credentials().clone();
        credentials.client_id = ClientId::parse("foreign").unwrap();
        let client = client_of(credentials);
        if ready(self.bench.store().client("foreign")).unwrap().is_none() {
            self.bench.store().register(client.clone());
        }
        client
    }

    /// Begins another authorization of the client.
    pub fn another(&self) -> Rc<Authorization> {
        self.begin(self.authorization(self.code(&self.setup.client)))
    }

    /// Begins another one, in which this is granted.
    pub fn another_with(&self, change: impl FnOnce(&mut Granted)) -> Rc<Authorization> {
        let mut granted = support::granted();
        change(&mut granted);
        self.begin(self.authorization(self.code_for(&self.setup.client, granted)))
    }

    pub fn begin(&self, other: Authorization) -> Rc<Authorization> {
        let other = Rc::new(other);
        self.others.borrow_mut().push(Rc::clone(&other));
        other
    }

    fn authorization(&self, code: Secret) -> Authorization {
        Authorization::new(self.bench.endpoint().code_digest(&code), code, redeem)
    }

    /// The one that was begun last.
    pub fn last_other(&self) -> Rc<Authorization> {
        Rc::clone(self.others.borrow().last().unwrap())
    }

    /// Every other authorization, and whether it is alive.
    pub fn others(&self) -> Vec<bool> {
        self.others.borrow().iter().map(|other| other.is_alive(self)).collect()
    }
}
