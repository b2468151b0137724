use core::{net::SocketAddr, time::Duration};
use std::{io, sync::Arc};

use axum::{
    extract::{ConnectInfo, Request, connect_info::Connected},
    serve::{IncomingStream, Listener},
};
use symbolon::types::PeerCertificate;
use symbolon_axum::{ListenerId, Network, TrustedProxy};
use time::UtcDateTime;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::tls::Tls;

/// What a listener knows of a connection, and tells the routes by extensions of each request.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// `None` where the other end is a proxy: its address is nobody's.
    peer: Option<SocketAddr>,
    certificate: Option<PeerCertificate>,
    listener: Option<ListenerId>,
    proxy: Option<TrustedProxy>,
}

/// The layer that tells.
pub(super) async fn tell(ConnectInfo(arrival): ConnectInfo<Arrival>, mut request: Request) -> Request {
    let Arrival { peer, certificate, listener, proxy } = arrival;
    let told = request.extensions_mut();
    if let Some(peer) = peer {
        told.insert(ConnectInfo(peer));
    }
    if let Some(certificate) = certificate {
        told.insert(certificate);
    }
    if let Some(listener) = listener {
        told.insert(listener);
    }
    if let Some(proxy) = proxy {
        told.insert(proxy);
    }
    request
}

impl Connected<IncomingStream<'_, PlainListener>> for Arrival {
    fn connect_info(stream: IncomingStream<'_, PlainListener>) -> Self {
        stream.remote_addr().clone()
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Arrival {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Plain HTTP: on a loopback address, or for proxies (security decision D22).
#[derive(Debug)]
pub(super) struct PlainListener {
    pub(super) listener: TcpListener,
    /// Who may connect; anybody if it is empty.
    pub(super) peers: Arc<[Network]>,
    /// Whether every peer is a proxy.
    pub(super) is_proxied: bool,
    /// Whether their `Client-Cert` is believed (RFC 9440).
    pub(super) proxy: Option<TrustedProxy>,
}

impl Listener for PlainListener {
    type Io = TcpStream;
    type Addr = Arrival;

    async fn accept(&mut self) -> (TcpStream, Arrival) {
        loop {
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            if self.peers.is_empty() || is_in(&self.peers, peer) {
                return (stream, self.arrival(peer));
            }
            tracing::warn!(peer = %peer.ip(), "closed a connection of somebody who is not named by --behind-proxy");
        }
    }

    fn local_addr(&self) -> io::Result<Arrival> {
        self.listener.local_addr().map(|address| self.arrival(address))
    }
}

impl PlainListener {
    fn arrival(&self, peer: SocketAddr) -> Arrival {
        let peer = (!self.is_proxied).then_some(peer);
        Arrival { peer, certificate: None, listener: None, proxy: self.proxy.clone() }
    }
}

/// TLS with client certificates, if clients have one (RFC 8705).
pub(super) struct TlsListener {
    pub(super) listener: TcpListener,
    pub(super) tls: Arc<Tls>,
    /// Whose address is nobody's, nor their certificate.
    pub(super) proxies: Arc<[Network]>,
    /// Those who have connected and are not done with the handshake.
    pub(super) handshakes: JoinSet<Option<(TlsStream<TcpStream>, Arrival)>>,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = Arrival;

    async fn accept(&mut self) -> (TlsStream<TcpStream>, Arrival) {
        loop {
            tokio::select! {
                Some(done) = self.handshakes.join_next() => {
                    if let Ok(Some(accepted)) = done {
                        return accepted;
                    }
                }
                (stream, peer) = Listener::accept(&mut self.listener), if self.handshakes.len() < MAX_HANDSHAKES => {
                    let (tls, arrival) = (Arc::clone(&self.tls), self.arrival(peer));
                    self.handshakes.spawn(async move {
                        let accepting = TlsAcceptor::from(Arc::clone(&tls.config)).accept(stream);
                        // Whoever takes too long or breaks off is gone; there is nobody to tell.
                        let stream = tokio::time::timeout(HANDSHAKE_TIMEOUT, accepting).await.ok()?.ok()?;
                        // A proxy that is named shows its own, if any: it is not that of the client behind it.
                        let shown = stream.get_ref().1.peer_certificates().filter(|_| arrival.peer.is_some());
                        let certificate = tls.anchors.judge(shown.unwrap_or_default(), UtcDateTime::now());
                        Some((stream, Arrival { certificate, ..arrival }))
                    });
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Arrival> {
        self.listener.local_addr().map(|address| self.arrival(address))
    }
}

impl TlsListener {
    fn arrival(&self, peer: SocketAddr) -> Arrival {
        let peer = (!is_in(&self.proxies, peer)).then_some(peer);
        Arrival { peer, certificate: None, listener: Some(ListenerId::new(TLS_LISTENER)), proxy: None }
    }
}

fn is_in(networks: &[Network], peer: SocketAddr) -> bool {
    networks.iter().any(|network| network.contains(peer.ip()))
}

/// A handshake is two round trips.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The name of the TLS listener, in requests and in the endpoint that knows its URLs.
pub(super) const TLS_LISTENER: &str = "tls";
/// Most connections that are in their handshake; further ones wait in the queue of the system.
const MAX_HANDSHAKES: usize = 256;

#[cfg(test)]
mod tests;
