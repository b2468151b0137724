use symbolon_x509::{SubjectName, SubjectNameError};

use crate::support::{BUSINESS, OTHER_BUSINESS, SEVERAL_IN_ONE_SET, WILDCARD, certificate};

const SUBJECT: &str = "CN=Client,organizationIdentifier=NTRNO-123456789,O=Symbolon Tests,C=NO";

type Parse = fn(&str) -> Result<SubjectName, SubjectNameError>;

fn has(der: &[u8], parse: Parse, text: &str) -> bool {
    parse(text).unwrap().matches(&certificate(der))
}

#[test]
fn tls_client_auth_subject_dn_is_the_whole_subject_in_its_order() {
    let has = |text| has(BUSINESS, SubjectName::subject_dn, text);
    for same in [
        SUBJECT,
        "cn=CLIENT,2.5.4.97=ntrno-123456789,o=Symbolon  tests,c=no",
        "CN=#1306436c69656e74,organizationIdentifier=NTRNO-123456789,O=Symbolon Tests,C=NO",
    ] {
        assert!(has(same), "{same}");
    }
    for other in [
        "CN=Client",
        "C=NO,O=Symbolon Tests,organizationIdentifier=NTRNO-123456789,CN=Client",
        "CN=Client,organizationIdentifier=NTRNO-123456780,O=Symbolon Tests,C=NO",
        "CN=Client,organizationIdentifier=NTRNO-123456789,O=SymbolonTests,C=NO",
        "CN=Client,organizationIdentifier=NTRNO-123456789,O=Symbolon Tests,C=NO,DC=example",
        "CN=Client+organizationIdentifier=NTRNO-123456789,O=Symbolon Tests,C=NO",
        "OU=Client,organizationIdentifier=NTRNO-123456789,O=Symbolon Tests,C=NO",
    ] {
        assert!(!has(other), "a096: {other}");
    }
}

#[test]
fn attributes_of_one_set_have_no_order() {
    let has = |text| has(SEVERAL_IN_ONE_SET, SubjectName::subject_dn, text);
    assert!(has("CN=Client+OU=Blåbær,O=Symbolon Tests,C=NO"));
    assert!(has(r"OU=BL\C3\85BÆR+CN=client,O=Symbolon Tests,C=NO"));
    assert!(!has("CN=Client,OU=Blåbær,O=Symbolon Tests,C=NO"));
    assert!(!has("CN=Client,O=Symbolon Tests,C=NO"));
    assert!(!has("CN=Client+OU=Blabaer,O=Symbolon Tests,C=NO"));
}

#[test]
fn a_registered_text_that_is_written_and_read_again_matches_still() {
    for der in [BUSINESS, SEVERAL_IN_ONE_SET, WILDCARD] {
        let text = certificate(der).subject().to_string();
        assert!(has(der, SubjectName::subject_dn, &text), "{text}");
    }
}

#[test]
fn tls_client_auth_san_dns_is_a_whole_name_without_case() {
    let has = |text| has(BUSINESS, SubjectName::san_dns, text);
    assert!(has("client.example") && has("CLIENT.example") && has("second.example"));
    assert!(!has("example") && !has("a.client.example") && !has("client.example.org") && !has("client-example"));
}

#[test]
fn a096_a_wildcard_in_the_certificate_is_no_name_and_none_can_be_registered() {
    assert!(!has(WILDCARD, SubjectName::san_dns, "client.example"));
    assert_eq!(SubjectName::san_dns("*.example"), Err(SubjectNameError::SanDns));
}

#[test]
fn a096_the_common_name_is_no_substitute() {
    assert_eq!(certificate(WILDCARD).subject().to_string(), "CN=client.example");
    assert!(!has(WILDCARD, SubjectName::san_dns, "client.example"));
    assert!(has(WILDCARD, SubjectName::subject_dn, "CN=client.example"));
}

#[test]
fn tls_client_auth_san_uri_is_compared_octet_for_octet() {
    let has = |text| has(BUSINESS, SubjectName::san_uri, text);
    assert!(has("https://client.example/Id"));
    assert!(
        !has("https://client.example/id") && !has("https://client.example/Id/") && !has("HTTPS://client.example/Id")
    );
    assert!(!has("https://client.example:443/Id"));
}

#[test]
fn tls_client_auth_san_ip_is_compared_by_octets_however_it_is_written() {
    let has = |text| has(BUSINESS, SubjectName::san_ip, text);
    assert!(has("192.0.2.1") && has("2001:db8::1") && has("2001:0DB8:0:0:0:0:0:1"));
    assert!(!has("192.0.2.10") && !has("2001:db8::2") && !has("::ffff:192.0.2.1"));
}

#[test]
fn tls_client_auth_san_email_keeps_the_case_of_its_local_part_only() {
    let has = |text| has(BUSINESS, SubjectName::san_email, text);
    assert!(has("Client@client.example") && has("Client@CLIENT.example"));
    assert!(!has("client@client.example") && !has("Client@example") && !has("Other@client.example"));
}

#[test]
fn a096_a_name_of_one_form_is_not_one_of_another() {
    assert!(!has(BUSINESS, SubjectName::san_uri, "dns:client.example"));
    assert!(!has(BUSINESS, SubjectName::san_dns, "192.0.2.1"));
    assert!(!has(BUSINESS, SubjectName::subject_dn, "CN=client.example"));
}

#[test]
fn a096_the_same_name_with_another_key_is_for_the_validation_to_tell_apart() {
    // Same subject, another issuer of the same name: names alone cannot tell, which is why a registration names anchors.
    assert!(has(OTHER_BUSINESS, SubjectName::subject_dn, SUBJECT));
}
