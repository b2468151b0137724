//! Memory of the caller's, in which a token stood before.

use symbolon_jose::{JwtBuffer, JwtError, UnverifiedJwt, VerifiedJwt};
use symbolon_types::Alg;

use crate::support::{algorithms, decode, encode, refused, token, verifying_key};

const LONGER: &str = r#"{"iss":"https://as.example","sub":"the one before","exp":1700000000,"nonce":"n-0S6_WzA2Mj"}"#;

/// The shorter token, in a buffer that holds the longer one.
fn read_after(longer: &str, text: &str, alg: Alg) -> Result<VerifiedJwt<'static>, JwtError> {
    let mut buffer = JwtBuffer::default();
    let before = UnverifiedJwt::parse_in(longer, &mut buffer)?.verify(&verifying_key(alg))?;
    assert_eq!(before.claims()?.sub.as_deref(), Some("the one before"));
    Ok(UnverifiedJwt::parse_in(text, &mut buffer)?.verify(&verifying_key(alg))?.into_owned())
}

#[test]
fn a_shorter_token_after_a_longer_one_is_read_as_in_new_memory() {
    for alg in algorithms() {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        let longer = token(alg, format!(r#"{{"alg":"{alg}","kid":"long","typ":"JWT"}}"#), LONGER);
        for payload in [r#"{"sub":"a"}"#, "{}", r#"{"iss":"https://as.example","sub":"b"}"#] {
            let text = token(alg, &header, payload);
            let read = read_after(&longer, &text, alg).unwrap();
            assert_eq!((read.header().alg(), read.header().kid(), read.header().typ()), (alg, None, None));
            assert_eq!(read.payload(), payload.as_bytes(), "{alg}");
            let (claims, expected) =
                (read.claims().unwrap(), serde_json::from_str::<serde_json::Value>(payload).unwrap());
            assert_eq!(claims.sub.as_deref(), expected["sub"].as_str());
            assert!(claims.exp.is_none() && claims.get("nonce").is_none());
            assert_eq!(read.claims_as::<serde_json::Value>(), Ok(expected));
        }
    }
}

#[test]
fn a_shorter_token_with_a_flipped_bit_after_a_longer_one_is_refused_as_in_new_memory() {
    for alg in algorithms() {
        let longer = token(alg, format!(r#"{{"alg":"{alg}"}}"#), LONGER);
        let text = token(alg, format!(r#"{{"alg":"{alg}"}}"#), r#"{"sub":"a"}"#);
        assert!(read_after(&longer, &text, alg).is_ok());
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let (_, payload) = signed.split_once('.').unwrap();
        for (part, at) in [(signature, 0), (signature, decode(signature).len() - 1), (payload, 8)] {
            let mut octets = decode(part);
            octets[at] ^= 1;
            let changed = text.replace(part, &encode(octets));
            assert_eq!(read_after(&longer, &changed, alg).err(), Some(JwtError::BadSignature), "{alg} octet {at}");
            assert_eq!(refused(&changed, alg), JwtError::BadSignature);
        }
    }
}

#[test]
fn a_token_after_a_refused_one_is_read_and_the_same_cut_is_not() {
    let text = token(Alg::Hs256, r#"{"alg":"HS256"}"#, r#"{"sub":"a"}"#);
    let mut buffer = JwtBuffer::default();
    for bad in ["", "a.b.c", &text[1..], &format!("{}.{LONGER}.", encode(LONGER)), &format!("{}.AA.AA", encode(LONGER))]
    {
        assert!(UnverifiedJwt::parse_in(bad, &mut buffer).is_err(), "{bad}");
        let jwt = UnverifiedJwt::parse_in(&text, &mut buffer).unwrap().verify(&verifying_key(Alg::Hs256)).unwrap();
        assert_eq!(jwt.payload(), br#"{"sub":"a"}"#);
        // What stands in the buffer does not stand in for what is missing.
        for end in 0..text.len() {
            let cut = UnverifiedJwt::parse_in(&text[..end], &mut buffer);
            assert!(cut.and_then(|jwt| jwt.verify(&verifying_key(Alg::Hs256))).is_err(), "cut to {end}");
        }
    }
}
