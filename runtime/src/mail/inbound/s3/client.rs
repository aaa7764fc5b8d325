//! A bucket by the client of AWS.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::ResponseChecksumValidation;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::{Object, Page, Place, S3Error};
use crate::mail::aws;

/// A bucket. It is reached when something is asked of it, not before.
#[derive(Debug, Clone)]
pub struct Bucket {
    place: Place,
    client: Client,
}

impl Bucket {
    /// Prepares to reach a bucket.
    ///
    /// # Errors
    /// Never here; a program without the feature `aws` cannot.
    pub async fn new(place: Place) -> Result<Self, S3Error> {
        let shared = aws::config(place.region.as_deref(), place.keys.as_ref()).await;
        let mut config = aws_sdk_s3::config::Builder::from(&shared)
            // Not every service knows the checksums of Amazon's; the length is checked here.
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = &place.endpoint {
            config = config.endpoint_url(endpoint).force_path_style(true);
        }
        Ok(Self {
            place,
            client: Client::from_conf(config.build()),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The bytes of an object of at most `most` bytes.
    ///
    /// # Errors
    /// It cannot be had, or not whole.
    pub async fn get(&self, key: &str, most: usize) -> Result<Vec<u8>, S3Error> {
        let request = self.client.get_object().bucket(&self.place.bucket).key(key);
        let object = request.send().await.map_err(|error| of_sdk(&error, key))?;
        let bytes = object
            .content_length()
            .and_then(|length| u64::try_from(length).ok());
        let too_large = |bytes| S3Error::TooLarge { bytes, most };
        if let Some(bytes) = bytes.filter(|bytes| *bytes > most as u64) {
            return Err(too_large(bytes));
        }
        let mut body = object.body;
        let mut mail = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = match (chunk, bytes) {
                (Ok(chunk), _) => chunk,
                (Err(_), Some(bytes)) => {
                    return Err(S3Error::Cut {
                        came: mail.len(),
                        bytes,
                    });
                }
                (Err(error), None) => return Err(S3Error::Unreachable(error.to_string())),
            };
            mail.extend_from_slice(&chunk);
            if mail.len() > most {
                return Err(too_large(mail.len() as u64));
            }
        }
        match bytes {
            Some(bytes) if bytes != mail.len() as u64 => Err(S3Error::Cut {
                came: mail.len(),
                bytes,
            }),
            Some(_) | None => Ok(mail),
        }
    }

    /// Objects of its prefix, from where a page before ended.
    ///
    /// # Errors
    /// They cannot be listed now.
    pub async fn list(&self, from: Option<String>) -> Result<Page, S3Error> {
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.place.bucket)
            .prefix(&self.place.prefix)
            .set_continuation_token(from);
        let listed = request
            .send()
            .await
            .map_err(|error| of_sdk(&error, &self.place.prefix))?;
        let objects = listed.contents().iter().filter_map(|object| {
            let written_at = object.last_modified()?.to_millis().ok()?;
            Some(Object {
                key: object.key()?.to_owned(),
                written_at,
            })
        });
        Ok(Page {
            objects: objects.collect(),
            next: listed.next_continuation_token().map(str::to_owned),
        })
    }
}

fn of_sdk<E>(error: &SdkError<E>, key: &str) -> S3Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    let code = error.code().unwrap_or_default();
    match (status, code) {
        (_, "NoSuchKey") | (Some(404), "") => S3Error::Missing(key.to_owned()),
        (Some(401 | 403), _) | (_, "NoSuchBucket") => S3Error::Denied(
            format!("{code} {}", error.message().unwrap_or_default())
                .trim()
                .to_owned(),
        ),
        _ => S3Error::Unreachable(DisplayErrorContext(error).to_string()),
    }
}
