use symbolon_dpop::TargetUri;

use crate::fuzz::Verdict;

/// A text as `htu`.
///
/// # Panics
/// If the form of a target is not its own form, if it is not equal to what it was read from, or if it has anything that a
/// slow look finds and no form has.
pub fn dpop_htu(data: &[u8]) -> Verdict {
    let Ok(text) = str::from_utf8(data) else { return Verdict::Refused };
    let endpoint = TargetUri::parse("https://as.example/token").expect("a target");
    let Ok(target) = TargetUri::parse(text) else {
        assert!(!endpoint.is(text), "a text that is no target is equal to one");
        return Verdict::Refused;
    };
    let form = target.as_str();
    assert_eq!(TargetUri::parse(form).as_ref(), Ok(&target), "a second pass");
    assert!(target.is(form) && target.is(text), "equal to itself");
    assert_eq!(endpoint.is(text), endpoint == target);
    for tail in ["?", "#", "?a#b", "#a?b"] {
        assert!(target.is(&format!("{form}{tail}")), "query and fragment do not count");
    }

    assert!(data.is_ascii() && !data.contains(&b'\\') && data.iter().all(u8::is_ascii_graphic));
    let (scheme, rest) = form.split_once("://").expect("a scheme");
    assert!(["http", "https"].contains(&scheme));
    let (authority, path) = rest.split_once('/').expect("a path");
    assert!(!authority.is_empty() && !authority.contains(['@', '?', '#']));
    assert!(!authority.ends_with(':') && !authority.ends_with(if scheme == "http" { ":80" } else { ":443" }));
    assert!(path.split('/').all(|segment| segment != "." && segment != ".."), "a dot segment");
    assert!(!path.contains(['?', '#', '[', ']']));
    for encoded in form.split('%').skip(1) {
        let digits = encoded.get(..2).expect("two digits");
        assert!(!digits.contains(|digit: char| digit.is_ascii_lowercase()), "a lower-case encoding");
        let octet = char::from(u8::from_str_radix(digits, 16).expect("hexadecimal digits"));
        assert!(!octet.is_ascii_alphanumeric() && !"-._~".contains(octet), "an encoding that says nothing");
    }
    Verdict::Accepted
}
