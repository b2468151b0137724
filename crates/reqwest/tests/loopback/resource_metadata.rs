use symbolon_client::{EndpointUrl, MAX_METADATA_BYTES, MetadataError, ProtectedResourceMetadata};
use symbolon_reqwest::{FetchError, SendError, Sender};

use crate::server::{Server, answer};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

fn document(resource: &str, more: &str) -> String {
    answer(200, "", &format!(r#"{{"resource":"{resource}","authorization_servers":["https://as.example"]{more}}}"#))
}

async fn fetch(server: &Server, path: &str) -> Result<ProtectedResourceMetadata, FetchError> {
    let resource = EndpointUrl::parse(&server.url(path)).unwrap();
    Sender::new().unwrap().protected_resource_metadata(&resource).await
}

#[tokio::test]
async fn the_place_is_between_host_and_path() {
    let server = Server::start(|origin, target| match target {
        "/.well-known/oauth-protected-resource/things?tenant=1" => document(&format!("{origin}/things?tenant=1"), ""),
        _ => answer(404, "", "<html>"),
    })
    .await;
    let metadata = fetch(&server, "/things?tenant=1").await.unwrap();
    assert_eq!(metadata.authorization_servers[0].as_str(), "https://as.example");
    let error = fetch(&server, "/things").await.unwrap_err();
    assert!(matches!(error, FetchError::UnexpectedStatus { status: 404 }), "{error:?}");
    let targets = [format!("{WELL_KNOWN}/things?tenant=1"), format!("{WELL_KNOWN}/things")];
    assert_eq!(server.targets(), targets, "one place, asked once");
}

#[tokio::test]
async fn a120_metadata_of_another_resource_is_refused() {
    let server = Server::start(|origin, _| document(&format!("{origin}/things"), "")).await;
    let error = fetch(&server, "/things/").await.unwrap_err();
    assert!(matches!(error, FetchError::Metadata(MetadataError::ResourceMismatch)), "{error:?}");
    assert!(fetch(&server, "/things").await.is_ok(), "the twin whose resource it is");
}

#[tokio::test]
async fn a121_keys_at_a_foreign_host_are_refused_unless_it_is_allowed() {
    let server = Server::start(|origin, _| document(origin, r#","jwks_uri":"https://keys.example/""#)).await;
    let error = fetch(&server, "").await.unwrap_err();
    let foreign = MetadataError::ForeignEndpoint { name: "jwks_uri" };
    assert!(matches!(&error, FetchError::Metadata(error) if *error == foreign), "{error:?}");
    let resource = EndpointUrl::parse(&server.url("")).unwrap();
    let sender = Sender::new().unwrap();
    assert!(sender.protected_resource_metadata_with_hosts(&resource, &["keys.example"]).await.is_ok());
}

#[tokio::test]
async fn a118_a_redirect_is_not_followed_and_a117_a_long_body_is_not_read() {
    let server = Server::start(|origin, target| match target {
        "/.well-known/oauth-protected-resource" => answer(302, &format!("location: {origin}/elsewhere\r\n"), ""),
        "/.well-known/oauth-protected-resource/long" => answer(200, "", &" ".repeat(MAX_METADATA_BYTES + 1)),
        _ => document(origin, ""),
    })
    .await;
    let error = fetch(&server, "").await.unwrap_err();
    assert!(matches!(error, FetchError::UnexpectedStatus { status: 302 }), "{error:?}");
    let error = fetch(&server, "/long").await.unwrap_err();
    assert!(matches!(error, FetchError::Send(SendError::TooLarge { limit: MAX_METADATA_BYTES })), "{error:?}");
    assert_eq!(server.targets().len(), 2, "nobody went elsewhere");
}
