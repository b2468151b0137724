use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, KeyError, SigningKey};
use symbolon_types::Alg;

use crate::support::{
    ASYMMETRIC, ED25519, P256, P384, RSA, cut_and_lengthened, der, each_octet_changed, pem, relabelled, signing_key,
};

const FILES: [(&str, &str); 4] = [
    (include_str!("../vectors/rsa_2048_public.pem"), RSA),
    (include_str!("../vectors/p256_public.pem"), P256),
    (include_str!("../vectors/p384_public.pem"), P384),
    (include_str!("../vectors/ed25519_public.pem"), ED25519),
];
const PKCS1: &str = include_str!("../vectors/rsa_2048_pkcs1_public.pem");

/// The numbers of the public half, without labels.
fn public_half(private: &str) -> Jwk {
    let jwk = SigningKey::from_pem(&PROVIDER, private, None).unwrap().public_jwk().unwrap();
    Jwk::from_public_key(&jwk.public_key().to_owned())
}

#[test]
fn it_is_the_public_half_of_the_private_file_and_is_written_as_openssl_writes_it() {
    for (public, private) in FILES {
        let jwk = Jwk::from_public_key_pem(public).unwrap();
        assert_eq!(jwk, public_half(private));
        assert_eq!(jwk, Jwk::from_spki_der(&der(public)).unwrap());
        assert_eq!(jwk.to_spki_der().unwrap(), der(public));
        assert_eq!(jwk.to_public_key_pem().unwrap(), public);
        assert_eq!((jwk.kid(), jwk.alg(), jwk.key_use()), (None, None, None));
    }
    assert_eq!(Jwk::from_public_key_pem(PKCS1), Jwk::from_public_key_pem(FILES[0].0));
    assert_eq!(Jwk::from_pkcs1_der(&der(PKCS1)), Jwk::from_public_key_pem(FILES[0].0));
}

#[test]
fn what_the_private_file_signs_the_public_file_verifies() {
    for alg in ASYMMETRIC {
        let (public, _) = FILES.into_iter().find(|(_, private)| *private == pem(alg)).unwrap();
        let key = Jwk::from_public_key_pem(public).unwrap().verifying_key(&PROVIDER, &[alg]).unwrap();
        let text = signing_key(alg).sign(&PROVIDER, None, &serde_json::json!({ "sub": "a" })).unwrap();
        let jwt = symbolon_jose::UnverifiedJwt::parse(&text).unwrap();
        assert!(jwt.verify(&key).is_ok(), "{alg}");
        assert_eq!(
            Jwk::from_public_key_pem(public).unwrap().verifying_key(&PROVIDER, &[Alg::Hs256]).err(),
            Some(KeyError::NoAlgorithm)
        );
    }
}

#[test]
fn a_key_has_one_text_so_that_a_changed_one_is_refused_or_another_key() {
    for (public, _) in FILES {
        let (der, jwk) = (der(public), Jwk::from_public_key_pem(public).unwrap());
        let mut refused = 0;
        for (at, bad) in each_octet_changed(&der) {
            match Jwk::from_spki_der(&bad) {
                Ok(other) => {
                    assert_ne!(other, jwk, "octet {at}");
                    assert_eq!(other.to_spki_der(), Ok(bad), "octet {at}");
                }
                Err(_) => refused += 1,
            }
        }
        assert!(refused >= 12, "head, identifier and the like: {refused}");
        for bad in cut_and_lengthened(&der) {
            assert_eq!(Jwk::from_spki_der(&bad), Err(KeyError::MalformedDer { name: "SubjectPublicKeyInfo" }));
        }
    }
    for bad in cut_and_lengthened(&der(PKCS1)) {
        assert_eq!(Jwk::from_pkcs1_der(&bad), Err(KeyError::MalformedDer { name: "RSAPublicKey" }));
    }
}

#[test]
fn a032_a033_weak_keys_are_refused() {
    for weak in [include_str!("../vectors/rsa_1024_public.pem"), include_str!("../vectors/rsa_2048_e3_public.pem")] {
        assert_eq!(Jwk::from_public_key_pem(weak), Err(KeyError::WeakKey));
        // Behind the BIT STRING's head stands the PKCS#1 form.
        let der = der(weak);
        let pkcs1 = &der[der.windows(2).position(|pair| pair == [5, 0]).unwrap() + 2..];
        let pkcs1 = &pkcs1[pkcs1.iter().skip(1).position(|octet| *octet == 0x30).unwrap() + 1..];
        assert_eq!(Jwk::from_pkcs1_der(pkcs1), Err(KeyError::WeakKey));
    }
}

#[test]
fn keys_of_other_types_curves_and_forms_are_refused() {
    for (pem, error) in [
        (include_str!("../vectors/rsa_2048_pss_public.pem"), KeyError::RsassaPssKey),
        (include_str!("../vectors/x25519_public.pem"), KeyError::UnsupportedKeyType),
        (include_str!("../vectors/p256_explicit_public.pem"), KeyError::UnsupportedKeyType),
        (
            include_str!("../vectors/p256_compressed_public.pem"),
            KeyError::MalformedDer { name: "SubjectPublicKeyInfo" },
        ),
    ] {
        assert_eq!(Jwk::from_public_key_pem(pem), Err(error));
    }
    assert!(KeyError::RsassaPssKey.to_string().contains("RSASSA-PSS"));
    // A key of P-521 is not known, or is known and no provider here does it.
    match Jwk::from_public_key_pem(include_str!("../vectors/p521_public.pem")) {
        Ok(jwk) => assert!(matches!(jwk.verifying_key(&PROVIDER, Alg::ALL), Err(KeyError::Unsupported(_)))),
        Err(error) => assert_eq!(error, KeyError::UnsupportedKeyType),
    }
}

#[test]
fn a_label_is_believed_and_a_private_key_is_no_public_one() {
    let (spki, _) = FILES[0];
    assert_eq!(
        Jwk::from_public_key_pem(&relabelled(spki, "RSA PUBLIC KEY")),
        Err(KeyError::MalformedDer { name: "RSAPublicKey" })
    );
    assert_eq!(
        Jwk::from_public_key_pem(&relabelled(PKCS1, "PUBLIC KEY")),
        Err(KeyError::MalformedDer { name: "SubjectPublicKeyInfo" })
    );
    for (pem, found) in [
        (P256, "`PRIVATE KEY`"),
        (include_str!("../vectors/p256_sec1.pem"), "`EC PRIVATE KEY`"),
        (include_str!("../vectors/p256_encrypted.pem"), "`ENCRYPTED PRIVATE KEY`"),
        (include_str!("../vectors/p256_certificate.pem"), "`CERTIFICATE`"),
    ] {
        let expected = "`PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY`";
        assert_eq!(Jwk::from_public_key_pem(pem), Err(KeyError::PemLabel { expected, found }));
        assert!(Jwk::from_spki_der(&der(pem)).is_err());
        assert!(Jwk::from_pkcs1_der(&der(pem)).is_err());
    }
    assert_eq!(Jwk::from_public_key_pem(&spki.repeat(2)), Err(KeyError::MalformedPem));
}

#[test]
fn a029_a_point_off_the_curve_is_refused_when_it_is_loaded() {
    let mut der = der(FILES[1].0);
    *der.last_mut().unwrap() ^= 1;
    let jwk = Jwk::from_spki_der(&der).unwrap();
    assert!(matches!(jwk.verifying_key(&PROVIDER, &[Alg::Es256]), Err(KeyError::Rejected(_))));
}
