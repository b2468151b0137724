//! RFC 7638 §3.1, RFC 8037 Appendix A.3, RFC 9449 §6.1.
use symbolon_jose::Jwk;
use symbolon_types::Alg;

use crate::{
    each,
    vectors::{of_jose, text},
};

#[test]
fn thumbprints_are_those_of_the_examples() {
    each(|crypto| {
        let vectors = of_jose("rfc7638_thumbprint.json");
        let cases = vectors["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let jwk = Jwk::parse(case["jwk"].to_string().as_bytes()).unwrap();
            assert_eq!(jwk.thumbprint(crypto.sha256).to_base64url(), text(case, "sha256_b64u"), "{case}");
        }
    });
}

#[test]
fn labels_have_no_part_in_it_and_numbers_have() {
    each(|crypto| {
        let mut member = of_jose("rfc7638_thumbprint.json")["cases"][1]["jwk"].clone();
        let jwk = Jwk::parse(member.to_string().as_bytes()).unwrap();
        let print = jwk.thumbprint(crypto.sha256);
        let labelled = jwk.with_kid("a").with_use_sig().with_alg(Alg::EdDsa);
        assert_eq!(labelled.thumbprint(crypto.sha256), print);
        member["x"] = "21qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into();
        assert_ne!(Jwk::parse(member.to_string().as_bytes()).unwrap().thumbprint(crypto.sha256), print);
    });
}
