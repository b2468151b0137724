//! What is logged: one event per request, and nothing of what grants access.

use core::{cell::RefCell, fmt};
use std::sync::Once;

use axum::{body::Body, http::Request};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::support::{App, BASIC, BODY, FORM, app};

thread_local! {
    /// A test runs on one thread: its events are its own.
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

static LISTENING: Once = Once::new();

struct Events;

impl Subscriber for Events {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| lines.push(line.0));
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // How long it took is never the same.
        let value = if field.name() == "micros" { String::from("_") } else { format!("{value:?}") };
        self.0 = format!("{} {}={value}", self.0, field.name());
    }
}

fn logged(run: impl AsyncFnOnce(&App)) -> Vec<String> {
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Events).unwrap());
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run(&app()));
    let lines = LINES.take();
    lines.into_iter().filter(|line| line.contains("symbolon")).collect()
}

#[test]
fn a_token_request_is_one_event_with_names_and_numbers() {
    let lines = logged(async |app| {
        app.post(Some(BASIC), BODY).await.accepted();
        app.post(Some("Basic YXBwOndyb25n"), BODY).await.refused(401, "invalid_client");
        app.post(Some(BASIC), "grant_type=MARKER").await.refused(400, "unsupported_grant_type");
        app.post(None, App::redemption("unknown")).await.refused(400, "invalid_client");
    });
    assert_eq!(
        lines,
        [
            "INFO symbolon_axum endpoint=\"token\" method=\"POST\" grant_type=\"client_credentials\" client_id=\"app\" \
             auth_method=\"client_secret_basic\" status=200 micros=_",
            "INFO symbolon_axum endpoint=\"token\" method=\"POST\" grant_type=\"client_credentials\" status=401 \
             rule=\"client.secret\" error=\"invalid_client\" micros=_",
            "INFO symbolon_axum endpoint=\"token\" method=\"POST\" grant_type=\"other\" client_id=\"app\" auth_method=\"client_secret_basic\" status=400 \
             rule=\"grant.known\" error=\"unsupported_grant_type\" micros=_",
            "INFO symbolon_axum endpoint=\"token\" method=\"POST\" status=400 rule=\"client.identified\" \
             error=\"invalid_client\" micros=_",
        ]
    );
}

#[test]
fn the_other_routes_are_one_event_each() {
    let lines = logged(async |app| {
        for path in ["/userinfo?MARKER=1", "/jwks?MARKER", "/.well-known/openid-configuration"] {
            app.send(Request::get(path).body(Body::empty()).unwrap()).await;
        }
    });
    assert_eq!(
        lines,
        [
            "INFO symbolon_axum endpoint=\"userinfo\" method=\"GET\" status=401 micros=_",
            "INFO symbolon_axum endpoint=\"jwks\" method=\"GET\" status=200 micros=_",
            "INFO symbolon_axum endpoint=\"metadata\" method=\"GET\" status=200 micros=_",
        ]
    );
}

#[test]
fn no_query_header_or_parameter_enters_an_event() {
    let lines = logged(async |app| {
        let names = [
            "grant_type",
            "client_id",
            "client_secret",
            "client_assertion",
            "client_assertion_type",
            "code",
            "code_verifier",
            "redirect_uri",
            "refresh_token",
            "scope",
            "assertion",
            "MARKER",
        ];
        for name in names {
            app.post(Some(BASIC), format!("{BODY}&{name}=MARKER")).await;
            app.post(None, format!("{name}=MARKER")).await;
            app.send(Request::post(format!("/token?{name}=MARKER")).body(Body::from(BODY)).unwrap()).await;
        }
        for name in ["authorization", "dpop", "content-type", "origin", "forwarded", "host", "cookie"] {
            let request = Request::post("/token").header("content-type", FORM).header(name, "MARKER");
            app.send(request.body(Body::from(BODY)).unwrap()).await;
        }
        // `MARKER:MARKER`
        app.post(Some("Basic TUFSS0VSOk1BUktFUg=="), BODY).await;
        app.send(Request::builder().method("MARKER").uri("/token").body(Body::empty()).unwrap()).await;
    });
    assert_eq!(lines.len(), 45);
    for line in lines {
        assert!(!line.contains("MARKER"), "{line}");
    }
}
