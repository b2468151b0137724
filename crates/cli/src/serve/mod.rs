//! `symbolon serve`: a token endpoint to run, built from the crates as any other program would.

mod assertion_issuers;
mod attempts;
mod authorize;
mod backchannel;
mod backchannel_page;
#[cfg(test)]
mod backchannel_tests;
mod chains;
mod client_keys;
mod clients;
mod config;
mod device;
mod device_page;
mod device_session;
#[cfg(test)]
mod device_tests;
mod error;
mod exchange;
#[cfg(test)]
mod exchange_tests;
mod hints;
#[cfg(test)]
mod id_token_tests;
#[cfg(test)]
mod jwt_bearer_tests;
mod keys;
mod listener;
mod log;
mod open_requests;
mod page;
mod pings;
mod registered;
mod serving;
#[cfg(test)]
mod tests;
mod tls;
mod users;

pub(crate) use assertion_issuers::{AccountLink, AssertionIssuerConfig, ProfileName};
pub(crate) use clients::{BackchannelMetadata, CertificateMetadata, ClientMetadata};
pub(crate) use config::{AccessTokenForm, ClientCa, KeyEntry, KeyStateName, ServeConfig, TlsConfig, User, X5cConfig};
pub(crate) use error::ServeError;
pub(crate) use exchange::{ExchangeConfig, ExchangeModeName};

use core::net::SocketAddr;
use std::{collections::BTreeMap, io, path::PathBuf, process::ExitCode, sync::Arc};

use axum::{Router, extract::connect_info::Connected, middleware, routing::any, serve::IncomingStream};
use symbolon::{
    ring::PROVIDER,
    server::{AccessToken, ApiMisuse, Endpoint, EndpointBuilder, Listener, MetadataUrls, TokenPlan},
    types::{AuthMethod, Issuer},
};
use symbolon_axum::{Network, Origin, Paths, TokenEndpoint, TrustedProxy, routes};
use symbolon_store::{Driver, Memory};
use time::{Duration, UtcDateTime};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use url::Url;

use self::{
    assertion_issuers::AssertionIssuers,
    attempts::Attempts,
    authorize::Authorization,
    backchannel::BackchannelPage,
    chains::Chains,
    client_keys::ClientKeySets,
    device::DevicePage,
    hints::Hints,
    keys::Keys,
    listener::{Arrival, PlainListener, TLS_LISTENER, TlsListener},
    open_requests::OpenRequests,
    pings::Pings,
    serving::Serving,
    tls::Tls,
};
use crate::ca::TestCa;

/// Run a token endpoint. It keeps everything in memory; plain HTTP stays on this machine, or behind proxies.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Where to listen for plain HTTP; a loopback address, unless --behind-proxy is given [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where to listen for TLS with client certificates (RFC 8705)
    #[arg(long, value_name = "ADDRESS")]
    tls_listen: Option<SocketAddr>,
    /// Take plain HTTP from these proxies and nobody else: addresses or blocks of them, separated by commas
    #[arg(long, value_name = "PEERS", value_delimiter = ',')]
    behind_proxy: Vec<Network>,
    /// The issuer identifier: https, or http on a loopback address [default: http:// and where it listens]
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Configuration, clients and test users (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// More clients: a JSON array of registrations (RFC 7591)
    #[arg(long, value_name = "FILE")]
    clients: Option<PathBuf>,
    /// Sign test users in at /authorize without asking; only on loopback
    #[arg(long)]
    development: bool,
    /// Print what is enforced, a line for each field of the policy, and start nothing
    #[arg(long)]
    print_policy: bool,
    /// Log in JSON
    #[arg(long)]
    log_json: bool,
}

/// Runs the server until SIGTERM or SIGINT.
pub(crate) async fn run(args: ServeArgs) -> ExitCode {
    log::start(args.log_json);
    match serve(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("symbolon serve: {error}");
            let mut source = core::error::Error::source(&error);
            while let Some(cause) = source {
                eprint!(": {cause}");
                source = cause.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: ServeArgs) -> Result<(), ServeError> {
    let mut config = match &args.config {
        Some(path) => ServeConfig::read(path)?,
        None => ServeConfig::default(),
    };
    if let Some(path) = &args.clients {
        config.add_clients(path)?;
    }
    config.development = args.development;
    if args.print_policy {
        return print_policy(&config, io::stdout());
    }
    config.listen = args.listen.or(config.listen);
    config.tls_listen = args.tls_listen.or(config.tls_listen);
    if !args.behind_proxy.is_empty() {
        config.behind_proxy = args.behind_proxy;
    }
    config.issuer = args.issuer.or(config.issuer);
    // Keys that are made are kept, in development too: what was signed yesterday verifies today.
    config.key_dir.get_or_insert_with(|| ServeConfig::DEFAULT_KEY_DIR.into());
    // Before anybody can know that there is a server to be stopped.
    let stop = stop_signal().map_err(ServeError::Ended)?;
    let mut running = start(config).await?;
    tokio::select! {
        () = stop => {}
        error = running.ended() => return Err(error),
    }
    tracing::info!("stopping");
    running.stop().await
}

/// Writes the report of the policy that this configuration makes.
fn print_policy(config: &ServeConfig, mut to: impl io::Write) -> Result<(), ServeError> {
    config.judge_lifetimes()?;
    let policy = config.policy();
    policy.check().map_err(|contradiction| ServeError::Endpoint(ApiMisuse::Policy(contradiction)))?;
    write!(to, "{}", policy.report()).map_err(ServeError::Output)
}

/// Starts a server; it runs until the [`Running`] is stopped or dropped.
///
/// # Errors
/// A [`ServeError`]; then nothing listens.
pub(crate) async fn start(config: ServeConfig) -> Result<Running, ServeError> {
    start_counting(config, Attempts::at_ids()).await
}

/// As [`start`], with these counters of replay ids.
async fn start_counting(config: ServeConfig, ids: Attempts) -> Result<Running, ServeError> {
    let listen = config.listen.unwrap_or(ServeConfig::DEFAULT_LISTEN);
    judge_listeners(&config, listen)?;
    let plain = bind(listen).await?;
    let local_addr = plain.local_addr().map_err(|source| ServeError::Listen { listen, source })?;
    let now = UtcDateTime::now();
    let ca = config.development.then(|| TestCa::new("Symbolon development CA", now)).transpose();
    let ca = ca.map_err(ServeError::TestCa)?;
    let (mut secure, mut tls_addr) = (None, None);
    if let Some(listen) = config.tls_listen {
        let listener = bind(listen).await?;
        tls_addr = Some(listener.local_addr().map_err(|source| ServeError::Listen { listen, source })?);
        secure = Some((listener, Arc::new(Tls::load(&config, ca.as_ref())?)));
    }
    let proxies: Arc<[Network]> = config.behind_proxy.as_slice().into();
    let proxy = config.client_cert.clone().map(|said| match said.validated_to {
        Some(anchor) => TrustedProxy::on_every_connection().validates_to(anchor),
        None => TrustedProxy::on_every_connection(),
    });
    let store = Memory::new(now);
    let chains = Chains::load(&config, ca.as_ref(), now)?.map(Arc::new);
    let folder = config.key_dir.clone().filter(|_| config.x5c.is_none());
    let numbers = config.clients.iter().filter_map(|client| client.organization_number.clone()).collect();
    let (router, issuer) = build(&config, local_addr, tls_addr, store.clone(), chains.clone(), ids)?;
    // They were judged.
    if let (Some(folder), Some(ca)) = (&folder, &ca) {
        chains::issue(folder, ca, &numbers)?;
    }

    // Where the issuer is another machine's name, every peer here is the proxy that has it: all would wait for one.
    let is_proxied =
        !proxies.is_empty() || !Url::parse(issuer.as_str()).is_ok_and(|issuer| clients::is_loopback(&issuer));
    if is_proxied {
        tracing::warn!("plain HTTP is for a proxy here: attempts at client secrets that come by it are its to limit");
    }
    let (stop, stopped) = watch::channel(());
    let mut servers = JoinSet::new();
    let plain = PlainListener { listener: plain, peers: Arc::clone(&proxies), is_proxied, proxy };
    servers.spawn(listen_on(plain, router.clone(), stopped.clone()));
    tracing::info!(issuer = issuer.as_str(), address = %local_addr, "listening");
    if let Some((listener, tls)) = secure {
        let listener = TlsListener { listener, tls, proxies, handshakes: JoinSet::new() };
        servers.spawn(listen_on(listener, router, stopped));
        tracing::info!(address = tls_addr.map(tracing::field::display), "listening for TLS");
    }
    let server = tokio::spawn(async move {
        tokio::select! {
            ended = all(servers) => ended,
            () = clean(store, chains) => Ok(()),
        }
    });
    tracing::warn!("the store is for development: it is memory, and nothing in it outlives this process");
    Ok(Running { issuer, local_addr, stop, server })
}

/// D22: plain HTTP stays on this machine or comes from the proxies that are named; development stays on this machine.
fn judge_listeners(config: &ServeConfig, listen: SocketAddr) -> Result<(), ServeError> {
    let is_loopback = |listen: SocketAddr| listen.ip().to_canonical().is_loopback();
    if !is_loopback(listen) && (config.development || config.behind_proxy.is_empty()) {
        return Err(ServeError::PlainHttp { listen });
    }
    if config.development && !config.tls_listen.is_none_or(is_loopback) {
        return Err(ServeError::Contradiction("`tls_listen` is a loopback address under --development"));
    }
    if config.client_cert.is_some() && config.behind_proxy.is_empty() {
        return Err(ServeError::Contradiction(
            "`client_cert` is what the proxies of `behind_proxy` say, and there are none",
        ));
    }
    Ok(())
}

async fn bind(listen: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(listen).await.map_err(|source| ServeError::Listen { listen, source })
}

async fn listen_on<L>(listener: L, router: Router, mut stopped: watch::Receiver<()>) -> io::Result<()>
where
    L: axum::serve::Listener<Addr = Arrival>,
    Arrival: for<'a> Connected<IncomingStream<'a, L>>,
{
    let service = router.layer(middleware::map_request(listener::tell));
    let server = axum::serve(listener, service.into_make_service_with_connect_info::<Arrival>());
    let server = server.with_graceful_shutdown(async move {
        // A message and a `Running` that is gone mean the same.
        let _ = stopped.changed().await;
    });
    server.await
}

/// Done when every server has ended, or one of them badly.
async fn all(mut servers: JoinSet<io::Result<()>>) -> io::Result<()> {
    while let Some(ended) = servers.join_next().await {
        ended.map_err(io::Error::other)??;
    }
    Ok(())
}

/// A server that runs. Dropping it stops the server too, without waiting.
#[derive(Debug)]
pub(crate) struct Running {
    issuer: Issuer,
    local_addr: SocketAddr,
    stop: watch::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

impl Running {
    /// The issuer identifier.
    pub(crate) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where it listens.
    pub(crate) const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Waits until the server ends without being stopped, and says why it did. Nothing is left to be stopped then.
    async fn ended(&mut self) -> ServeError {
        ServeError::Ended(match (&mut self.server).await {
            Ok(Ok(())) => io::Error::other("nobody stopped it"),
            Ok(Err(error)) => error,
            Err(panicked) => io::Error::other(panicked),
        })
    }

    /// Takes no more connections, answers the requests that came, and ends. Who is not done after ten seconds is cut off.
    ///
    /// # Errors
    /// - [`ServeError::Ended`]: the server had ended by itself.
    pub(crate) async fn stop(self) -> Result<(), ServeError> {
        let Self { stop, mut server, .. } = self;
        // Nobody listens any more: then it has ended, and says why below.
        let _ = stop.send(());
        match tokio::time::timeout(PATIENCE, &mut server).await {
            Ok(Ok(ended)) => ended.map_err(ServeError::Ended),
            Ok(Err(panicked)) => Err(ServeError::Ended(io::Error::other(panicked))),
            Err(_) => {
                server.abort();
                Ok(())
            }
        }
    }
}

/// How long a request may go on after the signal to stop.
const PATIENCE: core::time::Duration = core::time::Duration::from_secs(10);
/// How often the store is cleaned (codes and assertions live a minute to a few) and lists of revoked certificates are read.
const CLEANING: core::time::Duration = core::time::Duration::from_secs(60);

/// Never ends.
async fn clean(store: Memory, chains: Option<Arc<Chains>>) {
    let mut interval = tokio::time::interval(CLEANING);
    loop {
        interval.tick().await;
        let now = UtcDateTime::now();
        store.clean(now);
        if let Some(chains) = chains.clone()
            && let Err(panicked) = tokio::task::spawn_blocking(move || chains.read_lists_again(now)).await
        {
            tracing::error!("lists of revoked certificates were not read: {panicked}");
        }
    }
}

fn build(
    config: &ServeConfig,
    local_addr: SocketAddr,
    tls_addr: Option<SocketAddr>,
    store: Memory,
    chains: Option<Arc<Chains>>,
    ids: Attempts,
) -> Result<(Router, Issuer), ServeError> {
    let text = config.issuer.clone().unwrap_or_else(|| format!("http://{local_addr}"));
    let (issuer, path) = judge_issuer(&text, config.development)
        .map_err(|problem| ServeError::Issuer { issuer: text.clone(), problem })?;
    let base = issuer.as_str().trim_end_matches('/').to_owned();
    let paths = Paths::under(&path);
    config.judge_lifetimes()?;
    let policy = config.policy();
    let keys = Keys::load(config)?;
    let mut endpoint = Endpoint::builder(issuer.clone(), format!("{base}/token"), PROVIDER, keys.server.clone())
        .policy(policy)
        .userinfo_url(format!("{base}/userinfo"));
    if let Some(root) = &keys.pairwise {
        endpoint = endpoint.pairwise_key(root.clone());
    }

    let plan = plan(config, &keys);
    let mut metadata = MetadataUrls::default();
    metadata.auth_methods = AUTH_METHODS.to_vec();
    metadata.id_token_algs = keys.algs();
    metadata.authorization_endpoint = config.development.then(|| format!("{base}/authorize"));
    // The sign-in writes `iss` into every response (RFC 9207).
    metadata.authorization_response_iss = config.development;
    if let Some(address) = tls_addr {
        let tls_base = tls_base(config.tls.url.as_deref(), &issuer, address)?;
        let (token, userinfo) = (format!("{tls_base}{}", paths.token), format!("{tls_base}{}", paths.userinfo));
        // A DPoP proof is for the URL of the listener that it comes by (security decision D27).
        endpoint = endpoint.listener(Listener::new(TLS_LISTENER, &token).with_userinfo_url(&userinfo));
        if token != format!("{base}/token") {
            metadata.mtls_token_endpoint = Some(token);
            metadata.mtls_userinfo_endpoint = Some(userinfo);
        }
    }
    let sees_certificates = tls_addr.is_some() || config.client_cert.is_some();
    if sees_certificates {
        metadata.auth_methods.extend([AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth]);
        metadata.tls_client_certificate_bound_access_tokens = true;
    }
    let has_chains = chains.is_some();
    let mut client_keys = ClientKeySets::new(config.development, policy.limits.keys_per_client)?;
    let beside = registered::Surroundings { config, policy: &policy, keys: &keys, sees_certificates, has_chains };
    let mut pings = Pings::new(config.development)?;
    let clients = registered::clients(&beside, &mut metadata, &mut client_keys, &mut pings)?;
    if clients.is_empty() {
        tracing::warn!("no client is registered: every token request will be refused");
    }
    let rules = exchange::rules(&config.exchanges, &clients)?;
    let endpoint = rules.into_iter().fold(endpoint, EndpointBuilder::exchange_rule);
    let endpoint = endpoint.build().map_err(ServeError::Endpoint)?;
    let users = Arc::new(users::by_login(&config.users)?);
    let beside = assertion_issuers::Surroundings {
        own: &issuer,
        policy: &policy,
        store: &store,
        clients: &clients,
        users: &users,
        development: config.development,
    };
    let issuers = AssertionIssuers::load(&config.assertion_issuers, &beside)?;
    for client in clients.into_values() {
        store.register(client);
    }
    if !config.development && !users.is_empty() {
        tracing::warn!("test users sign in under --development only");
    }

    let driver = Driver::new(endpoint, store, plan.clone());
    let serving = Serving {
        driver,
        plan,
        attempts: Attempts::at_secrets(),
        ids,
        client_keys,
        chains,
        issuers,
        hints: Hints::new(Arc::clone(&users), &keys),
        pings,
        open: OpenRequests::default(),
    };
    let mut endpoint = TokenEndpoint::builder(serving).jwks(keys.jwks()).metadata(metadata).paths(paths);
    if config.has_devices() {
        endpoint = endpoint.device_authorization(format!("{base}/device"));
    }
    if config.has_backchannel() {
        endpoint = endpoint.backchannel_authentication();
    }
    for (place, origin) in config.origins.iter().enumerate() {
        let number = place.saturating_add(1);
        endpoint = endpoint.origin(Origin::parse(origin).map_err(|source| ServeError::Origin { number, source })?);
    }
    let endpoint = endpoint.build();
    let router = routes(endpoint.clone()).merge(pages(config, &endpoint, &users, &path)?);
    // One line per request, whatever it asks for.
    let router = router.fallback(log::not_found).method_not_allowed_fallback(log::method_not_allowed);
    Ok((router, issuer))
}

/// The pages on which test users sign in and decide (security decision D22), under this path of the issuer.
fn pages(
    config: &ServeConfig,
    endpoint: &TokenEndpoint<Serving>,
    users: &Arc<BTreeMap<String, User>>,
    path: &str,
) -> Result<Router, ServeError> {
    let mut router = Router::new();
    if config.development {
        tracing::warn!("development: /authorize signs test users in without asking");
        let authorization = Authorization::new(endpoint.clone(), Arc::clone(users), config.audience.clone());
        let route = Router::new().route(&format!("{path}/authorize"), any(authorize::authorize));
        router = router.merge(route.with_state(Arc::new(authorization)));
    }
    if config.has_devices() {
        let page = DevicePage::new(endpoint.clone(), Arc::clone(users), path)?;
        let route = Router::new().route(&format!("{path}/device"), any(device::device));
        router = router.merge(route.with_state(Arc::new(page)));
    }
    if config.has_backchannel() {
        let clients = config.clients.iter();
        let names = clients.filter_map(|client| Some((client.client_id.clone(), client.name()?.to_owned())));
        let page = BackchannelPage::new(endpoint.clone(), Arc::clone(users), names.collect(), path)?;
        let route = Router::new().route(&format!("{path}/backchannel"), any(backchannel::backchannel));
        router = router.merge(route.with_state(Arc::new(page)));
    }
    Ok(router)
}

fn plan(config: &ServeConfig, keys: &Keys) -> TokenPlan {
    let form = match config.access_token {
        AccessTokenForm::Opaque => AccessToken::Opaque,
        AccessTokenForm::Jwt => AccessToken::Jwt(keys.first.clone()),
    };
    let plan = TokenPlan::new(form).with_id_token_keys(keys.signing.clone());
    let plan = config.audience.iter().fold(plan, TokenPlan::with_audience);
    match config.lifetimes.access_token {
        Some(seconds) => plan.with_lifetime(Duration::seconds(seconds.into())),
        None => plan,
    }
}

/// The issuer and its path, without a slash at the end (RFC 8414 §2: https, neither query nor fragment; D22: http on loopback
/// alone).
fn judge_issuer(text: &str, development: bool) -> Result<(Issuer, String), &'static str> {
    let url = Url::parse(text).map_err(|_| "is no URL")?;
    let issuer = Issuer::parse(text).map_err(|_| "has a character that no URL has")?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment (RFC 8414 §2)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name");
    }
    let is_loopback = clients::is_loopback(&url);
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        "http" => return Err("is http and not on a loopback address"),
        _ => return Err("is not https"),
    }
    if development && !is_loopback {
        return Err("is not on a loopback address, and --development signs users in without asking");
    }
    // Clients compare it byte for byte, and ask for its path: one spelling.
    if url.as_str().trim_end_matches('/') != text.trim_end_matches('/') {
        return Err("is not in its normal form");
    }
    let path = url.path().trim_end_matches('/');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    if !path.bytes().all(is_plain) || path.contains("//") {
        return Err("has a path with other characters than letters, digits and -._~/");
    }
    Ok((issuer, path.to_owned()))
}

/// Where clients reach the TLS listener, without a path: as it is said, else at the issuer's host (RFC 8705 §5).
fn tls_base(said: Option<&str>, issuer: &Issuer, address: SocketAddr) -> Result<String, ServeError> {
    let wrong = ServeError::Contradiction("`url` under `[tls]` is `https://`, a host and perhaps a port");
    if let Some(text) = said {
        let origin = Url::parse(text).ok().map(|url| url.origin().ascii_serialization());
        let is_origin = text.starts_with("https://") && origin.as_deref() == Some(text);
        return if is_origin { Ok(text.to_owned()) } else { Err(wrong) };
    }
    let issuer = Url::parse(issuer.as_str()).map_err(|_| wrong)?;
    let host = issuer.host_str().unwrap_or_default();
    Ok(match address.port() {
        443 => format!("https://{host}"),
        port => format!("https://{host}:{port}"),
    })
}

/// What clients can register.
const AUTH_METHODS: &[AuthMethod] = &[
    AuthMethod::ClientSecretBasic,
    AuthMethod::ClientSecretPost,
    AuthMethod::ClientSecretJwt,
    AuthMethod::PrivateKeyJwt,
    AuthMethod::None,
];

/// Listens for SIGTERM and SIGINT from now on; done when one has come.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
