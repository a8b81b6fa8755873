//! Asks addresses of the platform file by HTTP.

use std::time::Duration;

use reqwest::{Client, Url, redirect};

use super::wait::wait;
use crate::error::{Error, Result};
use crate::store::choose_tls;

/// The most that is read of an answer.
const MAX_ANSWER: usize = 1 << 20;

/// An answer.
pub(in crate::snapshot) struct Got {
    /// Its status.
    pub(in crate::snapshot) status: u16,
    /// Its text.
    pub(in crate::snapshot) body: Vec<u8>,
}

/// Asks an address. Returns why there is no answer, in words, if there is none.
///
/// # Errors
/// `Usage` if the address cannot be read.
pub(in crate::snapshot) fn get(url: &str, limit: Duration) -> Result<std::result::Result<Got, String>> {
    choose_tls();
    let wrong = || Error::usage("an address of the platform file cannot be read").hint("Write http://HOST:PORT/PATH.");
    let url = Url::parse(url).map_err(|error| wrong().because(error))?;
    let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().timeout(limit).build();
    let client = client.map_err(|error| Error::internal("HTTP cannot be used").because(error))?;
    Ok(wait(async {
        // The address may hold a password.
        let fault = |error: reqwest::Error| error.without_url().to_string();
        let mut answer = client.get(url).send().await.map_err(fault)?;
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(fault)? {
            body.extend_from_slice(&piece);
            if body.len() > MAX_ANSWER {
                return Err("the answer is too long".to_owned());
            }
        }
        Ok(Got { status: answer.status().as_u16(), body })
    }))
}
