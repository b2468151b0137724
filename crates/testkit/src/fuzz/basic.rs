use base64::{Engine as _, engine::general_purpose::STANDARD};
use symbolon_client_auth::{
    BasicBuffer, BasicHalves, ClientAuthentication, Credentials, Extensions, PresentedCredentials,
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_token_request::decode_component;
use symbolon_types::{AuthMethod, ClientId, Presentation, Secret};

use crate::{FIXED, fuzz::Verdict, now};

/// The value of an `Authorization` header as credentials of a client.
///
/// # Panics
/// If the value is taken as anything but Basic; if id or secret are not those of a slow reader; if they are other ones
/// after they were written and read again.
pub fn basic(data: &[u8]) -> Verdict {
    let Ok(presented) = read(data) else { return Verdict::Refused };
    assert_eq!(presented.method(), Some(AuthMethod::ClientSecretBasic));
    assert_eq!(presented.presentation(), Presentation::AuthorizationHeader);
    assert!(!presented.client_hint().is_empty());

    let (id, secret) = slow_reader(data).expect("a header that the slow reader takes too");
    let mut buffer = BasicBuffer::default();
    let halves = BasicHalves::read_in(data, &mut buffer).expect("a header whose halves are read");
    assert_eq!((halves.client_id(), halves.expose_secret()), (id.as_str(), secret.as_str()));
    assert_eq!(half(&id).as_deref(), Some(presented.client_hint()));
    let decoded = half(&secret).map(Secret::new);
    assert_eq!(presented.secret(), decoded.as_ref());
    if let Some(raw) = presented.raw_secret() {
        assert_eq!(raw.expose(), secret);
    }
    if let (Ok(client_id), Some(secret)) = (ClientId::parse(presented.client_hint()), decoded) {
        written_and_read_again(&ClientAuthentication::Basic(secret.clone()), &client_id, |again| {
            assert_eq!(again.client_hint(), client_id.as_str());
            assert_eq!(again.secret(), Some(&secret));
        });
    }
    Verdict::Accepted
}

fn read(value: &[u8]) -> Result<PresentedCredentials, symbolon_client_auth::CredentialsError> {
    PresentedCredentials::read(&Credentials { authorization: &[value], ..Credentials::default() }, &Extensions::NONE)
}

fn written_and_read_again(method: &ClientAuthentication, id: &ClientId, check: impl FnOnce(&PresentedCredentials)) {
    let crypto = PROVIDER.with_random(&FIXED);
    // A client may refuse to send what a server must be able to read.
    let Ok(applied) = method.apply(&crypto, id, now()) else { return };
    assert!(applied.parameters.is_empty());
    let [(name, value)] = applied.headers.as_slice() else { panic!("one header") };
    assert!(name.eq_ignore_ascii_case("authorization"));
    // Encoding may make the header longer than what is read.
    if let Ok(again) = read(value.expose().as_bytes()) {
        check(&again);
    } else {
        assert!(value.len() > symbolon_types::MAX_HEADER_VALUE_BYTES, "what we wrote is refused");
    }
}

/// One half, form-decoded; it may have no control character (RFC 6749 Appendix A.1 and A.2).
fn half(text: &str) -> Option<String> {
    decode_component(text.as_bytes()).ok().filter(|text| !text.chars().any(|character| character.is_ascii_control()))
}

/// Both halves as they stand in the header.
fn slow_reader(value: &[u8]) -> Option<(String, String)> {
    let text = core::str::from_utf8(value).ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let pair = String::from_utf8(STANDARD.decode(token.trim_start_matches(' ')).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| (id.into(), secret.into()))
}
