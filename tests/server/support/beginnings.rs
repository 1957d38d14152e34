//! What many tests begin with: who is there, and a server for them. The home comes first, for it must outlive the server.

use super::{Credentials, Home, Server};

/// A token of the whole server.
pub(crate) async fn a_token(scope: &str) -> (Home, String, Server) {
    let home = Home::new();
    let token = home.token(scope, &[]).await;
    let server = home.serve().await;
    (home, token, server)
}

/// Ann's phone, and such a token.
pub(crate) async fn a_phone(scope: &str) -> (Home, Credentials, String, Server) {
    let home = Home::new();
    let ann = home.device("ann", "phone", &[]).await;
    let token = home.token(scope, &[]).await;
    let server = home.serve().await;
    (home, ann, token, server)
}

/// An admin, signed in by a cookie.
pub(crate) async fn an_admin(name: &str) -> (Home, Server, String) {
    let home = Home::new();
    home.user(name, &["--admin"]).await;
    let server = home.serve().await;
    let cookie = server.sign_in(name).await;
    (home, server, cookie)
}
