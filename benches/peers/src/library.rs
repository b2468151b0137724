//! What a library can do, and what is asserted before it is timed.

use core::hint::black_box;
use std::rc::Rc;

use serde_json::Value;
use symbolon_types::Alg;

use crate::{
    JwkKey, Kind, Token, ours, peers,
    token::{decoded, header_members, parts},
};

/// A library with what it can do. What it cannot is `None`, and told.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// Name, version and backend.
    pub name: &'static str,
    /// Whether signatures are made and checked: not by the one whose cryptography was taken out.
    pub signs: bool,
    /// Whether its header can hold `x5t#S256`.
    pub with_thumbprint: bool,
    /// Verifies tokens of a kind: signature, `exp`, `iss` and `aud`, and gives the claims.
    pub verifier: fn(Kind, Alg) -> Option<Verifier>,
    /// Signs the claims of a kind.
    pub signer: fn(Kind, Alg) -> Option<Signer>,
    /// Reads JWKs of such keys, which name their algorithm, and gives their thumbprints.
    pub thumbprint: fn(JwkKey) -> Option<Thumbprint>,
    /// Reads a JWK set and tells whether it finds a `kid`.
    pub find: Option<fn(&str, &str) -> bool>,
}

/// Reads a JWK and gives its thumbprint, or nothing if it is none.
pub type Thumbprint = fn(&str) -> Option<String>;

/// Ours first; the others are compared with it.
pub const LIBRARIES: &[Library] = &[
    ours::ON_AWS_LC,
    ours::TYPED_ON_AWS_LC,
    ours::ON_RING,
    ours::WITHOUT_SIGNATURE,
    ours::TYPED_WITHOUT_SIGNATURE,
    peers::jsonwebtoken::LIBRARY,
    peers::jsonwebtoken::WITHOUT_SIGNATURE,
    #[cfg(feature = "biscuit")]
    peers::biscuit::LIBRARY,
    #[cfg(feature = "openssl")]
    peers::josekit::LIBRARY,
    #[cfg(feature = "boring")]
    peers::jwt_simple::LIBRARY,
];

/// Verifies tokens with a loaded key.
pub struct Verifier {
    run: Box<dyn Fn(&str) -> bool>,
    claims: Box<Claims>,
}

type Claims = dyn Fn(&str) -> Option<Value>;

impl Verifier {
    /// `verify` gives the claims in the library's own type.
    pub fn new<C: 'static>(
        verify: impl Fn(&str) -> Option<C> + 'static,
        value: impl Fn(&C) -> Value + 'static,
    ) -> Option<Self> {
        let verify = Rc::new(verify);
        let again = Rc::clone(&verify);
        Some(Self {
            run: Box::new(move |token| verify(token).map(black_box).is_some()),
            claims: Box::new(move |token| again(token).map(|claims| value(&claims))),
        })
    }

    /// The same for claims that borrow from the token: `verify` reads and judges them, `value` gives all of them.
    pub fn borrowing(
        verify: impl Fn(&str) -> bool + 'static,
        value: impl Fn(&str) -> Option<Value> + 'static,
    ) -> Option<Self> {
        Some(Self { run: Box::new(verify), claims: Box::new(value) })
    }

    /// Verifies, and drops the claims.
    pub fn run(&self, token: &str) -> bool {
        (self.run)(token)
    }
}

/// Signs one set of claims with a loaded key.
pub struct Signer(Box<Sign>);

/// Signs, and lends the token out.
type Sign = dyn Fn(&mut dyn FnMut(Option<&str>));

impl Signer {
    /// `sign` gives a compact JWS.
    pub fn new(sign: impl Fn() -> Option<String> + 'static) -> Option<Self> {
        Self::borrowing(move |take| take(sign().as_deref()))
    }

    /// `sign` lends a compact JWS out.
    pub fn borrowing(sign: impl Fn(&mut dyn FnMut(Option<&str>)) + 'static) -> Option<Self> {
        Some(Self(Box::new(sign)))
    }

    /// Signs.
    pub fn run(&self) -> usize {
        let mut length = 0;
        (self.0)(&mut |text| length = text.map_or(0, |text| black_box(text).len()));
        length
    }

    /// Signs, and gives the token.
    pub fn text(&self) -> Option<String> {
        let mut signed = None;
        (self.0)(&mut |text| signed = text.map(str::to_owned));
        signed
    }
}

/// A token is accepted and says what it says; its twins are refused.
///
/// # Panics
/// If not.
pub fn assert_verifies(library: &Library, verifier: &Verifier, kind: Kind, token: &Token) {
    let name = library.name;
    assert_eq!((verifier.claims)(&token.text), Some(kind.value()), "{name}: accepted");
    assert!(verifier.run(&token.text), "{name}: accepted");
    assert!(!verifier.run(&token.another_alg), "{name}: another algorithm");
    if library.signs {
        assert!(!verifier.run(&token.another_payload), "{name}: another payload");
        assert!(!verifier.run(&token.another_signature), "{name}: another signature");
    }
}

/// What is signed has the header and the claims of the kind; ours verifies it, and not with a bit turned.
///
/// # Panics
/// If not.
pub fn assert_signs(library: &Library, signer: &Signer, kind: Kind, alg: Alg) {
    let name = library.name;
    let text = signer.text().unwrap_or_else(|| panic!("{name}: signed"));
    let (header, payload, signature) = parts(&text);
    let read = |part| serde_json::from_slice::<Value>(&decoded(part)).expect("JSON");
    assert_eq!(read(header), header_members(kind, alg, library.with_thumbprint), "{name}: header");
    assert_eq!(read(payload), kind.value(), "{name}: claims");
    let verifier = (ours::ON_RING.verifier)(kind, alg).expect("ours verifies");
    if library.signs {
        assert!(verifier.run(&text), "{name}: verified");
        let mut other = text.into_bytes();
        let middle = other.len() - decoded_middle(&other);
        // Two characters that differ in the highest of their six bits.
        other[middle] = if other[middle] == b'A' { b'g' } else { b'A' };
        let other = String::from_utf8(other).expect("ASCII");
        assert!(!verifier.run(&other), "{name}: another signature");
    } else {
        assert_eq!(signature, "", "{name}: no signature");
        assert!(!verifier.run(&text), "{name}: no signature");
    }
}

/// From the end, the middle of the signature.
fn decoded_middle(token: &[u8]) -> usize {
    token.iter().rev().take_while(|octet| **octet != b'.').count() / 2
}

/// The thumbprint is ours, which the test vectors prove; a key that is none has none.
///
/// # Panics
/// If not.
pub fn assert_thumbprint(library: &Library, thumbprint: Thumbprint, jwk: &str) {
    let ours = ours::thumbprint(jwk).expect("ours reads it");
    assert_eq!(thumbprint(jwk), Some(ours), "{}: the thumbprint", library.name);
    let broken = jwk.replace("\"kty\"", "\"no-kty\"");
    assert_eq!(thumbprint(&broken), None, "{}: no key type", library.name);
}

/// The last key is found, and one that is not there is not.
///
/// # Panics
/// If not.
pub fn assert_finds(library: &Library, find: fn(&str, &str) -> bool, set: &str, kid: &str) {
    assert!(find(set, kid), "{}: the last key", library.name);
    assert!(!find(set, &format!("{kid}x")), "{}: no such key", library.name);
}
