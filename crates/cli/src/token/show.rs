use std::io::{self, Write};

use symbolon::{client::OutgoingRequest, jose::UnverifiedJwt, token_request::decode_component};

/// Writes the request as it goes out, what grants access shortened.
pub(super) fn request(out: &mut impl Write, request: &OutgoingRequest) -> io::Result<()> {
    writeln!(out, "> {} {}", request.method(), request.url())?;
    for (name, value) in request.headers() {
        let value = value.expose();
        match (*name, value.split_once(' ')) {
            ("authorization", Some((scheme, credentials))) => {
                writeln!(out, "> {name}: {scheme} ({} characters)", credentials.len())?;
            }
            ("dpop", _) => {
                writeln!(out, "> {name}: ({} characters)", value.len())?;
                proof(out, value)?;
            }
            ("authorization", None) => writeln!(out, "> {name}: ({} characters)", value.len())?,
            _ => writeln!(out, "> {name}: {}", value.escape_default())?,
        }
    }
    writeln!(out, ">")?;
    for pair in request.body().expose().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |raw: &str| decode_component(raw.as_bytes()).unwrap_or_else(|_| raw.to_owned());
        let (name, value) = (text(name), text(value));
        if PUBLIC.contains(&name.as_str()) {
            writeln!(out, "> {}={}", name.escape_default(), value.escape_default())?;
        } else {
            writeln!(out, "> {}={}", name.escape_default(), shortened(&value))?;
        }
        if matches!(name.as_str(), "client_assertion" | "assertion") {
            assertion(out, &value)?;
        }
    }
    Ok(())
}

/// What a server judges of an assertion. Its signature stays away, so that nobody can use it.
fn assertion(out: &mut impl Write, text: &str) -> io::Result<()> {
    let Ok(jwt) = UnverifiedJwt::parse(text) else { return writeln!(out, ">   not a signed JWT") };
    let header = jwt.header();
    let or_none = |value: Option<&str>| value.map_or_else(|| "none".into(), |value| value.escape_default().to_string());
    let (typ, kid) = (or_none(header.typ()), or_none(header.kid()));
    let certificates = header.x5c().map_or(0, <[Vec<u8>]>::len);
    writeln!(out, ">   header: alg {}, typ {typ}, kid {kid}, x5c with {certificates} certificates", header.alg())?;
    for claim in ["iss", "sub", "aud", "scope", "resource"] {
        if let Some(value) = jwt.peek_claim(claim) {
            writeln!(out, ">   {claim}: {}", value.escape_default())?;
        }
    }
    Ok(())
}

/// What a server judges of a DPoP proof; its signature and its nonce stay away.
fn proof(out: &mut impl Write, text: &str) -> io::Result<()> {
    let Ok(jwt) = UnverifiedJwt::parse(text) else { return writeln!(out, ">   not a signed JWT") };
    writeln!(out, ">   header: alg {}, typ {}", jwt.header().alg(), jwt.header().typ().unwrap_or("none"))?;
    for claim in ["htm", "htu"] {
        if let Some(value) = jwt.peek_claim(claim) {
            writeln!(out, ">   {claim}: {}", value.escape_default())?;
        }
    }
    let nonce = if jwt.peek_claim("nonce").is_some() { "the one of the server's last answer" } else { "none" };
    writeln!(out, ">   nonce: {nonce}")
}

/// The start of a long random text, enough to recognise it; of a short one nothing.
fn shortened(value: &str) -> String {
    let length = value.chars().count();
    if length < LONG {
        return format!("({length} characters)");
    }
    let start: String = value.chars().take(SHOWN).collect();
    format!("{}... ({length} characters)", start.escape_default())
}

/// Parameters that grant nothing.
const PUBLIC: &[&str] =
    &["grant_type", "client_id", "redirect_uri", "scope", "client_assertion_type", "resource", "audience"];

/// How long a value must be before its start is shown: what is shorter may be a password.
const LONG: usize = 32;

/// How much of it is shown.
const SHOWN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_begun() {
        assert_eq!(shortened("correct horse battery staple"), "(28 characters)");
        assert_eq!(shortened("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "dBjf... (43 characters)");
    }
}
