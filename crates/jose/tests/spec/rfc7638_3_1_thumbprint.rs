use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::Jwk;

use crate::support::json;

#[test]
fn thumbprints_are_those_of_the_examples() {
    let vectors = json(include_str!("../vectors/rfc7638_thumbprint.json"));
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let jwk = Jwk::parse(case["jwk"].to_string().as_bytes()).unwrap();
        assert_eq!(jwk.thumbprint(PROVIDER.sha256).to_base64url(), case["sha256_b64u"].as_str().unwrap(), "{case}");
    }
}

#[test]
fn labels_have_no_part_in_it_and_numbers_have() {
    let vectors = json(include_str!("../vectors/rfc7638_thumbprint.json"));
    let mut member = vectors["cases"][1]["jwk"].clone();
    let jwk = Jwk::parse(member.to_string().as_bytes()).unwrap();
    let print = jwk.thumbprint(PROVIDER.sha256);
    let labelled = jwk.with_kid("a").with_use_sig().with_alg(symbolon_types::Alg::EdDsa).with_x5c(vec![vec![0x30]]);
    assert_eq!(labelled.thumbprint(PROVIDER.sha256), print);
    member["x"] = "21qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into();
    assert_ne!(Jwk::parse(member.to_string().as_bytes()).unwrap().thumbprint(PROVIDER.sha256), print);
}
