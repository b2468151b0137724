//! A token request into typed fields, beside serde_urlencoded into a struct of the same fields.

use core::{error::Error, hint::black_box};
use std::borrow::Cow;

use serde::Deserialize;
use symbolon_benches::Case;
use symbolon_testkit::fixtures;
use symbolon_token_request::{
    AuthorizationCodeRequest, ClientCredentialsRequest, ParamName, ParameterError, RefreshTokenRequest, TokenRequest,
};

/// A request of 47 bytes.
const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials&scope=orders+read";

/// One struct that borrows what it can and one that owns everything.
macro_rules! forms {
    ($borrowed:ident, $owned:ident, $($field:ident),*) => {
        #[derive(Deserialize)]
        struct $borrowed<'a> { $(#[serde(borrow)] $field: Cow<'a, str>),* }

        #[derive(Deserialize)]
        struct $owned { $($field: String),* }

        impl Values for $borrowed<'_> {
            fn values(&self) -> Vec<&str> { vec![$(&self.$field),*] }
        }

        impl Values for $owned {
            fn values(&self) -> Vec<&str> { vec![$(&self.$field),*] }
        }
    };
}

forms!(Code, OwnedCode, grant_type, redirect_uri, code, code_verifier, client_assertion_type, client_assertion);
forms!(Refresh, OwnedRefresh, grant_type, scope, refresh_token);
forms!(Credentials, OwnedCredentials, grant_type, scope);

/// What came, in the order of the fields.
trait Values {
    fn values(&self) -> Vec<&str>;
}

pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    use ParamName::{
        ClientAssertion, ClientAssertionType, Code as CodeName, CodeVerifier, GrantType, RedirectUri, RefreshToken,
        Scope,
    };
    let mut cases = Vec::new();

    // The sizes and parameters of the report that set the targets.
    let assertion = fixtures::text("bankid-authorization-code.id_token.jwt");
    let request = fixtures::request("bankid-authorization-code.request.http").body;
    let code = format!(
        "{}{}&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={}",
        String::from_utf8(request)?,
        "-4b80-b517-065f5a5a3769__",
        assertion.get(..773).ok_or("as long as an assertion with RS256")?,
    );
    let body = Body::new("code+assertion", 1143, code);
    let names = [GrantType, RedirectUri, CodeName, CodeVerifier, ClientAssertionType, ClientAssertion];
    body.borrowed::<Code<'_>, 6>(&mut cases, names, (1.0 / 4.0, 1.0 / 7.0));
    body.owned::<OwnedCode, _>(&mut cases, (1.0 / 4.0, 1.0 / 7.0), |form| {
        black_box((form.get(ClientAssertionType), form.get(ClientAssertion)));
        AuthorizationCodeRequest::from_form(form)
    });

    let body =
        Body::new("refresh", 718, String::from_utf8(fixtures::request("bankid-refresh-token.request.http").body)?);
    body.borrowed::<Refresh<'_>, 3>(&mut cases, [GrantType, Scope, RefreshToken], (1.0 / 4.0, 1.0 / 9.0));
    body.owned::<OwnedRefresh, _>(&mut cases, (1.0 / 4.0, 1.0 / 9.0), RefreshTokenRequest::from_form);

    let body = Body::new("client_credentials", 47, CLIENT_CREDENTIALS.into());
    body.borrowed::<Credentials<'_>, 2>(&mut cases, [GrantType, Scope], (1.0 / 1.5, 1.0 / 2.5));
    body.owned::<OwnedCredentials, _>(&mut cases, (1.0 / 1.5, 1.0 / 2.5), ClientCredentialsRequest::from_form);
    Ok(cases)
}

/// The body of a request. Ours owns and wipes it, so each run of ours begins with a copy.
#[derive(Clone, Copy)]
struct Body {
    name: &'static str,
    text: &'static str,
}

impl Body {
    fn new(name: &'static str, bytes: usize, text: String) -> Self {
        assert_eq!(text.len(), bytes, "{name}");
        Self { name, text: text.leak() }
    }

    /// As texts that lie in the body.
    fn borrowed<P: Values + Deserialize<'static>, const N: usize>(
        self,
        cases: &mut Vec<Case<'static>>,
        names: [ParamName; N],
        target: (f64, f64),
    ) {
        let Self { name, text } = self;
        let form = TokenRequest::parse(text.into()).expect("a form");
        assert_eq!(Some(self.peer::<P>().values()), names.iter().map(|name| form.get(*name)).collect(), "{name}");
        let peer = format!("form {name}, serde_urlencoded");
        cases.push(Case::new(&*peer, move || serde_urlencoded::from_str::<P>(text).expect("a form")).counted());
        let ours = Case::new(format!("form {name}"), move || {
            let form = TokenRequest::parse(text.into()).expect("a form");
            black_box((form.grant_type(), names.map(|name| form.get(name))));
            form
        });
        cases.push(ours.above(peer).target(target.0, target.1).counted());
    }

    /// As texts of their own, secrets among them wiped.
    fn owned<P: Values + Deserialize<'static>, T>(
        self,
        cases: &mut Vec<Case<'static>>,
        target: (f64, f64),
        read: fn(&TokenRequest) -> Result<T, ParameterError>,
    ) where
        T: 'static,
    {
        let Self { name, text } = self;
        assert_eq!(self.peer::<P>().values().first(), text.split(['=', '&']).nth(1).as_ref(), "{name}");
        let peer = format!("form {name}, owned, serde_urlencoded");
        cases.push(Case::new(&*peer, move || serde_urlencoded::from_str::<P>(text).expect("a form")).counted());
        let ours = Case::new(format!("form {name}, owned"), move || {
            let form = TokenRequest::parse(text.into()).expect("a form");
            (form.grant_type(), read(&form).expect("its parameters"), form)
        });
        cases.push(ours.above(peer).target(target.0, target.1).counted());
    }

    /// What the peer makes of it. Neither of us takes it with one parameter twice.
    fn peer<P: Deserialize<'static>>(self) -> P {
        let twice: &'static str = format!("{}&grant_type=x", self.text).leak();
        assert!(serde_urlencoded::from_str::<P>(twice).is_err() && TokenRequest::parse(twice.into()).is_err());
        serde_urlencoded::from_str(self.text).expect("a form")
    }
}
