use core::{error::Error as _, fmt::Display};
use std::io::{self, Write};

use serde::de::IgnoredAny;
use serde_json::Value;
use symbolon::{
    client::{IncomingResponse, KeyHint},
    id_token::IdTokenClaims,
    token_response::Tolerance,
};

use super::{Answered, args::TokenArgs, error::TokenError, explain, json, verify::IdToken};

/// Writes the answer, every member as it came and in its place, numbers digit by digit. Only the space between them is
/// another one, and what is not printable ASCII is escaped, which JSON reads as the same.
pub(super) fn answer(out: &mut impl Write, response: &IncomingResponse) -> io::Result<()> {
    let text = str::from_utf8(response.body()).map_err(io::Error::other)?;
    serde_json::from_str::<IgnoredAny>(text)?;
    writeln!(out, "{}", json::laid_out(text))?;
    out.flush()
}

/// Writes that the request is sent a second time.
pub(super) fn again(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "use_dpop_nonce: the server wants its nonce in the DPoP proof; the request is sent again with it, once"
    )
}

/// Writes what was checked, and nothing that grants access or says who somebody is.
pub(super) fn checked(out: &mut impl Write, args: &TokenArgs, answered: &Answered) -> io::Result<()> {
    let judged = &answered.judged;
    let (tokens, response) = (&judged.tokens, judged.tokens.response());
    writeln!(out, "token response: valid, token_type {}", response.token_type.escape_default())?;
    if let Some(jkt) = tokens.jkt() {
        let whose =
            if args.dpop == Some(None) { "a key of this run, so of no use after it" } else { "the key of --dpop" };
        writeln!(out, "access token: bound to {whose}, jkt {}", jkt.to_base64url())?;
    }
    if let Some(thumbprint) = answered.certificate {
        writeln!(
            out,
            "certificate: ready; presented if the server asked for it; a token that is bound to it has x5t#S256 {}",
            thumbprint.to_base64url()
        )?;
    }
    if let Some(lifetime) = response.expires_in {
        writeln!(out, "access token: expires in {} s", lifetime.whole_seconds())?;
    }
    match (&response.scope, &args.scope) {
        (Some(scope), _) => writeln!(out, "scope: {}", scope.to_string().escape_default())?,
        (None, Some(_)) => writeln!(out, "scope: not told, so it is what was asked for")?,
        (None, None) => writeln!(out, "scope: not told")?,
    }
    if args.scope.is_some() && !tokens.unasked_scope().is_empty() {
        writeln!(out, "scope: beyond what was asked for: {}", tokens.unasked_scope().to_string().escape_default())?;
    }
    if response.refresh_token.is_some() {
        writeln!(out, "refresh token: a new one; it replaces the one before")?;
    }
    for tolerance in response.tolerances() {
        match tolerance {
            Tolerance::NumericString { name } => writeln!(out, "tolerated: `{name}` came as a string of digits")?,
            Tolerance::MissingTokenType => writeln!(out, "tolerated: no `token_type` came")?,
            Tolerance::ScopeArray => writeln!(out, "tolerated: `scope` came as an array")?,
            Tolerance::Created => writeln!(out, "tolerated: the status is 201")?,
            Tolerance::ContentType => writeln!(out, "tolerated: the answer was not sent as JSON")?,
            other => writeln!(out, "tolerated: {}", one_line(format_args!("{other:?}")))?,
        }
    }
    match &judged.id_token {
        IdToken::Absent => writeln!(out, "id_token: none came"),
        IdToken::Ignored => writeln!(out, "id_token: NOT verified; it says nothing about anybody"),
        IdToken::Verified { claims, jwks_uri } => {
            writeln!(out, "id_token: verified with the keys of {}", jwks_uri.escape_default())?;
            self::claims(out, args, claims, answered.key.as_ref())
        }
    }
}

/// Security decision D21: issuer, audience and times; of everything else that it is there, unless the claims are asked for.
fn claims(out: &mut impl Write, args: &TokenArgs, claims: &IdTokenClaims, key: Option<&KeyHint>) -> io::Result<()> {
    if let Some(key) = key {
        let kid = key.kid.as_deref().unwrap_or("none");
        writeln!(out, "  alg {}, kid {}", one_line(key.alg), shown(kid))?;
    }
    writeln!(out, "  iss {}", shown(&claims.iss))?;
    writeln!(out, "  aud {}", shown(&claims.aud.as_slice().join(" ")))?;
    writeln!(out, "  iat {}", claims.iat)?;
    writeln!(out, "  exp {}", claims.exp)?;
    if let Some(nbf) = claims.nbf {
        writeln!(out, "  nbf {nbf}")?;
    }
    match (&claims.nonce, &args.nonce) {
        (Some(_), _) => writeln!(out, "  nonce is the one of --nonce")?,
        (None, Some(_)) => writeln!(out, "  nonce absent, as it may be at a refresh")?,
        (None, None) => writeln!(out, "  nonce absent, and none was sent")?,
    }
    for (name, is) in [("at_hash", claims.at_hash.is_some()), ("c_hash", claims.c_hash.is_some())] {
        writeln!(out, "  {name} {}", if is { "fits" } else { "absent" })?;
    }
    let text = |value: &Option<String>| value.as_deref().map(Value::from);
    let amr = || Value::from(claims.amr.clone());
    let other = claims.other_names().filter_map(|name| Some((name, claims.get(name)?.clone())));
    let masked = [
        ("sub", Some(Value::from(claims.sub.as_str()))),
        ("acr", text(&claims.acr)),
        ("amr", (!claims.amr.is_empty()).then(amr)),
        ("auth_time", claims.auth_time.map(|moment| Value::from(moment.to_string()))),
        ("azp", text(&claims.azp)),
        ("sid", text(&claims.sid)),
        ("jti", text(&claims.jti)),
    ];
    for (name, value) in masked.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(other) {
        if args.show_claims {
            // As JSON, so that nothing in it breaks a line.
            writeln!(out, "  {} {}", shown(name), json::ascii(&value.to_string()))?;
        } else {
            writeln!(out, "  {} present", shown(name))?;
        }
    }
    Ok(())
}

/// Writes what went wrong, why, what it means and what to do.
pub(super) fn error(out: &mut impl Write, args: &TokenArgs, error: &TokenError) -> io::Result<()> {
    if let TokenError::Refused(answer) = error {
        writeln!(out, "refused by the server: {} (status {})", shown(answer.code.as_str()), answer.status)?;
        // Escaped and shortened by the client.
        if let Some(description) = &answer.description {
            writeln!(out, "  it says: {}", one_line(description))?;
        }
        if let Some(uri) = &answer.uri {
            writeln!(out, "  it points to: {}", one_line(uri))?;
        }
        if let Some(meaning) = explain::meaning(&answer.code) {
            writeln!(out, "  meaning: {meaning}")?;
        }
        writeln!(out, "  what to do: {}", answer.what_to_do())?;
        if let Some(id) = &answer.trace_id {
            writeln!(out, "  trace id: {id}")?;
        }
        if let Some(wait) = answer.retry_after {
            writeln!(out, "  wait: {} s", wait.whole_seconds())?;
        }
    } else {
        writeln!(out, "symbolon token: {error}")?;
        let mut cause = error.source();
        while let Some(error) = cause {
            writeln!(out, "  because: {}", one_line(error))?;
            cause = error.source();
        }
        if let Some(failed) = error.failed() {
            writeln!(out, "  what to do: {}", failed.what_to_do())?;
        }
    }
    for hint in explain::hints(args, error) {
        writeln!(out, "  hint: {hint}")?;
    }
    Ok(())
}

/// Received text, escaped and shortened.
fn shown(text: &str) -> String {
    text.escape_default().take(SHOWN_CHARS).collect()
}

/// An error of a library: its text may quote what a peer sent. Only printable ASCII leaves a terminal as it is: U+009B is a
/// control sequence, and U+202E turns a line around.
fn one_line(error: impl Display) -> String {
    let text = error.to_string();
    let escaped = |c: char| !c.is_ascii() || c.is_control();
    text.chars().flat_map(|c| if escaped(c) { c.escape_default().collect() } else { vec![c] }).collect()
}

/// How much of a received text is shown, in characters.
const SHOWN_CHARS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_ascii_gets_to_the_terminal() {
        let text = "a\u{202e}b\u{9b}31mc\u{7f}\u{1b}\nd\u{e5}";
        assert_eq!(one_line(text), "a\\u{202e}b\\u{9b}31mc\\u{7f}\\u{1b}\\nd\\u{e5}");
        assert_eq!(one_line(text), shown(text));
        assert_eq!(one_line("it's \"plain\""), "it's \"plain\"");
    }
}
