//! A message as one viewer has it, by what is so now. Every way out of the service asks here: questions, the live line, and who waits.

use crate::{board::Board, sight::Sight};
use domain::{
    BotId, FriendId, Timestamp, Viewer,
    chat::{Audience, ByBot, ChatDelivery, ChatMessage, Thread},
};
use store::{ChatDeliveryRow, ChatRow};

/// A message as a viewer has it: who sent it, with what became of it, or who got it, with what they said of it. `None` for everybody else, once it is
/// over, and where the viewer may not know any more with whom it has to do.
pub(crate) fn view(board: &Board, viewer: &Viewer, row: &ChatRow, now: Timestamp) -> Option<ChatMessage> {
    let reader = match viewer {
        Viewer::Friend { friend, .. } => *friend,
        Viewer::Bot { bot, .. } => return heard(board, viewer, *bot, row),
        Viewer::Guest | Viewer::Outlet { .. } | Viewer::Server { .. } => return None,
    };
    let sees = |id: FriendId| board.friends.get(&id).is_some_and(|owner| viewer.may_see(&owner.friend));
    let (is_own, got) = (row.from == reader && row.by_bot.is_none(), row.of(reader));
    let is_theirs = is_own || (got.is_some() && sees(row.from));
    let is_open = match row.to {
        Audience::Group(group) => viewer.is_of(group),
        Audience::Person(_)
        | Audience::Here
        | Audience::Around
        | Audience::Left { .. }
        | Audience::Bot(_) => row.to.named().is_none_or(|named| named == reader || sees(named)),
    };
    let is_open = is_open && row.bot().is_none_or(|bot| board.knows_bot(viewer, bot));
    if !is_theirs || !is_open || row.ends_at.is_some_and(|ends_at| ends_at <= now) {
        return None;
    }
    let told = row
        .deliveries
        .iter()
        .filter(|one| is_own && sees(one.friend) && tells_sender(board, viewer, row, one, now));
    let deliveries = told.map(|one| ChatDelivery {
        friend: one.friend,
        delivered_at: one.delivered_at,
        read_at: one.read_at,
    });
    Some(ChatMessage {
        id: row.id,
        client_id: is_own.then_some(row.client_id),
        from: row.from,
        by_bot: row.by_bot.and_then(|bot| by_bot(board, bot)),
        to: row.to,
        thread: row.thread(reader),
        text: row.text.clone(),
        sent_at: row.sent_at,
        at: got.filter(|_| !is_own).map_or(row.sent_at, |got| got.at),
        ends_at: row.ends_at,
        delivered_at: got.and_then(|got| got.delivered_at),
        read_at: got.and_then(|got| got.read_at),
        deliveries: deliveries.collect(),
    })
}

/// A message as the bot hears it to whom it is; of others it hears nothing.
fn heard(board: &Board, viewer: &Viewer, bot: BotId, row: &ChatRow) -> Option<ChatMessage> {
    let from = board.friends.get(&row.from).filter(|owner| viewer.may_see(&owner.friend))?;
    let is_heard = row.to == Audience::Bot(bot) && board.bots.iter().any(|known| known.id == bot);
    is_heard.then(|| ChatMessage {
        id: row.id,
        client_id: None,
        from: from.friend.id,
        by_bot: None,
        to: row.to,
        thread: Thread::Bot(bot),
        text: row.text.clone(),
        sent_at: row.sent_at,
        at: row.sent_at,
        ends_at: row.ends_at,
        delivered_at: None,
        read_at: None,
        deliveries: Vec::new(),
    })
}

fn by_bot(board: &Board, bot: BotId) -> Option<ByBot> {
    let known = board.bots.iter().find(|known| known.id == bot)?;
    Some(ByBot { id: bot, name: known.name.clone() })
}

/// Whether who sent a message may know that it went to somebody: of one that was left somewhere, if they may know that these came there.
pub(crate) fn tells_sender(
    board: &Board,
    sender: &Viewer,
    row: &ChatRow,
    one: &ChatDeliveryRow,
    now: Timestamp,
) -> bool {
    match row.to {
        Audience::Left { region, .. } => {
            let sight = Sight::new(board, sender);
            one.came_at.is_some_and(|came_at| sight.coming(region, one.friend, came_at, now))
        }
        Audience::Person(_) | Audience::Group(_) | Audience::Here | Audience::Around | Audience::Bot(_) => {
            true
        }
    }
}
