//! RFC 9440: a certificate in `Client-Cert` is the word of the trusted proxy, and of nobody else.
#![expect(clippy::unwrap_used, reason = "a helper of tests may stop at the first thing that is not as it says")]

use core::net::IpAddr;

use http::request::Parts;
use symbolon_http::{
    ClientCertError, Network, TrustedProxy, peer_certificate,
    types::{CertificateChain, MAX_HEADER_VALUE_BYTES, PeerCertificate, Rule},
};

const PROXY: &str = "192.0.2.1";

fn head(values: &[&str]) -> Parts {
    let request =
        values.iter().fold(http::Request::post("/token"), |request, value| request.header("Client-Cert", *value));
    request.body(()).unwrap().into_parts().0
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn proxy() -> TrustedProxy {
    TrustedProxy::at([PROXY.parse::<Network>().unwrap()])
}

fn from_proxy(values: &[&str]) -> Result<Option<PeerCertificate>, ClientCertError> {
    peer_certificate(&head(values), Some(address(PROXY)), None, Some(&proxy()))
}

#[test]
fn s2_2_the_byte_sequence_of_the_proxy_is_the_certificate() {
    let certificate = from_proxy(&[":AQID:"]).unwrap().unwrap();
    assert_eq!(*certificate.der, [1, 2, 3]);
    assert_eq!(certificate.chain, CertificateChain::NotValidated, "unless the configuration says so");
    assert_eq!(from_proxy(&[]), Ok(None));
    let validating = proxy().validates_to("corporate");
    let certificate =
        peer_certificate(&head(&[":AQID:"]), Some(address(PROXY)), None, Some(&validating)).unwrap().unwrap();
    assert_eq!(certificate.chain, CertificateChain::ValidatedTo("corporate".into()));
}

#[test]
fn s2_2_what_is_no_byte_sequence_is_refused() {
    for malformed in [
        "",
        ":",
        "::",
        "AQID",
        ":AQID",
        "AQID:",
        ":AQI:",
        ":AQ=:",
        ":AQI=",
        ":A-_D:",
        ":AQ ID:",
        ":AR==:",
        ":AQID:;a=1",
        "\"AQID\"",
        ":AQID:, :AQID:",
        "-----BEGIN%20CERTIFICATE-----",
    ] {
        assert_eq!(from_proxy(&[malformed]), Err(ClientCertError::Syntax), "{malformed}");
    }
    assert!(from_proxy(&[":AQ==:"]).is_ok());
    // Two colons and as many groups of four as fit.
    let fits = (MAX_HEADER_VALUE_BYTES - 2) / 4;
    assert!(from_proxy(&[&format!(":{}:", "AAAA".repeat(fits))]).is_ok());
    assert_eq!(from_proxy(&[&format!(":{}:", "AAAA".repeat(fits + 1))]), Err(ClientCertError::Syntax));
}

#[test]
fn s4_two_headers_are_refused_even_if_they_are_equal() {
    assert!(from_proxy(&[":AQID:"]).is_ok());
    assert_eq!(from_proxy(&[":AQID:", ":AQID:"]), Err(ClientCertError::Repeated));
}

#[test]
fn a097_from_anybody_else_the_presence_of_the_header_is_refused() {
    let judge = |values: &[&str], peer: Option<&str>, proxy: Option<&TrustedProxy>| {
        peer_certificate(&head(values), peer.map(address), None, proxy)
    };
    for values in [&[":AQID:"][..], &[""], &["x"], &[":AQID:", ":AQID:"]] {
        for (peer, proxy) in
            [(Some("192.0.2.2"), Some(&proxy())), (None, Some(&proxy())), (Some(PROXY), None), (None, None)]
        {
            assert_eq!(judge(values, peer, proxy), Err(ClientCertError::Untrusted), "{values:?} {peer:?}");
        }
    }
    assert_eq!(ClientCertError::Untrusted.rule(), Rule::RequestCertificateHeader);
    assert_eq!(judge(&[], Some("192.0.2.2"), Some(&proxy())), Ok(None));
    assert!(judge(&[":AQID:"], Some("::ffff:192.0.2.1"), Some(&proxy())).is_ok());
}

#[test]
fn a_socket_that_only_the_proxy_can_open_needs_no_address() {
    let proxy = TrustedProxy::on_every_connection();
    assert!(peer_certificate(&head(&[":AQID:"]), None, None, Some(&proxy)).unwrap().is_some());
}

#[test]
fn the_certificate_of_a_connection_is_the_clients_unless_the_connection_is_the_proxys() {
    let own = PeerCertificate::new([9; 3], CertificateChain::ValidatedTo("proxies".into()));
    let judge =
        |values: &[&str], peer: &str| peer_certificate(&head(values), Some(address(peer)), Some(&own), Some(&proxy()));
    assert_eq!(judge(&[], "192.0.2.2"), Ok(Some(own.clone())));
    assert_eq!(judge(&[":AQID:"], "192.0.2.2"), Err(ClientCertError::Untrusted), "two certificates");
    assert_eq!(judge(&[], PROXY), Ok(None), "the proxy's own certificate is no client's");
    assert_eq!(*judge(&[":AQID:"], PROXY).unwrap().unwrap().der, [1, 2, 3]);
}

#[test]
fn the_chain_header_is_not_read() {
    let request = http::Request::post("/token").header("client-cert-chain", ":AQID:").body(()).unwrap();
    let (head, ()) = request.into_parts();
    assert_eq!(peer_certificate(&head, Some(address(PROXY)), None, Some(&proxy())), Ok(None));
}
