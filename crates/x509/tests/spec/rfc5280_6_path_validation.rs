use symbolon_x509::{
    CLIENT_AUTH, ChainChecks, ChainError, ChainPolicy, ExtendedKeyUsage, KeyUsage, SIGNATURE_ALGORITHMS,
    UntrustedChain, ValidatedChain,
};
use time::UtcDateTime;

use crate::support::{BUSINESS, INTERMEDIATE, OTHER_BUSINESS, ROOT, SELF_SIGNED, rfc8705, vector};

const NOW: i64 = 1_700_000_000;
const ROOT_LIST: &[u8] = vector!("root.crl");
const LIST: &[u8] = vector!("intermediate.crl");
const OTHER_ROOT: &[u8] = vector!("other_root.der");
const CHECKS: ChainChecks<'_> = ChainChecks {
    signature_algorithms: SIGNATURE_ALGORITHMS,
    policy: &ChainPolicy::STRICT,
    anchors: &[ROOT],
    revocation_lists: &[ROOT_LIST, LIST],
};

fn check(checks: &ChainChecks<'_>, certificates: &[&[u8]]) -> Result<ValidatedChain, ChainError> {
    check_at(checks, certificates, NOW)
}

fn check_at(checks: &ChainChecks<'_>, certificates: &[&[u8]], now: i64) -> Result<ValidatedChain, ChainError> {
    let chain = UntrustedChain::from_x5c(&certificates.iter().map(|der| der.to_vec()).collect::<Vec<_>>())?;
    checks.check(chain, UtcDateTime::from_unix_timestamp(now).unwrap())
}

fn lenient() -> ChainPolicy<'static> {
    let mut policy = ChainPolicy::STRICT;
    policy.legacy_unknown_revocation = true;
    policy
}

#[test]
fn a_path_over_an_intermediate_to_the_anchor_is_valid() {
    let chain = check(&CHECKS, &[BUSINESS, INTERMEDIATE]).unwrap();
    assert_eq!(chain.leaf().der(), BUSINESS);
    assert!(check(&CHECKS, &[BUSINESS, INTERMEDIATE, ROOT]).is_ok(), "the anchor may come along");
}

#[test]
fn a011_a_chain_without_a_path_to_an_anchor_has_no_key() {
    for certificates in [
        &[BUSINESS][..],
        &[BUSINESS, ROOT],
        &[INTERMEDIATE, BUSINESS],
        &[SELF_SIGNED],
        &[SELF_SIGNED, INTERMEDIATE],
        // The other root has the name of the anchor, and another key.
        &[OTHER_BUSINESS],
        &[OTHER_BUSINESS, OTHER_ROOT],
        &[BUSINESS, OTHER_ROOT],
        &[&rfc8705(), INTERMEDIATE],
        &[BUSINESS, &INTERMEDIATE[..100]],
    ] {
        assert_eq!(check(&CHECKS, certificates), Err(ChainError::Path));
    }
    let other = ChainChecks { anchors: &[OTHER_ROOT], revocation_lists: &[vector!("other_root.crl")], ..CHECKS };
    assert!(check(&other, &[OTHER_BUSINESS]).is_ok());
    assert_eq!(check(&other, &[BUSINESS, INTERMEDIATE]), Err(ChainError::Path));
    assert_eq!(check(&ChainChecks { anchors: &[], ..CHECKS }, &[BUSINESS, INTERMEDIATE]), Err(ChainError::Path));
}

#[test]
fn a_changed_octet_of_the_leaf_is_never_valid() {
    for at in 0..BUSINESS.len() {
        let mut changed = BUSINESS.to_vec();
        changed[at] ^= 1;
        assert!(check(&CHECKS, &[&changed, INTERMEDIATE]).is_err(), "octet {at}");
    }
}

#[test]
fn every_certificate_is_valid_at_the_time() {
    for name in [vector!("expired.der"), vector!("not_yet_valid.der")] {
        assert_eq!(check(&CHECKS, &[name, INTERMEDIATE]), Err(ChainError::Time));
    }
    assert!(check_at(&CHECKS, &[vector!("expired.der"), INTERMEDIATE], 1_600_000_000).is_ok());
    assert_eq!(check_at(&CHECKS, &[BUSINESS, INTERMEDIATE], 1_500_000_000), Err(ChainError::Time));
    assert_eq!(check_at(&CHECKS, &[BUSINESS, INTERMEDIATE], -1), Err(ChainError::Time));
}

#[test]
fn d13_a_revoked_certificate_is_refused_and_unknown_revocation_too_unless_the_policy_has_it() {
    let revoked = &[vector!("revoked.der"), INTERMEDIATE][..];
    let good = &[BUSINESS, INTERMEDIATE][..];
    assert_eq!(check(&CHECKS, revoked), Err(ChainError::Revoked));

    let lenient = lenient();
    let outdated = vector!("intermediate_outdated.crl");
    for lists in [&[][..], &[ROOT_LIST], &[LIST], &[ROOT_LIST, vector!("other_root.crl")], &[ROOT_LIST, outdated]] {
        let checks = ChainChecks { revocation_lists: lists, ..CHECKS };
        assert_eq!(check(&checks, good), Err(ChainError::RevocationUnknown));
    }
    for lists in [&[][..], &[ROOT_LIST], &[LIST]] {
        assert!(check(&ChainChecks { policy: &lenient, revocation_lists: lists, ..CHECKS }, good).is_ok());
    }
    let lenient = ChainChecks { policy: &lenient, ..CHECKS };
    assert_eq!(check(&lenient, revoked), Err(ChainError::Revoked), "what a list says is believed all the same");
    let outdated = ChainChecks { revocation_lists: &[ROOT_LIST, outdated], ..lenient };
    assert_eq!(check(&outdated, good), Err(ChainError::RevocationUnknown));
}

#[test]
fn d13_of_two_lists_of_one_issuer_the_later_is_believed_whatever_their_order() {
    let earlier = vector!("intermediate_outdated.crl");
    for lists in [[ROOT_LIST, earlier, LIST], [LIST, ROOT_LIST, earlier], [earlier, LIST, ROOT_LIST]] {
        let checks = ChainChecks { revocation_lists: &lists, ..CHECKS };
        // The earlier list is not over at the first time, and over at the second.
        for now in [1_600_000_000, NOW] {
            let at = |leaf| check_at(&checks, &[leaf, INTERMEDIATE], now);
            assert_eq!(at(vector!("revoked.der")), Err(ChainError::Revoked));
            assert!(at(BUSINESS).is_ok());
        }
    }
    let alone = ChainChecks { revocation_lists: &[ROOT_LIST, earlier], ..CHECKS };
    assert!(
        check_at(&alone, &[vector!("revoked.der"), INTERMEDIATE], 1_600_000_000).is_ok(),
        "the earlier lists nothing"
    );
}

#[test]
fn d13_a_list_with_a_wrong_signature_says_nothing() {
    for octets_from_the_end in [1, 40] {
        let mut changed = LIST.to_vec();
        let at = changed.len() - octets_from_the_end;
        changed[at] ^= 1;
        for policy in [ChainPolicy::STRICT, lenient()] {
            let checks = ChainChecks { policy: &policy, revocation_lists: &[ROOT_LIST, &changed], ..CHECKS };
            for leaf in [BUSINESS, vector!("revoked.der")] {
                assert_eq!(check(&checks, &[leaf, INTERMEDIATE]), Err(ChainError::RevocationUnknown));
            }
        }
    }
}

#[test]
fn the_leaf_is_for_the_use_that_the_policy_names() {
    let checks =
        |policy: ChainPolicy<'_>, der| check(&ChainChecks { policy: &policy, ..CHECKS }, &[der, INTERMEDIATE]).err();
    let (seal, signature) = (vector!("seal.der"), vector!("older_business.der"));
    let mut policy = ChainPolicy::STRICT;
    assert_eq!(checks(policy, BUSINESS), None);
    assert_eq!(checks(policy, signature), None, "no extKeyUsage: any");
    assert_eq!(checks(policy, seal), Some(ChainError::KeyUsage));

    policy.extended_key_usage = ExtendedKeyUsage::Required(CLIENT_AUTH);
    assert_eq!(checks(policy, BUSINESS), None);
    assert_eq!(checks(policy, signature), Some(ChainError::KeyUsage));

    policy.extended_key_usage = ExtendedKeyUsage::Any;
    assert_eq!(checks(policy, seal), Some(ChainError::KeyUsage));
    policy.key_usage = KeyUsage::ContentCommitment;
    assert_eq!(checks(policy, seal), None);
    assert_eq!(checks(policy, BUSINESS), Some(ChainError::KeyUsage));
    policy.key_usage = KeyUsage::Any;
    assert_eq!(checks(policy, seal), None);
}

#[test]
fn a_purpose_with_an_arc_over_127_is_itself_and_not_its_neighbour() {
    // The leaf has 1.3.6.1.4.1.311.20.2.2. The second number is what its octets are when they are read to the base 256.
    let leaf = &[vector!("smart_card.der"), INTERMEDIATE][..];
    for make in [ExtendedKeyUsage::IfPresent, ExtendedKeyUsage::Required] {
        let checks = |wanted| {
            let mut policy = ChainPolicy::STRICT;
            policy.extended_key_usage = make(wanted);
            check(&ChainChecks { policy: &policy, ..CHECKS }, leaf).err()
        };
        assert_eq!(checks("1.3.6.1.4.1.311.20.2.2"), None);
        assert_eq!(checks("1.3.6.1.4.1.567.20.2.2"), Some(ChainError::KeyUsage));
        assert_eq!(checks("1.3.6.1.4.1.311.20.2"), Some(ChainError::KeyUsage));
        for malformed in ["", "clientAuth", "1", "1.3.6.", "9.9"] {
            assert_eq!(checks(malformed), Some(ChainError::Embedder), "{malformed}");
        }
    }
}

#[test]
fn the_leaf_was_issued_under_a_policy_that_is_named() {
    let checks = |wanted, der| {
        let mut policy = ChainPolicy::STRICT;
        policy.certificate_policies = wanted;
        check(&ChainChecks { policy: &policy, ..CHECKS }, &[der, INTERMEDIATE]).err()
    };
    assert_eq!(checks(&["2.16.578.1.26.1.3.2"], BUSINESS), None);
    assert_eq!(checks(&["1.2.3", "2.16.578.1.26.1.3.2"], BUSINESS), None);
    assert_eq!(checks(&["2.16.578.1.26.1.3.5"], BUSINESS), Some(ChainError::CertificatePolicy));
    assert_eq!(checks(&["2.16.578.1.26.1.3.2"], vector!("older_business.der")), Some(ChainError::CertificatePolicy));
}

#[test]
fn algorithms_that_the_caller_does_not_pass_are_not_taken() {
    let none = ChainChecks { signature_algorithms: &[], ..CHECKS };
    assert_eq!(check(&none, &[BUSINESS, INTERMEDIATE]), Err(ChainError::Path));
}

#[test]
fn what_the_caller_brings_must_be_readable() {
    for checks in [
        ChainChecks { anchors: &[ROOT, &[0x30, 0]], ..CHECKS },
        ChainChecks { revocation_lists: &[ROOT_LIST, LIST, ROOT], ..CHECKS },
    ] {
        assert_eq!(check(&checks, &[BUSINESS, INTERMEDIATE]), Err(ChainError::Embedder));
    }
}
