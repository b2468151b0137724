//! What `htu` names the same target, and what names none.

use proptest::prelude::*;
use symbolon_dpop::{TargetUri, TargetUriError};

fn normal(text: &str) -> String {
    TargetUri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).as_str().to_owned()
}

#[test]
fn a085_equal_targets_have_one_form() {
    for (text, form) in [
        // RFC 3986 §6.2.2.1: case.
        ("HTTPS://AS.Example/Token", "https://as.example/Token"),
        ("https://as.example/a%c3%b8", "https://as.example/a%C3%B8"),
        ("https://a%c3%b8.example/", "https://a%C3%B8.example/"),
        // §6.2.2.2: percent-encoded unreserved characters.
        ("https://as.example/%74oken", "https://as.example/token"),
        ("https://as.example/%7Euser/%2d%2E%5f", "https://as.example/~user/-._"),
        ("https://%61%53.example/", "https://as.example/"),
        ("https://as.example/%2F%3a%40%25", "https://as.example/%2F%3A%40%25"),
        ("https://as.example/%2574oken", "https://as.example/%2574oken"),
        ("https://as.example/%25%37%34oken", "https://as.example/%2574oken"),
        // §6.2.2.3: dot segments, those that were encoded too. The examples are those of §5.4.
        ("https://a/b/c/./../../g", "https://a/g"),
        ("https://a/b/c/%2e/%2E./%2e%2e/g", "https://a/g"),
        ("https://a/../../../g", "https://a/g"),
        ("https://a/./g", "https://a/g"),
        ("https://a/g.", "https://a/g."),
        ("https://a/.g", "https://a/.g"),
        ("https://a/..g/g../...", "https://a/..g/g../..."),
        ("https://a/b/.", "https://a/b/"),
        ("https://a/b/..", "https://a/"),
        ("https://a/b/../", "https://a/"),
        ("https://a/..", "https://a/"),
        ("https://a/.", "https://a/"),
        ("https://a/b//../c", "https://a/b/c"),
        ("https://a//", "https://a//"),
        // §6.2.3: ports and the empty path.
        ("https://as.example", "https://as.example/"),
        ("https://as.example?a", "https://as.example/"),
        ("https://as.example#a", "https://as.example/"),
        ("https://as.example:443/x", "https://as.example/x"),
        ("https://as.example:/x", "https://as.example/x"),
        ("http://as.example:80", "http://as.example/"),
        ("https://as.example:80/", "https://as.example:80/"),
        ("http://as.example:443/", "http://as.example:443/"),
        // RFC 9449 §4.2: without query and fragment.
        ("https://as.example/x?a=/../b#c?d", "https://as.example/x"),
        ("https://as.example/x#a?b", "https://as.example/x"),
        ("https://as.example/x?a[]=1&b#c#d", "https://as.example/x"),
        // Addresses.
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://[2001:DB8::A]", "http://[2001:db8::a]/"),
        ("http://[::FFFF:127.0.0.1]:80", "http://[::ffff:127.0.0.1]/"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
        // All that a path may have.
        ("https://a/A-z0._~!$&'()*+,;=:@/", "https://a/A-z0._~!$&'()*+,;=:@/"),
    ] {
        assert_eq!(normal(text), form, "{text}");
        assert_eq!(normal(form), form, "the form is its own form");
        let target = TargetUri::parse(form).unwrap();
        assert!(target.is(text) && target.is(form), "{text}");
    }
}

#[test]
fn a085_what_the_whatwg_parser_would_make_equal_stays_different_or_is_refused() {
    let loopback = TargetUri::parse("http://127.0.0.1/token").unwrap();
    for other in ["http://0x7f.1/token", "http://0177.0.0.1/token", "http://127.1/token", "http://2130706433/token"] {
        assert!(!loopback.is(other), "{other}");
        assert_eq!(normal(other), other);
    }
    let endpoint = TargetUri::parse("https://as.example/token").unwrap();
    for (other, fault) in [
        ("https:\\\\as.example\\token", TargetUriError::Character),
        ("https://as.example\\token", TargetUriError::Character),
        ("https://as.exa\tmple/token", TargetUriError::Character),
        ("https://as.example/to\nken", TargetUriError::Character),
        (" https://as.example/token", TargetUriError::Character),
        ("https://as.example/token ", TargetUriError::Character),
        ("https://as.example/token\0", TargetUriError::Character),
        ("https:as.example/token", TargetUriError::Scheme),
        ("https:/as.example/token", TargetUriError::Scheme),
        ("https:///as.example/token", TargetUriError::Host),
        ("https:////as.example/token", TargetUriError::Host),
        // IDNA: full-width letters and dots, soft hyphens, capital sharp s.
        ("https://\u{ff41}s.example/token", TargetUriError::Character),
        ("https://as\u{3002}example/token", TargetUriError::Character),
        ("https://a\u{ad}s.example/token", TargetUriError::Character),
        ("https://as.example/tok\u{e9}n", TargetUriError::Character),
        ("https://as.example/token#\u{e9}", TargetUriError::Character),
        ("https://as.example/token?\"", TargetUriError::Character),
    ] {
        assert_eq!(TargetUri::parse(other).err(), Some(fault), "{other:?}");
        assert!(!endpoint.is(other), "{other:?}");
    }
    assert!(!endpoint.is("https://as.example./token"), "a name with a dot at its end is another text");
    assert!(!endpoint.is("https://%C3%A1s.example/token"));
}

#[test]
fn a085_user_information_and_malformed_parts_are_refused() {
    for (text, fault) in [
        ("", TargetUriError::Scheme),
        ("as.example/token", TargetUriError::Scheme),
        ("//as.example/token", TargetUriError::Scheme),
        ("ftp://as.example/", TargetUriError::Scheme),
        ("httpss://as.example/", TargetUriError::Scheme),
        ("urn:x?https://as.example", TargetUriError::Scheme),
        ("x://https://as.example", TargetUriError::Scheme),
        ("https://@as.example/", TargetUriError::UserInfo),
        ("https://a:b@as.example/", TargetUriError::UserInfo),
        ("https://as.example:443@evil.example/", TargetUriError::UserInfo),
        ("https://", TargetUriError::Host),
        ("https://:443/", TargetUriError::Host),
        ("https://?x", TargetUriError::Host),
        ("https://a[b/", TargetUriError::Host),
        ("https://[::1", TargetUriError::Host),
        ("https://[]/", TargetUriError::Host),
        ("https://[::g]/", TargetUriError::Host),
        ("https://[127.0.0.1]/", TargetUriError::Host),
        ("https://[fe80::1%25eth0]/", TargetUriError::Host),
        ("https://[v1.x]/", TargetUriError::Host),
        ("https://[::1]x/", TargetUriError::Host),
        ("https://[::1]]/", TargetUriError::Host),
        ("https://a:b/", TargetUriError::Port),
        ("https://a:4:4/", TargetUriError::Port),
        ("https://a:-1/", TargetUriError::Port),
        ("https://[::1]:x/", TargetUriError::Port),
        ("https://a/[", TargetUriError::Path),
        ("https://a/x]", TargetUriError::Path),
        ("https://a/%", TargetUriError::Character),
        ("https://a/%7", TargetUriError::Character),
        ("https://a/%zz", TargetUriError::Character),
        ("https://a/%7?4", TargetUriError::Character),
        ("https://a/?%", TargetUriError::Character),
        ("https://a/{x}", TargetUriError::Character),
        ("https://a/x|y^`<>", TargetUriError::Character),
    ] {
        assert_eq!(TargetUri::parse(text).err(), Some(fault), "{text:?}");
    }
}

#[test]
fn ports_are_compared_as_they_stand() {
    let endpoint = TargetUri::parse("https://as.example:8443/").unwrap();
    assert!(endpoint.is("https://as.example:8443"));
    for other in ["https://as.example:08443", "https://as.example", "https://as.example:84430"] {
        assert!(!endpoint.is(other), "{other}");
    }
    assert!(!TargetUri::parse("https://as.example").unwrap().is("https://as.example:0443"));
}

proptest! {
    #[test]
    fn the_form_is_its_own_form(text in "[hH][tT]{2}[pP][sS]?://(([a-zA-Z0-9.~!-]|%[0-9a-fA-F]{2}){1,8}|\\[::[0-9A-F]{1,4}\\])(:[0-9]{0,5})?(/([a-zA-Z0-9.~!:@]|%[2-7][0-9a-fA-F]|\\.\\.?/){0,8}){0,4}([?#].{0,4})?") {
        if let Ok(target) = TargetUri::parse(&text) {
            let again = TargetUri::parse(target.as_str()).unwrap();
            prop_assert_eq!(&again, &target);
            prop_assert!(target.is(&text) && target.is(target.as_str()));
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,40}", tail in ".{0,20}") {
        let endpoint = TargetUri::parse("https://as.example/token").unwrap();
        let _ = (endpoint.is(&text), endpoint.is(&format!("https://{text}")), endpoint.is(&format!("https://as.example/{tail}")));
    }

    #[test]
    fn an_unreserved_character_may_be_encoded_anywhere(at in 0..10_usize) {
        let path = "tokens.~_-";
        let encoded: String = path
            .chars()
            .enumerate()
            .map(|(index, character)| if index == at { format!("%{:02x}", u32::from(character)) } else { character.into() })
            .collect();
        let endpoint = TargetUri::parse(&format!("https://as.example/{path}")).unwrap();
        let text = format!("https://as.example/{encoded}");
        prop_assert!(endpoint.is(&text), "{}", text);
    }
}
