//! Relations between settings that types cannot express.

use secrecy::ExposeSecret;

use super::settings::{ChannelSettings, DatabaseBackend, Settings};

/// One sentence per broken relation.
pub(super) fn violations(settings: &Settings) -> Vec<String> {
    let mut found = Vec::new();
    let mut require = |holds: bool, text: &str| {
        if !holds {
            found.push(text.to_owned());
        }
    };
    database(settings, &mut require);
    grpc(settings, &mut require);
    channels(settings, &mut require);
    policy(settings, &mut require);
    found
}

fn database(settings: &Settings, require: &mut impl FnMut(bool, &str)) {
    let database = &settings.database;
    require((1..=500).contains(&database.connections), "database.connections must be 1 to 500");
    if database.backend == DatabaseBackend::Postgres {
        for (key, url) in [("url", &database.url), ("system_url", &database.system_url)] {
            require(
                url.expose_secret().starts_with("postgres"),
                &format!(
                    "database.{key} must be a postgres:// address where the backend is postgres"
                ),
            );
        }
    } else {
        require(
            settings.redis.url.expose_secret().is_empty(),
            "redis.url needs database.backend = \"postgres\": SQLite serves one process only",
        );
    }
}

fn grpc(settings: &Settings, require: &mut impl FnMut(bool, &str)) {
    let grpc = &settings.grpc;
    require(!grpc.unary_deadline().is_zero(), "grpc.unary_deadline_ms must be at least 1");
    require(
        grpc.unary_deadline() <= grpc.stream_deadline(),
        "grpc.stream_deadline_ms must not be shorter than grpc.unary_deadline_ms",
    );
    require(
        grpc.shutdown() >= grpc.unary_deadline(),
        "grpc.shutdown_ms must not be shorter than grpc.unary_deadline_ms, or calls are cut off",
    );
    require(grpc.calls_max > 0, "grpc.calls_max must be at least 1");
    require(!settings.auth.audience.is_empty(), "auth.audience must not be empty");
    let portal = &settings.portal.base_url;
    require(
        portal.starts_with("http") && !portal.ends_with('/'),
        "portal.base_url must be a URL without a slash at the end",
    );
}

fn channels(settings: &Settings, require: &mut impl FnMut(bool, &str)) {
    let channels = &settings.channels;
    require(channels.sms == ChannelSettings::Inbox, "channels.sms must be \"inbox\"");
    require(channels.letter == ChannelSettings::Inbox, "channels.letter must be \"inbox\"");
    if channels.email == ChannelSettings::Smtp {
        require(!channels.smtp.host.is_empty(), "channels.smtp.host is needed for e-mail by smtp");
        require(
            channels.smtp.from.contains('@'),
            "channels.smtp.from must be an address for e-mail by smtp",
        );
    }
    require(
        channels.smtp.username.is_empty() == channels.smtp.password.expose_secret().is_empty()
            || channels.email == ChannelSettings::Inbox,
        "channels.smtp.username and channels.smtp.password go together",
    );
}

fn policy(settings: &Settings, require: &mut impl FnMut(bool, &str)) {
    let messaging = &settings.messaging;
    require(
        messaging.contact_from_hour < messaging.contact_until_hour
            && messaging.contact_until_hour <= 24,
        "messaging.contact_from_hour must lie before messaging.contact_until_hour, at most 24",
    );
    require(
        messaging.contacts_per_week <= messaging.contacts_per_month,
        "messaging.contacts_per_week must not exceed messaging.contacts_per_month",
    );
    require(settings.payments.quote_valid_days > 0, "payments.quote_valid_days must be at least 1");
    let timeout = settings.webhooks.timeout().as_millis();
    require((1..=20_000).contains(&timeout), "webhooks.timeout_ms must be 1 to 20000");
}
