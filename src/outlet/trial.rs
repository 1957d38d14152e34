//! The test of an outlet: a connection of its own, one message at `<base>/test`, and what came of it in words.

use super::{
    client::{self, SILENCE, Who},
    payload, words,
};
use rumqttc::{
    Outgoing,
    v5::{AsyncClient, Event, mqttbytes::v5::Packet},
};
use service::{OutletTask, Trial};
use std::time::Duration;

/// The goodbye is a courtesy.
const GOODBYE: Duration = Duration::from_secs(1);

/// Does a test and answers who asked for it. That no broker answers is said after the same time, however soon that was clear.
pub(super) async fn answer(trial: Trial) {
    let (silence, test) = (tokio::time::sleep(SILENCE), publish(&trial.task));
    tokio::pin!(silence, test);
    let said = tokio::select! {
        outcome = &mut test => Some(outcome).filter(|outcome| outcome.as_ref().err().is_none_or(|why| why != words::NOTHING)),
        () = &mut silence => None,
    };
    let outcome = if let Some(outcome) = said {
        outcome
    } else {
        silence.await;
        Err(words::NOTHING.to_owned())
    };
    let _nobody_waits_any_more = trial.reply.send(outcome);
}

async fn publish(task: &OutletTask) -> Result<(), String> {
    let (client, mut events) = AsyncClient::new(client::options(task, Who::Trial).await?, 4);
    let topic = format!("{}/test", task.outlet.base);
    let mut greeted = false;
    loop {
        let event = events.poll().await;
        let event =
            event.map_err(|why| if greeted { words::of(&why, &events) } else { words::of_stranger(&why) })?;
        if !client::may_come(&event, &mut greeted) {
            return Err(client::UNASKED.to_owned());
        }
        match event {
            Event::Incoming(Packet::ConnAck(_)) => {
                let payload = payload::test(task.outlet.id, crate::clock::now());
                let sent = client.try_publish_with_properties(
                    topic.clone(),
                    client::QOS,
                    false,
                    payload,
                    client::properties(task),
                );
                sent.map_err(|why| why.to_string())?;
            }
            Event::Incoming(Packet::PubAck(answer)) => {
                let refused = words::of_answer(answer.reason);
                if client.try_disconnect().is_ok() {
                    let goodbye = async {
                        while !matches!(
                            events.poll().await,
                            Err(_) | Ok(Event::Outgoing(Outgoing::Disconnect))
                        ) {}
                    };
                    let _said = tokio::time::timeout(GOODBYE, goodbye).await;
                }
                return refused.map_or(Ok(()), Err);
            }
            Event::Incoming(_) | Event::Outgoing(_) => {}
        }
    }
}
