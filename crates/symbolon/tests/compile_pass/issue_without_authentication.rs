fn issue(request: symbolon::server::AuthenticatedRequest) {
    let _ = request.into_grant();
}

fn main() {}
