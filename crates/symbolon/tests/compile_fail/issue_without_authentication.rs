fn issue(request: symbolon::server::ReceivedRequest) {
    let _ = request.into_grant();
}

fn main() {}
