//! DPoP: a proof made, and a proof judged; nonces and the URI of a request.

use core::{error::Error, hint::black_box};

use symbolon_benches::Case;
use symbolon_crypto::MAC_BYTES;
use symbolon_crypto_ring::PROVIDER;
use symbolon_dpop::{Checks, NonceUse, Nonces, ProofSigner, ProvenKey, TargetUri};
use symbolon_policy::Policy;
use symbolon_types::{Secret, Trace, Values};

use crate::cases::{Key, Server, leaked, parts, with_signature_of};

const URL: &str = "https://op.example/token";
/// The same, in another spelling.
const OTHER_SPELLING: &str = "HTTPS://op.example:443/./%74oken?a=b";
const NONCE_KEY: [u8; MAC_BYTES] = [7; MAC_BYTES];

/// What a proof is about, beside its request.
#[derive(Clone, Copy)]
struct About {
    name: &'static str,
    nonce: bool,
    token: bool,
}

/// With a nonce or without, and beside an access token.
const ABOUT: [About; 3] = [
    About { name: "", nonce: false, token: false },
    About { name: ", nonce", nonce: true, token: false },
    About { name: ", nonce and ath", nonce: true, token: true },
];

/// Proofs of one key.
pub(crate) fn of_key(
    cases: &mut Vec<Case<'static>>,
    server: &'static Server,
    key: &'static Key,
) -> Result<(), Box<dyn Error>> {
    let signer: &ProofSigner = leaked(ProofSigner::new(key.crypto, key.signing.clone())?);
    let nonces: &Nonces = leaked(Nonces::new(PROVIDER.hmac_sha256.load(&NONCE_KEY)));
    let nonce: &str = nonces.issue(server.now).leak();
    let token: &Secret = leaked(Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"));
    for about in ABOUT {
        let checks = Checks {
            crypto: key.crypto,
            policy: &Policy::OAUTH_2_1.dpop,
            tenant: &server.issuer,
            method: "POST",
            url: leaked(TargetUri::parse(URL)?),
            nonce: if about.nonce { NonceUse::Required(nonces) } else { NonceUse::Off },
            access_token: about.token.then_some(token),
        };
        let make = move |method: &str| {
            let (nonce, token) = (about.nonce.then_some(nonce), about.token.then_some(token));
            signer.proof(key.crypto, method, URL, nonce, token, server.now).expect("a proof")
        };
        // All that a server does with the octets of the header.
        let judge = move |proof: &str| -> Option<ProvenKey> {
            let mut values = Values::default();
            values.push(proof.as_bytes());
            checks.check(&values, &mut Trace::stop_at_first(), server.now).ok()
        };
        let [proof, other, another_method] = ["POST", "POST", "GET"].map(|method| leaked(make(method)).expose());
        assert_eq!(judge(proof).map(|proven| proven.jkt()), Some(signer.jkt()));
        assert!(judge(another_method).is_none());

        let name = |what: &str| format!("{what} DPoP {}{}", key.name(), about.name);
        let (check, make) =
            (Case::new(name("check"), move || judge(proof)), Case::new(name("make"), move || make("POST")));
        if key.is_null() {
            cases.extend([check.counted(), make.counted()]);
            continue;
        }
        assert!(judge(with_signature_of(proof, other)).is_none());
        let (message, signature) = parts(proof);
        // The key comes with the proof, so it is loaded for each.
        let (algorithm, public) = (key.crypto.signature(key.alg)?, key.bare.public_key());
        let bare =
            move || algorithm.load_public(&public.as_ref()).is_ok_and(|key| key.verify(message, &signature).is_ok());
        assert!(bare());
        let (check_bare, make_bare) = (format!("{}, bare", name("check")), format!("{}, bare", name("make")));
        cases.push(Case::new(check_bare.clone(), bare));
        cases.push(check.above(check_bare));
        cases.push(key.sign_bare(make_bare.clone(), message));
        cases.push(make.above(make_bare));
    }
    Ok(())
}

/// What is judged of a proof beside its signature. A nonce is judged by nothing public alone: it is what the null cases with
/// and without one differ by.
pub(crate) fn pieces(cases: &mut Vec<Case<'static>>, server: &'static Server) -> Result<(), Box<dyn Error>> {
    let key = PROVIDER.hmac_sha256.load(&NONCE_KEY);
    let nonces = Nonces::new(key.clone());
    assert_eq!(nonces.issue(server.now).len(), 54);
    let now = server.now.unix_timestamp().to_be_bytes();
    cases.push(Case::new("nonce, issue, bare", move || key.sign(&[b"DPoP-Nonce", &now])));
    cases.push(Case::new("nonce, issue", move || nonces.issue(server.now)).above("nonce, issue, bare"));

    let target: &TargetUri = leaked(TargetUri::parse(URL)?);
    assert_eq!(TargetUri::parse(OTHER_SPELLING).as_ref(), Ok(target));
    assert!(target.is(URL) && target.is(OTHER_SPELLING) && !target.is("https://op.example/token/"));
    cases.push(Case::new("htu, parse", || TargetUri::parse(black_box(URL))).counted());
    cases.push(Case::new("htu, compare, same text", || target.is(black_box(URL))).counted().without_allocations());
    cases.push(Case::new("htu, compare, another spelling", || target.is(black_box(OTHER_SPELLING))).counted());
    Ok(())
}
