//! The program around the endpoint, and what goes wrong in it.
use std::sync::Arc;

use symbolon_policy::Policy;
use symbolon_server::{
    AccessToken, ApplyError, BackchannelRefusal, BackchannelRequest, Endpoint, EndpointBuilder, ExchangeMode,
    ExchangeRule, ExtensionGrant, Found, Grant, GrantStatus, Granted, Hint, Issuing, Outcome, Refusal,
    RegisteredClient, ServerKey, Settled, Throttle, TokenPlan, TokenSigner, ValidatedGrant,
    client_auth::{assertion_once, x509::ValidatedChain},
    crypto::{CryptoProvider, RandomFailed, SecureRandom},
    jose::RemoteKey,
    types::{ClientId, Digest, ErrorCode, Issuer, Once, Scope, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::{FAILING, FixedRandom, now};
use time::{Duration, UtcDateTime};

use super::{Request, Stage, To, devices::PAGE, jwts::SIGNING_KEY, stage::CLIENT_IDS};
use crate::support::{self, ISSUER, ready};

pub const TOKEN_URL: &str = "https://as.example/token";
pub const USERINFO_URL: &str = "https://as.example/userinfo";
/// An extension grant that every client registered.
pub const VOUCHER: &str = "urn:example:params:oauth:grant-type:voucher";
/// One that none did.
pub const UNREGISTERED: &str = "urn:example:params:oauth:grant-type:unregistered";

/// What goes wrong on the server's side of a request.
#[derive(Clone, Copy)]
pub enum Fault {
    None,
    NoRandomness,
    ClientLookUp,
    RecordLookUp,
    TooManyAttempts,
    /// The keys at the client's `jwks_uri` are not brought.
    KeysNotFetched,
    ChainNotValidated,
    /// The resource owner withdrew.
    GrantEnded,
    /// What the voucher is good for cannot be told in tokens.
    Untellable,
    /// The voucher is the client assertion of the very request.
    VoucherIsTheAssertion,
    /// A token without a lifetime is asked for.
    NoLifetime,
    SignerDown,
    NotApplied,
    OutcomeUnknown,
    /// It was applied, and nobody can learn that.
    AnswerLost,
    AnswerToAnotherCommit,
    TooManyIds,
    /// The policy has only the usual grants.
    GrantNotSupported,
    /// The client registered only the usual ones.
    GrantNotRegistered,
    /// There is a rule of token exchange, but none for this client.
    NoExchangeRule,
    /// The user code is BBBB-BBBB.
    UserCodeDrawn,
    /// It is, and it is another user's at the moment.
    UserCodeTaken,
    /// Something happens after the request was decided and before it is committed.
    Meanwhile(fn(&Stage)),
}

pub fn endpoint(crypto: CryptoProvider, policy: Policy) -> Endpoint {
    endpoint_of(crypto, policy, CLIENT_IDS)
}

/// An endpoint that lets these clients exchange their tokens.
fn endpoint_of(crypto: CryptoProvider, policy: Policy, exchanging: &[&str]) -> Endpoint {
    let rule = |client_id: &str, mode| {
        ExchangeRule::new(ClientId::parse(client_id).unwrap(), mode)
            .with_target(ISSUER)
            .with_scope(Scope::parse("openid profile").unwrap())
    };
    let modes = [ExchangeMode::Impersonation, ExchangeMode::Delegation];
    let rules = exchanging.iter().flat_map(|client_id| modes.map(|mode| rule(client_id, mode)));
    let builder = Endpoint::builder(Issuer::parse(ISSUER).unwrap(), TOKEN_URL, crypto, ServerKey::new("k1", [7; 32]))
        .policy(policy)
        .userinfo_url(USERINFO_URL)
        .extension_grant(VOUCHER)
        .extension_grant(UNREGISTERED);
    rules.fold(builder, EndpointBuilder::exchange_rule).build().unwrap()
}

impl Stage {
    // The program around the endpoint.

    /// Answers a token request: the driver does, unless something goes wrong or it is not a driver's.
    pub fn send(&self, request: &Request) -> Settled {
        if self.is_for_the_driver(request) {
            return match request.to {
                To::Token => ready(self.bench.driver.token(request.parts(), request.at)),
                To::DeviceAuthorization => {
                    ready(self.bench.driver.device_authorization(request.parts(), PAGE, request.at))
                }
                To::Backchannel => {
                    let received = ready(self.bench.driver.backchannel_request(request.parts(), request.at));
                    ready(self.bench.driver.finish(received.and_then(|asked| ask(asked, request.at))))
                }
            };
        }
        if let Fault::UserCodeTaken = request.fault {
            let first = Request { fault: Fault::UserCodeDrawn, ..self.device_request() };
            // The second time it is taken already.
            let _ = self.send(&first);
        }
        let outcome = self.decide(request).unwrap_or_else(Refusal::into_outcome);
        match request.fault {
            Fault::NotApplied => outcome.unavailable(ApplyError::NotApplied("down")),
            Fault::OutcomeUnknown => outcome.unavailable(ApplyError::Unknown("lost")),
            Fault::AnswerLost => {
                let answer = ready(self.bench.store().apply(outcome.commit())).unwrap();
                assert_eq!(answer, outcome.commit().applied());
                outcome.unavailable(ApplyError::Unknown("lost"))
            }
            Fault::AnswerToAnotherCommit => {
                let another = self.decide(&self.renewed(&self.right)).unwrap();
                outcome.settle(another.commit().applied())
            }
            Fault::TooManyIds => self.finish(outcome.over_quota(Duration::seconds(7))),
            Fault::Meanwhile(event) => {
                event(self);
                self.finish(outcome)
            }
            _ => self.finish(outcome),
        }
    }

    /// Whether nothing goes wrong, and neither a third party's grant nor keys from elsewhere are needed.
    fn is_for_the_driver(&self, request: &Request) -> bool {
        let is_voucher = request.form.iter().any(|(_, value)| value == VOUCHER);
        let has_chain = self.setup.client.credentials().organization_number.is_some();
        matches!(request.fault, Fault::None) && !is_voucher && !has_chain && self.setup.keys_at_uri.is_none()
    }

    fn finish(&self, outcome: Outcome) -> Settled {
        ready(self.bench.driver.finish(Ok(outcome)))
    }

    fn decide(&self, request: &Request) -> Result<Outcome, Refusal> {
        let fault = request.fault;
        let endpoint = match fault {
            Fault::NoRandomness => endpoint(self.bench.crypto.with_random(&FAILING), self.setup.policy),
            Fault::UserCodeDrawn | Fault::UserCodeTaken => {
                endpoint(self.bench.crypto.with_random(&SAME_USER_CODE), self.setup.policy)
            }
            Fault::GrantNotSupported => {
                let mut policy = self.setup.policy;
                policy.grants = Policy::OAUTH_2_1.grants;
                endpoint(self.bench.crypto, policy)
            }
            Fault::NoExchangeRule => endpoint_of(self.bench.crypto, self.setup.policy, &["foreign"]),
            _ => self.bench.endpoint().clone(),
        };
        let received = match request.to {
            To::Token => endpoint.receive(request.parts())?,
            To::DeviceAuthorization => endpoint.receive_device_authorization(request.parts())?,
            To::Backchannel => endpoint.receive_backchannel_authentication(request.parts())?,
        };
        if let Fault::ClientLookUp = fault {
            return Err(Refusal::unavailable("down"));
        }
        let client = ready(self.bench.store().client(received.client_hint())).unwrap();
        let client = match fault {
            Fault::GrantNotRegistered => {
                let credentials = self.setup.client.credentials().clone();
                Some(Arc::new(RegisteredClient::new(credentials, support::all_grants(), support::scope())))
            }
            _ => client,
        };
        let keys = received.wanted_keys(client.as_deref()).and_then(|_| self.setup.keys_at_uri.clone());
        let chain = received.wanted_chain(client.as_deref());
        let chain = chain.map(|chain| Arc::new(ValidatedChain::assume_validated(chain)));
        let found = Found::client(client);
        let found = match fault {
            Fault::KeysNotFetched => found.chain(chain),
            Fault::ChainNotValidated => found.keys(keys),
            Fault::TooManyAttempts => found.throttle(Throttle::Refuse { retry_after: Duration::seconds(7) }),
            _ => found.keys(keys).chain(chain),
        };
        let authenticated = received.authenticate(found, request.at)?;
        match request.to {
            To::Token => self.issue(self.judge(authenticated.into_grant()?, request)?, request),
            To::DeviceAuthorization => authenticated.into_device_authorization(PAGE, request.at),
            To::Backchannel => ask(authenticated.into_backchannel()?, request.at),
        }
    }

    fn judge(&self, grant: Grant, request: &Request) -> Result<ValidatedGrant, Refusal> {
        match (grant, request.fault) {
            (_, Fault::RecordLookUp) => Err(Refusal::unavailable("down")),
            (Grant::RefreshToken(grant), Fault::GrantEnded) => {
                let family = ready(self.bench.store().family(grant.family())).unwrap();
                grant.rotate(family, GrantStatus::Ended, request.at)
            }
            (Grant::Extension(grant), _) => self.spend(grant, request),
            (grant, _) => ready(self.bench.driver.judge(grant, request.at)),
        }
    }

    /// The grant of a third party.
    fn spend(&self, grant: ExtensionGrant, request: &Request) -> Result<ValidatedGrant, Refusal> {
        let text = grant.parameter("voucher").unwrap_or_default().to_owned();
        if text.is_empty() {
            return Err(grant.refuse("voucher.empty", ErrorCode::InvalidGrant));
        }
        let mut once = self.once(&text);
        if let (Fault::VoucherIsTheAssertion, Some(assertion)) = (request.fault, &request.assertion) {
            let (issuer, jti) = (self.bench.endpoint().issuer(), format!("assertion-{}", assertion.id));
            let owner = grant.client().client_id().as_str();
            once = assertion_once(&self.bench.crypto, issuer, owner, &jti, once.issued, once.until);
        }
        let subject = if let Fault::Untellable = request.fault { "" } else { "alice" };
        let scope = grant.requested_scope().cloned().unwrap_or_else(|| Scope::parse("openid").unwrap());
        grant.once(once).authorize(Granted::to_user(subject, scope))
    }

    fn once(&self, text: &str) -> Once {
        let key = Digest::from_bytes(self.bench.crypto.sha256.digest(&[text.as_bytes()]));
        Once { key, issued: now(), until: now() + Duration::days(1) }
    }

    fn issue(&self, granted: ValidatedGrant, request: &Request) -> Result<Outcome, Refusal> {
        match request.fault {
            Fault::NoLifetime => granted.issue(&support::plan().with_lifetime(Duration::ZERO), request.at),
            Fault::SignerDown => {
                let key = RemoteKey::new(SIGNING_KEY.verifying_key(&self.bench.crypto).unwrap());
                let plan = TokenPlan::new(AccessToken::Jwt(TokenSigner::Remote(key)));
                match granted.issue_in_steps(&plan, request.at)? {
                    Issuing::NeedsSignature(job) => Err(job.failed("down")),
                    issuing => panic!("{issuing:?} without a signature"),
                }
            }
            _ => granted.issue(&support::plan(), request.at),
        }
    }
}

/// Alice is asked, bob only by who knows his code, and of carol nobody may ask.
fn ask(request: BackchannelRequest, at: UtcDateTime) -> Result<Outcome, Refusal> {
    let user_code = request.user_code().map(|code| *code == Secret::new("right"));
    let refusal = match (request.hint(), user_code) {
        (Hint::Login(login), _) if login == "alice" => return request.accept("alice", at),
        (Hint::Login(login), Some(true)) if login == "bob" => return request.accept("bob", at),
        (Hint::Login(login), Some(false)) if login == "bob" => BackchannelRefusal::InvalidUserCode,
        (Hint::Login(login), None) if login == "bob" => BackchannelRefusal::MissingUserCode,
        (Hint::Login(login), _) if login == "carol" => BackchannelRefusal::AccessDenied,
        (Hint::LoginToken(_), _) => BackchannelRefusal::ExpiredHint,
        _ => BackchannelRefusal::UnknownUser,
    };
    Err(request.refuse(refusal))
}

/// Randomness of which every drawing has the same octets where a user code is drawn from, and no two the same elsewhere.
#[derive(Debug)]
struct SameUserCode(FixedRandom);

static SAME_USER_CODE: SameUserCode = SameUserCode(FixedRandom::new(8));

impl SecureRandom for SameUserCode {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0.fill(out)?;
        if let Some(user_code) = out.get_mut(48..56) {
            user_code.fill(0);
        }
        Ok(())
    }
}
