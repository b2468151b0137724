//! The walk: each step sends something, and says what held.

use symbolon::{
    client::{
        AuthorizationPlan, Client, IncomingResponse, OutgoingRequest, PendingTokens, Received, Sending, VerifiedTokens,
    },
    client_auth::{AssertionSigner, ClientAuthentication},
    jose::{SigningKey, VerifyingKeys},
    ring::PROVIDER,
    types::{Alg, ClientId, ErrorCode, Issuer, Scope, Secret},
};
use symbolon_reqwest::Sender;
use time::UtcDateTime;

use super::{
    Failure, browser,
    tamper::Tamper,
    wire::{Message, Wire, exchange},
};
use crate::serve::{self, ClientMetadata, ServeConfig, User};

/// The names of the steps.
pub(super) mod step {
    pub(crate) const START: &str = "start";
    pub(crate) const METADATA: &str = "metadata and keys";
    pub(crate) const BASIC: &str = "client_secret_basic";
    pub(crate) const POST: &str = "client_secret_post";
    pub(crate) const PRIVATE_KEY_JWT: &str = "private_key_jwt";
    pub(crate) const AUTHORIZE: &str = "authorization request";
    pub(crate) const CALLBACK: &str = "callback";
    pub(crate) const EXCHANGE: &str = "code exchange";
    pub(crate) const ID_TOKEN: &str = "ID token";
    pub(crate) const USERINFO: &str = "userinfo";
    pub(crate) const REFRESH: &str = "refresh";
    pub(crate) const REUSE: &str = "refresh token reuse";
    pub(crate) const REFUSALS: &str = "refusals";
}

const REDIRECT_URI: &str = "http://127.0.0.1/callback";
const SCOPE: &str = "openid profile read";

/// The whole walk. Returns a line for each thing that was checked.
pub(super) async fn walk(tamper: Option<Tamper>) -> Result<Vec<String>, Failure> {
    let demo = Demo::start(tamper).await?;
    let mut checked = Vec::new();
    println!("== client_credentials, once for each way to authenticate");
    demo.client_credentials(step::BASIC, &demo.basic, &mut checked).await?;
    demo.client_credentials(step::POST, &demo.post, &mut checked).await?;
    demo.client_credentials(step::PRIVATE_KEY_JWT, &demo.signer, &mut checked).await?;
    println!("\n== authorization code with PKCE, by a public client (none)");
    let tokens = demo.log_in(&demo.public, &mut checked).await?;
    demo.userinfo(&tokens, &mut checked).await?;
    println!("\n== refresh");
    let newer = demo.refresh(&demo.public, &tokens, &mut checked).await?;
    demo.reuse(&demo.public, &tokens, &newer, &mut checked).await?;
    println!("\n== what must be refused");
    demo.refusals(&demo.public, &mut checked).await?;
    demo.server.stop().await.map_err(|error| Failure::at(step::START, error))?;
    Ok(checked)
}

struct Demo {
    server: serve::Running,
    wire: Wire,
    sender: Sender,
    keys: VerifyingKeys,
    userinfo: String,
    basic: Client,
    post: Client,
    signer: Client,
    public: Client,
    tamper: Option<Tamper>,
}

impl Demo {
    async fn start(tamper: Option<Tamper>) -> Result<Self, Failure> {
        let fail = |error: &dyn core::fmt::Display| Failure::at(step::START, error);
        let random = || random_text().map_err(|error| Failure::at(step::START, error));
        let (basic, post) = (random()?, random()?);
        let key = symbolon::ring::generate_ecdsa_p256_pkcs8().map_err(|error| fail(&error))?;
        let key = SigningKey::from_pkcs8_der(&PROVIDER, key.expose(), None).map_err(|error| fail(&error))?;
        let server = serve::start(config(&basic, &post, &key)?).await.map_err(|error| fail(&error))?;
        println!("a server is listening: issuer {}\n", server.issuer());
        let wire = Wire::open(server.local_addr()).await.map_err(|error| fail(&error))?;
        let sender = Sender::new().map_err(|error| fail(&error))?;

        let unfetched = |error: &dyn core::fmt::Display| Failure::at(step::METADATA, error);
        let issuer = Issuer::parse(server.issuer()).map_err(|error| unfetched(&error))?;
        let metadata = sender.metadata(&issuer).await.map_err(|error| unfetched(&error))?;
        let jwks_uri = metadata.jwks_uri.as_ref().ok_or_else(|| unfetched(&"no jwks_uri"))?;
        let set = sender.jwks(jwks_uri).await.map_err(|error| unfetched(&error))?;
        let keys = VerifyingKeys::load(&PROVIDER, &set, &[]);
        let userinfo = metadata.userinfo_endpoint.as_ref().ok_or_else(|| unfetched(&"no userinfo_endpoint"))?;
        let userinfo = userinfo.as_str().to_owned();
        println!(
            "metadata and {} keys fetched; the token endpoint is reached through a wire that shows everything\n",
            keys.keys().len()
        );

        let client = |id: &str, authentication: ClientAuthentication| {
            let id = ClientId::parse(id).map_err(|error| fail(&error))?;
            Client::builder(issuer.clone(), id, PROVIDER)
                .metadata(&metadata)
                .token_endpoint(wire.url("/token"))
                .authentication(authentication)
                .id_token_algorithms([Alg::Es256])
                .redirect_uri(REDIRECT_URI)
                .build()
                .map_err(|error| fail(&error))
        };
        let basic = client("demo-basic", ClientAuthentication::Basic(basic))?;
        let post = client("demo-post", ClientAuthentication::Post(post))?;
        let signer = AssertionSigner::new(key.with_kid("demo"), &issuer);
        let signer = client("demo-signer", ClientAuthentication::PrivateKeyJwt(signer))?;
        let public = client("demo-public", ClientAuthentication::None)?;
        Ok(Self { server, wire, sender, keys, userinfo, basic, post, signer, public, tamper })
    }

    /// Arms the wire if this step is the one to be spoilt.
    fn arm(&self, here: &'static str) {
        let on_the_wire = match here {
            // What the ID token's check must notice is changed in the exchange before it.
            step::EXCHANGE => [step::EXCHANGE, step::ID_TOKEN].as_slice(),
            _ => &[here],
        };
        self.wire.arm(self.tamper.filter(|tamper| on_the_wire.contains(&tamper.fails_at())));
    }

    async fn send(
        &self,
        here: &'static str,
        request: OutgoingRequest,
        pending: PendingTokens,
    ) -> Result<Received, Failure> {
        self.arm(here);
        let response: IncomingResponse = self.sender.send(request).await.map_err(|error| Failure::at(here, error))?;
        pending.receive(&response, UtcDateTime::now()).map_err(|error| Failure::at(here, error))
    }

    async fn client_credentials(
        &self,
        here: &'static str,
        client: &Client,
        checked: &mut Vec<String>,
    ) -> Result<(), Failure> {
        println!("-- {here}");
        let scope = Scope::parse("read").map_err(|error| Failure::at(here, error))?;
        let sending = client.client_credentials(Some(scope), UtcDateTime::now());
        let (request, pending) = sending.and_then(Sending::ready).map_err(|error| Failure::at(here, error))?;
        match self.send(here, request, pending).await? {
            Received::Tokens(tokens) => {
                let tokens = tokens.without_id_token().map_err(|error| Failure::at(here, error))?;
                require(here, tokens.refresh_token().is_none(), "no refresh token")?;
                require(here, tokens.response().id_token.is_none(), "no ID token")?;
                let scope = tokens.scope().map(ToString::to_string);
                require(here, scope.as_deref() == Some("read"), "the scope that was asked for, no more and no less")?;
                checked.push(format!("{here}: an access token for `read`, no refresh token, no ID token"));
                Ok(())
            }
            Received::Refused(answer) => Err(Failure::at(here, answer)),
            _ => Err(Failure::at(here, "an unknown answer")),
        }
    }

    async fn log_in(&self, client: &Client, checked: &mut Vec<String>) -> Result<VerifiedTokens, Failure> {
        println!("-- {}", step::AUTHORIZE);
        let scope = Scope::parse(SCOPE).map_err(|error| Failure::at(step::AUTHORIZE, error))?;
        let mut plan = AuthorizationPlan::new(scope);
        plan.login_hint = Some(symbolon::id_token::Personal::new("alice"));
        let (request, pending) = client.authorize(plan).map_err(|error| Failure::at(step::AUTHORIZE, error))?;
        let query = browser::visit(request.url().expose(), self.tamper).await?;

        let now = UtcDateTime::now();
        let code = pending.receive(&query, now).map_err(|error| Failure::at(step::CALLBACK, error))?;
        checked.push("callback: nothing twice, our state, `iss` of this issuer, no error, a code".into());
        println!("-- {}", step::EXCHANGE);
        let sending = client.exchange(code, now);
        let (request, pending) =
            sending.and_then(Sending::ready).map_err(|error| Failure::at(step::EXCHANGE, error))?;
        let tokens = match self.send(step::EXCHANGE, request, pending).await? {
            Received::Tokens(tokens) => tokens,
            Received::Refused(answer) => return Err(Failure::at(step::EXCHANGE, answer)),
            _ => return Err(Failure::at(step::EXCHANGE, "an unknown answer")),
        };
        checked.push("code exchange: the code, with its redirect_uri and S256 verifier, gave tokens".into());
        println!("-- {}", step::ID_TOKEN);
        let hint = tokens.key_hint();
        let tokens =
            tokens.verify(&self.keys, UtcDateTime::now()).map_err(|error| Failure::at(step::ID_TOKEN, error))?;
        let claims = tokens.id_token().ok_or_else(|| Failure::at(step::ID_TOKEN, "there is none"))?;
        require(step::ID_TOKEN, claims.at_hash.is_some(), "at_hash is there")?;
        let alg = hint.map(|hint| hint.alg.as_str()).unwrap_or_default();
        println!("  signed with {alg}; iss {}, exp {}", claims.iss, claims.exp);
        checked
            .push(format!("ID token: {alg} signature under the issuer's key, iss, aud, exp, iat, nonce and at_hash"));
        Ok(tokens)
    }

    async fn userinfo(&self, tokens: &VerifiedTokens, checked: &mut Vec<String>) -> Result<(), Failure> {
        println!("-- {}", step::USERINFO);
        let fail = |why: &dyn core::fmt::Display| Failure::at(step::USERINFO, why);
        let rest = self.userinfo.strip_prefix("http://").ok_or_else(|| fail(&"not on loopback"))?;
        let (_, path) = rest.split_once('/').ok_or_else(|| fail(&"no path"))?;
        let url = self.wire.url("");
        let host = url.strip_prefix("http://").unwrap_or_default();
        self.arm(step::USERINFO);
        let head =
            format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {}\r\n", tokens.authorization().expose());
        let response = exchange(host, &Message { head, body: Vec::new() }).await.map_err(|error| fail(&error))?;
        require(step::USERINFO, response.first_line().contains(" 200"), response.first_line())?;
        let body: serde_json::Value = serde_json::from_slice(&response.body).map_err(|error| fail(&error))?;
        let subject = tokens.id_token().map(|claims| claims.sub.as_str().to_owned());
        require(
            step::USERINFO,
            body.get("sub").and_then(|sub| sub.as_str()) == subject.as_deref(),
            "the same subject",
        )?;
        checked.push("userinfo: the subject of the ID token".into());
        Ok(())
    }

    /// The same exchange with one thing wrong, and a code that is redeemed twice: the server half must say `invalid_grant`.
    async fn refusals(&self, client: &Client, checked: &mut Vec<String>) -> Result<(), Failure> {
        for (tamper, what) in [
            (Tamper::Verifier, "a wrong code_verifier"),
            (Tamper::RedirectUri, "another redirect_uri"),
            (Tamper::Code, "another code"),
            (Tamper::Replay, "a code that was redeemed before"),
        ] {
            println!("-- {what}");
            let scope = Scope::parse(SCOPE).map_err(|error| Failure::at(step::REFUSALS, error))?;
            let mut plan = AuthorizationPlan::new(scope);
            plan.login_hint = Some(symbolon::id_token::Personal::new("alice"));
            let (request, pending) = client.authorize(plan).map_err(|error| Failure::at(step::REFUSALS, error))?;
            let query = browser::visit(request.url().expose(), None).await?;
            let now = UtcDateTime::now();
            let code = pending.receive(&query, now).map_err(|error| Failure::at(step::REFUSALS, error))?;
            let sending = client.exchange(code, now).and_then(Sending::ready);
            let (request, pending) = sending.map_err(|error| Failure::at(step::REFUSALS, error))?;
            self.wire.arm(Some(tamper));
            let response = self.sender.send(request).await.map_err(|error| Failure::at(step::REFUSALS, error))?;
            let received = pending.receive(&response, UtcDateTime::now());
            let is_refused =
                matches!(&received, Ok(Received::Refused(answer)) if answer.code == ErrorCode::InvalidGrant);
            require(step::REFUSALS, is_refused, what)?;
            checked.push(format!("refused with invalid_grant: {what}"));
        }
        Ok(())
    }

    async fn refresh(
        &self,
        client: &Client,
        tokens: &VerifiedTokens,
        checked: &mut Vec<String>,
    ) -> Result<VerifiedTokens, Failure> {
        println!("-- {}", step::REFRESH);
        let newer = self.refresh_with(client, tokens, step::REFRESH).await?;
        require(step::REFRESH, newer.refresh_token() != tokens.refresh_token(), "the refresh token was rotated")?;
        let (first, second) = (tokens.id_token(), newer.id_token());
        let is_same = first.zip(second).is_some_and(|(first, second)| first.sub == second.sub);
        require(step::REFRESH, is_same, "a new ID token of the same subject")?;
        checked.push("refresh: rotated, with a new ID token of the same identity".into());
        Ok(newer)
    }

    async fn reuse(
        &self,
        client: &Client,
        old: &VerifiedTokens,
        newer: &VerifiedTokens,
        checked: &mut Vec<String>,
    ) -> Result<(), Failure> {
        println!("-- {}: the old refresh token is refused, and takes its family with it", step::REUSE);
        let is_invalid_grant = |result: Result<VerifiedTokens, Failure>| {
            result.is_err_and(|failure| failure.why.starts_with("invalid_grant"))
        };
        let replayed = self.refresh_with(client, old, step::REUSE).await;
        require(step::REUSE, is_invalid_grant(replayed), "a superseded refresh token is invalid_grant")?;
        let after = self.refresh_with(client, newer, step::REUSE).await;
        require(step::REUSE, is_invalid_grant(after), "the family is revoked")?;
        checked.push("refresh token reuse: refused with invalid_grant, and the family revoked".into());
        Ok(())
    }

    async fn refresh_with(
        &self,
        client: &Client,
        tokens: &VerifiedTokens,
        here: &'static str,
    ) -> Result<VerifiedTokens, Failure> {
        let plan = tokens.refresh_plan().ok_or_else(|| Failure::at(here, "no refresh token was issued"))?;
        let sending = client.refresh(plan, UtcDateTime::now());
        let (request, pending) = sending.and_then(Sending::ready).map_err(|error| Failure::at(here, error))?;
        match self.send(here, request, pending).await? {
            Received::Tokens(tokens) => {
                tokens.verify(&self.keys, UtcDateTime::now()).map_err(|error| Failure::at(here, error))
            }
            Received::Refused(answer) => Err(Failure::at(here, answer)),
            _ => Err(Failure::at(here, "an unknown answer")),
        }
    }
}

fn require(step: &'static str, holds: bool, what: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::at(step, format!("did not hold: {what}"))) }
}

fn random_text() -> Result<Secret, symbolon::crypto::RandomFailed> {
    use core::fmt::Write as _;
    let mut bytes = [0_u8; 32];
    PROVIDER.random.fill(&mut bytes)?;
    let mut text = String::with_capacity(64);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(Secret::new(text))
}

/// The server of the demo: one client for each way to authenticate, one user, keys in memory.
fn config(basic: &Secret, post: &Secret, key: &SigningKey) -> Result<ServeConfig, Failure> {
    let client = |id: &str, method: &str| {
        let mut client = ClientMetadata::new(id);
        client.token_endpoint_auth_method = Some(method.into());
        client.scope = SCOPE.into();
        client.grant_types = Some(vec!["client_credentials".into()]);
        client
    };
    let with_secret = |id: &str, method: &str, secret: &Secret| {
        let mut client = client(id, method);
        client.client_secret = Some(secret.clone());
        client
    };
    let public = {
        let mut client = client("demo-public", "none");
        client.grant_types = Some(vec!["authorization_code".into(), "refresh_token".into()]);
        client.redirect_uris = vec![REDIRECT_URI.into()];
        client.id_token_signed_response_alg = Some(Alg::Es256.as_str().into());
        client
    };
    let signer = {
        let mut client = client("demo-signer", "private_key_jwt");
        let jwk = key.clone().with_kid("demo").public_jwk();
        let jwk = jwk.ok_or_else(|| Failure::at(step::START, "the key has no public half"))?;
        let jwks = format!(r#"{{"keys":[{}]}}"#, jwk.to_json());
        client.jwks = Some(serde_json::from_str(&jwks).map_err(|error| Failure::at(step::START, error))?);
        client
    };
    let mut alice = User::new("alice", "248289761001");
    alice.claims.insert("name".into(), "Alice Example".into());
    Ok(ServeConfig {
        development: true,
        listen: Some(([127, 0, 0, 1], 0).into()),
        clients: vec![
            with_secret("demo-basic", "client_secret_basic", basic),
            with_secret("demo-post", "client_secret_post", post),
            signer,
            public,
        ],
        users: vec![alice],
        ..ServeConfig::default()
    })
}
