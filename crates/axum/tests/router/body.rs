//! Bodies that are not whole.

use axum::{body::Body, http::Request};
use http_body_util::Limited;

use crate::support::{BASIC, BODY, FORM, app};

#[tokio::test]
async fn a_body_that_breaks_off_is_no_shorter_request() {
    let app = app();
    let post = |body| {
        let request = Request::post("/token").header("content-type", FORM).header("authorization", BASIC);
        request.body(body).unwrap()
    };
    let broken = Body::new(Limited::new(Body::from(format!("{BODY}&scope=read")), BODY.len()));
    app.send(post(broken)).await.refused(400, "invalid_request");
    app.send(post(Body::from(BODY))).await.accepted();
}
