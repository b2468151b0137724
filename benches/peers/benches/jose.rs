//! Verifying and signing of two tokens under five algorithms, JWK and JWK sets: ours and the others, in turns.
//!
//! An argument without dashes takes the groups whose title holds it.

use std::env;

use symbolon_benches::{Case, measure};
use symbolon_benches_peers::{
    ALGS, JwkKey, Kind, LIBRARIES, assert_finds, assert_signs, assert_thumbprint, assert_verifies, jwk_set, public_jwk,
    token,
};

fn main() {
    let wanted: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let is_wanted = |title: &str| wanted.is_empty() || wanted.iter().any(|part| title.contains(part.as_str()));
    for kind in Kind::ALL {
        for alg in ALGS {
            let title = format!("verify {alg} {}", kind.name());
            if is_wanted(&title) {
                let token = token(kind, alg);
                group(&title, |library| {
                    let verifier = (library.verifier)(kind, alg)?;
                    assert_verifies(library, &verifier, kind, &token);
                    let text = token.text.clone();
                    Some(Case::new(library.name, move || verifier.run(&text)))
                });
            }
            let title = format!("sign {alg} {}", kind.name());
            if is_wanted(&title) {
                group(&title, |library| {
                    let signer = (library.signer)(kind, alg)?;
                    assert_signs(library, &signer, kind, alg);
                    Some(Case::new(library.name, move || signer.run()))
                });
            }
        }
    }
    for key in JwkKey::ALL {
        let title = format!("JWK and thumbprint {}", key.name());
        if is_wanted(&title) {
            let jwk = public_jwk(key.alg(), "1");
            group(&title, |library| {
                let thumbprint = (library.thumbprint)(key)?;
                assert_thumbprint(library, thumbprint, &jwk);
                let jwk = jwk.clone();
                Some(Case::new(library.name, move || thumbprint(&jwk)))
            });
        }
    }
    let title = "JWK set of 20, the last";
    if is_wanted(title) {
        let (set, kid) = jwk_set();
        group(title, |library| {
            let find = library.find?;
            assert_finds(library, find, &set, &kid);
            let (set, kid) = (set.clone(), kid.clone());
            Some(Case::new(library.name, move || find(&set, &kid)))
        });
    }
}

/// One group: its cases run in turns, each beside ours.
fn group(title: &str, case: impl Fn(&'static symbolon_benches_peers::Library) -> Option<Case<'static>>) {
    let (mut cases, mut lacking) = (Vec::new(), Vec::new());
    for library in LIBRARIES {
        match case(library) {
            Some(case) if cases.is_empty() => cases.push(case),
            Some(case) => cases.push(case.above(LIBRARIES[0].name)),
            None => lacking.push(library.name),
        }
    }
    measure(title, cases);
    if !lacking.is_empty() {
        println!("not by {}", lacking.join(", "));
    }
}
