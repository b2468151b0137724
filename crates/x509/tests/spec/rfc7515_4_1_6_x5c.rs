use symbolon_x509::{CertificateError, ChainError, MAX_CHAIN_CERTIFICATES, UntrustedChain, ValidatedChain};

use crate::support::{BUSINESS, INTERMEDIATE};

fn chain(certificates: &[&[u8]]) -> Result<UntrustedChain, ChainError> {
    UntrustedChain::from_x5c(&certificates.iter().map(|der| der.to_vec()).collect::<Vec<_>>())
}

#[test]
fn the_leaf_comes_first_and_the_others_are_kept_as_they_are() {
    let read = chain(&[BUSINESS, INTERMEDIATE]).unwrap();
    assert_eq!((read.leaf().der(), read.others()), (BUSINESS, &[INTERMEDIATE.to_vec()][..]));
    let swapped = chain(&[INTERMEDIATE, BUSINESS]).unwrap();
    assert_eq!(swapped.leaf().organization_number(), None, "another leaf is another certificate");
}

#[test]
fn a_chain_has_a_readable_leaf_and_a_sane_length() {
    assert_eq!(chain(&[]), Err(ChainError::Empty));
    assert_eq!(chain(&[&[0x30, 0], BUSINESS]), Err(ChainError::Leaf(CertificateError::Malformed)));
    assert!(chain(&[BUSINESS; MAX_CHAIN_CERTIFICATES]).is_ok());
    let (count, limit) = (MAX_CHAIN_CERTIFICATES + 1, MAX_CHAIN_CERTIFICATES);
    assert_eq!(chain(&[BUSINESS; MAX_CHAIN_CERTIFICATES + 1]), Err(ChainError::TooMany { count, limit }));
}

#[test]
fn a_validated_chain_has_the_key_of_the_leaf() {
    let chain = ValidatedChain::assume_validated(chain(&[BUSINESS, INTERMEDIATE]).unwrap());
    let key = chain.subject_public_key_info();
    assert!(BUSINESS.windows(key.len()).any(|window| window == key));
    assert!(!INTERMEDIATE.windows(key.len()).any(|window| window == key));
}
