//! Who gets a message: `rmqtt`'s subscriptions, asked together with what each subscriber may see.
//!
//! Phones subscribe to `owntracks/+/+`, so on a server of many groups nearly every subscription matches nearly every
//! message. If the filter per recipient worked only at delivery, each message would be queued for every session, and
//! the strangers' messages would push a sleeping phone's own out of its queue. This is the early filter; the last word
//! is spoken again at delivery, by [`crate::mqtt::access`].

use std::str::FromStr;

use async_trait::async_trait;
use rmqtt::router::{DefaultRouter, Router};
use rmqtt::trie::VecToTopic;
use rmqtt::types::{
    AllRelationsMap, HashMap, Id, NodeId, Route, SubRelationsMap, SubsSearchParams, SubsSearchResult,
    SubscriptioRelationsCollectorMap, SubscriptionOptions, Topic, TopicName,
};
use rmqtt::utils::Counter;
use service::Service;

use super::accounts::{Account, Accounts};

/// `rmqtt`'s router with a look at the recipient.
pub(super) struct Routing {
    inner: DefaultRouter,
    accounts: Accounts,
    service: Service,
}

impl Routing {
    /// Wraps the router `inner`.
    pub(super) fn new(inner: DefaultRouter, accounts: Accounts, service: Service) -> Self {
        Self { inner, accounts, service }
    }

    /// Whether `recipient` is to get what `publisher` says on a topic. A bridge never hears itself: the other broker has told its
    /// own clients already.
    fn may_receive(&self, publisher: &Id, recipient: &Id, topic: &str) -> bool {
        self.accounts.of(recipient).is_some_and(|account| {
            (account != Account::Bridge || publisher.client_id != recipient.client_id)
                && account.may_receive(&self.service, topic)
        })
    }
}

#[async_trait]
impl Router for Routing {
    async fn matches(&self, publisher: Id, topic: &TopicName) -> rmqtt::Result<SubRelationsMap> {
        let mut found = SubscriptioRelationsCollectorMap::default();
        let levels = Topic::from_str(topic)?;
        for (filter, _) in self.inner.topics.read().await.matches(&levels).iter() {
            let filter = filter.to_topic_filter();
            let Some(subscribers) = self.inner.relations.get(&filter) else { continue };
            for (client, (id, options)) in subscribers.iter() {
                let own_echo = options.no_local() == Some(true) && publisher == *id;
                if !own_echo && self.may_receive(&publisher, id, topic) {
                    found.entry(id.node_id).or_default().add(&filter, client.clone(), options.clone(), None);
                }
            }
        }
        Ok(found.into_iter().map(|(node, relations)| (node, relations.into())).collect())
    }

    async fn add(&self, filter: &str, id: Id, options: SubscriptionOptions) -> rmqtt::Result<()> {
        self.inner.add(filter, id, options).await
    }

    async fn remove(&self, filter: &str, id: Id) -> rmqtt::Result<bool> {
        self.inner.remove(filter, id).await
    }

    async fn is_online(&self, node: NodeId, client: &str) -> bool {
        self.inner.is_online(node, client).await
    }

    async fn gets(&self, limit: usize) -> Vec<Route> {
        self.inner.gets(limit).await
    }

    async fn get(&self, topic: &str) -> rmqtt::Result<Vec<Route>> {
        self.inner.get(topic).await
    }

    async fn query_subscriptions(&self, query: &SubsSearchParams) -> Vec<SubsSearchResult> {
        self.inner.query_subscriptions(query).await
    }

    async fn topics_tree(&self) -> usize {
        self.inner.topics_tree().await
    }

    fn topics(&self) -> Counter {
        self.inner.topics()
    }

    fn routes(&self) -> Counter {
        self.inner.routes()
    }

    fn merge_topics(&self, topics: &HashMap<NodeId, Counter>) -> Counter {
        self.inner.merge_topics(topics)
    }

    fn merge_routes(&self, routes: &HashMap<NodeId, Counter>) -> Counter {
        self.inner.merge_routes(routes)
    }

    async fn list_topics(&self, top: usize) -> Vec<String> {
        self.inner.list_topics(top).await
    }

    async fn list_relations(&self, top: usize) -> Vec<serde_json::Value> {
        self.inner.list_relations(top).await
    }

    fn relations(&self) -> &AllRelationsMap {
        self.inner.relations()
    }
}
