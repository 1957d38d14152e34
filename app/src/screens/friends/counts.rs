//! Which device counts for where a friend is.

use crate::{api, ui::ActionForm};
use domain::live::LiveFriend;
use leptos::prelude::*;

/// The choice, where there is one: of several devices any counts, or one.
#[component]
pub fn Counts(
    /// Whose.
    friend: LiveFriend,
    /// Where the form goes.
    count: ServerAction<api::CountDevice>,
) -> impl IntoView {
    let LiveFriend { friend, devices, counts, .. } = friend;
    let has_choice = devices.len() > 1 || counts.is_some();
    has_choice.then(|| {
        let id = friend.id.to_string();
        let field = format!("counts-{id}");
        let options = devices
            .into_iter()
            .map(|known| {
                let name = known.device.name.to_string();
                let selected = counts == Some(known.device.id);
                view! { <option value=name.clone() selected=selected>{name.clone()} " alone"</option> }
            })
            .collect_view();
        view! {
            <ActionForm action=count>
                <input type="hidden" name="friend" value=id />
                <div class="counts">
                    <label for=field.clone()>"Which device counts " <span class="visually-hidden">"for where " {friend.name.to_string()} " is"</span></label>
                    <select id=field.clone() name="device">
                        <option value="" selected=counts.is_none()>"Any of them"</option>
                        {options}
                    </select>
                    <button class="button" type="submit" disabled=count.pending()>"Save"</button>
                </div>
            </ActionForm>
        }
    })
}
