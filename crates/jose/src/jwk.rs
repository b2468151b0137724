use alloc::{
    borrow::{Cow, ToOwned},
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use serde_json::{Map, Value, json};
use symbolon_crypto::{CryptoProvider, Curve, OwnedPublicKey, PublicKey, Sha256};
use symbolon_types::{Alg, Digest};

use crate::{
    JsonError, KeyError, MAX_KID_BYTES, VerifyingKey, base64url,
    certificate::check_x5c,
    json,
    key_kind::{KeyKind, check_numbers},
    scan::{self, Member},
    x5c,
};

/// Longest JWK that is read, in bytes. An 8192-bit private key with a chain of certificates stays below 20 KiB.
pub const MAX_JWK_BYTES: usize = 64 * 1024;

/// A JSON Web Key that is public ([RFC 7517 §4], [RFC 7518 §6], [RFC 8037 §2], [RFC 8812 §3.1],
/// [RFC 9964 §3]), as data.
///
/// A private or symmetric key never becomes one. Types and lengths are checked and RSA keys are strong; whether a point
/// is on its curve is judged when the key is loaded ([`Self::verifying_key`]). The first certificate of `x5c` has this very
/// key ([RFC 7517 §4.7]); nothing else of `x5c` is judged. RSA moduli with structure, such as those of ROCA (CVE-2017-15361), are not looked for. Members
/// that are not known here are ignored, and not kept.
///
/// ```
/// use symbolon_jose::{Jwk, KeyError};
/// let jwk = Jwk::parse(br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"1"}"#)?;
/// assert_eq!(jwk.kid(), Some("1"));
/// assert_eq!(
///     jwk.thumbprint(symbolon_crypto_ring::PROVIDER.sha256).to_base64url(),
///     "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
/// );
/// assert_eq!(Jwk::parse(br#"{"kty":"oct","k":"AAAA"}"#), Err(KeyError::PrivateKey));
/// # Ok::<(), KeyError>(())
/// ```
///
/// [RFC 7517 §4]: https://www.rfc-editor.org/rfc/rfc7517#section-4
/// [RFC 7517 §4.7]: https://www.rfc-editor.org/rfc/rfc7517#section-4.7
/// [RFC 7518 §6]: https://www.rfc-editor.org/rfc/rfc7518#section-6
/// [RFC 8037 §2]: https://www.rfc-editor.org/rfc/rfc8037#section-2
/// [RFC 8812 §3.1]: https://www.rfc-editor.org/rfc/rfc8812#section-3.1
/// [RFC 9964 §3]: https://www.rfc-editor.org/rfc/rfc9964#section-3
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Jwk {
    key: OwnedPublicKey,
    labels: Labels,
}

impl Jwk {
    /// Reads a JWK.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::TooLarge`]: longer than [`MAX_JWK_BYTES`], or an RSA modulus beyond the limit.
    /// - [`KeyError::Json`]: no JSON object, or a member twice.
    /// - [`KeyError::PrivateKey`]: the key is private or symmetric.
    /// - [`KeyError::MissingMember`], [`KeyError::InvalidMember`]: a member is absent, malformed, or of another `kty`.
    /// - [`KeyError::UnsupportedKeyType`]: an unknown `kty`, `crv`, or `alg` of an `AKP` key.
    /// - [`KeyError::AlgKeyMismatch`]: the `alg` of an `AKP` key is for other keys.
    /// - [`KeyError::CertificateMismatch`], [`KeyError::MalformedDer`]: the first certificate of `x5c` has another key, or
    ///   cannot be read; then also what its key can be refused for.
    /// - [`KeyError::WeakKey`]: RSA below 2048 bits, or with an exponent that is even or below 65537, such as 3; there is
    ///   no switch to take it.
    pub fn parse(json: &[u8]) -> Result<Self, KeyError> {
        if json.len() > MAX_JWK_BYTES {
            return Err(KeyError::TooLarge { length: json.len(), limit: MAX_JWK_BYTES });
        }
        match str::from_utf8(json).ok().and_then(UsualJwk::scan) {
            Some(jwk) => Ok(jwk),
            None => Self::from_members(&json::parse_object(json).map_err(KeyError::Json)?),
        }
    }

    /// Reads a member of a set.
    pub(crate) fn from_value(value: &Value) -> Result<Self, KeyError> {
        Self::from_members(value.as_object().ok_or(KeyError::Json(JsonError::Type))?)
    }

    fn from_members(members: &Map<String, Value>) -> Result<Self, KeyError> {
        // RFC 7517 §9.2: by name alone, so that no malformed private key passes for a public one.
        if members.keys().any(|name| PRIVATE_MEMBERS.contains(&name.as_str())) {
            return Err(KeyError::PrivateKey);
        }
        let (key, labels) = (read_public_key(members)?, Labels::read(members)?);
        check_x5c(&labels.x5c, &key.as_ref())?;
        Ok(Self { key, labels })
    }

    /// Wraps a key whose numbers are at hand, for instance those of a signer.
    pub fn from_public_key(key: &OwnedPublicKey) -> Self {
        let mut labels = Labels::default();
        // RFC 9964 §3: `alg` is a part of such a key.
        if let OwnedPublicKey::Akp { alg, .. } = key {
            labels.alg = Some(Cow::Borrowed(alg.as_str()));
        }
        Self { key: key.clone(), labels }
    }

    /// The same with a `kid`. Readers refuse one that is longer than [`MAX_KID_BYTES`].
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.labels.kid = Some(kid.into());
        self
    }

    /// The same with an `alg`. A key of ML-DSA keeps the one that is a part of it.
    #[must_use]
    pub fn with_alg(mut self, alg: Alg) -> Self {
        if !matches!(self.key, OwnedPublicKey::Akp { .. }) {
            self.labels.alg = Some(Cow::Borrowed(alg.as_str()));
        }
        self
    }

    /// The same with `use`: `sig`.
    #[must_use]
    pub fn with_use_sig(mut self) -> Self {
        self.labels.key_use = Some(Cow::Borrowed(SIGNATURE_USE));
        self
    }

    /// The same with certificates, each in DER, the key's own first ([RFC 7517 §4.7]). None at all: no `x5c`.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::CertificateMismatch`]: the first one has another key.
    /// - [`KeyError::MalformedDer`]: the first one cannot be read.
    /// - else as [`Self::from_spki_der`].
    ///
    /// [RFC 7517 §4.7]: https://www.rfc-editor.org/rfc/rfc7517#section-4.7
    pub fn with_x5c(self, chain: Vec<Vec<u8>>) -> Result<Self, KeyError> {
        check_x5c(&chain, &self.key.as_ref())?;
        Ok(self.with_checked_x5c(chain))
    }

    /// The same with certificates that were compared with this key before.
    pub(crate) fn with_checked_x5c(mut self, chain: Vec<Vec<u8>>) -> Self {
        self.labels.x5c = chain;
        self
    }

    /// `kid`
    pub fn kid(&self) -> Option<&str> {
        self.labels.kid.as_deref()
    }

    /// `alg`, which may be one that is not known here.
    pub fn alg(&self) -> Option<&str> {
        self.labels.alg.as_deref()
    }

    /// `use`
    pub fn key_use(&self) -> Option<&str> {
        self.labels.key_use.as_deref()
    }

    /// `x5c`: the certificates in DER, or none. The first one has this key; nobody validated them.
    pub fn x5c(&self) -> &[Vec<u8>] {
        &self.labels.x5c
    }

    /// The numbers.
    pub fn public_key(&self) -> PublicKey<'_> {
        self.key.as_ref()
    }

    /// The JWK as JSON, ready to be published.
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut members = Map::new();
        for (name, value) in required_members(&self.key.as_ref()).into_iter().flatten() {
            members.insert(name.to_owned(), Value::String(value.to_text()));
        }
        self.labels.write(&mut members);
        Value::Object(members)
    }

    /// The thumbprint: SHA-256 over the required members ([RFC 7638 §3], [RFC 8037 §2], [RFC 9964 §6]). It is the key's
    /// alone; `kid` and the other labels have no part in it.
    ///
    /// [RFC 7638 §3]: https://www.rfc-editor.org/rfc/rfc7638#section-3
    /// [RFC 8037 §2]: https://www.rfc-editor.org/rfc/rfc8037#section-2
    /// [RFC 9964 §6]: https://www.rfc-editor.org/rfc/rfc9964#section-6
    pub fn thumbprint(&self, sha256: &dyn Sha256) -> Digest {
        // RFC 7638 §3.1: in the order of their names, no white space. The values need no escapes.
        let mut text = Vec::with_capacity(USUAL_JWK_BYTES);
        for (name, value) in required_members(&self.key.as_ref()).into_iter().flatten() {
            text.extend_from_slice(if text.is_empty() { b"{\"" } else { b"\",\"" });
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b"\":\"");
            value.write(&mut text);
        }
        Digest::from_bytes(sha256.digest(&[&text, b"\"}"]))
    }

    /// Reads a JWK and gives its thumbprint alone, for whoever compares it with one that is known. The key is judged as by
    /// [`Self::parse`] and nothing is allocated for one of the usual form.
    ///
    /// ```
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_jose::Jwk;
    /// let text = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// assert_eq!(Jwk::thumbprint_of(text, PROVIDER.sha256)?, Jwk::parse(text)?.thumbprint(PROVIDER.sha256));
    /// # Ok::<(), symbolon_jose::KeyError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn thumbprint_of(json: &[u8], sha256: &dyn Sha256) -> Result<Digest, KeyError> {
        if json.len() <= MAX_JWK_BYTES
            && let Some(digest) = str::from_utf8(json).ok().and_then(|text| UsualJwk::thumbprint(text, sha256))
        {
            return Ok(digest);
        }
        Self::parse(json).map(|jwk| jwk.thumbprint(sha256))
    }

    /// Loads the key with its one algorithm (security decision D12): the JWK's `alg`, else the first of `registered`
    /// that is for such a key.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::KeyUseMismatch`]: `use` is not `sig`, or `key_ops` is without `verify`.
    /// - [`KeyError::UnknownAlg`], [`KeyError::AlgKeyMismatch`]: the JWK's `alg` is unknown, or for other keys.
    /// - [`KeyError::NoAlgorithm`]: no `alg`, and none of `registered` fits.
    /// - else as [`VerifyingKey::from_public_key`].
    pub fn verifying_key(&self, crypto: &CryptoProvider, registered: &[Alg]) -> Result<VerifyingKey, KeyError> {
        self.labels.check_use("verify")?;
        let key = self.key.as_ref();
        let kind = KeyKind::of(&key).ok_or(KeyError::UnsupportedKeyType)?;
        let alg = match self.labels.known_alg()? {
            Some(alg) => alg,
            None => registered.iter().copied().find(|alg| kind.fits(*alg)).ok_or(KeyError::NoAlgorithm)?,
        };
        let loaded = VerifyingKey::from_public_key(crypto, alg, &key)?;
        Ok(loaded.with_labels(self.labels.kid.as_deref(), self.labels.x5c.first().map(Vec::as_slice)))
    }
}

/// The members that every kind of key may have ([RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)).
#[derive(Clone, Default, Eq, PartialEq)]
pub(crate) struct Labels {
    pub(crate) kid: Option<String>,
    pub(crate) alg: Option<Cow<'static, str>>,
    pub(crate) key_use: Option<Cow<'static, str>>,
    pub(crate) key_ops: Option<Vec<String>>,
    pub(crate) x5c: Vec<Vec<u8>>,
}

impl Labels {
    pub(crate) fn read(members: &Map<String, Value>) -> Result<Self, KeyError> {
        let kid = optional_text(members, "kid")?;
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return Err(KeyError::InvalidMember { name: "kid" });
        }
        let chain = members.get("x5c").map(|chain| x5c::read(chain).ok_or(KeyError::InvalidMember { name: "x5c" }));
        Ok(Self {
            kid,
            alg: optional_text(members, "alg")?.map(Cow::Owned),
            key_use: optional_text(members, "use")?.map(Cow::Owned),
            key_ops: members.get("key_ops").map(read_key_ops).transpose()?,
            x5c: chain.transpose()?.unwrap_or_default(),
        })
    }

    fn write(&self, members: &mut Map<String, Value>) {
        for (name, text) in
            [("kid", self.kid.as_deref()), ("alg", self.alg.as_deref()), ("use", self.key_use.as_deref())]
        {
            if let Some(text) = text {
                members.insert(name.to_owned(), Value::String(text.to_owned()));
            }
        }
        if let Some(key_ops) = &self.key_ops {
            members.insert("key_ops".to_owned(), json!(key_ops));
        }
        if !self.x5c.is_empty() {
            members.insert("x5c".to_owned(), json!(x5c::write(&self.x5c)));
        }
    }

    /// RFC 7517 §4.2, §4.3: both are hints that bind, each by itself.
    pub(crate) fn check_use(&self, operation: &str) -> Result<(), KeyError> {
        let use_fits = self.key_use.as_deref().is_none_or(|key_use| key_use == SIGNATURE_USE);
        let ops_fit = self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == operation));
        if use_fits && ops_fit { Ok(()) } else { Err(KeyError::KeyUseMismatch) }
    }

    pub(crate) fn known_alg(&self) -> Result<Option<Alg>, KeyError> {
        self.alg.as_deref().map(|alg| alg.parse().map_err(|_| KeyError::UnknownAlg)).transpose()
    }
}

/// How many certificates there are: they may name people.
impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Labels")
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .field("key_use", &self.key_use)
            .field("key_ops", &self.key_ops)
            .field("x5c", &self.x5c.len())
            .finish()
    }
}

/// Reads `kty` and the numbers, in the one form that they have.
pub(crate) fn read_public_key(members: &Map<String, Value>) -> Result<OwnedPublicKey, KeyError> {
    let kty = text(members, "kty")?;
    let key = match kty {
        "RSA" => {
            foreign_members(members, &["crv", "x", "y", "pub"])?;
            OwnedPublicKey::Rsa { n: octets(members, "n")?, e: octets(members, "e")? }
        }
        "EC" => {
            foreign_members(members, &["n", "e", "pub"])?;
            let curve = known_curve(text(members, "crv")?).ok_or(KeyError::UnsupportedKeyType)?;
            OwnedPublicKey::Ec { curve, x: octets(members, "x")?, y: octets(members, "y")? }
        }
        "OKP" => {
            foreign_members(members, &["n", "e", "y", "pub"])?;
            if text(members, "crv")? != Curve::Ed25519.as_str() {
                return Err(KeyError::UnsupportedKeyType);
            }
            OwnedPublicKey::Ed25519 { x: octets(members, "x")? }
        }
        "AKP" => {
            foreign_members(members, &["n", "e", "crv", "x", "y"])?;
            // RFC 9964 §3: `alg` is there, and says what the key is.
            let alg = text(members, "alg")?.parse().map_err(|_| KeyError::UnsupportedKeyType)?;
            if !matches!(alg, Alg::MlDsa44 | Alg::MlDsa65 | Alg::MlDsa87) {
                return Err(KeyError::AlgKeyMismatch);
            }
            OwnedPublicKey::Akp { alg, public: octets(members, "pub")? }
        }
        _ => return Err(KeyError::UnsupportedKeyType),
    };
    check_numbers(&key.as_ref())?;
    Ok(key)
}

/// The members that make the key, in the order of their names.
fn required_members<'k>(key: &PublicKey<'k>) -> [Option<(&'static str, Required<'k>)>; 4] {
    use Required::{Name, Octets};
    match *key {
        PublicKey::Rsa { n, e } => [Some(("e", Octets(e))), Some(("kty", Name("RSA"))), Some(("n", Octets(n))), None],
        PublicKey::Ec { curve, x, y } => [
            Some(("crv", Name(curve.as_str()))),
            Some(("kty", Name("EC"))),
            Some(("x", Octets(x))),
            Some(("y", Octets(y))),
        ],
        PublicKey::Ed25519 { x } => {
            [Some(("crv", Name(Curve::Ed25519.as_str()))), Some(("kty", Name("OKP"))), Some(("x", Octets(x))), None]
        }
        PublicKey::Akp { alg, public } => {
            [Some(("alg", Name(alg.as_str()))), Some(("kty", Name("AKP"))), Some(("pub", Octets(public))), None]
        }
        // A kind that a later version of the traits adds: no JWK is known for it, and no reader takes this one.
        _ => [None; 4],
    }
}

/// What a required member holds: a name without escapes, or octets in base64url.
#[derive(Clone, Copy)]
enum Required<'k> {
    Name(&'static str),
    Octets(&'k [u8]),
}

impl Required<'_> {
    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Name(name) => out.extend_from_slice(name.as_bytes()),
            Self::Octets(octets) => {
                let start = out.len();
                out.extend_from_slice(octets);
                base64url::encode_tail(out, start);
            }
        }
    }

    fn to_text(self) -> String {
        match self {
            Self::Name(name) => name.to_owned(),
            Self::Octets(octets) => base64url::encode(octets),
        }
    }
}

/// The members of a JWK of the usual form, as they stand in a text; all else is for the strict reader.
#[derive(Default)]
pub(crate) struct UsualJwk<'t> {
    kty: Option<&'t str>,
    crv: Option<&'t str>,
    n: Option<&'t str>,
    e: Option<&'t str>,
    x: Option<&'t str>,
    y: Option<&'t str>,
    kid: Option<&'t str>,
    alg: Option<&'t str>,
    key_use: Option<&'t str>,
}

impl<'t> UsualJwk<'t> {
    fn scan(text: &'t str) -> Option<Jwk> {
        let mut found = Self::default();
        scan::object(text, |member| found.add(&member))?;
        found.read()
    }

    /// The thumbprint of the key in a text. Its numbers are judged; as each has one text, the digest is over what stands
    /// there.
    fn thumbprint(text: &'t str, sha256: &dyn Sha256) -> Option<Digest> {
        let mut found = Self::default();
        scan::object(text, |member| found.add(&member))?;
        if found.kid.is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return None;
        }
        let mut numbers = [0; MAX_NUMBERS_BYTES];
        check_numbers(&found.public_key(&mut numbers)?).ok()?;
        let Self { n, e, x, y, .. } = found;
        // RFC 7638 §3.1, RFC 8037 §2: in the order of their names, no white space.
        let parts = match (n, e, x, y) {
            (Some(n), Some(e), None, None) => [r#"{"e":""#, e, r#"","kty":"RSA","n":""#, n, r#""}"#, "", ""],
            (None, None, Some(x), Some(y)) => {
                [r#"{"crv":""#, found.crv?, r#"","kty":"EC","x":""#, x, r#"","y":""#, y, r#""}"#]
            }
            (None, None, Some(x), None) => [r#"{"crv":""#, found.crv?, r#"","kty":"OKP","x":""#, x, r#""}"#, "", ""],
            _ => return None,
        };
        // A digest of one part costs a provider less than one of five.
        let mut whole = [0; MAX_NUMBERS_BYTES / 3 * 4 + 64];
        let mut length = 0_usize;
        for part in parts.map(str::as_bytes) {
            whole.get_mut(length..)?.get_mut(..part.len())?.copy_from_slice(part);
            length = length.saturating_add(part.len());
        }
        Some(Digest::from_bytes(sha256.digest(&[whole.get(..length)?])))
    }

    pub(crate) fn is_kid(&self, kid: &str) -> bool {
        self.kid == Some(kid)
    }

    pub(crate) fn add(&mut self, member: &Member<'t>) -> Option<()> {
        let place = match member.name {
            "kty" => &mut self.kty,
            "crv" => &mut self.crv,
            "n" => &mut self.n,
            "e" => &mut self.e,
            "x" => &mut self.x,
            "y" => &mut self.y,
            "kid" => &mut self.kid,
            "alg" => &mut self.alg,
            "use" => &mut self.key_use,
            "key_ops" | "pub" | "x5c" => return None,
            name if PRIVATE_MEMBERS.contains(&name) => return None,
            _ => return Some(()),
        };
        *place = Some(member.plain_string()?.0);
        Some(())
    }

    /// The key, with its numbers decoded into memory of the caller's.
    fn public_key<'b>(&self, memory: &'b mut [u8; MAX_NUMBERS_BYTES]) -> Option<PublicKey<'b>> {
        let (first, second) = memory.split_at_mut_checked(MAX_NUMBERS_BYTES - MAX_SECOND_BYTES)?;
        let [mut first, mut second] = [first, second].map(Some);
        let decode = |text: Option<&str>, memory: &mut Option<&'b mut [u8]>| {
            let memory = memory.take()?;
            let length = base64url::decode_into(text?, memory)?;
            memory.get(..length)
        };
        match (self.kty?, self.crv) {
            ("RSA", None) if self.x.is_none() && self.y.is_none() => {
                Some(PublicKey::Rsa { n: decode(self.n, &mut first)?, e: decode(self.e, &mut second)? })
            }
            ("EC", Some(crv)) if self.n.is_none() && self.e.is_none() => {
                let (x, y) = (decode(self.x, &mut first)?, decode(self.y, &mut second)?);
                Some(PublicKey::Ec { curve: known_curve(crv)?, x, y })
            }
            ("OKP", Some("Ed25519")) if self.n.is_none() && self.e.is_none() && self.y.is_none() => {
                Some(PublicKey::Ed25519 { x: decode(self.x, &mut first)? })
            }
            _ => None,
        }
    }

    pub(crate) fn read(self) -> Option<Jwk> {
        let mut numbers = [0; MAX_NUMBERS_BYTES];
        let key = self.public_key(&mut numbers)?;
        check_numbers(&key).ok()?;
        let key = key.to_owned();
        let kid = self.kid.filter(|kid| kid.len() <= MAX_KID_BYTES);
        if kid != self.kid {
            return None;
        }
        let alg = self.alg.map(|text| match text.parse::<Alg>() {
            Ok(alg) => Cow::Borrowed(alg.as_str()),
            Err(_) => Cow::Owned(text.to_owned()),
        });
        let key_use = self.key_use.map(|text| match text {
            SIGNATURE_USE => Cow::Borrowed(SIGNATURE_USE),
            other => Cow::Owned(other.to_owned()),
        });
        let labels = Labels { kid: kid.map(ToOwned::to_owned), alg, key_use, ..Labels::default() };
        Some(Jwk { key, labels })
    }
}

/// The curve of an EC key.
fn known_curve(crv: &str) -> Option<Curve> {
    [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1].into_iter().find(|curve| curve.as_str() == crv)
}

pub(crate) fn text<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<&'m str, KeyError> {
    let value = members.get(name).ok_or(KeyError::MissingMember { name })?;
    value.as_str().ok_or(KeyError::InvalidMember { name })
}

fn optional_text(members: &Map<String, Value>, name: &'static str) -> Result<Option<String>, KeyError> {
    members.contains_key(name).then(|| text(members, name).map(ToOwned::to_owned)).transpose()
}

fn octets(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyError> {
    base64url::decode(text(members, name)?).ok_or(KeyError::InvalidMember { name })
}

/// A key with the numbers of two kinds is none: readers could disagree about what it is.
pub(crate) fn foreign_members(members: &Map<String, Value>, names: &[&'static str]) -> Result<(), KeyError> {
    match names.iter().find(|name| members.contains_key(**name)) {
        Some(name) => Err(KeyError::InvalidMember { name }),
        None => Ok(()),
    }
}

/// RFC 7517 §4.3: an array of strings, none of them twice.
fn read_key_ops(value: &Value) -> Result<Vec<String>, KeyError> {
    let mut seen: Vec<String> = Vec::new();
    let malformed = KeyError::InvalidMember { name: "key_ops" };
    for operation in value.as_array().filter(|all| all.len() <= MAX_KEY_OPS).ok_or(malformed)? {
        let operation = operation.as_str().ok_or(malformed)?;
        if seen.iter().any(|other| other == operation) {
            return Err(malformed);
        }
        seen.push(operation.to_owned());
    }
    Ok(seen)
}

/// What only private and symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2, RFC 9964 §3).
pub(crate) const PRIVATE_MEMBERS: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// Most entries of `key_ops`: eight are registered, and each is compared with all before it.
const MAX_KEY_OPS: usize = 32;

/// Most octets of the second number of a key: `e`, and the coordinate of P-521.
const MAX_SECOND_BYTES: usize = 72;
/// Most octets of the numbers of a key of the usual form: a modulus of 4096 bits, and the second number.
const MAX_NUMBERS_BYTES: usize = 512 + MAX_SECOND_BYTES;

/// An RSA key of 2048 bits without certificates is shorter.
const USUAL_JWK_BYTES: usize = 512;

/// `use` of a key for signatures.
const SIGNATURE_USE: &str = "sig";

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    /// The outline of a certificate around the key of `X`.
    const CERTIFICATE: &str =
        "MD8wNwIBCTAAMAAwADAAMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURowAAMCAAc=";

    fn okp(more: &str) -> Result<Jwk, KeyError> {
        Jwk::parse(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"{more}}}"#).as_bytes())
    }

    #[test]
    fn a_thumbprint_is_that_of_the_key_however_it_is_read() {
        let sha256 = symbolon_crypto_ring::PROVIDER.sha256;
        let n = base64url::encode(&[0xff; 256]);
        let (longest, e) = (base64url::encode(&[0xff; 512]), base64url::encode(&[1, 0, 0, 0, 1]));
        let xy = base64url::encode(&[7; 32]);
        for (usual, unusual) in [
            (format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#), ""),
            (format!(r#"{{"kty":"RSA","n":"{longest}","e":"{e}"}}"#), ""),
            (format!(r#"{{"use":"sig","y":"{xy}","x":"{xy}","crv":"P-256","kty":"EC","kid":"a"}}"#), ""),
            (format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"}}"#), r#","alg":"Ed\u0044SA""#),
        ] {
            let expected = Jwk::parse(usual.as_bytes()).unwrap().thumbprint(sha256);
            assert_eq!(UsualJwk::thumbprint(&usual, sha256), Some(expected), "{usual}");
            let unusual = usual.replacen('}', &format!(r#"{unusual},"key_ops":["verify"]}}"#), 1);
            assert_eq!(UsualJwk::thumbprint(&unusual, sha256), None);
            assert_eq!(Jwk::thumbprint_of(unusual.as_bytes(), sha256), Ok(expected), "{unusual}");
        }
        for bad in [
            format!(r#"{{"kty":"RSA","n":"{n}","e":"Aw"}}"#),
            format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB","d":"AQAB"}}"#),
            format!(r#"{{"kty":"EC","crv":"P-256","x":"{xy}"}}"#),
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}A"}}"#),
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}","kid":"{}"}}"#, "k".repeat(MAX_KID_BYTES + 1)),
        ] {
            let error = Jwk::parse(bad.as_bytes()).unwrap_err();
            assert_eq!(Jwk::thumbprint_of(bad.as_bytes(), sha256), Err(error), "{bad}");
        }
    }

    #[test]
    fn labels_read_back() {
        let more = format!(
            r#","kid":"a\"b","alg":"EdDSA","use":"sig","key_ops":["verify","x"],"x5c":["{CERTIFICATE}","MAEC"],"x5t":"ignored","x5u":7"#
        );
        let jwk = okp(&more).unwrap();
        assert_eq!((jwk.kid(), jwk.alg(), jwk.key_use()), (Some("a\"b"), Some("EdDSA"), Some("sig")));
        assert_eq!((jwk.x5c().len(), &jwk.x5c()[1][..]), (2, &[0x30, 1, 2][..]));
        assert_eq!(Jwk::parse(jwk.to_json().as_bytes()), Ok(jwk));
    }

    #[test]
    fn debug_shows_how_many_certificates_there_are_and_not_their_octets() {
        let bare = okp(r#","kid":"the kid""#).unwrap();
        let jwk = bare.clone().with_checked_x5c(alloc::vec![b"0MARKER".to_vec(), b"0MARKER".to_vec()]);
        let octets = format!("{:?}", b"MARKER");
        for (jwk, count) in [(&bare, 0), (&jwk, 2)] {
            let shown = format!("{jwk:?}");
            assert!(shown.contains("the kid") && shown.contains(&format!("x5c: {count}")), "{shown}");
            assert!(!shown.contains(octets.trim_matches(['[', ']'])) && !shown.contains("MARKER"), "{shown}");
        }
        assert!(format!("{:?}", jwk.x5c()).contains(octets.trim_matches(['[', ']'])), "as they would be shown");
    }

    #[test]
    fn labels_of_another_type_are_refused() {
        assert!(okp("").is_ok());
        for (more, name) in [
            (r#","kid":1"#, "kid"),
            (r#","kid":null"#, "kid"),
            (r#","alg":["EdDSA"]"#, "alg"),
            (r#","use":null"#, "use"),
            (r#","key_ops":"verify""#, "key_ops"),
            (r#","key_ops":["verify","verify"]"#, "key_ops"),
            (r#","key_ops":[1]"#, "key_ops"),
            (&format!(r#","key_ops":{}"#, json!((0..33).map(|op: u8| op.to_string()).collect::<Vec<_>>())), "key_ops"),
            (r#","x5c":"MAEC""#, "x5c"),
            (r#","x5c":[]"#, "x5c"),
        ] {
            assert_eq!(okp(more), Err(KeyError::InvalidMember { name }), "{more}");
        }
        let kid = "k".repeat(MAX_KID_BYTES);
        assert!(okp(&format!(r#","kid":"{kid}""#)).is_ok());
        assert_eq!(okp(&format!(r#","kid":"{kid}k""#)), Err(KeyError::InvalidMember { name: "kid" }));
    }

    #[test]
    fn a034_a_private_or_symmetric_key_never_becomes_a_public_one() {
        for name in PRIVATE_MEMBERS {
            assert_eq!(okp(&format!(r#","{name}":"AAAA""#)), Err(KeyError::PrivateKey), "{name}");
            assert_eq!(okp(&format!(r#","{name}":null"#)), Err(KeyError::PrivateKey), "{name}");
        }
        assert_eq!(Jwk::parse(br#"{"kty":"oct","k":"AAAA"}"#), Err(KeyError::PrivateKey));
        assert_eq!(Jwk::parse(br#"{"kty":"oct"}"#), Err(KeyError::UnsupportedKeyType));
    }

    #[test]
    fn a031_members_are_there_and_of_their_type_and_kty() {
        let missing = |name| Err(KeyError::MissingMember { name });
        let invalid = |name| Err(KeyError::InvalidMember { name });
        for (json, error) in [
            (r#"{"crv":"Ed25519","x":"AA"}"#, missing("kty")),
            (r#"{"kty":1,"crv":"Ed25519","x":"AA"}"#, invalid("kty")),
            (r#"{"kty":"okp","crv":"Ed25519","x":"AA"}"#, Err(KeyError::UnsupportedKeyType)),
            (r#"{"kty":"OKP","x":"AA"}"#, missing("crv")),
            (r#"{"kty":"OKP","crv":"X25519","x":"AA"}"#, Err(KeyError::UnsupportedKeyType)),
            (r#"{"kty":"OKP","crv":"Ed25519"}"#, missing("x")),
            (r#"{"kty":"OKP","crv":"Ed25519","x":12}"#, invalid("x")),
            (r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, invalid("x")),
            (r#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#, invalid("x")),
            (r#"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#, invalid("x")),
            (r#"{"kty":"EC","crv":"P-224","x":"AA","y":"AA"}"#, Err(KeyError::UnsupportedKeyType)),
            (r#"{"kty":"EC","crv":"p-521","x":"AA","y":"AA"}"#, Err(KeyError::UnsupportedKeyType)),
            (r#"{"kty":"EC","crv":"Ed25519","x":"AA","y":"AA"}"#, Err(KeyError::UnsupportedKeyType)),
            (r#"{"kty":"RSA","e":"AQAB"}"#, missing("n")),
            (r#"{"kty":"RSA","n":65537,"e":"AQAB"}"#, invalid("n")),
            (r#"{"kty":"RSA","n":"AQ","e":"AQAB","crv":"P-256"}"#, invalid("crv")),
            (r#"["kty"]"#, Err(KeyError::Json(JsonError::Type))),
            (r#"{"kty":"OKP","kty":"OKP"}"#, Err(KeyError::Json(JsonError::DuplicateMember))),
        ] {
            assert_eq!(Jwk::parse(json.as_bytes()), error, "{json}");
        }
        assert_eq!(okp(r#","y":"AAAA""#), invalid("y"));
    }

    #[test]
    fn a018_a019_numbers_have_one_text() {
        assert!(okp("").is_ok());
        for x in [format!("{X}="), format!(" {X}"), X.replace('_', "/"), X.replace("URo", "URp")] {
            let json = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
            assert_eq!(Jwk::parse(json.as_bytes()), Err(KeyError::InvalidMember { name: "x" }), "{x}");
        }
    }

    #[test]
    fn a_long_text_is_not_read() {
        let json = alloc::vec![b' '; MAX_JWK_BYTES + 1];
        assert!(matches!(Jwk::parse(&json), Err(KeyError::TooLarge { .. })));
    }
}
