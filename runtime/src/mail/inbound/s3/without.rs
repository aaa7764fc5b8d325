//! A program that was built without S3 says so as soon as a bucket is set up.

use super::{Page, Place, S3Error};

/// A bucket that there cannot be.
#[derive(Debug, Clone)]
pub struct Bucket(std::convert::Infallible);

impl Bucket {
    /// Says that there is none.
    ///
    /// # Errors
    /// Always.
    pub async fn new(_place: Place) -> Result<Self, S3Error> {
        Err(S3Error::NotBuilt)
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self.0 {}
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// Never: there is no bucket to ask.
    pub async fn get(&self, _key: &str, _most: usize) -> Result<Vec<u8>, S3Error> {
        match self.0 {}
    }

    /// Objects of its prefix.
    ///
    /// # Errors
    /// Never: there is no bucket to ask.
    pub async fn list(&self, _from: Option<String>) -> Result<Page, S3Error> {
        match self.0 {}
    }
}
