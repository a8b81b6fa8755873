//! The cryptography of TLS, chosen once.

/// Makes TLS use the same cryptography as the rest of the program.
pub fn choose_tls() {
    // An error means that it was chosen before.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
}
