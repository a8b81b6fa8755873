//! Parses the addresses of storage.

use std::path::{Path, PathBuf};

use url::Url;

use crate::error::{Error, Result};

const FORMS: &str = "Write it as /FOLDER, hdfs://HOST:PORT/FOLDER or s3://BUCKET/FOLDER.";

/// The port of a NameNode.
const PORT: u16 = 8020;

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A folder of this machine.
    Local(PathBuf),
    /// A folder of HDFS.
    Hdfs {
        /// The NameNode, or the name of a pair of them.
        server: String,
        /// Whom to be; by default whoever the Hadoop client is.
        user: Option<String>,
        /// The folder, with a slash in front.
        path: String,
        /// Where WebHDFS is, if only HTTP is to be used.
        web: Option<String>,
    },
    /// A folder of a bucket.
    Bucket {
        /// The name of the bucket.
        bucket: String,
        /// The folder, without slashes at its ends; may be empty.
        path: String,
    },
}

impl Address {
    /// # Errors
    /// `Usage`. The error does not repeat the text.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::usage("the address for uploaded files cannot be read").hint(FORMS);
        if !text.contains("://") && !text.starts_with("file:") {
            return Self::folder(Path::new(text));
        }
        if let Some(path) = text.strip_prefix("file:") {
            return Self::folder(Path::new(path.strip_prefix("//").unwrap_or(path)));
        }
        let url = Url::parse(text).map_err(|error| wrong().because(error))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let path = decoded(url.path())?;
        if path.split('/').any(|name| name == ".." || name == ".")
            || url.fragment().is_some()
            || url.password().is_some()
        {
            return Err(wrong());
        }
        let mut web = None;
        for (key, value) in url.query_pairs() {
            match (url.scheme(), &*key) {
                ("hdfs", "webhdfs") if !value.is_empty() => web = Some(value.into_owned()),
                _ => return Err(Error::usage("the address for uploaded files has an unknown option").hint(FORMS)),
            }
        }
        match url.scheme() {
            "hdfs" => {
                let path = format!("/{}", path.trim_matches('/'));
                if path == "/" {
                    return Err(Error::usage("the address for uploaded files names no folder of HDFS").hint(FORMS));
                }
                // A host without a port may be the name of a pair in the configuration of Hadoop.
                let server = match url.port() {
                    Some(port) => format!("{host}:{port}"),
                    None if host.contains('.') || host == "localhost" => format!("{host}:{PORT}"),
                    None => host.to_owned(),
                };
                let user = Some(decoded(url.username())?).filter(|user| !user.is_empty());
                Ok(Self::Hdfs { server, user, path, web })
            }
            "s3" | "s3a" if url.username().is_empty() && url.port().is_none() => {
                Ok(Self::Bucket { bucket: host.to_owned(), path: path.trim_matches('/').to_owned() })
            }
            _ => Err(wrong()),
        }
    }

    fn folder(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() || path.components().any(|part| part == std::path::Component::ParentDir) {
            return Err(Error::usage("the address for uploaded files names no folder").hint(FORMS));
        }
        let path =
            std::path::absolute(path).map_err(|error| Error::file(path, "the folder has no full path", error))?;
        Ok(Self::Local(path))
    }

    /// Returns the address that an engine understands, without a slash at its end.
    pub(super) fn location(&self) -> String {
        match self {
            Self::Local(folder) => format!("file:{}", folder.display().to_string().trim_end_matches('/')),
            Self::Hdfs { server, path, .. } => format!("hdfs://{server}{path}"),
            Self::Bucket { bucket, path } if path.is_empty() => format!("s3a://{bucket}"),
            Self::Bucket { bucket, path } => format!("s3a://{bucket}/{path}"),
        }
    }
}

/// Decodes a percent-encoded path.
fn decoded(path: &str) -> Result<String> {
    // In a form, a plus would be a blank.
    let form = format!("={}", path.replace('+', "%2B").replace('&', "%26"));
    let text =
        url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, text)| text.into_owned()).unwrap_or_default();
    if text.contains('\u{fffd}') {
        return Err(Error::usage("the address for uploaded files holds percent-encoded bytes that are not UTF-8"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_and_has_a_location() {
        for (text, location) in [
            ("/data/stage", "file:/data/stage"),
            ("file:///data/stage/", "file:/data/stage"),
            ("file:/data/a b", "file:/data/a b"),
            ("hdfs://ann@nn.example/stage/", "hdfs://nn.example:8020/stage"),
            ("hdfs://nn:9000/a%20b?webhdfs=nn:9870", "hdfs://nn:9000/a b"),
            ("hdfs://cluster/stage", "hdfs://cluster/stage"),
            ("s3://bucket/a/b/", "s3a://bucket/a/b"),
            ("s3a://bucket", "s3a://bucket"),
        ] {
            assert_eq!(Address::parse(text).unwrap().location(), location);
        }
        let Address::Hdfs { user, web, .. } = Address::parse("hdfs://a%40b@nn:1/x?webhdfs=nn:2").unwrap() else {
            panic!()
        };
        assert_eq!((user.as_deref(), web.as_deref()), (Some("a@b"), Some("nn:2")));
    }

    #[test]
    fn what_cannot_work_is_refused() {
        for text in [
            "",
            "ftp://host/x",
            "hdfs:///x",
            "hdfs://nn:1/",
            "hdfs://nn:1/x?user=s3cret",
            "s3://",
            "s3://ann:s3cret@bucket/x",
            "s3://bucket/x?region=s3cret",
            "/a/../s3cret",
            "hdfs://nn:1/a/%2e%2e/b/..%2fs3cret",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}
