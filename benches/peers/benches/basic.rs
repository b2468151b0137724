//! A Basic header into id and secret, before form-decoding: ours and the crate `headers`, in turns.

use core::hint::black_box;
use std::iter;

use headers::{Authorization, Header as _, HeaderValue, authorization::Basic};
use symbolon_benches::{Case, measure};
use symbolon_client_auth::{BasicBuffer, BasicHalves};

/// RFC 6749 §2.3.1.
const HEADER: &str = "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3";
const ID: &str = "s6BhdRkqt3";
const SECRET: &str = "7Fjfp0ZBr1KtDRbnfVdmIw";

fn main() {
    let peer = "headers 0.4";
    let mut buffer = BasicBuffer::for_longest();
    assert_right(|value| {
        let halves = BasicHalves::read_in(value.as_bytes(), &mut buffer).ok()?;
        Some((halves.client_id().to_owned(), halves.expose_secret().to_owned()))
    });
    assert_right(|value| {
        let basic = read_by_peer(value)?;
        Some((basic.username().to_owned(), basic.password().to_owned()))
    });

    // Both begin with what an HTTP library hands out, and show the halves to the optimiser.
    let value = HeaderValue::from_static(HEADER);
    let ours = {
        let value = value.clone();
        Case::new("symbolon", move || {
            let halves = BasicHalves::read_in(value.as_bytes(), &mut buffer).expect("a Basic header");
            black_box((halves.client_id(), halves.expose_secret()));
        })
    };
    let theirs = Case::new(peer, move || {
        let basic = read_by_peer(&value).expect("a Basic header");
        black_box((basic.username(), basic.password()));
    });
    measure(
        "Basic header into id and secret",
        vec![theirs.counted(), ours.above(peer).target(1.2, 0.75).without_allocations().counted()],
    );
}

fn read_by_peer(value: &HeaderValue) -> Option<Basic> {
    Authorization::<Basic>::decode(&mut iter::once(value)).ok().map(|Authorization(basic)| basic)
}

/// The header is read as it stands; its twins, and no base64, are not.
fn assert_right(mut read: impl FnMut(&HeaderValue) -> Option<(String, String)>) {
    let mut read = |text: &'static str| read(&HeaderValue::from_static(text));
    assert_eq!(read(HEADER), Some((ID.into(), SECRET.into())));
    assert_eq!(read("Basic YSUyMGI6YyUyMGQ="), Some(("a%20b".into(), "c%20d".into())), "before form-decoding");
    for twin in ["Bearer czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3", "Basic czZCaGRSa3F0", "Basic ????"] {
        assert_eq!(read(twin), None, "{twin}");
    }
}
