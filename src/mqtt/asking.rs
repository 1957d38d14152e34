//! How much one session may subscribe to. `rmqtt` could count, too, but would tell nobody whom it refused.

use async_trait::async_trait;
use domain::Attempt;
use rmqtt::{
    codec::v5::SubscribeAckReason,
    hook::{Handler, HookResult, Parameter, ReturnType},
    session::Session,
    types::{SubscribeAclResult, TopicFilter},
};

use super::watching::Watching;

/// Subscriptions of one session at most.
const MAX_SUBSCRIPTIONS: usize = 100;

/// SUBSCRIBE, before it counts.
pub(super) struct Asking {
    most_levels: usize,
    watching: Watching,
}

impl Asking {
    pub(super) fn new(most_levels: usize, watching: Watching) -> Self {
        Self { most_levels, watching }
    }
}

#[async_trait]
impl Handler for Asking {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let Parameter::ClientSubscribeCheckAcl(session, subscribe) = param else { return (true, acc) };
        let filter = &subscribe.topic_filter;
        let reason = if filter.split('/').count() > self.most_levels {
            "this filter has more levels than are allowed here"
        } else if is_one_too_many(session, filter).await {
            "there are too many subscriptions in this session"
        } else {
            return (true, acc);
        };
        self.watching.refused(&session.id, Attempt::Subscribe, filter, reason);
        let answer = SubscribeAclResult::new_failure(SubscribeAckReason::QuotaExceeded);
        (false, Some(HookResult::SubscribeAclResult(answer)))
    }
}

async fn is_one_too_many(session: &Session, filter: &TopicFilter) -> bool {
    let Ok(subscriptions) = session.subscriptions().await else { return true };
    let subscriptions = subscriptions.read().await;
    subscriptions.len() >= MAX_SUBSCRIPTIONS && !subscriptions.contains_key(filter)
}
