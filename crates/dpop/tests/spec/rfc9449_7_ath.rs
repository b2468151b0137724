//! `ath`: a proof beside an access token is for that token.

use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_dpop::{DpopError, types::Secret};

use crate::support::{Proof, Site, encode};

const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
const ATH: &str = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";

fn beside_token(ath: impl Into<Value>) -> Result<(), DpopError> {
    let site = Site { access_token: Some(Secret::new(TOKEN)), ..Site::default() };
    site.check(&Proof::new().claim("ath", ath).text()).map(drop)
}

#[test]
fn a094_ath_is_the_hash_of_the_token_in_its_one_form() {
    assert_eq!(beside_token(ATH), Ok(()));
    let digest = PROVIDER.sha256.digest(&[TOKEN.as_bytes()]);
    let hex = digest.map(|octet| format!("{octet:02x}")).concat();
    let another = encode(PROVIDER.sha256.digest(&[b"another token"]));
    for ath in [
        json!(null),
        json!(1),
        json!([ATH]),
        json!({}),
        json!(""),
        json!(TOKEN),
        json!(another),
        json!(hex),
        json!(encode(&digest[..31])),
        json!(encode(&digest[..16])),
        json!(format!("{ATH}=")),
        json!(ATH.replace('o', "p")),
        json!(format!("{ATH}AAAA")),
        json!(ATH.to_ascii_lowercase()),
    ] {
        assert_eq!(beside_token(ath.clone()), Err(DpopError::Ath), "{ath}");
    }
    // The same octets with stray bits at the end are no second form.
    let stray = format!("{}p", ATH.strip_suffix('o').unwrap());
    assert_eq!(beside_token(stray), Err(DpopError::Ath));
}

#[test]
fn a094_a_proof_without_ath_is_refused_beside_a_token() {
    let site = Site { access_token: Some(Secret::new(TOKEN)), ..Site::default() };
    assert_eq!(site.check(&Proof::new().text()), Err(DpopError::Ath));
}

#[test]
fn an_ath_that_nobody_asked_for_is_ignored_like_any_other_claim() {
    for ath in [json!(ATH), json!("x"), json!(1), json!(null)] {
        assert!(Site::default().check(&Proof::new().claim("ath", ath).text()).is_ok());
    }
}
