//! Connections, tenancy, personal data, migrations, idempotency and due work
