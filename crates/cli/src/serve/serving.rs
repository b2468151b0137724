use core::net::IpAddr;
use std::sync::Arc;

use symbolon::{
    server::{
        AuthenticatedRequest, BackchannelRefusal, Endpoint, Found, Grant, Outcome, ReceivedRequest, Refusal, Settled,
        Throttle, TokenPlan,
    },
    types::RequestParts,
    x509::{UntrustedChain, ValidatedChain},
};
use symbolon_axum::{Respond, RespondToBackchannel, RespondToDevices};
use symbolon_store::{Driver, Memory, Store as _};
use time::UtcDateTime;

use super::{
    assertion_issuers::AssertionIssuers,
    attempts::{Attempts, Who},
    chains::Chains,
    client_keys::ClientKeySets,
    hints::Hints,
    open_requests::{OpenRequest, OpenRequests},
    pings::Pings,
};

/// What decides here: the steps of the server half, with attempts counted.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) driver: Driver<Memory>,
    pub(super) plan: TokenPlan,
    /// Of peers that are known: behind a proxy none is.
    pub(super) attempts: Attempts,
    /// Replay ids that requests of known peers leave behind.
    pub(super) ids: Attempts,
    pub(super) client_keys: ClientKeySets,
    /// For clients that registered an organisation number.
    pub(super) chains: Option<Arc<Chains>>,
    /// Whose JWTs are grants.
    pub(super) issuers: AssertionIssuers,
    /// Whom clients mean that ask for a user.
    pub(super) hints: Hints,
    /// Clients that are told when that is decided.
    pub(super) pings: Pings,
    /// What users are asked.
    pub(super) open: OpenRequests,
}

impl Serving {
    async fn decide(&self, parts: RequestParts, peer: Option<IpAddr>, now: UtcDateTime) -> Result<Outcome, Refusal> {
        let received = self.driver.endpoint().receive(parts)?;
        let grant = self.authenticate(received, peer, now).await?.into_grant()?;
        if let Grant::JwtBearer(grant) = &grant {
            self.issuers.fetch(self.driver.store(), grant, now).await;
        }
        let is_exchange = matches!(grant, Grant::TokenExchange(_));
        let granted = self.driver.judge(grant, now).await?;
        if is_exchange {
            // What is exchanged is for the rule's targets, which other tokens need not be good for.
            let plan = self.plan.clone().for_resources(&granted.granted().resources);
            return granted.issue(&plan, now);
        }
        granted.issue(&self.plan, now)
    }

    async fn decide_device_authorization(
        &self,
        parts: RequestParts,
        verification_uri: &str,
        now: UtcDateTime,
    ) -> Result<Outcome, Refusal> {
        let peer = parts.peer_network;
        let received = self.driver.endpoint().receive_device_authorization(parts)?;
        self.authenticate(received, peer, now).await?.into_device_authorization(verification_uri, now)
    }

    async fn decide_backchannel_authentication(
        &self,
        parts: RequestParts,
        now: UtcDateTime,
    ) -> Result<Outcome, Refusal> {
        let peer = parts.peer_network;
        let received = self.driver.endpoint().receive_backchannel_authentication(parts)?;
        let request = self.authenticate(received, peer, now).await?.into_backchannel()?;
        match self.hints.user(self.driver.endpoint(), request.client(), request.hint(), now) {
            Some(user) => request.accept(&user.sub, now),
            None => Err(request.refuse(BackchannelRefusal::UnknownUser)),
        }
    }

    /// The client, by whatever it registered: its attempts counted, its chain validated, its keys fetched.
    async fn authenticate(
        &self,
        received: ReceivedRequest,
        peer: Option<IpAddr>,
        now: UtcDateTime,
    ) -> Result<AuthenticatedRequest, Refusal> {
        let client = self.driver.store().client(received.client_hint()).await.map_err(Refusal::unavailable)?;
        let wait = peer.and_then(|peer| self.attempts.wait(received.client_hint(), peer, now));
        let throttle = wait.map_or(Throttle::Allow, |retry_after| Throttle::Refuse { retry_after });
        let chain = match (&self.chains, received.wanted_chain(client.as_deref())) {
            (Some(chains), Some(wanted)) => validated(chains, wanted, received.client_hint(), now).await,
            _ => None,
        };
        let keys = match (&client, received.wanted_keys(client.as_deref())) {
            (Some(client), Some(wanted)) => {
                self.client_keys.keys(client.client_id().as_str(), wanted.kid.as_deref(), now).await.map(Arc::new)
            }
            _ => None,
        };
        received.authenticate(Found::client(client).throttle(throttle).keys(keys).chain(chain), now)
    }

    /// Ends a request, unless its client has left too many replay ids behind from there (security decision D27).
    async fn finish(&self, decided: Result<Outcome, Refusal>, peer: Option<IpAddr>, now: UtcDateTime) -> Settled {
        let mut outcome = decided.unwrap_or_else(Refusal::into_outcome);
        let counted = peer.zip(outcome.client_id().cloned()).filter(|_| outcome.remembers());
        if let Some((peer, client_id)) = counted {
            let has_authenticated = outcome.auth_method().is_some_and(|method| !method.is_public());
            let who = Who::new(client_id.as_str(), has_authenticated);
            match self.ids.wait(who, peer, now) {
                Some(retry_after) => outcome = outcome.over_quota(retry_after),
                None => self.ids.count(who, peer, now),
            }
        }
        self.driver.finish(Ok(outcome)).await
    }

    /// Counts a secret that was refused to a peer that is known.
    fn count(&self, settled: &Settled, peer: Option<IpAddr>, now: UtcDateTime) {
        if let (Some(peer), Some(attempt)) = (peer, settled.attempt()) {
            self.attempts.count(attempt.subject.as_str(), peer, now);
        }
    }
}

/// The chain, if it is valid. Lists of revoked certificates may be long, so that others are served meanwhile.
async fn validated(
    chains: &Arc<Chains>,
    wanted: UntrustedChain,
    client_id: &str,
    now: UtcDateTime,
) -> Option<Arc<ValidatedChain>> {
    let chains = Arc::clone(chains);
    match tokio::task::spawn_blocking(move || chains.judge(wanted, now)).await.ok()? {
        Ok(chain) => Some(Arc::new(chain)),
        Err(problem) => {
            tracing::warn!(client_id, "the chain in the `x5c` of its assertion is not taken: {problem}");
            None
        }
    }
}

impl Respond for Serving {
    fn endpoint(&self) -> &Endpoint {
        self.driver.endpoint()
    }

    async fn token(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        let peer = parts.peer_network;
        let settled = self.finish(self.decide(parts, peer, now).await, peer, now).await;
        if settled.is_refresh_retry() {
            let client_id = settled.client_id().map(tracing::field::display);
            tracing::warn!(client_id, "a refresh token that was used came again, and was forgiven (`refresh_mode`)");
        }
        self.count(&settled, peer, now);
        settled
    }

    async fn userinfo(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        let peer = parts.peer_network;
        self.finish(self.driver.decide_userinfo(parts, now).await, peer, now).await
    }
}

impl RespondToDevices for Serving {
    async fn device_authorization(&self, parts: RequestParts, verification_uri: &str, now: UtcDateTime) -> Settled {
        let peer = parts.peer_network;
        let decided = self.decide_device_authorization(parts, verification_uri, now).await;
        let settled = self.finish(decided, peer, now).await;
        self.count(&settled, peer, now);
        settled
    }
}

impl RespondToBackchannel for Serving {
    async fn backchannel_authentication(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        let peer = parts.peer_network;
        let decided = self.decide_backchannel_authentication(parts, now).await;
        let open = decided.as_ref().ok().and_then(OpenRequest::of);
        let settled = self.finish(decided, peer, now).await;
        self.count(&settled, peer, now);
        // What was not stored waits for nobody.
        if let Some(open) = open.filter(|_| settled.status() == STORED) {
            self.open.add(open, now);
        }
        settled
    }
}

/// The status of an answer to what was stored (OpenID CIBA §7.3).
const STORED: u16 = 200;

#[cfg(test)]
impl Serving {
    /// Of one client, for clients on devices and for those that ask for users, with keys of its own.
    pub(super) fn of_test(
        issuer: &str,
        client: symbolon::server::RegisteredClient,
        users: Arc<std::collections::BTreeMap<String, super::User>>,
        now: UtcDateTime,
    ) -> Self {
        use symbolon::{
            policy::{GrantSet, Policy},
            ring::PROVIDER,
            server::{AccessToken, ServerKey},
            types::Issuer,
        };
        let mut policy = Policy::OAUTH_2_1;
        policy.grants = policy.grants.and(GrantSet::DEVICE_CODE).and(GrantSet::CIBA);
        let (own, key) = (Issuer::parse(issuer).unwrap(), ServerKey::new("1", [7; 32]));
        let endpoint = Endpoint::builder(own, format!("{issuer}/token"), PROVIDER, key).policy(policy);
        let store = Memory::new(now);
        store.register(client);
        let config = super::ServeConfig { development: true, ..super::ServeConfig::default() };
        let keys = super::keys::Keys::load(&config).unwrap();
        let plan = TokenPlan::new(AccessToken::Opaque).with_id_token_keys(keys.signing.clone());
        Self {
            driver: Driver::new(endpoint.build().unwrap(), store, plan.clone()),
            plan,
            attempts: Attempts::at_secrets(),
            ids: Attempts::at_ids(),
            client_keys: ClientKeySets::new(true, 20).unwrap(),
            chains: None,
            issuers: AssertionIssuers::none(ClientKeySets::new(true, 20).unwrap()),
            hints: Hints::new(users, &keys),
            pings: Pings::new(true).unwrap(),
            open: OpenRequests::default(),
        }
    }
}
