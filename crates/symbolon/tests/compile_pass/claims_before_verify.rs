use symbolon::jose::{UnverifiedJwt, VerifyingKey};

fn read(jwt: UnverifiedJwt<'_>, _key: &VerifyingKey) {
    let jwt = jwt.verify(_key).unwrap();
    let _ = jwt.claims();
}

fn main() {}
