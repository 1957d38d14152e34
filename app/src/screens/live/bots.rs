//! The bots of the viewer's groups: no friends, and told apart from them; of what they hear, and whether their programs listen.

use crate::{
    draft::chat::thread_path,
    state::use_live,
    ui::{Icon, Sign, at},
};
use domain::{BotId, LiveBot, chat::Thread};
use leptos::prelude::*;

/// A line for each; nothing where there is none.
#[component]
pub fn Bots() -> impl IntoView {
    let live = use_live();
    let bots = Memo::new(move |_| {
        live.world.with(|world| {
            let told = |bot: &LiveBot| {
                let regions = bot.regions.iter().filter_map(|region| world.region(*region));
                let regions: Vec<_> = regions.map(|region| region.name.to_string()).collect();
                (bot.id, bot.name.to_string(), words(&regions), bot.connected)
            };
            world.bots.iter().map(told).collect::<Vec<_>>()
        })
    });
    let row = |(id, name, hears, connected): (BotId, String, String, bool)| {
        let write = format!("Write to {name}");
        let state = if connected {
            view! { <span class="online"><span class="online-dot" aria-hidden="true"></span>"connected"</span> }
                .into_any()
        } else {
            view! { <span class="hint">"not connected"</span> }.into_any()
        };
        view! {
            <li class="bot">
                <span><b>{name}</b> " " <span class="tag">"bot"</span></span>
                {state}
                <span class="hint bot-hears">{hears}</span>
                <a class="button button-quiet button-round" href=at(&thread_path(Thread::Bot(id))) aria-label=write><Icon sign=Sign::Chat /></a>
            </li>
        }
    };
    move || {
        let bots = bots.get();
        (!bots.is_empty()).then(|| {
            view! {
                <section class="bots" aria-labelledby="bots-title">
                    <h2 id="bots-title">"Bots"</h2>
                    <ul class="rows">{bots.into_iter().map(row).collect_view()}</ul>
                </section>
            }
        })
    }
}

fn words(regions: &[String]) -> String {
    if regions.is_empty() {
        return "Hears of no region that is there.".to_owned();
    }
    format!("Hears who comes and goes, of those who let it: {}", regions.join(", "))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn it_is_said_of_which_regions_a_bot_hears() {
        let regions = ["Home".to_owned(), "School".to_owned()];
        assert!(words(&regions).ends_with(": Home, School"));
        assert!(words(&[]).contains("no region"));
    }
}
