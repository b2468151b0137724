/// The levels of ID-porten, by their old names and their new ones (R114). The levels of eIDAS are others:
/// nothing says which of these they reach.
///
/// ```
/// use symbolon_policy::{NORWEGIAN_ACR_LEVELS, Policy};
///
/// pub const LOGIN: Policy = {
///     let mut policy = Policy::OIDC;
///     policy.id_token.acr_levels = NORWEGIAN_ACR_LEVELS;
///     policy.sound()
/// };
/// let line = "id_token.acr_levels: idporten-loa-low < Level3 = idporten-loa-substantial < Level4 = idporten-loa-high\n";
/// assert!(LOGIN.report().to_string().contains(line));
/// ```
pub const NORWEGIAN_ACR_LEVELS: &[&[&str]] =
    &[&["idporten-loa-low"], &["Level3", "idporten-loa-substantial"], &["Level4", "idporten-loa-high"]];

/// Whether every value has a text and one place.
pub(crate) const fn are_apart(levels: &[&[&str]]) -> bool {
    let mut levels = levels;
    while let [level, higher @ ..] = levels {
        let mut values = *level;
        while let [value, others @ ..] = values {
            if value.is_empty() || contains(others, value) || any_contains(higher, value) {
                return false;
            }
            values = others;
        }
        levels = higher;
    }
    true
}

const fn any_contains(levels: &[&[&str]], text: &str) -> bool {
    let mut rest = levels;
    while let [level, others @ ..] = rest {
        if contains(level, text) {
            return true;
        }
        rest = others;
    }
    false
}

const fn contains(texts: &[&str], text: &str) -> bool {
    let mut rest = texts;
    while let [first, others @ ..] = rest {
        if is_same(first.as_bytes(), text.as_bytes()) {
            return true;
        }
        rest = others;
    }
    false
}

/// `==` is not for constants.
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (a, b);
    while let ([first, rest @ ..], [other, others @ ..]) = (a, b) {
        if *first != *other {
            return false;
        }
        (a, b) = (rest, others);
    }
    a.is_empty() && b.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Contradiction, Policy};

    #[test]
    fn a_value_of_acr_has_a_text_and_one_place() {
        let check = |levels| {
            let mut policy = Policy::OAUTH_2_1;
            policy.id_token.acr_levels = levels;
            policy.check()
        };
        let sound: [&[&[&str]]; 5] =
            [&[], &[&[]], &[&["a"]], &[&["a", "b"], &["ab", "A"]], &[&["a"], &[], &["aa", "b"]]];
        for levels in sound.into_iter().chain([NORWEGIAN_ACR_LEVELS]) {
            assert_eq!(check(levels), Ok(()), "{levels:?}");
        }
        let broken: [&[&[&str]]; 5] =
            [&[&[""]], &[&["a", ""]], &[&["a", "b", "a"]], &[&["a"], &["a"]], &[&["b", "a"], &[], &["c", "a"]]];
        for levels in broken {
            assert_eq!(check(levels), Err(Contradiction::AcrLevels), "{levels:?}");
        }
    }
}
