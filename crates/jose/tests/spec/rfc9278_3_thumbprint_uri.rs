use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::Jwk;

use crate::support::json;

#[test]
fn the_uri_is_the_one_of_the_example() {
    let vectors = json(include_str!("../vectors/rfc7638_thumbprint.json"));
    // RFC 9278 §6 names the key of RFC 7638 §3.1.
    let jwk = Jwk::parse(vectors["cases"][0]["jwk"].to_string().as_bytes()).unwrap();
    assert_eq!(
        jwk.thumbprint_uri(PROVIDER.sha256),
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn labels_have_no_part_in_it_and_another_key_has_another() {
    let vectors = json(include_str!("../vectors/rfc7638_thumbprint.json"));
    let uri = |at: usize| {
        let jwk = Jwk::parse(vectors["cases"][at]["jwk"].to_string().as_bytes()).unwrap();
        assert_eq!(jwk.clone().with_kid("a").thumbprint_uri(PROVIDER.sha256), jwk.thumbprint_uri(PROVIDER.sha256));
        jwk.thumbprint_uri(PROVIDER.sha256)
    };
    assert_ne!(uri(0), uri(1));
}
