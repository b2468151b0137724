use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, KeyError, SigningKey, UnverifiedJwt, ValidatedCertificate};
use symbolon_types::Alg;

use crate::support::{P256, cut_and_lengthened, der, each_octet_changed, json};

const P256_CERTIFICATE: &str = include_str!("../vectors/p256_certificate.pem");
const FILES: [(&str, &str); 5] = [
    (P256_CERTIFICATE, include_str!("../vectors/p256_public.pem")),
    (include_str!("../vectors/p256_certificate_v1.pem"), include_str!("../vectors/p256_public.pem")),
    (include_str!("../vectors/p384_certificate.pem"), include_str!("../vectors/p384_public.pem")),
    (include_str!("../vectors/ed25519_certificate.pem"), include_str!("../vectors/ed25519_public.pem")),
    (include_str!("../vectors/rsa_2048_certificate.pem"), include_str!("../vectors/rsa_2048_public.pem")),
];

fn key(der: &[u8]) -> Result<Jwk, KeyError> {
    ValidatedCertificate::assume_validated(der).map(|certificate| certificate.jwk().clone())
}

#[test]
fn a145_it_holds_the_key_of_the_public_file() {
    for (certificate, public) in FILES {
        let read = ValidatedCertificate::assume_validated_pem(certificate).unwrap();
        assert_eq!(read.jwk(), &Jwk::from_public_key_pem(public).unwrap());
        assert_eq!(read.der(), der(certificate));
        assert!(read.jwk().x5c().is_empty());
        assert_eq!(ValidatedCertificate::assume_validated(&der(certificate)), Ok(read));
    }
}

#[test]
fn a145_the_certificate_of_rfc_8705_is_of_version_1_and_has_the_key_of_its_jwk() {
    let vector = json(include_str!("../vectors/rfc8705_certificate.json"));
    let read = ValidatedCertificate::assume_validated_pem(vector["certificate_pem"].as_str().unwrap()).unwrap();
    let jwk = Jwk::parse(vector["jwk"].to_string().as_bytes()).unwrap();
    assert_eq!(read.jwk().clone().with_x5c(vec![read.der().to_vec()]).unwrap(), jwk);
    assert_ne!(read.jwk(), &jwk, "which has an x5c");
}

#[test]
fn its_octets_stand_in_x5c() {
    let certificate = ValidatedCertificate::assume_validated_pem(P256_CERTIFICATE).unwrap();
    let signer = SigningKey::from_pem(&PROVIDER, P256, None).unwrap();
    let signer = signer.with_x5c(vec![certificate.der().to_vec()]).unwrap();
    let text = signer.sign(&PROVIDER, None, &serde_json::json!({})).unwrap();
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    assert_eq!(jwt.header().x5c(), Some(&[der(P256_CERTIFICATE)][..]));
    assert!(jwt.verify(&certificate.jwk().verifying_key(&PROVIDER, &[Alg::Es256]).unwrap()).is_ok());
}

#[test]
fn nothing_is_validated_so_a_changed_certificate_is_refused_or_has_a_key_of_its_own() {
    for (certificate, public) in FILES {
        let (der, spki) = (der(certificate), der(public));
        let start = der.windows(spki.len()).position(|window| window == spki).unwrap();
        let (mut refused, mut same) = (0, 0);
        for (at, changed) in each_octet_changed(&der) {
            match key(&changed) {
                Ok(jwk) => {
                    // Whatever else was changed, the key is the one that stands there.
                    assert_eq!(jwk.to_spki_der().unwrap(), changed[start..start + spki.len()], "octet {at}");
                    same += usize::from(jwk.to_spki_der().unwrap() == spki);
                }
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 0 && same > 0, "{refused} refused, {same} with the same key");
        for bad in cut_and_lengthened(&der) {
            assert_eq!(key(&bad), Err(KeyError::MalformedDer { name: "Certificate" }));
        }
    }
}

#[test]
fn anything_but_one_certificate_is_refused() {
    let chain = P256_CERTIFICATE.repeat(2);
    assert_eq!(ValidatedCertificate::assume_validated_pem(&chain), Err(KeyError::MalformedPem));
    for (pem, found) in [
        (P256, "`PRIVATE KEY`"),
        (include_str!("../vectors/p256_public.pem"), "`PUBLIC KEY`"),
        (&P256_CERTIFICATE.replace("CERTIFICATE", "TRUSTED CERTIFICATE"), "`TRUSTED CERTIFICATE`"),
    ] {
        let error = KeyError::PemLabel { expected: "`CERTIFICATE`", found };
        assert_eq!(ValidatedCertificate::assume_validated_pem(pem), Err(error));
    }
    assert_eq!(key(&der(P256)), Err(KeyError::MalformedDer { name: "Certificate" }));
    assert_eq!(key(&der(FILES[0].1)), Err(KeyError::MalformedDer { name: "Certificate" }));
}
