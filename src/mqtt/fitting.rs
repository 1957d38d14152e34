//! What a connection and the broker agree on: `rmqtt`'s own answers, but for two.
//!
//! * Keep-alive: one and a half times what the client said, also for short ones, as the standard has it.
//! * No topic aliases towards clients. `rmqtt` leaves out the topic but does not send the alias when the message came
//!   from a client of MQTT 3.1.1 or from the shelf, and the recipient would not know what the message is about.

use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rmqtt::fitter::{DefaultFitter, Fitter, FitterManager};
use rmqtt::types::{CodecPublish, ConnectInfo, Disconnect, FitterType, Id, ListenerConfig};

/// Makes the agreement for each connection.
pub(super) struct Fitting;

impl FitterManager for Fitting {
    fn create(&self, connect: Arc<ConnectInfo>, id: Id, listener: ListenerConfig) -> FitterType {
        Arc::new(Agreement(DefaultFitter::new(connect, id, listener)))
    }
}

struct Agreement(DefaultFitter);

/// Whether a client takes a packet as large as this message makes (MQTT 5, maximum packet size); `rmqtt` does not ask.
pub(super) fn fits(connect: &ConnectInfo, publish: &CodecPublish) -> bool {
    let ConnectInfo::V5(_, connect) = connect else { return true };
    let Some(most) = connect.max_packet_size else { return true };
    // Header, length of the topic, packet id, length of the properties; each property with its length.
    let mut size = 5 + 2 + publish.topic.len() + 2 + 4 + publish.payload.len();
    if let Some(properties) = &publish.properties {
        let texts = [&properties.content_type, &properties.response_topic].into_iter().flatten();
        size += texts.map(|text| 3 + text.len()).sum::<usize>();
        size += properties.correlation_data.as_ref().map_or(0, |data| 3 + data.len());
        size +=
            properties.user_properties.iter().map(|(key, value)| 5 + key.len() + value.len()).sum::<usize>();
        size += 5 + 3 + 2 + 5 * properties.subscription_ids.len();
    }
    u32::try_from(size).is_ok_and(|size| size <= most.get())
}

#[async_trait]
impl Fitter for Agreement {
    fn keep_alive(&self, keep_alive: &mut u16) -> rmqtt::Result<u16> {
        self.0.keep_alive(keep_alive)?;
        // Zero: for ever.
        Ok(keep_alive.saturating_add(keep_alive.div_ceil(2)))
    }

    fn max_mqueue_len(&self) -> usize {
        self.0.max_mqueue_len()
    }

    fn mqueue_rate_limit(&self) -> (NonZeroU32, Duration) {
        self.0.mqueue_rate_limit()
    }

    fn max_inflight(&self) -> NonZeroU16 {
        self.0.max_inflight()
    }

    fn session_expiry_interval(&self, disconnect: Option<&Disconnect>) -> Duration {
        self.0.session_expiry_interval(disconnect)
    }

    fn message_expiry_interval(&self, publish: &CodecPublish) -> Duration {
        self.0.message_expiry_interval(publish)
    }

    fn max_client_topic_aliases(&self) -> u16 {
        self.0.max_client_topic_aliases()
    }

    fn max_server_topic_aliases(&self) -> u16 {
        0
    }
}
