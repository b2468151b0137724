use symbolon_client::{EndpointUrlError, MetadataError};
use symbolon_reqwest::{FetchError, Sender};
use symbolon_types::Issuer;

use crate::server::{Server, answer};

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

fn document(issuer: &str, endpoint: &str) -> String {
    answer(200, "", &format!(r#"{{"issuer":"{issuer}","token_endpoint":"{endpoint}"}}"#))
}

#[tokio::test]
async fn the_first_place_is_after_the_issuer() {
    let server = Server::start(|origin, _| document(origin, &format!("{origin}/token"))).await;
    let metadata = Sender::new().unwrap().metadata(&server.issuer()).await.unwrap();
    assert_eq!(metadata.token_endpoint.unwrap().as_str(), server.url("/token"));
    assert_eq!(server.targets(), [OPENID]);
}

#[tokio::test]
async fn the_second_place_is_between_host_and_path() {
    let server = Server::start(|origin, target| match target {
        "/.well-known/oauth-authorization-server/tenant" => {
            document(&format!("{origin}/tenant"), &format!("{origin}/token"))
        }
        _ => answer(404, "", "<html>"),
    })
    .await;
    let sender = Sender::new().unwrap();
    let issuer = Issuer::parse(server.url("/tenant")).unwrap();
    assert!(sender.metadata(&issuer).await.is_ok());
    assert_eq!(server.targets(), [format!("/tenant{OPENID}"), format!("{OAUTH}/tenant")]);

    let elsewhere = Issuer::parse(server.url("/another")).unwrap();
    let error = sender.metadata(&elsewhere).await.unwrap_err();
    assert!(matches!(error, FetchError::UnexpectedStatus { status: 404 }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_out_of_order_is_not_asked_elsewhere() {
    let server = Server::start(|_, _| answer(503, "", "")).await;
    let error = Sender::new().unwrap().metadata(&server.issuer()).await.unwrap_err();
    assert!(matches!(error, FetchError::UnexpectedStatus { status: 503 }), "{error:?}");
    assert_eq!(server.targets(), [OPENID]);
}

#[tokio::test]
async fn a120_metadata_of_another_issuer_is_refused_and_nobody_else_asked() {
    let server = Server::start(|origin, _| document(&format!("{origin}/"), &format!("{origin}/token"))).await;
    let error = Sender::new().unwrap().metadata(&server.issuer()).await.unwrap_err();
    assert!(matches!(error, FetchError::Metadata(MetadataError::IssuerMismatch)), "{error:?}");
    assert_eq!(server.targets(), [OPENID]);

    let with_slash = Issuer::parse(server.url("/")).unwrap();
    assert!(Sender::new().unwrap().metadata(&with_slash).await.is_ok(), "the twin whose issuer it is");
}

#[tokio::test]
async fn a121_an_issuer_or_endpoint_on_plain_http_is_refused() {
    let sender = Sender::new().unwrap();
    let error = sender.metadata(&Issuer::parse("http://as.example").unwrap()).await.unwrap_err();
    assert!(matches!(error, FetchError::Url(EndpointUrlError::Insecure)), "{error:?}");

    let server = Server::start(|origin, _| document(origin, "http://as.example/token")).await;
    let error = sender.metadata(&server.issuer()).await.unwrap_err();
    assert!(matches!(error, FetchError::Metadata(MetadataError::EndpointUrl { .. })), "{error:?}");
}

#[tokio::test]
async fn a121_an_endpoint_at_a_foreign_host_is_refused_unless_it_is_allowed() {
    let server = Server::start(|origin, _| document(origin, "https://as.example/token")).await;
    let sender = Sender::new().unwrap();
    let foreign = MetadataError::ForeignEndpoint { name: "token_endpoint" };
    for refused in [
        sender.metadata(&server.issuer()).await,
        sender.metadata_with_hosts(&server.issuer(), &["example", "other.example"]).await,
    ] {
        assert!(matches!(&refused, Err(FetchError::Metadata(error)) if *error == foreign), "{refused:?}");
    }
    let metadata = sender.metadata_with_hosts(&server.issuer(), &["as.example"]).await.unwrap();
    assert_eq!(metadata.token_endpoint.unwrap().as_str(), "https://as.example/token");
}
