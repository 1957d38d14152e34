//! Any template and any topic: what matches has names, and its base is the beginning of the topic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use owntracks::topic::{Template, resolve};

fuzz_target!(|input: (String, String, String)| {
    let (shape, topic, kind) = input;
    let default = Template::parse("owntracks/{user}/{device}").expect("it is well formed");
    let mut templates = vec![default];
    if let Ok(template) = Template::parse(&shape) {
        assert_eq!(template.to_string(), shape);
        templates.push(template);
    }
    for template in &templates {
        if let Some(reading) = template.matches(&topic) {
            assert!(
                topic.starts_with(&reading.base) && !reading.user.is_empty() && !reading.device.is_empty()
            );
        }
    }
    drop(resolve(&templates, &topic, &kind));
});
