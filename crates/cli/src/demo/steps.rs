//! The walk: each step sends something, and says what held.

use core::net::SocketAddr;

use symbolon::{
    client::{
        AuthorizationCode, AuthorizationPlan, Client, ClientError, Received, Sending, UnverifiedTokens, VerifiedTokens,
    },
    client_auth::{AssertionSigner, ClientAuthentication, SecretAssertionSigner},
    dpop::ProofSigner,
    jose::{SigningKey, VerifyingKeys},
    ring::PROVIDER,
    types::{Alg, ClientId, ErrorCode, GrantType, Issuer, Scope, Secret},
};
use symbolon_reqwest::Sender;
use time::UtcDateTime;
use tokio::net::TcpListener;

use super::{
    Failure, browser,
    business::{self, BUSINESS, Businesses, ORGANIZATION_NUMBER},
    ciba::ALICE,
    exchange::rule,
    grants::{self, DEVICE},
    mutual_tls::{AUTHORITY, Callers},
    tamper::Tamper,
    wire::{Message, Wire, exchange},
};
use crate::serve::{self, BackchannelMetadata, CertificateMetadata, ClientMetadata, ServeConfig, User};

/// The names of the steps.
pub(super) mod step {
    pub(crate) const START: &str = "start";
    pub(crate) const METADATA: &str = "metadata and keys";
    pub(crate) const BASIC: &str = "client_secret_basic";
    pub(crate) const POST: &str = "client_secret_post";
    pub(crate) const SECRET_JWT: &str = "client_secret_jwt";
    pub(crate) const PRIVATE_KEY_JWT: &str = "private_key_jwt";
    pub(crate) const BUSINESS: &str = "private_key_jwt by x5c";
    pub(crate) const TLS_CLIENT_AUTH: &str = "tls_client_auth";
    pub(crate) const AUTHORIZE: &str = "authorization request";
    pub(crate) const CALLBACK: &str = "callback";
    pub(crate) const EXCHANGE: &str = "code exchange";
    pub(crate) const ID_TOKEN: &str = "ID token";
    pub(crate) const USERINFO: &str = "userinfo";
    pub(crate) const REFRESH: &str = "refresh";
    pub(crate) const REUSE: &str = "refresh token reuse";
    pub(crate) const CERTIFICATE_BOUND: &str = "certificate-bound access token";
    pub(crate) const DPOP_EXCHANGE: &str = "code exchange with DPoP";
    pub(crate) const DPOP_USERINFO: &str = "userinfo with DPoP";
    pub(crate) const DPOP_REFRESH: &str = "refresh with DPoP";
    pub(crate) const JWT_BEARER: &str = "jwt-bearer";
    pub(crate) const DEVICE: &str = "device code";
    pub(crate) const CIBA: &str = "backchannel authentication";
    pub(crate) const EXCHANGED: &str = "token exchange";
    pub(crate) const REFUSALS: &str = "refusals";
}

const REDIRECT_URI: &str = "http://127.0.0.1/callback";
/// The subject of the certificate, and the name of the client that has it.
pub(super) const TLS_CLIENT: &str = "demo-tls";
const SCOPE: &str = "openid profile read";

/// The whole walk. Returns a line for each thing that was checked.
pub(super) async fn walk(tamper: Option<Tamper>) -> Result<Vec<String>, Failure> {
    let demo = Demo::start(tamper).await?;
    let mut checked = Vec::new();
    println!("== client_credentials, once for each way to authenticate");
    demo.client_credentials(step::BASIC, &demo.basic, &mut checked).await?;
    demo.client_credentials(step::POST, &demo.post, &mut checked).await?;
    demo.client_credentials(step::SECRET_JWT, &demo.mac, &mut checked).await?;
    demo.client_credentials(step::PRIVATE_KEY_JWT, &demo.signer, &mut checked).await?;
    demo.business(&mut checked).await?;
    demo.tls_client_auth(&mut checked).await?;
    println!("\n== authorization code with PKCE, by a public client (none)");
    let tokens = demo.log_in(&demo.public, &mut checked).await?;
    demo.userinfo(&tokens, &mut checked).await?;
    println!("\n== refresh");
    let newer = demo.refresh(&demo.public, &tokens, &mut checked).await?;
    demo.reuse(&demo.public, &tokens, &newer, &mut checked).await?;
    println!("\n== mutual TLS: tokens bound to a certificate (RFC 8705)");
    demo.certificate_bound(&mut checked).await?;
    println!("\n== DPoP: code and tokens bound to a key (RFC 9449)");
    demo.dpop(&mut checked).await?;
    println!("\n== an assertion as a grant (RFC 7523)");
    demo.jwt_bearer(&mut checked).await?;
    println!("\n== a device, and its user at another one (RFC 8628)");
    demo.device(&mut checked).await?;
    println!("\n== a client that asks for its user, and is told when the user has decided (OpenID CIBA)");
    demo.ciba(&mut checked).await?;
    println!("\n== one token for another (RFC 8693)");
    demo.token_exchange(&mut checked).await?;
    println!("\n== what must be refused");
    demo.refusals(&demo.public, &mut checked).await?;
    demo.server.stop().await.map_err(|error| Failure::at(step::START, error))?;
    Ok(checked)
}

pub(super) struct Demo {
    server: serve::Running,
    wire: Wire,
    pub(super) sender: Sender,
    pub(super) callers: Callers,
    pub(super) keys: VerifyingKeys,
    pub(super) userinfo: String,
    pub(super) tls_userinfo: String,
    pub(super) basic: Client,
    post: Client,
    mac: Client,
    signer: Client,
    pub(super) businesses: Businesses<Client>,
    public: Client,
    pub(super) device: Client,
    /// Where the client `basic` is told that its user has decided.
    pub(super) pings: TcpListener,
    /// The key of the identity provider.
    pub(super) idp: SigningKey,
    pub(super) tls: Client,
    pub(super) dpop: Client,
    /// The same client with another key.
    pub(super) other_dpop: Client,
    pub(super) tamper: Option<Tamper>,
}

impl Demo {
    async fn start(tamper: Option<Tamper>) -> Result<Self, Failure> {
        let fail = |error: &dyn core::fmt::Display| Failure::at(step::START, error);
        let secret = || random_text().map_err(|error| fail(&error));
        let new_key = || SigningKey::generate(&PROVIDER, Alg::Es256).map_err(|error| fail(&error));
        let (basic, post, mac) = (secret()?, secret()?, secret()?);
        let (key, _) = new_key()?;
        let key = key.with_kid("demo");
        let idp = new_key()?.0.with_kid("demo-idp");
        // DPoP proofs are for the URL that the client calls: that of the wire is the server's own.
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| fail(&error))?;
        let address = listener.local_addr().map_err(|error| fail(&error))?;
        let pings = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| fail(&error))?;
        let told_at = pings.local_addr().map_err(|error| fail(&error))?;
        let (callers, businesses, files) =
            Callers::new(&random_text().map_err(|error| fail(&error))?).map_err(|error| fail(&error))?;
        let config = ServeConfig {
            issuer: Some(format!("http://{address}")),
            tls: files.tls(),
            x5c: Some(files.x5c()),
            ..config(&basic, &post, &mac, &key, &idp, told_at)?
        };
        let server = serve::start(config).await.map_err(|error| fail(&error))?;
        drop(files);
        let wire = Wire::open(listener, server.local_addr());
        println!("a server is listening: issuer {}, reached through a wire that shows everything\n", server.issuer());
        let sender = Sender::new().map_err(|error| fail(&error))?;

        let unfetched = |error: &dyn core::fmt::Display| Failure::at(step::METADATA, error);
        let issuer = Issuer::parse(server.issuer()).map_err(|error| unfetched(&error))?;
        let metadata = sender.metadata(&issuer).await.map_err(|error| unfetched(&error))?;
        let jwks_uri = metadata.jwks_uri.as_ref().ok_or_else(|| unfetched(&"no jwks_uri"))?;
        let set = sender.jwks(jwks_uri).await.map_err(|error| unfetched(&error))?;
        let keys = VerifyingKeys::load(&PROVIDER, &set, &[]);
        let userinfo = metadata.userinfo_endpoint.as_ref().ok_or_else(|| unfetched(&"no userinfo_endpoint"))?;
        let userinfo = userinfo.as_str().to_owned();
        let tls_userinfo = metadata.mtls_endpoint_aliases.userinfo_endpoint.as_ref();
        let tls_userinfo = tls_userinfo.ok_or_else(|| unfetched(&"no userinfo_endpoint for mutual TLS"))?;
        let tls_userinfo = tls_userinfo.as_str().to_owned();
        println!("metadata and {} keys fetched\n", keys.keys().len());

        let client = |id: &str, authentication: ClientAuthentication, dpop: Option<ProofSigner>| {
            let id = ClientId::parse(id).map_err(|error| fail(&error))?;
            let mut builder = Client::builder(issuer.clone(), id, PROVIDER)
                .metadata(&metadata)
                .authentication(authentication)
                .id_token_algorithms([Alg::Es256])
                .redirect_uri(REDIRECT_URI);
            if let Some(signer) = dpop {
                builder = builder.dpop(signer);
            }
            builder.build().map_err(|error| fail(&error))
        };
        let proof_signer = || ProofSigner::new(&PROVIDER, new_key()?.0).map_err(|error| fail(&error));
        let mac = if tamper == Some(Tamper::SecretJwtKey) { secret()? } else { mac };
        let mac = SecretAssertionSigner::new(&PROVIDER, Alg::Hs256, &mac, &issuer).map_err(|error| fail(&error))?;
        let signer = AssertionSigner::new(key, &issuer);
        let businesses = businesses.try_map(|issued| {
            let key = business::key(&issued).map_err(|error| fail(&error))?;
            client(BUSINESS, ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &issuer)), None)
        })?;
        Ok(Self {
            basic: client("demo-basic", ClientAuthentication::Basic(basic), None)?,
            post: client("demo-post", ClientAuthentication::Post(post), None)?,
            mac: client("demo-mac", ClientAuthentication::SecretJwt(mac), None)?,
            signer: client("demo-signer", ClientAuthentication::PrivateKeyJwt(signer), None)?,
            public: client("demo-public", ClientAuthentication::None, None)?,
            device: client(DEVICE, ClientAuthentication::None, None)?,
            pings,
            idp,
            tls: client(TLS_CLIENT, ClientAuthentication::TlsClientAuth, None)?,
            dpop: client("demo-dpop", ClientAuthentication::None, Some(proof_signer()?))?,
            other_dpop: client("demo-dpop", ClientAuthentication::None, Some(proof_signer()?))?,
            server,
            wire,
            sender,
            callers,
            businesses,
            keys,
            userinfo,
            tls_userinfo,
            tamper,
        })
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

    /// Sends a token request, through the wire unless the sender goes to the TLS port.
    pub(super) async fn send(
        &self,
        here: &'static str,
        sender: &Sender,
        sending: Result<Sending, ClientError>,
    ) -> Result<Received, Failure> {
        let (request, pending) = sending.and_then(Sending::ready).map_err(|error| Failure::at(here, error))?;
        self.arm(here);
        let response = sender.send(request).await.map_err(|error| Failure::at(here, error))?;
        pending.receive(&response, UtcDateTime::now()).map_err(|error| Failure::at(here, error))
    }

    /// The same, where tokens must come.
    pub(super) async fn ask(
        &self,
        here: &'static str,
        sender: &Sender,
        sending: Result<Sending, ClientError>,
    ) -> Result<UnverifiedTokens, Failure> {
        match self.send(here, sender, sending).await? {
            Received::Tokens(tokens) => Ok(tokens),
            Received::Refused(answer) => Err(Failure::at(here, answer)),
            _ => Err(Failure::at(here, "an unknown answer")),
        }
    }

    async fn client_credentials(
        &self,
        here: &'static str,
        client: &Client,
        checked: &mut Vec<String>,
    ) -> Result<(), Failure> {
        println!("-- {here}");
        self.client_credentials_by(here, client, &self.sender).await?;
        checked.push(format!("{here}: an access token for `read`, no refresh token, no ID token"));
        Ok(())
    }

    pub(super) async fn client_credentials_by(
        &self,
        here: &'static str,
        client: &Client,
        sender: &Sender,
    ) -> Result<(), Failure> {
        let scope = Scope::parse("read").map_err(|error| Failure::at(here, error))?;
        let tokens = self.ask(here, sender, client.client_credentials(Some(scope), UtcDateTime::now())).await?;
        let tokens = tokens.without_id_token().map_err(|error| Failure::at(here, error))?;
        require(here, tokens.refresh_token().is_none(), "no refresh token")?;
        require(here, tokens.response().id_token.is_none(), "no ID token")?;
        let scope = tokens.scope().map(ToString::to_string);
        require(here, scope.as_deref() == Some("read"), "the scope that was asked for, no more and no less")
    }

    /// The authorization request and its callback.
    pub(super) async fn authorize(
        &self,
        client: &Client,
        tamper: Option<Tamper>,
    ) -> Result<AuthorizationCode, Failure> {
        let scope = Scope::parse(SCOPE).map_err(|error| Failure::at(step::AUTHORIZE, error))?;
        let mut plan = AuthorizationPlan::new(scope);
        plan.login_hint = Some(symbolon::id_token::Personal::new("alice"));
        let (request, pending) = client.authorize(plan).map_err(|error| Failure::at(step::AUTHORIZE, error))?;
        let query = browser::visit(request.url().expose(), tamper).await?;
        pending.receive(&query, UtcDateTime::now()).map_err(|error| Failure::at(step::CALLBACK, error))
    }

    async fn log_in(&self, client: &Client, checked: &mut Vec<String>) -> Result<VerifiedTokens, Failure> {
        println!("-- {}", step::AUTHORIZE);
        let code = self.authorize(client, self.tamper).await?;
        checked.push("callback: nothing twice, our state, `iss` of this issuer, no error, a code".into());
        println!("-- {}", step::EXCHANGE);
        let tokens = self.ask(step::EXCHANGE, &self.sender, client.exchange(code, UtcDateTime::now())).await?;
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
        let headers = format!("authorization: {}\r\n", tokens.authorization().expose());
        let response = self.get_userinfo(step::USERINFO, &headers).await?;
        require_subject(step::USERINFO, &response, tokens)?;
        checked.push("userinfo: the subject of the ID token".into());
        Ok(())
    }

    /// A request to userinfo, through the wire.
    pub(super) async fn get_userinfo(&self, here: &'static str, headers: &str) -> Result<Message, Failure> {
        self.arm(here);
        let (host, request) = Message::get(&self.userinfo, headers).ok_or_else(|| Failure::at(here, "no URL"))?;
        exchange(&host, &request).await.map_err(|error| Failure::at(here, error))
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
            let code = self.authorize(client, None).await?;
            let sending = client.exchange(code, UtcDateTime::now()).and_then(Sending::ready);
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

    pub(super) async fn refresh_with(
        &self,
        client: &Client,
        tokens: &VerifiedTokens,
        here: &'static str,
    ) -> Result<VerifiedTokens, Failure> {
        let plan = tokens.refresh_plan().ok_or_else(|| Failure::at(here, "no refresh token was issued"))?;
        let tokens = self.ask(here, &self.sender, client.refresh(plan, UtcDateTime::now())).await?;
        tokens.verify(&self.keys, UtcDateTime::now()).map_err(|error| Failure::at(here, error))
    }
}

pub(super) fn require(step: &'static str, holds: bool, what: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::at(step, format!("did not hold: {what}"))) }
}

/// The answer of userinfo is about the subject of the ID token.
pub(super) fn require_subject(step: &'static str, response: &Message, tokens: &VerifiedTokens) -> Result<(), Failure> {
    let challenge = response.header("www-authenticate").unwrap_or_default();
    require(step, response.first_line().contains(" 200"), &format!("{} {challenge}", response.first_line()))?;
    let body: serde_json::Value = serde_json::from_slice(&response.body).map_err(|error| Failure::at(step, error))?;
    let subject = tokens.id_token().map(|claims| claims.sub.as_str());
    require(step, subject.is_some() && body.get("sub").and_then(|sub| sub.as_str()) == subject, "the same subject")
}

/// The answer of userinfo is 401 with this error (RFC 6750 §3.1, RFC 9449 §7.1).
pub(super) fn require_refusal(step: &'static str, response: &Message, error: &str, what: &str) -> Result<(), Failure> {
    let challenge = response.header("www-authenticate").unwrap_or_default();
    let is_refused = response.first_line().contains(" 401") && challenge.contains(&format!("error=\"{error}\""));
    require(step, is_refused, &format!("{what} is refused with {error}"))
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

/// The server of the demo: one client for each way to authenticate and one with DPoP, two users, keys in memory.
fn config(
    basic: &Secret,
    post: &Secret,
    mac: &Secret,
    key: &SigningKey,
    idp: &SigningKey,
    told_at: SocketAddr,
) -> Result<ServeConfig, Failure> {
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
    let with_users = |mut client: ClientMetadata, other_grant: &str| {
        client.grant_types = Some(vec!["authorization_code".into(), other_grant.into()]);
        client.redirect_uris = vec![REDIRECT_URI.into()];
        client.id_token_signed_response_alg = Some(Alg::Es256.as_str().into());
        client
    };
    let public = with_users(client("demo-public", "none"), "refresh_token");
    let mut dpop = with_users(client("demo-dpop", "none"), "refresh_token");
    dpop.dpop_bound_access_tokens = Some(true);
    let mut tls = with_users(client(TLS_CLIENT, "tls_client_auth"), "client_credentials");
    tls.certificate = CertificateMetadata {
        tls_client_auth_subject_dn: Some(format!("CN={TLS_CLIENT}")),
        tls_client_auth_anchor: Some(AUTHORITY.into()),
        tls_client_certificate_bound_access_tokens: Some(true),
        ..CertificateMetadata::default()
    };
    let jwks = |key: &SigningKey| {
        let jwk = key.public_jwk().ok_or_else(|| Failure::at(step::START, "the key has no public half"))?;
        let jwks = format!(r#"{{"keys":[{}]}}"#, jwk.to_json());
        serde_json::from_str(&jwks).map(Some).map_err(|error| Failure::at(step::START, error))
    };
    let signer = {
        let mut client = client("demo-signer", "private_key_jwt");
        client.jwks = jwks(key)?;
        client
    };
    let basic = {
        let mut client = with_secret("demo-basic", "client_secret_basic", basic);
        let grants = [GrantType::JwtBearer, GrantType::Ciba, GrantType::TokenExchange];
        client.grant_types.get_or_insert_default().extend(grants.map(|grant| grant.as_str().into()));
        client.id_token_signed_response_alg = Some(Alg::Es256.as_str().into());
        client.backchannel = BackchannelMetadata {
            backchannel_token_delivery_mode: Some("ping".into()),
            backchannel_client_notification_endpoint: Some(format!("http://{told_at}/told")),
        };
        client
    };
    let device = {
        let mut client = client(DEVICE, "none");
        client.scope = "read".into();
        client.grant_types = Some(vec![GrantType::DeviceCode.as_str().into()]);
        client
    };
    let business = {
        let mut client = client(BUSINESS, "private_key_jwt");
        client.organization_number = Some(ORGANIZATION_NUMBER.into());
        client
    };
    let mut alice = User::new("alice", ALICE);
    alice.claims.insert("name".into(), "Alice Example".into());
    Ok(ServeConfig {
        development: true,
        listen: Some(([127, 0, 0, 1], 0).into()),
        tls_listen: Some(([127, 0, 0, 1], 0).into()),
        dpop_nonce: true,
        clients: vec![
            basic,
            with_secret("demo-post", "client_secret_post", post),
            with_secret("demo-mac", "client_secret_jwt", mac),
            signer,
            business,
            tls,
            public,
            dpop,
            device,
        ],
        users: vec![alice, User::new("bob", "248289761002")],
        exchanges: vec![rule()],
        assertion_issuers: vec![grants::identity_provider(jwks(idp)?)],
        ..ServeConfig::default()
    })
}
