//! `simulate`: friends who walk and publish like phones do, through the same doors.

use super::everything;
use anyhow::Context;
use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::{Args, ValueEnum};
use domain::Timestamp;
use geodesy::Point;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use owntracks::{Epoch, Location, Message};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use service::{DeviceCredentials, Service};
use std::{net::SocketAddr, time::Duration};

/// Where the walkers start; the Federal Square in Bern.
const START: (f64, f64) = (46.9470, 7.4440);

#[derive(Args)]
pub(super) struct Simulate {
    /// How many friends walk
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    friends: u32,
    /// How many positions each reports
    #[arg(long, default_value_t = 100)]
    reports: u32,
    /// Milliseconds between two reports of one friend
    #[arg(long, default_value_t = 2000)]
    every_ms: u64,
    /// How they report
    #[arg(long, value_enum, default_value_t = Over::Mqtt)]
    over: Over,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Over {
    /// To the broker at --mqtt-listen
    Mqtt,
    /// To the web door at --listen
    Http,
}

impl Simulate {
    /// Walks. The friends are made in the data directory and stay there, to be removed on the page.
    pub(super) async fn run(
        self,
        service: &Service,
        http: SocketAddr,
        mqtt: Option<SocketAddr>,
    ) -> anyhow::Result<()> {
        let mut walks = Vec::new();
        for number in 1..=self.friends {
            let phone = service.add_device(&everything(), &format!("Walker {number}"), "phone").await?;
            let door = match self.over {
                Over::Mqtt => Door::mqtt(&phone, mqtt.context("--mqtt-listen is off; try --over http")?),
                Over::Http => Door::http(&phone, http),
            };
            walks.push(self.walk(number, door));
        }
        futures::future::try_join_all(walks).await.map(|_| ())
    }

    async fn walk(&self, number: u32, mut door: Door) -> anyhow::Result<()> {
        let mut steps = tokio::time::interval(Duration::from_millis(self.every_ms.max(1)));
        for step in 0..self.reports {
            steps.tick().await;
            door.publish(report(number, step, crate::clock::now())).await?;
        }
        door.close().await
    }
}

/// Where walker `number` is after so many steps: on a round of its own.
fn report(number: u32, step: u32, at: Timestamp) -> Vec<u8> {
    let bearing = f64::from(step * 6 % 360);
    let start = Point::new(START.0, START.1).expect("the square lies on the globe");
    let centre = start.destination(f64::from(number * 47 % 360), 150.0 * f64::from(number % 20));
    let point = centre.destination(bearing, 200.0);
    let location = Location {
        tst: Some(Epoch::from_millis(at.as_millis())),
        accuracy_m: Some(10.0),
        velocity_kmh: Some(5.0),
        course_deg: Some((bearing + 90.0) % 360.0),
        battery_pct: u8::try_from(100 - step / 10 % 90).ok(),
        ..Location::at(point.lat(), point.lon())
    };
    owntracks::encode(&Message::Location(location))
}

/// A phone's way to the server.
enum Door {
    Mqtt {
        client: AsyncClient,
        events: Box<rumqttc::EventLoop>,
        topic: String,
    },
    Http {
        client: Box<Client<hyper_util::client::legacy::connect::HttpConnector, Body>>,
        url: String,
        authorization: String,
    },
}

impl Door {
    fn mqtt(phone: &DeviceCredentials, broker: SocketAddr) -> Self {
        let client_id = format!("{}-simulated", phone.username);
        let mut options = MqttOptions::new(client_id, broker.ip().to_string(), broker.port());
        options.set_credentials(&phone.username, &phone.password);
        let (client, events) = AsyncClient::new(options, 8);
        Self::Mqtt { client, events: Box::new(events), topic: phone.topic.clone() }
    }

    fn http(phone: &DeviceCredentials, web: SocketAddr) -> Self {
        let credentials = BASE64_STANDARD.encode(format!("{}:{}", phone.username, phone.password));
        Self::Http {
            client: Box::new(Client::builder(TokioExecutor::new()).build_http()),
            url: format!("http://{web}/pub"),
            authorization: format!("Basic {credentials}"),
        }
    }

    /// Publishes and waits until it is acknowledged.
    async fn publish(&mut self, payload: Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::Mqtt { client, events, topic } => {
                client.publish(topic.as_str(), QoS::AtLeastOnce, true, payload).await?;
                loop {
                    let event = events.poll().await.context("the broker does not take it")?;
                    if matches!(event, Event::Incoming(Packet::PubAck(_))) {
                        return Ok(());
                    }
                }
            }
            Self::Http { client, url, authorization } => {
                let request = Request::post(url.as_str())
                    .header(header::AUTHORIZATION, authorization.as_str())
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(Body::from(payload))?;
                let response = client.request(request).await.context("the server does not take it")?;
                anyhow::ensure!(response.status().is_success(), "the server answered {}", response.status());
                Ok(())
            }
        }
    }

    async fn close(self) -> anyhow::Result<()> {
        if let Self::Mqtt { client, mut events, .. } = self {
            client.disconnect().await?;
            // The farewell goes out with the next poll; that the line is closed after it is what we want.
            let _closed = events.poll().await;
        }
        Ok(())
    }
}
