//! An archive in a table of DynamoDB.
//!
//! A crate of its own, because the SDK of AWS is large: only who builds the server with the feature `dynamodb` compiles it. It knows
//! nothing of the server but what it is handed, messages in the words of the raw log.
//!
//! The key of an item is its device (partition, a string; [`NOBODY`] where that is not known) and its place (sort, a string): the time of
//! receipt and the message's number. Neither ever changes, so what is written again replaces itself, and no other message has the same, not
//! even after the database was restored from a backup and gave numbers a second time.

mod item;

use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{batch_write_item::BatchWriteItemError, describe_table::DescribeTableError},
    types::{KeyType, ScalarAttributeType, TableDescription, WriteRequest},
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use item::{DEVICE, PLACE};
use serde_json::{Map, Value};
use std::{error::Error as _, fmt, time::Duration};

pub use item::NOBODY;

/// What one request may carry: 25 items by the rules of DynamoDB, and of its 16 MB so much that a slow line gets it through in time.
const MOST_ITEMS: usize = 25;
const MOST_BYTES: usize = 1 << 20;

/// The pause before what was not taken is sent again, at first and at most, and how often in a row nothing may be taken.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const ATTEMPTS_IN_VAIN: u32 = 6;

/// How long one attempt at a request may take, and all of the SDK's attempts.
const ATTEMPT_LASTS: Duration = Duration::from_mins(1);
const REQUEST_LASTS: Duration = Duration::from_mins(3);

/// How long looking for the region may take, and looking at the table: a server that starts waits for both.
const PATIENCE: Duration = Duration::from_secs(5);

/// A message of the raw log.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its device, where that is known.
    pub device_id: Option<String>,
    /// When it was received, RFC 3339 in UTC with milliseconds. Begins its place in the table.
    pub received_at: String,
    /// Its number in the log, not negative.
    pub id: i64,
    /// What else is known about it: texts, numbers and yes or no. Nothing else is kept.
    pub about: Map<String, Value>,
    /// As sent, however long.
    pub payload: Vec<u8>,
}

/// What keeps messages out of the table.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The environment has to name one.
    #[error("no region is set; name one in AWS_REGION")]
    NoRegion,
    /// It has to be made.
    #[error("there is no table {0}; make it as docs/configuration.md says")]
    NoTable(String),
    /// Another one has to be made.
    #[error(
        "the table {0} has other keys than {DEVICE} and {PLACE}, both strings; make one as docs/configuration.md says"
    )]
    OtherKeys(String),
    /// The service understood and refused: rights, credentials, settings.
    #[error("DynamoDB refuses: {0}")]
    Refused(String),
    /// There is no answer now.
    #[error("DynamoDB cannot be reached: {0}")]
    Unreachable(String),
    /// It has less throughput than is needed, now or always.
    #[error("the table is too busy: {0} items are not taken")]
    Busy(usize),
}

impl Error {
    /// Whether it stays so until somebody puts it right.
    pub fn is_definite(&self) -> bool {
        match self {
            Self::NoRegion | Self::NoTable(_) | Self::OtherKeys(_) => true,
            Self::Refused(_) | Self::Unreachable(_) | Self::Busy(_) => false,
        }
    }
}

/// A table that somebody else has made.
pub struct Table {
    name: String,
    place: String,
    client: Client,
}

impl Table {
    /// Finds region, credentials and endpoint where every program finds them (environment, files, the machine's role); `endpoint` goes
    /// before what those say. Sends nothing yet.
    ///
    /// # Errors
    /// [`Error::NoRegion`].
    pub async fn find(name: &str, endpoint: Option<&str>) -> Result<Self, Error> {
        let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_LASTS)
            .operation_timeout(REQUEST_LASTS)
            .build();
        let mut settings = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.build_https())
            .timeout_config(timeouts);
        if let Some(endpoint) = endpoint {
            settings = settings.endpoint_url(endpoint);
        }
        let settings = tokio::time::timeout(PATIENCE, settings.load());
        let settings = settings.await.map_err(|_elapsed| Error::NoRegion)?;
        let place = place(&settings).ok_or(Error::NoRegion)?;
        Ok(Self { name: name.to_owned(), place, client: Client::new(&settings) })
    }

    /// Which table it is and where, such as `eu-central-1/whereabouts`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.place, self.name)
    }

    /// Looks whether the table is there and has the right keys.
    ///
    /// # Errors
    /// What is wrong with it, or that it could not be looked at.
    pub async fn check(&self) -> Result<(), Error> {
        let asked = self.client.describe_table().table_name(&self.name).send();
        let asked = tokio::time::timeout(PATIENCE, asked).await;
        let answer = asked.map_err(|_elapsed| Error::Unreachable("no answer in time".into()))?;
        let described = answer.map_err(|error| {
            let of_service = error.as_service_error();
            let missing = of_service.is_some_and(DescribeTableError::is_resource_not_found_exception);
            if missing { Error::NoTable(self.name.clone()) } else { told(&error) }
        })?;
        let is_right = described.table.is_some_and(|table| has_our_keys(&table));
        if is_right { Ok(()) } else { Err(Error::OtherKeys(self.name.clone())) }
    }

    /// Writes messages; when this returns, the table has all of them. One that it has already is replaced.
    ///
    /// # Errors
    /// When not all were written. Write all of them again, later.
    pub async fn write(&self, messages: &[Message]) -> Result<(), Error> {
        let (mut request, mut bytes) = (Vec::new(), 0);
        for item in messages.iter().flat_map(item::items) {
            let weight = item.weight;
            if request.len() == MOST_ITEMS || (bytes + weight > MOST_BYTES && !request.is_empty()) {
                self.insist(std::mem::take(&mut request)).await?;
                bytes = 0;
            }
            request.push(item.request);
            bytes += weight;
        }
        self.insist(request).await
    }

    /// Sends items until all are taken. A table with little throughput takes some of them, and is given time for the others; it fails
    /// when it takes nothing any more.
    async fn insist(&self, mut waiting: Vec<WriteRequest>) -> Result<(), Error> {
        let (mut pause, mut in_vain) = (PAUSE, 0);
        while !waiting.is_empty() {
            let request = self.client.batch_write_item().request_items(&self.name, waiting.clone());
            let left = match request.send().await {
                Ok(answer) => answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect(),
                Err(error) if is_busy(&error) => waiting.clone(),
                Err(error) if is_missing(&error) => return Err(Error::NoTable(self.name.clone())),
                Err(error) => return Err(told(&error)),
            };
            in_vain = if left.len() < waiting.len() { 0 } else { in_vain + 1 };
            if in_vain == ATTEMPTS_IN_VAIN {
                return Err(Error::Busy(left.len()));
            }
            waiting = left;
            if !waiting.is_empty() {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&self.name()).finish()
    }
}

/// Where requests go. A region is needed in any case: what is sent is signed for it. An empty variable names none.
fn place(settings: &SdkConfig) -> Option<String> {
    let region = settings.region().map(AsRef::as_ref).filter(|region: &&str| !region.is_empty())?;
    Some(settings.endpoint_url().unwrap_or(region).trim_end_matches('/').to_owned())
}

fn has_our_keys(table: &TableDescription) -> bool {
    let is_text = |name: &str| {
        let text = ScalarAttributeType::S;
        let mut attributes = table.attribute_definitions().iter();
        attributes.any(|one| one.attribute_name() == name && *one.attribute_type() == text)
    };
    let keys: Vec<_> = table.key_schema().iter().map(|key| (key.key_type(), key.attribute_name())).collect();
    let right = keys == [(&KeyType::Hash, DEVICE), (&KeyType::Range, PLACE)];
    right && is_text(DEVICE) && is_text(PLACE)
}

fn is_busy(error: &SdkError<BatchWriteItemError>) -> bool {
    error.as_service_error().is_some_and(|error| {
        error.is_provisioned_throughput_exceeded_exception()
            || error.is_throttling_exception()
            || error.is_request_limit_exceeded()
    })
}

fn is_missing(error: &SdkError<BatchWriteItemError>) -> bool {
    error.as_service_error().is_some_and(BatchWriteItemError::is_resource_not_found_exception)
}

/// What an error says, without what was sent.
fn told<E: ProvideErrorMetadata + std::error::Error + 'static>(error: &SdkError<E>) -> Error {
    if let Some(code) = error.code() {
        return Error::Refused(format!("{code}: {}", error.message().unwrap_or("no reason given")));
    }
    let mut reasons = vec![error.to_string()];
    let mut source = error.source();
    while let Some(reason) = source {
        reasons.push(reason.to_string());
        source = reason.source();
    }
    Error::Unreachable(reasons.join(": "))
}
