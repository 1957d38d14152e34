//! The form in which a message is written, and who would get it.

use super::{wanted::Target, words::reach_words};
use crate::{
    api::{self, ApiError, Reach},
    browser,
    screens::{Trouble, error_of, told_of, when_done},
    state::use_live,
    ui::{ActionForm, Banner, Icon, Sign, Tone, escaped},
};
use domain::chat::ChatText;
use leptos::{html::Textarea, prelude::*};

/// From how many characters on it is said how many are left.
const NEAR_THE_END: usize = ChatText::MOST_CHARS - 200;
/// The fields beside which the form says what is wrong.
const FIELDS: &[&str] = &["text", "lives_s", "to", "region", "whom", "client_id"];

/// For how long a message to here or around may live, as it is offered: seconds, and words.
const LIVES: [(&str, &str); 5] = [
    ("900", "15 minutes"),
    ("3600", "1 hour"),
    ("10800", "3 hours"),
    ("43200", "12 hours"),
    ("86400", "1 day"),
];

/// The form.
#[component]
pub(super) fn Composer(
    /// Sends it.
    send: ServerAction<api::SendChat>,
    /// To whom it is.
    target: Signal<Target>,
    /// Who would get it; `None` as long as it is not said to whom it is.
    reach: Signal<Option<Reach>>,
    /// What to call the first message.
    client_id: String,
    /// Whether what is wrong with the target is told elsewhere.
    #[prop(optional)]
    is_told_elsewhere: bool,
) -> impl IntoView {
    let error = error_of(send);
    let told = told_of(error);
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let text = kept("text").unwrap_or_default();
    // A message keeps its name until it was sent: tried again it is the same. What was refused for its name gets another one.
    let is_spent = move |error: &ApiError| error.told().is_some_and(|told| told.field == "client_id");
    let again =
        kept("client_id").filter(|_| !error.with_untracked(|error| error.as_ref().is_some_and(is_spent)));
    let name = RwSignal::new(again.unwrap_or(client_id));
    let count = RwSignal::new(text.chars().count());
    let node = NodeRef::<Textarea>::new();
    when_done(send, move || {
        if let Some(field) = node.get_untracked() {
            field.set_value("");
        }
        count.set(0);
        name.set(browser::fresh_id());
    });
    let spent = Memo::new(move |_| error.with(|error| error.as_ref().is_some_and(is_spent)));
    Effect::new(move |before: Option<bool>| {
        let is_spent = spent.get();
        if is_spent && before == Some(false) {
            name.set(browser::fresh_id());
        }
        is_spent
    });
    // Without script the form may be to somebody else by now: then the server says it.
    let runs = RwSignal::new(false);
    Effect::new(move |_| runs.set(true));
    let nobody =
        Memo::new(move |_| runs.get() && reach.with(|reach| reach.as_ref().is_some_and(Reach::is_nobody)));
    let hurry = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            let form = node.get_untracked().and_then(|field| field.form());
            // A browser that refuses has said why beside the field.
            let _sent = form.map(|form| form.request_submit());
        }
    };
    let elsewhere = move || {
        let told =
            told.get().filter(|told| !is_told_elsewhere && matches!(&*told.field, "to" | "region" | "whom"));
        told.map(|told| view! { <Banner tone=Tone::Bad>"This " {told.field} " " {told.why} "."</Banner> })
    };
    view! {
        <ActionForm action=send>
            <div class="chat-compose">
                <Trouble error fields=FIELDS />
                {elsewhere}
                {move || spent.get().then(|| view! {
                    <Banner tone=Tone::Warning>"It was sent before, otherwise than it is written now. Send it again to send this, too."</Banner>
                })}
                <ReachLine target reach />
                <input type="hidden" name="client_id" value=move || name.get() prop:value=move || name.get() />
                <input type="hidden" name="to" value=move || target.get().to prop:value=move || target.get().to />
                <input type="hidden" name="region" value=move || target.get().region prop:value=move || target.get().region />
                <input type="hidden" name="whom" value=move || target.get().whom prop:value=move || target.get().whom />
                <Lives target told chosen=kept("lives_s") />
                <TextField text told count node on_key=Callback::new(hurry) />
                <button class="button button-strong" type="submit" disabled=move || send.pending().get() || nobody.get()>
                    <Icon sign=Sign::Directions /> "Send"
                </button>
            </div>
        </ActionForm>
    }
}

/// Who would get it. Always there, so that it is heard when that changes.
#[component]
fn ReachLine(target: Signal<Target>, reach: Signal<Option<Reach>>) -> impl IntoView {
    let live = use_live();
    let words = Memo::new(move |_| {
        let is_for_next = target.with(|target| target.is_left() && target.whom.is_empty());
        let words = |reach: &Reach| live.world.with(|world| reach_words(world, reach, is_for_next));
        match reach.with(|reach| reach.as_ref().map(words)) {
            None => "Choose to whom it is.".to_owned(),
            Some(words) => words.unwrap_or_default(),
        }
    });
    view! { <p class="chat-reach" aria-live="polite">{words}</p> }
}

/// For how long it lives, where its sender says that.
#[component]
fn Lives(
    target: Signal<Target>,
    told: Signal<Option<crate::ui::Told>>,
    chosen: Option<String>,
) -> impl IntoView {
    let is_fleeting = Memo::new(move |_| target.with(Target::is_fleeting));
    let chosen = chosen.filter(|chosen| !chosen.is_empty()).unwrap_or_else(|| "3600".to_owned());
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == "lives_s").map(|told| told.why.clone()))
    };
    move || {
        let option = |(seconds, words): (&'static str, &'static str)| {
            view! { <option value=seconds selected=chosen == seconds>{words}</option> }
        };
        is_fleeting.get().then(|| {
            view! {
                <div class="field chat-lives" class:is-wrong=move || why().is_some()>
                    <label for="chat-lives_s">"Gone after"</label>
                    <select id="chat-lives_s" name="lives_s" aria-describedby=move || why().map(|_| "chat-lives_s-error")>
                        {LIVES.map(option).into_iter().collect_view()}
                    </select>
                    {move || why().map(|why| view! { <p class="error" id="chat-lives_s-error">"Gone after " {why}</p> })}
                </div>
            }
        })
    }
}

/// What it says, and how much room there is left when there is little.
#[component]
fn TextField(
    /// What stands in it at first.
    text: String,
    told: Signal<Option<crate::ui::Told>>,
    count: RwSignal<usize>,
    node: NodeRef<Textarea>,
    on_key: Callback<web_sys::KeyboardEvent>,
) -> impl IntoView {
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == "text").map(|told| told.why.clone()))
    };
    let described = move || if why().is_some() { "chat-text-error chat-text-left" } else { "chat-text-left" };
    view! {
        <div class="field field-text" class:is-wrong=move || why().is_some()>
            <label class="visually-hidden" for="chat-text">"Message"</label>
            // A text inside would be compared with what somebody has typed before the page runs.
            <textarea
                id="chat-text"
                name="text"
                rows="2"
                required
                placeholder="Write a message"
                autocomplete="off"
                aria-invalid=move || why().map(|_| "true")
                aria-describedby=described
                on:input=move |event| count.set(event_target_value(&event).chars().count())
                on:keydown=move |event| on_key.run(event)
                node_ref=node
                inner_html=escaped(text.trim_start())
            ></textarea>
            <p class="hint chat-left" id="chat-text-left" aria-live="polite">{move || left_words(count.get())}</p>
            {move || why().map(|why| view! { <p class="error" id="chat-text-error">"Message " {why}</p> })}
        </div>
    }
}

/// How much room there is, where there is little.
fn left_words(count: usize) -> Option<String> {
    if count > ChatText::MOST_CHARS {
        return Some(format!("{} too many", characters(count - ChatText::MOST_CHARS)));
    }
    (count > NEAR_THE_END).then(|| format!("{} left", characters(ChatText::MOST_CHARS - count)))
}

fn characters(count: usize) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_the_end_it_is_said_how_much_room_there_is() {
        assert_eq!(left_words(1800), None);
        assert_eq!(left_words(1990).as_deref(), Some("10 characters left"));
        assert_eq!(left_words(2001).as_deref(), Some("1 character too many"));
        assert_eq!(left_words(2003).as_deref(), Some("3 characters too many"));
    }

    #[test]
    fn what_is_offered_may_be_chosen() {
        for (seconds, _) in LIVES {
            let read = crate::draft::chat::lives_s(&domain::chat::Audience::Here, seconds);
            let lives = read.ok().flatten().and_then(|lives| {
                domain::chat::Audience::Here.ends_at(domain::Timestamp::default(), Some(lives)).ok()
            });
            assert!(lives.is_some(), "{seconds}");
        }
    }
}
