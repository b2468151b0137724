//! The files of `fixtures/` are those of its README, and are whole.
#![expect(clippy::unwrap_used, reason = "tests, on std, stop at the first thing that is not as they say")]

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_testkit::{RawRequest, RawResponse, fixtures, keys};

#[test]
fn the_readme_describes_every_file_once() {
    let readme = fixtures::text("README.md");
    let described: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|rest| rest.split('`').next()).collect();
    let unique: BTreeSet<_> = described.iter().copied().map(String::from).collect();
    assert_eq!(unique.len(), described.len(), "a file is described twice");
    assert_eq!(unique, fixtures::names().into_iter().collect());
}

#[test]
fn every_message_is_of_the_strict_form() {
    let (mut requests, mut responses) = (0, 0);
    for name in fixtures::names() {
        if name.ends_with(".request.http") {
            // One file is kept as its source has it: a POST request without a body.
            let request = RawRequest::parse(&fixtures::load(&name)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert!(matches!(request.method.as_str(), "POST" | "GET"), "{name}");
            requests += 1;
        } else if name.ends_with(".response.http") {
            let response =
                RawResponse::parse(&fixtures::load(&name)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let body = fixtures::load(&name.replace(".response.http", ".response.json"));
            assert_eq!(response.body, body, "{name}");
            responses += 1;
        }
    }
    assert_eq!((requests, responses), (20, 2));
}

#[test]
fn every_response_and_key_set_is_json() {
    let mut read = 0;
    for name in fixtures::names().iter().filter(|name| name.rsplit('.').next() == Some("json")) {
        let _: serde_json::Value =
            serde_json::from_slice(&fixtures::load(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        read += 1;
    }
    assert_eq!(read, 21);
}

fn part(jwt: &str, index: usize) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwt.split('.').nth(index).unwrap()).unwrap()
}

#[test]
fn every_file_is_the_original_or_its_twin() {
    let Some(originals) = fixtures::originals() else { return };
    let here = fixtures::names();
    let mut read = 0;
    for (name, content) in originals {
        read += 1;
        if here.contains(&name) {
            assert!(fixtures::load(&name) == content, "{name} differs from its original");
            continue;
        }
        let twin = here.iter().find(|known| fixtures::original_name(known) == name);
        let twin = fixtures::load(twin.unwrap_or_else(|| panic!("{name}: neither it nor a twin")));
        // `jwt-decoded.json` names a file, and thus its twin.
        let renamed = if name == "jwt-decoded.json" { ".twin".len() } else { 0 };
        assert_eq!(twin.len(), content.len() + renamed, "the twin of {name} has another length");
        assert!(twin != content, "{name}");
    }
    println!("originals read: {read}");
    assert_eq!(read, 53);
}

#[test]
fn the_twins_agree_with_each_other() {
    let jwt = fixtures::text("idporten-token.id_token.twin.jwt");
    for response in ["idporten-token.response.twin.json", "idporten-old-token.response.twin.json"] {
        let response: serde_json::Value = serde_json::from_slice(&fixtures::load(response)).unwrap();
        assert_eq!(response["id_token"], jwt.as_str());
    }
    let header: serde_json::Value = serde_json::from_slice(&part(&jwt, 0)).unwrap();
    assert_eq!(header["kid"], keys::TWIN_KID);
    let claims: serde_json::Value = serde_json::from_slice(&part(&jwt, 1)).unwrap();
    let printed: serde_json::Value =
        serde_json::from_slice(&fixtures::load("idporten-old-id-token.claims.listing.twin.json")).unwrap();
    assert_eq!(claims, printed);
    let decoded: serde_json::Value = serde_json::from_slice(&fixtures::load("jwt-decoded.twin.json")).unwrap();
    assert_eq!(decoded[0]["claims"], claims);
    assert_eq!(decoded[0]["header"], header);
    let escaped = String::from_utf8(part(&jwt, 1)).unwrap();
    assert!(escaped.contains(r"https:\/\/"), "slashes stay escaped in the payload");
}

#[test]
fn every_decoded_listing_is_what_the_token_holds() {
    let decoded: serde_json::Value = serde_json::from_slice(&fixtures::load("jwt-decoded.twin.json")).unwrap();
    let entries = decoded.as_array().unwrap();
    for entry in entries {
        let name = entry["file"].as_str().unwrap();
        let jwt = fixtures::text(name);
        let json = |index| serde_json::from_slice::<serde_json::Value>(&part(&jwt, index)).unwrap();
        assert_eq!((json(0), json(1)), (entry["header"].clone(), entry["claims"].clone()), "{name}");
        assert_eq!(
            Some(part(&jwt, 2).len()),
            entry["signature_bytes"].as_u64().map(|n| usize::try_from(n).unwrap()),
            "{name}"
        );
    }
    assert_eq!(entries.len(), 7);
}

#[test]
fn a_file_and_its_original_are_read_by_one_body() {
    let keys = |content: &[u8]| {
        let value: serde_json::Value = serde_json::from_slice(content).unwrap();
        value.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let variants = fixtures::variants("idporten-token.response.json");
    assert_eq!(variants[0].0, "idporten-token.response.twin.json");
    assert_eq!(variants.len(), if fixtures::originals().is_some() { 2 } else { 1 });
    for (name, content) in &variants {
        assert_eq!(keys(content), keys(&variants[0].1), "{name}");
    }
}
