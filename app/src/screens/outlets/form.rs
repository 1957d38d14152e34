//! The form of one outlet. The password is typed here, and never shown.

use crate::{
    api::{self, ApiError, OutletView},
    screens::{GroupField, Trouble, error_of, told_of},
    ui::{ActionForm, Area, Field, at},
};
use leptos::{html::Textarea, prelude::*};

/// Where it goes, who we are there, and what goes out.
#[component]
pub(super) fn OutletForm(
    /// The outlet, or none for a new one.
    outlet: Option<OutletView>,
) -> impl IntoView {
    let save = ServerAction::<api::SaveOutlet>::new();
    let error = error_of(save);
    let told = told_of(error);
    let id = outlet.as_ref().map(|outlet| outlet.id.to_string()).unwrap_or_default();
    // What was refused without script comes back with the refusal, if it was about this outlet.
    let refused = error.get_untracked().filter(|error| error.kept("id").as_ref() == Some(&id));
    let first = |field: &str, known: fn(&OutletView) -> &String| {
        let kept = refused.as_ref().and_then(|error| ApiError::kept(error, field));
        kept.or_else(|| outlet.as_ref().map(|outlet| known(outlet).clone())).unwrap_or_default()
    };
    let ticked = |field: &str, known: fn(&OutletView) -> bool| match &refused {
        Some(error) => error.kept(field).is_some_and(|kept| !kept.is_empty()),
        None => outlet.as_ref().is_none_or(known),
    };
    let (broker, user) = (first("broker", |outlet| &outlet.broker), first("user", |outlet| &outlet.user));
    let base = first("base", |outlet| &outlet.base);
    let (positions, transitions) =
        (ticked("positions", |outlet| outlet.positions), ticked("transitions", |outlet| outlet.transitions));
    let observations = ticked("observations", |outlet| outlet.observations);
    let on = ticked("on", |outlet| outlet.on);
    let authority = first("authority", |outlet| &outlet.authority);
    let field = NodeRef::<Textarea>::new();
    let has_authority = !authority.is_empty();
    let has_password = outlet.as_ref().is_some_and(|outlet| outlet.has_password);
    let is_new = outlet.is_none();
    let group = refused.as_ref().and_then(|error| error.kept("group"));
    let title = if outlet.is_some() { "Change the outlet" } else { "New outlet" };
    view! {
        <section class="card stack" aria-labelledby="outlet-title">
            <h2 id="outlet-title">{title}</h2>
            <Trouble error />
            <ActionForm action=save>
                <div class="stack">
                    <input type="hidden" name="id" value=id.clone() />
                    {is_new.then(|| view! { <GroupField form="outlet" kept=group told /> })}
                    <Field
                        name="broker"
                        label="Broker"
                        form="outlet"
                        value=broker
                        hint="Such as mqtt://192.168.1.20:1883, or mqtts:// for TLS. It must speak MQTT 5."
                        inputmode="url"
                        told
                    />
                    <div class="pair">
                        <Field
                            name="user"
                            label="User"
                            form="outlet"
                            value=user
                            hint="Empty where nobody has to sign in."
                            may_be_empty=true
                            told
                        />
                        <Field
                            name="password"
                            label="Password"
                            form="outlet"
                            kind="password"
                            autocomplete="new-password"
                            hint=if has_password { "Empty: it stays as it is." } else { "It is never shown again." }
                            may_be_empty=true
                            told
                        />
                    </div>
                    <Field
                        name="base"
                        label="Topic base"
                        form="outlet"
                        value=base
                        hint="Everything goes below this topic, such as whereabouts. It must lie apart from where phones publish and from what this server subscribes to."
                        told
                    />
                    <fieldset class="choices">
                        <legend>"What goes out"</legend>
                        <Choice name="positions" text="Positions" ticked=positions />
                        <Choice name="transitions" text="Comings and goings, and who is in which region" ticked=transitions />
                        <Choice name="observations" text="Observations of sensors" ticked=observations />
                    </fieldset>
                    <details class="more" open=has_authority>
                        <summary>"A certificate authority of your own"</summary>
                        <Area
                            name="authority"
                            label="Certificate to trust"
                            form="outlet"
                            value=authority
                            hint="For mqtts:// where no public authority vouches for the broker: its authority\u{2019}s certificate, in PEM."
                            may_be_empty=true
                            told
                            node=field
                        />
                    </details>
                    <Choice name="on" text="On; off clears what the broker retains" ticked=on />
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=save.pending()>"Save"</button>
                        <a class="button button-quiet" href=at("/admin/outlets")>"Cancel"</a>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
}

#[component]
fn Choice(name: &'static str, text: &'static str, ticked: bool) -> impl IntoView {
    view! {
        <label class="choice">
            <input type="checkbox" name=name value="yes" checked=ticked />
            <span>{text}</span>
        </label>
    }
}
