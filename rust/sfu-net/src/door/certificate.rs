//! The certificate and its key, read from files, and again when they change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

/// What may be spoken inside (RFC 7301; RFC 7443 for TURN). HTTP/2 is not.
const PROTOCOLS: [&[u8]; 3] = [b"http/1.1", b"stun.turn", b"webrtc"];

#[derive(Debug)]
pub(super) struct Certificate {
    files: [PathBuf; 2],
    /// When the files were changed last, as far as is known.
    changed_at: [Option<SystemTime>; 2],
    config: Arc<ServerConfig>,
}

impl Certificate {
    /// Reads both files; the error is a sentence that names the one to blame.
    pub(super) fn load(certificate: &Path, key: &Path) -> Result<Self, String> {
        let files = [certificate.to_owned(), key.to_owned()];
        Ok(Self {
            changed_at: changed_at(&files),
            config: read(&files)?,
            files,
        })
    }

    /// A session of TLS for one connection.
    pub(super) fn session(&self) -> Result<ServerConnection, rustls::Error> {
        ServerConnection::new(Arc::clone(&self.config))
    }

    /// Takes changed files, once they fit together; until then the old ones go on.
    pub(super) fn renew(&mut self) {
        let changed_at = changed_at(&self.files);
        if changed_at == self.changed_at {
            return;
        }
        if let Ok(config) = read(&self.files) {
            (self.config, self.changed_at) = (config, changed_at);
        }
    }
}

fn changed_at(files: &[PathBuf; 2]) -> [Option<SystemTime>; 2] {
    let changed_at = |file: &PathBuf| std::fs::metadata(file).and_then(|facts| facts.modified()).ok();
    [changed_at(&files[0]), changed_at(&files[1])]
}

fn read([certificate, key]: &[PathBuf; 2]) -> Result<Arc<ServerConfig>, String> {
    let blame = |file: &Path, why: &dyn ToString| format!("{}: {}", file.display(), why.to_string());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|why| blame(certificate, &why))?;
    if chain.is_empty() {
        return Err(blame(certificate, &"there is no certificate in it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|why| blame(key, &why))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|why| blame(certificate, &why))?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(Arc::new(config))
}
