//! The steps with somebody else's word: an identity provider's (RFC 7523 §2.1), and a user's on another device (RFC 8628).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use symbolon::{
    client::{Client, ClientError, Received, Sending},
    ring::PROVIDER,
    token_request::ExtensionRequest,
    types::{ErrorCode, GrantType, Secret},
};
use time::UtcDateTime;

use super::{
    Failure,
    steps::{Demo, require, step},
    tamper::Tamper,
    wire::{Message, exchange},
};
use crate::serve::{AccountLink, AssertionIssuerConfig, ProfileName};

/// The name of the client that is a device.
pub(super) const DEVICE: &str = "demo-device";
/// Who the user is at the identity provider.
const SUBJECT: &str = "U019488227";
const IDENTITY_PROVIDER: &str = "https://idp.example";

/// An identity provider with these keys, which knows alice under another name.
pub(super) fn identity_provider(jwks: Option<Value>) -> AssertionIssuerConfig {
    let link = AccountLink { sub: SUBJECT.into(), tenant: None, login: Some("alice".into()), account: None };
    AssertionIssuerConfig {
        issuer: IDENTITY_PROVIDER.into(),
        profile: ProfileName::IdJag,
        jwks,
        jwks_uri: None,
        clients: vec!["demo-basic".into()],
        scope: "read".into(),
        subjects: vec![SUBJECT.into()],
        accounts: vec![link],
    }
}

impl Demo {
    /// What the identity provider says of a person to this client is good for a token, once (security decision D24).
    pub(super) async fn jwt_bearer(&self, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::JWT_BEARER;
        println!("-- {HERE}");
        let mut jti = [0; 16];
        PROVIDER.random.fill(&mut jti).map_err(|error| Failure::at(HERE, error))?;
        let now = UtcDateTime::now().unix_timestamp();
        let claims = json!({
            "iss": IDENTITY_PROVIDER, "sub": SUBJECT, "aud": self.basic.issuer().as_str(), "client_id": "demo-basic",
            "jti": URL_SAFE_NO_PAD.encode(jti), "iat": now, "exp": now.saturating_add(60), "scope": "read",
        });
        let assertion = self.idp.sign(&PROVIDER, Some("oauth-id-jag+jwt"), &claims);
        let assertion = Secret::new(assertion.map_err(|error| Failure::at(HERE, error))?);
        let send = || extension(&self.basic, &GrantType::JwtBearer, "assertion", &assertion);
        let tokens = self.ask(HERE, &self.sender, send()).await?;
        let tokens = tokens.without_id_token().map_err(|error| Failure::at(HERE, error))?;
        require(HERE, tokens.refresh_token().is_none(), "no refresh token")?;
        let again = self.send(HERE, &self.sender, send()).await?;
        require(HERE, is_refused(&again, &ErrorCode::InvalidGrant), "the same assertion again is invalid_grant")?;
        checked.push(format!("{HERE}: an access token for what an identity provider says of a person, once"));
        Ok(())
    }

    /// The device asks, the user sees who asks and says yes, the device has its token (security decision D26).
    pub(super) async fn device(&self, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::DEVICE;
        println!("-- {HERE}");
        let base = self.device.issuer().as_str();
        let page = format!("{base}/device");
        let begun = post(HERE, &format!("{base}/device_authorization"), "", format!("client_id={DEVICE}")).await?;
        let begun: Value = serde_json::from_slice(&begun.body).map_err(|error| Failure::at(HERE, error))?;
        let member = |name: &str| begun.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (device_code, user_code) = (Secret::new(member("device_code")), member("user_code"));
        let poll = || extension(&self.device, &GrantType::DeviceCode, "device_code", &device_code);
        let early = self.send(HERE, &self.sender, poll()).await?;
        require(HERE, is_refused(&early, &ErrorCode::AuthorizationPending), "nothing is decided yet")?;

        let (form, cookie) = open(HERE, &page).await?;
        let enter = format!("csrf_token={}&user_code={user_code}", token_of(&form));
        let shown = post(HERE, &page, &cookie, enter).await?;
        let text = String::from_utf8_lossy(&shown.body);
        require(
            HERE,
            text.contains(DEVICE) && text.contains("Only continue if you started this"),
            "who asks is shown",
        )?;
        let token = match self.tamper {
            // That of the form before it.
            Some(Tamper::DeviceCsrf) => token_of(&form),
            _ => token_of(&shown),
        };
        let yes = format!("csrf_token={token}&user_code={user_code}&login=alice&decision=approve");
        let decided = post(HERE, &page, &cookie, yes).await?;
        require(HERE, decided.first_line().contains(" 200"), decided.first_line())?;

        let tokens = self.ask(HERE, &self.sender, poll()).await?;
        tokens.without_id_token().map_err(|error| Failure::at(HERE, error))?;
        let again = self.send(HERE, &self.sender, poll()).await?;
        require(HERE, is_refused(&again, &ErrorCode::InvalidGrant), "the same code again is invalid_grant")?;
        checked.push(format!(
            "{HERE}: authorization_pending until the user, shown who asks, said yes; then a token, once"
        ));
        Ok(())
    }
}

fn extension(client: &Client, grant_type: &GrantType, name: &str, value: &Secret) -> Result<Sending, ClientError> {
    let mut request = ExtensionRequest::new(grant_type.as_str());
    request.parameters.push((name.into(), value.clone()));
    client.extension(request, UtcDateTime::now())
}

pub(super) fn is_refused(received: &Received, code: &ErrorCode) -> bool {
    matches!(received, Received::Refused(answer) if answer.code == *code)
}

pub(super) async fn post(here: &'static str, url: &str, headers: &str, form: String) -> Result<Message, Failure> {
    let request = Message::post(url, headers, form);
    let (host, request) = request.ok_or_else(|| Failure::at(here, "no URL"))?;
    exchange(&host, &request).await.map_err(|error| Failure::at(here, error))
}

/// A page, and the cookie that it sets, as a header.
pub(super) async fn open(here: &'static str, url: &str) -> Result<(Message, String), Failure> {
    let (host, request) = Message::get(url, "").ok_or_else(|| Failure::at(here, "no URL"))?;
    let page = exchange(&host, &request).await.map_err(|error| Failure::at(here, error))?;
    let cookie = page.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
    let cookie = format!("cookie: {cookie}\r\n");
    Ok((page, cookie))
}

/// The CSRF token of the form in this page.
pub(super) fn token_of(page: &Message) -> String {
    field_of(page, "csrf_token")
}

/// The value of the first hidden field of this name.
pub(super) fn field_of(page: &Message, name: &str) -> String {
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let value = text.split_once(&format!("name=\"{name}\" value=\"")).and_then(|(_, after)| after.split('"').next());
    value.unwrap_or_default().to_owned()
}
