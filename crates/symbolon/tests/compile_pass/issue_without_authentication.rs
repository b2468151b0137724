use symbolon::server::AuthenticatedRequest;

fn issue(request: AuthenticatedRequest) {
    let _ = request.into_grant();
}

fn main() {}
