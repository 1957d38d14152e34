//! A connection as a phone would make it, to look at what is shown there. Whoever it is is let pass: the judgement comes after.

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// So much of an answer is read.
const LONGEST: u64 = 16 * 1024;

/// A chain of certificates, as it was shown.
pub(super) type Chain = Vec<CertificateDer<'static>>;

/// What is shown at `host:port` to who asks for `name` with TLS.
pub(super) async fn chain(host: &str, port: u16, name: &str) -> io::Result<Chain> {
    in_time(async { Ok(greet(TcpStream::connect((host, port)).await?, name).await?.1) }).await
}

/// Asks `http(s)://name/path` at `host:port`. What stands in the answer, and the certificates where there are any.
pub(super) async fn get(
    host: &str,
    port: u16,
    authority: &str,
    tls: Option<&str>,
    path: &str,
) -> io::Result<(String, Chain)> {
    in_time(async {
        let socket = TcpStream::connect((host, port)).await?;
        match tls {
            Some(name) => {
                let (stream, chain) = greet(socket, name).await?;
                Ok((ask(stream, authority, path).await?, chain))
            }
            None => Ok((ask(socket, authority, path).await?, vec![])),
        }
    })
    .await
}

async fn in_time<T>(doing: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_elapsed| io::Error::new(io::ErrorKind::TimedOut, "nobody answered in time");
    tokio::time::timeout(PATIENCE, doing).await.map_err(late)?
}

async fn greet(socket: TcpStream, name: &str) -> io::Result<(impl AsyncRead + AsyncWrite + Unpin, Chain)> {
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(Arc::new(settings()?)).connect(name, socket).await?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let chain = chain.iter().map(|certificate| certificate.clone().into_owned()).collect();
    Ok((stream, chain))
}

async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    authority: &str,
    path: &str,
) -> io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    // Some hang up without the goodbye of TLS; what they said counts.
    if let Err(error) = stream.take(LONGEST).read_to_end(&mut answer).await
        && answer.is_empty()
    {
        return Err(error);
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn settings() -> io::Result<ClientConfig> {
    let provider = CryptoProvider::get_default().ok_or_else(|| io::Error::other("no cryptography"))?;
    let settings = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(settings
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider.clone())))
        .with_no_client_auth())
}

/// Takes everybody: nothing is told on such a connection that is not public.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
