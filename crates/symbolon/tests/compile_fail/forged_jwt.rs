use std::borrow::Cow;
use symbolon::jose::{UnverifiedJwt, VerifiedJwt, VerifyingKey};

fn forge(jwt: UnverifiedJwt<'static>, key: &VerifyingKey, _payload: Cow<'static, [u8]>) {
    let jwt: VerifiedJwt<'static> = jwt.verify(key).unwrap();
    let jwt = VerifiedJwt { octets: _payload, ..jwt };
    let _ = jwt.claims();
}

fn main() {}
