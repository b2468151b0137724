use symbolon::jose::{UnverifiedJwt, VerifyingKey};

fn read(jwt: UnverifiedJwt<'_>, _key: &VerifyingKey) {
    let jwt = jwt;
    let _ = jwt.claims();
}

fn main() {}
